/** One call of a function in the simulated service, where it runs, and who watches. */

import type { Timers } from '../../lib/service/ports.ts';
import type { StationEvent, Verdict } from '../../lib/session/commands.ts';
import type { Entry } from '../../lib/session/journal.ts';
import type { Policy } from '../../lib/session/policy.ts';
import type { Seat, SeatKey, SessionName } from '../../lib/session/seat.ts';
import type { Attempt } from '../../lib/session/write.ts';
import type { EpochMs } from '../../lib/time.ts';

export interface Invocation {
  readonly n: number;
  readonly what: 'event' | 'operator' | 'sweep' | 'backstop' | 'journal';
  readonly startedAt: EpochMs;
  /** Its reading of the clock when it began: what it takes for now. */
  readonly now: EpochMs;
  readonly policy: Policy;
  readonly event?: StationEvent;
  readonly operatorEnds?: SessionName;
  readonly won: { key: SeatKey; old: Seat | undefined; now: Seat }[];
  dead: boolean;
}

/** Where functions run: one clock, one deployment. */
export interface Container {
  readonly clock: () => EpochMs;
  readonly policy: () => Policy;
  /** Over how many it spreads deadlines. */
  readonly shards: () => number;
  readonly timers: Timers;
}

/** Told of everything that happens in it. */
export interface Witness {
  wrote(invocation: Invocation, at: EpochMs, key: SeatKey, attempt: Attempt, old: Seat | undefined, now: Seat): void;
  collected(at: EpochMs, old: Seat): void;
  answered(invocation: Invocation, at: EpochMs, answer: Verdict): void;
  announced(entries: readonly Entry[], at: EpochMs): void;
  broke(invocation: Invocation, error: unknown): void;
}
