/**
 * The decisions, as tables: how a word stands (has it been heard, is it in order?) by how the session stands that it is
 * about. Every cell is filled; what a cell's name means is said below the tables.
 *
 * A command is first carried out as a guess (the seat is free; the session is live), in one conditional write that asks
 * the same questions. If the guess was wrong, the write returns what was there, and `decide` says what is right: another
 * attempt, on the condition that nothing has changed since, or a verdict.
 *
 * Pure: no clock, no input or output. Repeats, late comers and lost races are ordinary cases here, not errors.
 */
import { assertNever } from '../assert.ts';
import { type About, aboutOf } from './about.ts';
import type { Command, Farewell, Login, OperatorEnd, SignOfLife } from './commands.ts';
import {
  endOn,
  guessFarewell,
  guessOperatorEnd,
  keepWord,
  operatorEndOn,
  recordEnd,
  tellEnded,
  tellOperator,
} from './farewell.ts';
import { rungAt } from './ladder.ts';
import { goOn, LATE, loginStanding, OVERTAKEN, type Room, roomFor, takeOverOrRefuse, tellRepeat } from './login.ts';
import { isLate, openingAnew, openingIfFree, openingOn } from './opening.ts';
import { isOpen, type Occupied, type OpenSession, type Seat, type SeatKey } from './seat.ts';
import { guessSignOfLife, renew, showsUser } from './sign-of-life.ts';
import { gone, type Step, say } from './step.ts';
import { type Standing, standing } from './word.ts';
import { wasPingedSince } from './write.ts';

type Table<Row extends string, Column extends string, Deed> = Readonly<Record<Row, Readonly<Record<Column, Deed>>>>;

/** Nobody is told of a session that is not theirs. */
const NOT_HERE = { nothing: 'nothing-open', replaced: 'gone', theirs: 'not-yours' } as const;
const OVER = { over: 'tell-end', ended: 'tell-end' } as const;

type SignDeed = 'nothing-open' | 'gone' | 'not-yours' | 'renew' | 'come-back' | 'tell' | 'repeated' | 'tell-end';

// biome-ignore format: a table
const SIGNS_OF_LIFE: Table<Standing | 'ping', About, SignDeed> = {
  news:      { ...NOT_HERE, active: 'renew',    lingering: 'renew',    dormant: 'come-back', ...OVER },
  repeat:    { ...NOT_HERE, active: 'repeated', lingering: 'repeated', dormant: 'tell',      ...OVER },
  overtaken: { ...NOT_HERE, active: 'renew',    lingering: 'tell',     dormant: 'tell',      ...OVER },
  ping:      { ...NOT_HERE, active: 'renew',    lingering: 'tell',     dormant: 'tell',      ...OVER },
};

type FarewellDeed = 'nothing-open' | 'stale' | 'not-yours' | 'end' | 'keep-word' | 'record-end' | 'tell-ended';

// biome-ignore format: a table
const FAREWELLS: Table<Standing | 'exact', About, FarewellDeed> = {
  /** It says which session it means: that one it ends, however late it comes. */
  exact:     { nothing: 'nothing-open', replaced: 'stale', theirs: 'not-yours',
               active: 'end',   lingering: 'end',   dormant: 'end',   over: 'record-end', ended: 'tell-ended' },
  news:      { nothing: 'keep-word',    replaced: 'stale', theirs: 'not-yours',
               active: 'end',   lingering: 'end',   dormant: 'end',   over: 'record-end', ended: 'keep-word' },
  repeat:    { nothing: 'nothing-open', replaced: 'stale', theirs: 'not-yours',
               active: 'stale', lingering: 'stale', dormant: 'stale', over: 'record-end', ended: 'tell-ended' },
  overtaken: { nothing: 'nothing-open', replaced: 'stale', theirs: 'not-yours',
               active: 'stale', lingering: 'stale', dormant: 'stale', over: 'record-end', ended: 'tell-ended' },
};

type LoginDeed = 'open' | 'go-on' | 'take-over-or-refuse' | 'late' | 'overtaken' | 'tell-repeat' | 'repeated';

// biome-ignore format: a table
const LOGINS: Table<Standing | 'late', Room, LoginDeed> = {
  news:      { free: 'open',        mine: 'go-on',       held: 'take-over-or-refuse' },
  repeat:    { free: 'tell-repeat', mine: 'tell-repeat', held: 'tell-repeat' },
  overtaken: { free: 'overtaken',   mine: 'repeated',    held: 'overtaken' },
  late:      { free: 'late',        mine: 'late',        held: 'late' },
};

/**
 * What to try without having read anything: right whenever the seat is free, or the session live. `undefined` where only
 * a look can tell.
 */
