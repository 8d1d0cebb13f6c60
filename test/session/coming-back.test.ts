/** Who comes back to which session, and what nobody comes back to: stories of every rung. */
import { describe, expect, test } from 'vitest';
import type { Attempt } from '../../lib/session/write.ts';
import { here, inFailover, lingering, pingsUntil, remembered, SUITE, there } from '../support/portal.ts';
import {
  activity,
  answeredOf,
  at,
  atOnce,
  boot,
  failing,
  found,
  given,
  history,
  holder,
  item,
  jobEnded,
  jobStarted,
  journal,
  journalRuns,
  login,
  logout,
  operatorEnds,
  outcome,
  ping,
  rungs,
  type Step,
  seatIsFreeAt,
  sweeps,
  timersAreLost,
  timersFireThrough,
  under,
} from '../support/story.ts';
import { type Fault, into, type Offset, seatOf } from '../support/world.ts';

/** The guess is refused; what is decided on what was there is done, but its answer does not arrive. */
const answerOfTheDecisionIsLost: Fault = {
  call: 'seats.write',
  done: true,
  only: (_, attempt) => (attempt as Attempt).condition.if === 'unchanged',
};

const rows = [
  ['while it lingers', lingering, 'resumed', 1],
  ['in failover', inFailover, 'made-anew', 2],
  ['while it is remembered', remembered, 'logged-on-anew', 2],
] as const;

const dormantRows = rows.slice(1);

describe.each(rows)('activity of a session %s', (_, before, is, session) => {
  test(`is answered ${is}, and the session is active under the same logon`, () =>
    given(...before)
      .when(activity({ ...here, session: 1 }))
      .then(
        outcome(is, { seat: { session: { loggedOnAt: into(0), station: 'web-1' } } }),
        answeredOf(session),
        holder('web-1'),
      ));

  test.each(['by its handle', 'by its user'])('is repeated: told what the first was, once more, %s', (by) => {
    const again = activity({ ...here, id: 'again', ...(by === 'by its user' ? {} : { session: 1 }) });
    return given(...before)
      .when(again, again)
      .then(outcome('repeated'), answeredOf(session), async (world) => expect(world.opened).toHaveLength(session));
  });

  test('comes in two copies at once, and one session goes on', () => {
    const copy = activity({ ...here, session: 1, id: 'copy' });
    return given(...before)
      .when(atOnce(copy, copy, copy))
      .then(answeredOf(session), holder('web-1'), async (world) => expect(world.opened).toHaveLength(session));
  });

  test('and another at the same instant have one session', () =>
    given(...before)
      .when(atOnce(activity({ ...here, session: 1 }), activity({ ...here, session: 1 }), activity(here)))
      .then(answeredOf(session), async (world) => expect(world.opened).toHaveLength(session)));

  test('comes back all the same when the first answer was lost', () =>
    given(...before, failing(answerOfTheDecisionIsLost))
      .when(activity({ ...here, session: 1, id: 'again' }), activity({ ...here, session: 1, id: 'again' }))
      .then(outcome('repeated'), answeredOf(session)));

  test('from another station is refused, and nobody comes back', () =>
    given(...before)
      .when(activity({ ...there, session: 1 }))
      .then(outcome('not-yours'), async (world) => expect(world.opened).toHaveLength(1)));

  test('that its station dates before what it said last says only where its user was', () =>
    given(...before.slice(0, 2), at(1), activity({ ...here, said: 1 }), ...before.slice(2))
      .when(activity({ ...here, session: 1, said: 0 }))
      .then(outcome(is === 'resumed' ? 'lingering' : 'invalidated'), async (world) =>
        expect(world.opened).toHaveLength(1),
      ));

  test('starts it again where a job starts', () =>
    given(...before)
      .when(jobStarted({ ...here, session: 1 }))
      .then(outcome(is, { seat: { session: { jobs: 1 } } }), answeredOf(session)));
});

