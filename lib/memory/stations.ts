/** Registered stations in memory. A removed one leaves its count of keys behind, so that none of them opens again. */
import { present } from '../present.ts';
import type { Page } from '../service/ports.ts';
import { hasPanel, type StationEntry, type StationRecord, type Stations } from '../station/stations.ts';
import type { EpochMs } from '../time.ts';
import { pageOf, sortTextAt } from './pages.ts';

export function memoryStations(): Stations {
  const stations = new Map<string, StationRecord>();
  const keysOfRemoved = new Map<string, number>();

  return { read, put, nextKey, revokeKeys, remove, list, ids };

  async function read(id: string): Promise<StationRecord | undefined> {
    await Promise.resolve();
    return structuredClone(stations.get(id));
  }

  async function put(entry: StationEntry, now: EpochMs): Promise<{ created: boolean; station: StationRecord }> {
    await Promise.resolve();
    const old = stations.get(entry.id);
    const station: StationRecord = {
      ...entry,
      hasPanel: hasPanel(entry.kind),
      keyGeneration: old?.keyGeneration ?? keysOfRemoved.get(entry.id) ?? 0,
      ...present({ keyIssuedAt: old?.keyIssuedAt, previousKeyUntil: old?.previousKeyUntil }),
      registeredAt: old?.registeredAt ?? now,
    };
    stations.set(entry.id, station);
    return { created: old === undefined, station: structuredClone(station) };
  }

  async function nextKey(
    id: string,
    { now, previousUntil }: { now: EpochMs; previousUntil: EpochMs },
  ): Promise<StationRecord | undefined> {
    return countKey(id, (old) => ({
      keyIssuedAt: now,
      ...(old.keyIssuedAt === undefined ? {} : { previousKeyUntil: previousUntil }),
    }));
  }

  async function revokeKeys(id: string): Promise<StationRecord | undefined> {
    return countKey(id, () => ({}));
  }

  async function countKey(
    id: string,
    keysOf: (old: StationRecord) => Pick<StationRecord, 'keyIssuedAt' | 'previousKeyUntil'>,
  ): Promise<StationRecord | undefined> {
    await Promise.resolve();
    const old = stations.get(id);
    if (old === undefined) return undefined;
    const { keyIssuedAt, previousKeyUntil, ...rest } = old;
    const station = { ...rest, keyGeneration: old.keyGeneration + 1, ...keysOf(old) };
    stations.set(id, station);
    return structuredClone(station);
  }

  async function remove(id: string): Promise<boolean> {
    await Promise.resolve();
    const old = stations.get(id);
    if (old === undefined) return false;
    keysOfRemoved.set(id, old.keyGeneration + 1);
    return stations.delete(id);
  }

  async function list(query: { limit: number; cursor?: string }): Promise<Page<StationRecord>> {
    await Promise.resolve();
    return pageOf([...stations.values()], ({ registeredAt, id }) => sortTextAt(registeredAt, id), query);
  }

  async function ids(query: { limit: number; cursor?: string }): Promise<Page<string>> {
    const { items, ...rest } = await list(query);
    return { items: items.map(({ id }) => id), ...rest };
  }
}
