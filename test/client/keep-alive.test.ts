/** Pings: as long as a session lives, and no longer. */
import { describe, expect, test, vi } from 'vitest';
import type { Ended, KeepAliveOptions, Open } from '../../lib/client/station.ts';
import { curfew, LOST, OPEN, opened, problem, renewed } from './scripted-curfew.ts';

const SECOND = 1_000;
const MINUTE = 60_000;
const GONE = problem(410, 'session-ended', { reason: 'taken-over' });

/** A session that is kept alive, and what was asked of Curfew since. */
async function kept(options: Partial<KeepAliveOptions> = {}, view: object = {}) {
  const { station, asked, time, next } = curfew([opened(view)]);
  const open = (await station.login('ana')) as Open;
  next(renewed());
  const ended = vi.fn<(why: Ended) => void>();
  const lingering = vi.fn();
  const keptAlive = station.keepAlive(open, { ended, lingering, ...options });
  asked.length = 0;
  const events = () => asked.map(({ body }) => `${body.type} ${body.session ?? ''}`.trim());
  return { station, open, keptAlive, asked, events, time, next, ended, lingering };
}

describe('it pings', () => {
  test('three times within a lease, sooner by up to a fifth', async () => {
    const { events, asked, time } = await kept();
    const began = time.now;
    await time.pass(5 * MINUTE);
    expect(events()).toEqual(Array(3).fill('ping s1'));
    expect(asked[0]?.at).toBe(began + 90 * SECOND);
  });

  test.each([
    ['a lease, where a job holds the session for longer', { heldUntil: '2026-11-22T14:30:00.000Z' }, (302 / 3) * 0.9],
    ['what is left, where the session cannot last for a lease', { heldUntil: '2026-11-22T14:01:00.000Z' }, 18],
    ['an hour at the most', { heldUntil: '2027-11-22T14:00:00.000Z', bound: 'P365DT2S' }, 3_240],
  ])('by %s', async (_, view, seconds) => {
    const { time } = await kept({}, view);
    expect(time.waited.at(-1)).toBeCloseTo(seconds * SECOND);
  });

  test('as often as it is told to', async () => {
    const { events, time } = await kept({ everyMs: 10 * SECOND });
    await time.pass(MINUTE);
    expect(events()).toHaveLength(6);
  });

  test('on, where Curfew does not answer', async () => {
    const { events, time, next, ended } = await kept();
    next(LOST, problem(503, 'unavailable'), renewed());
    await time.pass(6 * MINUTE);
    expect(events()).toHaveLength(4);
    expect(ended).not.toHaveBeenCalled();
  });

  test('for a station that lives, and for none that does not', async () => {
    let isAlive = true;
    const { events, time } = await kept({ isAlive: async () => isAlive });
    await time.pass(2 * MINUTE);
    isAlive = false;
    await time.pass(10 * MINUTE);
    expect(events()).toEqual(['ping s1']);
    isAlive = true;
    await time.pass(2 * MINUTE);
    expect(events().length).toBeGreaterThan(1);
  });

  test('on, and says so, where its key is refused', async () => {
    const failed = vi.fn();
    const { events, time, next } = await kept({ failed });
    next(problem(401, 'not-authenticated'), renewed());
    await time.pass(5 * MINUTE);
    expect(failed).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ kind: 'not-authenticated' }));
    expect(events()).toHaveLength(3);
  });
});

