/** Stations by a part of what people call them. */
import { present } from '../present.ts';
import { includes } from '../service/live.ts';
import type { StationRecord, Stations } from './stations.ts';

export const isCalled = ({ id, name, location }: StationRecord, part: string): boolean =>
  [id, name, location].some((text) => includes(text, part));

/** A page of a batch read each. Where there are more stations, those that were registered last are not among the found. */
const PAGES_MAX = 20;
const PAGE = 100;

/** All whose id, name or place has this part, of the first 2,000. */
export async function stationsCalled(stations: Pick<Stations, 'list'>, part: string): Promise<StationRecord[]> {
  return (await firstStations(stations)).stations.filter((station) => isCalled(station, part));
}

/** The first 2,000, and whether these are all. */
export async function firstStations(
  stations: Pick<Stations, 'list'>,
): Promise<{ readonly stations: readonly StationRecord[]; readonly isWhole: boolean }> {
  const found: StationRecord[] = [];
  let cursor: string | undefined;
  for (let pages = 0; pages < PAGES_MAX; pages++) {
    const page = await stations.list({ limit: PAGE, ...present({ cursor }) });
    found.push(...page.items);
    cursor = page.cursor;
    if (cursor === undefined) break;
  }
  return { stations: found, isWhole: cursor === undefined };
}
