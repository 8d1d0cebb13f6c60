/** What an event costs: requests as the services receive them, and units as the engine reports them. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { useFunctions } from '../support/functions.ts';

const functions = useFunctions({
  'campus-print': { profile: 'release-station' },
  'bi-portal': { profile: 'enterprise', job: '30m' },
  'three-seats': { profile: 'enterprise', seats: 3 },
});

type Station = Awaited<ReturnType<typeof functions.register>>;
let printer: Station;
let other: Station;
let portal: Station;
let count = 0;
let user = '';

/** What `act` sent to DynamoDB and to the Scheduler. */
async function costOf(act: () => Promise<unknown>) {
  functions.dynamodb.take();
  functions.scheduler.take();
  await act();
  const requests = functions.dynamodb.take();
  const units = (kind: 'writeUnits' | 'readUnits') => requests.reduce((sum, request) => sum + request[kind], 0);
  return {
    requests,
    operations: requests.map(({ operation }) => operation),
    timers: functions.scheduler.take().length,
    writeUnits: units('writeUnits'),
    readUnits: units('readUnits'),
  };
}

// Time stands still but for what a test says: no slot ends while its requests are counted.
const START = new Date('2026-11-22T14:23:10Z');

async function at(instant: number, act: () => Promise<void>): Promise<void> {
  vi.setSystemTime(instant);
  await act();
  vi.setSystemTime(START);
}
afterAll(() => void vi.useRealTimers());

beforeAll(async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: START });
  const at = (kind: string) => ({ realm: 'campus-print', kind, name: 'A station' });
  printer = await functions.register(at('hosted'));
  other = await functions.register(at('hosted'));
  portal = await functions.register(at('application'));
  // Once: time stands still, and with it the slots.
  await functions.meetEveryShard(portal);
});

beforeEach(async () => {
  user = `user-${count++}`;
  // Known stations, empty panels: what a container that has been at work for a minute finds.
  for (const station of [printer, other]) {
    await functions.say(station, 'login', { user: `warm-up-${user}-${station.id}` });
    await functions.say(station, 'boot');
  }
  await functions.journal();
});

describe('on a free seat', () => {
  test('a login at a panel is two requests issued together, of three write units, and none to the Scheduler', async () => {
    const cost = await costOf(() => functions.say(printer, 'login', { user }));
    expect(cost.operations).toEqual(['UpdateItem', 'UpdateItem']);
    expect(cost.writeUnits).toBe(3);
    expect(cost.timers).toBe(0);
    const [first, second] = cost.requests;
    expect(second?.startedAt).toBeLessThan(first?.endedAt ?? 0);
  });

  test('a login at a web application is one request, of two write units', async () => {
    const cost = await costOf(() => functions.say(portal, 'login', { user }));
    expect(cost.operations).toEqual(['UpdateItem']);
    expect(cost.writeUnits).toBe(2);
    expect(cost.timers).toBe(0);
  });
});

describe('with its handle', () => {
  test('a ping is one request of one write unit', async () => {
    const { body } = await functions.say(printer, 'login', { user });
    const cost = await costOf(() => functions.say(printer, 'ping', { session: body.session }));
    expect(cost).toMatchObject({ operations: ['UpdateItem'], writeUnits: 1, readUnits: 0, timers: 0 });
  });

  test.each(['activity', 'job-started'])('%s is one request of one write unit', async (event) => {
    const { body } = await functions.say(printer, 'login', { user });
    const cost = await costOf(() => functions.say(printer, event, { session: body.session }));
    expect(cost).toMatchObject({ operations: ['UpdateItem'], writeUnits: 1, readUnits: 0, timers: 0 });
  });

  test('a logout is one request of two write units', async () => {
    const { body } = await functions.say(printer, 'login', { user });
    const cost = await costOf(() => functions.say(printer, 'logout', { session: body.session }));
    expect(cost).toMatchObject({ operations: ['UpdateItem'], writeUnits: 2, readUnits: 0, timers: 0 });
  });
});

describe('refused', () => {
  test('a login at a web application is one request, and one more that explains it', async () => {
    await functions.say(printer, 'login', { user });
    const cost = await costOf(() => functions.say(portal, 'login', { user }));
    expect(cost.requests.map(({ operation, item }) => [operation, item])).toEqual([
      ['UpdateItem', 'seat'],
      ['UpdateItem', 'refused'],
    ]);
    expect(cost.timers).toBe(0);
  });

  test('a login at a panel is two requests issued together: it also proves who has left (docs/decisions/0003)', async () => {
    await functions.say(portal, 'login', { user });
    const cost = await costOf(() => functions.say(printer, 'login', { user }));
    expect(cost.operations).toEqual(['UpdateItem', 'UpdateItem', 'UpdateItem']);
    expect(cost.requests.at(-1)?.item).toBe('refused');
    const [first, second] = cost.requests;
    expect(second?.startedAt).toBeLessThan(first?.endedAt ?? 0);
  });

  test('the same once more within a minute is not kept again, and later it is one unit: the index has it already', async () => {
    await functions.say(printer, 'login', { user });
    const logIn = () => functions.say(portal, 'login', { user });
    const kept = async () => (await costOf(logIn)).requests.filter(({ item }) => item === 'refused');
    expect((await kept()).map(({ writeUnits }) => writeUnits)).toEqual([2]);
    expect(await kept()).toEqual([]);
    await at(START.getTime() + 61_000, async () => {
      expect((await kept()).map(({ writeUnits }) => writeUnits)).toEqual([1]);
    });
  });

  test('a wrong key costs its station one write a minute, and no other request', async () => {
    const stranger = { id: printer.id, key: `${printer.key.slice(0, -2)}AA` };
    const cost = await costOf(async () => {
      for (const _ of [1, 2, 3]) expect((await functions.say(stranger, 'login', { user })).status).toBe(401);
    });
    expect(cost.requests.map(({ operation, item }) => [operation, item])).toEqual([['UpdateItem', 'refused']]);
  });

  test('a wrong key for a station that does not exist is looked up, twice, once a minute, and writes nothing', async () => {
    const stranger = { id: 'no-such-station', key: printer.key };
    const cost = await costOf(async () => {
      for (const _ of [1, 2, 3]) expect((await functions.say(stranger, 'login', { user })).status).toBe(401);
    });
    expect(cost.operations).toEqual(['GetItem', 'GetItem']);
  });

  test('names of stations that somebody makes up are looked up a few times a minute, however many they are', async () => {
    const cost = await costOf(async () => {
      for (let n = 0; n < 100; n++) await functions.say({ id: `made-up-${n}`, key: 'x' }, 'login', { user });
    });
    expect(cost.operations.every((operation) => operation === 'GetItem')).toBe(true);
    expect(cost.operations.length).toBeLessThanOrEqual(60);
  });
});

