/**
 * The decisions. A command is first carried out as a guess (the seat is free; the session is live), in one conditional
 * write that asks the arithmetic. If the guess was wrong, the write returns what was there, and `decide` says what is
 * right: another attempt, on the condition that nothing has changed since, or a verdict.
 *
 * Pure: no clock, no input or output. Repeats, late comers and lost races are ordinary cases here, not errors.
 */
import { assertNever } from '../assert.ts';
import type { Command } from './commands.ts';
import { decideFarewell, decideOperatorEnd, guessFarewell, guessOperatorEnd } from './farewell.ts';
import { decideLogin, guessLogin } from './login.ts';
import type { Seat } from './seat.ts';
import { decideSignOfLife, guessSignOfLife } from './sign-of-life.ts';
import type { Step } from './step.ts';

/**
 * What to try without having read anything: right whenever the seat is free, or the session live. A verdict only for a
 * login that is late; it stands unless the seat shows that this delivery is a repeat.
 */
export function guess(command: Command): Step {
  switch (command.type) {
    case 'login':
      return guessLogin(command);
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
