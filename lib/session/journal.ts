/**
 * The journal: what a change of a seat's item means. A pure function of the item before and after, so that whoever
 * reads the table's stream announces the same, however often; and so that every rung that a session has passed is
 * announced even if its user came back, or its seat was taken, before any sweep came by.
 */
import { type EpochMs, latest } from '../time.ts';
import { type Descent, descentOf, endingByPolicy, isCounted, isOver, rungAt } from './ladder.ts';
import type { Announcement } from './policy.ts';
import {
  type Ending,
  isEnded,
  isOpen,
  nameOf,
  type Occupied,
  type OpenSession,
  type Rung,
  type Seat,
  type Session,
  type SessionName,
} from './seat.ts';

type KindOf<Of> = Of extends `session.${infer Kind}` ? Kind : never;

interface Announced<Kind extends KindOf<Announcement>> {
  readonly type: Kind;
  readonly at: EpochMs;
  readonly name: SessionName;
  readonly session: Session;
}

/** One announcement. Its name, its kind and its instant are the same each time it is made. */
export type Entry =
  | (Announced<'opened'> & { readonly to: 'active' })
  /** A session has lost its seat where it is `invalidated`: it is counted no longer. */
  | (Announced<'lingering' | 'invalidated' | 'remembered'> & {
      readonly from: Rung;
      readonly to: Rung;
      readonly by: Descent['by'];
    })
  /** Its user came back. Where it had lost its seat, this is the session that goes on in its place: it opens by this. */
  | (Announced<'resumed'> & {
      readonly from: Rung;
      readonly to: 'active';
      readonly previous?: SessionName;
    })
  | (Announced<'ended'> & { readonly from: Rung; readonly to: 'ended'; readonly ended: Ending });

/** `undefined` stands for no item: before its first write, and after its garbage collection. */
export function journalOf(old: Seat | undefined, now: Seat | undefined): Entry[] {
  const goesOn = old?.epoch === now?.epoch;
  return [
    ...(isOpen(old) ? (goesOn && isOpen(now) ? changes(old, now) : end(old, now)) : []),
    ...(isOpen(now) && !(goesOn && old?.session !== undefined) ? [opening(old, now)] : []),
  ];
}

/** What has become of a session that is still open: its user came back, or a sweep found it on a lower rung. */
function changes(old: Occupied<OpenSession>, now: Occupied<OpenSession>): Entry[] {
  const at = now.session.resumedAt;
  if (at !== undefined && at !== old.session.resumedAt) {
    const from = rungAt(old.session, at);
    return [
      ...descended(old, at),
      { type: 'resumed', at, name: nameOf(now), session: now.session, from, to: 'active' },
    ];
  }
  const reached = descentOf(old.session.deadlines).find(({ rung }) => rung === now.session.rung);
  return reached === undefined ? [] : descended(old, reached.at);
}

function end(old: Occupied<OpenSession>, now: Seat | undefined): Entry[] {
  const ended = old.epoch === now?.epoch && isEnded(now) ? now.session.ended : endingUnseen(old, now);
  const passed = descended(old, ended.at);
  const from = passed.at(-1)?.to ?? old.session.rung;
  return [
    ...passed,
    { type: 'ended', at: ended.at, name: nameOf(old), session: old.session, from, to: 'ended', ended },
  ];
}

/** How a session ended that gave way to another, or to garbage collection, before anybody recorded its end. */
function endingUnseen({ epoch, session }: Occupied<OpenSession>, now: Seat | undefined): Ending {
  const byPolicy = endingByPolicy(session.deadlines);
  const next = now?.session;
  if (next === undefined || byPolicy.at <= next.openedAt) return byPolicy;
  // The same comparison by which the write was decided, on the same instant.
  const wasLive = !isOver(session.deadlines, next.openedAt);
  const reason = wasLive ? 'taken-over' : next.madeAnewOf === epoch ? 'made-anew' : 'superseded';
  return { at: latest(next.openedAt, session.heardAt), reason, by: `station:${next.station}` };
}

function opening(old: Seat | undefined, now: Occupied<OpenSession>): Entry {
  const { session } = now;
  const entry = { at: session.openedAt, name: nameOf(now), session, to: 'active' } as const;
  if (session.madeAnewOf === undefined || !isOpen(old)) return { type: 'opened', ...entry };
  return { type: 'resumed', ...entry, from: rungAt(old.session, session.openedAt), previous: nameOf(old) };
}

/** The rungs above its end to which a session has come down by `until`, as far as they have not been announced. */
function descended(
  seat: Occupied<OpenSession>,
  until: EpochMs,
): Exclude<Entry, { type: 'opened' | 'resumed' | 'ended' }>[] {
  const { session } = seat;
  const descent = descentOf(session.deadlines).filter(({ rung }) => rung !== 'ended');
  const announced = descent.findIndex(({ rung }) => rung === session.rung);
  return descent.flatMap(({ rung, at, by }, n) => {
    if (n <= announced || at > until || rung === 'ended') return [];
    const from = descent[n - 1]?.rung ?? 'active';
    return [{ type: typeOf(from, rung), at, name: nameOf(seat), session, from, to: rung, by }];
  });
}

/**
 * Whether the station may let the job finish that is under way there. Only where one ran that had used up what the policy
 * gives it (`job`) is it to stop; of a job that nobody has told us of, nothing can be said.
 */
export const allowsCurrentJob = ({ deadlines: { jobAt } }: Session, { at }: Ending): boolean =>
  jobAt === undefined || at < jobAt;

const typeOf = (from: Rung, to: Exclude<Rung, 'active' | 'ended'>) =>
  to === 'lingering' ? to : isCounted(from) ? 'invalidated' : 'remembered';
