/**
 * Looking for what has ended: by user, station and instant. Of one user there is their history; of a station, and of all of
 * them one by one, the index says who has left it when. Reads only; as of a moment ago.
 */
import { present } from '../present.ts';
import { handleOf } from '../session/handle.ts';
import type { Realms } from '../session/policy.ts';
import type { Epoch, Past, SessionName } from '../session/seat.ts';
import { ANY_CASE, isUserOf, keptUnder, type Users } from '../session/user-key.ts';
import { before, DAY, type DurationMs, durationMs, type EpochMs, epochMs, HOUR, latest, MINUTE } from '../time.ts';
import { isCalledSo, isSought, type Sought } from './live.ts';
import { BadCursor, type History, type Page, type PastName } from './ports.ts';
import { underAll } from './user-pages.ts';

export interface PastFilter {
  readonly realm?: string;
  readonly user?: string;
  readonly station?: string;
  readonly find?: Sought;
  readonly epoch?: Epoch;
  /** Sessions that went on at this instant. */
  readonly at?: EpochMs;
  /** By when they ended. */
  readonly from?: EpochMs;
  readonly until?: EpochMs;
}

export interface PastQuery {
  /** Those that are gone through where the filter names none. */
  readonly stations: readonly string[];
  readonly limit: number;
  readonly cursor?: string;
  /** By these is known how a realm names its users. @default of none is anything known: case does not matter */
  readonly realms?: Realms;
  /** The longest that a session of any realm lasts: one that went on at an instant has ended by so much later. */
  readonly longestMs: DurationMs;
  /** The longest that any realm keeps what has ended. */
  readonly keptMs: DurationMs;
  readonly now: EpochMs;
}

/** How much one request may look at: each name counts one, a hundred bytes, and so does each query. */
const LOOKS = 5_000;
const CHUNK = 1_000;
/** Queries under way at once: as many connections as a function may have to open for them. */
const AT_ONCE = 8;

/** By when they ended, the last one first; a page of `limit`, full while more follow unless a filter fits few of those looked at. */
export async function listPast(history: History, filter: PastFilter, query: PastQuery): Promise<Page<Past>> {
  const { realm, user } = filter;
  if (realm !== undefined && user !== undefined) {
    return listOfUser(history, realm, keptUnder(user, usersOf(query, realm)), filter, query);
  }
  const { limit } = query;
  const found: Past[] = [];
  for await (const { fits, next } of walk(history, filter, query)) {
    for (let start = 0; start < fits.length && found.length <= limit; start += READ) {
      const names = fits.slice(start, start + READ).map(({ name }) => name);
      const read = new Map((await history.readMany(names)).map((past) => [handleOf(past.name), past]));
      found.push(
        ...names.flatMap((name) => read.get(handleOf(name)) ?? []).filter((past) => isMeant(filter, query, past)),
      );
    }
    const last = found[limit - 1];
    if (found.length > limit && last !== undefined) {
      return { items: found.slice(0, limit), cursor: cursorAfter(last.name, last.ended.at) };
    }
    if (next !== undefined) return { items: found, cursor: cursorAt(next) };
  }
  return { items: found };
}

/** One batch. */
const READ = 100;

/** What the name alone does not say. */
const isMeant = (
  { station, find, at, from, until }: PastFilter,
  query: PastQuery,
  { name, session, ended }: Past,
): boolean =>
  (station ?? session.station) === session.station &&
  (find === undefined || isSought(find, name.user, session.station, usersOf(query, name.realm))) &&
  (from ?? 0) <= ended.at &&
  ended.at <= (until ?? ended.at) &&
  (at === undefined || (session.openedAt <= at && ended.at > at));

async function listOfUser(
  history: History,
  realm: string,
  names: readonly string[],
  filter: PastFilter,
  query: PastQuery,
): Promise<Page<Past>> {
  const { limit, cursor } = query;
  const items: Past[] = [];
  let from = cursor;
  for (let looked = 0; items.length < limit && looked < LOOKS; looked += READ) {
    // No more than there is room for: so the cursor is always that of a page's end.
    const room = { limit: limit - items.length, ...present({ cursor: from }) };
    const page = await underAll(names, room, (name, part) => history.ofUser(realm, name, part));
    items.push(
      ...page.items.filter(
        (past) => (filter.epoch ?? past.name.epoch) === past.name.epoch && isMeant(filter, query, past),
      ),
    );
    from = page.cursor;
    if (from === undefined) break;
  }
  return { items, ...present({ cursor: from }) };
}

