/** What becomes of a login. */
import { type EpochMs, earliest, since } from '../time.ts';
import { type Login, saying, type Verdict } from './commands.ts';
import { hash32 } from './hash.ts';
import { freeAt } from './ladder.ts';
import { isLate, opening } from './opening.ts';
import {
  handleOf,
  isOpen,
  type Latest,
  nameOf,
  nextEpoch,
  type Occupied,
  type OpenSession,
  type Seat,
  type SessionName,
} from './seat.ts';
import { renew } from './sign-of-life.ts';
import { type Step, unchanged } from './step.ts';
import { isDormantAt, isFree, isKnown, isLive, isOvertaken } from './write.ts';

const LATE: Step = { verdict: { is: 'overtaken', why: 'late' } };
const OVERTAKEN: Step = { verdict: { is: 'overtaken', why: 'newer-event' } };

/** Right whenever the seat is free. A login that is late needs no try: it stands as such unless the seat knows it. */
export function guessLogin(login: Login): Step {
  if (isLate(login)) return LATE;
  const { now, epoch } = login;
  return opening(login, epoch, { if: 'free', now, epoch, login: saying(login) });
}

/**
 * On a seat that is the only one it may take. In this order: a repeat of what the seat knows; mine already; from the past;
 * free, or taken over; taken.
 */
export function decideLogin(login: Login, seat: Seat | undefined): Step {
  const { now, station } = login;
  if (seat === undefined) return isLate(login) ? LATE : opening(login, login.epoch, { if: 'absent' });
  const repeat = repeatOf(login, seat);
  if (repeat !== undefined) return repeat;

  if (isLive(seat, now) && seat.session.station === station.id) return again(login, seat);
  if (isLate(login)) return LATE;
  if (isOvertaken(seat, saying(login))) return OVERTAKEN;
  if (mayTake(login, seat) || chosen(login, [seat]) !== undefined) return openOn(login, seat);
  return taken(login, [seat]);
}

/**
 * On whichever of several seats; `seats` are those that have an item. In the same order as on one, except that a station
 * without a panel opens another session where there is room. Never by counting: the write that takes a seat asks it.
 */
export function decideLoginAmong(
  login: Login,
  seats: readonly Seat[],
  names: readonly string[],
): { readonly seat: string; readonly step: Step } {
  const on = (seat: Seat, step: Step) => ({ seat: seat.key.seat, step });
  const nowhere = (step: Step) => ({ seat: '', step });
  for (const seat of seats) {
    const repeat = repeatOf(login, seat);
    if (repeat !== undefined) return on(seat, repeat);
  }
  const mine = login.station.hasPanel ? seats.find((seat) => isLiveHere(login, seat)) : undefined;
  if (mine !== undefined && isLiveHere(login, mine)) return on(mine, again(login, mine));
  if (isLate(login)) return nowhere(LATE);
  const { now } = login;

  // What may open one session only looks in one order, so that it meets: repeats of a delivery, and all logins at a panel.
  // Others begin elsewhere, so that few of those that race do.
  const order = startingAt(names, hash32(login.station.hasPanel ? login.station.id : login.id) % names.length);
  const untouched = order.find((name) => !seats.some(({ key }) => key.seat === name));
  const free = order.flatMap((name) => seats.filter((seat) => seat.key.seat === name && mayTake(login, seat)));
  const fit = free.filter((seat) => !isOvertaken(seat, saying(login)));
  // Somebody may still come back to a dormant session: it is disturbed last. One that is over is none, swept or not.
  const vacant = fit.find((seat) => !isDormantAt(seat, now));
  if (vacant !== undefined) return on(vacant, openOn(login, vacant));
  if (untouched !== undefined) return { seat: untouched, step: opening(login, login.epoch, { if: 'absent' }) };
  const [dormant] = leastHeardFirst(fit.filter((seat) => isDormantAt(seat, now)));
  if (dormant !== undefined) return on(dormant, openOn(login, dormant));
  if (free.length > 0) return nowhere(OVERTAKEN);

  const ended = chosen(login, seats);
  return ended === undefined ? nowhere(taken(login, seats)) : on(ended, openOn(login, ended));
}

/** What the seat knows this delivery to have done already. */
function repeatOf({ id, now, epoch, station }: Login, seat: Seat): Step | undefined {
  const verdict = (is: Verdict): Step => ({ verdict: is });
  if (seat.previousId === id) return verdict({ is: 'gone' });
  if (seat.session?.openedBy !== id || seat.session.station !== station.id) return wentOn(id, station, seat, now);
  // A write that happened although it reported an error comes back with the very epoch that this request chose.
  if (isLive(seat, now)) return verdict({ is: seat.epoch === epoch ? 'opened' : 'repeated', seat });
  return verdict(isDormantAt(seat, now) ? { is: 'invalidated', seat } : { is: 'gone', seat });
}

/** It opened nothing, but a session that was there went on by it. */
function wentOn(id: string, station: Login['station'], seat: Seat, now: EpochMs): Step | undefined {
  const isWord = (word: Latest | undefined) => word?.id === id && word.station === station.id;
  if (isWord(seat.latest)) {
    if (isLive(seat, now)) return { verdict: { is: 'repeated', seat } };
    return { verdict: isDormantAt(seat, now) ? { is: 'invalidated', seat } : { is: 'gone', seat } };
  }
  return isWord(seat.previousLatest) ? { verdict: { is: 'gone' } } : undefined;
}

const isLiveHere = ({ now, station }: Login, seat: Seat): seat is Occupied<OpenSession> =>
  isLive(seat, now) && seat.session.station === station.id;

function again(login: Login, seat: Occupied<OpenSession>): Step {
  if (isKnown(seat, login.id) || isOvertaken(seat, saying(login))) return { verdict: { is: 'repeated', seat } };
  return isLate(login) ? LATE : renew(login, seat);
}

/**
 * The margin is for others: the station that held the seat knows that its own session is over. A take-over needs none
 * either, for its write refuses whatever the holder still says.
 */
const mayTake = ({ now, station }: Login, seat: Seat): boolean =>
  isFree(seat, now) || (seat.session?.station === station.id && !isLive(seat, now));

/** Which of the holders this login may end: the one that it names, or the one that has been silent the longest. */
function chosen({ policy, takeOver }: Login, seats: readonly Seat[]): Seat | undefined {
  if (policy.takeOver === 'refuse') return undefined;
  const holders = leastHeardFirst(seats.filter(isOpen));
  const named = typeof takeOver === 'object' ? holders.find((seat) => isSame(nameOf(seat), takeOver)) : undefined;
  return named ?? (policy.takeOver === 'replace' || takeOver === true ? holders[0] : undefined);
}

const isSame = (one: SessionName, other: SessionName): boolean => handleOf(one) === handleOf(other);

/** Refused by each of these. */
function taken({ now }: Login, seats: readonly Seat[]): Step {
  const holders = leastHeardFirst(seats.filter(isOpen));
  const first = earliest(...holders.map(({ session }) => freeAt(session.deadlines)));
  return { verdict: { is: 'taken', holders, retryAfterMs: since(now, first) } };
}

const leastHeardFirst = (seats: readonly Occupied<OpenSession>[]): readonly Occupied<OpenSession>[] =>
  seats.toSorted((a, b) => a.session.heardAt - b.session.heardAt);

const startingAt = <T>(list: readonly T[], n: number): readonly T[] => [...list.slice(n), ...list.slice(0, n)];

const openOn = (login: Login, seat: Seat): Step => opening(login, nextEpoch(login.now, seat.epoch), unchanged(seat));
