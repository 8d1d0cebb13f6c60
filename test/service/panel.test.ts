import { describe, expect, test } from 'vitest';
import { memoryPanels } from '../../lib/memory/panels.ts';
import { memorySeats } from '../../lib/memory/seats.ts';
import { leavePanel, loginAtPanel, takeOff } from '../../lib/service/panel.ts';
import { type Panels, Unavailable } from '../../lib/service/ports.ts';
import type { Login, Verdict } from '../../lib/session/commands.ts';
import { epochMs } from '../../lib/time.ts';
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
} from '../support/story.ts';
import { policyOf, stationOf } from '../support/world.ts';

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
    given(login({ user: 'cy' }), at('5s'), failing({ call: 'panels.occupy' }), login({ id: 'a' }), at('10s'))
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
  const now = epochMs(Date.parse('2026-11-22T12:00:00Z'));
  const station = stationOf('lib-1');
  const login: Login = {
    type: 'login',
    realm: station.realm,
    user: 'ana',
    station,
    policy: policyOf(),
    now,
    id: 'login-1',
    takeOver: false,
    epoch: now,
  };
  let written = false;
  const logIn = async (): Promise<Verdict> => {
    for (let turns = 0; turns < 10; turns++) await Promise.resolve();
    written = true;
    return { is: 'nothing-open' };
  };
  const panels = { ...memoryPanels(), occupy: () => Promise.reject(new Unavailable('panel')) };
  await expect(
    loginAtPanel({ panels, seats: memorySeats({ shards: 1 }), logIn, carryOut: logIn }, login),
  ).rejects.toThrow(Unavailable);
  expect(written).toBe(true);
});

test('what a panel keeps of people may go a week after the latest that a session on it can end', async () => {
  const now = epochMs(Date.parse('2026-11-22T12:00:00Z'));
  const station = stationOf('lib-1');
  const kept: unknown[] = [];
  const memory = memoryPanels();
  const panels: Panels = {
    ...memory,
    occupy: (occupant, said, keepUntil) => {
      kept.push(keepUntil);
      return memory.occupy(occupant, said, keepUntil);
    },
    leave: (said, occupant, keepUntil) => {
      kept.push(keepUntil);
      return memory.leave(said, occupant, keepUntil);
    },
  };
  const nothing = async (): Promise<Verdict> => ({ is: 'nothing-open' });
  const parts = { panels, seats: memorySeats({ shards: 1 }), logIn: nothing, carryOut: nothing };
  const spoken = { station, policy: policyOf({ maximum: '12h' }), now };
  const user = { realm: station.realm, user: 'ana' };
  await loginAtPanel(parts, { ...spoken, ...user, type: 'login', id: 'login-1', takeOver: false, epoch: now });
  await leavePanel(parts, { ...spoken, id: 'logout-1', reason: 'logout' });
  await takeOff(parts, { ...spoken, id: 'logout-2' }, { ...user, epoch: now });
  const weekAndHalfADay = Date.parse('2026-11-30T00:00:00Z');
  expect(kept).toEqual([weekAndHalfADay, weekAndHalfADay, weekAndHalfADay]);
});

test('whoever comes while the last one is being logged out stays on the panel', async () => {
  const now = epochMs(Date.parse('2026-11-22T12:00:00Z'));
  const station = stationOf('lib-1');
  const ana = { realm: station.realm, user: 'ana', epoch: now };
  const ben = { ...ana, user: 'ben', epoch: now + 1 };
  const panels = memoryPanels();
  await panels.occupy(ana, { station: 'lib-1', id: 'login-1' }, now);
  const slow = {
    ...panels,
    read: async (id: string) => {
      const was = await panels.read(id);
      await panels.occupy(ben, { station: 'lib-1', id: 'login-2' }, now);
      return was;
    },
  };
  const carryOut = async (): Promise<Verdict> => ({ is: 'nothing-open' });
  const logout = { station, policy: policyOf(), now, id: 'logout-1', reason: 'logout' } as const;
  await leavePanel({ panels: slow, seats: memorySeats({ shards: 1 }), logIn: carryOut, carryOut }, logout);
  expect((await panels.read('lib-1')).occupant).toEqual(ben);
});
