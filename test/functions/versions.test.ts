/**
 * A deployment over another, and back, with sessions alive: the functions as an earlier version shipped them (test/recorded), and
 * these, take turns over one table.
 */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { allShards } from '../../lib/session/shards.ts';
import { type Code, useFunctions } from '../support/functions.ts';

const recorded = new URL('../recorded/', import.meta.url);
const shipped = (version: string) => new URL(`${version}/functions.mjs.gz`, recorded);
const versions = readdirSync(recorded).filter((version) => existsSync(shipped(version)));

const { deploy, register, say, operator, journal, sweep, events } = useFunctions({
  campus: { profile: 'release-station', idle: '5m', seats: 1 },
  suite: { profile: 'enterprise', seats: 'unlimited' },
});

/** Versions that do not read what this one writes. A deployment over one of them stays. */
const NO_WAY_BACK = ['0.1.0'];

type Turn = 'before' | 'now';

const folder = mkdtempSync(join(tmpdir(), 'curfew-versions-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('there is a version that was shipped before', () => expect(versions).toContain('0.1.0'));

describe.each(versions)('version %s', (version) => {
  let before: Code;
  beforeAll(async () => {
    const file = join(folder, `${version}.mjs`);
    writeFileSync(file, gunzipSync(readFileSync(shipped(version))));
    before = await import(pathToFileURL(file).href);
  });

  const printer = () => register({ realm: 'campus', kind: 'hosted', name: 'Library', reportsActivity: true });
  const historyOf = async (user: string) => (await operator('GET', `/v1/realms/campus/users/${user}`)).body.history;
  const announced = async (user: string) =>
    (await events()).filter(({ detail }) => detail.user === user).map((event) => event['detail-type']);

  const isRead = !NO_WAY_BACK.includes(version);
  const turns: readonly [name: string, user: string, Turn, Turn, Turn][] = [
    ['what it opened goes on under this version', `ana-${version}`, 'before', 'now', 'now'],
    ['what it opened goes on under this version, and under it again', `ben-${version}`, 'before', 'now', 'before'],
    ['what this version opens goes on under it, and under this one again', `eve-${version}`, 'now', 'before', 'now'],
  ];
  const deployTurn = (turn: Turn) => deploy(turn === 'before' ? before : undefined);

  test.each(turns.slice(0, isRead ? 3 : 1))('%s', { timeout: 60_000 }, async (_, user, ...deployments) => {
    const [first, second, third] = deployments;
    deployTurn(first);
    const [at, other] = [await printer(), await printer()];
    const login = { user, id: 'login-1' };
    const opened = await say(at, 'login', login);
    expect(opened.status).toBe(201);
    const { session } = opened.body;
    expect(await say(at, 'job-started', { session, job: 'scan-17' })).toMatchObject({ status: 200 });
    await journal();

    deployTurn(second);
    expect(await say(at, 'login', login)).toMatchObject({ status: 200, body: { outcome: 'repeated' } });
    expect(await say(at, 'ping', { session })).toMatchObject({ status: 200, body: { outcome: 'renewed' } });
    expect(await say(other, 'login', { user })).toMatchObject({ status: 409, body: { holders: [{ station: at.id }] } });
    expect((await operator('GET', `/v1/sessions?realm=campus&user=${user}`)).body.sessions).toHaveLength(1);
    for (const shard of allShards(4)) await sweep({ shard, slot: Date.now() });
    await journal();

    deployTurn(third);
    expect(await say(at, 'activity', { session })).toMatchObject({ status: 200, body: { outcome: 'renewed' } });
    expect(await say(at, 'job-ended', { session, job: 'scan-17' })).toMatchObject({ status: 200 });
    const left = await say(at, 'logout', { session, id: 'leaves' });
    expect(left).toMatchObject({ status: 200, body: { outcome: 'ended', reason: 'logout' } });
    await journal();
    // What the other has kept beside it, a refusal for one, is in nobody's way.
    expect(await historyOf(user)).toMatchObject([{ reason: 'logout', station: at.id }]);

    deployTurn(second);
    expect(await say(at, 'ping', { session })).toMatchObject({ status: 410 });
    expect(await say(at, 'logout', { session, id: 'leaves' })).toMatchObject({
      status: 200,
      body: { reason: 'logout' },
    });
    expect(await say(other, 'login', { user })).toMatchObject({ status: 201 });
    expect(await say(other, 'logout')).toMatchObject({ status: 200, body: { outcome: 'ended' } });
    await journal();
    expect((await historyOf(user)).map(({ station }: { station: string }) => station)).toEqual([other.id, at.id]);
    expect(await announced(user)).toEqual(['session.opened', 'session.ended', 'session.opened', 'session.ended']);
  });

  test.runIf(!isRead)('does not read what this one writes, which the changelog says', async () => {
    deploy();
    const at = await printer();
    await say(at, 'login', { user: `joe-${version}` });
    deploy(before);
    expect(await say(at, 'ping')).toMatchObject({ status: 500 });
    expect(readFileSync('CHANGELOG.md', 'utf8')).toContain(`There is no way back to ${version}`);
  });
});
