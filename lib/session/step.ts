/** What to do next for a command: a write, and what it means if it wins; or nothing more, for the verdict is known. */
import type { EpochMs } from '../time.ts';
import type { Verdict } from './commands.ts';
import { endingOf } from './ladder.ts';
import { isEnded, isOpen, nameOf, type Seat } from './seat.ts';
import type { Attempt, Condition } from './write.ts';

export type Step =
  | {
      readonly attempt: Attempt;
      /** The verdict, made from the item as the write left it. */
      readonly verdictOf: (seat: Seat) => Verdict;
      /** A slot that needs its timer for this write. */
      readonly arm?: EpochMs;
    }
  | { readonly verdict: Verdict };

export const say = (verdict: Verdict): Step => ({ verdict });

/** The write leaves a session that goes on. */
export const goesOn =
  (is: 'opened' | 'made-anew' | 'logged-on-anew' | 'renewed' | 'resumed' | 'lingering') =>
  (seat: Seat): Verdict => {
    if (!isOpen(seat)) throw new Error(`a seat that was ${is} is not open`);
    return { is, seat };
  };

export function hasEnded(seat: Seat): Verdict {
  if (!isEnded(seat)) throw new Error('a seat that was ended has no ended session');
  return { is: 'ended', seat };
}

/** The session that is or was on this seat is over. */
export function gone(seat: Seat | undefined, now: EpochMs): Verdict {
  const ended = seat?.session && endingOf(seat.session, now);
  if (seat?.session === undefined || ended === undefined) return { is: 'gone' };
  return { is: 'gone', past: { name: nameOf(seat), session: seat.session, ended } };
}

/** The item is as it was read. */
export const unchanged = ({ epoch, revision }: Seat): Condition => ({ if: 'unchanged', epoch, revision });
