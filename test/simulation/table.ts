/**
 * The table: what `meets` and `apply` say, over a map; writes that are done once however often they are sent; an index and
 * reads that lag behind, garbage collection, and every write told to whoever watches.
 */
import { ttlOf, ttlWithoutSession } from '../../lib/aws/seat-item.ts';
import { pageOf, sortTextAt } from '../../lib/memory/pages.ts';
import type { Seats } from '../../lib/service/ports.ts';
import {
  countByRealm,
  isOpen,
  type Occupied,
  type OpenSession,
  type Seat,
  type SeatKey,
} from '../../lib/session/seat.ts';
import { shardOf } from '../../lib/session/shards.ts';
import { type Attempt, apply, meets } from '../../lib/session/write.ts';
import { TABLE } from '../../lib/table.ts';
import { HOUR, SECOND } from '../../lib/time.ts';
import type { Agenda } from './agenda.ts';
import { type Chance, chance } from './chance.ts';
import type { Invocation, Sent } from './invocation.ts';
import type { Plan } from './plan.ts';

/** A page of the index may hold fewer than were asked for: short ones, so that few sessions fill many. */
const DUE_PAGE = 2;

/** DynamoDB deletes an item some time after its `ttl`, mostly within two days. */
const COLLECTED_WITHIN = 48 * HOUR;

interface Watch {
  /** Whether a write of this seat fails, whatever it is. */
  readonly isPoison: (invocation: Invocation, key: SeatKey) => boolean;
  readonly isStale: () => boolean;
  readonly wrote: (
    invocation: Invocation,
    sent: Sent,
    key: SeatKey,
    attempt: Attempt,
    old: Seat | undefined,
    now: Seat,
  ) => void;
  readonly collected: (old: Seat) => void;
}

/** An item, with what the index goes by: its shard is that of whoever wrote it, by the number of shards that they knew. */
interface Item {
  readonly seat: Seat;
  readonly shard: string;
  /** Epoch seconds. */
  readonly ttl: number;
  /** Of its last write (lib/aws/once.ts). */
  readonly token: number;
}

export const idOf = ({ realm, user, seat }: SeatKey): string => `${realm}#${user}#${seat}`;

const personOf = ({ realm, user }: Pick<SeatKey, 'realm' | 'user'>): string => `${realm}#${user}`;

const NOT_SENT: Sent = { token: -1, nows: [] };

export class Table {
  private readonly plan: Plan;
  private readonly agenda: Agenda;
  private readonly watch: Watch;
  private readonly chance: Chance;
  private readonly garbage: Chance;
  /** Of the seats that each user has. */
  private readonly names = new Map<string, Set<string>>();
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
      write: async (key: SeatKey, attempt: Attempt, sent: Sent = NOT_SENT) => {
        if (this.watch.isPoison(invocation, key)) throw new Error('poison');
        const before = this.items.get(idOf(key));
        if (before?.token === sent.token) return { won: true, seat: before.seat };
        const old = before?.seat;
        if (!meets(attempt.condition, old)) return { won: false, seat: old };
        const { realm, user, seat: name } = key;
        const seat = apply(attempt.change, { realm, user, seat: name }, old);
        this.namesOf(key).add(name);
        invocation.won.push({ key, old, now: seat });
        this.replicate(this.itemOf(key, attempt, seat, shards, sent.token));
        this.watch.wrote(invocation, sent, key, attempt, old, seat);
        return { won: true, seat };
      },
      read: async (key) => this.image(key),
      ofUser: async (realm, user, query) => {
        const names = [...this.namesOf({ realm, user })];
        const theirs = names.flatMap((seat) => this.image({ realm, user, seat }) ?? []);
        return pageOf(theirs, ({ key }) => sortTextAt(0, key.seat), query);
      },
      readMany: async (keys) => keys.flatMap((key) => this.replica.get(idOf(key)) ?? []),
      due: async (shard, { through, limit, cursor }) => {
        const due = [...this.indexOf(shard).values()]
          .filter(({ session }) => session.due <= through)
          .map(({ key, session }) => ({ key, due: session.due }));
        const most = this.plan.fleet?.duePage ?? DUE_PAGE;
        const query = { limit: Math.min(limit, most), ...(cursor === undefined ? {} : { cursor }) };
        return pageOf(due, ({ key, due }) => sortTextAt(due, idOf(key)), query);
      },
      countOpen: async (shard) => countByRealm([...this.indexOf(shard).values()].map(({ key }) => key)),
    };
  }

  private namesOf(person: Pick<SeatKey, 'realm' | 'user'>): Set<string> {
    const known = this.names.get(personOf(person));
    if (known !== undefined) return known;
    const added = new Set<string>();
    this.names.set(personOf(person), added);
    return added;
  }

  private indexOf(shard: string): Map<string, Occupied<OpenSession>> {
    const known = this.index.get(shard);
    if (known !== undefined) return known;
    const added = new Map<string, Occupied<OpenSession>>();
    this.index.set(shard, added);
    return added;
  }

  /** Only what opens a session and a sweep say anew in which shard it is, and only what opens says how long it is kept. */
  private itemOf(key: SeatKey, { condition, change }: Attempt, seat: Seat, shards: number, token: number): Item {
    const { shard = '', ttl = 0 } = this.items.get(idOf(key)) ?? {};
    switch (change.do) {
      case 'open':
        return { seat, token, shard: shardOf(key, shards), ttl: secondsOf(ttlOf(change.session)) };
      case 'descend':
      case 'postpone':
        return { seat, token, shard: shardOf(key, shards, change.rung), ttl };
      case 'keep-word': {
        const isThere = condition.if === 'unchanged' && condition.epoch === change.epoch;
        return { seat, token, shard, ttl: isThere ? ttl : secondsOf(ttlWithoutSession(change.epoch)) };
      }
      default:
        return { seat, token, shard, ttl };
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
      this.namesOf(item.seat.key).delete(item.seat.key.seat);
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
