/** Seeded randomness: each draw is named, so that leaving one thing out of a plan does not change all the others. */
import { hash32 } from '../../lib/session/hash.ts';

export interface Chance {
  /** From 0 up to, not including, 1. */
  next(): number;
  /** A whole number from `from` to `to`, both included. */
  int(from: number, to: number): number;
  /** True with this probability. */
  is(probability: number): boolean;
  one<T>(values: readonly T[]): T;
  /** Mostly near the low end: delays are. */
  skewed(from: number, to: number): number;
}

/** Mulberry32: 32 bits of state, a few nanoseconds a draw; plenty for choosing what happens next. */
export function chance(seed: number, name = ''): Chance {
  let state = (Math.imul(seed, 0x9e3779b1) ^ hash32(name)) >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let z = state;
    z = Math.imul(z ^ (z >>> 15), z | 1);
    z ^= z + Math.imul(z ^ (z >>> 7), z | 61);
    return ((z ^ (z >>> 14)) >>> 0) / 4_294_967_296;
  };
  const int = (from: number, to: number): number => from + Math.floor(next() * (to - from + 1));
  return {
    next,
    int,
    is: (probability) => next() < probability,
    one: (values) => {
      const value = values[int(0, values.length - 1)];
      if (value === undefined) throw new Error('nothing to choose from');
      return value;
    },
    skewed: (from, to) => from + Math.floor((to - from) * next() ** 4),
  };
}
