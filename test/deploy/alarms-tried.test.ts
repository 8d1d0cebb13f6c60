/**
 * Each alarm, tried. What it watches stands here word for word; what of that Curfew itself counts is brought about through the
 * functions as they are deployed, and their log says whether the alarm would go off.
 */
import { runInNewContext } from 'node:vm';
import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { useFunctions } from '../support/functions.ts';
import { type Line, MATH, pointsOf, statisticOf, type Watched } from '../support/points.ts';
import { resourceText, useSynth } from './synth.ts';

// A stack takes a second or two to make, on a busy machine more; and a table that does not answer is asked for a while.
vi.setConfig({ testTimeout: 60_000 });

const realms = {
  'campus-print': { profile: 'release-station', webhook: { url: 'https://gateway.example.org/curfew' } },
};
const template = useSynth().templateOf('prod', { realms: JSON.stringify({ realms }) });
const functions = useFunctions(realms);

/** As a template has them. */
type Part =
  | { readonly Id: string; readonly MetricStat: { Metric: Watched; Stat: string; Period: number } }
  | { readonly Id: string; readonly Expression: string; readonly MetricStat?: undefined };

/** The alarms of the template, by their names without the hash that ends them. */
const alarms = new Map(
  Object.entries(template.findResources('AWS::CloudWatch::Alarm')).map(([id, { Properties }]) => {
    const { Statistic, Period } = Properties;
    const parts: Part[] = Properties.Metrics ?? [
      { Id: 'm1', MetricStat: { Metric: Properties, Stat: Statistic, Period } },
    ];
    const lines = parts.flatMap(({ Id, MetricStat }): Line[] =>
      MetricStat === undefined
        ? []
        : [{ id: Id, watched: MetricStat.Metric, statistic: MetricStat.Stat, seconds: MetricStat.Period }],
    );
    const expression = parts.flatMap((part) => (part.MetricStat === undefined ? [part.Expression] : []))[0];
    return [id.replace(/^Alarms|[0-9A-F]{8}$/g, ''), { id, lines, expression, properties: Properties }] as const;
  }),
);
const composites = Object.entries(template.findResources('AWS::CloudWatch::CompositeAlarm')).map(
  ([id, { Properties }]) => ({
    name: id.replace(/^Alarms|[0-9A-F]{8}$/g, ''),
    rule: JSON.stringify(Properties.AlarmRule),
  }),
);

function alarmNamed(name: string) {
  const alarm = alarms.get(name);
  if (alarm === undefined) throw new Error(`no alarm ${name}`);
  return alarm;
}

const told = ({ id, watched: { Namespace, MetricName, Dimensions = [] }, statistic, seconds }: Line): string =>
  [
    `${id}: ${statistic} of ${Namespace} ${MetricName} in ${seconds} s`,
    ...Dimensions.map(({ Name, Value }) => `${Name} ${resourceText(Value)}`),
  ].join(', ');

const failuresOf = (...names: string[]): string[] =>
  names.flatMap((name, n) => [
    `m${2 * n}: Sum of AWS/Lambda Errors in 300 s, FunctionName {${name}}`,
    `m${2 * n + 1}: Sum of AWS/Lambda Throttles in 300 s, FunctionName {${name}}`,
  ]);
const sumOf = (count: number): string => Array.from({ length: count }, (_, n) => `FILL(m${n}, 0)`).join(' + ');
const lettersIn = (queue: string) => ({
  watches: [
    `m1: Maximum of AWS/SQS ApproximateNumberOfMessagesVisible in 300 s, QueueName {${queue}.QueueName}`,
  ] as readonly string[],
  above: 0,
  of: '1 of 1',
  article: 'dead-letters',
  calls: 'itself',
});

interface Expected {
  readonly watches: readonly string[];
  readonly expression?: string;
  readonly above: number;
  readonly of: string;
  readonly missing?: 'breaching';
  readonly article: string;
  readonly calls: string;
}

// The backstop's five minutes, the one-minute slots of these realms, two for sweep, stream and bus.
const ANNOUNCED_WITHIN_MS = 480_000;

