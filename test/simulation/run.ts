/** Many seeds on many cores. */
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { bundle } from './bundle.ts';
import type { Fault } from './faults.ts';
import type { Asked, Seen } from './worker.ts';

export interface Summary {
  readonly seeds: number;
  readonly events: number;
  readonly sessions: number;
  readonly stationYears: number;
  readonly seconds: number;
  readonly cores: number;
  readonly verdicts: ReadonlyMap<string, number>;
  readonly tightness: ReadonlyMap<string, number>;
  readonly happenings: ReadonlyMap<string, number>;
  /** Those seeds at which a promise was broken, in their order. */
  readonly broken: readonly Seen[];
}

interface Options {
  readonly from: number;
  /** Whether seed number `count` is still to be lived, and how. */
  readonly goesOn: (count: number) => boolean;
  /** Campuses instead of small worlds. */
  readonly fleet?: Asked['fleet'];
  readonly fault?: Fault;
  /** Stop at the first broken promise. */
  readonly untilBroken?: boolean;
  readonly onSeen?: (seen: Seen, count: number) => void;
  readonly cores?: number;
}

export const YEAR_MS = 365.25 * 86_400_000;

export async function run({
  from,
  goesOn,
  fleet,
  fault,
  untilBroken = false,
  onSeen,
  cores = availableParallelism(),
}: Options): Promise<Summary> {
  const directory = await mkdtemp(join(tmpdir(), 'curfew-simulation-'));
  const file = join(directory, 'simulation.mjs');
  const totals = { seeds: 0, events: 0, sessions: 0, stationMs: 0 };
  const verdicts = new Map<string, number>();
  const tightness = new Map<string, number>();
  const happenings = new Map<string, number>();
  const broken: Seen[] = [];
  const startedAt = performance.now();
  let next = from;
  const isDone = () => !goesOn(next - from) || (untilBroken && broken.length > 0);

  const heed = (seen: Seen) => {
    totals.seeds++;
    totals.events += seen.events;
    totals.sessions += seen.sessions;
    totals.stationMs += seen.stationMs;
    addTo(verdicts, seen.verdicts);
    addTo(happenings, seen.happenings);
    for (const [profile, share] of seen.tightness) tightness.set(profile, Math.max(share, tightness.get(profile) ?? 0));
    if (seen.violations.length > 0) broken.push(seen);
    onSeen?.(seen, totals.seeds);
  };
  try {
    await bundle(file, fault);
    await Promise.all(Array.from({ length: cores }, () => work()));
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
  const { stationMs, ...counted } = totals;
  return {
    ...counted,
    stationYears: stationMs / YEAR_MS,
    seconds: (performance.now() - startedAt) / 1_000,
    cores,
    verdicts,
    tightness,
    happenings,
    broken: broken.toSorted((a, b) => a.seed - b.seed),
  };

  async function work(): Promise<void> {
    const worker = new Worker(file, { resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB } });
    try {
      while (!isDone()) {
        const seed = next++;
        heed(await livedBy(worker, { seed, ...(fleet === undefined ? {} : { fleet }) }, fault !== undefined));
      }
    } finally {
      await worker.terminate();
    }
  }
}

/** A faulty service may go round in circles: that is a promise broken too. */
const LONGEST_MS = 20_000;
/** A campus lives through thousands of times as much, and may do so beside whatever else a machine does. */
const LONGEST_FLEET_MS = 4 * 3_600_000;

/** Nearly everything in a simulated world is forgotten at once: with room for it, collecting it takes half the time. */
const YOUNG_MB = 192;

const addTo = (totals: Map<string, number>, counts: Iterable<readonly [string, number]>): void => {
  for (const [name, count] of counts) totals.set(name, (totals.get(name) ?? 0) + count);
};

const NOTHING = { tightness: [], verdicts: [], happenings: [], events: 0, sessions: 0, stationMs: 0 };

function livedBy(worker: Worker, asked: Asked, isFaulty: boolean): Promise<Seen> {
  const { seed, fleet } = asked;
  return new Promise((resolve, reject) => {
    const breaks = (promise: string, what: string): Seen => ({
      ...NOTHING,
      seed,
      violations: [{ promise, at: 0, what }],
    });
    const tooLong = () => {
      if (isFaulty) resolve(breaks('never silent', 'the world does not come to rest'));
      else reject(new Error(`seed ${seed} does not come to an end`));
    };
    const patience = AbortSignal.timeout(fleet === undefined ? LONGEST_MS : LONGEST_FLEET_MS);
    patience.addEventListener('abort', tooLong);
    const onMessage = (seen: Seen) => settle(() => resolve(seen));
    const onError = (error: Error) =>
      settle(() => (isFaulty ? resolve(breaks('no function throws', error.message)) : reject(error)));
    const settle = (then: () => void) => {
      patience.removeEventListener('abort', tooLong);
      worker.off('message', onMessage).off('error', onError);
      then();
    };
    worker.on('message', onMessage).on('error', onError);
    worker.postMessage(asked);
  });
}
