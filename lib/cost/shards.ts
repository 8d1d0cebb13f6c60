/** Over how many shards deadlines should be spread: docs/cost.md says why. */
import { SHARDS_DEFAULT, SHARDS_MAX } from '../table.ts';
import { BURST } from './assumptions.ts';
import { liveAtOnce, type Workload } from './workload.ts';

/** Half of what one key of the index takes, for each session writes it twice: when it opens, and when it is over. */
export const LOGINS_A_SHARD = 250;
/** What a sweep has time to record in the other half, if all of them fall silent in one slot: 45 of its 50 seconds. */
export const OPEN_A_SHARD = 20_000;

/** @param loginsPerSecond in the busiest second */
export function shardsFor({ loginsPerSecond, open }: { loginsPerSecond: number; open: number }): number {
  const needed = Math.max(SHARDS_DEFAULT, loginsPerSecond / LOGINS_A_SHARD, open / OPEN_A_SHARD);
  return Math.min(SHARDS_MAX, 2 ** Math.ceil(Math.log2(needed)));
}

export const shardsForWorkload = (workload: Workload): number =>
  shardsFor({
    loginsPerSecond: (workload.sessionsPerDay * workload.busiestHourShare * BURST) / 3_600,
    open: liveAtOnce(workload),
  });
