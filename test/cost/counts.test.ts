/** The table of counts against the real functions: a bill that is made of it cannot drift from the code. */
import { DescribeTableCommand } from '@aws-sdk/client-dynamodb';
import type { Context, DynamoDBRecord } from 'aws-lambda';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  ALARMS,
  backstopCount,
  CONSOLE_LOOK,
  type Count,
  HEALTH_LOOK,
  JOURNAL_COUNTS,
  SILENCE_STATIONS_MAX,
  STATION_COUNTS,
  STATION_LOOKUP,
  SWEEP_COUNTS,
  SWEEP_PAGE,
  SWEEP_SAYS,
  silenceCount,
} from '../../lib/cost/counts.ts';
import { STATIONS_MAX } from '../../lib/station/silence.ts';
import { propertiesIn, useSynth } from '../deploy/synth.ts';
import { useFunctions } from '../support/functions.ts';
import { tableStream } from '../support/table-stream.ts';

const functions = useFunctions(
  {
    'campus-print': { profile: 'release-station' },
    portal: { profile: 'enterprise' },
    far: { profile: 'enterprise', lease: '30m' },
  },
  { logLevel: 'INFO' },
);

type Station = Awaited<ReturnType<typeof functions.register>>;
let printer: Station;
let other: Station;
let portal: Station;
let users = 0;
let user = '';

const START = new Date('2026-11-22T14:23:10Z');
const later = (minutes: number) => vi.setSystemTime(START.getTime() + minutes * 60_000);

const lines: string[] = [];

/** The table's stream once more: what the journal takes from it is not gone. */
let changes: ReturnType<typeof tableStream>;

/** As the stack's filter lets it through (lib/deploy/journal.ts). */
const wakesTheJournal = ({ dynamodb }: DynamoDBRecord): boolean =>
  dynamodb?.Keys?.pk?.S?.startsWith('user#') === true && dynamodb.Keys.sk?.S?.startsWith('seat#') === true;

/** Of deadlines: other entries of the index are by station, or by realm. */
const isShard = (name = '') => /^[a-z]\d+$/.test(name);

/** The index has its keys only: an entry that comes or goes is a unit, one that moves is taken out and put back. */
function indexUnitsOf({ dynamodb }: DynamoDBRecord): number {
  const [old, now] = [dynamodb?.OldImage, dynamodb?.NewImage].map((image) =>
    !isShard(image?.shard?.S) ? undefined : `${image?.shard?.S} ${image?.due?.N ?? image?.due?.S}`,
  );
  if (old === now) return 0;
  return old === undefined || now === undefined ? 1 : 2;
}

/** What `act` asked of the table, as the service charges it, what that changed, and what it wrote to its log. */
async function countOf(act: () => Promise<unknown>): Promise<Count> {
  await changes.take();
  functions.dynamodb.take();
  lines.length = 0;
  await act();
  const requests = functions.dynamodb.take();
  const records = (await changes.take()).flatMap(({ Records }) => Records);
  return {
    indexUnits: records.reduce((sum, record) => sum + indexUnitsOf(record), 0),
    changes: records.filter(wakesTheJournal).length,
    requests: requests.length,
    // What is refused costs the unit of the item that it looked at: the engine does not say so.
    writeUnits: requests.reduce(
      (sum, { operation, writeUnits }) => sum + (operation === 'UpdateItem' ? Math.max(1, writeUnits) : writeUnits),
      0,
    ),
    readUnits: requests.reduce((sum, { readUnits }) => sum + readUnits, 0),
    logLines: lines.length,
    logBytes: lines.reduce((sum, line) => sum + Buffer.byteLength(line), 0),
  };
}

/** Units and requests to the letter; lines too; bytes, which names of stations and realms make, within a quarter. */
function expectCount(found: Count, counted: Count): void {
  const { logBytes, ...rest } = found;
  const { logBytes: bytes, ...counts } = counted;
  expect(rest).toEqual(counts);
  expect(Math.abs(logBytes - bytes)).toBeLessThanOrEqual(bytes / 4);
}

