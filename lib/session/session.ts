/**
 * What Curfew keeps: seats, and the sessions that occupy them.
 *
 * A seat is one place that a user may occupy; its item outlives its sessions for a while, so that late messages find
 * out what became of them. A session on it is open or has ended; which rung of the ladder an open one stands on is
 * arithmetic (see ladder.ts), never a stored word.
 */
import type { EpochMs } from '../time.ts';

export interface SeatKey {
  readonly realm: string;
  readonly user: string;
  /** `0` where a realm gives each user one seat. */
  readonly seat: string;
}

/**
 * The seat's fencing token: strictly larger with each session that takes the seat, even across the item's own
 * deletion, because a new session's epoch is at least its opening instant in milliseconds.
 */
export type Epoch = number;

/** Where a realm gives each user one seat, this is it. */
export const seatOfUser = (realm: string, user: string): SeatKey => ({ realm, user, seat: '0' });

/** Names one session for ever: the seat it occupies and the epoch at which it took it. */
export interface SessionName extends SeatKey {
  readonly epoch: Epoch;
}

/** The instants at which an open session ends if nothing happens before. */
export interface Deadlines {
  /** `activeAt` + idle; absent where the station reports no activity, for then only its lease counts. */
  readonly idleAt?: EpochMs;
  /** `heardAt` + lease. */
  readonly leaseAt: EpochMs;
  /** `openedAt` + maximum. Nothing moves it. */
  readonly maximumAt: EpochMs;
  /** While a job runs: until then idle and lease wait. */
  readonly jobAt?: EpochMs;
}

/** Why a session ended. The first three are the policy's deadlines, the rest somebody's doing. */
export type Reason = 'idle' | 'lease' | 'maximum' | 'logout' | 'boot' | 'next-user' | 'taken-over' | 'operator';

export interface Ending {
  readonly at: EpochMs;
  readonly reason: Reason;
  /** `policy`, `station:<id>` or `operator:<principal>`. */
  readonly by: string;
  /** What the operator gave as the reason, in their words. */
  readonly note?: string;
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
  readonly loggedOnAt: EpochMs;
  readonly deadlines: Deadlines;
  /** Jobs in progress. */
  readonly jobs: number;
  /** Delivery id of the login that opened it. */
  readonly openedBy: string;
}

export interface OpenSession extends Facts {
  readonly state: 'open';
  /** The slot at which a sweep looks at it next. Never later than the slot of its own end. */
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
  /** Delivery id of the login that opened the session before this one: it must not open another. */
  readonly previousId?: string;
  /** The last word before that, of the session before or of another station: neither it nor what it overtook is news. */
  readonly previousLatest?: Latest;
  /** Absent on a seat that only remembers a logout which overtook its login. */
  readonly session?: Session;
}

/** A seat that is occupied, or was last occupied, by `S`. */
export type Occupied<S extends Session = Session> = Seat & { readonly session: S };

export const isOpen = (seat: Seat | undefined): seat is Occupied<OpenSession> => seat?.session?.state === 'open';
export const isEnded = (seat: Seat | undefined): seat is Occupied<EndedSession> => seat?.session?.state === 'ended';

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
