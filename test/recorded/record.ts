/**
 * Records what this version writes: `node --import tsx test/recorded/record.ts [version]` plays the scenes below over the real
 * applications and a real engine, by a clock of its own, and keeps the table's items and its stream's records in
 * test/recorded/<version>. Each user is named for the state in which their seat is left.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb';
import type { DynamoDBRecord } from 'aws-lambda';
import { dynamoHistory } from '../../lib/aws/history.ts';
import type { Item } from '../../lib/aws/items.ts';
import { dynamoPanels } from '../../lib/aws/panels.ts';
import { seatFromImage } from '../../lib/aws/seat-item.ts';
import { dynamoSeats } from '../../lib/aws/seats.ts';
import { dynamoStations } from '../../lib/aws/stations.ts';
import { prover } from '../../lib/client/proof.ts';
import { startEngine } from '../../lib/local/engine.ts';
import { createTable } from '../../lib/local/table.ts';
import { memoryBus } from '../../lib/memory/bus.ts';
import { memoryTimers } from '../../lib/memory/timers.ts';
import { readRealms } from '../../lib/realms/realms-file.ts';
import { announce } from '../../lib/service/announce.ts';
import { backstop } from '../../lib/service/sweep.ts';
import { after, DAY, durationMs, HOUR, MINUTE, SECOND, toRfc3339 } from '../../lib/time.ts';
import { createEdge, SHARDS } from '../support/edge.ts';
import { ALONE } from '../support/pacing.ts';
import { tableStream } from '../support/table-stream.ts';
import { announcedOf } from './announced.ts';

const REALMS = {
  campus: { profile: 'release-station', seats: 1 },
  suite: { profile: 'enterprise', seats: 1 },
  office: { profile: 'enterprise', seats: 3, takeOver: 'replace' },
  open: { profile: 'enterprise', seats: 'unlimited', idle: '30s', whenIdle: 'end', job: '30m' },
};

const here = new URL('.', import.meta.url);
const { version: current } = JSON.parse(readFileSync(new URL('../../package.json', here), 'utf8'));
const [, , version = current] = process.argv;
const directory = new URL(`${version}/`, here);
if (existsSync(directory)) throw new Error(`what version ${version} writes is recorded already`);

const engine = await startEngine();
const config = {
  endpoint: engine.url,
  region: 'us-east-1',
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
};
const client = new DynamoDBClient(config);
const table = { client, name: 'curfew' };
const stream = tableStream(config, await createTable(client, table.name));
const seats = dynamoSeats(table, { shards: SHARDS });
const panels = dynamoPanels(table);
const history = dynamoHistory(table);
const edge = createEdge({ realms: REALMS }, { seats, panels, history, stations: dynamoStations(table) });
const { realms } = readRealms(JSON.stringify({ realms: REALMS }));

const meter = { add: () => {} };
const changes: DynamoDBRecord[] = [];

/** Lets this long pass, and has what is due announced. */
async function pass(length: number): Promise<void> {
  edge.later(length);
  await backstop(
    { seats, meter, timers: memoryTimers(), clock: () => edge.now, ...ALONE },
    {
      realms,
      shards: SHARDS,
      shardsEver: SHARDS,
      hasTime: () => true,
      complain,
    },
  );
  for (const { Records } of await stream.take()) {
    changes.push(...Records);
    const seen = Records.map(({ dynamodb }) => ({
      id: dynamodb?.SequenceNumber ?? '',
      old: seatFromImage(dynamodb?.OldImage),
      now: seatFromImage(dynamodb?.NewImage),
    }));
    await announce({ history, panels, bus: memoryBus(), meter, complain }, realms, seen, edge.now);
  }
}

function complain(message: string, error: unknown): never {
  throw new Error(message, { cause: error });
}

type Station = Awaited<ReturnType<typeof edge.register>>;
/** @param body `occurredAt` in milliseconds from now */
async function say(from: Station, event: string, body: { occurredAt?: number; [field: string]: unknown }) {
  const { occurredAt, ...rest } = body;
  const dated = occurredAt === undefined ? {} : { occurredAt: toRfc3339(after(edge.now, durationMs(occurredAt))) };
  const reply = await edge.say(from, event, { ...rest, ...dated });
  edge.later(SECOND);
  if (reply.status >= 400) throw new Error(`${event} of ${JSON.stringify(body)}: ${reply.status} ${reply.text}`);
  return reply.body;
}

