/** Seats in memory: what `meets` and `apply` say, over a map. */
import { present } from '../present.ts';
import type { DueQuery, DueSeat, Page, Seats, Written } from '../service/ports.ts';
import { brokenLaws } from '../session/laws.ts';
import { countByRealm, isOpen, type Seat, type SeatKey } from '../session/seat.ts';
import { shardOf } from '../session/shards.ts';
import { type Attempt, apply, meets } from '../session/write.ts';
import type { DurationMs } from '../time.ts';
import { pageOf, sortTextAt, toCursor } from './pages.ts';

export interface MemorySeatsOptions {
  readonly shards: number;
  /**
   * Throws where a write breaks a law of seats (see laws.ts); says the longest slot of any policy so far, to which sweeps
   * are held. @default it takes whatever is written: the contract writes what nobody would decide
   */
  readonly lawfulWithin?: () => DurationMs | 'any';
}

export function memorySeats(options: MemorySeatsOptions): Seats {
  const seats = new Map<string, Seat>();

  return { write, read, readMany, ofUser, due, countOpen };

  // Each answer comes a turn later, as from a network; each write is whole within one.
  async function write({ realm, user, seat: name }: SeatKey, attempt: Attempt): Promise<Written> {
    await turn();
    const key = { realm, user, seat: name };
    const seat = seats.get(idOf(key));
    if (!meets(attempt.condition, seat)) return { won: false, seat: structuredClone(seat) };
    const next = structuredClone(apply(attempt.change, key, seat));
    const broken = options.lawfulWithin === undefined ? [] : brokenLaws(seat, next, options.lawfulWithin());
    if (broken.length > 0) throw new Error(`to ${attempt.change.do} this seat breaks a law: ${broken.join('; ')}`);
    seats.set(idOf(key), next);
    return { won: true, seat: structuredClone(next) };
  }

  async function read(key: SeatKey): Promise<Seat | undefined> {
    await turn();
    return structuredClone(seats.get(idOf(key)));
  }

  async function readMany(keys: readonly SeatKey[]): Promise<Seat[]> {
    await turn();
    return [...new Set(keys.map(idOf))].flatMap((id) => structuredClone(seats.get(id)) ?? []);
  }

  async function ofUser(realm: string, user: string, query: { limit: number; cursor?: string }): Promise<Page<Seat>> {
    await turn();
    const theirs = [...seats.values()].filter(({ key }) => key.realm === realm && key.user === user);
    return pageOf(theirs, ({ key }) => sortTextAt(NO_INSTANT, key.seat), query);
  }

  async function due(shard: string, { after, ...query }: DueQuery): Promise<Page<DueSeat>> {
    await turn();
    const waiting = openIn(shard).flatMap((seat) =>
      seat.session.due <= query.through ? [{ key: seat.key, due: seat.session.due }] : [],
    );
    const cursor = after === undefined ? query.cursor : toCursor(sortTextOf(after));
    return pageOf(waiting, sortTextOf, { ...query, ...present({ cursor }) });
  }

  async function countOpen(shard: string): Promise<ReadonlyMap<string, number>> {
    await turn();
    return countByRealm(openIn(shard).map(({ key }) => key));
  }

  function openIn(shard: string) {
    return [...seats.values()]
      .filter(isOpen)
      .filter(({ key, session }) => shardOf(key, options.shards, session.rung) === shard);
  }
}

const sortTextOf = (seat: DueSeat): string => sortTextAt(seat.due, idOf(seat.key));

const turn = (): Promise<void> => Promise.resolve();

/** By name alone. */
const NO_INSTANT = 0;

const idOf = ({ realm, user, seat }: SeatKey): string => JSON.stringify([realm, user, seat]);
