/**
 * The local system, killed with -9 again and again under logins, pings and logouts. Its stations note what they were
 * told, and when each end was announced; afterwards, what they were told must be true and what was announced in time.
 */
import { randomUUID } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test, vi } from 'vitest';
import { openEvents } from '../../lib/local/event-reader.ts';
import { processIdentity } from '../../lib/local/process-identity.ts';
import { LEAD } from '../../lib/session/firing.ts';
import { hasNamedDynamoDB, useTables } from '../support/engine.ts';
import { call, type Reply, register } from '../support/local-client.ts';
import { enginePid, type LocalProcess, spawnLocal } from '../support/local-process.ts';
import { useTemporaryDirectories } from '../support/temporary-directory.ts';

const LEASE = 3_000;
const SLOT = 1_000;
const REALM = { profile: 'release-station', idle: '3s', lease: '3s', job: '3s', sweep: '1s' };
/** As each login is told: the lease, and the margin for clocks apart. */
const BOUND = { said: 'PT5S', ms: 5_000 };
/** For a machine with other work. */
const ALLOWANCE = 4_000;

const KILLS = 5;
const LOAD_MS = 1_100;
const STATIONS_AT_WORK = 10;

const temporaryDirectory = useTemporaryDirectories();
const newTable = useTables();
let local: LocalProcess | undefined;
let listener: ReturnType<typeof listen> | undefined;
afterEach(async () => {
  await listener?.stop();
  local?.end();
  await local?.exited;
});

/** What a station was told of one session. All instants are of the one clock of this machine. */
interface Told {
  readonly session: string;
  /** The last sign of life that was acknowledged. */
  heardAt: number;
  /** The latest instant at which a sign of life, acknowledged or not, may have been heard. */
  heardBy: number;
  logout: 'not sent' | 'sent' | 'acknowledged';
}

interface Downtime {
  readonly from: number;
  readonly to: number;
}

/** A portal of a system of its own, and what starts and kills that. */
async function installPortal() {
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
  return {
    data,
    url,
    operatorKey,
    restart: () => start(new URL(url).port),
    say: (event: string, body: object) => call(url, key, 'POST', `/v1/stations/portal/${event}`, body, 3_000),
    find: (session: string) => call(url, operatorKey, 'GET', `/v1/sessions/${session}`),
  };
}

test('no acknowledged login or logout is lost, and every session ends and is announced in time', async () => {
  const { data, url, operatorKey, restart, say, find } = await installPortal();
  listener = listen(url, operatorKey);
  const load = startLoad(say);

  const downtimes: Downtime[] = [];
  for (let kill = 0; kill < KILLS; kill += 1) {
    await sleep(LOAD_MS);
    const from = Date.now();
    await killTree(data);
    await restart();
    downtimes.push({ from, to: Date.now() });
  }
  await sleep(LOAD_MS);
  const told = await load.stop();
  expect(load.surprises).toEqual([]);
  expect(told.length).toBeGreaterThan(100);
  expect(told.filter(({ logout }) => logout === 'acknowledged').length).toBeGreaterThan(10);

  const { opened, ended } = listener;
  const last = Math.max(...told.map((known) => latestAnnouncement(known, downtimes)));
  const isAnnounced = ({ session }: Told) => ended.has(session);
  while (!told.every(isAnnounced) && Date.now() < last) await sleep(50);

  const late: object[] = [];
  for (const known of told) {
    const { status, body: past } = await find(known.session);
    expect(status).toBe(410);
    expect(past.reason).toBe(reasonFor(known) ?? past.reason);
    const endedAt = Date.parse(past.endedAt);
    if (past.reason === 'lease') {
      expect(endedAt).toBeGreaterThanOrEqual(known.heardAt + LEASE);
      expect(endedAt).toBeLessThanOrEqual(known.heardBy + LEASE);
    }
    expect(opened).toContain(known.session);
    // However often it is announced, it is the same.
    for (const detail of ended.get(known.session)?.details ?? []) {
      expect(detail).toMatchObject({ reason: past.reason, endedAt: past.endedAt });
    }
    const announcedAt = ended.get(known.session)?.firstAt ?? Number.POSITIVE_INFINITY;
    const lateMs = announcedAt - latestAnnouncement(known, downtimes);
    if (lateMs > 0) late.push({ ...known, reason: past.reason, lateMs });
  }
  expect(late).toEqual([]);
}, 60_000);

