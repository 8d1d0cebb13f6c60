/**
 * Slots, shards and the instants at which timers fire. A timer is one one-shot for one slot and shard, so the number of
 * timers grows with minutes times shards, not with sessions.
 */
import { after, type DurationMs, durationMs, type EpochMs, latest, roundUp, SECOND } from '../time.ts';
import { type Meter, type Timer, type Timers, Unavailable } from './ports.ts';
import type { SeatKey } from './session.ts';

/**
 * The Scheduler takes no instant in the past, and a request takes a while to arrive: nothing is armed nearer than this.
 */
export const LEAD: DurationMs = durationMs(5_000);

/**
 * Moving an entry of the index costs three write units, reading it again in the next slot less than a tenth of that:
 * a sweep moves an entry only if it would otherwise read it more often than this for nothing.
 */
export const REREADS_MAX = 10;

export const shardNames = (shards: number): string[] => Array.from({ length: shards }, (_, n) => `s${n}`);

/** The shard of the index in which a seat's deadlines are announced: FNV-1a (32 bit) of its key. */
export function shardOf({ realm, user, seat }: SeatKey, shards: number): string {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(`${realm}#${user}#${seat}`, 'utf8')) {
    hash = Math.imul(hash ^ byte, 0x01000193);
  }
  return `s${(hash >>> 0) % shards}`;
}

/**
 * When to fire for what is due at `due`: at its slot, or, if that has passed or is too near, at the earliest whole
 * second that is sure to be taken. Slots that are too near share one instant, so that they share one timer too.
 */
export function firingAt(due: EpochMs, now: EpochMs): EpochMs {
  const soonest = after(now, LEAD);
  return due >= soonest ? roundUp(due, SECOND) : roundUp(latest(soonest, due), LEAD);
}

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