describe('a session that lingers', () => {
  test('loses its seat a lease after its last ping that counted, whatever comes after', () =>
    given(under(SUITE), login(here), ...pingsUntil(26))
      .when()
      .then(outcome('lingering'), seatIsFreeAt('1682s'), at('1682s'), login(there), outcome('opened')));

  test('a ping of it writes nothing', () =>
    given(...lingering)
      .when((world) => world.calls.clear(), ping({ ...here, session: 1 }))
      .then(outcome('lingering'), answeredOf(1), ({ calls }) => expect([...calls]).toEqual([['seats.write', 1]])));

  test('goes on with its job, which waits as any does', () =>
    given(under({ ...SUITE, job: '30m' }), login(here), ...pingsUntil(18), at('25m'))
      .when(jobStarted(here), at('54m'), jobEnded(here))
      .then(outcome('renewed'), rungs('active'), seatIsFreeAt('3842s')));

  test('resumes when a job ends, too', () =>
    given(...lingering)
      .when(jobEnded(here))
      .then(outcome('resumed', { seat: { session: { jobs: 0, activeAt: into('25m') } } })));

  test('goes on where its user logs in again, with a logon that is as new', () =>
    given(...lingering)
      .when(login(here))
      .then(
        outcome('resumed', { seat: { session: { loggedOnAt: into('25m'), resumedAt: into('25m') } } }),
        answeredOf(1),
        item({ session: { deadlines: { rememberedUntil: into('505m') } } }),
      ));

  test('is renewed by what happens next, and not resumed once more', () =>
    given(...lingering, activity(here), at('26m'))
      .when(activity(here))
      .then(outcome('renewed', { seat: { session: { resumedAt: into('25m') } } }), answeredOf(1)));

  test('may linger and resume again, and each time is announced', () =>
    given(under({ ...SUITE, lease: '40m' }), login(here), at('21m'), activity(here), at('50m'), sweeps())
      .when(activity(here))
      .then(
        journal(
          'opened ana web-1 +0s',
          'lingering ana web-1 +1200s idle',
          'resumed ana web-1 +1260s from lingering',
          'lingering ana web-1 +2460s idle',
          'resumed ana web-1 +3000s from lingering',
        ),
      ));

  test('is none whose lease runs out at that very instant', () =>
    given(under({ ...SUITE, idle: '10m' }), login(here), at('1h'))
      .when(sweeps())
      .then(
        journal('opened ana web-1 +0s', 'invalidated ana web-1 +600s lease', 'remembered ana web-1 +2400s failover'),
      ));

  test('may be taken over, and nobody comes back to it', () =>
    given(...lingering, login({ ...there, takeOver: true }))
      .when(activity({ ...here, session: 1 }), outcome('gone'))
      .then(
        history('ana web-1 +1500s taken-over'),
        holder('web-2'),
        journal(
          'opened ana web-1 +0s',
          'lingering ana web-1 +1200s idle',
          'ended ana web-1 +1500s taken-over station:web-2',
          'opened ana web-2 +1500s',
        ),
      ));

  test('is as taken as any: a login elsewhere is refused', () =>
    given(...lingering)
      .when(login(there))
      .then(outcome('taken', { retryAfterMs: 182_000 })));
});

