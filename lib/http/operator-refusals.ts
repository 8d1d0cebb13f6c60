/** Refusals and health as operators ask for them: of a user, of a station, of all stations. */

import { healthOf } from '../station/health.ts';
import { type KnowingParts, knownOf } from '../station/known.ts';
import { KEPT, type Refusal, type Refusals } from '../station/refusals.ts';
import type { StationRecord, Stations } from '../station/stations.ts';
import { before, type EpochMs } from '../time.ts';
import { healthView } from './health-view.ts';
import { type Places, refusalView } from './refusal-view.ts';
import { pastView, sessionView, stationView } from './views.ts';

export interface RefusalParts {
  readonly refusals: Refusals;
  readonly stations: Pick<Stations, 'read'>;
}

/** So many are shown: the last few. */
export const SHOWN_MAX = 8;

/** What was refused a user; and the stations of the realm whose callers prove nothing, for the user may have stood at one. */
export async function refusalsOfUser(
  parts: RefusalParts,
  { realm, user }: { realm: string; user: string },
  now: EpochMs,
) {
  const from = before(now, KEPT);
  const [proven, unproven] = await Promise.all([
    parts.refusals.ofUser(realm, user, from),
    parts.refusals.unproven(realm, from),
  ]);
  const theirs = [...proven, ...unproven.filter((one) => one.user === user)].sort((a, b) => b.at - a.at);
  const others = newestOfEach(unproven.filter((one) => one.user !== user));
  const [refusals, refusedStations] = [theirs, others].map((all) => all.slice(0, SHOWN_MAX)) as [Refusal[], Refusal[]];
  const places = await placesOf(parts, [...refusals, ...refusedStations]);
  const view = (one: Refusal) => refusalView(one, places);
  return { refusals: refusals.map(view), refusedStations: refusedStations.map(view) };
}

function newestOfEach(refusals: readonly Refusal[]): Refusal[] {
  const byStation = new Map<string, Refusal>();
  for (const one of refusals) if (!byStation.has(one.station)) byStation.set(one.station, one);
  return [...byStation.values()];
}

/** Every station that refusals speak of, as it is registered now. */
export async function placesOf(
  { stations }: Pick<RefusalParts, 'stations'>,
  refusals: readonly Refusal[],
): Promise<Places> {
  const ids = new Set(
    refusals.flatMap(({ station, holder }) => [station, ...(holder === undefined ? [] : [holder.station])]),
  );
  const found = [...ids].map(async (id): Promise<[string, StationRecord | undefined]> => [id, await stations.read(id)]);
  return new Map(await Promise.all(found));
}

export interface HealthParts extends RefusalParts, Omit<KnowingParts, 'refusals'> {}

export type StationHealth = Awaited<ReturnType<typeof stationWithHealth>>;
export type StationShown = Awaited<ReturnType<typeof stationInFull>>;

/** So many stations with their health are a page: each is some ten reads. */
export const HEALTH_PAGE_MAX = 50;

/** In a list the last few say how it does; alone, all that is looked at is told. */
const IN_LIST = { ended: 20, users: 1, searches: false };
const ALONE = { ended: 100, users: 5, searches: true };

export async function stationWithHealth(parts: HealthParts, station: StationRecord, now: EpochMs) {
  const known = await knownOf(parts, station, { now, ...IN_LIST });
  return { ...stationView(station), health: healthView(healthOf(known, now), known, now) };
}

export async function stationInFull(parts: HealthParts, station: StationRecord, now: EpochMs) {
  const known = await knownOf(parts, station, { now, ...ALONE });
  const [told, caused] = [known.told, known.caused].map((all) => all.slice(0, SHOWN_MAX)) as [Refusal[], Refusal[]];
  const places = await placesOf(parts, [...told, ...caused]);
  return {
    ...stationView(station),
    health: healthView(healthOf(known, now), known, now),
    there: known.there.map((seat) => sessionView(seat, now)),
    past: known.ended.slice(0, SHOWN_MAX).map(pastView),
    refusals: told.map((one) => refusalView(one, places)),
    caused: caused.map((one) => refusalView(one, places)),
  };
}
