/** What every implementation of the port `Seats` keeps to: what a seat remembers of words. */
import { beforeEach, expect, test } from 'vitest';
import type { Seats } from '../../lib/service/ports.ts';
import { markOf, NOTHING_HEARD, tagOf } from '../../lib/session/word.ts';
import {
  absent,
  ana,
  at,
  dated,
  deadlines,
  end,
  free,
  given,
  heard,
  type Id,
  keepWord,
  knowing,
  live,
  marks,
  NOON,
  on,
  open,
  renew,
  said,
  unchanged,
} from './sessions.ts';

/** @param makeSeats makes empty seats with this many shards */
export function describeHearing(makeSeats: (shards: number) => Promise<Seats>): void {
  let seats: Seats;
  beforeEach(async () => {
    seats = await makeSeats(4);
  });

  test('is remembered of the last six words that turned something, guessed or decided', async () => {
    const turns: Id[] = [];
    for (let n = 0; n < 5; n++) {
      const [login, logout]: Id[] = [`login-${n}`, `logout-${n}`];
      const epoch = at(n * 10);
      const opened = await on(
        seats,
        n === 0 ? absent : free({ now: epoch, epoch, word: said(login as Id) }),
        open({ deadlines: { ...deadlines, idleAt: at(n * 10 + 30) } }, epoch, said(login as Id)),
      );
      turns.unshift(login as Id);
      expect(opened.heard.turns).toEqual(marks(...turns.slice(0, 6)));
      const word = said(logout as Id);
      const ended = await on(seats, live({ now: epoch, word }), { ...end, word });
      turns.unshift(logout as Id);
      expect(ended.heard.turns).toEqual(marks(...turns.slice(0, 6)));
      expect(await seats.read(ana)).toEqual(ended);
    }
  });

  test('is remembered of the last four words that turned nothing', async () => {
    await given(seats, open());
    const others: Id[] = [];
    for (let n = 0; n < 6; n++) {
      const id: Id = `activity-${n}`;
      const there = await on(seats, live({ word: said(id) }), renew({ word: said(id) }));
      others.unshift(id);
      expect(there.heard).toEqual(heard(['login-1'], others.slice(0, 4)));
      expect(await seats.read(ana)).toEqual(there);
    }
  });

  test('is dated by the last four stations from which somebody came', async () => {
    for (let n = 0; n < 6; n++) {
      const word = said(`login-${n}`, n % 2 === 0 ? at(n) : undefined, `lib-${n}`);
      const there = await on(seats, n === 0 ? absent : free({ now: at(n * 1_000), epoch: at(n), word }), {
        ...open({}, at(n), word),
      });
      const expected = [5, 4, 3, 2, 1, 0].filter((station) => station <= n).slice(0, 4);
      expect(there.heard.dates).toEqual(
        expected.map((station) => dated(`lib-${station}`, station % 2 === 0 ? at(station) : undefined)),
      );
      expect(await seats.read(ana)).toEqual(there);
    }
  });

  test('moves the date of the station that is here, and leaves it where it is not dated', async () => {
    await given(seats, open({}, NOON, said('login-1', at(-1))));
    const dateAfter = async (word = said('activity-1')) =>
      (await on(seats, live({ word }), renew({ word }))).heard.dates[0]?.at;
    expect(await dateAfter(said('activity-1', at(-1)))).toBe(at(-1));
    expect(await dateAfter(said('activity-2'))).toBe(at(-1));
    expect(await dateAfter(said('activity-3', at(2)))).toBe(at(2));
    const word = said('logout-1', at(3));
    expect((await on(seats, live({ word }), { ...end, word })).heard.dates).toEqual([dated('lib-1', at(3))]);
  });

  test('gives the station a date that had none', async () => {
    await given(seats, open());
    const word = said('activity-1', at(2));
    expect((await on(seats, live({ word }), renew({ word }))).heard.dates).toEqual([dated('lib-1', at(2))]);
  });

  const whole = {
    turns: marks('login-3', 'logout-2'),
    others: marks('activity-1'),
    dates: [dated('lib-2'), dated('lib-3', at(3))],
  };
  const full = {
    turns: marks('login-6', 'logout-5', 'login-4', 'logout-3', 'login-2', 'logout-1'),
    others: marks('activity-4', 'activity-3', 'activity-2', 'activity-1'),
    dates: ['lib-1', 'lib-2', 'lib-3', 'lib-4'].map((station) => dated(station, at(4))),
  };

  test.each([
    ['nothing', NOTHING_HEARD],
    ['some of each', whole],
    ['as much as there can be', full],
  ])('is just what a decision says, whatever was there: %s', async (_, what) => {
    for (const before of [full, whole, NOTHING_HEARD]) {
      const key = { ...ana, user: `${before.turns.length}` };
      const write = async (...changes: Parameters<typeof given>[1][]) =>
        given({ ...seats, write: (_, one) => seats.write(key, one) }, ...changes);
      const there = await write(knowing(open(), before));
      expect(there.heard).toEqual(before);
      for (const change of [
        renew({ heard: what }),
        knowing(end, what),
        keepWord(what),
        knowing(open({}, at(5)), what),
      ]) {
        const now = await seats.read(key);
        if (now === undefined) throw new Error('nothing is there');
        const written = await seats.write(key, { condition: unchanged(now), change });
        expect(written).toMatchObject({ won: true, seat: { heard: what } });
        expect((await seats.read(key))?.heard).toEqual(what);
        // What was there comes back for the next change.
        if (change.do === 'renew' && written.seat !== undefined)
          await seats.write(key, { condition: unchanged(written.seat), change: renew({ heard: before }) });
      }
    }
  });

  test('goes on from what a decision said', async () => {
    await given(seats, knowing(open(), whole));
    const word = said('activity-2', at(7), 'lib-2');
    expect((await on(seats, live({ word }), renew({ word }))).heard).toEqual({
      turns: whole.turns,
      others: [markOf(word), ...whole.others],
      dates: [{ station: tagOf('lib-2'), at: at(7) }, dated('lib-3', at(3))],
    });
    const leaves = said('logout-3', undefined, 'lib-2');
    const gone = await on(seats, live({ word: leaves }), { ...end, word: leaves });
    expect(gone.heard.turns).toEqual([markOf(leaves), ...whole.turns]);
    const comes = said('login-9', at(8), 'lib-9');
    expect((await on(seats, free({ word: comes }), open({}, at(40), comes))).heard).toEqual({
      turns: [markOf(comes), markOf(leaves), ...whole.turns],
      others: [markOf(word), ...whole.others],
      dates: [dated('lib-9', at(8)), dated('lib-2', at(7)), dated('lib-3', at(3))],
    });
  });
}
