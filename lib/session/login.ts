/** What becomes of a login on a seat: what it may open, what it is told, and which of several seats it takes. */
import { before, earliest, since } from '../time.ts';
import type { Login, Verdict } from './commands.ts';
import { handleOf } from './handle.ts';
import { hash32 } from './hash.ts';
import { CLOCK_MARGIN, freeAt } from './ladder.ts';
import { isLate, openingOn } from './opening.ts';
import { WORDS_SEAT } from './place.ts';
import { isOpen, nameOf, type Occupied, type OpenSession, type Seat, type SeatKey, type SessionName } from './seat.ts';
import { renew } from './sign-of-life.ts';
import { gone, type Step, say } from './step.ts';
import { isOvertaken, markOf, type Standing, standing } from './word.ts';
import { isDormantAt, isFree, isLive } from './write.ts';

export const LATE: Verdict = { is: 'overtaken', why: 'late' };
export const OVERTAKEN: Verdict = { is: 'overtaken', why: 'newer-event' };

/** How a seat stands to a login. */
export type Room =
  /** This user is logged in on it at this very station. */
  | 'mine'
  /** Nobody holds it. */
  | 'free'
  /** Another session holds it, or held it until so lately that by some clock it may still do so. */
  | 'held';

export function roomFor(login: Login, seat: Seat | undefined): Room {
  if (seat === undefined || mayTake(login, seat)) return 'free';
  return isLiveHere(login, seat) ? 'mine' : 'held';
}

/** A login may also have been under way for so long that what it opens would be over. */
export function loginStanding(login: Login, seat: Seat | undefined): Standing | 'late' {
  const is = standing(login.word, seat?.heard);
  return is === 'news' && isLate(login) ? 'late' : is;
}

/**
 * The margin is for others: the station that held the seat knows that its own session is over. A take-over needs none
 * either, for its write refuses whatever the holder still says.
 */
const mayTake = ({ now, station }: Login, seat: Seat): boolean =>
  isFree(seat, now) || (seat.session?.station === station.id && !isLive(seat, now));

const isLiveHere = ({ now, station }: Login, seat: Seat): seat is Occupied<OpenSession> =>
  isLive(seat, now) && seat.session.station === station.id;

/** Told as the first time, as far as it is still so. */
export function tellRepeat({ word, now, epoch, station }: Login, seat: Seat): Step {
  const mark = markOf(word);
  const opened = seat.session?.openedBy === mark;
  const wentOn = seat.heard.others.includes(mark) && seat.session?.station === station.id;
  if (!opened && !wentOn) return say({ is: 'gone' });
  // A write that happened although it reported an error comes back with the very epoch that this request chose.
  if (isLive(seat, now)) return say({ is: opened && seat.epoch === epoch ? 'opened' : 'repeated', seat });
  return say(isDormantAt(seat, now) ? { is: 'invalidated', seat } : gone(seat, now));
}

/** It goes on with the session that this user has here. */
export const goOn = (login: Login, seat: Seat): Step => {
  if (!isLiveHere(login, seat)) throw new Error('a login goes on only where its user is logged in');
  return renew(login, seat);
};

/** What the policy and the user's wish allow: the place of a holder, or a refusal. */
export function takeOverOrRefuse(login: Login, seats: readonly Seat[]): Step {
  const ended = chosen(login, seats);
  return ended === undefined ? refusal(login, seats) : openingOn(login, ended.key, ended);
}

/** Which of the holders this login may end: the one that it names, or the one that has been silent the longest. */
function chosen({ policy, takeOver }: Login, seats: readonly Seat[]): Seat | undefined {
  if (policy.takeOver === 'refuse') return undefined;
  const holders = leastHeardFirst(seats.filter(isOpen));
  const named = typeof takeOver === 'object' ? holders.find((seat) => isSame(nameOf(seat), takeOver)) : undefined;
  return named ?? (policy.takeOver === 'replace' || takeOver === true ? holders[0] : undefined);
}

