import { describe, expect, test } from 'vitest';
import {
  activity,
  at,
  atOnce,
  boot,
  counted,
  failing,
  given,
  holder,
  item,
  journal,
  journalRuns,
  login,
  logout,
  onPanel,
  outcome,
  ping,
  seatIsFreeAt,
  sweeps,
  timersAt,
  under,
} from '../support/story.ts';
import { into } from '../support/world.ts';

describe('a login at a free seat', () => {
  test('opens a session until its first deadline, and arms that slot', () =>
    given()
      .when(login({ said: 0 }))
      .then(
        outcome('opened'),
        holder('lib-1'),
        item({ epoch: into(0), revision: 1, session: { openedAt: into(0), jobs: 0, onPanel: true } }),
        seatIsFreeAt('32s'),
        timersAt('1m'),
        onPanel('ana'),
        journal('opened ana lib-1 +0s'),
        counted('LoginOpened', 1),
      ));

  test('at a station that reports no activity counts the lease alone', () =>
    given()
      .when(login({ station: 'quiet-1' }))
      .then(seatIsFreeAt('302s'), timersAt('6m')));

  test('at a web application puts nobody on a panel', () =>
    given()
      .when(login({ station: 'web-1' }))
      .then(outcome('opened'), item({ session: { onPanel: false } }), onPanel(undefined, 'web-1')));

  test('after a logout takes it at once', () =>
    given(login(), logout())
      .when(login({ station: 'lib-2' }))
      .then(outcome('opened'), holder('lib-2')));

  test('opens all the same when its slot cannot be armed, and that is counted', () =>
    given(failing({ call: 'timers.arm' }))
      .when(login())
      .then(outcome('opened'), timersAt(), counted('UnarmedSlot', 1)));

  test('lets a fault of the Scheduler that does not pass be seen', () =>
    given(failing({ call: 'timers.arm', error: new Error('no such group') }))
      .when((world) => expect(login()(world)).rejects.toThrow('no such group'))
      .then());

  test('whose epoch is not the instant, for the clock went back, is found by whoever tidies its panel', () =>
    given(at('10m'), login(), logout(), at('9m'))
      .when(login(), logout({ session: 2 }), journalRuns)
      .then(outcome('ended'), onPanel(undefined)));

  test('gets a larger epoch even if the clock went back', () =>
    given(at('10m'), login({ station: 'web-1' }), logout({ station: 'web-1' }), at('9m'))
      .when(login({ station: 'web-2' }))
      .then(outcome('opened'), item({ epoch: into('10m') + 1 })));
});

describe('a login at a taken seat', () => {
  test('is refused and told of the holder and how long it is refused at most', () =>
    given(login(), at('10s'))
      .when(login({ station: 'lib-2' }))
      .then(
        outcome('taken', { holders: [{ session: { station: 'lib-1' } }], retryAfterMs: 22_000 }),
        holder('lib-1'),
        journal('opened ana lib-1 +0s'),
        counted('LoginRefused', 1, { reason: 'taken' }),
      ));

  test('by the same user at the same station renews the session', () =>
    given(login(), at('20s'))
      .when(login())
      .then(outcome('renewed'), item({ epoch: into(0) }), seatIsFreeAt('52s'), journal('opened ana lib-1 +0s')));

  test.each([
    ['one before its deadline', 29_999, 'taken'],
    ['at its deadline, for clocks may differ', 30_000, 'taken'],
    ['one before the margin is over', 31_999, 'taken'],
    ['when the margin is over', 32_000, 'opened'],
    ['long after', 3_600_000, 'opened'],
  ] as const)('whose holder fell silent, %s (%i ms)', (_, ms, is) =>
    given(login(), at(ms))
      .when(login({ station: 'lib-2' }))
      .then(outcome(is)),
  );

  test('that its own session has just left needs no margin', () =>
    given(login(), at(30_000))
      .when(login())
      .then(
        outcome('opened'),
        item({ epoch: into(30_000) }),
        journal('opened ana lib-1 +0s', 'ended ana lib-1 +30s idle policy', 'opened ana lib-1 +30s'),
      ));
});