describe('it stops', () => {
  test('where the same session is to be kept alive anew', async () => {
    const { station, open, events, time, ended } = await kept();
    station.keepAlive(open, { ended });
    await time.pass(2 * MINUTE);
    expect(events()).toEqual(['ping s1']);
  });

  test('and says why, when the session has ended', async () => {
    const { events, time, next, ended } = await kept();
    next(GONE);
    await time.pass(60 * MINUTE);
    expect(events()).toEqual(['ping s1']);
    expect(ended).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ is: 'ended', reason: 'taken-over' }));
    expect(time.isAnyoneWaiting).toBe(false);
  });

  test('when another event learns that first', async () => {
    const { station, open, events, time, next, ended } = await kept();
    next(GONE);
    await station.activity(open);
    await time.pass(60 * MINUTE);
    expect(events()).toEqual(['activity s1']);
    expect(ended).toHaveBeenCalledOnce();
  });

  test('while the user is idle', async () => {
    const { events, time, next, ended, lingering } = await kept();
    next(renewed({ outcome: 'lingering' }));
    await time.pass(60 * MINUTE);
    expect(events()).toEqual(['ping s1']);
    expect(lingering).toHaveBeenCalledOnce();
    expect(ended).not.toHaveBeenCalled();
  });

  test.each([
    ['this session', { session: 's1' }],
    ['this user', { user: 'ana' }],
    ['whoever is there', {}],
  ])('at a logout of %s, even one that nobody hears', async (_, said) => {
    const { station, events, time, next, ended } = await kept();
    next(LOST);
    const left = station.logout(said).catch(() => {});
    await time.pass(60 * MINUTE);
    await left;
    expect(new Set(events())).toEqual(new Set([`logout ${'session' in said ? 's1' : ''}`.trim()]));
    expect(ended).not.toHaveBeenCalled();
  });

  test('at a boot', async () => {
    const { station, events, time, next } = await kept();
    next({ status: 200, body: { outcome: 'ended' } });
    await station.boot();
    await time.pass(60 * MINUTE);
    expect(events()).toEqual(['boot']);
  });

  test('when it is told to', async () => {
    const { keptAlive, events, time } = await kept();
    keptAlive.stop();
    await time.pass(60 * MINUTE);
    expect(events()).toEqual([]);
  });
});

describe('it goes on', () => {
  test('at a logout of somebody else', async () => {
    const { station, events, time, next } = await kept();
    next({ status: 200, body: { outcome: 'nothing-open' } }, renewed());
    await station.logout({ user: 'ben' });
    await time.pass(2 * MINUTE);
    expect(events()).toEqual(['logout', 'ping s1']);
  });

  test('with the session that has come in the place of the old one', async () => {
    const { station, open, events, time, next } = await kept();
    next(opened({ outcome: 'made-anew', session: 's2', previous: 's1' }), renewed({ session: 's2' }));
    await station.activity(open);
    await time.pass(2 * MINUTE);
    expect(events()).toEqual(['activity s1', 'ping s2']);
  });

  test('where its user came back while a ping was under way', async () => {
    const answers: ((answer: Response) => void)[] = [];
    const held = (): Promise<Response> => new Promise((resolve) => answers.push(resolve));
    const { station, time } = curfew([], { fetch: held });
    const ended = vi.fn();
    const lingering = vi.fn();
    const open = { ...OPEN, is: 'open', stateLost: false } as unknown as Open;
    station.keepAlive(open, { ended, lingering });
    await time.pass(2 * MINUTE);
    const back = station.activity(open);
    await time.pass(0);
    answers[1]?.(Response.json({ ...OPEN, outcome: 'resumed', stateLost: true }));
    await back;
    answers[0]?.(Response.json({ ...OPEN, outcome: 'lingering' }));
    await time.pass(2 * MINUTE);
    expect(lingering).not.toHaveBeenCalled();
    expect(answers).toHaveLength(3);
  });
});

test('a gateway keeps each station’s sessions apart', async () => {
  const { station, asked, time, next } = curfew([opened()], { station: 'gate' });
  const [one, two] = [station.for('lib-1'), station.for('lib-2')];
  one.keepAlive((await one.login('ana')) as Open, { ended: vi.fn() });
  two.keepAlive((await two.login('ben')) as Open, { ended: vi.fn() });
  next({ status: 200, body: { outcome: 'ended' } }, renewed());
  await one.logout();
  asked.length = 0;
  await time.pass(2 * MINUTE);
  expect(asked.map(({ body }) => [body.type, body.station])).toEqual([['ping', 'lib-2']]);
});
