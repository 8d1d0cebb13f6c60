/** Lives through the seeds that it is told, one by one, and tells what it saw. */
import { parentPort } from 'node:worker_threads';
import { fleetPlanOf } from './fleet.ts';
import { planOf } from './plan.ts';
import { live } from './simulate.ts';

// Ports fail by the thousand, and nobody reads where.
Error.stackTraceLimit = 0;

/** What a worker is asked: a small world, or a campus, for so many days or as long as its seed says. */
export interface Asked {
  readonly seed: number;
  readonly fleet?: { readonly days?: number };
}

/** What a worker tells of one seed. */
export interface Seen {
  readonly seed: number;
  readonly violations: readonly { readonly promise: string; readonly at: number; readonly what: string }[];
  readonly tightness: readonly (readonly [string, number])[];
  readonly verdicts: readonly (readonly [string, number])[];
  readonly happenings: readonly (readonly [string, number])[];
  readonly events: number;
  readonly sessions: number;
  readonly stationMs: number;
}

parentPort?.on('message', async ({ seed, fleet }: Asked) => {
  const lived = await live(fleet === undefined ? planOf(seed) : fleetPlanOf(seed, fleet.days));
  const { tightness, verdicts, happenings } = lived;
  const seen: Seen = {
    ...lived,
    seed,
    tightness: [...tightness],
    verdicts: [...verdicts],
    happenings: [...happenings],
  };
  parentPort?.postMessage(seen);
});
