/**
 * The journal: what a change of a seat's item means. A pure function of the item before and after, so that whoever
 * reads the table's stream announces the same, however often, and so that a session is announced even if its seat was
 * taken after its deadline and before any sweep came by.
 */
import { type EpochMs, latest } from '../time.ts';
import { endOf, isOver } from './ladder.ts';
import {
  type Ending,
  isEnded,
  isOpen,
  nameOf,
  type Occupied,
  type OpenSession,
  type Seat,
  type Session,
  type SessionName,
} from './session.ts';

/** One announcement. Its name, its kind and its instant are the same each time it is made. */
export type Entry =
  | { readonly type: 'opened'; readonly at: EpochMs; readonly name: SessionName; readonly session: Session }
  | {
      readonly type: 'ended';
      readonly at: EpochMs;
      readonly name: SessionName;
      readonly session: Session;
      readonly ended: Ending;
    };

/** `undefined` stands for no item: before its first write, and after its garbage collection. */
export function journalOf(old: Seat | undefined, now: Seat | undefined): Entry[] {
  const entries: Entry[] = [];
  const same = old?.epoch === now?.epoch;
  if (isOpen(old) && !(same && isOpen(now))) {
    entries.push(endedEntry(old, same && isEnded(now) ? now.session.ended : endingUnseen(old, now)));
  }
  if (isOpen(now) && !(same && old?.session !== undefined)) {
    entries.push({ type: 'opened', at: now.session.openedAt, name: nameOf(now), session: now.session });
  }
  return entries;
}

/** How a session ended that gave way to another, or to garbage collection, before anybody recorded its end. */
function endingUnseen(old: Occupied<OpenSession>, now: Seat | undefined): Ending {
  const byPolicy: Ending = { ...endOf(old.session.deadlines), by: 'policy' };
  const next = now?.session;
  if (next === undefined) return byPolicy;
  // The same comparison by which the write was decided, on the same instant.
  if (isOver(old.session.deadlines, next.openedAt)) return byPolicy;
  return { at: latest(next.openedAt, old.session.openedAt), reason: 'taken-over', by: `station:${next.station}` };
}

const endedEntry = (seat: Occupied<OpenSession>, ended: Ending): Entry => ({
  type: 'ended',
  at: ended.at,
  name: nameOf(seat),
  session: seat.session,
  ended,
});
