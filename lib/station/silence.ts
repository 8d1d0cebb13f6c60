/**
 * Stations at which somebody is every day, and nobody has been of late. What ended at a station, and when, stands in the index
 * anyway: nothing is written for this, and nobody waits for a station to speak.
 */
import { present } from '../present.ts';
import type { History } from '../service/ports.ts';
import { before, DAY, durationMs, type EpochMs, epochMs, since } from '../time.ts';
import type { Stations } from './stations.ts';

export interface SilenceParts {
  readonly stations: Pick<Stations, 'ids'>;
  readonly history: Pick<History, 'endedAt'>;
}

export interface Silent {
  readonly station: string;
  /** When a session ended there last. */
  readonly since: EpochMs;
}

export interface SilenceFound {
  readonly looked: number;
  /** In the order of their registration. */
  readonly silent: readonly Silent[];
}

const WEEK = 7;

/** Somebody is there every day who is there on so many of seven: on working days, and once a holiday came between. */
const DAILY = 4;

const PAGE = 100;
const AT_ONCE = 10;

/** So many are looked at, those first that were registered first. */
export const STATIONS_MAX = 10_000;

/** Looks as long as `hasTime` says that there is time. */
export async function silentStations(
  { stations, history }: SilenceParts,
  now: EpochMs,
  hasTime: () => boolean,
): Promise<SilenceFound> {
  const silent: Silent[] = [];
  let looked = 0;
  let cursor: string | undefined;
  do {
    const page = await stations.ids({ limit: PAGE, ...present({ cursor }) });
    for (let start = 0; start < page.items.length && hasTime(); start += AT_ONCE) {
      const some = page.items.slice(start, start + AT_ONCE);
      const found = await Promise.all(some.map((station) => silentSince(history, station, now)));
      silent.push(...some.flatMap((station, n) => (found[n] === undefined ? [] : [{ station, since: found[n] }])));
      looked += some.length;
    }
    cursor = page.cursor;
  } while (cursor !== undefined && looked < STATIONS_MAX && hasTime());
  return { looked, silent };
}

/** `undefined` where it has spoken within a day, where nobody is there every day, or not on such a day as the last one. */
async function silentSince(
  history: SilenceParts['history'],
  station: string,
  now: EpochMs,
): Promise<EpochMs | undefined> {
  const newest = async (from: EpochMs, until: EpochMs) =>
    (await history.endedAt(station, { from, until, limit: 1 })).items[0]?.endedAt;
  const weekBefore = daysBefore(now, WEEK);
  const last = await newest(daysBefore(now, WEEK + 1), now);
  if (last === undefined || since(last, now) < DAY) return undefined;
  // On a Sunday nobody misses whom nobody saw on the Sunday before.
  if ((await newest(daysBefore(now, WEEK + 1), weekBefore)) === undefined) return undefined;
  const days = Array.from({ length: WEEK }, (_, n) => n);
  const spoke = await Promise.all(days.map((n) => newest(epochMs(daysBefore(last, n + 1) + 1), daysBefore(last, n))));
  return spoke.filter((at) => at !== undefined).length < DAILY ? undefined : last;
}

const daysBefore = (at: EpochMs, days: number): EpochMs => before(at, durationMs(days * DAY));
