/** What each view of the console reads. Nothing is decided here. */
import { type HealthParts, refusalsOfUser, stationInFull, stationWithHealth } from '../http/operator-refusals.ts';
import { isStationId } from '../names.ts';
import { present } from '../present.ts';
import { trailSpan } from '../service/audit.ts';
import { type LiveFilter, listLive, lookUp, type Sought } from '../service/live.ts';
import { listPast, type PastFilter } from '../service/past.ts';
import type { Action, Trail } from '../service/ports.ts';
import { sessionsOfUser } from '../service/user-sessions.ts';
import { parseHandle } from '../session/handle.ts';
import { keptOf, longestOf } from '../session/ladder.ts';
import { nameOf } from '../session/seat.ts';
import { ANY_CASE, keptUnder } from '../session/user-key.ts';
import { firstStations, isCalled } from '../station/finding.ts';
import type { StationRecord, Stations } from '../station/stations.ts';
import type { Clock, DurationMs } from '../time.ts';
import { type Asked, instantTyped, type Listing } from './asked.ts';
import { earlierView } from './earlier-view.ts';
import { whyOf } from './ended-view.ts';
import { notice, PAGE, paged, type Scene, tabs } from './frame.ts';
import { listingView, sortedSeats } from './listing.ts';
import { html, type Markup } from './markup.ts';
import { endQuestion, type Shown, sessionPage } from './session-page.ts';
import { stationPage } from './station-page.ts';
import { stationsView, worstFirst } from './stations-view.ts';
import { stationIn, trailView } from './trail-view.ts';
import { userPage } from './user-page.ts';
import { ACTION_WORDS } from './words.ts';

export interface LookingParts extends Omit<HealthParts, 'stations'> {
  readonly stations: Pick<Stations, 'read' | 'list'>;
  readonly trail: Pick<Trail, 'list'>;
  /** How long the trail is kept. */
  readonly trailKeptFor: DurationMs;
  readonly clock: Clock;
}

export function look(parts: LookingParts, scene: Scene, asked: Asked): Promise<Markup> {
  const { session, person, place, past } = asked;
  if (session !== undefined) return theSession(parts, scene, session, asked.isEnding ? asked.reason : undefined);
  if (person !== undefined) return theUser(parts, scene, person, past);
  if (place !== undefined) return theStation(parts, scene, place, past);
  switch (scene.listing.view) {
    case 'stations':
      return theStations(parts, scene);
    case 'earlier':
      return theEarlier(parts, scene);
    case 'trail':
      return theTrail(parts, scene);
    default:
      return theLive(parts, scene);
  }
}

/**
 * So many sessions are sorted and counted for one look, of so many that are looked at: a second's reading at the most. Of
 * more it is said that there are more.
 */
const SORTED_MAX = 2_000;
const LOOKS = 20_000;

async function theLive(parts: LookingParts, scene: Scene): Promise<Markup> {
  const { now } = scene.viewed;
  const { realm, user, station, rung, sort, page } = scene.listing;
  const find = await soughtIn(parts, scene.listing);
  const filter: LiveFilter = present({ realm, user, station, rung, find });
  const { shards, shardsEver } = parts;
  const found = await listLive(parts.seats, filter, {
    shards,
    shardsEver,
    realms: parts.realms,
    limit: SORTED_MAX,
    looks: LOOKS,
    now,
  });
  const shown = paged(sortedSeats(found.items, sort, now), page, found.cursor !== undefined);
  const ids = shown.items.map(({ session }) => session.station);
  return listingView(scene, { page: shown, stations: await named(parts, ids), realms: [...parts.realms.keys()] });
}

async function soughtIn({ stations }: LookingParts, { find }: Listing): Promise<Sought | undefined> {
  if (find === undefined) return undefined;
  const all = (await firstStations(stations)).stations;
  return { part: find, stations: new Set(all.filter((one) => isCalled(one, find)).map(({ id }) => id)) };
}

/** Each read once. */
async function named(
  { stations }: LookingParts,
  ids: readonly string[],
): Promise<ReadonlyMap<string, StationRecord | undefined>> {
  return new Map(await Promise.all([...new Set(ids)].map(async (id) => [id, await stations.read(id)] as const)));
}

/** So many are fetched for one look, of which pages are made. */
const EARLIER_MAX = 8 * PAGE;

async function theEarlier(parts: LookingParts, scene: Scene): Promise<Markup> {
  const { realm, user, station, page } = scene.listing;
  const at = instantTyped(scene.listing.at, scene.viewed.aheadMs);
  const find = await soughtIn(parts, scene.listing);
  const found = await pastIn(parts, present({ realm, user, station, find, at }), scene, EARLIER_MAX);
  const shown = paged(found.items, page, found.cursor !== undefined);
  const ids = shown.items.map(({ session }) => session.station);
  return earlierView(scene, { page: shown, stations: await named(parts, ids), realms: [...parts.realms.keys()] });
}

async function pastIn(
  parts: LookingParts,
  filter: PastFilter,
  { viewed: { now } }: Scene,
  limit: number,
  cursor?: string,
) {
  const policies = [...parts.realms.values()];
  const stations = (await firstStations(parts.stations)).stations.map(({ id }) => id);
  const spans = { longestMs: longestOf(policies), keptMs: keptOf(policies) };
  return listPast(parts.history, filter, {
    stations,
    realms: parts.realms,
    limit,
    ...spans,
    now,
    ...present({ cursor }),
  });
}

/** Of more stations the health of each is not looked at for one list. */
const HEALTHS_MAX = 100;
const AT_ONCE = 5;

