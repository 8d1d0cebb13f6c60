/** What falls on the busiest of so many shards: writes of its keys of the index, and its largest sweep. */
import { TAKES } from '../../lib/cost/assumptions.ts';
import { SWEEP_PAGE } from '../../lib/cost/counts.ts';
import { KEY_UNITS, type Pace, paceAfter, SWEEP_MOST } from '../../lib/session/pace.ts';
import { durationMs, type EpochMs, SECOND } from '../../lib/time.ts';
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

/** A sweep that is at work, page by page. */
interface Sweep {
  readonly startedAt: EpochMs;
  readonly looks: number;
  readonly writes: number;
  readonly on: readonly { readonly key: Key; readonly units: number }[];
  looked: number;
  pace: Pace;
  /** When it begins its next page. */
  nextAt: number;
}

export interface ShardLoadOptions {
  readonly shards: number;
  /** Whether sweeps pace themselves. One that does not is what they are measured beside. @default true */
  readonly paced?: boolean;
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
  /** Write units that found their key full because of a sweep, in all: of the sweep or of a station that came then. */
  throttled = 0;
  private readonly shards: number;
  private readonly paced: boolean;
  private readonly held: readonly Key[];
  private readonly dormant: readonly Key[];
  private atWork: Sweep[] = [];

  constructor({ shards, paced = true }: ShardLoadOptions) {
    this.shards = shards;
    this.paced = paced;
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
      const nextAt = now + TAKES.sweepStart;
      this.atWork.push({ startedAt: now, looks, writes: written, on, looked: 0, pace: SWEEP_MOST, nextAt });
    }
  }

  /** What sweeps get done in this second, in which stations have written already. */
  sweepOn(now: EpochMs): void {
    for (const sweep of this.atWork) {
      while (sweep.looked < sweep.looks && sweep.nextAt < now + SECOND) this.sweepPage(sweep, now);
      if (sweep.looked === sweep.looks) this.finish(sweep);
    }
    this.atWork = this.atWork.filter(({ looked, looks }) => looked < looks);
  }

  private sweepPage(sweep: Sweep, now: EpochMs): void {
    const { on, looks } = sweep;
    const page = Math.min(SWEEP_PAGE.sessions, looks - sweep.looked);
    let mostUnits = 0;
    let tooMany = 0;
    for (const { key, units } of on) {
      const written = (units * page) / looks;
      if (written === 0) continue;
      key.all.add(now, written);
      mostUnits = Math.max(mostUnits, written);
      tooMany += Math.min(written, Math.max(0, key.all.during(now) - KEY_UNITS));
    }
    this.throttled += tooMany;
    const tookMs = durationMs(TAKES.sweepPage);
    const { pace, waitMs } = paceAfter(sweep.pace, { units: mostUnits, tookMs, wasThrottled: tooMany > 0 });
    sweep.looked += page;
    sweep.nextAt += tookMs;
    if (!this.paced || sweep.looked === looks) return;
    sweep.pace = pace;
    sweep.nextAt += waitMs;
  }

  private finish({ startedAt, looks, writes, nextAt }: Sweep): void {
    const seconds = (nextAt - startedAt) / 1_000;
    const { largest } = this;
    if (seconds < largest.seconds || (seconds === largest.seconds && looks <= largest.looks)) return;
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
