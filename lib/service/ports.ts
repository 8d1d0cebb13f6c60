/**
 * What the service needs of the world; what lib/station needs is there. Each port exists twice: on AWS (lib/aws) and in
 * memory (lib/memory), held to one contract (test/contract).
 */
import type { Entry } from '../session/journal.ts';
import type { Panel, PanelAttempt } from '../session/panel.ts';
import type { Past, Seat, SeatKey, SessionName } from '../session/seat.ts';
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

export interface DueQuery {
  readonly through: EpochMs;
  readonly limit: number;
  readonly cursor?: string;
  /** In the place of a cursor: one of the same shard, behind which the page begins. */
  readonly after?: DueSeat;
}

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
  due(shard: string, query: DueQuery): Promise<Page<DueSeat>>;
  /** How many of them each realm has in a shard, as of a moment ago; realms that have none are left out. */
  countOpen(shard: string): Promise<ReadonlyMap<string, number>>;
}

export interface Panels {
  /** As of now. One that nobody has been on is empty. */
  read(station: string): Promise<Panel>;
  /** One conditional write. `panel` is as it is now: after the write if it won, in its way if it did not. */
  write(station: string, attempt: PanelAttempt): Promise<{ readonly won: boolean; readonly panel: Panel }>;
}

export interface History {
  /** Keeps it until `keepUntil`. Keeping the same session twice keeps it once. */
  keep(past: readonly { readonly past: Past; readonly keepUntil: EpochMs }[]): Promise<void>;
  /** By when they opened, the newest first. Those that cannot be read are left out. */
  ofUser(realm: string, user: string, query: { readonly limit: number; readonly cursor?: string }): Promise<Page<Past>>;
  /** By when they ended, the last first, as of a moment ago; `from` on, if it is said. Those that cannot be read are left out. */
  atStation(
    station: string,
    query: { readonly limit: number; readonly from?: EpochMs; readonly cursor?: string },
  ): Promise<Page<Past>>;
  /** One read, wherever it stands; nothing where it cannot be read. */
  find(name: SessionName): Promise<Past | undefined>;
  /** The names of sessions that ended at a station within this span, the last one first, as of a moment ago. Those of version 0.1 are none. */
  endedAt(
    station: string,
    query: { readonly from: EpochMs; readonly until: EpochMs; readonly limit: number; readonly cursor?: string },
  ): Promise<Page<PastName>>;
  /** Those of these names that are kept and can be read, as of a moment ago; in no order. */
  readMany(names: readonly SessionName[]): Promise<Past[]>;
  /** Erases up to `limit` of a user's ended sessions. What is kept while it works may stay, and is `more`. */
  forget(realm: string, user: string, limit: number): Promise<Forgotten>;
}

export interface PastName {
  readonly name: SessionName;
  readonly endedAt: EpochMs;
}

export interface Forgotten {
  readonly erased: number;
  /** Some may be left: to be asked again. */
  readonly more: boolean;
}

/** What operators do that leaves a trace: all that changes something, or shows a secret. */
export const ACTIONS = [
  'end-session',
  'forget-user',
  'register-station',
  'change-station',
  'remove-station',
  'issue-key',
  'revoke-keys',
  'show-webhook-secret',
] as const;
export type ActionKind = (typeof ACTIONS)[number];

/** One thing that an operator did, or meant to do. */
export interface Action {
  readonly at: EpochMs;
  /** Tells apart what was done in the same millisecond. */
  readonly id: string;
  /** Who: the ARN that IAM let in, or the console's call. */
  readonly principal: string;
  readonly action: ActionKind;
  /** A station or a realm. Never a user. */
  readonly on: string;
  /** It is written before it is done: `unknown` until somebody wrote down what came of it. */
  readonly outcome: 'unknown' | 'done' | 'nothing';
  /** What came of it, in numbers. */
  readonly note?: string;
  /** Why, in the operator's words. */
  readonly reason?: string;
  /** The handle of the session that was ended. It names a user, so it is kept no longer than that user's history, and so are the words. */
  readonly session?: string;
}

/** So many days it is kept, unless the deployment says otherwise. */
export const TRAIL_DAYS = 365;

/** What operators did, by when: kept apart from what it was done to, which may be gone. */
export interface Trail {
  /** Keeps it until `keepUntil`, and until `sessionUntil` which session it was and why. Keeping it anew replaces it. */
  keep(action: Action, until: { readonly keepUntil: EpochMs; readonly sessionUntil: EpochMs }): Promise<void>;
  /**
   * What fits of what was done from `from` on and before `to`, the newest first. It looks at a bounded number for each
   * page: one that is short or empty may have more behind it.
   */
  list(query: {
    readonly from: EpochMs;
    readonly to: EpochMs;
    readonly limit: number;
    readonly cursor?: string;
    readonly fits?: (action: Action) => boolean;
  }): Promise<Page<Action>>;
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
  /** A refusal that cannot be explained later: to keep it failed, or took too long. */
  | 'RefusalNotKept'
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
  /** Stations at which somebody is every day, and nobody has been for one. */
  | 'SilentStations'
  | 'SweptSessions'
  | 'SweepFailed'
  /** An item of the table, or a change of one, that this version cannot read: nobody announces what it means. */
  | 'UnreadableItem'
  /** A write that broke a law of seats (lib/session/laws.ts): a fault of Curfew's own. */
  | 'BrokenLaw';

/** What is found at an instant, and not counted up: its parts are told beside the whole, and are none of it. */
export const GAUGES: ReadonlySet<Metric> = new Set(['OpenSessions']);

export interface Meter {
  add(metric: Metric, value: number, of?: { readonly realm?: string; readonly reason?: string }): void;
}
