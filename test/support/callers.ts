/** A station, its key and a delivery: what proves who calls, without anything in between. */
import { memoryStations } from '../../lib/memory/stations.ts';
import { callerOf } from '../../lib/station/caller.ts';
import type { Delivery } from '../../lib/station/delivery.ts';
import { type Masters, stationKey } from '../../lib/station/keys.ts';
import { createRegistry } from '../../lib/station/registry.ts';
import type { StationEntry } from '../../lib/station/stations.ts';
import { after, DAY, type EpochMs } from '../../lib/time.ts';

export const CURRENT = 'the current master secret, of more than 32 bytes';
export const PREVIOUS = 'the master secret before it, of more than 32 bytes';

/** Stations as they are registered, how often they were read, and who a delivery is from by one container's knowledge. */
export function desk({ masters = { current: CURRENT } }: { readonly masters?: Masters } = {}) {
  const stations = memoryStations();
  const reads: string[] = [];
  const registry = createRegistry({
    read: (id) => {
      reads.push(id);
      return stations.read(id);
    },
  });
  const realms = new Map<string, { secretUrls: 'allow' | 'refuse' }>([
    ['campus-print', { secretUrls: 'allow' }],
    ['careful', { secretUrls: 'refuse' }],
  ]);
  const entry: StationEntry = {
    id: 'lib-1',
    realm: 'campus-print',
    kind: 'hosted',
    name: 'Library',
    location: '',
    reportsActivity: false,
    proof: 'bearer',
  };
  const issue = async (now: EpochMs, id: string, previousUntil: EpochMs, by = masters): Promise<string> => {
    const station = await stations.nextKey(id, { now, previousUntil });
    if (station === undefined) throw new Error(`no station ${id}`);
    return stationKey(by, station);
  };
  return {
    stations,
    registry,
    reads,
    /** Registers a station, or changes it. */
    register: (now: EpochMs, said: Partial<StationEntry> = {}) => stations.put({ ...entry, ...said }, now),
    /** Its next key; the one before it is good for another day, or until then. */
    issue: (now: EpochMs, { id = 'lib-1', previousUntil = after(now, DAY), by = masters } = {}) =>
      issue(now, id, previousUntil, by),
    callerOf: (delivery: Delivery, now: EpochMs, by = masters) =>
      callerOf({ registry, masters: by, realms }, delivery, now),
  };
}

/** What a station sends. */
export function delivery(
  headers: Readonly<Record<string, string>> = {},
  said: Partial<Omit<Delivery, 'header' | 'body'>> & { readonly body?: string | Uint8Array } = {},
): Delivery {
  const { body = '', ...rest } = said;
  return {
    station: 'lib-1',
    event: 'events',
    ...rest,
    header: (name) => headers[name.toLowerCase()],
    body: typeof body === 'string' ? new TextEncoder().encode(body) : body,
  };
}

export const bearer = (key: string) => ({ authorization: `Bearer ${key}` });
export const basic = (user: string, password: string) => ({
  authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
});
