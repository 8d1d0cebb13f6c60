/** The trail of what operators did, through the API and the command. */
import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { connectionTo, runCurfew } from '../support/command.ts';
import { useFunctions } from '../support/functions.ts';

const functions = useFunctions({
  'campus-print': { profile: 'release-station', retention: '30d' },
  told: { profile: 'release-station', webhook: { url: 'https://gateway.example.org/curfew' } },
});
const START = new Date('2026-11-22T14:23:10Z');
const DAY_SECONDS = 86_400;
const OLGA = 'arn:aws:iam::000000000000:user/olga';
const printer = { realm: 'campus-print', kind: 'hosted' };

let minutes = 0;
beforeAll(() => void vi.useFakeTimers({ toFake: ['Date'], now: START }));
beforeEach(() => void vi.setSystemTime(START.getTime() + ++minutes * 60_000));
afterAll(() => void vi.useRealTimers());

/** A second later, for the order. */
const tick = () => void vi.setSystemTime(Date.now() + 1_000);
const START_OF_TEST = () => START.getTime() + minutes * 60_000;
const since = () => `since=${new Date(START_OF_TEST()).toISOString()}`;
const actions = async (query = since()) => (await functions.operator('GET', `/v1/audit?${query}`)).body.actions;

async function items(): Promise<Record<string, { S?: string; N?: string }>[]> {
  const table = new DynamoDBClient(functions.engine.config);
  const { Items = [] } = await table.send(new ScanCommand({ TableName: process.env.CURFEW_TABLE ?? '' }));
  table.destroy();
  return Items as Record<string, { S?: string; N?: string }>[];
}
const secondsLeft = (item: Record<string, { N?: string }> | undefined) => Number(item?.ttl?.N) - Date.now() / 1_000;

test('each thing that an operator does is in the trail once: who, when, to what, why, and what came of it', async () => {
  const reason = 'ticket 4711';
  const did: [action: string, on: string, note: string | undefined, method: string, path: string, body: object][] = [
    ['register-station', 'lib-9', 'hosted in campus-print, bearer', 'PUT', '/v1/stations/lib-9', printer],
    [
      'change-station',
      'lib-9',
      'hosted in campus-print, basic',
      'PUT',
      '/v1/stations/lib-9',
      { ...printer, proof: 'basic' },
    ],
    ['issue-key', 'lib-9', 'generation 1', 'POST', '/v1/stations/lib-9/key', {}],
    ['issue-key', 'lib-9', 'generation 2', 'POST', '/v1/stations/lib-9/key', { rotate: '1h' }],
    ['revoke-keys', 'lib-9', 'generation 3', 'DELETE', '/v1/stations/lib-9/key', {}],
    ['remove-station', 'lib-9', undefined, 'DELETE', '/v1/stations/lib-9', {}],
    ['forget-user', 'campus-print', '0 sessions', 'DELETE', '/v1/realms/campus-print/users/fay/history', {}],
    ['show-webhook-secret', 'told', undefined, 'POST', '/v1/realms/told/webhook/secret', {}],
  ];
  for (const [action, on, note, method, path, body] of did) {
    vi.setSystemTime(START.getTime() + ++minutes * 60_000);
    const at = new Date().toISOString();
    const { status } = await functions.operator(method, path, { ...body, reason });
    expect(status, action).toBeLessThan(300);
    const told = { at, by: OLGA, action, on, outcome: 'done', reason, ...(note === undefined ? {} : { note }) };
    expect(await actions()).toEqual([told]);
  }
});