const EXPECTED: Readonly<Record<string, Expected>> = {
  LateAnnouncement: {
    watches: ['m1: Maximum of Curfew/prod AnnouncedLateMs in 300 s'],
    above: ANNOUNCED_WITHIN_MS,
    of: '1 of 1',
    article: 'announcements-are-late',
    calls: 'AnnouncedLate',
  },
  JournalBehind: {
    watches: ['m1: Maximum of AWS/Lambda IteratorAge in 300 s, FunctionName {OnSeatChange}'],
    above: ANNOUNCED_WITHIN_MS,
    of: '1 of 1',
    article: 'announcements-are-late',
    calls: 'AnnouncedLate',
  },
  OverdueSession: {
    watches: ['m1: Maximum of Curfew/prod WorstOverdueMs in 300 s'],
    above: 300_000,
    of: '3 of 3',
    missing: 'breaching',
    article: 'a-session-is-overdue',
    calls: 'AnnouncedLate',
  },
  UnarmedSlots: {
    watches: ['m1: Sum of Curfew/prod UnarmedSlot in 300 s'],
    above: 0,
    of: '2 of 6',
    article: 'timers-are-not-armed',
    calls: 'AnnouncedLate',
  },
  AnnouncersFail: {
    watches: failuresOf('OnSweep', 'OnSeatChange'),
    expression: sumOf(4),
    above: 0,
    of: '2 of 3',
    article: 'functions-fail',
    calls: 'AnnouncedLate',
  },
  LoginsFail: {
    watches: [
      'failed: Sum of Curfew/prod LoginFailed in 300 s',
      'opened: Sum of Curfew/prod LoginOpened in 300 s',
      'refused: Sum of Curfew/prod LoginRefused in 300 s',
    ],
    expression: 'IF(failed >= 3, 100 * failed / (failed + FILL(opened, 0) + FILL(refused, 0)), 0)',
    above: 10,
    of: '2 of 3',
    article: 'nobody-can-log-in',
    calls: 'NotAnswering',
  },
  RequestsFail: {
    watches: [
      'all: SampleCount of AWS/ApiGateway Count in 300 s, ApiId {ApiHttp}',
      'failed: Sum of AWS/ApiGateway 5xx in 300 s, ApiId {ApiHttp}',
    ],
    expression: 'IF(all >= 20, 100 * failed / all, 0)',
    above: 10,
    of: '2 of 3',
    article: 'nobody-can-log-in',
    calls: 'NotAnswering',
  },
  StationsFail: {
    watches: failuresOf('OnStationEvent'),
    expression: sumOf(2),
    above: 0,
    of: '2 of 3',
    article: 'functions-fail',
    calls: 'NotAnswering',
  },
  TableThrottled: {
    watches: [
      'm0: Sum of AWS/DynamoDB ReadThrottleEvents in 300 s, TableName {SeatsTable}',
      'm1: Sum of AWS/DynamoDB ReadThrottleEvents in 300 s, GlobalSecondaryIndexName due, TableName {SeatsTable}',
      'm2: Sum of AWS/DynamoDB WriteThrottleEvents in 300 s, TableName {SeatsTable}',
      'm3: Sum of AWS/DynamoDB WriteThrottleEvents in 300 s, GlobalSecondaryIndexName due, TableName {SeatsTable}',
    ],
    expression: sumOf(4),
    above: 0,
    of: '2 of 3',
    article: 'the-table-is-throttled',
    calls: 'NotAnswering',
  },
  UnreadableItems: {
    watches: ['m1: Sum of Curfew/prod UnreadableItem in 300 s'],
    above: 0,
    of: '1 of 1',
    article: 'an-item-cannot-be-read',
    calls: 'itself',
  },
  OthersFail: {
    watches: failuresOf('OnOperatorRequest', 'ConsoleWidget', 'ConsoleEnd', 'WebhookOnSessionEvent'),
    expression: sumOf(8),
    above: 0,
    of: '2 of 3',
    article: 'operators-or-webhooks-fail',
    calls: 'itself',
  },
  ManyUnproven: {
    watches: ['m1: Sum of Curfew/prod Unproven in 300 s'],
    above: 300,
    of: '3 of 3',
    article: 'somebody-tries-keys-or-handles',
    calls: 'itself',
  },
  ManyForbidden: {
    watches: ['m1: Sum of Curfew/prod Forbidden in 300 s'],
    above: 60,
    of: '2 of 3',
    article: 'somebody-tries-keys-or-handles',
    calls: 'itself',
  },
  DeadLettersTimersUnfired: lettersIn('TimersUnfired'),
  DeadLettersFailedSweeps: lettersIn('FailedSweeps'),
  DeadLettersJournalUnwritten: lettersIn('JournalUnwritten'),
  DeadLettersWebhookUndelivered: lettersIn('WebhookUndelivered'),
};