beforeAll(async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: START });
  vi.spyOn(process.stdout, 'write').mockImplementation((line) => lines.push(String(line)) > 0);
  const { Table } = await functions.engine.client.send(
    new DescribeTableCommand({ TableName: process.env.CURFEW_TABLE }),
  );
  changes = tableStream(functions.engine.config, String(Table?.LatestStreamArn));
  const at = (realm: string, kind: string, more: object = {}) => ({ realm, kind, name: 'A station', ...more });
  printer = await functions.register(at('campus-print', 'hosted'));
  other = await functions.register(at('campus-print', 'hosted'));
  portal = await functions.register(at('portal', 'application', { reportsActivity: true }));
  await warmUp();
}, 60_000);
afterAll(() => {
  vi.useRealTimers();
  changes.close();
});

/** Stations known, slots armed, panels empty, nothing left to announce: as a container finds it that has been at work. */
async function warmUp(): Promise<void> {
  const application = await functions.register({ realm: 'campus-print', kind: 'application' });
  for (const station of [portal, application]) {
    await functions.meetEveryShard(station);
  }
  for (const station of [printer, other]) {
    await functions.say(station, 'login', { user: `at-${station.id}` });
    await functions.say(station, 'boot');
  }
  await functions.journal();
}

beforeEach(async () => {
  user = `user-${users++}`;
  await functions.say(printer, 'boot');
  await functions.say(other, 'boot');
  await functions.journal();
});

const logIn = async (station: Station, name = user): Promise<string> =>
  (await functions.say(station, 'login', { user: name })).body.session;

describe('what a station says', () => {
  const counted = async (name: keyof typeof STATION_COUNTS, act: () => Promise<unknown>) =>
    expectCount(await countOf(act), STATION_COUNTS[name]);

  test('login', () => counted('login', () => logIn(portal)));
  test('login at a panel', () => counted('login at a panel', () => logIn(printer)));

  test('refused login', async () => {
    await logIn(printer);
    const application = await functions.register({ realm: 'campus-print', kind: 'application' });
    await functions.say(application, 'login', { user: 'somebody' });
    await counted('refused login', () => logIn(application));
  });

  test('refused login at a panel', async () => {
    await logIn(printer);
    await counted('refused login at a panel', () => logIn(other));
  });

  test.each(['ping', 'activity', 'job-started', 'job-ended'] as const)('%s', async (event) => {
    const session = await logIn(printer);
    if (event === 'job-ended') await functions.say(printer, 'job-started', { session });
    await counted(event, () => functions.say(printer, event, { session }));
  });

  test('logout', async () => {
    const session = await logIn(portal);
    await counted('logout', () => functions.say(portal, 'logout', { session }));
  });

  test('logout of whoever is on the panel', async () => {
    await logIn(printer);
    await counted('logout of whoever is on the panel', () => functions.say(printer, 'logout'));
  });

  test('wrong key', async () => {
    const ping = () => functions.say({ ...printer, key: `${printer.key.slice(0, -2)}AA` }, 'ping');
    await counted('wrong key', ping);
    await counted('wrong key once more within a minute', ping);
  });

  test('a station that has not been heard of for five minutes is looked up', async () => {
    const session = await logIn(portal);
    const known = await countOf(() => functions.say(portal, 'ping', { session }));
    later(5.1);
    const { requests, readUnits } = await countOf(() => functions.say(portal, 'ping', { session }));
    later(0);
    expect(requests - known.requests).toBe(STATION_LOOKUP.requests);
    expect(readUnits - known.readUnits).toBe(STATION_LOOKUP.readUnits);
  });

  test('whatever has written a seat is a change that the journal is woken by', async () => {
    const session = await logIn(portal);
    const wakes = async (act: () => Promise<unknown>) => {
      await functions.journal();
      await act();
      return functions.journal();
    };
    expect(await wakes(() => functions.say(portal, 'ping', { session }))).toBe(STATION_COUNTS.ping.changes);
    expect(await wakes(() => functions.say(portal, 'logout', { session }))).toBe(STATION_COUNTS.logout.changes);
  });
});

test('what it asks how a printer does at which somebody is', async () => {
  await logIn(printer);
  const path = `/v1/stations/${printer.id}`;
  const { requests: known, readUnits: read } = await countOf(() => functions.operator('GET', path));
  const { requests, readUnits, writeUnits } = await countOf(() => functions.operator('GET', `${path}/health`));
  const found = { requests: requests - known, readUnits: readUnits - read, writeUnits };
  const { requests: counted, readUnits: units } = HEALTH_LOOK;
  // Those that ended there before, in one batch, what four more users were refused, and the station at which one was.
  expect(found.requests - counted).toBeLessThanOrEqual(1 + 4 + 1);
  expect(found.readUnits - units).toBeLessThanOrEqual((100 + 4) * 0.5 + 1);
  expect(found).toMatchObject({ writeUnits: 0 });
  expect(found.requests).toBeGreaterThanOrEqual(counted);
  expect(found.readUnits).toBeGreaterThanOrEqual(units);
});

