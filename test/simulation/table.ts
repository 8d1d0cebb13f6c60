/** The table: seats in memory, an index and reads that lag behind, and every write told to whoever watches. */
import { pageOf, placeAt } from '../../lib/memory/pages.ts';
import { memorySeats } from '../../lib/memory/seats.ts';
import type { Attempt } from '../../lib/session/attempt.ts';
import type { Seats } from '../../lib/session/ports.ts';
import { isOpen, type Seat, type SeatKey } from '../../lib/session/session.ts';
import { shardOf } from '../../lib/session/timers.ts';
import type { Agenda } from './agenda.ts';
import { type Chance, chance } from './chance.ts';
import type { Invocation } from './cloud.ts';
import type { Plan } from './plan.ts';

/** A page of the index may hold fewer than were asked for: short ones, so that few sessions fill many. */
const DUE_PAGE = 2;

interface Watch {
  /** Whether a write of this seat fails, whatever it is. */
  readonly isPoison: (invocation: Invocation, key: SeatKey) => boolean;
  readonly isStale: () => boolean;
  readonly wrote: (invocation: Invocation, key: SeatKey, attempt: Attempt, old: Seat | undefined, now: Seat) => void;
}

export const idOf = ({ realm, user, seat }: SeatKey): string => `${realm}#${user}#${seat}`;

export class Table {
  private readonly plan: Plan;
  private readonly agenda: Agenda;
  private readonly watch: Watch;
  private readonly chance: Chance;
  private readonly seats: Seats;
  private readonly images = new Map<string, Seat>();
  /** What eventually consistent reads show, and from when they show the newest. */
  private readonly replica = new Map<string, Seat>();
  private readonly shownAt = new Map<string, number>();

  constructor(plan: Plan, agenda: Agenda, watch: Watch) {
    this.plan = plan;
    this.agenda = agenda;
    this.watch = watch;
    this.chance = chance(plan.seed, 'table');
    this.seats = memorySeats({ shards: plan.shards });
  }

  open(): Seat[] {
    return [...this.images.values()].filter(isOpen);
  }

  image(key: SeatKey): Seat | undefined {
    return this.images.get(idOf(key));
  }

  seatsFor(invocation: Invocation): Seats {
    return {
      write: async (key, attempt) => {
        if (this.watch.isPoison(invocation, key)) throw new Error('poison');
        const old = this.images.get(idOf(key));
        const written = await this.seats.write(key, attempt);
        if (written.won) {
          invocation.won.push({ key, old, now: written.seat });
          this.replicate(written.seat);
          this.watch.wrote(invocation, key, attempt, old, written.seat);
        }
        return written;
      },
      read: (key) => this.seats.read(key),
      ofUser: (realm, user) => this.seats.ofUser(realm, user),
      readMany: async (keys) => keys.flatMap((key) => structuredClone(this.replica.get(idOf(key))) ?? []),
      due: async (shard, { through, limit, cursor }) => {
        const due = [...this.replica.values()]
          .filter(isOpen)
          .filter(
            ({ key, session }) => shardOf(key, this.plan.shards, session.rung) === shard && session.due <= through,
          )
          .map(({ key, session }) => ({ key, due: session.due }));
        const query = { limit: Math.min(limit, DUE_PAGE), ...(cursor === undefined ? {} : { cursor }) };
        return pageOf(due, ({ key, due }) => placeAt(due, idOf(key)), query);
      },
      countOpen: async (shard) =>
        [...this.replica.values()].filter(isOpen).filter(({ key }) => shardOf(key, this.plan.shards) === shard).length,
    };
  }

  private replicate(seat: Seat): void {
    const id = idOf(seat.key);
    this.images.set(id, seat);
    const lag = this.watch.isStale() ? this.chance.int(0, 10_000) : this.chance.skewed(0, 100);
    const shown = Math.max(this.agenda.now + lag, this.shownAt.get(id) ?? 0);
    this.shownAt.set(id, shown);
    this.agenda.at(shown, () => {
      const there = this.replica.get(id);
      if (there === undefined || isNewer(seat, there)) this.replica.set(id, seat);
    });
  }
}

const isNewer = (one: Seat, other: Seat): boolean =>
  one.epoch > other.epoch || (one.epoch === other.epoch && one.revision > other.revision);