test('there are these alarms and no others', () => {
  expect([...alarms.keys()].sort()).toEqual(Object.keys(EXPECTED).sort());
  expect(composites.map(({ name }) => name).sort()).toEqual(['AnnouncedLate', 'NotAnswering']);
});

test.each(Object.entries(EXPECTED))('%s watches what it says', (name, expected) => {
  const { id, lines, expression, properties } = alarmNamed(name);
  const { AlarmDescription, AlarmActions = [], Threshold, DatapointsToAlarm, EvaluationPeriods } = properties;
  const above = composites.flatMap((composite) => (composite.rule.includes(`"${id}"`) ? [composite.name] : []));
  expect({
    watches: lines.map(told),
    ...(expression === undefined ? {} : { expression }),
    above: Threshold,
    of: `${DatapointsToAlarm} of ${EvaluationPeriods}`,
    ...(properties.TreatMissingData === 'notBreaching' ? {} : { missing: properties.TreatMissingData }),
    article: /#([a-z-]+)$/.exec(AlarmDescription)?.[1],
    calls: [...above, ...(AlarmActions.length === 0 ? [] : ['itself'])].join(),
  }).toEqual(expected);
  expect(properties.ComparisonOperator).toBe('GreaterThanThreshold');
  // More, and CloudWatch refuses the alarm.
  expect(lines.length).toBeLessThanOrEqual(10);
});

