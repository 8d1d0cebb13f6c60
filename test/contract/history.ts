/** What every implementation of the port `History` keeps to. */

import { beforeEach, describe, expect, test } from 'vitest';
import { BadCursor, type History } from '../../lib/service/ports.ts';
import type { Ending, Past } from '../../lib/session/seat.ts';
import { after, DAY, type EpochMs } from '../../lib/time.ts';
import { ana, at, NOON, session } from './sessions.ts';

export function describeHistory(makeHistory: () => Promise<History>): void {
  let history: History;
  beforeEach(async () => {
    history = await makeHistory();
  });

  const logout: Ending = { at: at(20), reason: 'logout', by: 'station:lib-1' };
  const past = (n: number, ended: Ending = { ...logout, at: at(n) }): Past => ({
    name: { ...ana, epoch: NOON + n },
    session: session({ openedBy: `login-${n}` }),
    ended,
  });
  const keep = (...past: readonly Past[]) =>
    history.keep(past.map((one) => ({ past: one, keepUntil: after(one.ended.at, DAY) })));

  async function everythingOf(user: string, limit: number): Promise<Past[]> {
    const seen: Past[] = [];
    let cursor: string | undefined;
    do {
      const page = await history.ofUser(ana.realm, user, { limit, ...(cursor === undefined ? {} : { cursor }) });
      seen.push(...page.items);
      cursor = page.cursor;
    } while (cursor !== undefined);
    return seen;
  }

  test('an ended session is found by its name, with how it ended', async () => {
    const ended: Ending = { at: at(20), reason: 'operator', by: 'operator:kim', note: 'he went home' };
    await keep(past(1, ended), past(2));
    expect(await history.find({ ...ana, epoch: NOON + 1 })).toEqual(past(1, ended));
  });

  test('it is found as it was when it still said open, and as it was once its end was recorded', async () => {
    const { due: _, rung: __, ...facts } = session();
    const recorded: Past = {
      name: { ...ana, epoch: NOON },
      session: { ...facts, state: 'ended', ended: logout },
      ended: logout,
    };
    await keep(past(1), recorded);
    expect(await history.find(past(1).name)).toEqual(past(1));
    expect(await history.find(recorded.name)).toEqual(recorded);
  });

  test('it is found among hundreds that its user has had, whenever they ended', async () => {
    const one: Past = { ...past(500), name: { ...ana, epoch: at(1_100) } };
    const lasting: Past = { ...past(0), ended: { ...logout, at: at(1_000_000) } };
    await keep(...Array.from({ length: 250 }, (_, n) => past(1 + n * 30)), one, lasting);
    expect(await history.find(one.name)).toEqual(one);
    expect(await history.find(lasting.name)).toEqual(lasting);
  });

  test('one that never was is not found', async () => {
    await keep(past(1));
    expect(await history.find({ ...ana, epoch: NOON + 7 })).toBeUndefined();
    expect(await history.find({ ...ana, seat: '1', epoch: NOON + 1 })).toBeUndefined();
    expect(await history.find({ ...ana, user: 'bob', epoch: NOON + 1 })).toBeUndefined();
  });

  test('a session that is kept twice is kept once, however its end was told', async () => {
    await keep(past(1), past(1));
    await keep(past(1));
    expect(await everythingOf('ana', 10)).toEqual([past(1)]);
    await keep(past(1, logout));
    expect(await everythingOf('ana', 10)).toEqual([past(1, logout)]);
  });

  test('a user’s sessions are in the order in which they opened, whichever ended first', async () => {
    const [first, second, third] = [past(1, { ...logout, at: at(90) }), past(2), past(3, { ...logout, at: at(50) })];
    await keep(second, third, first);
    expect(await everythingOf('ana', 10)).toEqual([third, second, first]);
    expect(await everythingOf('ana', 1)).toEqual([third, second, first]);
  });

  test('nothing at all may be kept', async () => {
    await keep();
    expect(await everythingOf('ana', 10)).toEqual([]);
  });

  test('a user’s sessions come newest first, in pages, however many were kept at once', async () => {
    const all = Array.from({ length: 60 }, (_, n) => past(n));
    await keep(...all);
    expect(await everythingOf('ana', 7)).toEqual(all.toReversed());
  });

  test('sessions that ended in the same millisecond are all there', async () => {
    await keep(past(1, logout), past(2, logout), past(3, logout));
    expect((await everythingOf('ana', 2)).map(({ name }) => name.epoch).sort()).toEqual([NOON + 1, NOON + 2, NOON + 3]);
  });

  test('each user has their own', async () => {
    const bobs: Past = { ...past(1), name: { ...ana, user: 'bob', epoch: NOON } };
    await keep(past(1), bobs);
    expect(await everythingOf('bob', 10)).toEqual([bobs]);
  });

  async function leftAt(station: string, from: number, until: number, limit: number): Promise<number[]> {
    const seen: number[] = [];
    let cursor: string | undefined;
    do {
      const span = { from: at(from), until: at(until), limit };
      const page = await history.endedAt(station, { ...span, ...(cursor === undefined ? {} : { cursor }) });
      expect(page.items.length).toBeLessThanOrEqual(limit);
      seen.push(...page.items.map(({ endedAt }) => (endedAt - NOON) / 1_000));
      cursor = page.cursor;
    } while (cursor !== undefined);
    return seen;
  }

  test('those who left a station are named, the last one first, page by page, within the span alone', async () => {
    const elsewhere: Past = { ...past(4), session: session({ station: 'lib-2' }) };
    await keep(...[1, 2, 3, 5, 6].map((n) => past(n)), elsewhere);
    expect(await leftAt('lib-1', 2, 5, 2)).toEqual([5, 3, 2]);
    expect(await leftAt('lib-2', 0, 9, 2)).toEqual([4]);
    expect(await leftAt('lib-3', 0, 9, 2)).toEqual([]);
    expect((await history.endedAt('lib-2', { from: at(0), until: at(9), limit: 1 })).items).toEqual([
      { name: elsewhere.name, endedAt: at(4) },
    ]);
  });

  test('all are named who left in one millisecond, and nobody who was forgotten', async () => {
    const many = Array.from({ length: 7 }, (_, n): Past => ({ ...past(n), ended: { ...logout, at: at(9) } }));
    await keep(...many);
    expect(await leftAt('lib-1', 9, 9, 3)).toHaveLength(7);
    await history.forget(ana.realm, 'ana', 100);
    expect(await leftAt('lib-1', 0, 9, 3)).toEqual([]);
  });

  test('of many names those that are kept are read', async () => {
    await keep(past(1), past(2));
    const found = await history.readMany([past(1).name, past(2).name, past(3).name]);
    expect(found.sort((a, b) => a.name.epoch - b.name.epoch)).toEqual([past(1), past(2)]);
  });

  test('who left a station is not named from a cursor that nobody gave out', async () => {
    const query = { from: at(0), until: at(9), limit: 1, cursor: 'nonsense' };
    await expect(history.endedAt('lib-1', query)).rejects.toThrow(BadCursor);
  });

  test('what is forgotten is neither listed nor found, and nobody else’s is', async () => {
    const bobs: Past = { ...past(1), name: { ...ana, user: 'bob', epoch: NOON } };
    const elsewhere: Past = { ...past(1), name: { ...ana, realm: 'library', epoch: NOON } };
    await keep(past(1), past(2), bobs, elsewhere);
    expect(await history.forget(ana.realm, 'ana', 10)).toEqual({ erased: 2, more: false });
    expect(await everythingOf('ana', 10)).toEqual([]);
    expect(await history.find(past(1).name)).toBeUndefined();
    expect(await everythingOf('bob', 10)).toEqual([bobs]);
    expect(await history.find(elsewhere.name)).toEqual(elsewhere);
  });

  test('a long history is forgotten bit by bit', async () => {
    await keep(...Array.from({ length: 60 }, (_, n) => past(n)));
    expect(await history.forget(ana.realm, 'ana', 40)).toEqual({ erased: 40, more: true });
    expect(await everythingOf('ana', 100)).toHaveLength(20);
    expect(await history.forget(ana.realm, 'ana', 40)).toEqual({ erased: 20, more: false });
  });

  test('where there is nothing to forget nothing is forgotten', async () =>
    expect(await history.forget(ana.realm, 'nobody', 10)).toEqual({ erased: 0, more: false }));

  test('a user’s sessions do not come from a cursor that nobody gave out', async () => {
    await expect(history.ofUser('campus-print', 'ana', { limit: 5, cursor: 'nonsense' })).rejects.toThrow(BadCursor);
  });

  describe('what ended at a station', () => {
    const elsewhere: Past = { ...past(4), session: session({ openedBy: 'x', station: 'lib-9' }) };
    const all = [past(1), past(3), past(2, { ...logout, at: at(50) })];
    const ended = async (query: { limit: number; from?: EpochMs; cursor?: string }) =>
      history.atStation('lib-1', query);

    test('is listed by when it ended, the last first, whoever it was', async () => {
      const bobs: Past = { ...past(5), name: { ...ana, user: 'bob', epoch: NOON } };
      await keep(...all, elsewhere, bobs);
      expect((await ended({ limit: 10 })).items).toEqual([all[2], bobs, all[1], all[0]]);
    });

    test('is listed from an instant on', async () => {
      await keep(...all);
      expect((await ended({ limit: 10, from: at(3) })).items).toEqual([all[2], all[1]]);
      expect((await ended({ limit: 10, from: at(51) })).items).toEqual([]);
    });

    test('is listed page by page', async () => {
      await keep(...all);
      const first = await ended({ limit: 2 });
      expect(first.items).toEqual([all[2], all[1]]);
      expect((await ended({ limit: 2, cursor: String(first.cursor) })).items).toEqual([all[0]]);
      await expect(ended({ limit: 2, cursor: 'nonsense' })).rejects.toThrow(BadCursor);
    });

    test('is listed once, however often it is kept, and not once it is forgotten', async () => {
      await keep(...all);
      await keep(...all);
      expect((await ended({ limit: 10 })).items).toHaveLength(3);
      await history.forget(ana.realm, 'ana', 10);
      expect((await ended({ limit: 10 })).items).toEqual([]);
    });
  });
}
