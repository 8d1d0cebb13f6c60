/** Registered stations, remembered for a while by each container: a station that says something now and then costs no read. */
import { type DurationMs, durationMs, type EpochMs, since } from '../time.ts';
import { keepNewest } from './newest.ts';
import type { StationRecord, Stations } from './stations.ts';

/**
 * How long a container may go by what it remembers: so long can a revoked key still open (docs/keys.md). Several pings
 * of a minute each, so that most of them are one request.
 */
export const REMEMBERED: DurationMs = durationMs(300_000);

export interface Registry {
  /** As of at most `maxAge` ago. What does not exist is not remembered, so that a new station is known at once. */
  find(id: string, now: EpochMs, maxAge?: DurationMs): Promise<StationRecord | undefined>;
  /**
   * For whoever has proven nothing yet: what does not exist is remembered as long as what does, so that asking for either
   * takes as long.
   */
  recall(id: string, now: EpochMs, maxAge?: DurationMs): Promise<StationRecord | undefined>;
}

export function createRegistry(stations: Pick<Stations, 'read'>): Registry {
  const remembered = new Map<
    string,
    { readonly reading: Promise<StationRecord | undefined>; readonly readAt: EpochMs }
  >();
  const missedAt = new Map<string, EpochMs>();

  return { find, recall };

  function find(id: string, now: EpochMs, maxAge = REMEMBERED): Promise<StationRecord | undefined> {
    const known = remembered.get(id);
    if (known !== undefined && since(known.readAt, now) < maxAge) return known.reading;
    const reading = stations.read(id);
    keepNewest(remembered, id, { reading, readAt: now });
    const forget = () => remembered.get(id)?.reading === reading && remembered.delete(id);
    reading.then((station) => station ?? forget(), forget);
    return reading;
  }

  async function recall(id: string, now: EpochMs, maxAge = REMEMBERED): Promise<StationRecord | undefined> {
    const missed = missedAt.get(id);
    if (!remembered.has(id) && missed !== undefined && since(missed, now) < maxAge) return undefined;
    const station = await find(id, now, maxAge);
    if (station === undefined) keepNewest(missedAt, id, now);
    return station;
  }
}
