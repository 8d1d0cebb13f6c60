import { describe, expect, test, vi } from 'vitest';
import {
  activity,
  at,
  atOnce,
  backstopRuns,
  counted,
  exceptFor,
  failing,
  found,
  given,
  history,
  holder,
  indexLags,
  item,
  jobStarted,
  journal,
  login,
  logout,
  onlyFor,
  operatorEnds,
  outcome,
  pass,
  ping,
  realmIsGone,
  type Step,
  sessionEnded,
  sweeps,
  timersAreLost,
  timersAt,
  timersFireThrough,
  under,
} from '../support/story.ts';
import { into } from '../support/world.ts';

const crowd = (size: number, station = 'web-1'): Step[] =>
  Array.from({ length: size }, (_, n) => login({ user: `user-${n}`, station }));

describe('a sweep', () => {
  test('records the end of a session that is over, with the instant and reason of the policy', () =>
    given(login(), at('1m'))
      .when(sweeps())
      .then(
        found({ ended: 0, failed: 0 }),
        item({ session: { state: 'ended', ended: { at: into('30s'), reason: 'idle', by: 'policy' } } }),
        journal('opened ana lib-1 +0s', 'ended ana lib-1 +30s idle policy'),
        counted('SweptSessions', 1),
      ));

  test('that comes twice records it once', () =>
    given(login(), at('1m'))
      .when(sweeps(), sweeps())
      .then(history('ana lib-1 +30s idle'), counted('SweptSessions', 1)));

  test('and its twin at the same instant record it once', () =>
    given(login(), at('1m'))
      .when(atOnce(sweeps(), sweeps()))
      .then(journal('opened ana lib-1 +0s', 'ended ana lib-1 +30s idle policy')));

  test('that comes late takes everything since', () =>
    given(login(), at('90s'), login({ user: 'ben' }), at('1h'))
      .when(sweeps({ slot: '1m' }))
      .then(history('ana lib-1 +30s idle', 'ben lib-1 +120s idle')));

  test.each([
    ['one before the margin is over', 31_999, undefined],
    ['when the margin is over', 32_000, 'ended'],
  ])('%s', (_, ms, state) =>
    given(login(), at(ms))
      .when(sweeps({ slot: '1m' }))
      .then(item({ session: { state: state ?? 'open' } })),
  );

  test('that comes early looks at its slot all the same, ends nothing, and comes again', () =>
    given(login(), timersAreLost, at('20s'))
      .when(sweeps({ slot: '1m', user: 'ana' }))
      .then(found({ alive: 1, ended: 0 }), holder('lib-1'), timersAt('1m')));

  test('ends nothing that a sign of life has renewed since', () =>
    given(login(), at('20s'), activity(), at('1m'), login(), at('61s')).when(sweeps()).then(holder('lib-1')));

  test('does not end a session that logs out while it looks', () =>
    given(login(), at('1m'))
      .when(atOnce(sweeps(), login({ station: 'lib-2' })))
      .then(holder('lib-2'), history('ana lib-1 +30s idle')));

  test('passes over what the index still shows', () =>
    given(login(), indexLags, at('5s'), logout(), at('1m'))
      .when(sweeps())
      .then(history('ana lib-1 +5s logout'), counted('SweptSessions', 0)));

  test("passes over the index's old word of a seat that another session holds", () =>
    given(login(), indexLags, logout(), at('50s'), login({ station: 'lib-2' }), at('1m'))
      .when(sweeps({ user: 'ana' }))
      .then(found({ alive: 1 }), holder('lib-2')));

  test('ends sessions of a realm that the realms file no longer has', () =>
    given(login(), at('1m'))
      .when(realmIsGone, sweeps())
      .then(sessionEnded('idle', '30s'), history('ana lib-1 +30s idle')));
});

