import { describe, expect, test } from 'vitest';
import { listLive, lookUp } from '../../lib/service/live.ts';
import { BadCursor } from '../../lib/service/ports.ts';
import {
  activity,
  at,
  failing,
  given,
  history,
  holder,
  journal,
  journalRuns,
  login,
  logout,
  nth,
  operatorEnds,
  outcome,
  sweeps,
} from '../support/story.ts';
import { into, SHARDS, type World } from '../support/world.ts';

describe('an operator', () => {
  test('ends a session at once, with a reason in their words', () =>
    given(login(), at('10s'))
      .when(operatorEnds(1, 'the printer is on fire'))
      .then(
        outcome('ended', { seat: { session: { ended: { note: 'the printer is on fire' } } } }),
        holder(undefined),
        journal('opened ana lib-1 +0s', 'ended ana lib-1 +10s operator operator:olga'),
      ));

  test('frees the seat for a login elsewhere at once', () =>
    given(login(), operatorEnds(1))
      .when(login({ station: 'lib-2' }))
      .then(outcome('opened')));

  test('who asks twice is told how it ended the first time', () =>
    given(login(), at('10s'), operatorEnds(1, 'first'), at('11s'))
      .when(operatorEnds(1, 'second', 'request-2'))
      .then(
        outcome('gone', { past: { ended: { reason: 'operator', note: 'first', at: into('10s') } } }),
        history('ana lib-1 +10s operator'),
      ));

  test.each([
    ['nobody has recorded it', []],
    ['it was swept', [sweeps()]],
    ['another has the seat', [login({ station: 'lib-2' }), journalRuns]],
  ])('who comes after the end is told how it was: %s', (_, since) =>
    given(login(), at('1m'), ...since)
      .when(operatorEnds(1))
      .then(outcome('gone', { past: { ended: { reason: 'idle', at: into('30s') } } })),
  );

  test('ends nothing newer', () =>
    given(login(), logout(), login({ station: 'lib-2' }))
      .when(operatorEnds(1))
      .then(holder('lib-2')));

  test('whose write was done although it reported an error, and who asks again, is told of that end', () =>
    given(login(), failing({ call: 'seats.write', done: true }), operatorEnds(1))
      .when(operatorEnds(1))
      .then(outcome('ended'), history('ana lib-1 +0s operator')));

  test.each([
    ['its write reported an error', [failing({ call: 'seats.write', done: true })]],
    ['its answer was lost', []],
  ])('whose request comes again later is told that it ended it: %s', (_, fault) =>
    given(login(), ...fault, operatorEnds(1, 'lunch'), at('10s'))
      .when(operatorEnds(1, 'lunch'))
      .then(outcome('ended'), history('ana lib-1 +0s operator')),
  );

  test('who asks twice in one millisecond, in the same words, has ended it once', () =>
    given(login(), at('10s'), operatorEnds(1, 'lunch', 'request-1'))
      .when(operatorEnds(1, 'lunch', 'request-2'))
      .then(outcome('gone', { past: { ended: { note: 'lunch' } } })));

  test('leaves the station a session that is gone, and why', () =>
    given(login(), at('5s'), operatorEnds(1, 'lunch'), at('6s'))
      .when(activity())
      .then(outcome('gone', { past: { ended: { reason: 'operator', note: 'lunch' } } })));
});

test('a session that nobody ever heard of is nothing open', async () => {
  await given(login())
    .when(async (world: World) => {
      world.answer = await world.keeper.end(
        { ...nth(world, 1), user: 'nobody' },
        { principal: 'olga', id: 'request-1', now: world.now },
      );
    })
    .then(outcome('nothing-open'));
});

describe('whoever looks at sessions', () => {
  const live = (world: World, filter: object = {}, query: object = {}) =>
    listLive(world.seats, filter, { shards: SHARDS, shardsEver: SHARDS, limit: 100, now: world.now, ...query });
  const users = (items: readonly { key: { user: string } }[]) => items.map(({ key }) => key.user).sort();

  test('sees those that are live, by arithmetic, swept or not', () =>
    given(
      login(),
      login({ user: 'ben', station: 'quiet-1' }),
      login({ user: 'cy', station: 'web-1' }),
      logout({ user: 'cy', station: 'web-1' }),
    )
      .when(at('1m'))
      .then(async (world) => expect(users((await live(world)).items)).toEqual(['ben'])));

  test('may ask for a user, a station or a rung', () =>
    given(login(), login({ user: 'ben', station: 'web-1' }))
      .when(login({ user: 'cy', station: 'web-1' }))
      .then(
        async (world) => expect(users((await live(world, { realm: 'campus', user: 'ana' })).items)).toEqual(['ana']),
        async (world) => expect(users((await live(world, { user: 'ana' })).items)).toEqual(['ana']),
        async (world) => expect(users((await live(world, { station: 'web-1' })).items)).toEqual(['ben', 'cy']),
        async (world) => expect(users((await live(world, { realm: 'other' })).items)).toEqual([]),
        async (world) => expect(users((await live(world, { rung: 'active' })).items)).toEqual(['ana', 'ben', 'cy']),
        async (world) => expect(users((await live(world, { rung: 'lingering' })).items)).toEqual([]),
      ));

  test('sees each once, page by page', () =>
    given()
      .when(...['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((user) => login({ user, station: 'web-1' })))
      .then(async (world) => {
        const seen: string[] = [];
        let cursor: string | undefined;
        do {
          const page = await live(world, {}, { limit: 2, ...(cursor === undefined ? {} : { cursor }) });
          expect(page.items.length).toBeLessThanOrEqual(2);
          seen.push(...users(page.items));
          cursor = page.cursor;
        } while (cursor !== undefined);
        expect(seen.sort()).toEqual(['a', 'b', 'c', 'd', 'e', 'f', 'g']);
      }));

  test.each(['', 's9', 'nonsense', 's0.nonsense'])('cannot go on from %j', (cursor) =>
    given(login())
      .when(login({ user: 'ben', station: 'lib-2' }))
      .then((world) => expect(live(world, {}, { cursor })).rejects.toThrow(BadCursor)),
  );

  test('finds one session by name: live, as it ended, or as history has it', () =>
    given(login(), at('1m'), login({ station: 'lib-2' }), at('61s'))
      .when(journalRuns)
      .then(
        async (world) =>
          expect(await lookUp(world, nth(world, 2), world.now)).toMatchObject({ session: { state: 'open' } }),
        async (world) =>
          expect(await lookUp(world, nth(world, 1), world.now)).toMatchObject({ ended: { reason: 'idle' } }),
        async (world) =>
          expect(await lookUp(world, nth(world, 2), into('1h'))).toMatchObject({
            ended: { reason: 'idle', at: into('90s') },
          }),
        async (world) => expect(await lookUp(world, { ...nth(world, 1), user: 'nobody' }, world.now)).toBeUndefined(),
      ));
});