test('a session that an operator ended is in the trail with its handle and with why, as long as its user’s history; who ended one, and when, for a year', async () => {
  const station = await functions.register(printer);
  const { session } = (await functions.say(station, 'login', { user: 'ana' })).body;
  vi.setSystemTime(START.getTime() + ++minutes * 60_000);
  await functions.operator('DELETE', `/v1/sessions/${session}`, { reason: 'left at noon' });
  expect(await actions()).toMatchObject([
    { by: OLGA, action: 'end-session', on: 'campus-print', outcome: 'done', session, reason: 'left at noon' },
  ]);
  const ofIt = (await items()).filter((item) => /^(trail|said)#/.test(item.pk?.S ?? ''));
  const said = ofIt.find((item) => item.session?.S === session);
  expect(secondsLeft(said)).toBe(30 * DAY_SECONDS);
  const ended = ofIt.find((item) => item.action?.S === 'end-session');
  expect(secondsLeft(ended)).toBe(365 * DAY_SECONDS);
  expect(JSON.stringify(ended)).not.toMatch(/YW5h|left at noon/);
});

test('who is forgotten is in the trail by nothing: what stays is that an operator ended a session, and that one erased a history', async () => {
  const station = await functions.register(printer);
  const { session } = (await functions.say(station, 'login', { user: 'zaphod' })).body;
  tick();
  await functions.operator('DELETE', `/v1/sessions/${session}`, { reason: 'zaphod went home' });
  await functions.journal();
  tick();
  await functions.operator('DELETE', '/v1/realms/campus-print/users/zaphod/history');
  const left = (await items()).filter((item) => /zaphod|emFwaG9k/.test(JSON.stringify(item)));
  expect(left.map(({ sk }) => sk?.S)).toEqual(['seat#0']);
  expect(await actions()).toMatchObject([
    { by: OLGA, action: 'forget-user', on: 'campus-print', note: '1 session' },
    { by: OLGA, action: 'end-session', on: 'campus-print' },
    expect.anything(),
    expect.anything(),
  ]);
  for (const one of await actions()) expect(Object.keys(one)).not.toContain('session');
});

test('what changed nothing is in the trail as that', async () => {
  await functions.operator('DELETE', '/v1/stations/lib-404');
  tick();
  await functions.operator('DELETE', '/v1/sessions/1.0.campus-print.YW5h', { reason: 'who knows' });
  expect(await actions()).toMatchObject([
    { action: 'end-session', on: 'campus-print', outcome: 'nothing' },
    { action: 'remove-station', on: 'lib-404', outcome: 'nothing' },
  ]);
});

test('what is refused as it stands is not in the trail', async () => {
  expect((await functions.operator('DELETE', '/v1/stations/lib-1/key', { reason: 'x'.repeat(257) })).status).toBe(400);
  expect((await functions.operator('POST', '/v1/stations/lib-1/key', { raeson: 'x' })).status).toBe(400);
  expect((await functions.operator('PUT', '/v1/stations/lib-1', { realm: 'nowhere', kind: 'hosted' })).status).toBe(
    400,
  );
  expect(await actions()).toEqual([]);
});

test('the trail is asked by time, by who and by what', async () => {
  const id = `by-${minutes}`;
  await functions.operator('PUT', `/v1/stations/${id}`, printer);
  const at = Date.now();
  vi.setSystemTime(at + 1_000);
  await functions.operator('POST', `/v1/stations/${id}/key`);
  const [from, to] = [new Date(at).toISOString(), new Date(at + 1_000).toISOString()];
  const named = async (query: string) => (await actions(query)).map(({ action }: { action: string }) => action);
  expect(await named(`since=${from}`)).toEqual(['issue-key', 'register-station']);
  expect(await named(`since=${from}&until=${to}`)).toEqual(['register-station']);
  expect(await named(`since=${to}`)).toEqual(['issue-key']);
  expect(await named(`since=${from}&action=issue-key`)).toEqual(['issue-key']);
  expect(await named(`since=${from}&until=2099-01-01T00:00:00Z`)).toEqual(['issue-key', 'register-station']);
  expect(await named(`since=${from}&by=olga`)).toHaveLength(2);
  expect(await named(`since=${from}&by=bert`)).toEqual([]);
  const { body: first } = await functions.operator('GET', `/v1/audit?since=${from}&limit=1`);
  expect(first.actions).toMatchObject([{ action: 'issue-key' }]);
  expect(await named(`since=${from}&cursor=${first.cursor}`)).toEqual(['register-station']);
});

test.each([
  ['since=yesterday', 'since'],
  ['until=2026-11-22', 'until'],
  ['action=dance', 'action'],
  ['who=olga', 'who'],
  ['limit=0', 'limit'],
  ['cursor=nonsense', 'cursor'],
])('a question that cannot be answered is refused, and its part is named: %s', async (query, field) => {
  const { status, body } = await functions.operator('GET', `/v1/audit?${query}`);
  expect([status, body.errors.map((one: { field: string }) => one.field)]).toEqual([400, [field]]);
});

test('what is older than the trail is kept for is not told, though it be there still', async () => {
  await functions.operator('DELETE', '/v1/stations/lib-404');
  const did = Date.now();
  const asked = `since=${new Date(did).toISOString()}&until=${new Date(did + 1).toISOString()}`;
  vi.setSystemTime(did + 365 * DAY_SECONDS * 1_000);
  expect(await actions(asked)).toHaveLength(1);
  vi.setSystemTime(did + 365 * DAY_SECONDS * 1_000 + 1);
  expect(await actions(asked)).toEqual([]);
});

// What is sent twice costs twice, which is not what is counted here.
test.skipIf(process.env.CURFEW_TEST_WRITES === 'twice')(
  'an action costs two writes more, an end three, and a look at the trail one request for each month',
  async () => {
    const costOf = async (act: () => Promise<unknown>) => {
      functions.dynamodb.take();
      await act();
      const requests = functions.dynamodb.take();
      const sum = (of: (typeof requests)[number], units: number) => units + of.writeUnits;
      return [requests.length, requests.reduce((units, one) => sum(one, units), 0)];
    };
    const station = await functions.register(printer);
    const { session } = (await functions.say(station, 'login', { user: 'eve' })).body;
    expect(await costOf(() => functions.operator('DELETE', `/v1/stations/${station.id}/key`))).toEqual([1 + 2, 1 + 2]);
    const end = () => functions.operator('DELETE', `/v1/sessions/${session}`, { reason: 'why not' });
    const [requests, units] = await costOf(end);
    // The seat, and its entry in the index.
    expect([requests, units]).toEqual([1 + 2, 2 + 3]);
    const now = Date.now();
    const day = (days: number) => new Date(now - days * DAY_SECONDS * 1_000).toISOString();
    expect(await costOf(() => actions(`since=${day(1)}&by=nobody`))).toEqual([1, 0]);
    expect(await costOf(() => actions(`since=${day(100)}&by=nobody`))).toEqual([4, 0]);
    expect(await costOf(() => actions('by=nobody'))).toEqual([12, 0]);
  },
);

test('why something is done may be said to the command, and is in the trail', async () => {
  const connection = connectionTo((method, path, body) => functions.operator(method, path, body ?? ''));
  const why = ['--reason', 'ticket 4712'];
  for (const args of [
    ['stations', 'add', 'lib-6', '--realm', 'campus-print', '--kind', 'hosted'],
    ['stations', 'key', 'lib-6', '--rotate', '1h'],
    ['stations', 'key', 'lib-6', '--revoke'],
    ['stations', 'remove', 'lib-6'],
    ['users', 'forget', 'ana', '--realm', 'campus-print', '--yes'],
  ]) {
    tick();
    expect((await runCurfew(connection, [...args, ...why])).exit, args.join(' ')).toBe(0);
  }
  const told: { action: string; reason: string }[] = await actions();
  expect(told.map(({ action, reason }) => [action, reason])).toEqual(
    ['forget-user', 'remove-station', 'revoke-keys', 'issue-key', 'register-station'].map((kind) => [
      kind,
      'ticket 4712',
    ]),
  );
});

test('the command shows the trail', async () => {
  await functions.operator('PUT', '/v1/stations/lib-5', printer);
  tick();
  await functions.operator('DELETE', '/v1/stations/lib-5/key', { reason: 'stolen' });
  tick();
  await functions.operator('DELETE', '/v1/stations/lib-404');
  const when = (secondsAgo: number) => `${new Date(Date.now() - secondsAgo * 1_000).toISOString().slice(11, 19)}`;
  const connection = connectionTo((method, path, body) => functions.operator(method, path, body ?? ''));
  const { printed } = await runCurfew(connection, ['audit', '--since', '30s', '--by', 'olga']);
  expect(printed.split('\n')).toEqual([
    'when      who        did               on       outcome                         why',
    `${when(0)}  user/olga  remove-station    lib-404  changed nothing`,
    `${when(1)}  user/olga  revoke-keys       lib-5    generation 1                    stolen`,
    `${when(2)}  user/olga  register-station  lib-5    hosted in campus-print, bearer`,
    '',
    '3 actions',
  ]);
  const narrow = await runCurfew(connection, ['audit', '--since', '30s', '--by', 'olga'], { columns: 60 });
  for (const line of narrow.printed.split('\n')) expect(line.length).toBeLessThanOrEqual(60);
  const wide = await runCurfew(connection, ['audit', '--since', '30s', '--utc', '--wide'], { columns: 60 });
  expect(wide.printed).toContain(`Z  ${OLGA}  remove-station`);
  const csv = await runCurfew(connection, ['audit', '--since', '30s', '--action', 'revoke-keys', '--csv']);
  expect(csv.printed.split('\n')).toEqual([
    'at,by,action,on,outcome,note,reason,session',
    expect.stringMatching(
      /^2026-[\d-]+T[\d:.]+Z,arn:aws:iam::000000000000:user\/olga,revoke-keys,lib-5,done,generation 1,stolen,$/,
    ),
  ]);
  const bad = await runCurfew(connection, ['audit', '--since', 'yesterday']);
  expect(bad.exit).not.toBe(0);
});