describe.each(dormantRows)('a session %s', (_, before, is) => {
  test.each([
    ['ping', ping],
    ['job-ended', jobEnded],
  ])('is not brought back by a %s', (_, says) =>
    given(...before)
      .when(says({ ...here, session: 1 }))
      .then(outcome('invalidated'), answeredOf(1), holder(undefined)),
  );

  test('is not brought back by what has been under way for longer than a session lasts', () =>
    given(...before)
      .when(activity({ ...here, session: 1, said: '1s' }))
      .then(outcome('invalidated'), holder(undefined)));

  const ends: [string, readonly Step[], RegExp][] = [
    ['a logout', [logout({ ...here, session: 1 })], /logout/],
    ['a logout that names its user', [logout(here)], /logout/],
    ['an operator', [operatorEnds(1)], /operator/],
    ['a login elsewhere', [login(there)], /superseded/],
    ['a take-over', [login({ ...there, takeOver: true })], /superseded/],
    ['a login at its own station', [login(here)], /superseded/],
  ];
  test.each(ends)('ends by %s, for that reason, and nobody comes back to it', (_, end, reason) =>
    given(...before, ...end, journalRuns)
      .when(activity({ ...here, session: 1 }))
      .then(outcome('gone', { past: { ended: { reason: expect.stringMatching(reason), at: expect.any(Number) } } })),
  );

  test.each([
    ['a logout', logout({ ...here, session: 1, id: 'the logout' })],
    ['an operator', operatorEnds(1)],
  ])('ended by %s, is told as much when that is repeated', (_, end) =>
    given(...before, end)
      .when(end)
      .then(outcome('ended'), answeredOf(1)),
  );

  test('ended by a boot of a web application? It has no panel: nothing ends', () =>
    given(...before)
      .when(boot(here), outcome('nothing-open'), activity(here))
      .then(outcome(is)));

  test('is what a repeat of its login is told of: that it has lost its seat', () =>
    given(under(SUITE), login({ ...here, id: 'the login' }), ...before.slice(2))
      .when(login({ ...here, id: 'the login' }))
      .then(outcome('invalidated'), answeredOf(1)));

  describe('made anew', () => {
    const anew = [...before, activity({ ...here, session: 1 })];

    test('goes on for signs of life that name the one before', () =>
      given(...anew)
        .when(
          ...[ping({ ...here, session: 1 }), answeredOf(2), outcome('renewed')],
          ...[activity({ ...here, session: 1 }), answeredOf(2), outcome('renewed')],
          ...[jobStarted({ ...here, session: 1 }), answeredOf(2), outcome('renewed')],
        )
        .then(rungs('gone', 'active')));

    test('stays what it was for a repeat of what brought its user back, whatever has been said since', () =>
      given(...before, activity({ ...here, id: 'the first' }), activity(here))
        .when(activity({ ...here, id: 'the first' }))
        .then(outcome('repeated'), answeredOf(2)));

    test('is ended by a logout that names the one before: who is told that they are out is out', () =>
      given(...anew)
        .when(logout({ ...here, session: 1 }))
        .then(outcome('ended'), holder(undefined)));

    test('is not ended by an operator who meant the one before', () =>
      given(...anew, journalRuns)
        .when(operatorEnds(1))
        .then(outcome('gone', { past: { ended: { reason: 'made-anew' } } }), holder('web-1')));

    test('once more, is nothing to those who name the first of all', () =>
      given(...anew, at('100m'), activity({ ...here, session: 2 }), journalRuns)
        .when(ping({ ...here, session: 1 }))
        .then(
          outcome('gone', { past: { ended: { reason: 'made-anew' } } }),
          ping({ ...here, session: 2 }),
          outcome('renewed'),
          answeredOf(3),
        ));

    test('keeps the logon: eight hours after that its user is asked who they are', () =>
      given(...anew, at('480m'))
        .when(activity({ ...here, session: 2 }))
        .then(outcome('gone', { past: { ended: { reason: 'logon-token', at: into('480m') } } })));

    test('has a maximum of its own', () =>
      given(...before.with(0, under({ ...SUITE, maximum: '2h' })))
        .when(activity(here))
        .then(async (world) =>
          expect(await world.seats.read(seatOf('ana'))).toMatchObject({
            session: { openedAt: world.now, deadlines: { maximumAt: world.now + 7_200_000 } },
          }),
        ));

    test('may be logged out as any, and nobody comes back', () =>
      given(...anew, logout({ ...here, session: 2 }))
        .when(activity({ ...here, session: 2 }))
        .then(outcome('gone', { past: { ended: { reason: 'logout' } } })));
  });
});

describe('without a logon token', () => {
  const off = { ...SUITE, logonToken: 'off' };

  test('a session is made anew in failover, as often as its user comes back in time', () =>
    given(under(off), login(here))
      .when(...[39, 78, 117].flatMap((m) => [at(`${m}m`), activity(here), outcome('made-anew')]))
      .then(
        outcome('made-anew', { seat: { session: { loggedOnAt: into(0) } } }),
        rungs('gone', 'gone', 'gone', 'active'),
      ));

  test('it ends with its failover', () =>
    given(under(off), login(here), at('40m'))
      .when(activity(here))
      .then(outcome('gone', { past: { ended: { reason: 'failover', at: into('40m'), by: 'policy' } } })));
});

