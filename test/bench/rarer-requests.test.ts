/** What the rarer events ask of the table; the usual ones are in test/functions/requests.test.ts. */
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { useFunctions } from '../support/functions.ts';

const functions = useFunctions({ 'campus-print': { profile: 'release-station' } });

type Station = Awaited<ReturnType<typeof functions.register>>;
let printer: Station;
let other: Station;
let portal: Station;
let users = 0;
let user = '';

beforeAll(async () => {
  // Time stands still: no slot ends while its requests are counted.
  vi.useFakeTimers({ toFake: ['Date'], now: new Date('2026-11-22T14:23:10Z') });
  const at = (kind: string) => ({ realm: 'campus-print', kind, name: 'A station' });
  [printer, other, portal] = await Promise.all([
    functions.register(at('hosted')),
    functions.register(at('hosted')),
    functions.register(at('application')),
  ]);
  await functions.meetEveryShard(portal);
});
afterAll(() => void vi.useRealTimers());

beforeEach(async () => {
  user = `user-${users++}`;
  for (const station of [printer, other]) {
    await functions.say(station, 'login', { user: `warm-up-${user}-${station.id}` });
    await functions.say(station, 'boot');
  }
  // The journal clears what their panels owe.
  await functions.journal();
});

async function costOf(act: () => Promise<{ readonly status: number; readonly body: unknown }>) {
  functions.dynamodb.take();
  const { status } = await act();
  const requests = functions.dynamodb.take();
  const units = (kind: 'writeUnits' | 'readUnits') => requests.reduce((sum, request) => sum + request[kind], 0);
  return { status, requests: requests.length, writeUnits: units('writeUnits'), readUnits: units('readUnits') };
}

const logIn = (station: Station, body: object = {}) => functions.say(station, 'login', { user, ...body });
const sessionAt = async (station: Station): Promise<string> => (await logIn(station)).body.session;

describe('at a panel', () => {
  test('a take-over is four requests: the guess and the panel, then the write and the panel’s', async () => {
    await logIn(printer);
    const cost = await costOf(() => logIn(other, { takeOver: true }));
    expect(cost).toEqual({ status: 201, requests: 4, writeUnits: 3, readUnits: 0 });
  });

  test('the next user’s login is three: it ends the session of whoever has left', async () => {
    await logIn(printer);
    const cost = await costOf(() => logIn(printer, { user: `${user}-next` }));
    expect(cost).toEqual({ status: 201, requests: 3, writeUnits: 5, readUnits: 0 });
  });

  test('a boot is two where somebody was, and one where nobody was', async () => {
    await logIn(printer);
    const boot = () => costOf(() => functions.say(printer, 'boot'));
    expect(await boot()).toEqual({ status: 200, requests: 2, writeUnits: 3, readUnits: 0 });
    await functions.journal();
    expect(await boot()).toEqual({ status: 200, requests: 1, writeUnits: 1, readUnits: 0 });
  });

  test('a delivery that comes again is two, and writes nothing', async () => {
    const id = `${user}-login`;
    await logIn(printer, { id });
    vi.setSystemTime(Date.now() + 1_000);
    expect(await costOf(() => logIn(printer, { id }))).toEqual({
      status: 200,
      requests: 2,
      writeUnits: 0,
      readUnits: 0,
    });
  });

  test('the user’s own second login is four, of which two are refused', async () => {
    await logIn(printer);
    expect(await costOf(() => logIn(printer))).toEqual({ status: 200, requests: 4, writeUnits: 2, readUnits: 0 });
  });
});

test('a logout of a session that has ended is one request, which writes nothing', async () => {
  const session = await sessionAt(printer);
  await functions.say(printer, 'logout', { session });
  const cost = await costOf(() => functions.say(printer, 'logout', { session }));
  expect(cost).toMatchObject({ requests: 1, writeUnits: 0, readUnits: 0 });
});

test('a ping of a session that has ended is one request and one that keeps what it was told; the same again is one, and writes nothing', async () => {
  const session = await sessionAt(printer);
  await functions.say(printer, 'logout', { session });
  const ping = () => costOf(() => functions.say(printer, 'ping', { session }));
  expect(await ping()).toEqual({ status: 410, requests: 2, writeUnits: 2, readUnits: 0 });
  expect(await ping()).toEqual({ status: 410, requests: 1, writeUnits: 0, readUnits: 0 });
});

test('an end by an operator is one request, whose write says what was there, and two for the trail', async () => {
  const session = await sessionAt(printer);
  const cost = await costOf(() => functions.operator('DELETE', `/v1/sessions/${session}`, { reason: 'a test' }));
  expect(cost).toEqual({ status: 200, requests: 3, writeUnits: 5, readUnits: 0 });
});

test('a page of all sessions is a query and a read for each shard, and a look into each that there may have been', async () => {
  const cost = await costOf(() => functions.operator('GET', '/v1/sessions'));
  expect(cost).toMatchObject({ status: 200, requests: 68, writeUnits: 0 });
});
