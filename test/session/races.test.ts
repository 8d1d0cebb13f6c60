import { describe, expect, test } from 'vitest';
import type { Verdict } from '../../lib/session/commands.ts';
import { handleOf } from '../../lib/session/handle.ts';
import { nameOf } from '../../lib/session/seat.ts';
import {
  activity,
  at,
  atOnce,
  failing,
  given,
  history,
  holder,
  item,
  jobEnded,
  jobStarted,
  journal,
  login,
  logout,
  operatorEnds,
  outcome,
  ping,
  type Step,
  seatIsFreeAt,
  sweeps,
  under,
} from '../support/story.ts';
import { into, policyOf, stationOf, type World } from '../support/world.ts';

/** So many stations ask for one seat at the same instant; what each was answered. */
const crowdAt =
  (answers: Verdict[], size: number, of: { takeOver?: boolean; user?: string } = {}): Step =>
  async (world: World) => {
    const asked = Array.from({ length: size }, (_, n) =>
      world.keeper.hear({
        type: 'login',
        station: { ...stationOf('lib-1'), id: `station-${n}` },
        policy: policyOf(),
        now: world.now,
        id: `crowd-${n}`,
        user: 'ana',
        ...of,
      }),
    );
    answers.push(...(await Promise.all(asked)));
  };

describe('many stations that ask for one seat at once', () => {
  test.each([
    ['that is free', []],
    ['whose session is over', [login(), at('32s')]],
    ['that was just left', [login(), logout()]],
  ])('%s: one gets it, and all others are told of that one', async (_, before) => {
    const answers: Verdict[] = [];
    await given(...before)
      .when(crowdAt(answers, 100))
      .then();
    const winners = answers.flatMap((answer) => (answer.is === 'opened' ? [handleOf(nameOf(answer.seat))] : []));
    const told = answers.flatMap((answer) =>
      answer.is === 'taken' ? answer.holders.map((held) => handleOf(nameOf(held))) : [],
    );
    expect(winners).toHaveLength(1);
    expect(told).toHaveLength(99);
    expect(new Set(told)).toEqual(new Set(winners));
  });

  test('whose holder is alive: all are told of him', async () => {
    const answers: Verdict[] = [];
    await given(login(), at('5s')).when(crowdAt(answers, 50)).then(holder('lib-1'));
    expect(answers.map((answer) => answer.is === 'taken' && answer.holders[0]?.session.station)).toEqual(
      Array.from({ length: 50 }, () => 'lib-1'),
    );
  });

  test('and take it over: one after the other, each with its own epoch, and every end is announced', async () => {
    const answers: Verdict[] = [];
    await given(login(), at('5s'))
      .when(crowdAt(answers, 5, { takeOver: true }))
      .then(async (world) => {
        await world.runJournal();
        const ended = world.announced.filter(({ type }) => type === 'ended');
        const opened = world.announced.filter(({ type }) => type === 'opened');
        expect([opened.length, ended.length]).toEqual([6, 5]);
        expect(new Set(opened.map(({ name }) => name.epoch)).size).toBe(6);
      });
    expect(answers.map(({ is }) => is)).toEqual(['opened', 'opened', 'opened', 'opened', 'opened']);
  });
});

describe('a storm of take-overs that never settles', () => {
  test('is unavailable after ten lost races, and leaves one holder', () =>
    given(under({ takeOver: 'replace' }), login())
      .when(
        (world) => {
          const { write } = world.seats;
          let storm = 0;
          Object.assign(world.seats, {
            write: async (...[key, attempt]: Parameters<typeof write>) => {
              const rival =
                attempt.change.do === 'open' &&
                attempt.change.session.station === 'lib-2' &&
                attempt.condition.if === 'unchanged';
              if (rival) await activity({ id: `storm-${++storm}` })(world);
              return write(key, attempt);
            },
          });
        },
        login({ station: 'lib-2' }),
      )
      .then(outcome('unavailable'), holder('lib-1')));
});

