/** Looking at sessions: one, a user's, or all that are live. Reads only; what is over by arithmetic is never shown live. */

import { present } from '../present.ts';
import { handleOf, parseHandle } from '../session/handle.ts';
import { endingOf, isCounted, rungAt } from '../session/ladder.ts';
import type { Realms } from '../session/policy.ts';
import {
  type Epoch,
  isOpen,
  nameOf,
  type Occupied,
  type OpenSession,
  type Past,
  type Rung,
  type Seat,
  type SeatKey,
  type SessionName,
} from '../session/seat.ts';
import { allShards, dormantShards, heldShards } from '../session/shards.ts';
import { ANY_CASE, isUserOf, keptUnder, type Users, userKey } from '../session/user-key.ts';
import { type EpochMs, epochMs, NEVER } from '../time.ts';
import { BadCursor, type DueSeat, type History, type Page, SEATS_AT_ONCE, type Seats } from './ports.ts';

export type LiveSeat = Occupied<OpenSession>;

export interface LiveFilter {
  readonly realm?: string;
  /** In any of their spellings. */
  readonly user?: string;
  readonly station?: string;
  /** Sessions that hold their seats, unless it says which rung. A dormant one is listed once a sweep has announced it. */
  readonly rung?: Exclude<Rung, 'ended'>;
  readonly find?: Sought;
  /** Sessions that held their seats at this instant; those that are over by now are among them until a sweep records it. */
  readonly at?: EpochMs;
  /** Whatever their rung. */
  readonly epoch?: Epoch;
}

/** A part of the user's name, or one of the stations that are called so. */
export interface Sought {
  readonly part: string;
  readonly stations: ReadonlySet<string>;
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
  /** Over how many they may ever have been spread: those of before are looked at last. */
  readonly shardsEver: number;
  /** By these is known how a realm names its users. @default of none is anything known: case does not matter */
  readonly realms?: Realms;
  readonly limit: number;
  readonly cursor?: string;
  /** How many sessions it looks at. @default as many as one request is to */
  readonly looks?: number;
  readonly now: EpochMs;
}

/** How much one request may read for a filter that fits little: the caller comes back with the cursor. */
const LOOKS = 1_000;

/**
 * Live sessions, a page of `limit`, which is full while more follow: only where a filter fits few of those looked at is it
 * shorter, and never for the last page to be empty. Given realm and user, one query over their seats; otherwise a walk over
 * the shards.
 */
export async function listLive(seats: Seats, filter: LiveFilter, query: LiveQuery): Promise<Page<LiveSeat>> {
  const usersOf = (realm: string): Users => query.realms?.get(realm)?.users ?? ANY_CASE;
  const { realm, user } = filter;
  const fits = fitting(filter, usersOf, query.now);
  return realm !== undefined && user !== undefined
    ? listOfUser(seats, realm, keptUnder(user, usersOf(realm)), fits, query)
    : listOfAll(seats, filter, (key) => isNamedSo(filter, usersOf, key), fits, query);
}

type UsersOf = (realm: string) => Users;

function fitting(filter: LiveFilter, usersOf: UsersOf, now: EpochMs): (seat: Seat) => seat is LiveSeat {
  const { rung, at, find, epoch } = filter;
  const isThere = ({ session }: LiveSeat): boolean => {
    if (at !== undefined) return session.openedAt <= at && isCounted(rungAt(session, at));
    const its = rungAt(session, now);
    if (epoch !== undefined) return its !== 'ended';
    return rung === undefined ? isCounted(its) : its === rung;
  };
  return (seat: Seat): seat is LiveSeat =>
    isOpen(seat) &&
    isNamedSo(filter, usersOf, seat.key) &&
    (epoch === undefined || seat.epoch === epoch) &&
    (filter.station ?? seat.session.station) === seat.session.station &&
    (find === undefined || isSought(find, seat.key.user, seat.session.station, usersOf(seat.key.realm))) &&
    isThere(seat);
}

/** What the index says by itself. */
const isNamedSo = (filter: LiveFilter, usersOf: UsersOf, { realm, user }: SeatKey): boolean =>
  (filter.realm ?? realm) === realm &&
  (filter.user === undefined || isUserOf(user, filter.user, usersOf(realm))) &&
  (filter.find === undefined || filter.find.stations.size > 0 || isCalledSo(user, filter.find.part, usersOf(realm)));

export const isSought = ({ part, stations }: Sought, user: string, station: string, users: Users): boolean =>
  stations.has(station) || isCalledSo(user, part, users);

/** A part of the key, or of a name that has it: whoever is shown as `CORP\ana` is found as that. */
export function isCalledSo(user: string, part: string, users: Users): boolean {
  if (includes(user, part)) return true;
  const meant = userKey(part, users);
  return 'key' in meant && includes(user, meant.key);
}

/** Whatever its case, and however its accents are written. */
export const includes = (name: string, part: string): boolean => folded(name).includes(folded(part));
const folded = (text: string): string => text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();

/** So many pages of a user's seats are looked at; who has more is looked for by station or instant. */
const USER_PAGES_MAX = 10;