describe('what the journal does', () => {
  test('about a renewal: nothing', async () => {
    const session = await logIn(portal);
    await functions.journal();
    await functions.say(portal, 'ping', { session });
    const { events, ...counted } = JOURNAL_COUNTS.renewed;
    expect(await announced(counted)).toBe(events);
  });

  test('about an opened session', async () => {
    await logIn(portal);
    const { events, ...counted } = JOURNAL_COUNTS.opened;
    expect(await announced(counted)).toBe(events);
  });

  test('about one that has ended', async () => {
    const ended = await Promise.all(Array.from({ length: 25 }, (_, n) => logIn(portal, `${user}-${n}`)));
    await functions.journal();
    for (const session of ended) await functions.say(portal, 'logout', { session });
    const { events, ...counted } = JOURNAL_COUNTS.ended;
    expect(await announced(counted, 25)).toBe(25 * events);
  });

  test('about one that has ended at a panel', async () => {
    const session = await logIn(printer);
    await functions.journal();
    await functions.say(printer, 'logout', { session });
    const { events, ...counted } = JOURNAL_COUNTS['ended at a panel'];
    // Alone it has a request of history to itself.
    expect(await announced({ ...counted, requests: 2 })).toBe(events);
  });
});

/** Compares what the journal does about so many changes. How many events it sent. */
async function announced(counted: Count, times = 1): Promise<number> {
  const before = (await functions.events()).length;
  const each = (count: number) => Math.round(count * times);
  expectCount(await countOf(() => functions.journal()), {
    ...counted,
    requests: each(counted.requests),
    writeUnits: each(counted.writeUnits),
    indexUnits: each(counted.indexUnits),
    logLines: each(counted.logLines),
    logBytes: each(counted.logBytes),
  });
  return (await functions.events()).length - before;
}

describe('what a sweep does', { timeout: 60_000 }, () => {
  const MANY = 60;
  let shard: string;
  let found: number;

  /** Whom it finds in one shard: as many as hash there. */
  async function sweepAt(minutes: number, of: 's' | 'd' = 's') {
    later(minutes);
    functions.scheduler.take();
    shard = `${of}0`;
    const swept = await countOf(() => functions.sweep({ shard, slot: Date.now() }));
    const says = [...lines].map((line) => JSON.parse(line)).find(({ message }) => message === 'sweep');
    found = says.ended + says.lowered + says.alive;
    return { swept, says };
  }

  /** Without what it asks for the page as a whole. */
  const expectEach = (swept: Count, counted: Count) => {
    expect(found).toBeGreaterThan(5);
    expect(swept.requests - SWEEP_PAGE.requests).toBe(found * counted.requests);
    expect(swept.writeUnits).toBe(found * counted.writeUnits);
    expect(swept.indexUnits).toBe(found * counted.indexUnits);
    expect(swept.changes).toBe(found * counted.changes);
    const page = swept.readUnits - found * counted.readUnits;
    expect(page).toBeGreaterThanOrEqual(0.5);
    expect(page).toBeLessThanOrEqual(1.5);
    expect(swept.logLines).toBe(SWEEP_SAYS.logLines);
    expect(Math.abs(swept.logBytes - SWEEP_SAYS.logBytes)).toBeLessThan(SWEEP_SAYS.logBytes / 4);
  };

  const expectTold = async ({ events, ...counted }: (typeof JOURNAL_COUNTS)['invalidated' | 'remembered']) =>
    expect(await announced(counted, found)).toBe(found * events);

  beforeAll(async () => {
    later(60 * 24);
    // What other tests have left has ended by then.
    await functions.sweep({ backstop: true });
    later(60 * 48);
    await functions.sweep({ backstop: true });
    await functions.journal();
  }, 60_000);

  test('about sessions that live, that come down, and that end', async () => {
    const day = 60 * 48;
    const sessions = await Promise.all(Array.from({ length: MANY }, (_, n) => logIn(portal, `many-${n}`)));
    later(day + 8);
    for (const session of sessions) await functions.say(portal, 'ping', { session });
    // Their lease would have run out after 10.
    expectEach((await sweepAt(day + 11)).swept, SWEEP_COUNTS.alive);
    await functions.journal();
    // After 18 and two seconds it has.
    expectEach((await sweepAt(day + 19)).swept, SWEEP_COUNTS.lowered);
    await expectTold(JOURNAL_COUNTS.invalidated);
    // Failover is over after 48, and the logon after eight hours.
    expectEach((await sweepAt(day + 49, 'd')).swept, SWEEP_COUNTS.lowered);
    await expectTold(JOURNAL_COUNTS.remembered);
    expectEach((await sweepAt(day + 482, 'd')).swept, SWEEP_COUNTS.ended);
  });

  test('about sessions whose slot is far away', async () => {
    const day = 60 * 72;
    later(day);
    const far = await functions.register({ realm: 'far', kind: 'application' });
    const sessions = await Promise.all(Array.from({ length: MANY }, (_, n) => logIn(far, `far-${n}`)));
    later(day + 29);
    for (const session of sessions) await functions.say(far, 'ping', { session });
    expectEach((await sweepAt(day + 31)).swept, SWEEP_COUNTS.moved);
  });

  test('of the backstop, where nothing is due', async () => {
    later(60 * 120);
    await functions.sweep({ backstop: true });
    later(60 * 144);
    await functions.sweep({ backstop: true });
    await functions.journal();
    expectCount(await countOf(() => functions.sweep({ backstop: true })), backstopCount(4, 3));
  });
});

