/**
 * The law of conditional writes on a seat: what must hold of its item, and what becomes of it. The DynamoDB adapter says
 * the same in expressions (lib/aws/expressions.ts); the memory adapter consists of nothing else.
 */

import { assertNever } from '../assert.ts';
import { present } from '../present.ts';
import { before, type EpochMs } from '../time.ts';
import type { Jobs } from './jobs.ts';
import { CLOCK_MARGIN, isDormant, isOver, rungAt } from './ladder.ts';
import {
  type Deadlines,
  type Ending,
  type Epoch,
  isOpen,
  type Occupied,
  type OpenRung,
  type OpenSession,
  type Seat,
  type Session,
} from './seat.ts';
import {
  type Heard,
  type Mark,
  NOTHING_HEARD,
  standing,
  type Word,
  withArrival,
  withDeparture,
  withOther,
} from './word.ts';

export type Condition =
  /** Nobody holds the seat at `now`, and this login is news there. The guess of a login. */
  | { readonly if: 'free'; readonly now: EpochMs; readonly epoch: Epoch; readonly word: Word }
  /** The session is live at `now`. Fields left out do not matter. The guess of every word about a session. */
  | {
      readonly if: 'live';
      readonly now: EpochMs;
      readonly epoch?: Epoch;
      /** It opened no later than this. */
      readonly epochAtMost?: Epoch;
      /** It was opened by this very word. */
      readonly openedBy?: Mark;
      readonly station?: string;
      /** This word is news there. */
      readonly word?: Word;
      /** Nothing has been heard since: of two signs of life on their way at once, the later one counts. */
      readonly heardAtMost?: EpochMs;
      /** No ping that was signed then or later has been heard: this is no replay. */
      readonly pingedBefore?: EpochMs;
      /** So many jobs run, none of them by name, and neither they nor their session began later than the station says. */
      readonly jobs?: { readonly running: 0 | 1; readonly saidAt?: EpochMs };
      /** A sweep looks at it no later than this. */
      readonly dueAtMost?: EpochMs;
      /** Or than the latest cap of its jobs, which puts its end off anyway. */
      readonly orJobDue?: true;
      /** Its user is there: it has not begun to linger. */
      readonly isActive?: true;
    }
  /** The item is as it was read. */
  | { readonly if: 'unchanged'; readonly epoch: Epoch; readonly revision: number }
  /** There is no item. */
  | { readonly if: 'absent' };

/** What a change makes the item remember: a word more than before, or, where the item was read, just this. */
export type Hearing =
  | { readonly word: Word; readonly heard?: undefined }
  | { readonly heard: Heard; readonly word?: undefined };

export type Change =
  | ({ readonly do: 'open'; readonly epoch: Epoch; readonly session: OpenSession } & Hearing)
  | ({
      readonly do: 'renew';
      readonly heardAt: EpochMs;
      /** Only of a ping that was signed. */
      readonly pingedAt?: EpochMs;
      readonly activeAt?: EpochMs;
      /** Only those that move; `null` lifts one. */
      readonly idleAt?: EpochMs | null;
      readonly lingerAt?: EpochMs | null;
      readonly leaseAt: EpochMs;
      /** Only where they change: all that is kept of them. */
      readonly jobs?: Jobs & { readonly jobAt?: EpochMs; readonly jobDue?: EpochMs };
      /** Only where the sweep must come sooner. */
      readonly due?: EpochMs;
      /** Only where the user has come back to it while it lingered: it is active again. */
      readonly resumedAt?: EpochMs;
      /** Only where it was typed in another way than before; `null` where it is the key itself. */
      readonly userAsTyped?: string | null;
      /** Only where the user has authenticated anew. */
      readonly logon?: { readonly at: EpochMs; readonly rememberedUntil?: EpochMs };
    } & Partial<Hearing>)
  | ({ readonly do: 'end'; readonly ended: Ending } & Partial<Hearing>)
  /** It has come down to this rung; the sweep looks again at `due`. */
  | { readonly do: 'descend'; readonly rung: Exclude<OpenRung, 'active'>; readonly due: EpochMs }
  /** The sweep looks again at `due`, in the shard in which it belongs on the rung where it is. */
  | { readonly do: 'postpone'; readonly rung: OpenRung; readonly due: EpochMs }
  /** The word found nobody to put out: it is kept, so that what it overtook opens nothing. */
  | { readonly do: 'keep-word'; readonly epoch: Epoch; readonly heard: Heard };

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
        (isFree(seat, condition.now) && seat.epoch < condition.epoch && standing(condition.word, seat.heard) === 'news')
      );
    case 'live':
      return isLive(seat, condition.now) && isMeant(condition, seat) && isFit(condition, seat);
    default:
      return assertNever(condition);
  }
}

type Live = Extract<Condition, { if: 'live' }>;

/** The session is the one that the word is about. */
const isMeant = ({ epoch, epochAtMost, openedBy, station }: Live, { epoch: is, session }: Occupied): boolean =>
  (epoch === undefined || is === epoch) &&
  (epochAtMost === undefined || is <= epochAtMost) &&
  (openedBy === undefined || session.openedBy === openedBy) &&
  (station === undefined || session.station === station);

