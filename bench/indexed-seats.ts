/** Seats in memory for a great many: what `meets` and `apply` say, with an index, and no copies. What has ended is gone. */
import type { DueSeat, Page, Seats, Written } from '../lib/service/ports.ts';
import { countByRealm, isOpen, type Seat, type SeatKey } from '../lib/session/seat.ts';
import { shardOf } from '../lib/session/shards.ts';
import { type Attempt, apply, meets } from '../lib/session/write.ts';
import type { EpochMs } from '../lib/time.ts';

/** @param written how long a write takes */
export function indexedSeats(shards: number, written: () => Promise<void>): Seats {
  const seats = new Map<string, Seat>();
  /** By shard and by slot. */
  const index = new Map<string, Map<EpochMs, Map<string, DueSeat>>>();

  return { write, read, readMany, ofUser, due, countOpen };

  async function write(key: SeatKey, { condition, change }: Attempt): Promise<Written> {
    await written();
    const id = idOf(key);
    const old = seats.get(id);
    if (!meets(condition, old)) return { won: false, seat: old };
    const seat = apply(change, key, old);
    for (const { from, to } of [
      { from: old, to: undefined },
      { from: undefined, to: seat },
    ]) {
      if (isOpen(from)) entriesOf(from)?.delete(id);
      if (isOpen(to)) entriesOf(to)?.set(id, { key, due: to.session.due });
    }
    if (isOpen(seat)) seats.set(id, seat);
    else seats.delete(id);
    return { won: true, seat };
  }

  function entriesOf({ key, session }: Seat) {
    if (session?.state !== 'open') return undefined;
    const shard = shardOf(key, shards, session.rung);
    const slots = index.get(shard) ?? new Map<EpochMs, Map<string, DueSeat>>();
    index.set(shard, slots);
    const entries = slots.get(session.due) ?? new Map<string, DueSeat>();
    slots.set(session.due, entries);
    return entries;
  }

  async function read(key: SeatKey): Promise<Seat | undefined> {
    await written();
    return seats.get(idOf(key));
  }

  async function readMany(keys: readonly SeatKey[]): Promise<Seat[]> {
    await written();
    return keys.flatMap((key) => seats.get(idOf(key)) ?? []);
  }

  async function ofUser(): Promise<Page<Seat>> {
    throw new Error('nobody here has several seats');
  }

  /** All of them at once. */
  async function due(shard: string, { through }: { through: EpochMs }): Promise<Page<DueSeat>> {
    await written();
    const slots = index.get(shard) ?? new Map<EpochMs, Map<string, DueSeat>>();
    const items: DueSeat[] = [];
    for (const [slot, entries] of slots) {
      if (slot <= through) items.push(...entries.values());
      if (entries.size === 0) slots.delete(slot);
    }
    return { items };
  }

  async function countOpen(shard: string): Promise<ReadonlyMap<string, number>> {
    await written();
    const keys = [...(index.get(shard)?.values() ?? [])].flatMap((entries) => [...entries.values()]);
    return countByRealm(keys.map(({ key }) => key));
  }
}

const idOf = ({ realm, user, seat }: SeatKey): string => `${realm}#${user}#${seat}`;
