/** What every implementation of the port `Refusals` keeps to. */
import { beforeEach, expect, test } from 'vitest';
import type { Refusals, Told } from '../../lib/station/refusals.ts';
import { after, DAY, type EpochMs } from '../../lib/time.ts';
import { at, NOON } from './sessions.ts';

export function describeRefusals(makeRefusals: () => Promise<Refusals>): void {
  let refusals: Refusals;
  beforeEach(async () => {
    refusals = await makeRefusals();
  });

  const taken = (when: EpochMs, more: Partial<Told> = {}): Told => ({
    at: when,
    station: 'lib-2',
    realm: 'campus-print',
    isProven: true,
    event: 'login',
    problem: 'seat-taken',
    user: 'ana',
    holder: { session: 'a.b.c', station: 'lib-1', freeAt: at(300) },
    ...more,
  });
  const unproven = (when: EpochMs, more: Partial<Told> = {}): Told => {
    const { holder: _, ...rest } = taken(when, {
      isProven: false,
      problem: 'not-authenticated',
      reason: 'old-key',
      ...more,
    });
    return rest;
  };
  const busy = (when: EpochMs): Told => {
    const { holder: _, user: __, ...rest } = taken(when, { problem: 'too-fast', event: 'ping', detail: 'wait' });
    return rest;
  };
  const keep = async (...all: readonly Told[]) => {
    for (const told of all) await refusals.keep(told, after(told.at, DAY));
  };
  const first = (told: Told) => ({ ...told, firstAt: told.at });
  const minutes = (n: number): EpochMs => at(n * 60);

  test('what was refused a user is found by the user and by the station, with all that is known of it', async () => {
    await keep(taken(at(1)));
    expect(await refusals.ofUser('campus-print', 'ana', NOON)).toEqual([first(taken(at(1)))]);
    expect(await refusals.atStation('lib-2', NOON)).toEqual([first(taken(at(1)))]);
  });

  test('of one kind of a user at a station the last is kept, and since when it is so', async () => {
    await keep(taken(at(1)), taken(at(200), { detail: 'again' }));
    expect(await refusals.ofUser('campus-print', 'ana', NOON)).toEqual([
      { ...taken(at(200), { detail: 'again' }), firstAt: at(1) },
    ]);
    const { holder: _, ...without } = taken(at(300));
    await keep(without);
    expect(await refusals.ofUser('campus-print', 'ana', NOON)).toEqual([{ ...without, firstAt: at(1) }]);
  });

  test('other kinds, stations, users and realms are kept beside it, the newest first', async () => {
    const [one, kind, place] = [
      taken(at(1)),
      taken(at(2), { problem: 'no-session' }),
      taken(at(3), { station: 'lib-3' }),
    ];
    const [other, elsewhere] = [taken(at(4), { user: 'bob' }), taken(at(5), { realm: 'library' })];
    await keep(place, one, elsewhere, kind, other);
    expect(await refusals.ofUser('campus-print', 'ana', NOON)).toEqual([place, kind, one].map(first));
    expect(await refusals.ofUser('campus-print', 'bob', NOON)).toEqual([first(other)]);
    expect(await refusals.atStation('lib-2', NOON)).toEqual([elsewhere, other, kind, one].map(first));
  });

  test('what names no user is found by its station alone', async () => {
    await keep(busy(at(1)));
    expect(await refusals.atStation('lib-2', NOON)).toEqual([first(busy(at(1)))]);
    expect(await refusals.atStation('lib-1', NOON)).toEqual([]);
    expect(await refusals.unproven('campus-print', NOON)).toEqual([]);
  });

  test('what is older than is asked for is left out', async () => {
    await keep(taken(at(1)), busy(at(1)), unproven(at(1)));
    expect(await refusals.ofUser('campus-print', 'ana', at(2))).toEqual([]);
    expect(await refusals.atStation('lib-2', at(2))).toEqual([]);
    expect(await refusals.unproven('campus-print', at(2))).toEqual([]);
  });

  test('what nothing proves is found by station and by realm, and not by the user whom it claims', async () => {
    await keep(unproven(at(1)));
    expect(await refusals.atStation('lib-2', NOON)).toEqual([first(unproven(at(1)))]);
    expect(await refusals.unproven('campus-print', NOON)).toEqual([first(unproven(at(1)))]);
    expect(await refusals.unproven('library', NOON)).toEqual([]);
    expect(await refusals.ofUser('campus-print', 'ana', NOON)).toEqual([]);
  });

  test('of what nothing proves the first of a minute is kept', async () => {
    await keep(unproven(minutes(1)), unproven(at(75), { user: 'mallory' }), unproven(minutes(2), { user: 'bob' }));
    expect(await refusals.atStation('lib-2', NOON)).toEqual(
      [unproven(minutes(2), { user: 'bob' }), unproven(minutes(1))].map(first),
    );
  });

  test('of what nothing proves eight are kept of a station, whatever a stranger sends', async () => {
    const storm = Array.from({ length: 30 }, (_, n) => unproven(minutes(n)));
    await keep(taken(at(0)), busy(at(0)), ...storm);
    const kept = await refusals.atStation('lib-2', NOON);
    expect(kept.filter(({ isProven }) => !isProven)).toEqual(storm.slice(-8).reverse().map(first));
    expect(kept.filter(({ isProven }) => isProven)).toHaveLength(2);
  });

  test('keeping the same twice keeps it once', async () => {
    await keep(taken(at(1)), taken(at(1)), unproven(at(1)), unproven(at(1)));
    expect(await refusals.atStation('lib-2', NOON)).toHaveLength(2);
  });

  test('of a user nothing is left once they are forgotten, neither at the station', async () => {
    await keep(taken(at(1)), taken(at(2), { user: 'bob' }));
    await refusals.forget('campus-print', 'ana');
    expect(await refusals.ofUser('campus-print', 'ana', NOON)).toEqual([]);
    expect(await refusals.atStation('lib-2', NOON)).toEqual([first(taken(at(2), { user: 'bob' }))]);
  });

  test('a user with a # in their name is another than the one before it', async () => {
    await keep(taken(at(1), { user: 'ana#refused' }));
    expect(await refusals.ofUser('campus-print', 'ana', NOON)).toEqual([]);
    expect(await refusals.ofUser('campus-print', 'ana#refused', NOON)).toHaveLength(1);
  });
}
