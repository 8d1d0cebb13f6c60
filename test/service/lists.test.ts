/** Lists of sessions, of many users at many stations: pages are full, add up, and are the same as one look at everything. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { memoryHistory } from '../../lib/memory/history.ts';
import { memorySeats } from '../../lib/memory/seats.ts';
import { readRealms } from '../../lib/realms/realms-file.ts';
import { type LiveFilter, listLive } from '../../lib/service/live.ts';
import { listPast, listUsers, type PastFilter } from '../../lib/service/past.ts';
import type { Page } from '../../lib/service/ports.ts';
import { handleOf } from '../../lib/session/handle.ts';
import { nameOf, type Past } from '../../lib/session/seat.ts';
import { DAY, durationMs } from '../../lib/time.ts';
import { absent, at, descend, end, everyDeadline, NOON, open, session, unchanged } from '../contract/sessions.ts';

const REALMS = ['campus-print', 'suite'];
const STATIONS = ['lib-1', 'lib-2', 'cp-05'];
const NOW = at(1);

interface Visit {
  readonly realm: string;
  readonly user: string;
  readonly station: string;
  /** In seconds from noon. */
  readonly opened: number;
  readonly lasted: number;
}

/** Of a session that has lost its seat. */
const silent = { ...everyDeadline, lingerAt: at(0), leaseAt: at(0) };

/** A session of the world, before it is written. */
const someone = fc.record({
  realm: fc.constantFrom(...REALMS),
  user: fc.constantFrom('ana', 'Änne', 'anna.meyer', 'ben', '用户'),
  seat: fc.integer({ min: 0, max: 40 }).map((n) => n.toString(36)),
  station: fc.constantFrom(...STATIONS),
  is: fc.constantFrom('open', 'open', 'open', 'ended', 'failover'),
  due: fc.integer({ min: 60, max: 240 }),
});
const people = fc.uniqueArray(someone, {
  maxLength: 60,
  selector: ({ realm, user, seat }) => `${realm} ${user} ${seat}`,
});
const optional = <T>(of: fc.Arbitrary<T>) => fc.option(of, { nil: undefined });
const found = fc.record({
  part: fc.constantFrom('an', 'ANN', 'meyer', '用', 'nobody'),
  stations: fc.subarray(STATIONS).map((stations) => new Set(stations)),
});
const given = <T extends object>(filter: T) =>
  Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined));

const liveFilter: fc.Arbitrary<LiveFilter> = fc
  .record({
    realm: optional(fc.constantFrom(...REALMS)),
    user: optional(fc.constantFrom('ana', 'ben')),
    station: optional(fc.constantFrom(...STATIONS)),
    rung: optional(fc.constantFrom('active', 'failover')),
    find: optional(found),
  })
  .map(given);

async function allPages<T>(pageAt: (cursor: string | undefined) => Promise<Page<T>>): Promise<readonly T[][]> {
  const pages: T[][] = [];
  let cursor: string | undefined;
  do {
    const page = await pageAt(cursor);
    pages.push([...page.items]);
    cursor = page.cursor;
  } while (cursor !== undefined);
  return pages;
}

const folded = (text: string) =>
  text
    .normalize('NFD')
    .replace(/[\u0300-\u036f]/g, '')
    .toLowerCase();

function fits(filter: LiveFilter & PastFilter, who: { realm: string; user: string; station: string }): boolean {
  const { realm = who.realm, user = who.user, station = who.station, find } = filter;
  const isFound = find === undefined || find.stations.has(who.station) || folded(who.user).includes(folded(find.part));
  return realm === who.realm && user === who.user && station === who.station && isFound;
}

describe('live sessions', () => {
  test('pages of any size, over any number of shards, are full but for the last, are never empty, and add up', () =>
    fc.assert(
      fc.asyncProperty(
        people,
        liveFilter,
        fc.integer({ min: 1, max: 8 }),
        fc.integer({ min: 1, max: 8 }),
        fc.integer({ min: 1, max: 20 }),
        async (all, filter, before, shards, limit) => {
          // Some were entered while there were other shards.
          const seats = memorySeats({ shards: before });
          for (const { realm, user, seat, station, is, due } of all) {
            const opened = {
              condition: absent,
              change: open({ station, due: at(due), deadlines: is === 'failover' ? silent : everyDeadline }),
            };
            const there = (await seats.write({ realm, user, seat }, opened)).seat;
            if (is === 'open' || there === undefined) continue;
            await seats.write(there.key, {
              condition: unchanged(there),
              change: is === 'ended' ? end : descend('failover', at(due)),
            });
          }
          const query = { shards, shardsEver: 8, limit, now: NOW };
          const pages = await allPages((cursor) =>
            listLive(seats, filter, { ...query, ...(cursor === undefined ? {} : { cursor }) }),
          );
          const rung = filter.rung === 'failover' ? 'failover' : 'open';
          const expected = all.filter((one) => one.is === rung && fits(filter, one));
          expect(
            pages
              .flat()
              .map((seat) => handleOf(nameOf(seat)))
              .sort(),
          ).toEqual(expected.map(({ realm, user, seat }) => handleOf({ realm, user, seat, epoch: NOON })).sort());
          expect(pages.slice(0, -1).every((page) => page.length === limit)).toBe(true);
          expect(pages.length === 1 || (pages.at(-1)?.length ?? 0) > 0).toBe(true);
        },
      ),
      { numRuns: 150 },
    ));
});