export function guess(command: Command, key: SeatKey): Step | undefined {
  switch (command.type) {
    case 'login':
      return isLate(command) ? undefined : openingIfFree(command, key);
    case 'ping':
    case 'activity':
    case 'job-started':
    case 'job-ended':
      return guessSignOfLife(command);
    case 'farewell':
      return guessFarewell(command);
    case 'operator-end':
      return guessOperatorEnd(command);
    default:
      return assertNever(command);
  }
}

/** What is right, given what is there. */
export function decide(command: Command, key: SeatKey, seat: Seat | undefined): Step {
  switch (command.type) {
    case 'login':
      return decideLogin(command, key, seat);
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

function decideSignOfLife(said: SignOfLife, seat: Seat | undefined): Step {
  const deed = SIGNS_OF_LIFE[signStanding(said, seat)][aboutOf(said, seat)];
  switch (deed) {
    case 'nothing-open':
    case 'not-yours':
    case 'gone':
      return say({ is: deed });
    case 'tell-end':
      return say(gone(seat, said.now));
    case 'renew':
      return renew(said, open(seat));
    case 'repeated':
      return say({ is: 'repeated', seat: open(seat) });
    case 'tell':
      return tellWhereItStands(said, open(seat));
    case 'come-back':
      return comeBack(said, open(seat));
    default:
      return assertNever(deed);
  }
}

/** A signature is good once: what it signs is a repeat of itself when something newer has been heard. */
function signStanding({ type, word }: SignOfLife, seat: Seat | undefined): Standing | 'ping' {
  if (type === 'ping') {
    const isReplay =
      word.signedAt !== undefined && seat?.session !== undefined && wasPingedSince(seat.session, word.signedAt);
    return isReplay ? 'repeat' : 'ping';
  }
  const is = standing(word, seat?.heard);
  return is === 'overtaken' && word.signedAt !== undefined ? 'repeat' : is;
}

/** Nothing is done: it lingers, or has lost its seat, and this says nothing of its user. */
function tellWhereItStands({ now }: SignOfLife, seat: Occupied<OpenSession>): Step {
  return say({ is: rungAt(seat.session, now) === 'lingering' ? 'lingering' : 'invalidated', seat });
}

/** Its user is there again. A job that ends ran without them; what was long under way says only where they were. */
function comeBack(said: SignOfLife, seat: Occupied<OpenSession>): Step {
  if (said.type === 'job-ended' || isLate(said) || !showsUser(said, seat)) return tellWhereItStands(said, seat);
  return openingAnew(said, seat, rungAt(seat.session, said.now) === 'failover' ? 'made-anew' : 'logged-on-anew');
}

function decideFarewell(farewell: Farewell, seat: Seat | undefined): Step {
  const row = farewell.of === undefined ? standing(farewell.word, seat?.heard) : 'exact';
  const deed = FAREWELLS[row][aboutOf(farewell, seat)];
  switch (deed) {
    case 'nothing-open':
    case 'stale':
    case 'not-yours':
      return say({ is: deed });
    case 'end':
      return endOn(farewell, open(seat));
    case 'keep-word':
      return keepWord(farewell, seat);
    case 'tell-ended':
      return seat === undefined ? say({ is: 'nothing-open' }) : tellEnded(farewell, seat);
    case 'record-end':
      return recordEnd(
        { now: farewell.now, ...(row === 'news' && farewell.word.at !== undefined ? { farewell } : {}) },
        open(seat),
      );
    default:
      return assertNever(deed);
  }
}

function decideLogin(login: Login, key: SeatKey, seat: Seat | undefined): Step {
  const deed = LOGINS[loginStanding(login, seat)][roomFor(login, seat)];
  switch (deed) {
    case 'open':
      return openingOn(login, key, seat);
    case 'late':
      return say(LATE);
    case 'overtaken':
      return say(OVERTAKEN);
    case 'go-on':
      return goOn(login, there(seat));
    case 'repeated':
      return say({ is: 'repeated', seat: open(seat) });
    case 'tell-repeat':
      return tellRepeat(login, there(seat));
    case 'take-over-or-refuse':
      return takeOverOrRefuse(login, [there(seat)]);
    default:
      return assertNever(deed);
  }
}

function decideOperatorEnd(command: OperatorEnd, seat: Seat | undefined): Step {
  if (seat?.session === undefined || seat.epoch < command.epoch) return say({ is: 'nothing-open' });
  if (seat.epoch > command.epoch) return say({ is: 'gone' });
  if (!isOpen(seat)) return tellOperator(command, seat);
  return rungAt(seat.session, command.now) === 'ended' ? recordEnd(command, seat) : operatorEndOn(command, seat);
}

/** The tables let only those through that are so. */
function open(seat: Seat | undefined): Occupied<OpenSession> {
  if (!isOpen(seat)) throw new Error('the table of decisions took a session for open that is not');
  return seat;
}

function there(seat: Seat | undefined): Seat {
  if (seat === undefined) throw new Error('the table of decisions took a seat for used that has no item');
  return seat;
}