describe('a sweep that finds a session alive', () => {
  test('whose end is near arms that slot, and leaves the index alone', () =>
    given(login({ station: 'quiet-1' }), timersAreLost, at('4m'), ping({ station: 'quiet-1' }), at('6m'))
      .when(sweeps({ user: 'ana' }))
      .then(found({ alive: 1 }), timersAt('10m'), item({ session: { due: into('6m') } })));

  test('whose end is far moves it in the index, and arms that slot', () =>
    given(login(), jobStarted(), timersAreLost, at('1m'))
      .when(sweeps({ user: 'ana' }))
      .then(found({ alive: 1 }), timersAt('31m'), item({ session: { due: into('31m') } })));

  test('counts as far what is more than ten slots away', () =>
    given(under({ lease: '10m' }), login({ station: 'quiet-1' }), timersAreLost, at('11m'))
      .when(sweeps())
      .then(history('ana quiet-1 +600s lease')));

  test('and is renewed as it looks, arms the slot all the same', () =>
    given(login(), jobStarted(), timersAreLost, at('1m'))
      .when(atOnce(sweeps({ user: 'ana' }), activity()))
      .then(timersAt('31m'), holder('lib-1')));

  test('knows nothing of an overdue announcement', () =>
    given(login({ station: 'quiet-1' }), ...[4, 8, 12, 16].flatMap((m) => [at(`${m}m`), ping({ station: 'quiet-1' })]))
      .when(backstopRuns)
      .then(found({ alive: 1, worstOverdueMs: 0, open: 1 }), counted('WorstOverdueMs', 0)));
});

describe('timers alone', () => {
  test('announce every end within its slot', () =>
    given(login(), at('10s'), login({ user: 'ben', station: 'quiet-1' }), at('15s'), activity())
      .when(timersFireThrough('1h'))
      .then(history('ana lib-1 +45s idle', 'ben quiet-1 +310s lease')));

  test('follow a session that its pings keep for hours, and announce its end', () =>
    given(
      under({ maximum: '1h' }),
      login({ station: 'quiet-1' }),
      ...Array.from({ length: 19 }, (_, n) => [
        timersFireThrough(`${3 * n + 3}m`),
        ping({ station: 'quiet-1' }),
      ]).flat(),
    )
      .when(timersFireThrough('2h'))
      .then(sessionEnded('maximum', '1h'), history('ana quiet-1 +3600s maximum')));

  test('that were lost are made up for by the backstop', () =>
    given(login(), timersAreLost, at('5m'))
      .when(backstopRuns)
      .then(found({ ended: 1, worstOverdueMs: 240_000 }), history('ana lib-1 +30s idle'), counted('OpenSessions', 0)));

  test('that could not be armed are made up for by the next that fires', () =>
    given(failing({ call: 'timers.arm' }), login(), at('1m'), login({ user: 'user-2', station: 'web-1' }))
      .when(timersFireThrough('5m'), backstopRuns)
      .then(counted('UnarmedSlot', 1), history('ana lib-1 +30s idle', 'user-2 web-1 +90s idle')));
});

describe('a sweep of many', () => {
  test('goes through all pages', () =>
    given(...crowd(250), at('1m'))
      .when(sweeps())
      .then(counted('SweptSessions', 250)));

  test('goes on past one that fails, says so, and comes again for it in a minute', () =>
    given(...crowd(100), login(), timersAreLost, at('1m'), failing(onlyFor('ana', { call: 'seats.write' })))
      .when(sweeps())
      .then(
        counted('SweptSessions', 100),
        counted('SweepFailed', 1),
        timersAt('120s'),
        item({ session: { state: 'open' } }),
      ));

  test('is not starved by a page that always fails', () =>
    given(
      ...crowd(100),
      at('10s'),
      ...['ana', 'ben', 'cy'].map((user) => login({ user, station: 'web-2' })),
      at('1m'),
      failing(exceptFor(['ana', 'ben', 'cy'], { call: 'seats.write', times: 1000, error: new Error('poison') })),
    )
      .when(sweeps())
      .then(counted('SweepFailed', 100), history(...['ana', 'ben', 'cy'].map((user) => `${user} web-2 +40s idle`))));

  test('that runs out of time hands over where it was, and the next one goes on from there', () =>
    given(...crowd(500), timersAreLost, at('1m'), sweeps({ pages: 1 }))
      .when((world) =>
        expect(world.armed.armed()).toEqual([
          { shard: 's0', at: into('70s'), cursor: expect.any(String) },
          ...['s1', 'd0', 'd1'].map((shard) => ({ shard, at: into('70s') })),
        ]),
      )
      .then(counted('SweptSessions', 100), timersFireThrough('80s'), counted('SweptSessions', 500)));

  test('that has no time at all hands all of it over', () =>
    given(login(), timersAreLost, at('1m'), sweeps({ user: 'ana', pages: 0 }))
      .when(timersFireThrough('2m'))
      .then(history('ana lib-1 +30s idle')));

  test('that cannot hand over leaves the rest to the backstop', () =>
    given(...crowd(300), at('1m'), failing({ call: 'timers.arm', times: 2 }), sweeps({ pages: 1 }))
      .when(at('5m'), backstopRuns)
      .then(counted('UnarmedSlot', 2), counted('SweptSessions', 300)));

  test('misses nobody who logs in behind it', () =>
    given(...crowd(150), at('1m'), sweeps({ pages: 1 }), at('61s'), login())
      .when(timersFireThrough('5m'))
      .then(counted('SweptSessions', 151), sessionEnded('idle', '91s')));

  test('arms each slot once, however many are alive in it', () =>
    given(
      ...crowd(50),
      at('29s'),
      ...Array.from({ length: 50 }, (_, n) => activity({ user: `user-${n}`, station: 'web-1' })),
    )
      .when(timersFireThrough('59s'), pass(0))
      .then((world) => expect(world.armed.armed()).toHaveLength(2)));
});

