/** What falls on the busiest of so many shards: writes of its keys of the index, and its largest sweep. */
import { sweepSeconds } from '../../lib/cost/needs.ts';
import type { EpochMs } from '../../lib/time.ts';
import { type Highest, Peak } from './peak.ts';

/** What the sweep of one of the most shards has found. */
export interface Found {
  readonly shard: number;
  readonly isDormant: boolean;
  readonly looks: number;
  readonly written: number;
  /** Of the index, on the key that it sweeps. */
  readonly units: number;
  /** On the key of the dormant sessions of its shard, where it sweeps those that held their seats. */
  readonly unitsOfDormant: number;
}

export interface LargestSweep {
  readonly looks: number;
  readonly writes: number;
  readonly seconds: number;
  /** When it began: `15:10:24` */
  readonly at: string;
}

/** A key of the index: sessions that hold their seats and dormant ones have each their own. */
interface Key {
  readonly byStations: Peak;
  readonly all: Peak;
}

/** A sweep that is at work. */
interface Sweep {
  readonly startedAt: EpochMs;
  readonly looks: number;
  readonly writes: number;
  readonly on: readonly { readonly key: Key; readonly units: number }[];
  /** How much of it is left, of 1. */
  left: number;
  seconds: number;
}

const together = (one: Found, other: Found): Found => ({
  ...one,
  looks: one.looks + other.looks,
  written: one.written + other.written,
  units: one.units + other.units,
  unitsOfDormant: one.unitsOfDormant + other.unitsOfDormant,
});

export class ShardLoad {
  largest: LargestSweep = { looks: 0, writes: 0, seconds: 0, at: '' };
  private readonly shards: number;
  private readonly held: readonly Key[];
  private readonly dormant: readonly Key[];
  private atWork: Sweep[] = [];

  constructor(shards: number) {
    this.shards = shards;
    const keys = () => Array.from({ length: shards }, (): Key => ({ byStations: new Peak(), all: new Peak() }));
    this.held = keys();
    this.dormant = keys();
  }

  /** By what a station says. @param shard of the most shards, which this number divides */
  indexed(now: EpochMs, shard: number, isDormant: boolean, units: number): void {
    const { byStations, all } = this.keyOf(shard, isDormant);
    byStations.add(now, units);
    all.add(now, units);
  }

  get hottest(): Highest {
    return this.highestOf(({ all }) => all);
  }

  get hottestByStations(): Highest {
    return this.highestOf(({ byStations }) => byStations);
  }

  /** What has been found at one instant: of several of the most shards, one sweep here would have found it. */
  swept(now: EpochMs, found: readonly Found[]): void {
    const byKey = new Map<Key, Found>();
    for (const each of found) {
      const key = this.keyOf(each.shard, each.isDormant);
      const sum = byKey.get(key);
      byKey.set(key, sum === undefined ? each : together(sum, each));
    }
    for (const [key, { shard, looks, written, units, unitsOfDormant }] of byKey) {
      const on = [
        { key, units },
        { key: this.keyOf(shard, true), units: unitsOfDormant },
      ];
      this.atWork.push({ startedAt: now, looks, writes: written, on, left: 1, seconds: 0 });
    }
  }

  /** What sweeps get done in this second, of which stations have had what they need. */
  sweepOn(now: EpochMs): void {
    for (const sweep of this.atWork) {
      const { looks, on } = sweep;
      const inAll = Math.max(
        ...on.map(({ key, units }) => sweepSeconds({ looks, units, beside: key.all.during(now) })),
      );
      const done = Math.min(sweep.left, 1 / inAll);
      for (const { key, units } of on) if (units > 0) key.all.add(now, done * units);
      sweep.seconds += done * inAll;
      sweep.left -= done;
      if (sweep.left === 0) this.finish(sweep);
    }
    this.atWork = this.atWork.filter(({ left }) => left > 0);
  }

  private finish({ startedAt, looks, writes, seconds }: Sweep): void {
    if (seconds <= this.largest.seconds) return;
    this.largest = { looks, writes, seconds, at: new Date(startedAt).toISOString().slice(11, 19) };
  }

  private keyOf(shard: number, isDormant: boolean): Key {
    const key = (isDormant ? this.dormant : this.held)[shard % this.shards];
    if (key === undefined) throw new Error(`there is no shard ${shard}`);
    return key;
  }

  private highestOf(part: (key: Key) => Peak): Highest {
    const [hottest = { count: 0, at: '' }] = [...this.held, ...this.dormant]
      .map((key) => part(key).highest)
      .sort((a, b) => b.count - a.count);
    return hottest;
  }
}
