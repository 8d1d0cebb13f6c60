/** What is known of a day that has been lived through. */
import type { Highest } from './peak.ts';
import type { LargestSweep } from './shard-load.ts';

export interface Day {
  readonly sessions: number;
  readonly liveMost: number;
  readonly requests: Highest;
  /** Units of the table and its index together, for what stations say; sweeps take the time that they need. */
  readonly writes: Highest;
  readonly byShards: readonly ByShards[];
  /** How often a sweep looked at a session, and how many changes of rung, ends among them, it recorded. */
  readonly looks: number;
  readonly announced: number;
  /** The largest backstop. */
  readonly backstop: { readonly looks: number; readonly seconds: number };
}

export interface ByShards {
  readonly shards: number;
  /** Units a second on the hottest key of the index, by stations and by sweeps. */
  readonly indexKey: Highest;
  /** By what stations say alone. */
  readonly stationsKey: Highest;
  /** Write units that found a key full because of a sweep, all day; and had found it full if sweeps did not pace themselves. */
  readonly throttled: number;
  readonly throttledUnpaced: number;
  /** The largest sweep of one shard: sessions that it looks at, those that it writes, and how long that takes. */
  readonly sweep: LargestSweep;
  readonly createSchedule: Highest;
  readonly callsPerSession: number;
  readonly firings: Highest;
  readonly waitingMost: number;
}
