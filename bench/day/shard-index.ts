/** The index of deadlines, by shard and slot: what a sweep finds is what is due in its shard, again and again while it lives. */

import { isCounted } from '../../lib/session/ladder.ts';
import type { OpenSession, Seat } from '../../lib/session/seat.ts';
import { shardOf } from '../../lib/session/shards.ts';
import type { Visit } from './plan.ts';

type OpenSeat = Seat & { readonly session: OpenSession };

/** A session that has not ended, with what is to come of it. */
export interface Live {
  seat: OpenSeat;
  readonly visit: Visit;
  /** Of the largest number of shards; of a smaller one, if both are powers of two, it is the rest. */
  readonly shard: number;
  /** In seconds: when its user does the last thing, and when its station says the last. */
  leavesAt: number;
  silentAt: number;
  entry: Entry | undefined;
}

export interface Entry {
  readonly live: Live;
  isGone: boolean;
}

export const shardNumber = (seat: Seat, shards: number): number => Number(shardOf(seat.key, shards).slice(1));

interface ShardEntries {
  readonly bySlot: Map<number, Entry[]>;
  readonly due: Entry[];
}

export interface ShardIndex {
  /** Files a session anew, under the slot and the rung that its seat has now. */
  file(live: Live): void;
  remove(live: Live): void;
  /** Whatever is due in a shard at this instant (milliseconds). */
  due(shard: number, isDormant: boolean, through: number): readonly Entry[];
}

export function shardIndex(count: number): ShardIndex {
  const shards: ShardEntries[] = Array.from({ length: 2 * count }, () => ({ bySlot: new Map(), due: [] }));
  const shardAt = (shard: number, isDormant: boolean): ShardEntries => {
    const found = shards[isDormant ? count + shard : shard];
    if (found === undefined) throw new Error(`there is no shard ${shard}`);
    return found;
  };
  const remove = (live: Live): void => {
    if (live.entry !== undefined) live.entry.isGone = true;
    live.entry = undefined;
  };
  return {
    remove,
    file(live) {
      remove(live);
      const { due, rung } = live.seat.session;
      const { bySlot } = shardAt(live.shard, !isCounted(rung));
      const entry: Entry = { live, isGone: false };
      live.entry = entry;
      const slot = bySlot.get(due);
      if (slot === undefined) bySlot.set(due, [entry]);
      else slot.push(entry);
    },
    due(shard, isDormant, through) {
      const entries = shardAt(shard, isDormant);
      // In place: it is gone through each minute of the day.
      let kept = 0;
      const found = entries.due;
      for (const entry of found) if (!entry.isGone) found[kept++] = entry;
      found.length = kept;
      for (const [slot, filed] of entries.bySlot) {
        if (slot > through) continue;
        for (const entry of filed) if (!entry.isGone) found.push(entry);
        entries.bySlot.delete(slot);
      }
      return found;
    },
  };
}
