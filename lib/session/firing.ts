/** The instants at which timers fire. */
import { after, type DurationMs, durationMs, type EpochMs, latest, roundUp, SECOND } from '../time.ts';

/**
 * The Scheduler takes no instant in the past, and a request takes a while to arrive: nothing is armed nearer than this.
 */
export const LEAD: DurationMs = durationMs(5_000);

/**
 * When to fire for what is due at `due`: at its slot, or, if that has passed or is too near, at the earliest whole
 * second that is sure to be taken. Slots that are too near share one instant, so that they share one timer too.
 */
export function firingAt(due: EpochMs, now: EpochMs): EpochMs {
  const soonest = after(now, LEAD);
  return due >= soonest ? roundUp(due, SECOND) : roundUp(latest(soonest, due), LEAD);
}
