/** What is late, repeated or out of order where a user may have several sessions: it is about one of them, or about none. */
import { describe, test } from 'vitest';
import {
  activity,
  answeredOf,
  at,
  atOnce,
  failing,
  given,
  holding,
  jobEnded,
  jobStarted,
  login,
  logout,
  outcome,
  ping,
  rungs,
  under,
} from '../support/story.ts';

const PORTAL = { idle: '1m', whenIdle: 'linger', lease: '10m', failover: 'off', maximum: '12h' };
const web = { station: 'web-1' };
const other = { station: 'web-2' };
const quiet = { station: 'quiet-1' };
const seats = (count: number | 'unlimited', takeOver = 'replace') => under({ ...PORTAL, seats: count, takeOver });
const many = [2, 3, 'unlimited'] as const;

describe.each(many)('with seats: %s', (count) => {
  test('a login that is repeated is told of its own session, whatever the others have done since', () =>
    given(seats(count), login({ ...web, id: 'a' }), at('5s'), login(other), at('9s'), activity(other))
      .when(login({ ...web, id: 'a' }))
      .then(outcome('repeated'), answeredOf(1), rungs('active', 'active')));

  test('one that is repeated after its logout opens nothing, and ends nobody’s session', () =>
    given(seats(count), login({ ...web, id: 'a' }), at('5s'), login(other), logout({ ...web, session: 1 }), at('9s'))
      .when(login({ ...web, id: 'a' }))
      .then(outcome('gone'), rungs('ended', 'active')));

  test('a logout of one session refuses no login of another', () =>
    given(seats(count, 'refuse'), login({ ...web, said: 0 }), at('8s'), logout({ ...web, session: 1, said: '8s' }))
      .when(login({ ...web, said: '7s' }))
      .then(outcome('opened'), holding(2)));

  test('nor where no seat is fresh', () =>
    given(
      ...[seats(count, 'refuse'), login({ ...web, said: 0 }), login({ ...web, said: 0 }), login({ ...web, said: 0 })],
      ...[at('8s'), ...[1, 2].map((session) => logout({ ...web, session, said: '8s' }))],
    )
      .when(...['one', 'two', 'three', 'four'].map((id) => login({ ...web, id, said: '7s' })))
      .then(holding(...(count === 2 ? [3, 4] : count === 3 ? [3, 4, 5] : [3, 4, 5, 6, 7]))));

  test('a logout by name and time that overtook its login keeps that from opening', () =>
    given(seats(count), at('10s'), logout({ ...web, said: '9s' }), at('13s'))
      .when(login({ ...web, said: '8s' }))
      .then(outcome('overtaken'), rungs()));

  test('and keeps no later one from it', () =>
    given(seats(count), at('10s'), logout({ ...web, said: '9s' }), at('13s'))
      .when(login({ ...web, said: '10s' }))
      .then(outcome('opened')));

  test('nor one of another station', () =>
    given(seats(count), at('10s'), logout({ ...web, said: '9s' }), at('13s'))
      .when(login({ ...other, said: '8s' }))
      .then(outcome('opened')));

  test('a logout by name that is repeated ends no session that opened since', () =>
    given(seats(count), login(web), at('5s'), logout({ ...web, id: 'bye' }), at('9s'), login(web))
      .when(logout({ ...web, id: 'bye' }))
      .then(holding(2)));

  test('a login at a panel that is overtaken ends no session elsewhere', () =>
    given(
      seats(count),
      ...[1, 2, 3].flatMap((n) => [at(`${n}s`), login(web)]),
      at('10s'),
      login({ ...quiet, user: 'ben', said: '10s' }),
      at('14s'),
    )
      .when(login({ ...quiet, said: '9s' }))
      .then(outcome('overtaken'), holding(...(count === 2 ? [2, 3] : [1, 2, 3]), 4)));

  test('words that name neither a session nor one of several are about none', () =>
    given(seats(count), login(web), login(web)).when(activity(web)).then(outcome('ambiguous')));

  test('a job is its session’s own, named or not', () =>
    given(seats(count), login(web), at('1s'), login(other), jobStarted({ ...web, session: 1, job: 'scan' }))
      .when(jobEnded({ ...other, session: 2, job: 'scan' }))
      .then(outcome('renewed', { seat: { session: { jobs: 0 } } }), async (world) => {
        await ping({ ...web, session: 1 })(world);
        outcome('renewed', { seat: { session: { jobs: 1 } } })(world);
      }));

  test('two logins at the same instant have a session each', () =>
    given(seats(count))
      .when(atOnce(login(web), login(other)))
      .then(rungs('active', 'active')));

  test('two deliveries of one login at the same instant have one', () =>
    given(seats(count))
      .when(atOnce(login({ ...web, id: 'a' }), login({ ...web, id: 'a' })))
      .then(rungs('active')));
});

