/** How a sweep paces itself, so that logins on the same key of the index are not throttled by it. */
import { describe, expect, test, vi } from 'vitest';
import { shardOf } from '../../lib/session/shards.ts';
import { at, counted, given, login, type Step, sweeps, timersAreLost, timersAt, under } from '../support/story.ts';
import { SHARDS, seatOf, type World } from '../support/world.ts';

/** So many users of one shard. */
const usersOfShard = (size: number): string[] => {
  const users: string[] = [];
  for (let n = 0; users.length < size; n++) if (shardOf(seatOf(`user-${n}`), SHARDS) === 's0') users.push(`user-${n}`);
  return users;
};
const crowd = (size: number, station = 'web-1'): Step[] => usersOfShard(size).map((user) => login({ user, station }));
const [ONE = ''] = usersOfShard(1);

/** The first so many writes are done, but were throttled at their first try. */
const throttled =
  (times: number): Step =>
  (world) => {
    const { write } = world.seats;
    let left = times;
    vi.spyOn(world.seats, 'write').mockImplementation((...asked) => {
      if (left-- > 0) world.throttledSoFar++;
      return write(...asked);
    });
  };

const waited =
  (...lengths: readonly number[]) =>
  ({ waits }: World) =>
    expect(waits).toEqual(lengths);

describe('a sweep', () => {
  test('leaves half of its key of the index to logins: after each hundred ends it waits until 200 ms are over', () =>
    given(...crowd(250), timersAreLost, at('1m'))
      .when(sweeps({ user: ONE }))
      .then(waited(200, 200), counted('SweptSessions', 250)));

  test('of up to a hundred sessions waits for nothing', () =>
    given(...crowd(100), timersAreLost, at('1m'))
      .when(sweeps({ user: ONE }))
      .then(waited()));

  test('that finds its sessions alive, and leaves them as they are, waits for nothing', () =>
    given(under({ lease: '10m', idle: '10m' }), ...crowd(250), timersAreLost, at('30s'))
      .when(sweeps({ user: ONE, slot: '11m' }))
      .then(waited(), counted('SweptSessions', 250)));

  test('goes half as fast once a write was throttled, though it was done, and then faster again', () =>
    given(...crowd(450), timersAreLost, at('1m'), throttled(1))
      .when(sweeps({ user: ONE }))
      .then(
        ({ waits }) => {
          const [first = 0, second = 0, third = 0, fourth = 0] = waits;
          expect(waits).toHaveLength(4);
          expect([first, second]).toEqual([400, 400]);
          expect(third).toBeLessThan(second);
          expect(fourth).toBeLessThan(third);
        },
        counted('SweptSessions', 450),
      ));

  test('ends everything however long it is throttled, twenty times slower at most', () =>
    given(...crowd(600), timersAreLost, at('1m'), throttled(600))
      .when(sweeps({ user: ONE }))
      .then(waited(400, 800, 1_600, 2_000, 2_000), counted('SweptSessions', 600)));

  test('whose time runs out while it waits hands over where it was', () =>
    given(...crowd(250), timersAreLost, at('1m'))
      .when(sweeps({ user: ONE, pages: 1 }))
      .then(waited(200), counted('SweptSessions', 100), timersAt('70s')));
});