/** And the word may be applied to it as it stands. */
const isFit = (condition: Live, { heard, session }: Occupied<OpenSession>): boolean =>
  (condition.word === undefined || standing(condition.word, heard) === 'news') &&
  (condition.heardAtMost === undefined || session.heardAt <= condition.heardAtMost) &&
  (condition.pingedBefore === undefined || !wasPingedSince(session, condition.pingedBefore)) &&
  (condition.jobs === undefined || runs(condition.jobs, session)) &&
  (condition.dueAtMost === undefined ||
    session.due <= condition.dueAtMost ||
    (condition.orJobDue === true && session.jobDue !== undefined && session.due <= session.jobDue)) &&
  (condition.isActive === undefined || rungAt(session, condition.now) === 'active');

function runs({ running, saidAt }: NonNullable<Live['jobs']>, session: OpenSession): boolean {
  if (session.jobNotes !== undefined || session.jobs !== running) return false;
  return [session.jobSaidAt, session.openedSaidAt].every(
    (at) => at === undefined || saidAt === undefined || at <= saidAt,
  );
}

/** Whether a session holds the seat at `now`: active or lingering. */
export const isLive = (seat: Seat | undefined, now: EpochMs): seat is Occupied<OpenSession> =>
  isOpen(seat) && !isOver(seat.session.deadlines, now);

/** Whether a ping that was signed at this instant or later has been heard, or this is older than the session's login. */
export const wasPingedSince = ({ pingedAt }: Pick<OpenSession, 'pingedAt'>, signedAt: EpochMs): boolean =>
  pingedAt !== undefined && pingedAt >= signedAt;

/** Whether a session that has lost the seat can still be made anew on it. */
export const isDormantAt = (seat: Seat | undefined, now: EpochMs): seat is Occupied<OpenSession> =>
  isOpen(seat) && isDormant(rungAt(seat.session, now));

/** Whether anyone may take the seat at `now`: it is vacant, or its session ended long enough ago for every clock. */
export const isFree = (seat: Seat, now: EpochMs): boolean =>
  !isOpen(seat) || isOver(seat.session.deadlines, before(now, CLOCK_MARGIN));

/** What the item becomes. Only for a change whose condition held. */
export function apply(change: Change, key: Seat['key'], seat: Seat | undefined): Seat {
  switch (change.do) {
    case 'open':
      return {
        key,
        epoch: change.epoch,
        revision: 1,
        heard: change.heard ?? withArrival(seat?.heard ?? NOTHING_HEARD, change.word),
        session: change.session,
      };
    case 'keep-word':
      return {
        ...seat,
        key,
        epoch: change.epoch,
        revision: (seat?.revision ?? 0) + 1,
        heard: change.heard,
      };
    case 'renew':
      return rewritten(seat, remembering(change, withOther), (session) => renewed(session, change));
    case 'descend':
      return rewritten(seat, unheard, (session) => ({ ...session, rung: change.rung, due: change.due }));
    case 'postpone':
      return rewritten(seat, unheard, (session) => ({ ...session, due: change.due }));
    case 'end':
      return rewritten(seat, remembering(change, withDeparture), ({ due: _, rung: __, jobDue: ___, ...session }) => ({
        ...session,
        state: 'ended',
        ended: change.ended,
      }));
    default:
      return assertNever(change);
  }
}

type Renewal = Extract<Change, { do: 'renew' }>;

function renewed(session: OpenSession, change: Renewal): OpenSession {
  const { jobs, jobSaidAt, jobNotes, jobDue, userAsTyped, ...others } = session;
  const { jobAt: _, ...kept } = change.jobs ?? { jobs, ...present({ jobSaidAt, jobNotes, jobDue }) };
  return {
    ...others,
    ...kept,
    heardAt: change.heardAt,
    ...present({
      pingedAt: change.pingedAt ?? session.pingedAt,
      userAsTyped: (change.userAsTyped === undefined ? userAsTyped : change.userAsTyped) ?? undefined,
    }),
    activeAt: change.activeAt ?? session.activeAt,
    due: change.due ?? session.due,
    deadlines: movedDeadlines(session.deadlines, change),
    loggedOnAt: change.logon?.at ?? session.loggedOnAt,
    ...(change.resumedAt === undefined ? {} : { resumedAt: change.resumedAt, rung: 'active' }),
  };
}

/** The deadlines after a renewal. */
export function movedDeadlines(deadlines: Deadlines, change: Renewal): Deadlines {
  const { idleAt, lingerAt, jobAt, ...others } = deadlines;
  const moved = (to: EpochMs | null | undefined, from: EpochMs | undefined) =>
    to === undefined ? from : (to ?? undefined);
  return {
    ...others,
    leaseAt: change.leaseAt,
    ...present({
      idleAt: moved(change.idleAt, idleAt),
      lingerAt: moved(change.lingerAt, lingerAt),
      jobAt: change.jobs === undefined ? jobAt : change.jobs.jobAt,
    }),
    ...present({ rememberedUntil: change.logon?.rememberedUntil ?? deadlines.rememberedUntil }),
  };
}

const unheard = (heard: Heard): Heard => heard;

/** What the item remembers after a change that may be a word's. */
const remembering =
  (change: Partial<Hearing>, after: (heard: Heard, word: Word) => Heard) =>
  (heard: Heard): Heard =>
    change.heard ?? (change.word === undefined ? heard : after(heard, change.word));

function rewritten(
  seat: Seat | undefined,
  remembers: (heard: Heard) => Heard,
  to: (session: OpenSession) => Session,
): Seat {
  if (!isOpen(seat))
    throw new Error(
      'only an open session can be renewed, brought down, postponed or ended: the condition let it through',
    );
  return { ...seat, revision: seat.revision + 1, heard: remembers(seat.heard), session: to(seat.session) };
}
