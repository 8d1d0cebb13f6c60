/**
 * The table: seats in memory, an index and reads that lag behind, garbage collection, and every write told to whoever
 * watches.
 */
import { ttlOf, ttlWithoutSession } from '../../lib/aws/seat-item.ts';
import { pageOf, sortTextAt } from '../../lib/memory/pages.ts';
import { memorySeats } from '../../lib/memory/seats.ts';
import type { Seats } from '../../lib/service/ports.ts';
import { isOpen, type Occupied, type OpenSession, type Seat, type SeatKey } from '../../lib/session/seat.ts';
import { shardOf } from '../../lib/session/shards.ts';
import type { Attempt } from '../../lib/session/write.ts';
import { TABLE } from '../../lib/table.ts';
import { HOUR, SECOND } from '../../lib/time.ts';
import type { Agenda } from './agenda.ts';
import { type Chance, chance } from './chance.ts';
import type { Invocation } from './invocation.ts';
import { type Plan, REALM } from './plan.ts';

/** A page of the index may hold fewer than were asked for: short ones, so that few sessions fill many. */
const DUE_PAGE = 2;

/** DynamoDB deletes an item some time after its `ttl`, mostly within two days. */
const COLLECTED_WITHIN = 48 * HOUR;

interface Watch {
  /** Whether a write of this seat fails, whatever it is. */
  readonly isPoison: (invocation: Invocation, key: SeatKey) => boolean;
  readonly isStale: () => boolean;
  readonly wrote: (invocation: Invocation, key: SeatKey, attempt: Attempt, old: Seat | undefined, now: Seat) => void;
  readonly collected: (old: Seat) => void;
}

/** An item, with what the index goes by: its shard is that of whoever wrote it, by the number of shards that they knew. */
interface Item {
  readonly seat: Seat;
  readonly shard: string;
  /** Epoch seconds. */
  readonly ttl: number;
}

export const idOf = ({ realm, user, seat }: SeatKey): string => `${realm}#${user}#${seat}`;

export class Table {
  private readonly plan: Plan;
  private readonly agenda: Agenda;
  private readonly watch: Watch;
  private readonly chance: Chance;
  private readonly garbage: Chance;
  /** Each seat's own, so that garbage collection can drop it. */
  private readonly seats = new Map<string, Map<string, Seats>>();
  private readonly items = new Map<string, Item>();
  /** What eventually consistent reads show, and from when they show the newest. */
  private readonly replica = new Map<string, Seat>();
  private readonly shownAt = new Map<string, number>();
  /** The index: by shard, what is open as far as it knows. */
  private readonly index = new Map<string, Map<string, Occupied<OpenSession>>>();

  constructor(plan: Plan, agenda: Agenda, watch: Watch) {
    this.plan = plan;
    this.agenda = agenda;
    this.watch = watch;
    this.chance = chance(plan.seed, 'table');
    this.garbage = chance(plan.seed, 'garbage');
  }

  open(): Seat[] {
    return [...this.items.values()].map(({ seat }) => seat).filter(isOpen);
  }

  image(key: SeatKey): Seat | undefined {
    return this.items.get(idOf(key))?.seat;
  }

