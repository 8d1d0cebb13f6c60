/**
 * The local system, killed with -9 again and again under logins, pings and logouts. Its stations note what they were
 * told; afterwards, what they were told must be true.
 */
import { randomUUID } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import type { BusEvent } from '../../lib/local/bus.ts';
import { hasNamedDynamoDB, useTables } from '../support/engine.ts';
import { call, type Reply, register } from '../support/local-client.ts';
import { type LocalProcess, spawnLocal } from '../support/local-process.ts';
import { useTemporaryDirectories } from '../support/temporary-directory.ts';

const LEASE = 3_000;
const REALM = { profile: 'release-station', idle: '3s', lease: '3s', job: '3s', sweep: '1s' };
/** The lease and the margin for clocks apart, then the slot, and the time that a timer may be armed ahead. */
const ANNOUNCED_WITHIN = LEASE + 2_000 + 1_000 + 5_000;
/** For a machine with other work. */
const SLACK = 4_000;

const KILLS = 5;
const LOAD_MS = 1_200;
const STATIONS_AT_WORK = 10;

const temporaryDirectory = useTemporaryDirectories();
const newTable = useTables();
let local: LocalProcess | undefined;
afterEach(async () => {
  local?.child.kill('SIGTERM');
  await local?.exited;
});

/** What a station was told of one session. */
interface Told {
  readonly session: string;
  /** The last sign of life that was acknowledged, by the system's own clock. */
  heardAt: number;
  /** When the last one was sent, acknowledged or not. */
  sentAt: number;
  logout: 'not sent' | 'sent' | 'acknowledged';
}

test('no acknowledged login or logout is lost, and every session ends and is announced in time', async () => {
  const data = temporaryDirectory();
  const { table } = newTable();
  const realms = join(data, 'realms.json');
  writeFileSync(realms, JSON.stringify({ realms: { lab: REALM } }));
  const start = async (port: string) => {
    local = spawnLocal(['--port', port, '--data', data, '--realms', realms], { CURFEW_TABLE: table });
    return local.ready;
  };
  const url = await start('0');
  const operatorKey = readFileSync(join(data, 'operator-key'), 'utf8').trim();
  const key = await register(url, operatorKey, 'portal', { realm: 'lab', kind: 'application', name: 'A portal' });
  const load = startLoad((event, body) => call(url, key, 'POST', `/v1/stations/portal/${event}`, body, 3_000));

  for (let kill = 0; kill < KILLS; kill += 1) {
    await sleep(LOAD_MS);
    local?.child.kill('SIGKILL');
    // The engine dies too, or is left behind for the next start to end.
    if (kill % 2 === 0 && !hasNamedDynamoDB) killEngine(data);
    await local?.exited;
    await start(new URL(url).port);
  }
  await sleep(LOAD_MS);
  const told = await load.stop();

  const deadline = Date.now() + ANNOUNCED_WITHIN + SLACK;
  const unannounced = () => {
    const ended = new Set(eventsIn(data).flatMap(({ detail }) => ('reason' in detail ? [detail.session] : [])));
    return told.filter(({ session }) => !ended.has(session));
  };
  while (unannounced().length > 0 && Date.now() < deadline) await sleep(100);

  expect(load.surprises).toEqual([]);
  expect(told.length).toBeGreaterThan(100);
  expect(told.filter(({ logout }) => logout === 'acknowledged').length).toBeGreaterThan(10);
  expect(unannounced()).toEqual([]);

  const announced = eventsIn(data);
  const operator = (session: string) => call(url, operatorKey, 'GET', `/v1/sessions/${session}`);
  for (const known of told) {
    const events = announced.filter(({ detail }) => detail.session === known.session);
    expect(new Set(events.map((event) => event['detail-type']))).toEqual(new Set(['session.opened', 'session.ended']));
    const { status, body: past } = await operator(known.session);
    expect(status).toBe(410);
    // However often it is announced, it is the same.
    for (const { detail } of events.filter((event) => event['detail-type'] === 'session.ended')) {
      expect(detail).toMatchObject({ reason: past.reason, endedAt: past.endedAt });
    }
    expect(past.reason).toBe(reasonFor(known) ?? past.reason);
    if (past.reason !== 'lease') continue;
    const endedAt = Date.parse(past.endedAt);
    expect(endedAt).toBeGreaterThanOrEqual(known.heardAt + LEASE);
    expect(endedAt).toBeLessThanOrEqual(known.sentAt + LEASE + SLACK);
  }
}, 60_000);

function killEngine(data: string): void {
  process.kill(JSON.parse(readFileSync(join(data, 'table.db.pid'), 'utf8')).pid, 'SIGKILL');
}

/** A logout that was sent and not answered may have happened or not. */
function reasonFor({ logout }: Told): string | undefined {
  if (logout === 'sent') return undefined;
  return logout === 'acknowledged' ? 'logout' : 'lease';
}

type Say = (event: string, body: object) => Promise<Reply>;

/** Users log in, do something or nothing, and log out or walk away, until they are stopped. */
function startLoad(say: Say) {
  const told: Told[] = [];
  const surprises: string[] = [];
  let isStopped = false;

  async function live(user: string): Promise<void> {
    const login = await say('login', { user, id: randomUUID() });
    if (login.status === 503) return;
    if (login.status !== 201) return void surprises.push(`a login was answered ${login.status}`);
    const { session, heardAt } = login.body;
    const known: Told = { session, heardAt: Date.parse(heardAt), sentAt: Date.now(), logout: 'not sent' };
    told.push(known);
    for (let pings = Math.floor(Math.random() * 4); pings > 0 && !isStopped; pings -= 1) {
      await sleep(Math.random() * 100);
      known.sentAt = Date.now();
      const ping = await say('ping', { session });
      if (ping.status === 200) known.heardAt = Math.max(known.heardAt, Date.parse(ping.body.heardAt));
      else if (ping.status !== 503) surprises.push(`a ping was answered ${ping.status}: ${JSON.stringify(ping.body)}`);
    }
    if (Math.random() < 0.5) return;
    known.logout = 'sent';
    const logout = await say('logout', { session });
    if (logout.status === 200 && /ended$/.test(logout.body.outcome)) known.logout = 'acknowledged';
    else if (logout.status !== 503) surprises.push(`a logout was answered ${JSON.stringify(logout.body)}`);
  }

  async function work(station: number): Promise<void> {
    for (let count = 0; !isStopped; count += 1) {
      // Nobody answers while the system is down; what was asked may have been done.
      await live(`user-${station}-${count}`).catch(() => sleep(50));
      await sleep(Math.random() * 60);
    }
  }

  const working = Array.from({ length: STATIONS_AT_WORK }, (_, station) => work(station));
  return {
    surprises,
    stop: async () => {
      isStopped = true;
      await Promise.all(working);
      return told;
    },
  };
}

function eventsIn(data: string): BusEvent[] {
  const text = readFileSync(join(data, 'events.ndjson'), 'utf8');
  return text
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}