/** A session at a web application, as its login leaves it. */
async function login(at: Station, user: string, differs: object = {}): Promise<string> {
  return (await say(at, 'login', { user, id: `login-${user}`, occurredAt: 0, ...differs })).session;
}

// --- stations

const panelAt = (n: number) =>
  edge.register(`panel-${n}`, { realm: 'campus', kind: 'hosted', name: `Panel ${n}`, reportsActivity: true });
const portal = await edge.register('portal', { realm: 'suite', kind: 'application', reportsActivity: true });
const portals = [
  await edge.register('portal-1', { realm: 'office', kind: 'application', reportsActivity: true }),
  await edge.register('portal-2', { realm: 'office', kind: 'application', reportsActivity: true }),
] as const;
const anywhere = await edge.register('anywhere', { realm: 'open', kind: 'application', reportsActivity: true });
const signs = await edge.register('signs', {
  realm: 'campus',
  kind: 'pinging',
  name: 'Signs what it says',
  location: 'beside the stairs',
  proof: 'signature',
});
await edge.register('speaks-for-others', {
  realm: 'campus',
  kind: 'gateway',
  speaksFor: ['panel-1', 'panel-2*'],
  dialect: 'xerox-convenience-authentication',
  certificate: Array.from({ length: 32 }, () => 'AB').join(':'),
});
await edge.ask('PUT', '/v1/stations/has-no-key', { realm: 'campus', kind: 'hosted' });
await edge.register('two-keys', { realm: 'campus', kind: 'hosted' });
await edge.ask('POST', '/v1/stations/two-keys/key', { rotate: '2h' });
await edge.register('keys-revoked', { realm: 'campus', kind: 'hosted' });
await edge.ask('DELETE', '/v1/stations/keys-revoked/key');
await edge.register('removed', { realm: 'campus', kind: 'hosted' });
await edge.ask('DELETE', '/v1/stations/removed');

// --- what takes hours

for (const user of ['remembered', 'made-anew', 'made-anew-and-ended', 'ended-by-logon-token'])
  await login(portal, user);
await pass(DAY / 4);
await say(portal, 'activity', { user: 'made-anew-and-ended', id: 'activity-2', occurredAt: 0 });
await pass(3 * HOUR);
for (const user of ['remembered', 'made-anew']) await login(portal, user, { id: `login-again-${user}` });
await pass(45 * MINUTE);
await login(portal, 'failover');
await login(await panelAt(9), 'ended-by-idle');
await pass(11 * MINUTE);
await say(portal, 'activity', { user: 'made-anew', id: 'activity-1', occurredAt: 0 });
await login(portal, 'lingering');
await login(portal, 'resumed');
for (let minutes = 0; minutes < 21; minutes += 6.5) {
  for (const user of ['lingering', 'resumed', 'made-anew']) await say(portal, 'ping', { user });
  await pass(6.5 * MINUTE);
}
await say(portal, 'activity', { user: 'resumed', id: 'activity-resumed', occurredAt: 0 });

// --- ends, each at a panel of its own

const p0 = await panelAt(0);
await login(p0, 'ended-by-logout');
await say(p0, 'logout', { user: 'ended-by-logout', id: 'logout-1', occurredAt: 0 });
const p1 = await panelAt(1);
await login(p1, 'ended-by-boot');
await say(p1, 'boot', { id: 'boot-1', occurredAt: 0 });
const p2 = await panelAt(2);
await login(p2, 'ended-by-next-user');
await login(p2, 'next-user');
const p3 = await panelAt(3);
const byOperator = await login(p3, 'ended-by-operator');
await edge.ask('DELETE', `/v1/sessions/${byOperator}`, { reason: 'he went home', id: 'request-1' });
await login(portals[0], 'three-seats', { id: 'first' });
await login(portals[0], 'three-seats', { id: 'second' });
await login(portals[1], 'three-seats', { id: 'third' });
await login(portals[1], 'three-seats', { id: 'fourth' });
const p4 = await panelAt(4);
await login(p4, 'taken-over');
const p5 = await panelAt(5);
await say(p5, 'login', { user: 'taken-over', id: 'takes-over', takeOver: true });
await login(anywhere, 'unlimited', { id: 'here' });
await login(anywhere, 'unlimited', { id: 'there' });
const p6 = await panelAt(6);
await login(p6, 'unrecorded');
await pass(15 * SECOND);

