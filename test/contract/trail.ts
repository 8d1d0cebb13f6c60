/** What every implementation of the port `Trail` keeps to. */
import { beforeEach, expect, test } from 'vitest';
import { type Action, BadCursor, type Trail } from '../../lib/service/ports.ts';
import { after, before, DAY, durationMs, type EpochMs, epochMs } from '../../lib/time.ts';
import { at, NOON } from './sessions.ts';

const KEPT = 400 * DAY;

export function describeTrail(makeTrail: () => Promise<Trail>): void {
  let trail: Trail;
  beforeEach(async () => {
    trail = await makeTrail();
  });

  const action = (when: EpochMs, differs: Partial<Action> = {}): Action => ({
    at: when,
    id: `id-${when}`,
    principal: 'arn:aws:iam::000000000000:user/olga',
    action: 'issue-key',
    on: 'lib-1',
    outcome: 'done',
    ...differs,
  });
  const keep = async (...actions: readonly Action[]) => {
    for (const one of actions) {
      const keepUntil = after(one.at, durationMs(KEPT));
      await trail.keep(one, { keepUntil, sessionUntil: keepUntil });
    }
  };

  type Asked = Omit<Parameters<Trail['list']>[0], 'limit' | 'from' | 'to'> & { from?: EpochMs; to?: EpochMs };
  const ALWAYS = { from: before(NOON, durationMs(KEPT)), to: after(NOON, durationMs(KEPT)) };

  async function everything(asked: Asked = {}, limit = 100): Promise<Action[]> {
    const seen: Action[] = [];
    let cursor: string | undefined;
    do {
      const page = await trail.list({ ...ALWAYS, ...asked, limit, ...(cursor === undefined ? {} : { cursor }) });
      expect(page.items.length).toBeLessThanOrEqual(limit);
      seen.push(...page.items);
      cursor = page.cursor;
    } while (cursor !== undefined);
    return seen;
  }

  test('what was done is told as it was kept, the newest first', async () => {
    const ended = action(at(1), {
      action: 'end-session',
      on: 'campus-print',
      session: 'abc.0.campus-print.YW5h.0123456789',
      reason: 'the printer was removed',
    });
    const revoked = action(at(2), { action: 'revoke-keys', note: 'generation 3', reason: 'stolen' });
    await keep(ended, revoked);
    expect(await everything()).toEqual([revoked, ended]);
  });

  test('what is kept anew replaces what was kept of it', async () => {
    const meant = action(NOON, { outcome: 'unknown' });
    const done = action(NOON, { outcome: 'done', action: 'change-station', note: 'hosted in campus-print' });
    await keep(meant, done, done);
    expect(await everything()).toEqual([done]);
  });

  test('what was done in one millisecond is all there', async () => {
    const three = ['a', 'b', 'c'].map((id) => action(NOON, { id }));
    await keep(...three);
    for (const limit of [1, 2, 3]) expect(await everything({}, limit)).toEqual(three.toReversed());
  });

  test('the trail is told from an instant on and before another', async () => {
    const [first, second, third] = [action(at(1)), action(at(2)), action(at(3))];
    await keep(first, second, third);
    expect(await everything({ from: at(2) })).toEqual([third, second]);
    expect(await everything({ to: at(3) })).toEqual([second, first]);
    expect(await everything({ from: at(2), to: at(3) })).toEqual([second]);
    expect(await everything({ from: at(2), to: at(2) })).toEqual([]);
    expect(await everything({ from: at(3), to: at(1) })).toEqual([]);
  });

  test('it goes on over months and years, also where nothing was done for long', async () => {
    const months = [0, 31, 59, 370].map((days) => action(before(NOON, durationMs(days * DAY))));
    const turn = Date.UTC(2026, 1, 1);
    const edges = [turn - 1, turn, turn + 1].map((when) => action(epochMs(when)));
    await keep(...months, ...edges);
    const newestFirst = [...months, ...edges].sort((a, b) => b.at - a.at);
    for (const limit of [1, 2, 100]) expect(await everything({}, limit)).toEqual(newestFirst);
    expect(await everything({ from: epochMs(turn), to: epochMs(turn + 1) })).toEqual([edges[1]]);
    expect(await everything({ from: epochMs(turn - 1), to: epochMs(turn) })).toEqual([edges[0]]);
  });

  test('what does not fit is left out, however much of it there is', async () => {
    const many = Array.from({ length: 120 }, (_, n) =>
      action(at(n), { id: `n-${n}`, on: n === 7 ? 'lib-7' : 'lib-1' }),
    );
    await Promise.all(many.map((one) => keep(one)));
    expect(await everything({ fits: ({ on }) => on === 'lib-7' }, 10)).toEqual([many[7]]);
    expect(await everything({}, 7)).toEqual(many.toReversed());
  });

  test('where nothing was done there is nothing to tell', async () => expect(await everything()).toEqual([]));

  test('a cursor leads out of no question', async () => {
    await keep(action(at(1)), action(at(2)), action(at(3)));
    const { cursor = '' } = await trail.list({ from: NOON, to: at(9), limit: 1 });
    expect(await trail.list({ from: NOON, to: at(2), limit: 9, cursor })).toEqual({ items: [action(at(1))] });
    expect(await trail.list({ from: at(3), to: at(9), limit: 9, cursor })).toEqual({ items: [] });
  });

  test('the trail does not go on from a cursor that nobody gave out', async () => {
    for (const cursor of ['nonsense', Buffer.from('["\\ud800"]').toString('base64url')]) {
      await expect(trail.list({ ...ALWAYS, limit: 5, cursor })).rejects.toThrow(BadCursor);
    }
  });
}
