/** The system under torture: `npm start` in a process tree of its own, killed with -9 and started again. */
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { scheduler } from 'node:timers/promises';
import { processIdentity } from '../../lib/local/process-identity.ts';
import type { Chance } from '../simulation/chance.ts';
import { register } from '../support/local-client.ts';
import { enginePid, type LocalProcess, spawnLocal } from '../support/local-process.ts';
import { REALMS_JSON, STATIONS } from './realms.ts';

/** What is killed: the engine, which the functions see come back; the functions with their endpoint; or all. */
export type Victim = 'engine' | 'functions' | 'tree';

/** Within what `CLOCK_MARGIN` allows: two clocks less than two seconds apart. */
export const OFFSET_MAX = 900;

/** How many functions, each with a clock of its own, hear requests at once. */
const CLOCKS = 4;

const RECOVERS_WITHIN_MS = 30_000;

export interface System {
  readonly url: string;
  readonly operatorKey: string;
  readonly directory: string;
  readonly keys: ReadonlyMap<string, string>;
  /** How far the clocks of the functions are off, until the next kill. */
  offsets(): readonly number[];
  /** The latest instant that the clock of a sweep has said so far, in milliseconds: what was over by then may be recorded. */
  sweptBy(): number;
  /** Resolves while it runs; when it does not, once it does again. */
  up(): Promise<void>;
  /** Resolves once it runs again. */
  kill(victim: Victim): Promise<void>;
  stop(): Promise<void>;
}

export async function startTorturedSystem(chance: Chance): Promise<System> {
  const directory = mkdtempSync(join(tmpdir(), 'curfew-torture-'));
  const data = join(directory, 'data');
  const realms = join(directory, 'realms.json');
  writeFileSync(realms, REALMS_JSON);
  const skewedClock = new URL('./skewed-clock.js', import.meta.url).href;

  let offsets: readonly number[] = [];
  let offsetOfSweeps = 0;
  let latestSwept = 0;
  const sweptBy = () => {
    latestSwept = Math.max(latestSwept, Date.now() + offsetOfSweeps);
    return latestSwept;
  };
  let local: LocalProcess | undefined;
  const start = async (port: string): Promise<string> => {
    offsets = Array.from({ length: CLOCKS }, () => chance.int(-OFFSET_MAX, OFFSET_MAX));
    sweptBy();
    offsetOfSweeps = chance.int(-OFFSET_MAX, OFFSET_MAX);
    local = spawnLocal(['--port', port, '--data', data, '--realms', realms], {
      NODE_OPTIONS: `--import ${skewedClock}`,
      TORTURE_CLOCK_OFFSET_MS: String(offsetOfSweeps),
    });
    return local.ready;
  };
  const url = await start('0');
  const { port } = new URL(url);
  const operatorKey = readFileSync(join(data, 'operator-key'), 'utf8').trim();
  const keys = new Map<string, string>();
  for (const { id, realm, reportsActivity, hasPanel } of STATIONS) {
    const kind = hasPanel ? 'hosted' : 'application';
    keys.set(id, await register(url, operatorKey, id, { realm, kind, name: id, reportsActivity }));
  }

  let recovering: Promise<void> = Promise.resolve();
  async function killAndWait(victim: Victim): Promise<void> {
    const engine = enginePid(data);
    if (victim !== 'functions') process.kill(engine, 'SIGKILL');
    if (victim === 'engine') {
      // The system notices by itself, and says who has the database open now.
      await until(() => isNewEngine(data, engine));
      return until(() => answers(url, operatorKey));
    }
    local?.signalGroup('SIGKILL');
    await local?.exited;
    if (victim === 'tree') await until(() => processIdentity(engine) === undefined);
    await start(port);
  }
  return {
    url,
    operatorKey,
    directory,
    keys,
    offsets: () => offsets,
    sweptBy,
    up: () => recovering,
    kill: (victim) => {
      recovering = killAndWait(victim);
      return recovering;
    },
    stop: async () => {
      local?.end();
      await local?.exited;
    },
  };
}

function isNewEngine(data: string, old: number): boolean {
  try {
    return enginePid(data) !== old;
  } catch {
    // Between two engines the file names none.
    return false;
  }
}

async function answers(url: string, operatorKey: string): Promise<boolean> {
  const headers = { authorization: `Bearer ${operatorKey}` };
  const response = await fetch(`${url}/v1/stations`, { headers, signal: AbortSignal.timeout(5_000) }).catch(
    () => undefined,
  );
  await response?.arrayBuffer();
  return response?.ok === true;
}

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  const last = Date.now() + RECOVERS_WITHIN_MS;
  while (!(await holds())) {
    if (Date.now() > last) throw new Error(`the system did not recover within ${RECOVERS_WITHIN_MS} ms`);
    await scheduler.wait(10);
  }
}
