/** Looking at sessions: one, a user's, or all that are live. Reads only; what is over by arithmetic is never shown live. */

import { present } from '../present.ts';
import { endingOf, isCounted, rungAt } from '../session/ladder.ts';
import type { Realms } from '../session/policy.ts';
import {
  isOpen,
  nameOf,
  type Occupied,
  type OpenSession,
  type Past,
  type Rung,
  type Seat,
  type SessionName,
} from '../session/seat.ts';
import { dormantShards, heldShards } from '../session/shards.ts';
import { ANY_CASE, isUserOf, keptUnder, type Users } from '../session/user-key.ts';
import { type EpochMs, NEVER } from '../time.ts';
import { BadCursor, type History, type Page, type Seats } from './ports.ts';
import { underAll } from './user-pages.ts';

export type LiveSeat = Occupied<OpenSession>;

export interface LiveFilter {
  readonly realm?: string;
  /** In any of their spellings. */
  readonly user?: string;
  readonly station?: string;
  /** Sessions that hold their seats, unless it says which rung. A dormant one is listed once a sweep has announced it. */
  readonly rung?: Exclude<Rung, 'ended'>;
}

/** A session by name: live, or as it ended, or `undefined` if nothing is known of it. */
export async function lookUp(
  ports: { readonly seats: Seats; readonly history: History },
  name: SessionName,
  now: EpochMs,
): Promise<LiveSeat | Past | undefined> {
  const seat = await ports.seats.read(name);
  if (seat?.epoch === name.epoch && seat.session !== undefined) {
    const ended = endingOf(seat.session, now);
    return ended === undefined && isOpen(seat) ? seat : ended && { name: nameOf(seat), session: seat.session, ended };
  }
  return ports.history.find(name);
}

export interface LiveQuery {
  readonly shards: number;
  /** By these is known how a realm names its users. @default of none is anything known: case does not matter */
  readonly realms?: Realms;
  readonly limit: number;
  readonly cursor?: string;
  readonly now: EpochMs;
}

/**
 * Live sessions, a page of up to `limit`. A page may be short, even empty, while more follow: the filter is applied to
 * what the index names. Given realm and user, one query over their seats; otherwise a walk over the shards.
 */
export async function listLive(seats: Seats, filter: LiveFilter, query: LiveQuery): Promise<Page<LiveSeat>> {
  const usersOf = (realm: string): Users => query.realms?.get(realm)?.users ?? ANY_CASE;
  const isOnRung = (rung: Rung) => (filter.rung === undefined ? isCounted(rung) : rung === filter.rung);
  const fits = (seat: Seat): seat is LiveSeat =>
    isOpen(seat) &&
    isOnRung(rungAt(seat.session, query.now)) &&
    (filter.realm ?? seat.key.realm) === seat.key.realm &&
    (filter.user === undefined || isUserOf(seat.key.user, filter.user, usersOf(seat.key.realm))) &&
    (filter.station ?? seat.session.station) === seat.session.station;
  if (filter.realm !== undefined && filter.user !== undefined) {
    const { realm } = filter;
    const { limit, cursor } = query;
    const names = keptUnder(filter.user, usersOf(filter.realm));
    const page = await underAll(names, { limit, ...present({ cursor }) }, (name, part) =>
      seats.ofUser(realm, name, part),
    );
    return { items: page.items.filter(fits), ...present({ cursor: page.cursor }) };
  }

  const items: LiveSeat[] = [];
  const shards = (isCounted(filter.rung ?? 'active') ? heldShards : dormantShards)(query.shards);
  let position: Position | undefined = positionFrom(query.cursor, shards);
  for (let pages = 0; position !== undefined && items.length < query.limit && pages < PAGES_MAX; pages++) {
    const { shard, cursor }: Position = position;
    const limit = query.limit - items.length;
    const page = await seats.due(shard, { through: NEVER, limit, ...present({ cursor }) });
    const found = await seats.readMany(page.items.map(({ key }) => key));
    items.push(...found.filter(fits).sort((a, b) => a.session.openedAt - b.session.openedAt));
    position = page.cursor === undefined ? nextShard(shard, shards) : { shard, cursor: page.cursor };
  }
  return { items, ...(position === undefined ? {} : { cursor: cursorOf(position) }) };
}

/** How much one request may read for a filter that fits little: the caller comes back with the cursor. */
const PAGES_MAX = 10;

interface Position {
  readonly shard: string;
  readonly cursor?: string;
}

const cursorOf = ({ shard, cursor }: Position): string => (cursor === undefined ? shard : `${shard}.${cursor}`);

function positionFrom(cursor: string | undefined, shards: readonly string[]): Position | undefined {
  if (cursor === undefined) return nextShard(undefined, shards);
  const [shard = '', ...rest] = cursor.split('.');
  if (!shards.includes(shard)) throw new BadCursor();
  return { shard, ...(rest.length === 0 ? {} : { cursor: rest.join('.') }) };
}

function nextShard(shard: string | undefined, shards: readonly string[]): Position | undefined {
  const next = shards[shard === undefined ? 0 : shards.indexOf(shard) + 1];
  return next === undefined ? undefined : { shard: next };
}
