/**
 * What Curfew keeps: seats, and the sessions that occupy them.
 *
 * A seat is one place that a user may occupy; its item outlives its sessions for a while, so that late messages find
 * out what became of them. A session on it is open or has ended; which rung of the ladder an open one stands on is
 * arithmetic (see ladder.ts): what is stored is only which was announced.
 */

import type { DurationMs, EpochMs } from '../time.ts';
import { hash32 } from './hash.ts';

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
  /** Id of the operator's request that ended it: a repeat of that one is told so. */
  readonly request?: string;
}

/** What is true of a session whether it is open or has ended. */
interface Facts {
  /** The station that opened it, and the only one that may speak of it. */
  readonly station: string;
  /** The station has a panel, and this session is on it. */
  readonly onPanel: boolean;
  readonly openedAt: EpochMs;
  /** Last user activity. */
  readonly activeAt: EpochMs;
  /** Last sign of life. */
  readonly heardAt: EpochMs;
  /** When its user last authenticated. Earlier than `openedAt` where it was made anew. */
  readonly loggedOnAt: EpochMs;
  /** The session before, on this seat, whose logon it goes on with. */
  readonly madeAnewOf?: Epoch;
  /** When its user last came back to it while it lingered. */
  readonly resumedAt?: EpochMs;
  /** When the newest of its station's signed pings was signed, or the login, by the station's clock: an older one is a replay. */
  readonly pingedAt?: EpochMs;
  readonly deadlines: Deadlines;
  /** Jobs in progress. */
  readonly jobs: number;
  /** Id of the delivery that opened it. */
  readonly openedBy: string;
}

export interface OpenSession extends Facts {
  readonly state: 'open';
  /** The last rung that was announced. Which one it stands on is arithmetic (see ladder.ts). */
  readonly rung: Exclude<Rung, 'ended'>;
  /** The slot at which a sweep looks at it next. Never later than that of its next change of rung. */
  readonly due: EpochMs;
}

export interface EndedSession extends Facts {
  readonly state: 'ended';
  readonly ended: Ending;
}

export type Session = OpenSession | EndedSession;

/** The newest thing that the seat's station said, for telling repeats and late comers. */
export interface Latest {
  readonly station: string;
  /** Delivery id. */
  readonly id: string;
  /** The station's own time of it; absent where it gives none, for then arrival is the order. */
  readonly occurredAt?: EpochMs;
}

export interface Seat {
  readonly key: SeatKey;
  readonly epoch: Epoch;
  /** Counts this epoch's writes: a write that was decided on what was read says which revision that was. */
  readonly revision: number;
  readonly latest: Latest;
  /** Marks of the last deliveries that were heard as the newest word, this one first: none of them is news again. */
  readonly recent?: readonly string[];
  /** Delivery id of the login that opened the session before this one: it must not open another. */
  readonly previousId?: string;
  /** The last word before that, of the session before or of another station: neither it nor what it overtook is news. */
  readonly previousLatest?: Latest;
  /** Absent on a seat that only remembers a logout which overtook its login. */
  readonly session?: Session;
}

/** How many marks a seat keeps: about as many words as a person gives rise to within a second, for signatures tell seconds. */
export const RECENT_MAX = 3;

/** A delivery's mark: its id in 32 bits, for a seat's item has room for one write unit (1 KB). Of a thousand million words one is taken for a repeat. */
export const markOf = (id: string): string => hash32(id).toString(36);

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

/**
 * A session's handle, as stations and operators carry it: `<epoch>.<seat>.<realm>.<user>`, the epoch in base 36 and the
 * user in base64url. It carries the key of the item, so that whoever holds it needs no look-up. It is a name, not a
 * secret: it gives no right.
 */
export const handleOf = ({ epoch, seat, realm, user }: SessionName): string =>
  [epoch.toString(36), seat, realm, toBase64Url(user)].join('.');

const HANDLE = /^([0-9a-z]{1,11})\.([0-9a-z]{1,32})\.([a-z][a-z0-9-]{0,31})\.([A-Za-z0-9_-]{1,344})$/;

/** `undefined` when the text is no handle. */
export function parseHandle(handle: string): SessionName | undefined {
  const [, epoch, seat, realm, user] = HANDLE.exec(handle) ?? [];
  if (epoch === undefined || seat === undefined || realm === undefined || user === undefined) return undefined;
  const name = { epoch: Number.parseInt(epoch, 36), seat, realm, user: fromBase64Url(user) };
  return Number.isSafeInteger(name.epoch) && handleOf(name) === handle ? name : undefined;
}

const toBase64Url = (text: string): string => Buffer.from(text, 'utf8').toString('base64url');
const fromBase64Url = (text: string): string => Buffer.from(text, 'base64url').toString('utf8');

/** The epoch that a session opened at `now` gets on a seat whose last one was `last`. */
export const nextEpoch = (now: EpochMs, last: Epoch = 0): Epoch => Math.max(now, last + 1);