  /** The port as a function has it that knows of so many shards. */
  seatsFor(invocation: Invocation, shards: number): Seats {
    return {
      write: async (key, attempt) => {
        if (this.watch.isPoison(invocation, key)) throw new Error('poison');
        const old = this.image(key);
        const seat = this.seatOf(key) ?? memorySeats({ shards });
        const written = await seat.write(key, attempt);
        if (written.won) {
          this.seats.set(key.user, this.seatsOf(key.user).set(key.seat, seat));
          invocation.won.push({ key, old, now: written.seat });
          this.replicate(this.itemOf(key, attempt, written.seat, shards));
          this.watch.wrote(invocation, key, attempt, old, written.seat);
        }
        return written;
      },
      read: async (key) => this.seatOf(key)?.read(key),
      ofUser: async (realm, user, query) => {
        const seats = await Promise.all(
          [...this.seatsOf(user).values()].map((seat) => seat.ofUser(realm, user, { limit: 1 })),
        );
        return pageOf(
          seats.flatMap(({ items }) => items),
          ({ key }) => sortTextAt(0, key.seat),
          query,
        );
      },
      readMany: async (keys) => keys.flatMap((key) => structuredClone(this.replica.get(idOf(key))) ?? []),
      due: async (shard, { through, limit, cursor }) => {
        const due = [...this.indexOf(shard).values()]
          .filter(({ session }) => session.due <= through)
          .map(({ key, session }) => ({ key, due: session.due }));
        const most = this.plan.fleet?.duePage ?? DUE_PAGE;
        const query = { limit: Math.min(limit, most), ...(cursor === undefined ? {} : { cursor }) };
        return pageOf(due, ({ key, due }) => sortTextAt(due, idOf(key)), query);
      },
      countOpen: async (shard) => new Map([[REALM, this.indexOf(shard).size]]),
    };
  }

  private seatsOf(user: string): Map<string, Seats> {
    return this.seats.get(user) ?? new Map();
  }

  private seatOf({ user, seat }: SeatKey): Seats | undefined {
    return this.seats.get(user)?.get(seat);
  }

  private indexOf(shard: string): Map<string, Occupied<OpenSession>> {
    const known = this.index.get(shard);
    if (known !== undefined) return known;
    const added = new Map<string, Occupied<OpenSession>>();
    this.index.set(shard, added);
    return added;
  }

  /** Only what opens a session and a sweep say anew in which shard it is, and only what opens says how long it is kept. */
  private itemOf(key: SeatKey, { condition, change }: Attempt, seat: Seat, shards: number): Item {
    const { shard = '', ttl = 0 } = this.items.get(idOf(key)) ?? {};
    switch (change.do) {
      case 'open':
        return { seat, shard: shardOf(key, shards), ttl: secondsOf(ttlOf(change.session)) };
      case 'descend':
      case 'postpone':
        return { seat, shard: shardOf(key, shards, change.rung), ttl };
      case 'keep-word': {
        const isThere = condition.if === 'unchanged' && condition.epoch === change.epoch;
        return { seat, shard, ttl: isThere ? ttl : secondsOf(ttlWithoutSession(change.epoch)) };
      }
      default:
        return { seat, shard, ttl };
    }
  }

  private replicate(item: Item): void {
    const { seat } = item;
    const id = idOf(seat.key);
    const before = this.items.get(id);
    this.items.set(id, item);
    if (before?.ttl !== item.ttl) this.collectLater(id, item.ttl);
    const lag = this.watch.isStale() ? this.chance.int(0, 10_000) : this.chance.skewed(0, 100);
    const shown = Math.max(this.agenda.now + lag, this.shownAt.get(id) ?? 0);
    this.shownAt.set(id, shown);
    this.agenda.at(shown, () => {
      const there = this.replica.get(id);
      if (!this.items.has(id) || (there !== undefined && !isNewer(seat, there))) return;
      this.replica.set(id, seat);
      for (const entries of this.index.values()) entries.delete(id);
      if (isOpen(seat)) this.indexOf(item.shard).set(id, seat);
    });
  }

  private collectLater(id: string, ttl: number): void {
    if (this.plan.fleet === undefined) return;
    this.agenda.at(ttl * SECOND + this.garbage.int(0, COLLECTED_WITHIN), () => {
      const item = this.items.get(id);
      if (item === undefined || item.ttl !== ttl) return;
      this.items.delete(id);
      this.seats.get(item.seat.key.user)?.delete(item.seat.key.seat);
      this.replica.delete(id);
      this.shownAt.delete(id);
      for (const entries of this.index.values()) entries.delete(id);
      this.watch.collected(item.seat);
    });
  }
}

const secondsOf = (item: ReturnType<typeof ttlOf>): number => Number(item[TABLE.ttl]?.N);

const isNewer = (one: Seat, other: Seat): boolean =>
  one.epoch > other.epoch || (one.epoch === other.epoch && one.revision > other.revision);
