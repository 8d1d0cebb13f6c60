/** What the simulation has found in this code since it lives with panels, jobs by name and stations that move: each as a story. */
import { describe, test } from 'vitest';
import {
  activity,
  at,
  failing,
  given,
  history,
  holder,
  jobEnded,
  journalRuns,
  login,
  logout,
  movesToAnnex,
  onlyFor,
  outcome,
  rungs,
  under,
} from '../support/story.ts';

const quiet = { station: 'quiet-1' };
const ben = { ...quiet, user: 'ben' };
/** Ben's login puts ana out of the panel, and its function dies before it ends her session. */
const diesBeforeItEnds = failing(onlyFor('ana', { call: 'seats.write' }));

describe('who is put out of a panel', () => {
  test('loses also a session that opened only at their login’s second try', () =>
    given(
      ...[failing({ call: 'seats.write' }), login({ ...quiet, id: 'a' }), at('5s'), login({ ...quiet, id: 'a' })],
      ...[outcome('opened'), at('10s'), diesBeforeItEnds, login({ ...ben, id: 'b' }), outcome('unavailable')],
    )
      .when(at('15s'), login({ ...ben, id: 'b' }))
      .then(outcome('repeated'), holder(undefined)));

  test('is put out by a repeat that itself is too late to open anything', () =>
    given(
      ...[login(), at('5s'), diesBeforeItEnds, login({ user: 'ben', id: 'b', said: '5s' }), at('20s')],
      ...[activity(), outcome('renewed')],
    )
      .when(at('40s'), login({ user: 'ben', id: 'b', said: '5s' }))
      .then(holder(undefined)));

  test('and logs in there again keeps what they have come back to when their logout is sent again', () =>
    given(
      ...[login(quiet), at('5s'), failing({ call: 'seats.write' }), logout({ ...quiet, user: null, id: 'out' })],
      ...[outcome('unavailable'), at('6s'), login(quiet), outcome('opened')],
    )
      .when(at('7s'), logout({ ...quiet, user: null, id: 'out' }))
      .then(holder('quiet-1')));

  test('is put out although the end of the session that they had before is announced late', () =>
    given(
      ...[login(quiet), at('2s'), logout({ ...quiet, session: 1 }), at('5s'), login(quiet), outcome('opened')],
      ...[at('10s'), diesBeforeItEnds, login({ ...ben, id: 'b' }), outcome('unavailable'), journalRuns],
    )
      .when(at('15s'), login({ ...ben, id: 'b' }))
      .then(holder(undefined)));

  test('has left by the logout that was told nothing, whatever word comes next', () =>
    given(
      ...[login(quiet), at('5s'), failing({ call: 'seats.write' }), logout({ ...quiet, user: null })],
      ...[at('6s'), login(quiet), outcome('opened')],
    )
      .when(journalRuns)
      .then(history('ana quiet-1 +6s logout')));
});

test('a panel goes on with nobody who was there when its station was in another realm', () =>
  given(login(quiet), movesToAnnex('quiet-1'), at('5s'))
    .when(activity({ ...quiet, user: null }))
    .then(outcome('nothing-open')));

test('an overtaken login moves nothing of its user’s session where a user may have several seats', () =>
  given(under({ seats: 3 }), at('9s'), login({ ...quiet, said: '9s' }), at('10s'))
    .when(login({ ...quiet, said: '8s' }))
    .then(outcome('repeated')));

test('the end of a job that does not run brings nobody back to a session that lingers', () =>
  given(
    under({ idle: '20s', whenIdle: 'linger', lease: '5m' }),
    login({ station: 'web-1' }),
    at('25s'),
    jobEnded({ station: 'web-1', job: 'never begun' }),
  )
    .when(at('26s'))
    .then(outcome('lingering'), rungs('lingering')));