describe('where all seats are taken and a login replaces the one that was silent the longest', () => {
  const full = [seats(2), login(web), at('5s'), login(other), at('10s')];

  test('its repeat replaces no other', () =>
    given(...full, login({ station: 'web-3', id: 'c' }), at('15s'))
      .when(login({ station: 'web-3', id: 'c' }))
      .then(outcome('repeated'), answeredOf(3), rungs('gone', 'active', 'active')));

  test('its repeat replaces none though its answer was lost', () =>
    given(
      ...[...full, failing({ call: 'seats.write', done: true })],
      ...[login({ station: 'web-3', id: 'c' }), outcome('unavailable'), at('15s')],
    )
      .when(login({ station: 'web-3', id: 'c' }))
      .then(outcome('repeated'), rungs('gone', 'active', 'active')));

  test('a login that its own logout has overtaken replaces none', () =>
    given(...full, logout({ station: 'web-3', said: '10s' }), at('14s'))
      .when(login({ station: 'web-3', said: '9s' }))
      .then(outcome('overtaken'), rungs('active', 'active')));

  test('a login from long ago replaces none', () =>
    given(...full, at('2m'))
      .when(login({ station: 'web-3', said: '15s' }))
      .then(outcome('overtaken', { why: 'late' }), rungs('lingering', 'lingering')));

  test('a late login of a panel at which another stands by now replaces none', () =>
    given(...full, login({ ...quiet, user: 'ben', said: '10s' }), at('12s'))
      .when(login({ ...quiet, said: '9s' }))
      .then(outcome('overtaken'), rungs('active', 'active', 'active')));

  test('nor does one that is late by less than clocks are apart', () =>
    given(...full, login({ ...quiet, user: 'ben', said: '10s' }))
      .when(login({ ...quiet, said: '9500ms' }))
      .then(outcome('overtaken'), holding(1, 2, 3)));

  test('nor does its repeat, where that is told that it has its session no more', () =>
    given(...full, login({ ...quiet, id: 'p' }), at('15s'), logout({ ...quiet, user: null }), login(web), at('20s'))
      .when(login({ ...quiet, id: 'p' }))
      .then(rungs('gone', 'active', 'gone', 'active')));
});

describe('at a panel where each user may have several seats', () => {
  const there = [seats(3), login(web), at('1s'), login({ ...quiet, id: 'a' }), at('5s')];

  test('the next user ends what was open at the panel, and nothing else', () =>
    given(...there)
      .when(login({ ...quiet, user: 'ben' }))
      .then(outcome('opened'), rungs('active', 'ended', 'active')));

  test('a repeated login puts nobody out who came since', () =>
    given(...there, login({ ...quiet, user: 'ben' }), at('9s'))
      .when(login({ ...quiet, id: 'a' }))
      .then(outcome('gone'), rungs('active', 'ended', 'active')));

  test('a login that was overtaken and killed before it ended its session is undone when it is sent again', () =>
    given(
      ...[seats(3, 'refuse'), login(web), at('10s'), login({ ...quiet, user: 'ben', said: '10s' })],
      failing({ call: 'seats.write', only: (_, attempt) => JSON.stringify(attempt).includes('"do":"end"') }),
    )
      .when(login({ ...quiet, said: '9s', id: 'a' }), at('11s'), login({ ...quiet, said: '9s', id: 'a' }))
      .then(outcome('overtaken'), rungs('active', 'active', 'ended')));

  test('its user, who is there, goes on with the session there', () =>
    given(...there)
      .when(login({ ...quiet, id: 'again' }))
      .then(outcome('renewed'), answeredOf(2)));

  test('a logout at the panel that is repeated ends nothing that its user has opened since, here or elsewhere', () =>
    given(...there, logout({ ...quiet, user: null, id: 'out' }), at('9s'), login(quiet))
      .when(logout({ ...quiet, user: null, id: 'out' }))
      .then(holding(1, 3)));
});
