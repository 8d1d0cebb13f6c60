/** Registered stations, remembered for a while by each container: a station that says something now and then costs no read. */
import type { StationRecord, Stations } from '../session/ports.ts';
import { type DurationMs, durationMs, type EpochMs, since } from '../time.ts';

/**
 * How long a container may go by what it remembers: so long can a revoked key still open (docs/operating.md). Several pings
 * of a minute each, so that most of them are one request.
 */
const REMEMBERED: DurationMs = durationMs(300_000);

/** So that a container that hears from very many stations does not grow: the oldest is forgotten first. */
const ENTRIES_MAX = 10_000;

export interface Registry {
  /** As of at most `maxAge` ago. What does not exist is not remembered, so that a new station is known at once. */
  find(id: string, now: EpochMs, maxAge?: DurationMs): Promise<StationRecord | undefined>;
}

export function createRegistry(stations: Pick<Stations, 'read'>): Registry {
  const remembered = new Map<
    string,
    { readonly reading: Promise<StationRecord | undefined>; readonly readAt: EpochMs }
  >();
  return {
    find(id, now, maxAge = REMEMBERED) {
      const known = remembered.get(id);
      if (known !== undefined && since(known.readAt, now) < maxAge) return known.reading;
      const reading = stations.read(id);
      remembered.delete(id);
      remembered.set(id, { reading, readAt: now });
      const [oldest] = remembered.keys();
      if (remembered.size > ENTRIES_MAX && oldest !== undefined) remembered.delete(oldest);
      const forget = () => remembered.get(id)?.reading === reading && remembered.delete(id);
      reading.then((station) => station ?? forget(), forget);
      return reading;
    },
  };
}