test('a look at the console asks no more than is counted', { timeout: 60_000 }, async () => {
  later(60 * 200);
  process.env.CURFEW_CONSOLE_END_ARN = 'arn:aws:lambda:us-east-1:000000000000:function:end';
  const { handler } = await import('../../functions/console-widget.ts');
  for (let n = 0; n < 60; n++) await logIn(portal, `seen-${n}`);
  const context = { invokedFunctionArn: 'arn:aws:lambda:us-east-1:000000000000:function:widget' } as Context;
  await handler({}, context);
  const { requests, readUnits } = await countOf(() => handler({}, context));
  expect(requests).toBeLessThanOrEqual(CONSOLE_LOOK.requests);
  expect(readUnits).toBeLessThanOrEqual(CONSOLE_LOOK.readUnits);
});

test('to count silent stations asks once for each, and once for a page of them', { timeout: 60_000 }, async () => {
  // Nobody has been anywhere for longer than it is looked back.
  later(60 * 24 * 30);
  const { body } = await functions.operator('GET', '/v1/stations?limit=100');
  const { length } = body.stations;
  await functions.sweep({ silence: true });
  expect(SILENCE_STATIONS_MAX).toBe(STATIONS_MAX);
  const { requests, readUnits, ...counted } = silenceCount(length);
  const found = await countOf(() => functions.sweep({ silence: true }));
  expectCount(found, { ...counted, requests: requests + 1, readUnits: readUnits + 0.5 });
});

describe('what the stack has', () => {
  const synth = useSynth();
  const webhook = { url: 'https://gateway.example.org/curfew' };
  const realms = JSON.stringify({ realms: { told: { profile: 'release-station', webhook } } });

  test.each([
    ['without a webhook', {}, ALARMS.metrics],
    ['with one', { realms }, ALARMS.metrics + ALARMS.metricsOfWebhook],
    ['with silent stations counted', { silent: true }, ALARMS.metrics + ALARMS.metricsOfSilence],
  ])('as many metrics in its alarms, %s', { timeout: 60_000 }, (_, options, metrics) => {
    const template = synth.templateOf('prod', options);
    const looked = propertiesIn(template, 'AWS::CloudWatch::Alarm').map(
      ({ Metrics }) =>
        Metrics?.filter(({ MetricStat }: { MetricStat?: object }) => MetricStat !== undefined).length ?? 1,
    );
    expect(looked.reduce((sum, each) => sum + each, 0)).toBe(metrics);
    expect(propertiesIn(template, 'AWS::CloudWatch::CompositeAlarm')).toHaveLength(ALARMS.composite);
  });
});
