/** What every implementation of the port `Stations` keeps to. */
import { beforeEach, describe, expect, test } from 'vitest';
import { BadCursor } from '../../lib/service/ports.ts';
import type { StationEntry, StationKind, Stations } from '../../lib/station/stations.ts';
import { at, NOON } from './sessions.ts';

export function describeStations(makeStations: () => Promise<Stations>): void {
  let stations: Stations;
  beforeEach(async () => {
    stations = await makeStations();
  });

  const entry: StationEntry = {
    id: 'lib-1',
    realm: 'campus-print',
    kind: 'hosted',
    name: 'Library, first floor',
    location: 'beside the stairs',
    reportsActivity: false,
    proof: 'bearer',
  };
  /** Issues a key at this second; the one before it is good for another minute. */
  const nextKey = (id: string, second = 0) => stations.nextKey(id, { now: at(second), previousUntil: at(second + 60) });
  const record = { ...entry, hasPanel: true, keyGeneration: 0, registeredAt: NOON };

  test('a station is registered, and found as it was', async () => {
    expect(await stations.read('lib-1')).toBeUndefined();
    expect(await stations.put(entry, NOON)).toEqual({ created: true, station: record });
    expect(await stations.read('lib-1')).toEqual(record);
    expect(await stations.read('lib-2')).toBeUndefined();
  });

  test('a registration is changed; its keys and its instant stay', async () => {
    await stations.put(entry, NOON);
    await nextKey('lib-1', 10);
    await nextKey('lib-1', 20);
    const moved: StationEntry = { ...entry, kind: 'application', name: '', location: '', reportsActivity: true };
    const keys = { keyGeneration: 2, keyIssuedAt: at(20), previousKeyUntil: at(80) };
    const station = { ...moved, hasPanel: false, ...keys, registeredAt: NOON };
    expect(await stations.put(moved, at(60))).toEqual({ created: false, station });
    expect(await stations.read('lib-1')).toEqual(station);
  });

  test.each<[StationKind, boolean]>([
    ['hosted', true],
    ['pinging', true],
    ['application', false],
    ['gateway', false],
  ])('a station of the kind %s has a panel: %s', async (kind, hasPanel) => {
    expect((await stations.put({ ...entry, kind }, NOON)).station.hasPanel).toBe(hasPanel);
    expect((await stations.read('lib-1'))?.hasPanel).toBe(hasPanel);
  });

  test('what a registration may leave unsaid is found where it was said, and gone where it no longer is', async () => {
    const gateway: StationEntry = {
      ...entry,
      kind: 'gateway',
      proof: 'signature',
      speaksFor: ['lib-7', 'lib-2*'],
      dialect: 'xerox-convenience-authentication',
      certificate: Array.from({ length: 32 }, () => 'AB').join(':'),
    };
    const station = { ...gateway, hasPanel: false, keyGeneration: 0, registeredAt: NOON };
    expect((await stations.put(gateway, NOON)).station).toEqual(station);
    expect(await stations.read('lib-1')).toEqual(station);
    expect((await stations.list({ limit: 10 })).items).toEqual([station]);

    expect((await stations.put(entry, at(60))).station).toEqual(record);
    expect(await stations.read('lib-1')).toEqual(record);
  });

  test('the key before the newest is good until the instant that was said', async () => {
    await stations.put(entry, NOON);
    expect(await nextKey('lib-1', 10)).toEqual({ ...record, keyGeneration: 1, keyIssuedAt: at(10) });
    const second = { ...record, keyGeneration: 2, keyIssuedAt: at(20), previousKeyUntil: at(80) };
    expect(await nextKey('lib-1', 20)).toEqual(second);
    expect(await stations.read('lib-1')).toEqual(second);
  });

  test('keys that are issued at once are of different generations, and the newest is the one that stands', async () => {
    await stations.put(entry, NOON);
    const issued = await Promise.all([1, 2, 3, 4].map((second) => nextKey('lib-1', second)));
    const generations = issued.map((station) => station?.keyGeneration ?? 0);
    expect(new Set(generations).size).toBe(4);
    expect((await stations.read('lib-1'))?.keyGeneration).toBe(Math.max(...generations));
  });

  test('a station that is registered by several at once is created by one of them', async () => {
    const put = await Promise.all([1, 2, 3].map((second) => stations.put(entry, at(second))));
    expect(put.filter(({ created }) => created)).toHaveLength(1);
    expect(new Set(put.map(({ station }) => station.registeredAt)).size).toBe(1);
  });

  test('keys that are revoked are followed by no time in which they are good', async () => {
    await stations.put(entry, NOON);
    await nextKey('lib-1', 10);
    await nextKey('lib-1', 20);
    expect(await stations.revokeKeys('lib-1')).toEqual({ ...record, keyGeneration: 3 });
    expect(await stations.read('lib-1')).toEqual({ ...record, keyGeneration: 3 });
    expect(await nextKey('lib-1', 30)).toEqual({ ...record, keyGeneration: 4, keyIssuedAt: at(30) });
  });

  test('a station that is not registered has no key to issue or revoke', async () => {
    expect(await nextKey('lib-1')).toBeUndefined();
    expect(await stations.revokeKeys('lib-1')).toBeUndefined();
    expect(await stations.read('lib-1')).toBeUndefined();
  });

  test('a station is removed once', async () => {
    await stations.put(entry, NOON);
    expect(await stations.remove('lib-1')).toBe(true);
    expect(await stations.read('lib-1')).toBeUndefined();
    expect(await nextKey('lib-1')).toBeUndefined();
    expect((await stations.list({ limit: 10 })).items).toEqual([]);
    expect(await stations.remove('lib-1')).toBe(false);
  });

  test('no key of a removed station opens the one that is registered under its id later', async () => {
    await stations.put(entry, NOON);
    await nextKey('lib-1', 1);
    const last = await nextKey('lib-1', 2);
    await stations.remove('lib-1');
    const { created, station } = await stations.put(entry, at(60));
    expect(created).toBe(true);
    expect(station.registeredAt).toBe(at(60));
    expect(station.keyGeneration).toBeGreaterThan(last?.keyGeneration ?? 0);
    expect([station.keyIssuedAt, station.previousKeyUntil]).toEqual([undefined, undefined]);
    expect(await stations.read('lib-1')).toEqual(station);
  });

  describe('the list', () => {
    test('is by the instant of registration, in pages', async () => {
      const ids = ['c', 'a', 'e', 'b', 'd'];
      for (const [n, id] of ids.entries()) await stations.put({ ...entry, id }, at(n));
      await stations.put({ ...entry, id: 'c', name: 'changed' }, at(100));

      const seen: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await stations.list({ limit: 2, ...(cursor === undefined ? {} : { cursor }) });
        seen.push(...page.items.map(({ id }) => id));
        cursor = page.cursor;
      } while (cursor !== undefined);
      expect(seen).toEqual(ids);
    });

    test('has ids alone for whoever needs no more, in the same order and pages', async () => {
      for (const [n, id] of ['c', 'a', 'b'].entries()) await stations.put({ ...entry, id }, at(n));
      const first = await stations.ids({ limit: 2 });
      expect(first.items).toEqual(['c', 'a']);
      const second = await stations.ids({ limit: 2, ...(first.cursor === undefined ? {} : { cursor: first.cursor }) });
      expect(second.items).toEqual(['b']);
      await stations.remove('c');
      expect((await stations.ids({ limit: 10 })).items).toEqual(['a', 'b']);
    });

    test('has all that registered in the same millisecond', async () => {
      for (const id of ['a', 'b', 'c']) await stations.put({ ...entry, id }, NOON);
      const first = await stations.list({ limit: 2 });
      const second = await stations.list({ limit: 2, ...(first.cursor === undefined ? {} : { cursor: first.cursor }) });
      expect([...first.items, ...second.items].map(({ id }) => id).sort()).toEqual(['a', 'b', 'c']);
    });

    test('shows whole records', async () => {
      await stations.put(entry, NOON);
      expect((await stations.list({ limit: 10 })).items).toEqual([record]);
    });

    test('is not shown from a cursor that nobody gave out', async () => {
      await expect(stations.list({ limit: 10, cursor: 'nonsense' })).rejects.toThrow(BadCursor);
    });
  });
}