test.skipIf(hasNamedDynamoDB)(
  'an engine that a killed system left behind is ended by the next start',
  async () => {
    const { data, restart, say, find } = await installPortal();
    const { session } = (await say('login', { user: 'ana' })).body;
    const orphan = enginePid(data);
    local?.child.kill('SIGKILL');
    await local?.exited;
    expect(processIdentity(orphan)).toContain(data);
    await restart();
    expect(processIdentity(orphan)).toBeUndefined();
    expect(enginePid(data)).not.toBe(orphan);
    expect((await find(session)).body).toMatchObject({ user: 'ana' });
  },
  20_000,
);

/** The whole process tree; the engine, so that Ctrl-C spares it, is in a group of its own. */
async function killTree(data: string): Promise<void> {
  const engine = hasNamedDynamoDB ? undefined : enginePid(data);
  local?.signalGroup('SIGKILL');
  if (engine !== undefined) process.kill(engine, 'SIGKILL');
  await local?.exited;
  if (engine !== undefined) await vi.waitFor(() => expect(processIdentity(engine)).toBeUndefined(), { interval: 5 });
}

/**
 * A session's bound, then the slot of its deadline, and how far ahead a timer must be armed. What would come while nothing
 * ran comes with the restart.
 */
function latestAnnouncement({ heardBy }: Told, downtimes: readonly Downtime[]): number {
  let at = heardBy + BOUND.ms + SLOT + LEAD;
  for (const { from, to } of downtimes) {
    if (from <= at) at = Math.max(at, to);
  }
  return at + ALLOWANCE;
}

/** Follows the bus over every restart, from where it was, and notes when an end came here. */
function listen(url: string, operatorKey: string) {
  const stopping = new AbortController();
  const opened = new Set<unknown>();
  const ended = new Map<unknown, { readonly firstAt: number; readonly details: object[] }>();
  let since = 0;
  async function follow(): Promise<void> {
    for await (const { number, event } of await openEvents({ url, operatorKey, since, signal: stopping.signal })) {
      since = number;
      const { detail } = event;
      const { session } = detail;
      if (event['detail-type'] === 'session.opened') opened.add(session);
      if (event['detail-type'] !== 'session.ended') continue;
      const known = ended.get(session) ?? { firstAt: Date.now(), details: [] };
      known.details.push(detail);
      ended.set(session, known);
    }
  }
  const following = (async () => {
    // Nobody is there while the system is down.
    while (!stopping.signal.aborted) await follow().catch(() => sleep(20));
  })();
  return {
    opened,
    ended,
    stop: () => {
      stopping.abort();
      return following;
    },
  };
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
    const { session, bound } = login.body;
    if (bound !== BOUND.said) surprises.push(`a login was told the bound ${bound}`);
    const heardAt = Date.parse(login.body.heardAt);
    const known: Told = { session, heardAt, heardBy: heardAt, logout: 'not sent' };
    told.push(known);
    for (let pings = Math.floor(Math.random() * 4); pings > 0 && !isStopped; pings -= 1) {
      await sleep(Math.random() * 100);
      await ping(known);
    }
    if (Math.random() < 0.5) return;
    known.logout = 'sent';
    const logout = await say('logout', { session });
    if (logout.status === 200 && /ended$/.test(logout.body.outcome)) known.logout = 'acknowledged';
    else if (logout.status !== 503) surprises.push(`a logout was answered ${JSON.stringify(logout.body)}`);
  }

  async function ping(known: Told): Promise<void> {
    try {
      const { status, body } = await say('ping', { session: known.session });
      if (status === 200) known.heardAt = Math.max(known.heardAt, Date.parse(body.heardAt));
      else if (status !== 503) surprises.push(`a ping was answered ${status}: ${JSON.stringify(body)}`);
      known.heardBy = status === 200 ? known.heardAt : Date.now();
    } catch (error) {
      known.heardBy = Date.now();
      throw error;
    }
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