const isSame = (one: SessionName, other: SessionName): boolean => handleOf(one) === handleOf(other);

/** Refused by each of these. */
function refusal({ now }: Login, seats: readonly Seat[]): Step {
  const holders = leastHeardFirst(seats.filter(isOpen));
  const first = earliest(...holders.map(({ session }) => freeAt(session.deadlines)));
  return say({ is: 'taken', holders, retryAfterMs: since(now, first) });
}

const leastHeardFirst = (seats: readonly Occupied<OpenSession>[]): readonly Occupied<OpenSession>[] =>
  seats.toSorted((a, b) => a.session.heardAt - b.session.heardAt);

/**
 * Where a user may have several seats; `seats` are those that have an item. In the same order as on one, except that a
 * station without a panel opens another session where there is room. Never by counting: the write that takes a seat asks
 * it.
 *
 * What was said of one session says nothing of another: such a login is overtaken only by words that were about none.
 */
export function decideLoginAmong(
  login: Login,
  seats: readonly Seat[],
  names: readonly string[],
): { readonly key: SeatKey; readonly step: Step } {
  const { realm, user, now, word, station } = login;
  const nowhere = (verdict: Verdict) => ({ key: { realm, user, seat: WORDS_SEAT }, step: say(verdict) });
  const on = (seat: Seat, step: Step) => ({ key: seat.key, step });
  const repeated = seats.find(({ heard }) => standing(word, heard) === 'repeat');
  if (repeated !== undefined) return on(repeated, tellRepeat(login, repeated));
  const theirs = seats.filter(({ key }) => names.includes(key.seat));
  const mine = station.hasPanel ? theirs.find((seat) => isLiveHere(login, seat)) : undefined;
  if (mine !== undefined) {
    const isPast = isOvertaken(word, mine.heard);
    return on(mine, isPast && isOpen(mine) ? say({ is: 'repeated', seat: mine }) : goOn(login, mine));
  }
  if (isLate(login)) return nowhere(LATE);
  if (seats.some(({ key, heard }) => key.seat === WORDS_SEAT && isOvertaken(word, heard))) return nowhere(OVERTAKEN);

  // What may open one session only looks in one order, so that it meets: repeats of a delivery, and all logins at a panel.
  // Others begin elsewhere, so that few of those that race do.
  const order = startingAt(names, hash32(station.hasPanel ? station.id : word.id) % names.length);
  const untouched = order.find((name) => !theirs.some(({ key }) => key.seat === name));
  const free = order.flatMap((name) => theirs.filter((seat) => seat.key.seat === name && mayTake(login, seat)));
  // Somebody may still come back to a dormant session: it is disturbed last. One that is over is none, swept or not.
  const vacant = free.find((seat) => !isDormantAt(seat, now));
  if (vacant !== undefined) return on(vacant, openingOn(login, vacant.key, vacant));
  if (untouched !== undefined) {
    const key = { realm, user, seat: untouched };
    return { key, step: openingOn(login, key, undefined) };
  }
  const [dormant] = leastHeardFirst(free.filter((seat) => isDormantAt(seat, now)));
  if (dormant !== undefined) return on(dormant, openingOn(login, dormant.key, dormant));
  const ended = chosen(login, theirs);
  return ended === undefined
    ? { key: { realm, user, seat: WORDS_SEAT }, step: refusal(login, theirs) }
    : on(ended, openingOn(login, ended.key, ended));
}

const startingAt = <T>(list: readonly T[], n: number): readonly T[] => [...list.slice(n), ...list.slice(0, n)];

/** It may well have been overtaken: what knows that is asked before anything is opened. */
export const hasBeenUnderWay = ({ word: { at }, now }: Login): boolean =>
  at !== undefined && at < before(now, CLOCK_MARGIN);

/** It may end a session of its user's elsewhere: that is done for a login that is in order, and for no other. */
export const mayEndAnother = ({ policy, takeOver }: Login): boolean =>
  policy.takeOver === 'replace' || (policy.takeOver === 'offer' && takeOver !== false);
