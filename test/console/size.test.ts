/** How much the listing reads and weighs with 5,000 live sessions, as a real engine counts it. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { putItems } from '../../lib/aws/batches.ts';
import { dynamoClient } from '../../lib/aws/clients.ts';
import { keepArrival } from '../../lib/aws/heard.ts';
import { dynamoHistory } from '../../lib/aws/history.ts';
import { attributes, type Item } from '../../lib/aws/items.ts';
import { dynamoPanels } from '../../lib/aws/panels.ts';
import { dynamoRefusals } from '../../lib/aws/refusals.ts';
import { seatItemKey, sessionAttributes } from '../../lib/aws/seat-item.ts';
import { dynamoSeats } from '../../lib/aws/seats.ts';
import { dynamoStations } from '../../lib/aws/stations.ts';
import { dynamoTrail } from '../../lib/aws/trail.ts';
import { createConsole, type Widget } from '../../lib/console/console.ts';
import { PAGE } from '../../lib/console/frame.ts';
import { readRealms } from '../../lib/realms/realms-file.ts';
import { daysLong } from '../../lib/service/audit.ts';
import { TRAIL_DAYS } from '../../lib/service/ports.ts';
import { shardOf } from '../../lib/session/shards.ts';
import { TABLE } from '../../lib/table.ts';
import { at, everyDeadline, NOON, said, session } from '../contract/sessions.ts';
import { useEngine } from '../support/engine.ts';
import { type RecordingProxy, startRecordingProxy } from '../support/recording-proxy.ts';

const SESSIONS = 5_000;
const STATIONS = 100;
const SHARDS = 4;
const ARN = 'arn:aws:lambda:eu-central-1:123456789012:function:curfew-console-widget';

const engine = useEngine();
let proxy: RecordingProxy;
let show: Widget;

/** As long as people's names get, and as costly as text gets when it is escaped. */
const longUser = (n: number) => `${n}${'"<é'.repeat(31)}`;

/** Of an open session with every deadline that there is. */
function itemOf(n: number): Item {
  const key = { realm: 'campus-print', user: longUser(n), seat: '0' };
  const station = `station-${n % STATIONS}`;
  const open = session({ station, deadlines: everyDeadline, due: at(300 + (n % 60)) });
  return {
    ...seatItemKey(key),
    ...attributes({ epoch: NOON + n, revision: 0, [TABLE.dueIndex.partitionKey]: shardOf(key, SHARDS) }),
    ...sessionAttributes(open),
    ...keepArrival(said(`login-${n}`, undefined, station)).set,
  };
}

beforeAll(async () => {
  proxy = await startRecordingProxy(engine.config.endpoint);
  const { name } = await engine.createTable();
  const filled = { client: dynamoClient(engine.config), name };
  await putItems(
    'seat',
    filled,
    Array.from({ length: SESSIONS }, (_, n) => itemOf(n)),
  );
  for (let n = 0; n < STATIONS; n++) {
    const told = { name: '"&'.repeat(32), location: '<🖨️>'.repeat(20), reportsActivity: true, proof: 'bearer' } as const;
    await dynamoStations(filled).put({ id: `station-${n}`, realm: 'campus-print', kind: 'pinging', ...told }, NOON);
  }
  const table = { client: dynamoClient({ ...engine.config, endpoint: proxy.url }), name };
  const [seats, stations] = [dynamoSeats(table, { shards: SHARDS }), dynamoStations(table)];
  const { realms } = readRealms(JSON.stringify({ realms: { 'campus-print': { profile: 'release-station' } } }));
  const complain = (_: string, error: unknown) => {
    throw error;
  };
  const clock = () => at(10);
  show = createConsole({
    seats,
    stations,
    panels: dynamoPanels(table),
    history: dynamoHistory(table),
    refusals: dynamoRefusals(table),
    trail: dynamoTrail(table),
    trailKeptFor: daysLong(TRAIL_DAYS),
    realms,
    shards: SHARDS,
    shardsEver: SHARDS,
    clock,
    complain,
    end: ARN,
  });
}, 120_000);
afterAll(() => proxy?.close());

const rows = (html: string): number => html.match(/>Open<\/button>/g)?.length ?? 0;

/** What was asked of the table meanwhile. */
const asked = () => proxy.take().map(({ operation }) => operation);

describe(`with ${SESSIONS} live sessions`, () => {
  test.each([
    ['a wide widget', 1_200],
    ['a narrow one', 340],
  ])('a page in %s is under 256 KB, counts two thousand, and says that there are more', async (_, width) => {
    proxy.take();
    const html = await show({ widgetContext: { width } }, ARN);
    expect(rows(html)).toBe(PAGE);
    expect(Buffer.byteLength(html)).toBeLessThan(256 * 1024);
    expect(html).toContain('1–25 of more than 2,000 sessions');
    const requests = asked();
    expect(requests.filter((operation) => operation !== 'GetItem').length).toBeLessThanOrEqual(2 * 21);
    expect(requests.length, 'and each of its stations once').toBeLessThanOrEqual(2 * 21 + PAGE);
  });

  test.each(['2', '40', '80'])('page %s is as light as the first', async (page) => {
    const html = await show({ page, set: '1' }, ARN);
    expect(rows(html)).toBe(PAGE);
    expect(Buffer.byteLength(html)).toBeLessThan(256 * 1024);
  });

  test('one user’s sessions are one query, and a user by a part of their name reads only the index, and them', async () => {
    const user = longUser(4_711);
    proxy.take();
    expect(rows(await show({ realm: 'campus-print', user }, ARN))).toBe(1);
    expect(asked()).toEqual(['Query', 'GetItem']);
    const html = await show({ find: '4711"<é' }, ARN);
    expect(rows(html)).toBe(1);
    expect(html).toContain('>1 session<');
    expect(asked().filter((operation) => operation === 'BatchGetItem').length, 'of stations, and of one seat').toBe(2);
  });

  test('a station’s sessions are found among all', async () => {
    const html = await show({ station: 'station-7' }, ARN);
    expect(html).toContain(`1–25 of ${SESSIONS / STATIONS} sessions`);
    expect(asked().length).toBeLessThanOrEqual(300);
  });
});
