/** `npm start` as a process of its own, that can be killed with everything it started, and started again. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { processIdentity } from '../../lib/local/process-identity.ts';

/** One seat a user, deadlines that no run reaches: what ends a session is its logout. */
const REALMS = {
  realms: { lab: { profile: 'release-station', idle: '2h', lease: '2h', job: 'off', maximum: '12h' } },
};

export const STATION = 'portal';
const TOP = fileURLToPath(new URL('../..', import.meta.url));
const STARTS_WITHIN_MS = 60_000;

export interface System {
  readonly url: string;
  /** Of its operator, and of its one station. */
  readonly operatorKey: string;
  readonly stationKey: string;
  readonly data: string;
  /** With -9, the engine too; resolves once both are gone. */
  kill(): Promise<void>;
  /** Resolves to nothing once it answers, or to what it said when it refused to start. */
  start(): Promise<string | undefined>;
  /** Of the data directory, in bytes, by file. */
  sizes(): ReadonlyMap<string, number>;
  /** Resident memory of the system and of its engine, in bytes. */
  memory(): { readonly system: number; readonly engine: number };
  stop(): Promise<void>;
}

/** @param parent where the data directory is made */
export async function openSystem(parent = tmpdir()): Promise<System> {
  const directory = mkdtempSync(join(tmpdir(), 'curfew-local-'));
  const data = mkdtempSync(join(parent, 'curfew-data-'));
  const realms = join(directory, 'realms.json');
  writeFileSync(realms, JSON.stringify(REALMS));
  let child: ChildProcess | undefined;
  let port = '0';
  const inData = (name: string) => join(data, name);
  const enginePid = (): number => JSON.parse(readFileSync(inData('table.db.pid'), 'utf8')).pid;

  async function start(): Promise<string | undefined> {
    const args = ['--import', 'tsx', 'bin/local.ts', '--port', port, '--data', data, '--realms', realms];
    rmSync(inData('url'), { force: true });
    const started = spawn(process.execPath, args, { cwd: TOP, stdio: ['ignore', 'ignore', 'pipe'] });
    child = started;
    let said = '';
    started.stderr?.on('data', (chunk) => {
      said = `${said}${chunk}`.slice(-4_000);
    });
    const last = Date.now() + STARTS_WITHIN_MS;
    // It writes its address once it answers.
    while (started.exitCode === null && Date.now() < last) {
      if (existsSync(inData('url')) && readFileSync(inData('url'), 'utf8') !== '') return undefined;
      await sleep(20);
    }
    return said.trim() || `it ended with ${started.exitCode}, and said nothing`;
  }

  async function end(signal: NodeJS.Signals): Promise<void> {
    const running = child;
    if (running === undefined || running.exitCode !== null || running.signalCode !== null) return;
    const gone = once(running, 'exit');
    running.kill(signal);
    await gone;
  }

  const refused = await start();
  if (refused !== undefined) throw new Error(`npm start refused: ${refused}`);
  const url = readFileSync(inData('url'), 'utf8');
  ({ port } = new URL(url));
  const operatorKey = readFileSync(inData('operator-key'), 'utf8').trim();
  const asOperator = async (method: string, path: string, body?: object) => {
    const headers = { authorization: `Bearer ${operatorKey}`, 'content-type': 'application/json' };
    const answer = await fetch(`${url}${path}`, { method, headers, ...(body && { body: JSON.stringify(body) }) });
    return (await answer.json()) as { key?: string };
  };
  await asOperator('PUT', `/v1/stations/${STATION}`, { realm: 'lab', kind: 'application', name: 'A portal' });
  const { key: stationKey = '' } = await asOperator('POST', `/v1/stations/${STATION}/key`);

  return {
    url,
    operatorKey,
    stationKey,
    data,
    start,
    kill: async () => {
      const engine = enginePid();
      const identity = processIdentity(engine);
      await end('SIGKILL');
      if (identity === undefined) return;
      process.kill(engine, 'SIGKILL');
      while (processIdentity(engine) === identity) await sleep(5);
    },
    sizes: () => new Map(readdirSync(data).map((name) => [name, statSync(inData(name)).size])),
    memory: () => ({ system: residentOf(child?.pid), engine: residentOf(enginePid()) }),
    stop: async () => {
      await end('SIGTERM');
      for (const made of [directory, data]) rmSync(made, { recursive: true, force: true });
    },
  };
}

/** In bytes, as Linux says it (proc(5)); 0 elsewhere. */
function residentOf(pid: number | undefined): number {
  try {
    const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return Number(kilobytes ?? 0) * 1_024;
  } catch {
    return 0;
  }
}
