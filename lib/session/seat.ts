/**
 * What Curfew keeps: seats, and the sessions that occupy them.
 *
 * A seat is one place that a user may occupy; its item outlives its sessions for a while, so that late messages find
 * out what became of them. A session on it is open or has ended; which rung of the ladder an open one stands on is
 * arithmetic (see ladder.ts): what is stored is only which was announced.
 */

import type { DurationMs, EpochMs } from '../time.ts';
import type { Jobs } from './jobs.ts';
import type { Heard, Mark } from './word.ts';

export interface SeatKey {
  readonly realm: string;
  readonly user: string;
  /** `0` where a realm gives each user one seat, `0` to `N-1` where it gives N; a longer name where it sets no limit. */
  readonly seat: string;
}

/**
 * The seat's fencing token: strictly larger with each session that takes the seat, even across the item's own
 * deletion, because a new session's epoch is at least its opening instant in milliseconds.
 */
export type Epoch = number;

/** Names one session for ever: the seat it occupies and the epoch at which it took it. */
export interface SessionName extends SeatKey {
  readonly epoch: Epoch;
}

/** Where a session stands. Only on the first two does it hold its seat. */
export const OPEN_RUNGS = ['active', 'lingering', 'failover', 'remembered'] as const;
export type OpenRung = (typeof OPEN_RUNGS)[number];
export const RUNGS = [...OPEN_RUNGS, 'ended'] as const;
export type Rung = (typeof RUNGS)[number];

/** The numbers of which an open session's way down the ladder follows, if nothing happens before. */
export interface Deadlines {
  /** `activeAt` + idle, where an idle session ends; absent where the station reports no activity: only its lease counts. */
  readonly idleAt?: EpochMs;
  /** `activeAt` + idle, where an idle session lingers. */
  readonly lingerAt?: EpochMs;
  /** `heardAt` + lease. */
  readonly leaseAt: EpochMs;
  /** `openedAt` + maximum. Nothing moves it. */
  readonly maximumAt: EpochMs;
  /** While a job runs: until then idle and lease wait. */
  readonly jobAt?: EpochMs;
  /** How long past its lease the session can be made anew; absent where that rung is off. */
  readonly failoverMs?: DurationMs;
  /** `loggedOnAt` + logonToken: until then its user is logged on anew; absent where that rung is off. */
  readonly rememberedUntil?: EpochMs;
}

/** The policy's deadlines, by the names that people are told. */
export const DEADLINES = ['idle', 'lease', 'maximum', 'failover', 'logon-token'] as const;
export type Deadline = (typeof DEADLINES)[number];

/** Why a session ended: by a deadline, or by somebody's doing. */
export const REASONS = [
  ...DEADLINES,
  'logout',
  'boot',
  'next-user',
  'taken-over',
  'operator',
  /** Its user came back after it had lost its seat: a new session goes on under the same logon. */
  'made-anew',
  /** It had lost its seat, and another session took that. */
  'superseded',
] as const;
export type Reason = (typeof REASONS)[number];

export interface Ending {
  readonly at: EpochMs;
  readonly reason: Reason;
  /** `policy`, `station:<id>` or `operator:<principal>`. */
  readonly by: string;
  /** What the operator gave as the reason, in their words. */
  readonly note?: string;
  /** By what it was ended: the id of the operator's request, or the mark of the word. A repeat of that one is told so. */
  readonly request?: string;
}

/** What is true of a session whether it is open or has ended. */
interface Facts extends Jobs {
  /** The station that opened it, and the only one that may speak of it. */
  readonly station: string;
  /** The station has a panel, and this session is on it. */
  readonly onPanel: boolean;
  readonly openedAt: EpochMs;
  /** When that was by the station's clock, where it said so: a job of before is not this session's. */
  readonly openedSaidAt?: EpochMs;
  /** Last user activity. */
  readonly activeAt: EpochMs;
  /** Last sign of life. */
  readonly heardAt: EpochMs;
  /** When its user last authenticated. Earlier than `openedAt` where it was made anew. */
  readonly loggedOnAt: EpochMs;
  /** The session before, on this seat, whose logon it goes on with. */
  readonly madeAnewOf?: Epoch;
  /** The seal of that one. */
  readonly previousSeal?: string;
  /** The first of those that have followed one another so, where there are more than two: its handle still means this one. */
  readonly chainFrom?: Epoch;
  /** When its user last came back to it while it lingered. */
  readonly resumedAt?: EpochMs;
  /** When the newest of its station's signed pings was signed, or the login, by the station's clock: an older one is a replay. */
  readonly pingedAt?: EpochMs;
  readonly deadlines: Deadlines;
  /** By which word it opened. */
  readonly openedBy: Mark;
  /** Its user's name as it was last typed at a login, where that is not the key of the seat (see user-key.ts). */
  readonly userAsTyped?: string;
  /** Ends its handle: who holds that was told of this session (see handle.ts). */
  readonly seal?: string;
}

export interface OpenSession extends Facts {
  readonly state: 'open';
  /** The last rung that was announced. Which one it stands on is arithmetic (see ladder.ts). */
  readonly rung: OpenRung;
  /** The slot at which a sweep looks at it next. Never later than that of its next change of rung. */
  readonly due: EpochMs;
  /** The slot of the latest cap of its jobs: a sweep need not look at it before. Absent where none runs. */
  readonly jobDue?: EpochMs;
}

export interface EndedSession extends Facts {
  readonly state: 'ended';
  readonly ended: Ending;
}

export type Session = OpenSession | EndedSession;

/** One ended session, by its name. */
export interface Past {
  readonly name: SessionName;
  readonly session: Session;
  readonly ended: Ending;
}

export interface Seat {
  readonly key: SeatKey;
  readonly epoch: Epoch;
  /** Counts this epoch's writes: a write that was decided on what was read says which revision that was. */
  readonly revision: number;
  readonly heard: Heard;
  /** Absent on a seat that only remembers words. */
  readonly session?: Session;
}

/** A seat that is occupied, or was last occupied, by `S`. */
export type Occupied<S extends Session = Session> = Seat & { readonly session: S };

/** Not recorded as ended; whether it still holds its seat, or has ended unrecorded, is arithmetic. */
export const isOpen = (seat: Seat | undefined): seat is Occupied<OpenSession> => seat?.session?.state === 'open';
export const isEnded = (seat: Seat | undefined): seat is Occupied<EndedSession> => seat?.session?.state === 'ended';

/** How many of these each realm has. */
export function countByRealm(keys: readonly SeatKey[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { realm } of keys) counts.set(realm, (counts.get(realm) ?? 0) + 1);
  return counts;
}

export const nameOf = (seat: Seat): SessionName => ({ ...seat.key, epoch: seat.epoch });

/** The epoch that a session opened at `now` gets on a seat whose last one was `last`. */
export const nextEpoch = (now: EpochMs, last: Epoch = 0): Epoch => Math.max(now, last + 1);
