/** What somebody has recorded and sends again, signature and all, does nothing twice. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  activity,
  at,
  given,
  holder,
  jobStarted,
  login,
  logout,
  outcome,
  pass,
  ping,
  under,
} from '../support/story.ts';

const web = { station: 'web-1' };
const quiet = { station: 'quiet-web' };
const PORTAL = { idle: '1m', whenIdle: 'linger', lease: '2m', failover: '30m', maximum: '12h' };

describe('a signed ping that is sent again', () => {
  const pinged = [under(PORTAL), login({ ...quiet, signed: '0s' }), at('60s'), ping({ ...quiet, signed: '60s' })];

  test('moves no deadline', () =>
    given(...pinged, at('170s'), ping({ ...quiet, signed: '60s' }), outcome('repeated'), at('181s'))
      .when(ping({ ...quiet, signed: '181s' }))
      .then(outcome('invalidated')));

  test('nor after the next one', () =>
    given(...pinged, at('90s'), ping({ ...quiet, signed: '90s' }), at('200s'))
      .when(ping({ ...quiet, signed: '60s' }), outcome('repeated'), at('211s'))
      .then(holder(undefined)));

  test('nor in the session of the same user that came after it', () =>
    given(...pinged, logout({ ...quiet, signed: '61s' }), at('62s'), login({ ...quiet, signed: '62s' }), at('180s'))
      .when(ping({ ...quiet, signed: '60s' }), at('183s'))
      .then(holder(undefined)));

  test('nor in the one that was made anew of it', () =>
    given(under(PORTAL), login({ ...quiet, signed: '0s' }), at('60s'), ping({ ...quiet, session: 1, signed: '60s' }))
      .when(
        at('200s'),
        activity({ ...quiet, session: 1, signed: '200s' }),
        outcome('made-anew'),
        at('319s'),
        ping({ ...quiet, session: 1, signed: '60s' }),
        outcome('repeated'),
        at('321s'),
      )
      .then(holder(undefined)));

  test('and the station’s next one counts, however far its clock is off', () =>
    given(...pinged, at('170s'))
      .when(ping({ ...quiet, signed: '61s' }), outcome('renewed'), pass('119s'))
      .then(holder('quiet-web')));
});

describe('what else is signed and sent again after something newer', () => {
  const there = [login({ ...web, signed: '0s' }), at('5s')];

  test('is no news of the user', () =>
    given(...there, activity({ ...web, id: 'first', signed: '5s' }), at('10s'))
      .when(activity({ ...web, signed: '10s' }), at('35s'), activity({ ...web, id: 'first', signed: '5s' }))
      .then(outcome('repeated')));

  test('is no news in whichever order, within one second', () => {
    const both = [activity({ ...web, id: 'one', signed: '5s' }), jobStarted({ ...web, id: 'two', signed: '5s' })];
    const jobs = (count: number) => outcome('repeated', { seat: { session: { jobs: count } } });
    return given(...there, ...both, at('20s'))
      .when(activity({ ...web, id: 'one', signed: '5s' }), jobs(1), jobStarted({ ...web, id: 'two', signed: '5s' }))
      .then(jobs(1));
  });

  test('nor if its sender signs it again, for it was not answered', () =>
    given(...there, jobStarted({ ...web, id: 'job', signed: '5s' }), activity({ ...web, signed: '6s' }), at('8s'))
      .when(jobStarted({ ...web, id: 'job', signed: '8s' }))
      .then(outcome('repeated', { seat: { session: { jobs: 1 } } })));

  test('renews no session that it once went on by', () =>
    given(...there, login({ ...web, id: 'second', signed: '5s' }), activity({ ...web, signed: '5s' }), at('20s'))
      .when(login({ ...web, id: 'second', signed: '5s' }))
      .then(outcome('repeated')));

  test('starts no job twice', () =>
    given(...there, jobStarted({ ...web, id: 'job', signed: '5s' }), at('6s'), activity({ ...web, signed: '6s' }))
      .when(jobStarted({ ...web, id: 'job', signed: '5s' }))
      .then(outcome('repeated')));

  test('logs nobody in', () =>
    given(...there, logout({ ...web, signed: '5s' }), at('6s'), login({ ...web, signed: '6s' }), at('7s'))
      .when(logout({ ...web, signed: '7s' }), at('8s'), login({ ...web, id: 'other', signed: '5s' }))
      .then(outcome('overtaken'), holder(undefined)));

  test('and logs nobody out who has come since', () =>
    given(...there, logout({ ...web, id: 'bye', signed: '5s' }), at('6s'), login({ ...web, signed: '6s' }), at('7s'))
      .when(activity({ ...web, signed: '7s' }), logout({ ...web, id: 'bye', signed: '5s' }))
      .then(outcome('stale'), holder('web-1')));
});

describe('a signed login that is sent again once others have held the seat', () => {
  const OTHERS = ['web-2', 'web-3', 'lib-1', 'lib-2', 'quiet-2'];
  const first = { ...web, id: 'first', signed: '0s' };
  const gone = [login(first), at('2s'), logout({ ...web, signed: '2s' })];
  const visits = (count: number) =>
    OTHERS.slice(0, count).flatMap((station, n) => [
      at(`${10 * n + 10}s`),
      login({ station }),
      at(`${10 * n + 15}s`),
      logout({ station }),
    ]);

  test.each([0, 1, 2, 3])('opens nothing after %i other stations', (others) =>
    given(...gone, ...visits(others), at('100s'))
      .when(login(first))
      .then(holder(undefined)),
  );

  test('opens again after four: so much a seat remembers, and the pages say so', async () => {
    await given(...gone, ...visits(4), at('100s'))
      .when(login(first))
      .then(outcome('opened'), holder('web-1'));
    for (const page of ['docs/security.md', 'docs/decisions/0017-what-was-signed-is-heard-once.md']) {
      expect(readFileSync(page, 'utf8')).toContain('four other stations');
    }
  });
});