describe('while the table does not answer', () => {
  test('a sweep fails, and the next one makes up for it', () =>
    given(login(), at('1m'), failing({ call: 'seats.due' }))
      .when(
        async (world) => {
          await expect(sweeps()(world)).rejects.toThrow('seats does not answer');
        },
        at('2m'),
        sweeps(),
      )
      .then(history('ana lib-1 +30s idle')));

  test('in one shard, the backstop sweeps the others before it says so', () =>
    given(...crowd(20), at('1m'), failing({ call: 'seats.due', only: (shard) => shard === 's0' }))
      .when(async (world) => {
        await expect(backstopRuns(world)).rejects.toThrow('seats does not answer');
      })
      .then(counted('OpenSessions', 0), (world) => expect(world.meter.sum('SweptSessions')).toBeGreaterThan(0)));

  test.each<[string, Parameters<typeof failing>[0]]>([
    ['cannot be counted', { call: 'seats.countOpen', only: (shard) => shard === 's1' }],
    ['cannot be swept', { call: 'seats.due', only: (shard) => shard === 's1' }],
    [
      'was one before there were fewer, and cannot be looked at',
      { call: 'seats.due', only: (shard) => shard === 's2' },
    ],
  ])('in one shard that %s, the backstop tells no count of what is open', (_, fault) =>
    given(...crowd(20), failing(fault), (world) => {
      vi.spyOn(world.meter, 'add');
    })
      .when(async (world) => {
        await expect(backstopRuns(world)).rejects.toThrow('seats does not answer');
      })
      .then(({ meter }) =>
        expect(vi.mocked(meter.add).mock.calls.map(([metric]) => metric)).not.toContain('OpenSessions'),
      ),
  );

  test('in all of them, it does not say that nothing is overdue', () =>
    given(login(), at('1m'), failing({ call: 'seats.due', times: 100 }), (world) => {
      vi.spyOn(world.meter, 'add');
    })
      .when(async (world) => {
        await expect(backstopRuns(world)).rejects.toThrow('seats does not answer');
      })
      .then(({ meter }) => expect(meter.add).not.toHaveBeenCalledWith('WorstOverdueMs', expect.anything())));

  test('a write of a sweep that was done although it reported an error is not done again', () =>
    given(login(), at('1m'), failing({ call: 'seats.write', done: true }))
      .when(sweeps(), at('2m'), sweeps())
      .then(history('ana lib-1 +30s idle'), counted('SweepFailed', 1)));
});

describe('the backstop', () => {
  test('counts what is open', () =>
    given(...crowd(7), operatorEnds(1))
      .when(backstopRuns)
      .then(found({ open: 6 }), counted('OpenSessions', 6)));

  test('ends nothing that is alive', () =>
    given(login(), at('10s'))
      .when(backstopRuns)
      .then(holder('lib-1'), found({ ended: 0, alive: 0, open: 1 })));

  test('does not make a refused login wait for anything: arithmetic has decided before', () =>
    given(login(), timersAreLost, at('32s'))
      .when(login({ station: 'lib-2' }))
      .then(outcome('opened')));
});
