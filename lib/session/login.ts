/** What becomes of a login. */
import { since } from '../time.ts';
import { type Condition, isFree, isLive, isOvertaken } from './attempt.ts';
import { type Login, saying } from './commands.ts';
import { deadlinesOf, firstDeadline, freeAt, slotOf } from './ladder.ts';
import { type Epoch, isOpen, nextEpoch, type OpenSession, type Seat } from './session.ts';
import { renew } from './sign-of-life.ts';
import { type Step, unchanged } from './step.ts';

const LATE: Step = { verdict: { is: 'overtaken', why: 'late' } };

/** Its own first deadline passed before it arrived: whatever it opened would bring back what is over. */
const isLate = (login: Login): boolean =>
  login.occurredAt !== undefined && firstDeadline(login.policy, login.station, login.occurredAt) <= login.now;

/** Right whenever the seat is free. A login that is late needs no try: it stands as such unless the seat knows it. */
export function guessLogin(login: Login): Step {
  if (isLate(login)) return LATE;
  const { now, epoch } = login;
  return open(login, epoch, { if: 'free', now, epoch, login: saying(login) });
}

/** In this order: a repeat of what the seat knows; mine already; from the past; free, or taken over; taken. */
export function decideLogin(login: Login, seat: Seat | undefined): Step {
  const { now, station } = login;
  if (seat === undefined) return isLate(login) ? LATE : open(login, login.epoch, { if: 'absent' });

  const session = seat.session;
  if (session?.openedBy === login.id) {
    // A write that happened although it reported an error comes back with the very epoch that this request chose.
    if (!isLive(seat, now)) return { verdict: { is: 'gone', seat } };
    return { verdict: { is: seat.epoch === login.epoch ? 'opened' : 'repeated', seat } };
  }
  if (seat.previousId === login.id) return { verdict: { is: 'gone' } };

  const live = isLive(seat, now);
  const mine = session?.station === station.id;
  if (live && mine) {
    if (seat.latest.id === login.id || isOvertaken(seat, saying(login))) return { verdict: { is: 'repeated', seat } };
    return isLate(login) ? LATE : renew(login, seat);
  }
  if (isLate(login)) return LATE;
  if (isOvertaken(seat, saying(login))) return { verdict: { is: 'overtaken', why: 'newer-event' } };

  // The margin is for others: the station that held the seat knows that its own session is over. A take-over needs none
  // either, for its write refuses whatever the holder still says.
  const mayTake = isFree(seat, now) || (mine && !live);
  const mayTakeOver = login.policy.takeOver === 'replace' || (login.takeOver && login.policy.takeOver === 'offer');
  if (mayTake || mayTakeOver) return open(login, nextEpoch(now, seat.epoch), unchanged(seat));
  if (!isOpen(seat)) throw new Error('a seat that is not free is open');
  return { verdict: { is: 'taken', holder: seat, retryAfterMs: since(now, freeAt(seat.session.deadlines)) } };
}

function open(login: Login, epoch: Epoch, condition: Condition): Step {
  const { now, policy, station } = login;
  const deadlines = deadlinesOf(policy, station, { openedAt: now, activeAt: now, heardAt: now });
  const due = slotOf(deadlines, policy.sweepMs);
  const session: OpenSession = {
    state: 'open',
    station: station.id,
    onPanel: station.hasPanel,
    openedAt: now,
    activeAt: now,
    heardAt: now,
    loggedOnAt: now,
    deadlines,
    jobs: 0,
    openedBy: login.id,
    due,
  };
  return {
    attempt: { condition, change: { do: 'open', epoch, session, latest: saying(login) } },
    meaning: 'opened',
    arm: due,
  };
}