describe('in a web application that keeps the ladder', () => {
  let suite: Station;
  let session = '';
  const later = (minutes: number) => vi.setSystemTime(START.getTime() + minutes * 60_000);
  const say = (event: string) => () => functions.say(suite, event, { session });

  beforeAll(async () => {
    suite = await functions.register({ realm: 'bi-portal', kind: 'application', reportsActivity: true });
  });
  beforeEach(async () => {
    await warmUpAt(0);
    session = (await functions.say(suite, 'login', { user })).body.session;
  });
  afterEach(() => void vi.setSystemTime(START));

  /** As a container finds it in which others have been active: the station known, the slots armed. */
  async function warmUpAt(minutes: number) {
    later(minutes);
    await functions.meetEveryShard(suite, `warm-up-${user}`);
  }

  test('a login is one request, of two write units', async () => {
    const cost = await costOf(() => functions.say(suite, 'login', { user }));
    expect(cost).toMatchObject({ operations: ['UpdateItem'], writeUnits: 2, readUnits: 0, timers: 0 });
  });

  test.each(['ping', 'activity', 'job-started'])('%s is one request of one write unit', async (event) => {
    expect(await costOf(say(event))).toMatchObject({
      operations: ['UpdateItem'],
      writeUnits: 1,
      readUnits: 0,
      timers: 0,
    });
  });

  test('a ping that no longer counts is one request, which writes nothing', async () => {
    later(9);
    await say('ping')();
    later(18);
    await say('ping')();
    await warmUpAt(21);
    const cost = await costOf(async () => expect((await say('ping')()).body.outcome).toBe('lingering'));
    expect(cost).toMatchObject({ operations: ['UpdateItem'], writeUnits: 0 });
  });

  test.each([
    { outcome: 'resumed', minutes: 21, writeUnits: 1 },
    { outcome: 'made-anew', minutes: 30, writeUnits: 3 },
    { outcome: 'logged-on-anew', minutes: 100, writeUnits: 3 },
  ])('to come back ($outcome) is two requests: the guess, and the write', async ({ outcome, minutes, writeUnits }) => {
    for (const minute of [9, 18]) {
      later(minute);
      await say('ping')();
    }
    await warmUpAt(minutes);
    const cost = await costOf(async () => expect((await say('activity')()).body.outcome).toBe(outcome));
    expect(cost).toMatchObject({ operations: ['UpdateItem', 'UpdateItem'], readUnits: 0, timers: 0 });
    expect(cost.writeUnits).toBe(writeUnits);
  });
});

test('where there are three seats, a login is two requests: a look at them, and the write', async () => {
  const several = await functions.register({ realm: 'three-seats', kind: 'application', reportsActivity: true });
  const logIn = (name: string) => functions.say(several, 'login', { user: name });
  await functions.meetEveryShard(several);
  for (const _ of [1, 2, 3]) {
    const cost = await costOf(() => logIn(user));
    expect(cost).toMatchObject({ operations: ['Query', 'UpdateItem'], writeUnits: 2, timers: 0 });
  }
  // Refused, a look is all, beside what explains it; one unit for up to 4 KB that are read.
  const refused = await costOf(() => logIn(user));
  expect(refused).toMatchObject({ operations: ['Query', 'UpdateItem'], readUnits: 1 });
  expect(refused.requests.at(-1)?.item).toBe('refused');
});

test('a hundred logins in one slot arm at most one timer for each shard', async () => {
  const users = Array.from({ length: 100 }, (_, n) => `crowd-${n}`);
  vi.setSystemTime(START.getTime() + 60_000);
  const cost = await costOf(() => Promise.all(users.map((name) => functions.say(portal, 'login', { user: name }))));
  expect(cost.operations.filter((operation) => operation === 'UpdateItem')).toHaveLength(100);
  expect(cost.operations).toHaveLength(100);
  expect(cost.timers).toBeGreaterThan(0);
  expect(cost.timers).toBeLessThanOrEqual(4);
});

test('a container that has not heard of a station for five minutes reads it first, once for all who ask meanwhile', async () => {
  const { body } = await functions.say(portal, 'login', { user });
  const { session } = body;
  vi.setSystemTime(START.getTime() + 301_000);
  const ping = () => functions.say(portal, 'ping', { session });
  const cold = await costOf(() => Promise.all([ping(), ping(), ping()]));
  expect(cold.operations.filter((operation) => operation === 'GetItem')).toHaveLength(1);
  expect(cold.readUnits).toBe(1);
  expect((await costOf(ping)).operations).toEqual(['UpdateItem']);
});