describe('what Curfew counts', () => {
  let printer: { id: string; key: string };
  beforeAll(async () => {
    printer = await functions.register({ realm: 'campus-print', kind: 'hosted' });
  });
  // Each in an hour of its own, in which nothing is left over from before.
  let hour = 0;
  beforeEach(async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + ++hour * 3_600_000 });
    await functions.sweep({ backstop: true });
    await functions.journal();
    await functions.say(printer, 'boot');
  });
  afterEach(() => {
    functions.dynamodb.fault = undefined;
    functions.scheduler.fault = undefined;
    vi.useRealTimers();
  });

  const later = (minutes: number): void => void vi.setSystemTime(Date.now() + minutes * 60_000);
  const login = (user: string) => functions.say(printer, 'login', { user });

  test('is late: LateAnnouncement', async () => {
    const inTime = await lineOf('LateAnnouncement', async () => {
      await login('ana');
      await functions.say(printer, 'logout', { user: 'ana' });
      await functions.journal();
    });
    expect(inTime).toEqual({ value: expect.any(Number), goesOff: false });

    await login('ana');
    later(30);
    const late = await lineOf('LateAnnouncement', async () => {
      await functions.sweep({ backstop: true });
      await functions.journal();
    });
    expect(late.goesOff).toBe(true);
  });

  test('is overdue, or nothing because there is no backstop: OverdueSession', async () => {
    const backstop = () => functions.sweep({ backstop: true });
    expect(await lineOf('OverdueSession', backstop)).toEqual({ value: 0, goesOff: false });
    await login('ana');
    later(30);
    const overdue = await lineOf('OverdueSession', backstop);
    expect(overdue.value).toBeGreaterThan(20 * 60_000);
    expect(overdue.goesOff).toBe(true);
    expect(await lineOf('OverdueSession', () => login('bo'))).toEqual({ value: undefined, goesOff: true });
  });

  test('is a timer that cannot be armed: UnarmedSlots', async () => {
    expect(await lineOf('UnarmedSlots', () => login('ana'))).toEqual({ value: undefined, goesOff: false });
    later(10);
    functions.scheduler.fault = 'cut';
    expect(await lineOf('UnarmedSlots', () => login('bo'))).toEqual({ value: 1, goesOff: true });
  });

  test('is a login that is not answered: LoginsFail', async () => {
    const refused = async () => {
      await login('ana');
      const elsewhere = await functions.register({ realm: 'campus-print', kind: 'hosted' });
      for (let n = 0; n < 4; n++) {
        expect((await functions.say(elsewhere, 'login', { user: 'ana' })).status).toBe(409);
      }
    };
    expect(await lineOf('LoginsFail', refused)).toEqual({ value: 0, goesOff: false });

    functions.dynamodb.fault = 'cut';
    const fail = (count: number) => async () => {
      const users = Array.from({ length: count }, (_, n) => `user-${n}`);
      for (const { status } of await Promise.all(users.map(login))) expect(status).toBe(503);
    };
    expect(await lineOf('LoginsFail', fail(2))).toEqual({ value: 0, goesOff: false });
    expect(await lineOf('LoginsFail', fail(3))).toEqual({ value: 100, goesOff: true });
    // Its registration is no longer remembered, and is asked for in vain.
    later(10);
    expect(await lineOf('LoginsFail', fail(3))).toEqual({ value: 100, goesOff: true });
  });

  test('counts failed logins among all of them', async () => {
    const mixed = (failed: number, opened: number) => async () => {
      functions.dynamodb.fault = undefined;
      for (let n = 0; n < opened; n++) expect((await login(`fine-${n}`)).status).toBe(201);
      functions.dynamodb.fault = 'cut';
      await Promise.all(Array.from({ length: failed }, (_, n) => login(`user-${n}`)));
    };
    expect((await lineOf('LoginsFail', mixed(3, 17))).value).toBe(15);
    later(30);
    expect(await lineOf('LoginsFail', mixed(3, 27))).toEqual({ value: 10, goesOff: false });
  });

  test.each([
    ['ping', { user: 'ana' }, 0],
    ['logout', { user: 'ana' }, 0],
    ['events', { type: 'ping', user: 'ana' }, 0],
    ['events', { type: 'login', user: 'ana' }, 1],
  ])('counts what is said at …/%s as %j does', async (event, body, count) => {
    functions.dynamodb.fault = 'cut';
    const points = await pointsOf(async () => {
      expect((await functions.say(printer, event, body)).status).toBe(503);
    });
    expect(points.filter(({ name }) => name === 'LoginFailed')).toHaveLength(count);
  });

  test('is what stations say with keys that are not theirs: ManyUnproven', async () => {
    const withWrongKey = (id: string) => functions.say({ id, key: 'of-before' }, 'login', { user: 'ana' });
    const saying = (ids: readonly string[], times: number) => async () => {
      for (let n = 0; n < times; n++) {
        for (const { status } of await Promise.all(ids.map(withWrongKey))) expect(status).toBe(401);
      }
    };
    // One whose key is old, at which people try again and again, every five seconds.
    expect(await lineOf('ManyUnproven', saying([printer.id], 60))).toEqual({ value: 60, goesOff: false });
    later(10);
    // Somebody who tries keys, wherever there may be a station.
    const everywhere = Array.from({ length: 101 }, (_, n) => `guess-${n}`);
    expect(await lineOf('ManyUnproven', saying(everywhere, 3))).toEqual({ value: 303, goesOff: true });
  });

  test('is what stations say of sessions that are not theirs: ManyForbidden', async () => {
    const elsewhere = await functions.register({ realm: 'campus-print', kind: 'hosted' });
    const { body } = await functions.say(elsewhere, 'login', { user: 'ana' });
    const trying = (times: number) => async () => {
      for (let n = 0; n < times; n++) {
        // Not faster than one station may speak.
        if (n % 50 === 0) later(1);
        expect((await functions.say(printer, 'ping', { session: body.session })).status).toBe(403);
      }
    };
    // One that has mixed something up, and pings every five seconds.
    expect(await lineOf('ManyForbidden', trying(60))).toEqual({ value: 60, goesOff: false });
    later(10);
    expect(await lineOf('ManyForbidden', trying(61))).toEqual({ value: 61, goesOff: true });
  });

  test('is an item of another version: UnreadableItems', async () => {
    const journal = async () => void (await functions.journal());
    await login('ana');
    expect(await lineOf('UnreadableItems', journal)).toEqual({ value: undefined, goesOff: false });
    const Item = { pk: { S: 'user#campus-print#zoe' }, sk: { S: 'seat#0' }, epoch: { S: 'of a later version' } };
    await functions.engine.client.send(new PutItemCommand({ TableName: process.env.CURFEW_TABLE, Item }));
    expect(await lineOf('UnreadableItems', journal)).toEqual({ value: 1, goesOff: true });
  });
});

/** What the alarm makes of one period in which `act` happens and nothing else. */
async function lineOf(
  name: string,
  act: () => Promise<unknown>,
): Promise<{ value: number | undefined; goesOff: boolean }> {
  const { lines, expression, properties } = alarmNamed(name);
  const points = await pointsOf(act);
  const values = Object.fromEntries(lines.map((line) => [line.id, statisticOf(line, points)]));
  const value =
    expression === undefined ? Object.values(values)[0] : runInNewContext(expression, { ...MATH, ...values });
  const goesOff = value === undefined ? properties.TreatMissingData === 'breaching' : value > properties.Threshold;
  return { value, goesOff };
}
