/**
 * The decisions. A command is first carried out as a guess (the seat is free; the session is live), in one conditional
 * write that asks the arithmetic. If the guess was wrong, the write returns what was there, and `decide` says what is
 * right: another attempt, on the condition that nothing has changed since, or a verdict.
 *
 * Pure: no clock, no input or output. Repeats, late comers and lost races are ordinary cases here, not errors.
 */
import { assertNever } from '../assert.ts';
import { after, type DurationMs, type EpochMs, latest, NEVER, since } from '../time.ts';
import { type Attempt, type Change, type Condition, isFree, isLive, isOvertaken, movedDeadlines } from './attempt.ts';
import {
  type Command,
  type Farewell,
  type Login,
  type OperatorEnd,
  type SignOfLife,
  saying,
  type Verdict,
} from './commands.ts';
import { deadlinesOf, endOf, firstDeadline, freeAt, slotOf } from './ladder.ts';
import {
  type EndedSession,
  type Ending,
  isEnded,
  isOpen,
  nextEpoch,
  type Occupied,
  type OpenSession,
  type Seat,
} from './session.ts';
import { REREADS_MAX } from './timers.ts';

/** The next thing to do for a command: a write, and what it means if it wins; or nothing more. */
export type Step =
  | {
      readonly attempt: Attempt;
      readonly meaning: Meaning;
      /** A slot that needs its timer for this write. */
      readonly arm?: EpochMs;
    }
  | { readonly verdict: Verdict };

/** What a won write means. The verdict is made from the item as the write left it. */
export type Meaning = 'opened' | 'renewed' | 'ended' | 'remembered';

/** Its own first deadline passed before it arrived: whatever it opened would bring back what is over. */
const isLate = (login: Login): boolean =>
  login.occurredAt !== undefined && firstDeadline(login.policy, login.station, login.occurredAt) <= login.now;

/**
 * What to try without having read anything: right whenever the seat is free, or the session live. A verdict only for a
 * login that is late; it stands unless the seat shows that this delivery is a repeat.
 */
export function guess(command: Command): Step {
  switch (command.type) {
    case 'login':
      if (isLate(command)) return { verdict: { is: 'overtaken', why: 'late' } };
      return open(command, command.epoch, {
        if: 'free',
        now: command.now,
        epoch: command.epoch,
        login: saying(command),
      });
    case 'ping':
    case 'activity':
    case 'job-started':
    case 'job-ended':
      return guessSignOfLife(command);
    case 'farewell':
      return end(command, {
        ...liveFor(command),
        ...inOrder(command),
        station: command.station.id,
        ...(command.epoch === undefined ? { unlessPreviousId: command.id } : {}),
      });
    case 'operator-end':
      return end(command, { if: 'live', now: command.now, epoch: command.epoch });
    default:
      return assertNever(command);
  }
}

/** What is right, given what is there. */
export function decide(command: Command, seat: Seat | undefined): Step {
  switch (command.type) {
    case 'login':
      return decideLogin(command, seat);
    case 'ping':
    case 'activity':
    case 'job-started':
    case 'job-ended':
      return decideSignOfLife(command, seat);
    case 'farewell':
      return decideFarewell(command, seat);
    case 'operator-end':
      return decideOperatorEnd(command, seat);
    default:
      return assertNever(command);
  }
}

/** What a won write means to whoever asked. */
export function verdictOf(meaning: Meaning, seat: Seat): Verdict {
  switch (meaning) {
    case 'opened':
    case 'renewed':
      if (!isOpen(seat)) throw new Error(`a seat that was ${meaning} is not open`);
      return { is: meaning, seat };
    case 'ended':
      if (!isEnded(seat)) throw new Error('a seat that was ended has no ended session');
      return { is: 'ended', seat };
    case 'remembered':
      return seat.session?.station === seat.latest.station ? { is: 'gone', seat } : { is: 'nothing-open' };
    default:
      return assertNever(meaning);
  }
}

// --- login

/** In this order: a repeat of what the seat knows; mine already; from the past; free, or taken over; taken. */
function decideLogin(login: Login, seat: Seat | undefined): Step {
  const { now, station } = login;
  const late: Step = { verdict: { is: 'overtaken', why: 'late' } };
  if (seat === undefined) return isLate(login) ? late : open(login, login.epoch, { if: 'absent' });

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
    return isLate(login) ? late : renew(login, seat);
  }
  if (isLate(login)) return late;
  if (isOvertaken(seat, saying(login))) return { verdict: { is: 'overtaken', why: 'newer-event' } };

  // The margin is for others: the station that held the seat knows that its own session is over. A take-over needs none
  // either, for its write refuses whatever the holder still says.
  const mayTake = isFree(seat, now) || (mine && !live);
  const mayTakeOver = login.policy.takeOver === 'replace' || (login.takeOver && login.policy.takeOver === 'offer');
  if (mayTake || mayTakeOver) return open(login, nextEpoch(now, seat.epoch), unchanged(seat));
  if (!isOpen(seat)) throw new Error('a seat that is not free is open');
  return { verdict: { is: 'taken', holder: seat, retryAfterMs: since(now, freeAt(seat.session.deadlines)) } };
}

