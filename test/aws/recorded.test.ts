/** What earlier versions have written (test/recorded): this one reads it, and goes on with it. */

import { readdirSync, readFileSync } from 'node:fs';
import { BatchWriteItemCommand, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { beforeEach, describe, expect, test } from 'vitest';
import { dynamoHistory } from '../../lib/aws/history.ts';
import type { Item } from '../../lib/aws/items.ts';
import { dynamoPanels } from '../../lib/aws/panels.ts';
import { dynamoSeats } from '../../lib/aws/seats.ts';
import { dynamoStations } from '../../lib/aws/stations.ts';
import { memoryTimers } from '../../lib/memory/timers.ts';
import { readRealms } from '../../lib/realms/realms-file.ts';
import { backstop } from '../../lib/service/sweep.ts';
import { parseHandle } from '../../lib/session/handle.ts';
import { type EpochMs, HOUR, MINUTE, toRfc3339 } from '../../lib/time.ts';
import { announcedOf } from '../recorded/announced.ts';
import { createEdge, SHARDS } from '../support/edge.ts';
import { useEngine } from '../support/engine.ts';
import { ALONE } from '../support/pacing.ts';

const recorded = new URL('../recorded/', import.meta.url);
const versions = readdirSync(recorded, { withFileTypes: true }).flatMap((one) => (one.isDirectory() ? one.name : []));

// biome-ignore lint/suspicious/noExplicitAny: whatever that version has written
const read = (version: string, file: string): any =>
  JSON.parse(readFileSync(new URL(`${version}/${file}.json`, recorded), 'utf8'));

/** What stands in a seat's item since version 0.1.0 until its next word is heard. */
const OF_BEFORE = /^(last(Station|Id|OccurredAt)|before(Station|Id|At)|m[123]|previousId)$/;

/** DynamoDB's limit on one request. */
const BATCH = 25;

const engine = useEngine();

test('there is something that an earlier version has written', () => {
  expect(versions).toContain('0.1.0');
});

describe.each(versions)('what version %s has written', (version) => {
  const said = read(version, 'said');
  const items: readonly Item[] = ['seats', 'history', 'panels', 'stations'].flatMap((file) => read(version, file));
  let edge: ReturnType<typeof createEdge>;
  let table: { client: typeof engine.client; name: string };
  let seats: ReturnType<typeof dynamoSeats>;

  beforeEach(async () => {
    table = { client: engine.client, name: (await engine.createTable()).name };
    for (let n = 0; n < items.length; n += BATCH) {
      const requests = items.slice(n, n + BATCH).map((Item) => ({ PutRequest: { Item } }));
      await table.client.send(new BatchWriteItemCommand({ RequestItems: { [table.name]: requests } }));
    }
    seats = dynamoSeats(table, { shards: SHARDS });
    const ports = {
      seats,
      panels: dynamoPanels(table),
      history: dynamoHistory(table),
      stations: dynamoStations(table),
    };
    edge = createEdge({ realms: said.realms }, ports);
    edge.now = said.now;
    keys.clear();
  });

  const keys = new Map<string, string>();
  /** As a station that has been given another key since. */
  async function say(id: string, what: string, body: { occurredAt?: EpochMs; [field: string]: unknown } = {}) {
    const key = keys.get(id) ?? String((await edge.ask('POST', `/v1/stations/${id}/key`)).body.key);
    keys.set(id, key);
    const { occurredAt, ...rest } = body;
    const dated = occurredAt === undefined ? {} : { occurredAt: toRfc3339(occurredAt) };
    const { status, body: answer } = await edge.say({ id, key }, what, { ...rest, ...dated });
    edge.later(1_000);
    return { status, ...answer };
  }
  const userNow = async (name: string) => {
    const [realm, user = ''] = name.split('#');
    return (await edge.ask('GET', `/v1/realms/${realm}/users/${encodeURIComponent(user)}`)).body;
  };
  const handleOf = (name: string, seat = 0): string => said.users[name].seats[seat].session;
  const itemOf = async (name: string): Promise<Item> => {
    const Key = { pk: { S: `user#${name}` }, sk: { S: 'seat#0' } };
    return (await table.client.send(new GetItemCommand({ TableName: table.name, Key }))).Item ?? {};
  };
  const ofBefore = async (name: string) => Object.keys(await itemOf(name)).filter((one) => OF_BEFORE.test(one));

  test.each(Object.keys(said.users))('is told as that version told it: %s', async (name) => {
    const [realm, ...user] = name.split('#');
    const url = `/v1/realms/${realm}/users/${encodeURIComponent(user.join('#'))}`;
    const { seats, history, ...rest } = (await edge.ask('GET', url)).body;
    const expected = said.users[name];
    // Later versions say more of a user and of a session: what was refused, for one.
    expect(rest).toMatchObject({ user: expected.user, realm: expected.realm });
    expect(seats).toMatchObject(expected.seats);
    expect(history).toHaveLength(expected.history.length);
    // And perhaps more of each than that version told.
    const asTold = expected.history.map((one: object) => expect.objectContaining(one));
    expect(history).toEqual(expect.arrayContaining(asTold));
  });

  test('are the stations that it had', async () => {
    expect((await edge.ask('GET', '/v1/stations?limit=100')).body.stations).toEqual(said.stations);
  });

  test('is announced as that version announced it', async () => {
    expect(await announcedOf(read(version, 'changes'))).toEqual(read(version, 'announced'));
  });

  test('is found in history by the handles that it gave', async () => {
    const history = dynamoHistory(table);
    const past = Object.values<{ history: { session: string; reason: string }[] }>(said.users).flatMap(
      (one) => one.history,
    );
    const kept = new Set(
      read(version, 'history').map((item: Item) => item.sk?.S?.split('#')[2]?.split('.', 4).join('.')),
    );
    // Without the seal for its station, which history has no use for.
    const found = past.filter(({ session }) => kept.has(session.split('.', 4).join('.')));
    expect(found.length).toBeGreaterThan(5);
    for (const { session, reason } of found) {
      const name = parseHandle(session);
      expect(name && (await history.find(name))).toMatchObject({ ended: { reason } });
    }
  });

  test.each([
    ['campus#unrecorded', 'panel-6', 'renewed'],
    ['campus#job-runs', 'panel-8', 'renewed'],
    ['suite#resumed', 'portal', 'renewed'],
    ['suite#lingering', 'portal', 'lingering'],
    ['office#three-seats', 'portal-1', 'renewed'],
  ])('goes on where it is pinged: %s', async (name, station, outcome) => {
    expect(await say(station, 'ping', { session: handleOf(name) })).toMatchObject({ status: 200, outcome });
  });

  test.each([
    ['campus#job-runs', 'panel-8'],
    ['suite#resumed', 'portal'],
    ['suite#failover', 'portal'],
    ['suite#made-anew', 'portal'],
  ])('ends by its handle, and by its user’s name: %s', async (name, station) => {
    const user = name.split('#')[1];
    const first = await say(station, 'logout', { session: handleOf(name), id: 'goes', occurredAt: edge.now });
    expect(first).toMatchObject({ status: 200, outcome: 'ended', reason: 'logout' });
    expect(await ofBefore(name)).toEqual([]);
    // The word that ended it is known, whatever is said next.
    expect(await say(station, 'logout', { user, id: 'goes' })).toMatchObject({ status: 200, outcome: 'ended' });
    expect((await userNow(name)).seats).toEqual([]);
    expect(await say(station, 'login', { user, id: 'returns', occurredAt: edge.now })).toMatchObject({
      outcome: 'opened',
    });
  });

  test('tells a login that comes again after its session’s end how that ended', async () => {
    await say('panel-8', 'logout', { session: handleOf('campus#job-runs'), id: 'goes' });
    const again = await say('panel-8', 'login', { user: 'job-runs', id: 'login-job-runs' });
    expect(again).toMatchObject({ status: 410, reason: 'logout' });
  });

  test('ends by the handle of the session from which it went on', async () => {
    const session = said.users['suite#made-anew'].seats[0].previous;
    expect(await say('portal', 'logout', { session })).toMatchObject({ outcome: 'ended' });
  });

  test.each([
    ['suite#failover', 'made-anew'],
    ['suite#remembered', 'logged-on-anew'],
  ])('comes back where its user does: %s', async (name, outcome) => {
    const activity = { session: handleOf(name), id: 'comes-back', occurredAt: edge.now };
    expect(await say('portal', 'activity', activity)).toMatchObject({ outcome, previous: handleOf(name) });
    expect(await say('portal', 'activity', activity)).toMatchObject({ outcome: 'repeated' });
    expect(await ofBefore(name)).toEqual([]);
    expect(await itemOf(name)).not.toHaveProperty('openedBy');
  });

  test('is taken over, and its station is told that it has no such session', async () => {
    const session = handleOf('campus#job-runs');
    const taken = await say('panel-0', 'login', { user: 'job-runs', id: 'takes' });
    expect(taken.status).toBe(409);
    expect(await say('panel-0', 'login', { user: 'job-runs', id: 'takes-over', takeOver: true })).toMatchObject({
      outcome: 'opened',
    });
    // Version 0.1.0 gave handles without a seal: until history knows it, nothing proves that it was this station's.
    const status = version === '0.1.0' ? 403 : 410;
    expect(await say('panel-8', 'ping', { session })).toMatchObject({ status });
    expect(await ofBefore('campus#job-runs')).toEqual([]);
  });

  test('is swept: what is over is recorded, and what it left is free', async () => {
    edge.later(HOUR);
    const { realms } = readRealms(JSON.stringify({ realms: said.realms }));
    const complain = (message: string, error: unknown) => {
      throw new Error(message, { cause: error });
    };
    await backstop(
      { seats, meter: { add: () => {} }, timers: memoryTimers(), clock: () => edge.now, ...ALONE },
      { realms, shards: SHARDS, shardsEver: SHARDS, hasTime: () => true, complain },
    );
    for (const name of ['campus#unrecorded', 'campus#job-runs', 'campus#pinged']) {
      expect(await itemOf(name)).not.toHaveProperty('due');
      expect((await itemOf(name)).reason?.S).toBe(name === 'campus#pinged' ? 'lease' : 'idle');
    }
    expect(await say('panel-6', 'login', { user: 'unrecorded', id: 'again' })).toMatchObject({ outcome: 'opened' });
    expect(await ofBefore('campus#unrecorded')).toEqual([]);
  });

  test.each<[string, string, string, { [field: string]: unknown }, string]>([
    ['a login', 'panel-6', 'login', { user: 'unrecorded', id: 'login-unrecorded' }, 'repeated'],
    ['activity', 'portal', 'activity', { user: 'resumed', id: 'activity-resumed' }, 'repeated'],
    ['the end of a job', 'panel-8', 'job-ended', { user: 'job-runs', id: 'job-1-ends' }, 'repeated'],
    ['a logout', 'panel-0', 'logout', { user: 'ended-by-logout', id: 'logout-1' }, 'ended'],
    ['a logout that found nobody', 'panel-7', 'logout', { user: 'words-only', id: 'overtakes' }, 'nothing-open'],
  ])('is known where it comes again: %s', async (_, station, what, body, outcome) => {
    const again = await say(station, what, body);
    // Version 0.1.0 did not keep by what a session had ended.
    expect({ ...again, outcome: again.outcome.replace('already-', '') }).toMatchObject({ status: 200, outcome });
  });

  test('is known where a login comes again of a session that was taken over, or made anew', async () => {
    const again = await say('panel-4', 'login', { user: 'taken-over', id: 'login-taken-over' });
    expect(again.status).toBe(410);
    expect(await say('portal', 'login', { user: 'made-anew', id: 'login-again-made-anew' })).toMatchObject({
      status: 410,
    });
  });

  test.each([
    ['panel-0', 'logout', 'logout-1'],
    ['panel-1', 'boot', 'boot-1'],
  ])('puts nobody out who has come to a panel since: %s', async (panel, what, id) => {
    await say(panel, 'login', { user: 'eve', id: 'login-eve' });
    // Of one who has left, or of nobody.
    expect((await say(panel, what, { id })).outcome).toMatch(/^(stale|(already-)?ended)$/);
    expect((await userNow('campus#eve')).seats).toHaveLength(1);
  });

  test('overtakes a login that was said before it', async () => {
    const { lastOccurredAt, d1 = lastOccurredAt } = await itemOf('campus#words-only');
    const occurredAt = (Number(d1?.N) - 1_000) as EpochMs;
    for (const station of ['panel-7', 'panel-0']) {
      const { status } = await say(station, 'login', { user: 'words-only', id: 'overtaken', occurredAt });
      expect(status, station).toBe(station === 'panel-7' ? 410 : 201);
    }
  });

  test('is left: the next user at a panel ends it, a logout there that names nobody too', async () => {
    expect(await say('panel-6', 'logout', { id: 'leaves' })).toMatchObject({ outcome: 'ended' });
    expect((await itemOf('campus#unrecorded')).reason?.S).toBe('logout');
    expect((await say('panel-8', 'login', { user: 'eve', id: 'next' })).status).toBe(201);
    expect((await itemOf('campus#job-runs')).reason?.S).toBe('next-user');
  });

  test('is written anew with the next word, and what was heard before is still known', async () => {
    const session = handleOf('suite#resumed');
    expect((await ofBefore('suite#resumed')).length > 0).toBe(version === '0.1.0');
    expect(await say('portal', 'activity', { session, id: 'next', occurredAt: edge.now })).toMatchObject({
      outcome: 'renewed',
    });
    expect(await ofBefore('suite#resumed')).toEqual([]);
    for (const [what, id] of [
      ['activity', 'activity-resumed'],
      ['login', 'login-resumed'],
    ] as const)
      expect(await say('portal', what, { user: 'resumed', id }), id).toMatchObject({ outcome: 'repeated' });
  });

  test('runs its jobs until they end', async () => {
    const { heldUntil } = said.users['campus#job-runs'].seats[0];
    expect(await say('panel-8', 'ping', { session: handleOf('campus#job-runs') })).toMatchObject({ heldUntil });
    const ended = await say('panel-8', 'job-ended', { user: 'job-runs', id: 'job-2-ends', occurredAt: edge.now });
    expect(ended).toMatchObject({ outcome: 'renewed' });
    expect(Date.parse(ended.heldUntil)).toBeLessThan(edge.now + MINUTE);
  });
});