describe('at the same instant', () => {
  test('a logout and a ping leave the session ended', () =>
    given(login(), at('5s'))
      .when(atOnce(logout(), ping(), ping()))
      .then(holder(undefined), history('ana lib-1 +5s logout')));

  test('a ping and a logout leave the session ended', () =>
    given(login(), at('5s')).when(atOnce(ping(), logout())).then(holder(undefined), history('ana lib-1 +5s logout')));

  test('two job starts and two job ends leave no job', () =>
    given(login(), at('5s'))
      .when(atOnce(jobStarted(), jobStarted()), at('6s'), atOnce(jobEnded(), jobEnded()))
      .then(item({ session: { jobs: 0 } }), seatIsFreeAt('38s')));

  test('an operator and a logout end it once', () =>
    given(login(), at('5s'))
      .when(atOnce(operatorEnds(1), logout()))
      .then(holder(undefined), history('ana lib-1 +5s operator')));

  test('a sweep and a next login announce one end', () =>
    given(login(), at('32s'))
      .when(atOnce(sweeps({ slot: '1m' }), login({ station: 'lib-2' }), sweeps({ slot: '1m' })))
      .then(holder('lib-2'), history('ana lib-1 +30s idle')));

  test('a logout and a login elsewhere: refused or not, never both', () =>
    given(login(), at('5s'))
      .when(atOnce(login({ station: 'lib-2' }), logout()))
      .then(holder(undefined), journal('opened ana lib-1 +0s', 'ended ana lib-1 +5s logout station:lib-1')));
});

describe('a write of which nobody knows whether it was done', () => {
  test.each([
    ['login', login({ id: 'x', station: 'web-1' }), true, 'repeated'],
    ['login', login({ id: 'x', station: 'web-1' }), false, 'opened'],
  ] as const)('of a %s (done: %s) is settled by asking again', (_, event, done, is) =>
    given(failing({ call: 'seats.write', done }), event, at('1s'))
      .when(event)
      .then(outcome(is), holder('web-1')),
  );

  test.each([true, false])('of a take-over (done: %s) is settled by asking again, and takes over once', (done) =>
    given(login(), at('5s'), failing({ call: 'seats.write', done, only: (_, attempt) => opens(attempt) }))
      .when(login({ id: 'x', station: 'web-1', takeOver: true }), login({ id: 'x', station: 'web-1', takeOver: true }))
      .then(outcome('opened'), history('ana lib-1 +5s taken-over')),
  );

  test.each([true, false])('of a job that started (done: %s) counts it once', (done) =>
    given(login(), failing({ call: 'seats.write', done }), jobStarted({ id: 'x' }), at('5s'))
      .when(jobStarted({ id: 'x' }))
      .then(item({ session: { jobs: 1 } })),
  );

  test.each([true, false])('of an end by hand (done: %s) ends it once', (done) =>
    given(login(), failing({ call: 'seats.write', done }), operatorEnds(1))
      .when(operatorEnds(1))
      .then(outcome('ended'), history('ana lib-1 +0s operator')),
  );

  test('that the network repeats a moment later moves no deadline back', () =>
    given(login(), at('10s'))
      .when(async (world) => {
        const attempts: Parameters<World['seats']['write']>[] = [];
        const { write } = world.seats;
        Object.assign(world.seats, {
          write: (...args: Parameters<typeof write>) => {
            attempts.push(args);
            return write(...args);
          },
        });
        await activity()(world);
        await at('15s')(world);
        await activity()(world);
        const [first] = attempts;
        if (first !== undefined) expect((await write(...first)).won).toBe(false);
      })
      .then(seatIsFreeAt('47s'), item({ session: { heardAt: into('15s') } })));
});

/** The second write of a login at a taken seat: the one that was decided on what was read. */
const opens = (attempt: unknown): boolean =>
  JSON.stringify(attempt).includes('"if":"unchanged"') && JSON.stringify(attempt).includes('"do":"open"');
