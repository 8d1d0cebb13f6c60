/** What the simulation has found in this code, each as the story that it came down to. */
import { describe, test } from 'vitest';
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
  outcome,
  pass,
  under,
} from '../support/story.ts';

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
    given(login(), at('5s'), failing({ call: 'panels.leave' }))
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
