/** Many seeds on many cores. */
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { bundle } from './bundle.ts';
import type { Fault } from './faults.ts';
import type { Seen } from './worker.ts';

export interface Summary {
  readonly seeds: number;
  readonly events: number;
  readonly sessions: number;
  readonly stationYears: number;
  readonly seconds: number;
  readonly cores: number;
  readonly verdicts: ReadonlyMap<string, number>;
  readonly tightness: ReadonlyMap<string, number>;
  /** Those seeds at which a promise was broken, in their order. */
  readonly broken: readonly Seen[];
}

interface Options {
  readonly from: number;
  /** Whether seed number `count` is still to be lived, and how. */
  readonly goesOn: (count: number) => boolean;
  readonly fault?: Fault;
  /** Stop at the first broken promise. */
  readonly untilBroken?: boolean;
  readonly onSeen?: (seen: Seen, count: number) => void;
  readonly cores?: number;
}

const YEAR_MS = 365.25 * 86_400_000;

export async function run({
  from,
  goesOn,
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
  const broken: Seen[] = [];
  const startedAt = performance.now();
  let next = from;
  const isDone = () => !goesOn(next - from) || (untilBroken && broken.length > 0);

  const heed = (seen: Seen) => {
    totals.seeds++;
    totals.events += seen.events;
    totals.sessions += seen.sessions;
    totals.stationMs += seen.stationMs;
    for (const [verdict, count] of seen.verdicts) verdicts.set(verdict, (verdicts.get(verdict) ?? 0) + count);
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
    broken: broken.toSorted((a, b) => a.seed - b.seed),
  };

  async function work(): Promise<void> {
    const worker = new Worker(file);
    try {
      while (!isDone()) {
        const seed = next++;
        heed(await livedBy(worker, seed, fault !== undefined));
      }
    } finally {
      await worker.terminate();
    }
  }
}

/** A faulty service may go round in circles: that is a promise broken too. */
const LONGEST_MS = 20_000;

const NOTHING = { tightness: [], verdicts: [], events: 0, sessions: 0, stationMs: 0 };

function livedBy(worker: Worker, seed: number, isFaulty: boolean): Promise<Seen> {
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
    const patience = AbortSignal.timeout(LONGEST_MS);
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
    worker.postMessage(seed);
  });
}
