/** What the decisions have in common: what to do next for a command, and the conditions that most of them use. */
import { assertNever } from '../assert.ts';
import { present } from '../present.ts';
import type { EpochMs } from '../time.ts';
import { dateOf, type Farewell, type SignOfLife, type Verdict } from './commands.ts';
import { rungAt } from './ladder.ts';
import { isEnded, isOpen, type Occupied, type OpenSession, type Seat } from './seat.ts';
import type { Attempt, Condition } from './write.ts';

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
export type Meaning =
  | 'opened'
  | 'made-anew'
  | 'logged-on-anew'
  | 'renewed'
  | 'resumed'
  | 'ended'
  /** It had ended already; now that is recorded. */
  | 'found-ended'
  | 'word-kept';

/** What a won write means to whoever asked. */
export function verdictOf(meaning: Meaning, seat: Seat): Verdict {
  switch (meaning) {
    case 'opened':
    case 'made-anew':
    case 'logged-on-anew':
    case 'renewed':
    case 'resumed':
      if (!isOpen(seat)) throw new Error(`a seat that was ${meaning} is not open`);
      return { is: meaning, seat };
    case 'ended':
      if (!isEnded(seat)) throw new Error('a seat that was ended has no ended session');
      return { is: 'ended', seat };
    case 'found-ended':
      return { is: 'gone', seat };
    case 'word-kept':
      return seat.session?.station === seat.latest.station ? { is: 'gone', seat } : { is: 'nothing-open' };
    default:
      return assertNever(meaning);
  }
}

/** The item is as it was read. */
export const unchanged = ({ epoch, revision }: Seat): Condition => ({ if: 'unchanged', epoch, revision });

/** The session of which this speaks is live. */
export const liveFor = ({ now, epoch }: SignOfLife | Farewell) =>
  ({ if: 'live', now, ...present({ epoch }) }) satisfies Condition;

/** Nothing that its station dates later has been applied. */
export const inOrder = (said: SignOfLife | Farewell) => present({ notAfter: dateOf(said) });

/**
 * The session of which this speaks, which has not ended, though it may have lost its seat; or why there is none. It may
 * also name the session that this one goes on from: its station may have sent it before it knew.
 */
export function addressed(
  said: SignOfLife | Farewell,
  seat: Seat | undefined,
): Occupied<OpenSession> | { verdict: Verdict } {
  const refuse = (verdict: Verdict) => ({ verdict });
  if (seat?.session === undefined) return refuse(said.epoch === undefined ? { is: 'nothing-open' } : { is: 'gone' });
  const goesOn = said.epoch !== undefined && said.epoch === seat.session.madeAnewOf;
  if (said.epoch !== undefined && said.epoch !== seat.epoch && !goesOn) {
    return refuse(said.epoch < seat.epoch ? { is: 'gone' } : { is: 'nothing-open' });
  }
  if (seat.session.station !== said.station.id) {
    return refuse(said.epoch === undefined ? { is: 'nothing-open' } : { is: 'not-yours' });
  }
  return isOpen(seat) && rungAt(seat.session, said.now) !== 'ended' ? seat : refuse({ is: 'gone', seat });
}