async function theStations(parts: LookingParts, scene: Scene): Promise<Markup> {
  const { realm, find, page } = scene.listing;
  const { stations, isWhole } = await firstStations(parts.stations);
  const fitting = stations
    .filter((one) => (realm ?? one.realm) === one.realm && (find === undefined || isCalled(one, find)))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
  const isByHealth = fitting.length <= HEALTHS_MAX;
  const looked = isByHealth ? fitting : paged(fitting, page, false).items;
  const healthy: Awaited<ReturnType<typeof stationWithHealth>>[] = [];
  for (let start = 0; start < looked.length; start += AT_ONCE) {
    const some = looked.slice(start, start + AT_ONCE);
    healthy.push(...(await Promise.all(some.map((one) => stationWithHealth(parts, one, scene.viewed.now)))));
  }
  const shown = isByHealth
    ? paged(healthy.sort(worstFirst), page, !isWhole)
    : { ...paged(fitting, page, !isWhole), items: healthy };
  return stationsView(scene, { page: shown, realms: [...parts.realms.keys()], isByHealth });
}

/** So many are fetched for one look, in so many requests to the trail at the most: of what fits nothing there may be little. */
const ACTIONS_MAX = 8 * PAGE;
const TRAIL_LOOKS = 4;

async function theTrail(parts: LookingParts, scene: Scene): Promise<Markup> {
  const { page, find } = scene.listing;
  const to = instantTyped(scene.listing.at, scene.viewed.aheadMs);
  const span = trailSpan(parts.trailKeptFor, scene.viewed.now, present({ to }));
  const fits = find === undefined ? () => true : (action: Action) => isAbout(action, find.toLowerCase());
  const found: Action[] = [];
  let cursor: string | undefined;
  for (let looks = 0; looks < TRAIL_LOOKS; looks++) {
    const query = { ...span, limit: ACTIONS_MAX - found.length, fits, ...present({ cursor }) };
    const listed = await parts.trail.list(query);
    found.push(...listed.items);
    cursor = listed.cursor;
    if (cursor === undefined || found.length === ACTIONS_MAX) break;
  }
  const shown = paged(found, page, cursor !== undefined);
  const ids = shown.items.flatMap((action) => stationIn(action) ?? []);
  return trailView(scene, { page: shown, stations: await named(parts, ids) });
}

/** Not the reason, which may stand apart from what it is about. */
const isAbout = ({ principal, action, on }: Action, part: string): boolean =>
  [principal, action, ACTION_WORDS[action], on].some((text) => text.toLowerCase().includes(part));

/** How many ended sessions stand on one page of a session, a user or a station. */
const HISTORY_PAGE = 10;

async function theUser(
  parts: LookingParts,
  scene: Scene,
  { realm, user }: { readonly realm: string; readonly user: string },
  cursor: string | undefined,
): Promise<Markup> {
  const { now } = scene.viewed;
  const names = keptUnder(user, parts.realms.get(realm)?.users ?? ANY_CASE);
  const [sessions, { refusals }] = await Promise.all([
    sessionsOfUser(parts, { realm, user, names }, { limit: HISTORY_PAGE, now, ...present({ cursor }) }),
    refusalsOfUser(parts, { realm, user: names[0] ?? user }, now),
  ]);
  const ids = [...sessions.live, ...sessions.past.items].map(({ session }) => session.station);
  return userPage(scene, { realm, user, sessions, refusals, stations: await named(parts, ids) });
}

async function theStation(parts: LookingParts, scene: Scene, id: string, cursor?: string): Promise<Markup> {
  const { now } = scene.viewed;
  const record = isStationId(id) ? await parts.stations.read(id) : undefined;
  const { shards, shardsEver } = parts;
  const [shown, live, past] = await Promise.all([
    record && stationInFull(parts, record, now),
    listLive(parts.seats, { station: id }, { shards, shardsEver, limit: PAGE, looks: LOOKS, now }),
    pastIn(parts, { station: id }, scene, HISTORY_PAGE, cursor),
  ]);
  const stations = new Map([[id, record]]);
  return stationPage(scene, { id, shown, there: sortedSeats(live.items, undefined, now), past, stations });
}

/** @param reason why it is to end, where that is asked */
async function theSession(
  parts: LookingParts,
  scene: Scene,
  handle: string,
  reason: string | undefined,
): Promise<Markup> {
  const { now } = scene.viewed;
  const name = parseHandle(handle);
  const found = name && (await lookUp(parts, name, now));
  if (found === undefined) {
    return html`${tabs(scene, 'page')}${notice('bad', html`Nothing is known of such a session: it is not remembered any more, or never was.`)}`;
  }
  const shown: Shown = 'key' in found ? { name: nameOf(found), session: found.session, ended: undefined } : found;
  const { station: id } = shown.session;
  if (reason !== undefined) {
    const why = whyOf(reason);
    const station = await parts.stations.read(id);
    if (why.ok && shown.ended === undefined) return endQuestion(scene, shown, station, why.value);
    if (!why.ok) {
      const page = await theSession(parts, scene, handle, undefined);
      return html`${notice('bad', html`Nothing was ended: the reason ${why.faults[0]?.detail ?? ''}.`)}${page}`;
    }
  }
  const user = await sessionsOfUser(parts, shown.name, { limit: 1, now });
  const stations = await named(parts, [id, ...user.live.map(({ session }) => session.station)]);
  return sessionPage(scene, { shown, station: stations.get(id), stations, user });
}