describe('a delivery that is repeated', () => {
  test('is answered with the session that it opened', () =>
    given(login({ id: 'a' }), at('10s'))
      .when(login({ id: 'a' }))
      .then(outcome('repeated'), seatIsFreeAt('32s'), journal('opened ana lib-1 +0s')));

  test('is answered so whatever its session has done since', () =>
    given(login({ id: 'a' }), at('10s'), activity(), at('20s'))
      .when(login({ id: 'a' }))
      .then(outcome('repeated'), seatIsFreeAt('42s')));

  test('opens nothing once its session has logged out', () =>
    given(login({ id: 'a' }), at('5s'), logout())
      .when(login({ id: 'a' }))
      .then(outcome('gone', { past: { ended: { reason: 'logout' } } }), holder(undefined)));

  test('opens nothing once its session has ended of itself', () =>
    given(login({ id: 'a' }), at('1h'))
      .when(login({ id: 'a' }))
      .then(outcome('gone', { past: { ended: { reason: 'idle', at: into('30s') } } }), holder(undefined)));

  test('opens nothing once its session has ended of itself and been swept', () =>
    given(login({ id: 'a' }), at('1h'), sweeps())
      .when(login({ id: 'a' }))
      .then(outcome('gone'), holder(undefined)));

  test('opens nothing beside the next holder', () =>
    given(login({ id: 'a' }), logout(), login({ station: 'lib-2' }))
      .when(login({ id: 'a' }))
      .then(outcome('gone'), holder('lib-2')));

  test('does not take the seat back, though it asks for it', () =>
    given(login({ id: 'a' }), login({ station: 'lib-2', takeOver: true }))
      .when(login({ id: 'a', takeOver: true }))
      .then(outcome('gone'), holder('lib-2')));

  test('opens nothing once the next session has ended too', () =>
    given(login({ id: 'a' }), logout(), login({ station: 'lib-2' }), logout({ station: 'lib-2' }))
      .when(login({ id: 'a' }))
      .then(outcome('gone'), holder(undefined)));

  test('of a login that renewed is told so, and renews nothing', () =>
    given(login(), at('10s'), login({ id: 'b' }), at('20s'))
      .when(login({ id: 'b' }))
      .then(outcome('repeated'), seatIsFreeAt('42s')));

  test('is answered with its session even when that lives longer than a login may be late', () =>
    given(login({ id: 'a', said: 0 }), at('20s'), activity(), at('40s'))
      .when(login({ id: 'a', said: 0 }))
      .then(outcome('repeated'), holder('lib-1'), seatIsFreeAt('52s')));

  test('of a refused login may find the seat free by now', () =>
    given(login(), login({ station: 'lib-2', id: 'b' }), logout())
      .when(login({ station: 'lib-2', id: 'b' }))
      .then(outcome('opened'), holder('lib-2')));

  test('arriving beside the first is answered with one session', () =>
    given()
      .when(atOnce(login({ id: 'a' }), login({ id: 'a' })))
      .then(holder('lib-1'), item({ revision: 1 }), journal('opened ana lib-1 +0s')));
});

