import { describe, expect, test } from 'vitest';
import type { PanelAttempt } from '../../lib/session/panel.ts';
import { after, DAY, durationMs } from '../../lib/time.ts';
import {
  at,
  atOnce,
  failing,
  given,
  history,
  holder,
  journal,
  journalRuns,
  journalRunsTwice,
  login,
  logout,
  onlyFor,
  onPanel,
  operatorEnds,
  outcome,
  sweeps,
  under,
} from '../support/story.ts';
import { into, World } from '../support/world.ts';

describe('a login of another user at a panel', () => {
  test('ends what was open there', () =>
    given(login(), at('10s'))
      .when(login({ user: 'ben' }))
      .then(
        outcome('opened'),
        onPanel('ben'),
        holder(undefined),
        holder('lib-1', 'ben'),
        journal('opened ana lib-1 +0s', 'opened ben lib-1 +10s', 'ended ana lib-1 +10s next-user station:lib-1'),
      ));

  test('ends what was open there even if it is refused itself', () =>
    given(login(), login({ user: 'ben', station: 'lib-2' }), at('10s'))
      .when(login({ user: 'ben' }))
      .then(outcome('taken'), holder(undefined), holder('lib-2', 'ben'), history('ana lib-1 +10s next-user')));

  test('ends nothing that its user has elsewhere', () =>
    given(login(), at('1m'), login({ station: 'lib-2' }))
      .when(login({ user: 'ben' }))
      .then(outcome('opened'), holder('lib-2')));

  test('ends nothing at a web application', () =>
    given(login({ station: 'web-1' }))
      .when(login({ user: 'ben', station: 'web-1' }))
      .then(outcome('opened'), holder('web-1'), holder('web-1', 'ben')));

  test('ends nothing that is newer than itself', () =>
    given(at('10s'), login({ said: '10s' }), at('14s'))
      .when(login({ user: 'ben', said: '9s' }))
      .then(outcome('overtaken'), holder('lib-1'), holder(undefined, 'ben'), onPanel('ana')));

  test('after a refused one ends nothing of the refused one elsewhere', () =>
    given(login({ station: 'lib-2' }), login(), at('10s'))
      .when(login({ user: 'ben' }))
      .then(outcome('opened'), holder('lib-2'), onPanel('ben')));

  test('of which nothing but the panel was written leaves a session that ends of itself', () =>
    given(login(), failing({ call: 'seats.write', times: 1 }), login({ user: 'ben', id: 'b' }), at('10s'))
      .when(login({ user: 'ben', id: 'b' }))
      .then(outcome('opened'), onPanel('ben'), holder('lib-1', 'ben')));
});

describe('a login that has displaced somebody and failed before that one was put out', () => {
  const displaced = [
    login({ user: 'cy' }),
    at('5s'),
    failing(onlyFor('cy', { call: 'seats.write' })),
    login({ id: 'a', said: '5s' }),
    at('10s'),
  ] as const;

  test('puts them out when its user logs in again by another delivery', () =>
    given(...displaced)
      .when(login({ id: 'b' }))
      .then(outcome('renewed'), holder(undefined, 'cy'), onPanel('ana')));

  test('puts them out when a late login of its user comes', () =>
    given(...displaced)
      .when(login({ id: 'b', said: '4s' }))
      .then(outcome('repeated'), holder(undefined, 'cy'), onPanel('ana')));
});

describe('whoever comes back to a panel where their own end is still owed', () => {
  test('opens another session, and is not told that this login is a repeat', () =>
    given(
      login({ user: 'cy' }),
      at('5s'),
      failing(onlyFor('cy', { call: 'seats.write' })),
      login({ id: 'a' }),
      at('10s'),
    )
      .when(login({ user: 'cy', id: 'c', takeOver: true }))
      .then(
        outcome('opened'),
        holder('lib-1', 'cy'),
        holder(undefined),
        onPanel('cy'),
        history('cy lib-1 +10s next-user', 'ana lib-1 +10s next-user'),
      ));
});

test('whoever has come back after a logout that failed half-way goes on when they log in again', () =>
  given(
    login(),
    at('5s'),
    failing(onlyFor('ana', { call: 'seats.write' })),
    logout({ user: null }),
    at('6s'),
    login({ id: 'a' }),
    at('7s'),
  )
    .when(login({ id: 'b' }))
    .then(outcome('renewed'), holder('lib-1'), onPanel('ana'), history('ana lib-1 +6s logout')));

