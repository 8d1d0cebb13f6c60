import { describe, test } from 'vitest';
import {
  activity,
  at,
  atOnce,
  counted,
  given,
  history,
  holder,
  jobStarted,
  journal,
  login,
  outcome,
  ping,
  sweeps,
  under,
} from '../support/story.ts';

const elsewhere = (takeOver?: boolean) => login({ station: 'lib-2', ...(takeOver === undefined ? {} : { takeOver }) });

describe('whether a login may end the other session', () => {
  test.each([
    ['refuse', false, 'taken'],
    ['refuse', true, 'taken'],
    ['offer', false, 'taken'],
    ['offer', true, 'opened'],
    ['replace', false, 'opened'],
    ['replace', true, 'opened'],
  ] as const)('where the policy says %s and it asks: %s', (takeOver, asks, is) =>
    given(under({ takeOver }), login(), at('10s'))
      .when(elsewhere(asks))
      .then(outcome(is), holder(is === 'opened' ? 'lib-2' : 'lib-1')),
  );
});

describe('a take-over', () => {
  test('ends the other session, and says why', () =>
    given(login(), at('10s'))
      .when(elsewhere(true))
      .then(
        outcome('opened'),
        holder('lib-2'),
        journal('opened ana lib-1 +0s', 'ended ana lib-1 +10s taken-over station:lib-2', 'opened ana lib-2 +10s'),
        history('ana lib-1 +10s taken-over'),
        counted('TakenOver', 1),
      ));

  test('may end one that has a job', () =>
    given(login(), jobStarted(), at('10s')).when(elsewhere(true)).then(outcome('opened'), holder('lib-2')));

  test('of a session that had ended of itself took nothing over', () =>
    given(login(), at('1m'))
      .when(elsewhere(true))
      .then(outcome('opened'), history('ana lib-1 +30s idle'), counted('TakenOver', 0)));

  test.each([30_000, 31_999])(
    'within the margin after the other session (%i ms) is granted as it was a moment before',
    (ms) =>
      given(login(), at(ms))
        .when(elsewhere(true))
        .then(outcome('opened'), holder('lib-2'), history('ana lib-1 +30s idle')),
  );

  test('leaves the other station a session that is gone', () =>
    given(login(), at('10s'), elsewhere(true), at('11s'))
      .when(activity({ session: 1 }))
      .then(outcome('gone'), holder('lib-2')));

  test('back and forth leaves the last one holding the seat', () =>
    given(login(), at('1s'), elsewhere(true), at('2s'))
      .when(login({ takeOver: true }))
      .then(holder('lib-1'), history('ana lib-1 +1s taken-over', 'ana lib-2 +2s taken-over')));

  test('within one millisecond still gives each session its own epoch', () =>
    given(login(), elsewhere(true), login({ takeOver: true }))
      .when(ping({ session: 1 }))
      .then(outcome('gone'), holder('lib-1'), history('ana lib-1 +0s taken-over', 'ana lib-2 +0s taken-over')));

  test('by two at once is won by one, and the other takes over from it', () =>
    given(under({ takeOver: 'replace' }), login())
      .when(atOnce(elsewhere(), login({ station: 'quiet-1' })))
      .then(counted('LoginOpened', 3), holder('quiet-1'), sweeps()));
});