describe('ended sessions', () => {
  const left = fc.record({
    realm: fc.constantFrom(...REALMS),
    user: fc.constantFrom('ana', 'Änne', 'anna.meyer', 'ben'),
    station: fc.constantFrom(...STATIONS),
    opened: fc.integer({ min: -2_000_000, max: 0 }),
    lasted: fc.integer({ min: 1, max: 40_000 }),
  });
  const pastFilter: fc.Arbitrary<PastFilter> = fc
    .record({
      realm: optional(fc.constantFrom(...REALMS)),
      user: optional(fc.constantFrom('ana', 'ben')),
      station: optional(fc.constantFrom(...STATIONS)),
      find: optional(found),
      at: optional(fc.integer({ min: -2_000_000, max: 0 }).map((second) => at(second))),
    })
    .map(given);
  const query = { stations: STATIONS, longestMs: DAY, keptMs: durationMs(90 * DAY) };

  const pastOf = (n: number, { realm, user, station, opened, lasted }: Visit): Past => ({
    name: { realm, user, seat: n.toString(36), epoch: at(opened) },
    session: session({ station, openedAt: at(opened) }),
    ended: { at: at(opened + lasted), reason: 'logout', by: `station:${station}` },
  });

  test('pages of any size add up, are never empty in the end, and are by when they ended', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(left, { maxLength: 60 }),
        pastFilter,
        fc.integer({ min: 1, max: 20 }),
        async (all, filter, limit) => {
          const history = memoryHistory();
          const kept = all.map((one, n) => pastOf(n, one));
          await history.keep(kept.map((past) => ({ past, keepUntil: at(9_000_000) })));
          const now = at(100_000);
          const pages = await allPages((cursor) =>
            listPast(history, filter, { ...query, now, limit, ...(cursor === undefined ? {} : { cursor }) }),
          );
          const there = pages.flat();
          const expected = kept.filter(
            ({ name, session: { station, openedAt }, ended }) =>
              fits(filter, { ...name, station }) &&
              (filter.at === undefined || (openedAt <= filter.at && filter.at < ended.at)),
          );
          expect(there.map(({ name }) => handleOf(name)).sort()).toEqual(
            expected.map(({ name }) => handleOf(name)).sort(),
          );
          const isOfUser = filter.realm !== undefined && filter.user !== undefined;
          const ends = there.map(({ ended }) => ended.at);
          if (!isOfUser) expect(ends).toEqual(ends.toSorted((a, b) => b - a));
        },
      ),
      { numRuns: 100 },
    ));

  test('users are named once on a page, with when they left last', async () => {
    const history = memoryHistory();
    const visits = [
      { user: 'ana', opened: -9_000 },
      { user: 'ben', opened: -500_000 },
      { user: 'ana', opened: -900_000 },
    ].map((visit, n) => pastOf(n, { realm: 'campus-print', station: 'lib-1', lasted: 60, ...visit }));
    await history.keep(visits.map((past) => ({ past, keepUntil: at(9_000_000) })));
    const { items } = await listUsers(history, {}, { ...query, now: NOW, limit: 10 });
    expect(items.map(({ name, endedAt }) => [name.user, endedAt])).toEqual([
      ['ana', at(-8_940)],
      ['ben', at(-499_940)],
    ]);
    const named = { find: { part: 'BE', stations: new Set<string>() } };
    expect((await listUsers(history, named, { ...query, now: NOW, limit: 10 })).items).toHaveLength(1);
    const shown = { find: { part: 'CORP\\Be', stations: new Set<string>() } };
    const users = { domains: ['CORP'] };
    const { realms } = readRealms(
      JSON.stringify({ realms: { 'campus-print': { profile: 'release-station', users } } }),
    );
    for (const list of [listUsers, listPast]) {
      expect((await list(history, shown, { ...query, realms, now: NOW, limit: 10 })).items).toHaveLength(1);
      expect((await list(history, shown, { ...query, now: NOW, limit: 10 })).items).toEqual([]);
    }
  });
});