describe('a repeated login at a panel that another user has taken since', () => {
  test('puts nobody out', () =>
    given(login({ id: 'a' }), at('5s'), logout(), at('10s'), login({ user: 'ben' }), at('15s'))
      .when(login({ id: 'a' }))
      .then(outcome('gone'), holder('lib-1', 'ben')));

  test('leaves the panel to its user', () =>
    given(login({ id: 'a' }), at('10s'), login({ user: 'ben' }), at('15s'))
      .when(login({ id: 'a' }), logout({ user: null }))
      .then(outcome('ended', { seat: { key: { user: 'ben' } } }), holder(undefined, 'ben')));

  test('puts nobody out even if its own session has not been ended yet', () =>
    given(
      login({ id: 'a' }),
      at('5s'),
      failing(onlyFor('ana', { call: 'seats.write' })),
      login({ user: 'ben' }),
      at('10s'),
    )
      .when(login({ id: 'a' }))
      .then(outcome('repeated'), holder('lib-1', 'ben'), onPanel('ben')));

  test('still puts out who was there before it', () =>
    given(login({ user: 'cy' }), at('5s'), failing({ call: 'panels.write' }), login({ id: 'a' }), at('10s'))
      .when(login({ id: 'a' }))
      .then(outcome('repeated'), holder(undefined, 'cy'), onPanel('ana')));

  test('puts nobody out who came long ago either', () =>
    given(login({ id: 'a', said: 0 }), at('10s'), login({ user: 'ben', said: '10s' }), at('15s'))
      .when(login({ id: 'a', said: 0 }))
      .then(holder('lib-1', 'ben'), onPanel('ben')));
});

describe('two users at one panel at the same instant', () => {
  test('by their own times: the later one stays, whoever is heard first', async () => {
    for (const users of [
      ['ana', 'ben'],
      ['ben', 'ana'],
    ]) {
      const said = { ana: '1s', ben: '2s' } as Record<string, string>;
      await given(at('3s'))
        .when(atOnce(...users.map((user) => login({ user, said: said[user] ?? '' }))))
        .then(onPanel('ben'), holder('lib-1', 'ben'));
    }
  });
});

describe('the panel is told of an end by the journal', () => {
  test.each([
    ['by logout', [logout({ session: 1 })]],
    ['by an operator', [operatorEnds(1)]],
    ['of itself', [at('1m'), sweeps()]],
  ])('%s', (_, end) =>
    given(login())
      .when(...end, journalRuns)
      .then(onPanel(undefined)),
  );

  test('and is left alone when another session is on it by then', () =>
    given(login(), logout({ session: 1 }), login({ user: 'ben' }))
      .when(journalRunsTwice)
      .then(onPanel('ben')));

  test("and is left alone when the user's next session is on it by then", () =>
    given(login(), logout({ session: 1 }), at('5s'), login())
      .when(journalRunsTwice)
      .then(onPanel('ana')));
});

test('a login whose panel does not answer is not answered before its seat is: nothing goes on behind an answer', async () => {
  const world = new World();
  const { write } = world.seats;
  let written = false;
  Object.assign(world.seats, {
    write: async (...asked: Parameters<typeof write>) => {
      for (let turns = 0; turns < 10; turns++) await Promise.resolve();
      written = true;
      return write(...asked);
    },
  });
  await given(failing({ call: 'panels.write' }))
    .in(world)
    .when(login())
    .then(outcome('unavailable'), () => expect(written).toBe(true));
});

test('what a panel keeps of people may go a week after the latest that a session on it can end', async () => {
  const world = new World();
  const { write } = world.panels;
  const kept: unknown[] = [];
  Object.assign(world.panels, {
    write: (station: string, attempt: PanelAttempt) => {
      if ('keepUntil' in attempt.change) kept.push(attempt.change.keepUntil);
      return write(station, attempt);
    },
  });
  await given(under({ maximum: '12h' }))
    .in(world)
    .when(login(), at('1s'), login(), at('2s'), logout({ said: '2s' }), at('3s'), logout({ user: null }))
    .then(() => {
      // The second login asks first whether somebody new has come, and then says that its user has stayed.
      const weekAndHalfADay = (second: string) => after(into(second), durationMs(7.5 * DAY));
      expect(kept).toEqual(['0s', '1s', '1s', '2s', '3s'].map(weekAndHalfADay));
    });
});

test('whoever comes while the last one is being logged out stays on the panel, and is not logged out with them', async () => {
  const world = new World();
  const { write } = world.panels;
  let hasLeft = false;
  Object.assign(world.panels, {
    write: async (station: string, attempt: PanelAttempt) => {
      const written = await write(station, attempt);
      if (attempt.change.do === 'leave' && !hasLeft) {
        hasLeft = true;
        await login({ user: 'ben' })(world);
      }
      return written;
    },
  });
  await given(login(), at('5s'))
    .in(world)
    .when(logout({ user: null }), journalRuns)
    .then(onPanel('ben'), holder('lib-1', 'ben'), holder(undefined));
});
