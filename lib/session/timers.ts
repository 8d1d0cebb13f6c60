/**
 * Slots, shards and the instants at which timers fire. A timer is one one-shot for one slot and shard, so the number of
 * timers grows with minutes times shards, not with sessions.
 */
import { after, type DurationMs, durationMs, type EpochMs, latest, roundUp, SECOND } from '../time.ts';
import { hash32 } from './hash.ts';
import { isCounted } from './ladder.ts';
import { type Meter, type Timer, type Timers, Unavailable } from './ports.ts';
import type { Rung, SeatKey } from './session.ts';

/**
 * The Scheduler takes no instant in the past, and a request takes a while to arrive: nothing is armed nearer than this.
 */
export const LEAD: DurationMs = durationMs(5_000);

/**
 * Moving an entry of the index costs three write units, thirty times what reading it again in the next slot does:
 * a sweep moves an entry only if it would otherwise read it more often than this for nothing.
 */
export const REREADS_MAX = 20;

const HELD = 's';
const DORMANT = 'd';

const numbered = (name: string, count: number): string[] => Array.from({ length: count }, (_, n) => `${name}${n}`);
/** The shards of the sessions that hold their seats. */
export const heldShards = (shards: number): string[] => numbered(HELD, shards);
/** The shards of those that have lost them and may be made anew. */
export const dormantShards = (shards: number): string[] => numbered(DORMANT, shards);
export const allShards = (shards: number): string[] => [...heldShards(shards), ...dormantShards(shards)];

/** Those in which no session belongs any more, of as many as there may ever have been. */
export const formerShards = (shards: number, ever: number): string[] =>
  [heldShards, dormantShards].flatMap((all) => all(ever).slice(shards));

/**
 * The shard of the index in which a seat's deadlines are announced. Dormant sessions have shards of their own, so that
 * what lists and counts those that hold a seat reads no others.
 */
export const shardOf = ({ realm, user, seat }: SeatKey, shards: number, rung: Rung = 'active'): string =>
  `${isCounted(rung) ? HELD : DORMANT}${hash32(`${realm}#${user}#${seat}`) % shards}`;

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
