/** The way down the ladder, when nobody but the sweep comes by, and what is told of it. */
import { describe, expect, test } from 'vitest';
import { shardOf } from '../../lib/session/shards.ts';
import { here, inFailover, lingering, pingsUntil, SUITE } from '../support/portal.ts';
import {
  activity,
  at,
  atOnce,
  counted,
  found,
  garbageIsCollected,
  given,
  item,
  journal,
  login,
  type Step,
  sweeps,
  timersAreLost,
  timersFireThrough,
  under,
} from '../support/story.ts';
import { into, SHARDS, seatOf, type World } from '../support/world.ts';

describe('sweeps alone', () => {
  const wholeLadder = [
    'opened ana web-1 +0s',
    'lingering ana web-1 +1200s idle',
    'invalidated ana web-1 +1680s lease',
    'remembered ana web-1 +3480s failover',
    'ended ana web-1 +28800s logon-token policy',
  ];

  test('take a session through the whole ladder, by one write for each rung', () =>
    given(under({ ...SUITE, sweep: '1m' }), login(here), ...pingsUntil(18))
      .when((world) => world.calls.clear(), timersFireThrough('9h'))
      .then(
        journal(...wholeLadder),
        ({ calls }) =>
          expect(calls.get('seats.write'), 'four rungs, and the postponements before them').toBeLessThan(8),
        counted('SessionInvalidated', 1, { reason: 'lease' }),
        counted('SessionEnded', 1, { reason: 'logon-token' }),
      ));

  test('that come once, when all is over, announce all of it', () =>
    given(under(SUITE), login(here), ...pingsUntil(18), timersAreLost, at('9h'))
      .when(sweeps({ user: 'ana' }))
      .then(found({ ended: 1, lowered: 0 }), journal(...wholeLadder)));

  test('that come while it is remembered announce every rung above', () =>
    given(under(SUITE), login(here), ...pingsUntil(18), timersAreLost, at('2h'))
      .when(sweeps({ user: 'ana' }))
      .then(
        found({ ended: 0, lowered: 1 }),
        item({ session: { rung: 'remembered', due: into('490m') } }),
        journal(...wholeLadder.slice(0, 4)),
      ));

  test('that come twice announce nothing more', () =>
    given(under(SUITE), login(here), ...pingsUntil(18), at('2h'))
      .when(atOnce(sweeps(), sweeps()), sweeps())
      .then(journal(...wholeLadder.slice(0, 4))));

  test('leave nothing unsaid where garbage is collected before they come', () =>
    given(under(SUITE), login(here), ...pingsUntil(18))
      .when(garbageIsCollected())
      .then(journal(...wholeLadder)));

  test('move a dormant session to a shard of its own, and one made anew back', () => {
    const [held, dormant] = [shardOf(seatOf('ana'), SHARDS), shardOf(seatOf('ana'), SHARDS, 'failover')];
    const countIn = async ({ seats }: World, shard: string) => (await seats.countOpen(shard)).get('campus') ?? 0;
    const inShards = async (world: World) => [await countIn(world, held), await countIn(world, dormant)];
    return given(...inFailover, sweeps({ slot: '20m' }))
      .when(async (world) => expect(await inShards(world)).toEqual([0, 1]), activity(here))
      .then(async (world) => expect(await inShards(world)).toEqual([1, 0]));
  });

  test('leave one that lingers where it is', () =>
    given(...lingering)
      .when(sweeps())
      .then(
        async ({ seats }) => expect([...(await seats.countOpen(shardOf(seatOf('ana'), SHARDS))).values()]).toEqual([1]),
        item({ session: { rung: 'lingering', due: into('30m') } }),
      ));

  test('announce nothing of one that was resumed before they came; the journal has', () =>
    given(...lingering, activity(here), sweeps())
      .when()
      .then(
        item({ session: { rung: 'active' } }),
        journal('opened ana web-1 +0s', 'lingering ana web-1 +1200s idle', 'resumed ana web-1 +1500s from lingering'),
      ));

  test.each([
    ['before it was announced', []],
    ['after', [sweeps({ slot: '20m' })]],
  ])('and one that was made anew %s tells of both', (_, announced: Step[]) =>
    given(...inFailover, ...announced)
      .when(activity(here))
      .then(
        journal(
          'opened ana web-1 +0s',
          'invalidated ana web-1 +600s lease',
          'ended ana web-1 +720s made-anew station:web-1',
          'resumed ana web-1 +720s from failover',
        ),
        counted('SessionResumed', 1, { reason: 'failover' }),
        counted('SessionOpened', 1),
      ),
  );

  test('that are late are told of by how much, until they have come', () =>
    given(under({ ...SUITE, sweep: '1m' }), login(here), at('13m'))
      .when(sweeps({ user: 'ana' }))
      .then(found({ lowered: 1, worstOverdueMs: 120_000 }), sweeps({ slot: '1h' }), found({ worstOverdueMs: 0 })));
});