// --- what is open, or only remembered; no sweep comes by any more

const p7 = await panelAt(7);
await say(p7, 'logout', { user: 'words-only', id: 'overtakes', occurredAt: 0 });
const withWord = await login(p7, 'ended-and-a-word');
await say(p7, 'logout', { session: withWord, id: 'logout-2', occurredAt: 0 });
await say(p7, 'logout', { user: 'ended-and-a-word', id: 'logout-3', occurredAt: 0 });
const p8 = await panelAt(8);
const withJobs = await login(p8, 'job-runs');
await say(p8, 'job-started', { session: withJobs, id: 'job-1', occurredAt: 0 });
await say(p8, 'job-started', { session: withJobs, id: 'job-2' });
await say(p8, 'job-ended', { session: withJobs, id: 'job-1-ends' });
const prove = prover('signature', signs.id, signs.key);
for (const type of ['login', 'ping']) {
  const body = JSON.stringify({ type, user: 'pinged' });
  const headers = await prove({ id: `signed-${type}`, now: edge.now, body });
  const { status, text } = await edge.call({
    method: 'POST',
    url: `/v1/stations/${signs.id}/${type}`,
    headers: { 'content-type': 'application/json', ...headers },
    body: Buffer.from(body),
  });
  if (status >= 400) throw new Error(`${type}: ${text}`);
  edge.later(2 * SECOND);
}
await login(p3, 'Zoë #1', { id: 'undated', occurredAt: undefined });
await edge.say(p3, 'activity', { user: 'Zoë #1' });

// --- what was written, and what this version says of it

const pages = paginateScan({ client }, { TableName: table.name, ConsistentRead: true });
const items: Item[] = [];
for await (const { Items = [] } of pages) items.push(...Items);
const placeOf = (item: Item) => `${item.pk?.S} ${item.sk?.S}`;
items.sort((a, b) => (placeOf(a) < placeOf(b) ? -1 : 1));
const kindOf = (item: Item) => item.sk?.S?.split('#')[0] ?? '';

const users = new Set(
  items.flatMap((item) => (/^user#/.test(item.pk?.S ?? '') ? [item.pk?.S?.slice('user#'.length) ?? ''] : [])),
);
const said: Record<string, unknown> = {};
for (const name of users) {
  const [realm = '', ...user] = name.split('#');
  const url = `/v1/realms/${realm}/users/${encodeURIComponent(user.join('#'))}`;
  said[name] = (await edge.ask('GET', url)).body;
}
const stations = (await edge.ask('GET', '/v1/stations?limit=100')).body.stations;

mkdirSync(directory, { recursive: true });
const write = (file: string, text: string) => writeFileSync(new URL(`${file}.json`, directory), `${text}\n`);
/** One a line. */
const keep = (file: string, values: readonly unknown[]) =>
  write(file, `[\n${values.map((value) => JSON.stringify(value)).join(',\n')}\n]`);
for (const [file, kind] of [
  ['seats', 'seat'],
  ['history', 'ended'],
  ['panels', 'panel'],
  ['stations', 'station'],
] as const) {
  keep(
    file,
    items.filter((item) => kindOf(item) === kind),
  );
}
for (const { Records } of await stream.take()) changes.push(...Records);
keep('changes', changes);
keep('announced', await announcedOf(changes));
write('said', JSON.stringify({ realms: REALMS, now: edge.now, users: said, stations }, undefined, 2));
process.stdout.write(`${items.length} items and ${changes.length} changes of version ${version}\n`);

stream.close();
client.destroy();
await engine.stop();
