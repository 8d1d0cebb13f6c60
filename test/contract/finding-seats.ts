/** What every implementation of the port `Seats` keeps to: what it finds, and what is due. */
import { beforeEach, describe, expect, test } from 'vitest';
import { BadCursor, type DueSeat, type Seats } from '../../lib/service/ports.ts';
import type { Seat, SeatKey } from '../../lib/session/seat.ts';
import { allShards, dormantShards, heldShards, shardOf } from '../../lib/session/shards.ts';
import { type EpochMs, NEVER } from '../../lib/time.ts';
import { absent, ana, at, descend, end, given, keepWord, NOON, open, renew, said, unchanged } from './sessions.ts';

/** @param makeSeats makes empty seats with this many shards */
export function describeFindingSeats(makeSeats: (shards: number) => Promise<Seats>): void {
  let seats: Seats;
  beforeEach(async () => {
    seats = await makeSeats(4);
  });

  describe('reading', () => {
    test('finds what was written, and nothing where nothing was', async () => {
      const there = await given(seats, open());
      expect(await seats.read(ana)).toEqual(there);
      expect(await seats.read({ ...ana, user: 'bob' })).toBeUndefined();
      expect(await seats.read({ ...ana, realm: 'other' })).toBeUndefined();
      expect(await seats.read({ ...ana, seat: '1' })).toBeUndefined();
    });

    test('gives out copies: nobody changes a seat but by writing', async () => {
      await given(seats, open());
      const mine = await seats.read(ana);
      Object.assign(mine?.session ?? {}, { station: 'mine' });
      expect((await seats.read(ana))?.session?.station).toBe('lib-1');
    });

    test.each(['a#b', 'Zoë Müller', 'seat#0', '用户', 'x'.repeat(256)])(
      'knows the user %j by exactly this name',
      async (user) => {
        const key = { ...ana, user };
        await seats.write(key, { condition: absent, change: open() });
        expect((await seats.read(key))?.key).toEqual(key);
        expect((await seats.ofUser(ana.realm, user, { limit: 10 })).items).toHaveLength(1);
        expect((await everyDue(NEVER)).map((due) => due.key)).toEqual([key]);
      },
    );

    test('of many leaves out those that do not exist, and minds no repetition', async () => {
      const keys = Array.from({ length: 130 }, (_, n): SeatKey => ({ ...ana, user: `user-${n}` }));
      await Promise.all(keys.slice(0, 120).map((key) => seats.write(key, { condition: absent, change: open() })));
      const found = await seats.readMany([...keys, ...keys.slice(0, 5)]);
      expect(found.map(({ key }) => key.user).sort()).toEqual(
        keys
          .slice(0, 120)
          .map(({ user }) => user)
          .sort(),
      );
      expect(await seats.readMany([])).toEqual([]);
    });

    test('of a user finds all of theirs and nobody else’s', async () => {
      for (const key of [ana, { ...ana, seat: '1' }, { ...ana, user: 'anabel' }, { ...ana, realm: 'campus' }]) {
        await seats.write(key, { condition: absent, change: open() });
      }
      const found = await seats.ofUser(ana.realm, ana.user, { limit: 10 });
      expect(found.items.map(({ key }) => key.seat).sort()).toEqual(['0', '1']);
      expect(await seats.ofUser(ana.realm, 'nobody', { limit: 10 })).toEqual({ items: [] });
    });

    test('of a user comes in pages, each seat once, and none larger than asked for', async () => {
      const names = Array.from({ length: 7 }, (_, n) => String(n));
      for (const seat of names) await seats.write({ ...ana, seat }, { condition: absent, change: open() });
      const seen: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await seats.ofUser(ana.realm, ana.user, { limit: 3, ...(cursor === undefined ? {} : { cursor }) });
        expect(page.items.length).toBeLessThanOrEqual(3);
        seen.push(...page.items.map(({ key }) => key.seat));
        cursor = page.cursor;
      } while (cursor !== undefined);
      expect(seen.sort()).toEqual(names);
    });

    test.each(['', 'nonsense', 'WyJhIl0', 'bnVsbA', 'W10'])(
      'of a user does not go on from the cursor %j, which nobody gave out',
      async (cursor) => {
        await expect(seats.ofUser(ana.realm, ana.user, { limit: 3, cursor })).rejects.toThrow(BadCursor);
      },
    );
  });

  describe('what is due', () => {
    beforeEach(async () => {
      seats = await makeSeats(1);
    });
    const opensAt = (user: string, due: number) =>
      seats.write({ ...ana, user }, { condition: absent, change: open({ due: at(due) }) });

    test('comes earliest first, up to and with the instant asked for', async () => {
      await opensAt('c', 180);
      await opensAt('a', 60);
      await opensAt('b', 120);
      expect(await everyDue(at(120))).toEqual([
        { key: { ...ana, user: 'a' }, due: at(60) },
        { key: { ...ana, user: 'b' }, due: at(120) },
      ]);
    });

    test('comes in pages, each seat once, whatever ends between them', async () => {
      for (let n = 0; n < 7; n++) await opensAt(`user-${n}`, 60 * Math.floor(n / 2));
      const seen: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await seats.due('s0', { through: NEVER, limit: 3, ...(cursor === undefined ? {} : { cursor }) });
        expect(page.items.length).toBeLessThanOrEqual(3);
        for (const { key } of page.items) {
          seen.push(key.user);
          await seats.write(key, { condition: { if: 'live', now: at(10) }, change: end });
        }
        cursor = page.cursor;
      } while (cursor !== undefined);
      expect(seen.sort()).toEqual(Array.from({ length: 7 }, (_, n) => `user-${n}`));
    });

    test('goes on after any of a page, as after its last', async () => {
      for (let n = 0; n < 5; n++) await opensAt(`user-${n}`, 60 * Math.floor(n / 2));
      const { items } = await seats.due('s0', { through: NEVER, limit: 5 });
      for (const [n, one] of items.entries()) {
        const rest = await seats.due('s0', { through: NEVER, limit: 5, after: one });
        expect(rest.items).toEqual(items.slice(n + 1));
      }
    });

    test('goes on with a cursor although the end has moved', async () => {
      for (let n = 0; n < 4; n++) await opensAt(`user-${n}`, 60 * n);
      const { cursor = '' } = await seats.due('s0', { through: at(120), limit: 2 });
      expect((await seats.due('s0', { through: NEVER, limit: 10, cursor })).items).toHaveLength(2);
      expect((await seats.due('s0', { through: at(0), limit: 10, cursor })).items).toHaveLength(0);
    });

    test('moves with the slot, and goes with the session', async () => {
      const there = await given(seats, open(), { do: 'postpone', rung: 'active', due: at(600) }, renew());
      expect(await everyDue(NEVER)).toEqual([{ key: ana, due: at(600) }]);
      await seats.write(ana, { condition: unchanged(there), change: renew({ due: at(90) }) });
      expect(await everyDue(NEVER)).toEqual([{ key: ana, due: at(90) }]);
      await seats.write(ana, { condition: { if: 'live', now: at(1) }, change: end });
      expect(await everyDue(NEVER)).toEqual([]);
      expect(await seats.countOpen('s0')).toEqual(new Map());
    });

    test('is told apart by whether the session holds its seat', async () => {
      const steps = [
        [open(), 's0'],
        [descend('lingering', at(120)), 's0'],
        [renew({ resumedAt: at(10) }), 's0'],
        [descend('failover', at(180)), 'd0'],
        [descend('remembered', at(240)), 'd0'],
        [open({ madeAnewOf: NOON }, at(200), said('activity-1')), 's0'],
        [descend('remembered', at(300)), 'd0'],
        [end, undefined],
      ] as const;
      let there: Seat | undefined;
      for (const [change, expected] of steps) {
        const condition = there === undefined ? absent : unchanged(there);
        const written = await seats.write(ana, { condition, change });
        there = written.seat;
        for (const shard of [...heldShards(1), ...dormantShards(1)]) {
          const due = (await seats.due(shard, { through: NEVER, limit: 10 })).items;
          const session = there?.session;
          const dueAt = session?.state === 'open' ? session.due : NOON;
          expect(due, `${change.do} in ${shard}`).toEqual(shard === expected ? [{ key: ana, due: dueAt }] : []);
          expect((await seats.countOpen(shard)).get(ana.realm) ?? 0).toBe(due.length);
        }
      }
    });

    test('does not name a seat that only remembers', async () => {
      await given(seats, keepWord());
      expect(await everyDue(NEVER)).toEqual([]);
    });

    test('is spread over the shards, each seat in its own', async () => {
      seats = await makeSeats(4);
      const keys = Array.from({ length: 40 }, (_, n): SeatKey => ({ ...ana, user: `user-${n}` }));
      for (const key of keys) await seats.write(key, { condition: absent, change: open() });
      for (const shard of heldShards(4)) {
        const expected = keys.filter((key) => shardOf(key, 4) === shard).map(({ user }) => user);
        const found = (await seats.due(shard, { through: NEVER, limit: 100 })).items.map(({ key }) => key.user);
        expect(found.sort()).toEqual(expected.sort());
        expect((await seats.countOpen(shard)).get(ana.realm) ?? 0).toBe(expected.length);
      }
    });

    test('is counted by its realm', async () => {
      const library = { ...ana, realm: 'library' };
      for (const key of [ana, { ...ana, user: 'ben' }, library]) {
        await seats.write(key, { condition: absent, change: open() });
      }
      expect(await seats.countOpen('s0')).toEqual(
        new Map([
          [ana.realm, 2],
          ['library', 1],
        ]),
      );
    });

    test.each(['', 'nonsense', 'WyJhIl0', 'bnVsbA', 'W10'])(
      'is not listed from the cursor %j, which nobody gave out',
      async (cursor) => {
        await expect(seats.due('s0', { through: NEVER, limit: 3, cursor })).rejects.toThrow(BadCursor);
      },
    );
  });

  async function everyDue(through: EpochMs): Promise<DueSeat[]> {
    const pages = await Promise.all(allShards(4).map((shard) => seats.due(shard, { through, limit: 100 })));
    return pages.flatMap(({ items }) => items);
  }
}
