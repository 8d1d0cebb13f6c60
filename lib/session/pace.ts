/**
 * How fast a sweep writes. Stations write to the same key of the index, and what fills that key throttles the table's own
 * writes too: a login would wait because something is announced. So a sweep keeps to a share of the key, and yields when
 * anything is throttled.
 */
import { type DurationMs, durationMs } from '../time.ts';

/** What one key of an index takes in a second, in write units: DynamoDB's limit of a partition, which no quota raises. */
export const KEY_UNITS = 1_000;

/** In write units of one key of the index, a second. The other half is for logins and logouts. */
export const SWEEP_MOST = KEY_UNITS / 2;
/** What is left of it however much is throttled: an end that is announced late is still announced. */
export const SWEEP_LEAST = KEY_UNITS / 20;
/** What it takes more, each second in which nothing is throttled: ten seconds until it has all of its share again. */
const REGAINED = (SWEEP_MOST - SWEEP_LEAST) / 10;

/** In write units of one key of the index, a second: from `SWEEP_LEAST` to `SWEEP_MOST`. */
export type Pace = number;

/** What a sweep has just written, together. */
export interface Stretch {
  /** Of one key of the index, in write units. */
  readonly units: number;
  readonly tookMs: DurationMs;
  readonly wasThrottled: boolean;
}

/** How long to wait after it, and how fast to go on. Half as fast where something was throttled; then a little faster again. */
export function paceAfter(
  pace: Pace,
  { units, tookMs, wasThrottled }: Stretch,
): { readonly pace: Pace; readonly waitMs: DurationMs } {
  const slower = wasThrottled ? Math.max(SWEEP_LEAST, pace / 2) : pace;
  const waitMs = durationMs(Math.max(0, Math.ceil((1_000 * units) / slower) - tookMs));
  if (wasThrottled) return { pace: slower, waitMs };
  return { pace: Math.min(SWEEP_MOST, pace + (REGAINED * (tookMs + waitMs)) / 1_000), waitMs };
}