describe('a login from the past', () => {
  test.each([
    ['just in time', 29_999, 'opened'],
    ['at its own first deadline', 30_000, 'overtaken'],
    ['long after', 86_400_000, 'overtaken'],
  ] as const)('that arrives %s', (_, ms, is) =>
    given(at(ms))
      .when(login({ said: 0 }))
      .then(outcome(is), holder(is === 'opened' ? 'lib-1' : undefined)),
  );

  test('counts its deadlines from its arrival', () =>
    given(at('20s'))
      .when(login({ said: 0 }))
      .then(outcome('opened'), seatIsFreeAt('52s')));

  test('is late by the lease where no activity is reported', () =>
    given(at('5m'))
      .when(login({ station: 'quiet-1', said: 0 }))
      .then(outcome('overtaken', { why: 'late' }), journal()));

  test.each([
    ['left', logout()],
    ['left to run out', activity()],
  ])('opens nothing at a seat that was %s since either', (_, since) =>
    given(login(), since, at('10m'))
      .when(login({ station: 'lib-2', said: '9m' }))
      .then(outcome('overtaken', { why: 'late' }), holder(undefined)),
  );

  test('without a time of its own is news', () => given(at('1h')).when(login()).then(outcome('opened')));

  test.each(['lib-1', 'web-1'])('that its own logout overtook opens nothing at %s', (station) =>
    given(at('2s'), logout({ station, said: '1s' }))
      .when(login({ station, said: 0 }))
      .then(outcome('overtaken', { why: 'newer-event' }), holder(undefined), journal()),
  );

  test.each(['lib-1', 'web-1'])(
    'that its own logout overtook opens nothing at %s, where he had been before',
    (station) =>
      given(
        login({ station, said: 0 }),
        at('5s'),
        logout({ station, said: '5s' }),
        at('12s'),
        logout({ station, said: '11s' }),
      )
        .when(login({ station, said: '10s' }))
        .then(outcome('overtaken', { why: 'newer-event' }), holder(undefined)),
  );

  test.each(['lib-1', 'web-1'])(
    'that its own logout overtook opens nothing at %s, where his last session ran out',
    (station) =>
      given(login({ station, said: 0 }), at('62s'), logout({ station, said: '61s' }))
        .when(login({ station, said: '60s' }))
        .then(outcome('overtaken', { why: 'newer-event' }), holder(undefined)),
  );

  test.each(['lib-1', 'web-1'])(
    'that its own logout overtook opens nothing at %s, whoever was there since',
    (station) =>
      given(
        at('21s'),
        logout({ station, said: '20s' }),
        login({ station: 'web-2' }),
        logout({ station: 'web-2' }),
        at('22s'),
      )
        .when(login({ station, said: '10s' }))
        .then(outcome('overtaken', { why: 'newer-event' }), holder(undefined)),
  );

  test('that its own logout overtook opens nothing, whatever another station said since', () =>
    given(at('21s'), logout({ station: 'web-1', said: '20s' }), logout({ station: 'web-2', said: '15s' }))
      .when(login({ station: 'web-1', said: '10s' }))
      .then(outcome('overtaken', { why: 'newer-event' }), holder(undefined)));

  test.each([
    ['a logout', logout({ user: null, said: '1s' })],
    ['a boot', boot({ said: '1s' })],
  ])('that %s of the panel overtook by moments is ended in the same request', (_, overtaking) =>
    given(at('2s'), overtaking)
      .when(login({ said: 0 }))
      .then(
        outcome('overtaken', { why: 'newer-event' }),
        holder(undefined),
        onPanel(undefined),
        journal('opened ana lib-1 +2s', 'ended ana lib-1 +2s logout station:lib-1'),
      ),
  );

  test.each([
    ['a logout', logout({ user: null, said: '1s' })],
    ['a boot', boot({ said: '1s' })],
  ])('that %s of the panel overtook by more opens nothing', (_, overtaking) =>
    given(at('2s'), overtaking, at('3s'))
      .when(login({ said: 0 }))
      .then(outcome('overtaken', { why: 'newer-event' }), holder(undefined), journal()),
  );

  test('that another user overtook at the panel opens nothing', () =>
    given(at('2s'), login({ user: 'ben', said: '1s' }))
      .when(login({ said: 0 }))
      .then(outcome('overtaken', { why: 'newer-event' }), holder(undefined), holder('lib-1', 'ben'), onPanel('ben')));

  test('that another user overtook long ago opens nothing, and nothing of it is announced', () =>
    given(at('20s'), login({ user: 'ben', said: '15s' }))
      .when(login({ said: 0 }))
      .then(outcome('overtaken', { why: 'newer-event' }), holder(undefined), journal('opened ben lib-1 +20s')));

  test('that its own later login overtook is told of its session', () =>
    given(at('2s'), login({ said: '1s' }))
      .when(login({ said: 0 }))
      .then(outcome('repeated'), holder('lib-1')));

  test('said at the very instant of a logout is no older than it', () =>
    given(login({ said: 0 }), at('2s'), logout({ said: '1s' }))
      .when(login({ said: '1s' }))
      .then(outcome('opened')));

  test('is not held against another station', () =>
    given(login({ said: '10s' }), logout({ said: '10s' }))
      .when(login({ station: 'lib-2', said: '5s' }))
      .then(outcome('opened')));
});

describe('a write that was done although it reported an error', () => {
  test('makes the login unavailable, and its repeat is told of the one session', () =>
    given(failing({ call: 'seats.write', done: true }), login({ id: 'a' }))
      .when(login({ id: 'a' }))
      .then(outcome('opened'), item({ revision: 1 }), journal('opened ana lib-1 +0s')));

  test('the same, later: the session has gone on since its opening, and no second one opens', () =>
    given(failing({ call: 'seats.write', done: true }), login({ id: 'a' }), at('10s'))
      .when(login({ id: 'a' }))
      .then(outcome('repeated'), seatIsFreeAt('32s'), journal('opened ana lib-1 +0s')));

  test('and one that was not done opens on its repeat', () =>
    given(failing({ call: 'seats.write' }), login({ id: 'a' }), at('10s'))
      .when(login({ id: 'a' }))
      .then(outcome('opened'), journal('opened ana lib-1 +10s')));

  test('on the panel: nothing is lost', () =>
    given(failing({ call: 'panels.occupy', done: true }), login({ id: 'a' }), at('10s'))
      .when(login({ id: 'a' }))
      .then(outcome('repeated'), holder('lib-1'), onPanel('ana')));
});

describe('while the table does not answer', () => {
  test('a login is unavailable and opens nothing', () =>
    given(failing({ call: 'seats.write', times: 99 }))
      .when(login({ station: 'web-1' }))
      .then(outcome('unavailable'), holder(undefined)));

  test('a ping is unavailable and ends nothing', () =>
    given(login(), failing({ call: 'seats.write', times: 99 }))
      .when(ping())
      .then(outcome('unavailable'), holder('lib-1')));
});

test('a shorter policy applies from the next sign of life on, and calls the sweep back', () =>
  given(under({ idle: '10m', lease: '20m' }), login(), under({ idle: '30s' }), at('10s'))
    .when(activity())
    .then(outcome('renewed'), seatIsFreeAt('42s'), timersAt('1m', '11m'), item({ session: { due: into('1m') } })));
