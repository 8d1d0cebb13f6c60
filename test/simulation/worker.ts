/** Lives through the seeds that it is told, one by one, and tells what it saw. */
import { parentPort } from 'node:worker_threads';
import { planOf } from './plan.ts';
import { live } from './simulate.ts';

/** What a worker tells of one seed. */
export interface Seen {
  readonly seed: number;
  readonly violations: readonly { readonly promise: string; readonly at: number; readonly what: string }[];
  readonly tightness: readonly (readonly [string, number])[];
  readonly verdicts: readonly (readonly [string, number])[];
  readonly events: number;
  readonly sessions: number;
  readonly stationMs: number;
}

parentPort?.on('message', async (seed: number) => {
  const lived = await live(planOf(seed));
  const seen: Seen = { ...lived, seed, tightness: [...lived.tightness], verdicts: [...lived.verdicts] };
  parentPort?.postMessage(seen);
});
