/**
 * Arming timers. One is a one-shot for one slot and shard, so that the number of timers grows with minutes times shards,
 * not with sessions.
 */
import { type Meter, type Timer, type Timers, Unavailable } from './ports.ts';

/** A timer only announces: where it cannot be armed, work goes on, a metric counts it, and the backstop makes up for it. */
export async function armOrCount(
  ports: { readonly timers: Timers; readonly meter: Meter },
  timer: Timer,
): Promise<void> {
  try {
    await ports.timers.arm(timer);
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error;
    ports.meter.add('UnarmedSlot', 1);
  }
}