async function listOfUser(
  seats: Seats,
  realm: string,
  names: readonly string[],
  fits: (seat: Seat) => seat is LiveSeat,
  { limit, cursor }: LiveQuery,
): Promise<Page<LiveSeat>> {
  const last = cursor === undefined ? undefined : seatIn(cursor);
  const found: LiveSeat[] = [];
  for (const name of names) {
    let from: string | undefined;
    for (let pages = 0; pages < USER_PAGES_MAX; pages++) {
      const page = await seats.ofUser(realm, name, { limit: SEATS_AT_ONCE, ...present({ cursor: from }) });
      found.push(...page.items.filter(fits));
      from = page.cursor;
      if (from === undefined) break;
    }
  }
  const placeOf = ({ user, seat }: Pick<SeatKey, 'user' | 'seat'>) => JSON.stringify([user, seat]);
  const rest = found
    .filter(({ key }) => last === undefined || placeOf(key) > placeOf(last))
    .sort((a, b) => (placeOf(a.key) < placeOf(b.key) ? -1 : 1));
  const items = rest.slice(0, limit);
  const end = items.at(-1);
  const isMore = rest.length > limit && end !== undefined;
  return { items, ...(isMore ? { cursor: `${OF_USER}${handleOf({ ...end.key, epoch: 0 })}` } : {}) };
}

/** Before the cursor of one user's sessions: the last seat that was told, written as a handle is. */
const OF_USER = 'u.';

function seatIn(cursor: string): SeatKey {
  const key = cursor.startsWith(OF_USER) ? parseHandle(cursor.slice(OF_USER.length)) : undefined;
  if (key === undefined) throw new BadCursor();
  return key;
}

/** As many as one batch read takes. */
const CHUNK = 100;
/** And as many as tell, mostly, whether anything follows a page that is full. */
const PEEK = 10;

async function listOfAll(
  seats: Seats,
  filter: LiveFilter,
  isNamed: (key: SeatKey) => boolean,
  fits: (seat: Seat) => seat is LiveSeat,
  { shards, shardsEver, limit, cursor, looks = LOOKS }: LiveQuery,
): Promise<Page<LiveSeat>> {
  const places = placesOf(filter, shards);
  const former = placesOf(filter, shardsEver).filter((shard) => !places.includes(shard));
  const found: { readonly seat: LiveSeat; readonly next: Position }[] = [];
  let position: Position | undefined =
    cursor === undefined ? first(places) : positionFrom(cursor, [...places, ...former]);
  for (let looked = 0; position !== undefined && found.length <= limit && looked < looks; ) {
    const { shard, after }: Position = position;
    const chunk = found.length < limit ? CHUNK : PEEK;
    const page = await seats.due(shard, { through: NEVER, limit: chunk, ...present({ after }) });
    const named = page.items.filter(({ key }) => isNamed(key));
    const read = new Map((await seats.readMany(named.map(({ key }) => key))).map((seat) => [idOf(seat.key), seat]));
    for (const due of named) {
      const seat = read.get(idOf(due.key));
      if (seat !== undefined && fits(seat)) found.push({ seat, next: { shard, after: due } });
    }
    looked += page.items.length + 1;
    const last = page.cursor === undefined ? undefined : page.items.at(-1);
    position = last === undefined ? await nextPlace(seats, shard, places, former) : { shard, after: last };
  }
  const items = found.slice(0, limit).map(({ seat }) => seat);
  const next = found.length > limit ? found[limit - 1]?.next : position;
  return { items, ...(next === undefined ? {} : { cursor: cursorOf(next) }) };
}

/** Dormant sessions have shards of their own. */
function placesOf({ rung, epoch, at }: LiveFilter, shards: number): string[] {
  if (epoch !== undefined || at !== undefined) return allShards(shards);
  return (isCounted(rung ?? 'active') ? heldShards : dormantShards)(shards);
}

const idOf = ({ realm, user, seat }: SeatKey): string => JSON.stringify([realm, user, seat]);

interface Position {
  readonly shard: string;
  /** The last one there that has been looked at. */
  readonly after?: DueSeat;
}

const first = ([shard]: readonly string[]): Position | undefined => (shard === undefined ? undefined : { shard });

/** A seat with an instant is written as a handle is. */
const cursorOf = ({ shard, after }: Position): string =>
  after === undefined ? shard : `${shard}.${handleOf({ ...after.key, epoch: after.due })}`;

function positionFrom(cursor: string, places: readonly string[]): Position {
  const [shard = '', ...rest] = cursor.split('.');
  const name = rest.length === 0 ? undefined : parseHandle(rest.join('.'));
  if (!places.includes(shard) || (rest.length > 0 && name === undefined)) throw new BadCursor();
  if (name === undefined) return { shard };
  const { epoch, ...key } = name;
  return { shard, after: { key, due: epochMs(epoch) } };
}

/** Queries under way at once: as many connections as a function may have to open for them. */
const AT_ONCE = 8;

/** The shard after this one; after the last of today's, those of before that are not empty: a backstop empties them. */
async function nextPlace(
  seats: Seats,
  shard: string,
  places: readonly string[],
  former: readonly string[],
): Promise<Position | undefined> {
  const next = places[places.indexOf(shard) + 1];
  if (places.includes(shard) && next !== undefined) return { shard: next };
  const rest = former.slice(former.indexOf(shard) + 1);
  for (let start = 0; start < rest.length; start += AT_ONCE) {
    const some = rest.slice(start, start + AT_ONCE);
    const pages = await Promise.all(some.map((one) => seats.due(one, { through: NEVER, limit: 1 })));
    const found = some.find((_, n) => (pages[n]?.items.length ?? 0) > 0);
    if (found !== undefined) return { shard: found };
  }
  return undefined;
}