function open(login: Login, epoch: number, condition: Condition): Step {
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

// --- signs of life

function guessSignOfLife(said: SignOfLife): Step {
  const jobs = said.type === 'job-started' ? 0 : said.type === 'job-ended' ? 1 : undefined;
  const moves = movesOf(said, jobs ?? 0);
  const condition: Condition = {
    ...liveFor(said),
    ...(said.type === 'ping' ? {} : { ...inOrder(said), unlessId: said.id }),
    station: said.station.id,
    heardAtMost: said.now,
    // Where a job or an older policy had put the sweep off for longer, it must be called back: read, then decide.
    dueAtMost: slotOf({ leaseAt: moves.leaseAt, maximumAt: NEVER, ...defined(moves.idleAt) }, said.policy.sweepMs),
    ...(jobs === undefined ? {} : { jobs }),
  };
  const news = said.type === 'ping' ? {} : { latest: saying(said) };
  return { attempt: { condition, change: { do: 'renew', ...moves, ...news } }, meaning: 'renewed' };
}

const defined = (idleAt: EpochMs | null | undefined) => (idleAt === null || idleAt === undefined ? {} : { idleAt });

type Moves = Omit<Extract<Change, { do: 'renew' }>, 'do' | 'latest' | 'due'>;

/** What a sign of life moves. A ping says that the station lives; anything else says that the user does too. */
function movesOf(
  { type, now, policy, station }: Pick<SignOfLife | Login, 'type' | 'now' | 'policy' | 'station'>,
  jobs: number,
): Moves {
  const { idleAt, leaseAt } = deadlinesOf(policy, station, { openedAt: now, activeAt: now, heardAt: now });
  const alive = { heardAt: now, leaseAt };
  const active = { ...alive, activeAt: now, idleAt: idleAt ?? null };
  switch (type) {
    case 'ping':
      return alive;
    case 'login':
    case 'activity':
      return active;
    case 'job-started':
      return { ...active, jobs: jobs + 1, jobAt: after(now, policy.jobMs) };
    case 'job-ended':
      return jobs > 1 ? { ...active, jobs: jobs - 1 } : { ...active, jobs: 0, jobAt: null };
    default:
      return assertNever(type);
  }
}

function decideSignOfLife(said: SignOfLife, seat: Seat | undefined): Step {
  const there = addressed(said, seat);
  if ('verdict' in there) return there;
  if (there.latest.id === said.id) return { verdict: { is: 'repeated', seat: there } };
  return renew(said, there);
}

/** Renews what was read, and sees that a sweep looks no later than the slot of the new end. */
function renew(said: SignOfLife | Login, seat: Occupied<OpenSession>): Step {
  const { session } = seat;
  const { occurredAt: _, ...undated } = saying(said);
  const outOfOrder = isOvertaken(seat, saying(said));
  // Out of order it is no news of a job, but it has just been heard all the same.
  const type = outOfOrder && said.type !== 'ping' ? 'activity' : said.type;
  // Something later may have been heard meanwhile: no deadline moves back.
  const now = latest(said.now, session.heardAt);
  // Past the cap of the newest job no job runs any more, whether or not its end was ever heard.
  const running = session.deadlines.jobAt !== undefined && now < session.deadlines.jobAt ? session.jobs : 0;
  const news = type === 'ping' ? {} : { latest: outOfOrder ? undated : saying(said) };
  const change: Change = { do: 'renew', ...movesOf({ ...said, type, now }, running), ...news };
  const condition = unchanged(seat);
  const slot = slotOf(movedDeadlines(session.deadlines, change), said.policy.sweepMs);
  if (slot >= session.due) return { attempt: { condition, change }, meaning: 'renewed' };
  return { attempt: { condition, change: { ...change, due: slot } }, meaning: 'renewed', arm: slot };
}

/** The live session of which this speaks, or why there is none. */
function addressed(said: SignOfLife | Farewell, seat: Seat | undefined): Occupied<OpenSession> | { verdict: Verdict } {
  const refuse = (verdict: Verdict) => ({ verdict });
  if (seat?.session === undefined) return refuse(said.epoch === undefined ? { is: 'nothing-open' } : { is: 'gone' });
  if (said.epoch !== undefined && said.epoch !== seat.epoch) {
    return refuse(said.epoch < seat.epoch ? { is: 'gone' } : { is: 'nothing-open' });
  }
  if (seat.session.station !== said.station.id) {
    return refuse(said.epoch === undefined ? { is: 'nothing-open' } : { is: 'not-yours' });
  }
  return isLive(seat, said.now) ? seat : refuse({ is: 'gone', seat });
}

// --- farewells

function decideFarewell(farewell: Farewell, seat: Seat | undefined): Step {
  const there = addressed(farewell, seat);
  if (!('verdict' in there)) {
    const isStale = isOvertaken(there, saying(farewell)) || endedTheLast(farewell, there);
    return isStale ? { verdict: { is: 'stale' } } : end(farewell, unchanged(there));
  }
  if (isEnded(seat) && isMyFarewell(farewell, seat)) return { verdict: { is: 'ended', seat } };
  if (mayHaveOvertaken(farewell, seat)) return remember(farewell, seat);
  return there.verdict.is === 'gone' && there.verdict.seat === undefined ? { verdict: { is: 'stale' } } : there;
}

/** A repeat of what ended the session before this one. One that names its session is told by that. */
const endedTheLast = ({ epoch, id }: Farewell, seat: Seat): boolean =>
  epoch === undefined && seat.previousLatestId === id;

const isMyFarewell = ({ id, reason, station }: Farewell, { latest, session }: Occupied<EndedSession>): boolean =>
  latest.id === id && session.station === station.id && session.ended.reason === reason;

/** A logout that names no session may have overtaken its login: where nobody sits, what its station said is kept. */
const mayHaveOvertaken = (farewell: Farewell, seat: Seat | undefined): boolean =>
  farewell.epoch === undefined &&
  farewell.occurredAt !== undefined &&
  (seat === undefined ||
    (!isLive(seat, farewell.now) && seat.latest.id !== farewell.id && !isOvertaken(seat, saying(farewell))));

function remember(farewell: Farewell, seat: Seat | undefined): Step {
  // A session that has ended goes on being known by its epoch.
  const epoch = seat?.session === undefined ? nextEpoch(farewell.now, seat?.epoch) : seat.epoch;
  return {
    attempt: {
      condition: seat === undefined ? { if: 'absent' } : unchanged(seat),
      change: { do: 'remember', epoch, latest: saying(farewell) },
    },
    meaning: 'remembered',
  };
}

function decideOperatorEnd(command: OperatorEnd, seat: Seat | undefined): Step {
  if (seat?.session === undefined || seat.epoch < command.epoch) return { verdict: { is: 'nothing-open' } };
  if (seat.epoch > command.epoch) return { verdict: { is: 'gone' } };
  if (isLive(seat, command.now)) return end(command, unchanged(seat));
  return {
    verdict: isEnded(seat) && isMyEnd(command, seat.session.ended) ? { is: 'ended', seat } : { is: 'gone', seat },
  };
}

/** A write that happened although it reported an error, met again. */
const isMyEnd = (command: OperatorEnd, ended: Ending): boolean =>
  ended.at === command.now && ended.by === `operator:${command.principal}`;

function end(command: Farewell | OperatorEnd, condition: Condition): Step {
  const ended: Ending =
    command.type === 'farewell'
      ? { at: command.now, reason: command.reason, by: `station:${command.station.id}` }
      : {
          at: command.now,
          reason: 'operator',
          by: `operator:${command.principal}`,
          ...(command.note === undefined ? {} : { note: command.note }),
        };
  const latest = command.type === 'farewell' ? { latest: saying(command) } : {};
  return { attempt: { condition, change: { do: 'end', ended, ...latest } }, meaning: 'ended' };
}

// --- sweep

/** What a sweep does about one seat that it found due. */
export type Swept =
  | { readonly is: 'over'; readonly attempt: Attempt }
  /** Alive, and its slot far away: the index should name it, and it needs a timer. */
  | { readonly is: 'far'; readonly attempt: Attempt; readonly arm: EpochMs }
  /** Alive: its slot needs a timer. */
  | { readonly is: 'near'; readonly arm: EpochMs }
  /** Ended, or never opened: what the index showed was old. */
  | { readonly is: 'settled' };

/** A sweep is one of the others for whom the margin is: it ends nothing before the seat is free. */
export function decideSweep(seat: Seat | undefined, now: EpochMs, sweepMs: DurationMs): Swept {
  if (!isOpen(seat)) return { is: 'settled' };
  const condition = unchanged(seat);
  if (isFree(seat, now)) {
    const ended: Ending = { ...endOf(seat.session.deadlines), by: 'policy' };
    return { is: 'over', attempt: { condition, change: { do: 'end', ended } } };
  }
  const due = slotOf(seat.session.deadlines, sweepMs);
  if (since(now, due) <= REREADS_MAX * sweepMs || due <= seat.session.due) return { is: 'near', arm: due };
  return { is: 'far', attempt: { condition, change: { do: 'postpone', due } }, arm: due };
}

// --- conditions

const unchanged = ({ epoch, revision }: Seat): Condition => ({ if: 'unchanged', epoch, revision });

const liveFor = ({ now, epoch }: SignOfLife | Farewell) =>
  ({ if: 'live', now, ...(epoch === undefined ? {} : { epoch }) }) satisfies Condition;

const inOrder = ({ occurredAt }: SignOfLife | Farewell) => (occurredAt === undefined ? {} : { notAfter: occurredAt });
