/** What a sweep does about one seat that it found due. */
import { type DurationMs, type EpochMs, since } from '../time.ts';
import { type Attempt, isFree } from './attempt.ts';
import { endOf, slotOf } from './ladder.ts';
import { type Ending, isOpen, type Seat } from './session.ts';
import { unchanged } from './step.ts';
import { REREADS_MAX } from './timers.ts';

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
