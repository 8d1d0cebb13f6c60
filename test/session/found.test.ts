/** What the simulation and the model have found in this code, each as the story that it came down to. */
import { describe, expect, test } from 'vitest';
import { memorySeats } from '../../lib/memory/seats.ts';
import type { Login } from '../../lib/session/commands.ts';
import { guess } from '../../lib/session/decide.ts';
import { decideSweep } from '../../lib/session/due.ts';
import {
  activity,
  at,
  failing,
  given,
  history,
  holder,
  journalRuns,
  login,
  logout,
  operatorEnds,
  outcome,
  pass,
  ping,
  sweeps,
  under,
} from '../support/story.ts';
import { into, policyOf, stationOf } from '../support/world.ts';

const PORTAL = { idle: '1m', whenIdle: 'linger', lease: '2m', failover: '30m', maximum: '12h' };
const web = { station: 'web-1' };

describe('a repeat of what brought a user back', () => {
  test('does not bring them back to a session that came after it', () =>
    given(
      ...[under(PORTAL), login({ ...web, id: 'login 1' }), at('5m'), activity({ ...web, id: 'back' })],
      ...[logout(web), pass('1m'), login({ ...web, id: 'login 2' }), pass('5m')],
    )
      .when(activity({ ...web, id: 'back' }))
      .then(outcome('invalidated')));
});

describe('a logout at a panel that fails on its way', () => {
  test('has ended nobody: a repeat of it that comes after the next user’s login would end theirs', () =>
    given(login(), at('5s'), failing({ call: 'panels.write' }))
      .when(logout({ user: null }))
      .then(outcome('unavailable'), holder('lib-1')));
});

describe('where one clock is behind another', () => {
  test('a session that is logged out ends no earlier than it was heard of', () =>
    given(at('5s'), login(), at('4s'))
      .when(logout(), at('5s'), journalRuns)
      .then(outcome('ended'), history('ana lib-1 +5s logout')));

  test('a session that is taken over ends no earlier than it was heard of', () =>
    given(under({ takeOver: 'replace' }), at('5s'), login(), at('4s'))
      .when(login({ station: 'lib-2' }), at('5s'), journalRuns)
      .then(outcome('opened'), history('ana lib-1 +5s taken-over')));
});

describe('whoever wants a session ended whose time is up by one clock', () => {
  // Its lease ends at 20 s.
  const over = [under({ idle: '20s', lease: '20s' }), login(web), at('21s')];
  const behind = at('19s');

  test('and is told so is right for good: one that is behind renews it no more', () =>
    given(...over, operatorEnds(1), outcome('gone'), behind)
      .when(ping({ ...web, session: 1 }), outcome('gone'), at('21s'), journalRuns)
      .then(history('ana web-1 +20s idle')));

  test('so too after a logout', () =>
    given(...over, logout({ ...web, session: 1 }), outcome('gone'), behind)
      .when(ping({ ...web, session: 1 }), outcome('gone'), at('21s'), journalRuns)
      .then(history('ana web-1 +20s idle')));

  test('after a logout of the session before, the seat’s own goes on', () =>
    given(...over, logout(web), at('22s'), login(web), at('23s'))
      .when(logout({ ...web, session: 1 }))
      .then(outcome('stale'), holder('web-1')));
});

describe('a word of a session that is over, sent again in the next one', () => {
  test.each([
    ['before', [sweeps()]],
    ['after', []],
  ])('means the same %s a sweep has come by', (_, meanwhile) =>
    given(login(web), at('5s'), activity({ ...web, id: 'said' }), at('600s'), ...meanwhile, login(web), at('605s'))
      .when(activity({ ...web, id: 'said' }))
      .then(outcome('repeated')),
  );
});

describe('a repeated login by which a session went on', () => {
  const first = [login({ id: 'login 1' }), at('5s'), login({ id: 'login 2' })];

  test('goes on being that one', () =>
    given(...first)
      .when(login({ id: 'login 2' }))
      .then(outcome('repeated'), holder('lib-1')));

  test('does not undo an operator’s end', () =>
    given(...first, operatorEnds(1), at('9s'))
      .when(login({ id: 'login 2' }))
      .then(outcome('gone'), holder(undefined)));

  test('opens nothing after the seat has gone to another', () =>
    given(...first, login({ station: 'lib-2', takeOver: true }), logout({ station: 'lib-2' }), at('9s'))
      .when(login({ id: 'login 2' }))
      .then(outcome('gone'), holder(undefined)));
});

describe('a sweep whose clock is behind that of the one before', () => {
  const held = { realm: 'campus', user: 'ana', seat: '0' };

  test('takes no rung back, so that none is announced twice', async () => {
    const policy = policyOf({ ...PORTAL, logonToken: '1h' });
    const seats = memorySeats({ shards: 1 });
    const said: Login = {
      ...{ type: 'login', realm: held.realm, user: held.user, takeOver: false, now: into(0), epoch: into(0) },
      ...{ policy, station: stationOf('web-1'), word: { type: 'login', station: 'web-1', id: 'login 1' } },
    };
    const opens = guess(said, held);
    if (opens === undefined || 'verdict' in opens) throw new Error('it opens nothing');
    const { seat } = await seats.write(held, opens.attempt);
    const ahead = decideSweep(seat, into(32 * 60_000 + 2_000), policy.sweepMs);
    if (ahead.is !== 'lower') throw new Error('nothing was announced');
    expect(ahead.rung).toBe('remembered');
    const { seat: lowered } = await seats.write(held, ahead.attempt);
    expect(decideSweep(lowered, into(32 * 60_000 + 1_999), policy.sweepMs).is).toBe('near');
  });
});

describe('where a user may have several sessions at a web application', () => {
  const before = [under({ ...PORTAL, seats: 'unlimited' }), login(web), at('5m'), login(web)];

  test('what names only the user means the one that holds a seat', () =>
    given(...before)
      .when(activity(web))
      .then(outcome('renewed')));

  test('after its logout no older one is brought back by the user’s name', () =>
    given(...before, logout({ ...web, session: 2 }))
      .when(activity(web))
      .then(outcome('gone')));
});

test('a repeated login by which a session went on is told that it has lost its seat', () =>
  given(under(PORTAL), login(web), at('30s'), login({ ...web, id: 'login 2' }), at('5m'))
    .when(login({ ...web, id: 'login 2' }))
    .then(outcome('invalidated')));
