/**
 * The crashed printer, on the stack as deployed: a station takes a login and is never heard of again. Nothing of it is
 * local here but the cloud.
 */
import { beforeAll, describe, expect, test } from 'vitest';
import {
  type Answer,
  allowInTheEmulatorsTerms,
  dueEntries,
  eventually,
  loseTimers,
  operator,
  registeredStation,
  type Station,
  type Subscription,
  setBackstop,
  stranger,
  subscription,
  timers,
} from './deployment.ts';

let crashed: Station;
let other: Station;
let bus: Subscription;

beforeAll(async () => {
  await allowInTheEmulatorsTerms();
  // Off until its own turn comes, so that what is announced before is the timers' work.
  await setBackstop('DISABLED', 'rate(5 minutes)');
  bus = await subscription();
  crashed = await registeredStation('lib-1');
  other = await registeredStation('lib-2');
});

const instant = (answer: Answer, field: string): number => Date.parse(String(answer.body[field]));
const historyOf = async (user: string) => {
  const { body } = await operator('GET', `/v1/realms/campus-print/users/${user}`);
  return body.history as { session: string; station: string; endedAt: string; reason: string }[];
};
const endAnnounced = async (session: unknown) =>
  (await bus.events()).filter((event) => event['detail-type'] === 'session.ended' && event.detail.session === session);
const nothingLeft = () =>
  eventually('no timer and no due entry is left', async () =>
    (await timers()).length === 0 && (await dueEntries()) === 0 ? true : undefined,
  );

describe('who may call', () => {
  test('a station without its key is unknown, and no operator gets in unsigned', async () => {
    expect(await stranger('POST', '/v1/stations/lib-1/login', 'guessed', { user: 'ana' })).toMatchObject({
      status: 401,
    });
    expect(await stranger('GET', '/v1/sessions')).toMatchObject({ status: 403 });
    expect(await stranger('GET', '/v1/sessions', 'guessed')).toMatchObject({ status: 403 });
    expect(await stranger('POST', '/v1/stations/lib-1/key')).toMatchObject({ status: 403 });
  });
});

test('an operator finds a session and ends it', async () => {
  const { body: login } = await other('login', { user: 'dora' });
  const found = await operator('GET', '/v1/sessions?realm=campus-print&user=dora');
  expect(found.body.sessions).toMatchObject([{ session: login.session, station: 'lib-2', rung: 'active' }]);
  const { body } = await operator('GET', '/v1/stations');
  expect(body.stations).toEqual(
    expect.arrayContaining(['lib-1', 'lib-2'].map((station) => expect.objectContaining({ station }))),
  );

  const ended = await operator('DELETE', `/v1/sessions/${login.session}`, { reason: 'left the building' });
  expect(ended).toMatchObject({ status: 200, body: { reason: 'operator', note: 'left the building' } });
  expect(ended.body.endedBy).toMatch(/^operator:arn:aws:iam::/);
  expect(await other('ping', { user: 'dora', session: login.session })).toMatchObject({ status: 410 });
});

describe('the printer that crashed', () => {
  test('keeps nobody from the next printer for longer than was said, with no timer at all', async () => {
    const login = await crashed('login', { user: 'ana' });
    expect(login).toMatchObject({ status: 201, body: { user: 'ana', station: 'lib-1', realm: 'campus-print' } });
    await loseTimers();

    const refused = await other('login', { user: 'ana' });
    expect(refused).toMatchObject({ status: 409, body: { holders: [{ station: 'lib-1' }] } });
    const [holder] = refused.body.holders as { freeAt: string }[];
    const freeAt = Date.parse(holder?.freeAt ?? '');
    expect(freeAt).toBeGreaterThan(instant(login, 'heldUntil'));

    const taken = await eventually('the seat is free', async () => {
      const attempt = await other('login', { user: 'ana' });
      return attempt.status === 201 ? attempt : undefined;
    });
    const openedAt = instant(taken, 'openedAt');
    expect(openedAt).toBeGreaterThanOrEqual(freeAt);
    expect(openedAt).toBeLessThan(freeAt + 5_000);

    expect(await other('logout', { user: 'ana', session: taken.body.session })).toMatchObject({ status: 200 });
    // Nobody swept; the journal saw one holder give way to another.
    const [announced] = await eventually('the first end is announced', async () => {
      const found = await endAnnounced(login.body.session);
      return found.length > 0 ? found : undefined;
    });
    expect(announced?.detail).toMatchObject({ reason: 'lease' });
    await nothingLeft();
  });

  test('is announced by a timer, which then is gone', async () => {
    const login = await crashed('login', { user: 'ben' });
    expect(login.status).toBe(201);
    expect(await timers()).toHaveLength(1);
    expect(await dueEntries()).toBe(1);
    expect(await operator('GET', '/v1/sessions?user=ben&realm=campus-print')).toMatchObject({
      body: { sessions: [{ session: login.body.session }] },
    });

    const [ended, ...more] = await eventually('history has the end', async () => {
      const history = await historyOf('ben');
      return history.length > 0 ? history : undefined;
    });
    expect(more).toEqual([]);
    expect(ended).toMatchObject({ session: login.body.session, station: 'lib-1', reason: 'lease' });
    // The end is the deadline, not the moment at which somebody noticed.
    expect(ended?.endedAt).toBe(login.body.heldUntil);

    await eventually('the bus carries the end', async () =>
      (await endAnnounced(login.body.session)).length > 0 ? true : undefined,
    );
    await nothingLeft();
    expect(await operator('GET', `/v1/sessions/${login.body.session}`)).toMatchObject({
      status: 410,
      body: { reason: 'lease' },
    });
  });

  test('is announced by the backstop when the timer is lost', async () => {
    const login = await crashed('login', { user: 'cleo' });
    expect(login.status).toBe(201);
    await loseTimers();
    expect(await timers()).toEqual([]);
    // Each minute instead of every five: the same schedule, with less to wait for.
    await setBackstop('ENABLED', 'rate(1 minute)');

    const [ended] = await eventually('history has the end', async () => {
      const history = await historyOf('cleo');
      return history.length > 0 ? history : undefined;
    });
    expect(ended).toMatchObject({ session: login.body.session, endedAt: login.body.heldUntil, reason: 'lease' });
    await eventually('the bus carries the end', async () =>
      (await endAnnounced(login.body.session)).length > 0 ? true : undefined,
    );
    await nothingLeft();
  });
});
