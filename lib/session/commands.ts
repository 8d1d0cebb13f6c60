/** What the core is asked to do: one type per thing that a station, an operator or a timer may want of a seat. */
import type { DurationMs, EpochMs } from '../time.ts';
import type { Policy } from './policy.ts';
import type { EndedSession, Epoch, Occupied, OpenSession, Past, Reason, SeatKey, SessionName } from './seat.ts';
import type { EventType, Mark, SIGNS_OF_LIFE, Word } from './word.ts';

/** What the core needs to know of a station. */
export interface Station {
  readonly id: string;
  readonly realm: string;
  readonly reportsActivity: boolean;
  /** One user at a time stands at it. False for a web application. */
  readonly hasPanel: boolean;
}

/** What a station said, understood and authenticated, but not yet decided. */
export interface StationEvent {
  readonly type: EventType;
  readonly station: Station;
  readonly policy: Policy;
  readonly now: EpochMs;
  readonly id: string;
  /** When it happened, by the station's clock. */
  readonly occurredAt?: EpochMs;
  /** When its sender signed it, by their clock. */
  readonly signedAt?: EpochMs;
  /** The session that it speaks of. Without one, the user's here; without either, the one on the panel. */
  readonly session?: SessionName;
  /** The key of the user whom it names. */
  readonly user?: string;
  /** Their name as it was typed, where it is to be kept. */
  readonly userAsTyped?: string;
  /** A login may end the session that it names, or, `true`, whichever of the user's has been silent the longest. */
  readonly takeOver?: boolean | SessionName;
  /** What the station calls the job that started or ended. */
  readonly job?: string;
  /** Seals the name of a session that opens (see handle.ts). @default it is not sealed */
  readonly sealOf?: SealOf;
  /** Nothing proves that this station was ever told of `session`: if it is another's, or none, it is told nothing of it. */
  readonly isUnsealed?: boolean;
}

/** The seal of a session of this name. */
export type SealOf = (name: SessionName) => string;

interface Asked {
  readonly now: EpochMs;
  readonly key: SeatKey;
}

/** A word, with what is needed to act on it. */
export interface Spoken {
  readonly now: EpochMs;
  readonly policy: Policy;
  readonly station: Station;
  readonly word: Word;
  readonly sealOf?: SealOf;
}

interface Said extends Asked, Spoken {}

export interface Login extends Spoken {
  readonly type: 'login';
  readonly realm: string;
  readonly user: string;
  readonly userAsTyped?: string;
  /** The user wants another session ended: this one, or whichever has been silent the longest. */
  readonly takeOver: boolean | SessionName;
  /** The epoch that the session gets if the guess is right. */
  readonly epoch: Epoch;
}

/** Activity is a sign of life and of the user; a job event is activity too; a ping is a sign of life alone. */
export interface SignOfLife extends Said {
  readonly type: (typeof SIGNS_OF_LIFE)[number];
  /** The session that it speaks of; absent for "whatever this user has open here". */
  readonly epoch?: Epoch;
  /** What the station calls the job. */
  readonly job?: string;
}

/** Something that the station says proves that the session there is over. */
export interface Farewell extends Said {
  readonly type: 'farewell';
  readonly reason: Extract<Reason, 'logout' | 'boot' | 'next-user'>;
  /** Which session of the seat; absent for the one that is there, if nothing later has been said of it. */
  readonly of?:
    | { readonly epoch: Epoch }
    /** The one that opened by this word. */
    | { readonly openedBy: Mark }
    /** The one that its user left behind: it opened no later than this. */
    | { readonly epochAtMost: Epoch };
}

export interface OperatorEnd extends Asked {
  readonly type: 'operator-end';
  readonly epoch: Epoch;
  readonly principal: string;
  /** The request's id: what tells its repeat from the same person's next request. */
  readonly id: string;
  readonly note?: string;
}

export type Command = Login | SignOfLife | Farewell | OperatorEnd;

/** What became of a command. Every command gets exactly one. */
export type Verdict =
  /** A session was opened. */
  | { readonly is: 'opened'; readonly seat: Occupied<OpenSession> }
  /** The session had lost its seat; its user is back, and this one goes on under the same logon. */
  | { readonly is: 'made-anew' | 'logged-on-anew'; readonly seat: Occupied<OpenSession> }
  /** The session goes on, its deadlines counted anew. */
  | { readonly is: 'renewed'; readonly seat: Occupied<OpenSession> }
  /** It lingered, and its user is back: it goes on, but what the station kept of it is lost. */
  | { readonly is: 'resumed'; readonly seat: Occupied<OpenSession> }
  /** It lingers, and this says nothing of its user: nothing was done. */
  | { readonly is: 'lingering'; readonly seat: Occupied<OpenSession> }
  /** It has lost its seat, though not for good, and this says nothing of its user: nothing was done. */
  | { readonly is: 'invalidated'; readonly seat: Occupied<OpenSession> }
  /** This delivery has been applied before; nothing was done. */
  | { readonly is: 'repeated'; readonly seat: Occupied<OpenSession> }
  /** Login refused: other sessions hold all of the user's seats. The least recently heard comes first. */
  | {
      readonly is: 'taken';
      readonly holders: readonly Occupied<OpenSession>[];
      readonly retryAfterMs: DurationMs;
    }
  /** The session was ended by this command. */
  | { readonly is: 'ended'; readonly seat: Occupied<EndedSession> }
  /** The session had ended before; `past` says how, where that is still known. */
  | { readonly is: 'gone'; readonly past?: Past }
  /** A login from the past: it opens nothing. */
  | { readonly is: 'overtaken'; readonly why: 'late' | 'newer-event' }
  /** A farewell from the past: it ends nothing that is newer than itself. */
  | { readonly is: 'stale' }
  /** There is no session here of which this could speak. */
  | { readonly is: 'nothing-open' }
  /** It names a user who has several sessions here, and none of them. */
  | { readonly is: 'ambiguous' }
  /** The session belongs to another station. */
  | { readonly is: 'not-yours' };