describe('within the margin after its seat was lost', () => {
  const at11s = [under(SUITE), login(here), at('601s')];

  test('another is refused for one second more', () =>
    given(...at11s)
      .when(login(there))
      .then(outcome('taken', { retryAfterMs: 1_000, holders: [{ session: { station: 'web-1' } }] })));

  test('its user comes back', () =>
    given(...at11s)
      .when(activity({ ...here, session: 1 }))
      .then(outcome('made-anew')));

  test('it may be taken over: it is superseded, for it held nothing any more', () =>
    given(...at11s)
      .when(login({ ...there, takeOver: true }))
      .then(outcome('opened'), history('ana web-1 +601s superseded')));

  test('no sweep announces it yet', () =>
    given(...at11s)
      .when(sweeps({ slot: '20m', user: 'ana' }))
      .then(found({ alive: 1, lowered: 0 }), item({ session: { rung: 'active' } })));
});

describe('on a panel', () => {
  const panel = [under({ ...SUITE, seats: 1 }), login(), at('9m'), ping()];

  test('a session lingers, and then it ends: whoever stands there next may be somebody else', () =>
    given(...panel, at('18m'), ping(), at('27m'))
      .when(activity())
      .then(outcome('resumed')));

  test.each([
    ['activity', activity],
    ['a ping', ping],
    ['a job that starts', jobStarted],
  ])('no %s brings it back', (_, says) =>
    given(...panel, at('19m'))
      .when(says())
      .then(
        outcome('gone', { past: { ended: { reason: 'lease', at: into('19m') } } }),
        journal('opened ana lib-1 +0s'),
        rungs('ended'),
      ),
  );

  test('the maximum ends it, though a token would remember it elsewhere', () =>
    given(under({ ...SUITE, maximum: '15m' }), login(), at('9m'), ping(), at('15m'))
      .when(activity())
      .then(outcome('gone', { past: { ended: { reason: 'maximum' } } })));
});

describe('a station with an idle time of its own', () => {
  const own = { ...SUITE, seats: 'unlimited', lease: '30m', stations: { 'web-1': { idle: '5m' } } };

  test.each<[string, Offset, string]>([
    ['web-1', 299_999, 'renewed'],
    ['web-1', '5m', 'lingering'],
    ['web-2', 1_199_999, 'renewed'],
    ['web-2', '20m', 'lingering'],
  ])('has its sessions linger by that: a ping at %s after %s is answered %s', (station, when, is) =>
    given(under(own), login({ station }), at(when))
      .when(ping({ station, session: 1 }))
      .then(outcome(is as 'renewed')),
  );
});

describe('a policy that changed meanwhile', () => {
  test('leaves a session the failover that it had; the one made anew has what is so now', () =>
    given(under(SUITE), login(here), under({ ...SUITE, failover: 'off', logonToken: 'off' }), at('39m'))
      .when(activity({ ...here, session: 1 }), outcome('made-anew'), at('49m'))
      .then(rungs('gone', 'ended')));

  test('that no longer lets sessions linger counts from the next activity on', () =>
    given(under({ ...SUITE, lease: '40m' }), login(here), under({ ...SUITE, lease: '40m', whenIdle: 'end' }))
      .when(at('10m'), ping(here), at('21m'), ping(here), outcome('lingering'), activity(here), at('41m'))
      .then(ping(here), outcome('invalidated'), rungs('remembered')));

  test('that lets sessions linger from now on counts from the next activity on', () =>
    given(under({ ...SUITE, lease: '40m', whenIdle: 'end' }), login(here), at('10m'), under({ ...SUITE, lease: '40m' }))
      .when(activity(here), at('30m'))
      .then(ping(here), outcome('lingering'), rungs('lingering')));

  test('that has a shorter idle time now calls its sweep back at the next activity', () =>
    given(under({ ...SUITE, lease: '4h', idle: '3h', sweep: '1m' }), login(here), timersAreLost)
      .when(at('1m'), under({ ...SUITE, lease: '4h', idle: '5m', sweep: '1m' }), activity(here))
      .then(timersFireThrough('7m'), item({ session: { rung: 'lingering' } })));
});
