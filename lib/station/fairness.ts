/**
 * One station's storm must not starve the others: each may speak so often, and is told to wait when it speaks more.
 *
 * Counted by each container for itself, so it costs no request and no table. What a station can take of the whole is
 * therefore this many times the containers that hear stations, which their reserved concurrency bounds.
 */
import { type DurationMs, durationMs, type EpochMs, latest, SECOND, since } from '../time.ts';
import { keepNewest } from './newest.ts';

/** Ten times what a panel with a busy user and a ping a second sends. Above it, something is wrong there. */
const PER_SECOND = 20;

/** A station that was cut off sends what it has kept, at once. */
const BURST = 100;

/** At a panel one user stands at a time; a web application or a gateway speaks for many: 10,000 who ping every two minutes are 84 a second. */
const MANY = 20;

export interface Fairness {
  /** How long this station must wait before it is heard again; 0 where it need not. */
  admit(station: { readonly id: string; readonly hasPanel: boolean }, now: EpochMs): DurationMs;
}

/** A token bucket a station. */
export function createFairness(): Fairness {
  const buckets = new Map<string, { tokens: number; asOf: EpochMs }>();
  return {
    admit({ id, hasPanel }, now) {
      const factor = hasPanel ? 1 : MANY;
      const [perSecond, burst] = [PER_SECOND * factor, BURST * factor];
      const known = buckets.get(id) ?? { tokens: burst, asOf: now };
      const tokens = Math.min(burst, known.tokens + (Math.max(0, since(known.asOf, now)) / SECOND) * perSecond);
      keepNewest(buckets, id, { tokens: tokens < 1 ? tokens : tokens - 1, asOf: latest(known.asOf, now) });
      return durationMs(tokens >= 1 ? 0 : Math.ceil(((1 - tokens) / perSecond) * SECOND));
    },
  };
}
