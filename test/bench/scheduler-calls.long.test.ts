/** What the Scheduler is asked, a hundred logins a second in virtual time: in part, by how many containers they meet. */
import { expect, test } from 'vitest';
import { type Arrivals, countArrivals } from '../../bench/arrivals.ts';
import { callsPerSession } from '../../bench/timers.ts';
import { durationMs, MINUTE } from '../../lib/time.ts';
import { SCHEDULER_CALLS_PER_SESSION } from './limits.ts';

const rush = (shards: number): Arrivals => ({
  perSecond: 100,
  shards,
  at: 'printers',
  warmUpMs: MINUTE,
  countedMs: durationMs(2 * MINUTE),
  seed: 1,
});

test.each([
  { shards: 2, most: SCHEDULER_CALLS_PER_SESSION.ofTwoShards },
  { shards: 4, most: SCHEDULER_CALLS_PER_SESSION.ofFourShards },
])('shards: $shards, calls a session: at most $most', { timeout: 300_000 }, async ({ shards, most }) => {
  const counted = await countArrivals(rush(shards));
  expect(counted.sessions).toBeGreaterThan(10_000);
  // Each minute has one slot, each slot a timer for each shard, and each container finds that out for itself.
  expect(counted.schedulerCalls).toBeGreaterThanOrEqual(2 * shards);
  expect(callsPerSession(counted)).toBeLessThanOrEqual(most);
});
