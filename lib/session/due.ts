/** What a sweep does about one seat that it found due. */
import { before, type DurationMs, type EpochMs, NEVER, since } from '../time.ts';
import { aheadOf, CLOCK_MARGIN, descentOf, endingByPolicy, rungAt, slotAt } from './ladder.ts';
import { isOpen, type OpenSession, type Rung, type Seat } from './seat.ts';
import { unchanged } from './step.ts';
import type { Attempt } from './write.ts';

/**
 * Moving an entry of the index costs three write units, thirty times what reading it again in the next slot does:
 * a sweep moves an entry only if it would otherwise read it more often than this for nothing.
 */
export const REREADS_MAX = 20;

export type Swept =
  | { readonly is: 'over'; readonly attempt: Attempt }
  /** It stands on a lower rung than was announced; its next slot needs a timer. */
  | { readonly is: 'lower'; readonly attempt: Attempt; readonly rung: OpenSession['rung']; readonly arm: EpochMs }
  /** Where it was, but the index should name another slot, far away, or another shard; it needs a timer. */
  | { readonly is: 'far'; readonly attempt: Attempt; readonly arm: EpochMs }
  /** Where it was: its slot needs a timer. */
  | { readonly is: 'near'; readonly arm: EpochMs }
  /** Ended, or never opened: what the index showed was old. */
  | { readonly is: 'settled' };

/** Another sweep, whose clock is ahead, may have announced more: a session comes down, never up. */
const isBelow = (rung: Rung, { rung: announced, deadlines }: OpenSession): boolean => {
  const order: readonly Rung[] = descentOf(deadlines).map((step) => step.rung);
  return order.indexOf(rung) > order.indexOf(announced);
};

/**
 * A sweep is one of the others for whom the margin is: it announces nothing before it has happened by every clock.
 *
 * @param isMisfiled whether the index has it in a shard where it would not be put today
 */
export function decideSweep(seat: Seat | undefined, now: EpochMs, sweepMs: DurationMs, isMisfiled = false): Swept {
  if (!isOpen(seat)) return { is: 'settled' };
  const { session } = seat;
  const condition = unchanged(seat);
  const passed = before(now, CLOCK_MARGIN);
  const rung = rungAt(session, passed);
  if (rung === 'ended') {
    return { is: 'over', attempt: { condition, change: { do: 'end', ended: endingByPolicy(session.deadlines) } } };
  }
  const due = slotAt(aheadOf(session.deadlines, passed)[0]?.at ?? NEVER, sweepMs);
  if (rung !== 'active' && isBelow(rung, session)) {
    return { is: 'lower', attempt: { condition, change: { do: 'descend', rung, due } }, rung, arm: due };
  }
  const isNear = since(now, due) <= REREADS_MAX * sweepMs || due <= session.due;
  if (isNear && !isMisfiled) return { is: 'near', arm: due };
  return { is: 'far', attempt: { condition, change: { do: 'postpone', rung: session.rung, due } }, arm: due };
}
