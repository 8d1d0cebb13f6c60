/** What falls on the busiest of so many shards: writes of its key of the index, and its largest sweep. */
import { sweepSeconds } from '../../lib/cost/needs.ts';
import type { EpochMs } from '../../lib/time.ts';
import { type Highest, Peak } from './peak.ts';

/** What the sweep of one of the most shards has found. */
export interface Found {
  readonly shard: number;
  readonly isDormant: boolean;
  readonly looks: number;
  readonly written: number;
}

export interface LargestSweep {
  readonly looks: number;
  readonly writes: number;
  readonly seconds: number;
  /** `15:10:24` */
  readonly at: string;
}

export class ShardLoad {
  largest: LargestSweep = { looks: 0, writes: 0, seconds: 0, at: '' };
  private readonly shards: number;
  private readonly keys: readonly Peak[];

  constructor(shards: number) {
    this.shards = shards;
    this.keys = Array.from({ length: shards }, () => new Peak());
  }

  /** @param shard of the most shards, which this number divides */
  indexed(now: EpochMs, shard: number, units: number): void {
    this.keys[shard % this.shards]?.add(now, units);
  }

  get hottest(): Highest {
    const [hottest = { count: 0, at: '' }] = this.keys.map(({ highest }) => highest).sort((a, b) => b.count - a.count);
    return hottest;
  }

  /** What has been found at one instant: of several of the most shards, one sweep here would have found it. */
  swept(now: EpochMs, found: readonly Found[]): void {
    const sums = new Map<string, { looks: number; writes: number }>();
    for (const { shard, isDormant, looks, written } of found) {
      const key = `${isDormant}${shard % this.shards}`;
      const sum = sums.get(key) ?? { looks: 0, writes: 0 };
      sums.set(key, { looks: sum.looks + looks, writes: sum.writes + written });
    }
    for (const { looks, writes } of sums.values()) {
      const seconds = sweepSeconds({ alive: looks - writes, due: writes });
      if (seconds > this.largest.seconds) {
        this.largest = { looks, writes, seconds, at: new Date(now).toISOString().slice(11, 19) };
      }
    }
  }
}
