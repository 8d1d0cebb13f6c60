/** Who comes when on a working day of a large university: a rush at eight, the change of lectures, lunch, a quiet night. */
import { type EpochMs, epochMs } from '../../lib/time.ts';
import { type Chance, chance } from '../../test/simulation/chance.ts';

export interface DayOptions {
  readonly users: number;
  readonly stations: number;
  readonly seed: number;
  /** Those that are told of. The largest is a multiple of each. */
  readonly shards: readonly number[];
}

export const DAY_SECONDS = 86_400;

/** Midnight. */
const START = Date.UTC(2026, 10, 19);
export const at = (second: number): EpochMs => epochMs(START + second * 1_000);
export const hourOf = (second: number): string => `${String(second / 3_600).padStart(2, '0')}:00`;

/** What is over is let go: a day is long. */
export function taken<T>(bySecond: T[][], second: number): readonly T[] {
  const found = bySecond[second] ?? [];
  bySecond[second] = [];
  return found;
}
const HOUR = 3_600;

/** How many come in a minute, relative to an ordinary one. */
function weightOf(minute: number): number {
  const hour = minute / 60;
  if (hour < 6.5 || hour > 22) return 0.03;
  if (hour < 7.75) return 0.4;
  // The first lecture: most come in the ten minutes before it.
  if (hour < 8.1) return 8;
  if (hour > 12 && hour < 13.5) return 1.6;
  if (hour > 18) return 0.35;
  // Every other hour a lecture ends, and another begins.
  return minute % 120 < 15 ? 2.2 : 1;
}

/** Maps evenly spread numbers to instants of the day. */
export function arrivals(): (even: number) => number {
  const sums = new Float64Array(1_441);
  for (let minute = 0; minute < 1_440; minute++) sums[minute + 1] = (sums[minute] ?? 0) + weightOf(minute);
  const all = sums[1_440] ?? 1;
  return (even) => {
    let [low, high] = [0, 1_440];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((sums[middle] ?? 0) <= even * all) low = middle;
      else high = middle;
    }
    const from = sums[low] ?? 0;
    const share = (even * all - from) / ((sums[low + 1] ?? all) - from);
    return Math.min(DAY_SECONDS - 1, Math.floor((low + share) * 60));
  };
}

export type Where = 'printers' | 'portal';

export interface Visit {
  readonly user: number;
  readonly where: Where;
  /** How long its user stays, in seconds. */
  readonly stays: number;
  /** They walk away without a logout. */
  readonly leavesItOpen: boolean;
}

/** By the second in which they begin. */
export function visitsOf({ users, seed }: DayOptions): Visit[][] {
  const draw = chance(seed, 'visits');
  const at = arrivals();
  const bySecond: Visit[][] = Array.from({ length: DAY_SECONDS }, () => []);
  const come = (visit: Visit) => bySecond[at(draw.next())]?.push(visit);
  for (let user = 0; user < users; user++) {
    for (let prints = draw.is(0.6) ? (draw.is(0.3) ? 2 : 1) : 0; prints > 0; prints--) come(print(user, draw));
    for (let works = draw.is(0.2) ? 2 : 0; works > 0; works--) come(work(user, draw));
  }
  return bySecond;
}

const print = (user: number, draw: Chance): Visit => ({
  user,
  where: 'printers',
  stays: draw.skewed(30, 300),
  leavesItOpen: draw.is(0.15),
});

const work = (user: number, draw: Chance): Visit => ({
  user,
  where: 'portal',
  stays: Math.min(6 * HOUR, 120 - Math.log(1 - draw.next()) * 40 * 60),
  leavesItOpen: draw.is(0.5),
});

/** What goes wrong, as seconds of the day. */
export const MISHAPS = {
  /** A tenth of all stations, and whoever works there, is without power; then all start at once. */
  powerCut: { from: 10.5 * HOUR, to: 10.5 * HOUR + 600, share: 0.1, bootsWithin: 20, backWithin: 300 },
  /** The web application's server is away, in the middle of the afternoon; then all of its users are back. */
  portalDown: { from: 15 * HOUR, to: 15 * HOUR + 900, backWithin: 120 },
} as const;
