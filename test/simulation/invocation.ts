/** One call of a function in the simulated service, where it runs, and who watches. */

import type { Timers } from '../../lib/service/ports.ts';
import type { StationEvent, Verdict } from '../../lib/session/commands.ts';
import type { Entry } from '../../lib/session/journal.ts';
import type { Panel, PanelAttempt } from '../../lib/session/panel.ts';
import type { Realms } from '../../lib/session/policy.ts';
import type { Seat, SeatKey, SessionName } from '../../lib/session/seat.ts';
import type { Attempt } from '../../lib/session/write.ts';
import type { EpochMs } from '../../lib/time.ts';

export interface Invocation {
  readonly n: number;
  readonly what: 'event' | 'operator' | 'sweep' | 'backstop' | 'journal';
  readonly startedAt: EpochMs;
  /** Its reading of the clock when it began: what it takes for now. */
  readonly now: EpochMs;
  /** Every reading of its clock, the first included. */
  readonly readings: EpochMs[];
  readonly realms: Realms;
  readonly event?: StationEvent;
  readonly operatorEnds?: SessionName;
  readonly won: { key: SeatKey; old: Seat | undefined; now: Seat }[];
  dead: boolean;
}

/** Where functions run: one clock, one deployment. */
export interface Container {
  readonly clock: () => EpochMs;
  readonly realms: () => Realms;
  /** Over how many it spreads deadlines. */
  readonly shards: () => number;
  readonly timers: Timers;
}

/** A call, as it left its function. */
export interface Sent {
  readonly token: number;
  /** What it may take for now: readings of its clock that were young then. */
  readonly nows: readonly EpochMs[];
}

/** One write of a seat, as it was done. */
export interface SeatWrite {
  readonly inv: Invocation;
  readonly at: EpochMs;
  readonly sent: Sent;
  readonly key: SeatKey;
  readonly attempt: Attempt;
  readonly old: Seat | undefined;
  readonly now: Seat;
}

/** Told of everything that happens in it. */
export interface Witness {
  wrote(write: SeatWrite): void;
  wrotePanel(invocation: Invocation, at: EpochMs, station: string, attempt: PanelAttempt, now: Panel): void;
  collected(at: EpochMs, old: Seat): void;
  answered(invocation: Invocation, at: EpochMs, answer: Verdict): void;
  announced(entries: readonly Entry[], at: EpochMs): void;
  /** The journal says that a write has broken a law of seats (lib/session/laws.ts). */
  complained(at: EpochMs, error: unknown): void;
  broke(invocation: Invocation, error: unknown): void;
}
