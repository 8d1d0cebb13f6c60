/**
 * What the service needs of the world; what lib/station needs is there. Each port exists twice: on AWS (lib/aws) and in
 * memory (lib/memory), held to one contract (test/contract).
 */
import type { Entry } from '../session/journal.ts';
import type { Ending, Epoch, Latest, Seat, SeatKey, Session, SessionName } from '../session/seat.ts';
import type { Attempt } from '../session/write.ts';
import type { EpochMs } from '../time.ts';

/**
 * A port could not do its work now: it was too slow, was throttled or is down. What was asked may or may not have been
 * done; whoever asks again must recognise its own first try. The only error that a port throws for a passing fault.
 */
export class Unavailable extends Error {
  override readonly name = 'Unavailable';
  readonly port: string;

  constructor(port: string, options?: { cause?: unknown }) {
    super(`${port} does not answer; try again`, options);
    this.port = port;
  }
}

/** A cursor that no listing of ours gave out, or not for this listing. */
export class BadCursor extends Error {
  override readonly name = 'BadCursor';
  constructor() {
    super('this cursor belongs to no listing; begin again without one');
  }
}

/** Some of many, in order; `cursor` is absent on the last page. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly cursor?: string;
}

/** A lost race is a value. `seat` is the item as it is now: after the write if it won, in its way if it did not. */
export type Written =
  | { readonly won: true; readonly seat: Seat }
  | { readonly won: false; readonly seat: Seat | undefined };

export interface DueSeat {
  readonly key: SeatKey;
  readonly due: EpochMs;
}

/**
 * As many of a user's seats as one answer looks at: what one of DynamoDB's pages (1 MB) is sure to have, of items under 1 KB.
 * A limited realm gives a tenth at most; past it, in an unlimited one, sessions are listed page by page.
 */
export const SEATS_AT_ONCE = 1_000;

export interface Seats {
  /** One conditional write. */
  write(key: SeatKey, attempt: Attempt): Promise<Written>;
  /** The item as of now, not as of a moment ago. */
  read(key: SeatKey): Promise<Seat | undefined>;
  /** Up to 100 items, as of a moment ago; those that do not exist or cannot be read are left out. In no order. */
  readMany(keys: readonly SeatKey[]): Promise<Seat[]>;
  /** Seats that a user has or lately had, as of now; those that cannot be read are left out. By their names, in no order that means anything. */
  ofUser(realm: string, user: string, query: { readonly limit: number; readonly cursor?: string }): Promise<Page<Seat>>;
  /** Sessions of a shard that have not been recorded as ended, by the slot in which a sweep looks at them, earliest first, as of a moment ago. */
  due(
    shard: string,
    query: { readonly through: EpochMs; readonly limit: number; readonly cursor?: string },
  ): Promise<Page<DueSeat>>;
  /** How many of them each realm has in a shard, as of a moment ago; realms that have none are left out. */
  countOpen(shard: string): Promise<ReadonlyMap<string, number>>;
}

/** Who is on a station's panel, by the newest login there. Only a hint: whether that session lives, its seat says. */
export interface Occupant {
  readonly realm: string;
  readonly user: string;
  /** The epoch that the login asked for. */
  readonly epoch: Epoch;
}

export type PanelAnswer =
  | { readonly won: true; readonly previous: Occupant | undefined }
  /** Something newer has happened at this panel. */
  | { readonly won: false; readonly current: Occupant | undefined };

export interface Panel {
  readonly occupant?: Occupant;
  /** The last thing said by which whoever was there left. A repeat of it must not put the next one out. */
  readonly left?: { readonly id: string; readonly occupant?: Occupant };
}

/** What is kept of a panel names people: from `keepUntil` of its last change on it may be collected as garbage. */
export interface Panels {
  /** Puts a user on the panel, unless the panel knows of something that occurred later. */
  occupy(occupant: Occupant, said: Latest, keepUntil: EpochMs): Promise<PanelAnswer>;
  read(station: string): Promise<Panel>;
  /**
   * Keeps that `occupant`, if any, has left, by something that the station said, and that older logins are overtaken. Who
   * is there now stays there. False, and nothing is kept, if the panel knows of something later.
   */
  leave(said: Latest, occupant: Occupant | undefined, keepUntil: EpochMs): Promise<boolean>;
  /** Nobody is there any more, if it was this session. */
  vacate(station: string, occupant: Occupant): Promise<void>;
}

/** One ended session, as history keeps it. */
export interface Past {
  readonly name: SessionName;
  readonly session: Session;
  readonly ended: Ending;
}

export interface History {
  /** Keeps it until `keepUntil`. Keeping the same session twice keeps it once. */
  keep(past: readonly { readonly past: Past; readonly keepUntil: EpochMs }[]): Promise<void>;
  /** By when they opened, the newest first. Those that cannot be read are left out. */
  ofUser(realm: string, user: string, query: { readonly limit: number; readonly cursor?: string }): Promise<Page<Past>>;
  /** One read, wherever it stands; nothing where it cannot be read. */
  find(name: SessionName): Promise<Past | undefined>;
  /** Erases up to `limit` of a user's ended sessions. What is kept while it works may stay, and is `more`. */
  forget(realm: string, user: string, limit: number): Promise<Forgotten>;
}

export interface Forgotten {
  readonly erased: number;
  /** Some may be left: to be asked again. */
  readonly more: boolean;
}

/** One timer: fires a sweep of `shard` at `at`. `cursor` is where a sweep that ran out of time goes on. */
export interface Timer {
  readonly shard: string;
  readonly at: EpochMs;
  readonly cursor?: string;
}

export interface Timers {
  /** Sees to it that a sweep of the timer's shard starts at its instant. Arming the same one again changes nothing. */
  arm(timer: Timer): Promise<void>;
}

export interface Bus {
  /** At least once each. Returns those of `entries`, the very same objects, that it could not send. */
  announce(entries: readonly Entry[]): Promise<{ readonly failed: readonly Entry[] }>;
}

/** What is counted; one per thing that an operator would look at. Never a user or a station. */
export type Metric =
  | 'LoginOpened'
  | 'LoginRefused'
  /** A login that this side could not answer. Nothing was half done, but its user stands there. */
  | 'LoginFailed'
  /** Somebody spoke of what is not theirs: nothing was written. */
  | 'Forbidden'
  /** A delivery at a station's path that did not prove who it is from. */
  | 'Unproven'
  | 'TakenOver'
  /** A slot whose timer could not be armed; the backstop makes up for it. */
  | 'UnarmedSlot'
  | 'SessionOpened'
  /** A session has lost its seat and may be made anew. */
  | 'SessionInvalidated'
  /** Its user came back, to it or to the one that was made anew. */
  | 'SessionResumed'
  | 'SessionEnded'
  /** From a change of rung to its announcement. */
  | 'AnnouncedLateMs'
  /** The longest that a slot has waited for its sweep, as the backstop finds it. */
  | 'WorstOverdueMs'
  | 'OpenSessions'
  /** A panel that goes on naming who has left it: a hint, which holds nobody up. */
  | 'PanelNotVacated'
  | 'SweptSessions'
  | 'SweepFailed'
  /** An item of the table, or a change of one, that this version cannot read: nobody announces what it means. */
  | 'UnreadableItem';

/** What is found at an instant, and not counted up: its parts are told beside the whole, and are none of it. */
export const GAUGES: ReadonlySet<Metric> = new Set(['OpenSessions']);

export interface Meter {
  add(metric: Metric, value: number, of?: { readonly realm?: string; readonly reason?: string }): void;
}
