import { beforeEach, describe, expect, test } from 'vitest';
import { memoryHistory } from '../../lib/memory/history.ts';
import { memorySeats } from '../../lib/memory/seats.ts';
import { listLive } from '../../lib/service/live.ts';
import { BadCursor, type History, type Seats } from '../../lib/service/ports.ts';
import { sessionsOfUser } from '../../lib/service/user-sessions.ts';
import type { Past } from '../../lib/session/seat.ts';
import { NOTHING_HEARD } from '../../lib/session/word.ts';
import type { Change } from '../../lib/session/write.ts';
import { absent, ana, at, deadlines, NOON, session, unchanged } from '../contract/sessions.ts';

let seats: Seats;
let history: History;
beforeEach(() => {
  seats = memorySeats({ shards: 1 });
  history = memoryHistory();
});

const end: Change = { do: 'end', ended: { at: at(20), reason: 'logout', by: 'station:lib-1' } };
const opened = async (seat: string, epoch: number, differs = {}) => {
  const change: Change = { do: 'open', epoch, session: session(differs), heard: NOTHING_HEARD };
  const written = await seats.write({ ...ana, seat }, { condition: absent, change });
  if (written.seat === undefined) throw new Error('nothing opened');
  return written.seat;
};
const kept = (seat: string, epoch: number): Promise<void> => {
  const past: Past = {
    name: { ...ana, seat, epoch },
    session: session(),
    ended: { at: at(20), reason: 'logout', by: 'station:lib-1' },
  };
  return history.keep([{ past, keepUntil: at(100) }]);
};
const shown = async (limit: number, cursor?: string) => {
  const query = { limit, now: at(40), ...(cursor === undefined ? {} : { cursor }) };
  const { live, past } = await sessionsOfUser({ seats, history }, ana, query);
  return {
    live: live.map(({ key }) => key.seat),
    past: past.items.map(({ name }) => name.seat),
    ...(past.cursor === undefined ? {} : { cursor: past.cursor }),
  };
};

describe('what has ended of a user', () => {
  test('is in the order in which it opened, with what nobody has recorded in its place', async () => {
    for (const [n, seat] of ['a', 'b', 'd'].entries()) await kept(seat, NOON + (n === 2 ? 3 : n));
    await opened('c', NOON + 2);
    await opened('lives', NOON + 4, { deadlines: { ...deadlines, idleAt: at(90) } });
    expect(await shown(10)).toEqual({ live: ['lives'], past: ['d', 'c', 'b', 'a'] });
  });

  test('is on the first page where nobody has recorded it, however long ago it opened', async () => {
    for (let n = 1; n <= 4; n++) await kept(String(n), NOON + n);
    await opened('lasted', NOON);
    expect((await shown(2)).past).toEqual(['4', '3', 'lasted']);
  });

  test('is left to the page that tells of it where it is recorded', async () => {
    for (let n = 1; n <= 4; n++) await kept(String(n), NOON + n);
    const there = await opened('lasted', NOON);
    await seats.write(there.key, { condition: unchanged(there), change: end });
    await kept('lasted', NOON);
    const first = await shown(2);
    const second = await shown(2, first.cursor);
    const third = await shown(2, second.cursor);
    expect([first.past, second.past, third.past]).toEqual([['4', '3'], ['2', '1'], ['lasted']]);
  });
});

describe('the live sessions of one user', () => {
  const list = (limit: number, cursor?: string) =>
    listLive(
      seats,
      { realm: ana.realm, user: ana.user },
      { shards: 1, shardsEver: 1, limit, now: at(10), ...(cursor === undefined ? {} : { cursor }) },
    );

  test('come page by page, however many seats they have', async () => {
    const names = Array.from({ length: 9 }, (_, n) => `seat${n}`);
    for (const [n, seat] of names.entries()) {
      const there = await opened(seat, NOON + n);
      if (n % 3 === 0) await seats.write(there.key, { condition: unchanged(there), change: end });
    }
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await list(2, cursor);
      expect(page.items.length).toBeLessThanOrEqual(2);
      seen.push(...page.items.map(({ key }) => key.seat));
      cursor = page.cursor;
    } while (cursor !== undefined);
    expect(seen).toEqual(names.filter((_, n) => n % 3 !== 0));
  });

  test('do not go on from a cursor of all sessions', async () => {
    await expect(list(2, 's0')).rejects.toThrow(BadCursor);
  });
});
