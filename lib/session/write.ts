/**
 * One conditional write on one seat, as a value: what must hold of the item, and what becomes of it. The adapters carry
 * an attempt out; `meets` and `apply` say what that means, and are all that the memory adapter consists of.
 */

import { assertNever } from '../assert.ts';
import { present } from '../present.ts';
import { before, type EpochMs } from '../time.ts';
import { CLOCK_MARGIN, isDormant, isOver, rungAt } from './ladder.ts';
import {
  type Deadlines,
  type Ending,
  type Epoch,
  isOpen,
  type Latest,
  markOf,
  type Occupied,
  type OpenSession,
  RECENT_MAX,
  type Rung,
  type Seat,
} from './seat.ts';

export type Condition =
  /** Nobody holds the seat at `now`, and this login is neither a repeat nor a late comer. The guess of a login. */
  | {
      readonly if: 'free';
      readonly now: EpochMs;
      readonly epoch: Epoch;
      readonly login: Latest;
    }
  /** The session is live at `now`. Fields left out do not matter. The guess of whatever speaks of a session. */
  | {
      readonly if: 'live';
      readonly now: EpochMs;
      readonly epoch?: Epoch;
      readonly station?: string;
      /** Not a repeat of this delivery: neither among the newest words, nor what opened the session. */
      readonly unlessId?: string;
      /** This delivery was not the last thing said of the session before. */
      readonly unlessPreviousId?: string;
      /** Nothing newer of this station has been applied. */
      readonly notAfter?: EpochMs;
      /** Nothing has been heard since: of two signs of life on their way at once, the later one counts. */
      readonly heardAtMost?: EpochMs;
      /** No ping that was signed then or later has been heard: this is no replay. */
      readonly pingedBefore?: EpochMs;
      readonly jobs?: number;
      /** A sweep looks at it no later than this. */
      readonly dueAtMost?: EpochMs;
      /** Or a job puts its end off anyway. */
      readonly orJobWaits?: true;
      /** Its user is there: it has not begun to linger. */
      readonly isActive?: true;
    }
  /** The item is as it was read. */
  | { readonly if: 'unchanged'; readonly epoch: Epoch; readonly revision: number }
  /** There is no item. */
  | { readonly if: 'absent' };

export type Change =
  | { readonly do: 'open'; readonly epoch: Epoch; readonly session: OpenSession; readonly latest: Latest }
  | {
      readonly do: 'renew';
      readonly heardAt: EpochMs;
      /** Only of a ping that was signed. */
      readonly pingedAt?: EpochMs;
      readonly activeAt?: EpochMs;
      /** Only those that move; `null` lifts one. */
      readonly idleAt?: EpochMs | null;
      readonly lingerAt?: EpochMs | null;
      readonly leaseAt: EpochMs;
      readonly jobAt?: EpochMs | null;
      readonly jobs?: number;
      /** Only where the sweep must come sooner. */
      readonly due?: EpochMs;
      /** Only where the user has come back to it while it lingered: it is active again. */
      readonly resumedAt?: EpochMs;
      /** Only where the user has authenticated anew. */
      readonly logon?: { readonly at: EpochMs; readonly rememberedUntil?: EpochMs };
      /** Absent for a ping, which tells nothing that could be in the wrong order. Without `occurredAt` the known one stays. */
      readonly latest?: Latest;
    }
  | { readonly do: 'end'; readonly ended: Ending; readonly latest?: Latest }
  /** It has come down to this rung; the sweep looks again at `due`. */
  | { readonly do: 'descend'; readonly rung: Exclude<Rung, 'active' | 'ended'>; readonly due: EpochMs }
  /** The sweep looks again at `due`, in the shard in which it belongs on the rung where it is. */
  | { readonly do: 'postpone'; readonly rung: OpenSession['rung']; readonly due: EpochMs }
  /** Nothing is live, but the station's newest word is kept, so that what it overtook opens nothing. */
  | { readonly do: 'keep-word'; readonly epoch: Epoch; readonly latest: Latest; readonly previousLatest?: Latest };

export interface Attempt {
  readonly condition: Condition;
  readonly change: Change;
}

/** Whether the condition holds of what is there. */
export function meets(condition: Condition, seat: Seat | undefined): boolean {
  switch (condition.if) {
    case 'absent':
      return seat === undefined;
    case 'unchanged':
      return seat?.epoch === condition.epoch && seat.revision === condition.revision;
    case 'free':
      return (
        seat === undefined ||
        (isFree(seat, condition.now) && seat.epoch < condition.epoch && isNews(seat, condition.login))
      );
    case 'live':
      return (
        isLive(seat, condition.now) &&
        (condition.epoch === undefined || seat.epoch === condition.epoch) &&
        (condition.station === undefined || seat.session.station === condition.station) &&
        (condition.unlessId === undefined || !isKnown(seat, condition.unlessId)) &&
        (condition.unlessPreviousId === undefined || seat.previousLatest?.id !== condition.unlessPreviousId) &&
        (condition.notAfter === undefined || !knowsLater(seat, seat.session.station, condition.notAfter)) &&
        (condition.heardAtMost === undefined || seat.session.heardAt <= condition.heardAtMost) &&
        (condition.pingedBefore === undefined || !wasPingedSince(seat.session, condition.pingedBefore)) &&
        (condition.jobs === undefined || seat.session.jobs === condition.jobs) &&
        (condition.dueAtMost === undefined ||
          seat.session.due <= condition.dueAtMost ||
          waitsForJob(condition, seat)) &&
        (condition.isActive === undefined || rungAt(seat.session, condition.now) === 'active')
      );
    default:
      return assertNever(condition);
  }
}