/** Users who have been here, each with when their last session ended; by that, the last one first. */
export async function listUsers(
  history: History,
  filter: Pick<PastFilter, 'realm' | 'find'>,
  query: PastQuery,
): Promise<Page<PastName>> {
  const found = new Map<string, PastName>();
  for await (const { fits, next } of walk(history, filter, query)) {
    for (const one of fits) {
      const who = JSON.stringify([one.name.realm, one.name.user]);
      if (found.has(who)) continue;
      const last = [...found.values()].at(-1);
      if (found.size === query.limit && last !== undefined) {
        return { items: [...found.values()], cursor: cursorAfter(last.name, last.endedAt) };
      }
      found.set(who, one);
    }
    if (next !== undefined) return { items: [...found.values()], cursor: cursorAt(next) };
  }
  return { items: [...found.values()] };
}

interface Step {
  /** Those of a span whose names fit, the last one first. */
  readonly fits: readonly PastName[];
  /** Enough has been looked at: it goes on here. */
  readonly next?: EpochMs;
}

/** From now back, in spans that grow while there is little in them. */
async function* walk(history: History, filter: PastFilter, query: PastQuery): AsyncGenerator<Step> {
  const stations = filter.station === undefined ? query.stations : [filter.station];
  const { from, until } = spanOf(filter, query);
  const start = query.cursor === undefined ? undefined : readCursor(query.cursor);
  let end = start === undefined ? until : epochMs(Math.min(until, start.at));
  let length: DurationMs = HOUR;
  let looked = 0;
  while (end >= from && stations.length > 0) {
    const begin = latest(from, before(end, length));
    const items = await endedIn(history, stations, begin, end);
    looked += items.length + stations.length;
    const fits = items.filter(
      ({ name, endedAt }) =>
        isNamedSo(filter, query, name) && (start === undefined || isBehind({ name, endedAt }, start)),
    );
    end = before(begin, durationMs(1));
    yield { fits, ...present({ next: looked >= LOOKS && end >= from ? end : undefined }) };
    if (items.length < CHUNK) length = durationMs(Math.min(2 * length, SPAN_MAX));
  }
}

const SPAN_MAX = durationMs(16 * DAY);

async function endedIn(
  history: History,
  stations: readonly string[],
  from: EpochMs,
  until: EpochMs,
): Promise<PastName[]> {
  const found: PastName[] = [];
  const rest = stations.values();
  const lane = async () => {
    for (const station of rest) {
      let cursor: string | undefined;
      do {
        const page = await history.endedAt(station, { from, until, limit: CHUNK, ...present({ cursor }) });
        found.push(...page.items);
        cursor = page.cursor;
      } while (cursor !== undefined);
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, stations.length) }, lane));
  return found.sort((a, b) => b.endedAt - a.endedAt || (handleOf(a.name) < handleOf(b.name) ? -1 : 1));
}

/** When those may have ended that are asked for. */
function spanOf({ at, from, until, epoch }: PastFilter, { longestMs, keptMs, now }: PastQuery) {
  // An epoch is when it opened, or a little later where clocks are apart.
  const opened = at ?? (epoch === undefined ? undefined : before(epochMs(epoch), MINUTE));
  const ahead = epochMs(now + MINUTE);
  return {
    from: latest(epochMs(from ?? 0), opened ?? epochMs(0), before(now, keptMs)),
    until: epochMs(Math.min(until ?? ahead, opened === undefined ? ahead : opened + longestMs + 2 * MINUTE)),
  };
}

const usersOf = ({ realms }: PastQuery, realm: string): Users => realms?.get(realm)?.users ?? ANY_CASE;

const isNamedSo = (filter: PastFilter, query: PastQuery, { realm, user, epoch }: SessionName): boolean =>
  (filter.realm ?? realm) === realm &&
  (filter.user === undefined || isUserOf(user, filter.user, usersOf(query, realm))) &&
  (filter.epoch ?? epoch) === epoch &&
  (filter.find === undefined ||
    filter.find.stations.size > 0 ||
    isCalledSo(user, filter.find.part, usersOf(query, realm)));

interface Place {
  readonly at: EpochMs;
  /** Of those that ended in that millisecond, the last that was told; none was where it is absent. */
  readonly handle?: string;
}

/** Of one millisecond, by their handles. */
const isBehind = ({ name, endedAt }: PastName, { at, handle }: Place): boolean =>
  endedAt < at || (endedAt === at && (handle === undefined || handleOf(name) > handle));

const cursorAt = (at: EpochMs): string => at.toString(36);
const cursorAfter = (name: SessionName, at: EpochMs): string => `${cursorAt(at)}.${handleOf(name)}`;

function readCursor(cursor: string): Place {
  const [, at, handle] = /^([0-9a-z]{1,11})(?:\.(.{1,500}))?$/.exec(cursor) ?? [];
  if (at === undefined) throw new BadCursor();
  return { at: epochMs(Number.parseInt(at, 36)), ...present({ handle }) };
}