/** Whether this delivery is among the last that were heard here, or opened the session. */
export const isKnown = ({ latest, recent = [], session }: Seat, id: string): boolean =>
  [latest.id, session?.openedBy].includes(id) || recent.includes(markOf(id));

const heardNow = ({ id }: Latest, { recent = [] }: Pick<Seat, 'recent'> = {}): { recent: readonly string[] } => ({
  recent: [markOf(id), ...recent].slice(0, RECENT_MAX),
});

/** Whether a session holds the seat at `now`: active or lingering. */
export const isLive = (seat: Seat | undefined, now: EpochMs): seat is Occupied<OpenSession> =>
  isOpen(seat) && !isOver(seat.session.deadlines, now);

/** Whether a ping that was signed at this instant or later has been heard, or this is older than the session's login. */
export const wasPingedSince = ({ pingedAt }: Pick<OpenSession, 'pingedAt'>, signedAt: EpochMs): boolean =>
  pingedAt !== undefined && pingedAt >= signedAt;

/** Whether a session that has lost the seat can still be made anew on it. */
export const isDormantAt = (seat: Seat | undefined, now: EpochMs): seat is Occupied<OpenSession> =>
  isOpen(seat) && isDormant(rungAt(seat.session, now));

const waitsForJob = (
  { now, orJobWaits }: Extract<Condition, { if: 'live' }>,
  { session }: Occupied<OpenSession>,
): boolean => orJobWaits === true && session.deadlines.jobAt !== undefined && session.deadlines.jobAt > now;

/** Whether anyone may take the seat at `now`: it is vacant, or its session ended long enough ago for every clock. */
export const isFree = (seat: Seat, now: EpochMs): boolean =>
  !isOpen(seat) || isOver(seat.session.deadlines, before(now, CLOCK_MARGIN));

/** Whether this login is neither one that the seat has seen nor older than what its station said since. */
export const isNews = (seat: Seat, login: Latest): boolean =>
  ![seat.session?.openedBy, seat.previousId, seat.latest.id, seat.previousLatest?.id].includes(login.id) &&
  !isOvertaken(seat, login);

/** Whether the seat knows something newer from the same station. Only instants that the station gave are compared. */
export const isOvertaken = (seat: Seat, { station, occurredAt }: Latest): boolean =>
  occurredAt !== undefined && knowsLater(seat, station, occurredAt);

const knowsLater = ({ latest, previousLatest }: Seat, station: string, at: EpochMs): boolean =>
  [latest, previousLatest].some((known) => known?.station === station && (known.occurredAt ?? at) > at);

/** What the item becomes. Only for a change whose condition held. */
export function apply(change: Change, key: Seat['key'], seat: Seat | undefined): Seat {
  switch (change.do) {
    case 'open':
      return {
        key,
        epoch: change.epoch,
        revision: 1,
        latest: change.latest,
        // Nothing of the session before, or it would matter whether a sweep has recorded that one's end.
        ...heardNow(change.latest),
        ...present({ previousId: seat?.session?.openedBy, previousLatest: seat?.latest }),
        session: change.session,
      };
    case 'keep-word':
      return {
        ...seat,
        key,
        epoch: change.epoch,
        revision: (seat?.revision ?? 0) + 1,
        latest: change.latest,
        ...present({ previousLatest: change.previousLatest ?? seat?.previousLatest }),
      };
    case 'renew':
      return rewrite(seat, change.latest, (session) => ({
        ...session,
        heardAt: change.heardAt,
        ...present({ pingedAt: change.pingedAt ?? session.pingedAt }),
        activeAt: change.activeAt ?? session.activeAt,
        jobs: change.jobs ?? session.jobs,
        due: change.due ?? session.due,
        deadlines: movedDeadlines(session.deadlines, change),
        loggedOnAt: change.logon?.at ?? session.loggedOnAt,
        ...(change.resumedAt === undefined ? {} : { resumedAt: change.resumedAt, rung: 'active' }),
      }));
    case 'descend':
      return rewrite(seat, undefined, (session) => ({ ...session, rung: change.rung, due: change.due }));
    case 'postpone':
      return rewrite(seat, undefined, (session) => ({ ...session, due: change.due }));
    case 'end': {
      // It hears nothing any more, and its item has room for little else.
      const { recent: _, ...ended } = rewrite(seat, change.latest, ({ due: __, rung: ___, ...session }) => ({
        ...session,
        state: 'ended',
        ended: change.ended,
      }));
      return ended;
    }
    default:
      return assertNever(change);
  }
}

/** The deadlines after a renewal. */
export function movedDeadlines(deadlines: Deadlines, change: Extract<Change, { do: 'renew' }>): Deadlines {
  const { idleAt, lingerAt, jobAt, ...others } = deadlines;
  const moved = (to: EpochMs | null | undefined, from: EpochMs | undefined) =>
    to === undefined ? from : (to ?? undefined);
  return {
    ...others,
    leaseAt: change.leaseAt,
    ...present({
      idleAt: moved(change.idleAt, idleAt),
      lingerAt: moved(change.lingerAt, lingerAt),
      jobAt: moved(change.jobAt, jobAt),
    }),
    ...present({ rememberedUntil: change.logon?.rememberedUntil ?? deadlines.rememberedUntil }),
  };
}

function rewrite(
  seat: Seat | undefined,
  latest: Latest | undefined,
  to: (session: OpenSession) => Seat['session'],
): Seat {
  if (!isOpen(seat))
    throw new Error(
      'only an open session can be renewed, brought down, postponed or ended: the condition let it through',
    );
  const session = to(seat.session);
  return {
    ...seat,
    revision: seat.revision + 1,
    ...(latest === undefined ? {} : { latest: { ...seat.latest, ...latest }, ...heardNow(latest, seat) }),
    ...present({ session }),
  };
}
