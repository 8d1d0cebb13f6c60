/** How many sessions a user may have, and which of them a word is about: 1, N, or as many as they like. */

import { describe, expect, test } from 'vitest';
import { handleOf } from '../../lib/session/handle.ts';
import { isCounted, rungAt } from '../../lib/session/ladder.ts';
import { isOpen, nameOf } from '../../lib/session/seat.ts';
import {
  activity,
  answeredOf,
  at,
  boot,
  given,
  history,
  jobEnded,
  jobStarted,
  journalRuns,
  login,
  logout,
  nth,
  onPanel,
  outcome,
  ping,
  rungs,
  type Step,
  sweeps,
  type Told,
  under,
} from '../support/story.ts';
import type { World } from '../support/world.ts';

const PORTAL = { profile: 'enterprise' };
const several = (seats: number | 'unlimited', others: object = {}) => under({ ...PORTAL, seats, ...others });
const [one, two, three] = [{ station: 'web-1' }, { station: 'web-2' }, { station: 'web-3' }];

type Check = (world: World) => unknown;

const seatsOf = async ({ seats }: World) => (await seats.ofUser('campus', 'ana', { limit: 100 })).items;

/** The story's sessions that hold a seat now, by their number. */
const holding =
  (...sessions: readonly number[]): Check =>
  async (world) => {
    const seats = (await seatsOf(world)).filter((seat) => isOpen(seat) && isCounted(rungAt(seat.session, world.now)));
    const numbers = seats.map((seat) => world.opened.map(handleOf).indexOf(handleOf(nameOf(seat))) + 1);
    expect(numbers.sort()).toEqual(sessions);
  };

/** By which sessions the login was refused, in the order of the answer, and how soon it may come again. */
const refusedBy =
  (sessions: readonly number[], retryAfterMs: number): Check =>
  (world) => {
    const { answer } = world;
    if (answer?.is !== 'taken') return outcome('taken')(world);
    expect(answer.holders.map(nameOf)).toEqual(sessions.map((session) => nth(world, session)));
    return expect(answer.retryAfterMs).toBe(retryAfterMs);
  };

/** All of these at once; each keeps its own answer. */
const race =
  (racers: readonly Told[], becomes: (answers: readonly World['answer'][]) => void): Step =>
  async (world) => {
    const apart = racers.map((told) => {
      const racer: World = Object.create(world);
      return Promise.resolve(login(told)(racer)).then(() => racer.answer);
    });
    becomes(await Promise.all(apart));
  };

const count = (answers: readonly World['answer'][], is: string): number =>
  answers.filter((answer) => answer?.is === is).length;

const racers = (many: number): Told[] =>
  Array.from({ length: many }, (_, n) => ({ station: `web-${(n % 3) + 1}`, id: `racer-${n}` }));

describe('logins at once', () => {
  test.each([1, 2, 3, 20, 100])('for %i seats, as many: each gets one', (seats) =>
    given(several(seats))
      .when(race(seats === 1 ? [one] : racers(seats), (answers) => expect(count(answers, 'opened')).toBe(seats)))
      .then(async (world) => expect(await seatsOf(world)).toHaveLength(seats)),
  );

  test.each([2, 3, 20])('for the last of %i seats: exactly one gets it', (seats) =>
    given(several(seats), ...racers(seats - 1).map((told) => login({ ...told, id: `before-${told.id}` })), at('1s'))
      .when(
        race(racers(20), (answers) => {
          expect(count(answers, 'opened')).toBe(1);
          expect(count(answers, 'taken')).toBe(19);
        }),
      )
      .then(async (world) => expect(await seatsOf(world)).toHaveLength(seats)),
  );

  test('of one delivery open one session', () =>
    given(several(5))
      .when(
        race(
          [one, one, one].map((told) => ({ ...told, id: 'the same' })),
          (answers) =>
            expect(new Set(answers.map((answer) => answer && 'seat' in answer && answer.seat?.key.seat)).size).toBe(1),
        ),
      )
      .then(async (world) => expect(world.opened).toHaveLength(1)));

  test.each([2, 20, 'unlimited'] as const)(
    'of one user at one panel, where they may have %s, open one session',
    (seats) =>
      given(several(seats))
        .when(
          race(
            Array.from({ length: 5 }, (_, n) => ({ id: `copy-${n}` })),
            (answers) => expect(answers).toHaveLength(5),
          ),
        )
        .then(holding(1), async (world) => expect(world.opened).toHaveLength(1)),
  );
});

describe('a user who may have three sessions', () => {
  const full = [several(3), login(one), at('1m'), login(two), at('2m'), login(three), at('3m')];

  test('has them side by side, also at one station', () =>
    given(several(3))
      .when(login(one), login(one), login(two))
      .then(holding(1, 2, 3)));

  test('is refused a fourth by all of them, the least recently heard first, until the soonest is free', () =>
    given(...full, ping({ ...one, session: 1 }))
      .when(at('4m'), login(one))
      // Session 2 was heard at 1m: its lease is over at 11m.
      .then(refusedBy([2, 3, 1], 422_000)));

  test('is told of the soonest, which need not be the first', () =>
    given(several(2, { maximum: '12m' }), login(one), at('9m'), ping({ ...one, session: 1 }), login(two))
      .when(at('10m'), ping({ ...two, session: 2 }), at('11m'), login(three))
      .then(refusedBy([1, 2], 62_000)));

  test('may end the least recently heard', () =>
    given(...full, ping({ ...one, session: 1 }))
      .when(login({ ...one, takeOver: true }), journalRuns)
      .then(outcome('opened'), holding(1, 3, 4), history('ana web-2 +180s taken-over')));

  test('may end the one that they name', () =>
    given(...full)
      .when(login({ ...one, takeOver: 3 }))
      .then(outcome('opened'), holding(1, 2, 4), history('ana web-3 +180s taken-over')));

  test.each([
    ['has ended', logout({ ...two, session: 2 }), login({ ...one, id: 'fills it' })],
    ['has moved on', login({ ...one, takeOver: 2 }), at('3m')],
  ])('is refused where the one that they name %s', (_, ...meanwhile) =>
    given(...full)
      .when(...meanwhile, login({ ...one, takeOver: 2 }))
      .then(outcome('taken'), holding(1, 3, 4)),
  );

  test('is refused where they name that of another user', () =>
    given(...full, login({ ...one, user: 'ben' }))
      .when(login({ ...one, takeOver: 4 }))
      .then(refusedBy([1, 2, 3], 422_000)));

  test('ends nobody where there is room, whatever they ask', () =>
    given(several(3), login(one), login(two))
      .when(login({ ...three, takeOver: true }))
      .then(outcome('opened'), holding(1, 2, 3)));

  test('ends the least recently heard by coming, where the policy says so', () =>
    given(several(3, { takeOver: 'replace' }), ...full.slice(1), ping({ ...one, session: 1 }))
      .when(login(one))
      .then(outcome('opened'), holding(1, 3, 4)));

  test('may not end any, where the policy says so', () =>
    given(several(3, { takeOver: 'refuse' }), ...full.slice(1))
      .when(login({ ...one, takeOver: true }), outcome('taken'), login({ ...one, takeOver: 1 }))
      .then(outcome('taken'), holding(1, 2, 3)));

  test('is not counted what has ended, nor what has lost its seat', () =>
    given(several(3), login(one), login(two), login(three), at('602s'))
      .when(login(one), login(two), login(three), login(one))
      .then(outcome('taken'), rungs('gone', 'gone', 'gone', 'active', 'active', 'active')));
});

describe('which seat a login takes', () => {
  test('not that of a dormant session, while there is another', () =>
    given(several(3), login(one), at('11m'), login(two), login(three))
      .when(activity({ ...one, session: 1 }))
      .then(outcome('made-anew'), holding(2, 3, 4)));

  test('of dormant sessions, that of the least recently heard, which is superseded', () =>
    given(several(3), login(one), at('1m'), login(two), at('2m'), login(three), ping({ ...one, session: 1 }), at('13m'))
      .when(login({ ...one, id: 'any' }), journalRuns)
      .then(history('ana web-2 +780s superseded'), rungs('failover', 'gone', 'failover', 'active')));

  /** The first session ends without having been swept: it was on a panel. The second is dormant. */
  const overAndDormant = [several(2), login(), at('1s'), login(two), at('12m')];

  test.each([
    ['before any sweep', []],
    ['after one', [sweeps()]],
  ])('%s, one whose session has ended rather than one whose session is dormant', (_, swept) =>
    given(...overAndDormant, ...(swept as Step[]))
      .when(login(three))
      .then(rungs('gone', 'failover', 'active')),
  );

  test('the same, whether or not a sweep has come by', async () => {
    const taken: string[] = [];
    const note: Step = (world) => {
      taken.push(nth(world, world.opened.length).seat);
    };
    for (const swept of [[], [sweeps()]]) {
      for (let n = 0; n < 8; n++) {
        await given(several(4, { logonToken: 'off' }), ...racers(3).map(login), at('1h'), ...swept)
          .when(login({ ...one, id: `login-${n}` }))
          .then(note);
      }
    }
    expect(taken.slice(0, 8)).toEqual(taken.slice(8));
  });
});

describe.each([3, 20, 'unlimited'] as const)('a login that is delivered again, where a user may have %s', (seats) => {
  const first = { ...one, id: 'the login' };

  test('finds its session', () =>
    given(several(seats), login(first))
      .when(at('1m'), login(first))
      .then(outcome('repeated'), answeredOf(1), holding(1)));

  test('finds it whatever has happened to the other seats', () =>
    given(several(seats), login(two), login(first), logout({ ...two, session: 1 }), login(three), login(two))
      .when(at('1s'), login(first), outcome('repeated'), logout({ ...two, session: 4 }), login(first))
      .then(outcome('repeated'), answeredOf(2)));

  test('opens nothing once its session has ended', () =>
    given(several(seats), login(first), logout({ ...one, session: 1 }))
      .when(login(first))
      .then(outcome('gone'), holding()));

  test('is told that it has lost its seat', () =>
    given(several(seats), login(first), at('11m')).when(login(first)).then(outcome('invalidated'), answeredOf(1)));

  test('opens nothing once its session has gone on in another', () =>
    given(several(seats), login(first), at('11m'), activity({ ...one, session: 1 }))
      .when(login(first))
      .then(outcome('gone'), holding(2)));

  test('finds it though its answer was lost', () =>
    given(several(seats), (world) => world.order({ call: 'seats.write', done: true }), login(first))
      .when(login(first))
      .then(answeredOf(1), holding(1)));
});

describe('where there is no limit', () => {
  test('each login opens a session', () =>
    given(several('unlimited'))
      .when(...racers(30).map(login))
      .then(async (world) => expect(await seatsOf(world)).toHaveLength(30)));

  test('none is refused, and none is taken over', () =>
    given(several('unlimited'), login(one))
      .when(login({ ...two, takeOver: true }))
      .then(outcome('opened'), holding(1, 2)));

  test('a login is one write, of which nothing was read', () =>
    given(several('unlimited'))
      .when(login(one))
      .then(({ calls }) => expect([...calls.keys()].sort()).toEqual(['seats.write', 'timers.arm'])));
});

describe.each([3, 'unlimited'] as const)('at a panel, where a user may have %s', (seats) => {
  test('they have one session, and logging in once more renews it', () =>
    given(several(seats), login()).when(at('1m'), login()).then(outcome('renewed'), answeredOf(1), holding(1)));

  test('and others elsewhere', () =>
    given(several(seats), login(), login({ station: 'lib-2' }))
      .when(login(one))
      .then(outcome('opened'), holding(1, 2, 3)));

  test.each([
    ['a logout by the station', logout({ user: null }), 'logout'],
    ['a logout by the user', logout(), 'logout'],
    ['a boot', boot(), 'boot'],
    ['the next user', login({ user: 'ben' }), 'next-user'],
  ])('%s ends that session and no other', (_, end, reason) =>
    given(several(seats), login({ station: 'lib-2' }), login(), login(one), at('1m'))
      .when(end)
      .then(holding(1, 3), history(`ana lib-1 +60s ${reason}`)),
  );

  test('the next user is let in, and stands there', () =>
    given(several(seats), login(), at('1m'))
      .when(login({ user: 'ben' }))
      .then(outcome('opened'), onPanel('ben')));

  test('a job by whoever stands there is that session’s', () =>
    given(several(seats, { job: '30m' }), login({ station: 'lib-2' }), login())
      .when(jobStarted({ user: null }), at('29m'), jobEnded({ user: null }))
      .then(outcome('renewed', { seat: { session: { station: 'lib-1', jobs: 0 } } }), answeredOf(2)));
});

describe('what names only its user, at a web application', () => {
  test.each([2, 'unlimited'] as const)('is about the session that they have there, where they may have %s', (seats) =>
    given(several(seats), login(two), at('1s'), login(one), at('1m'))
      .when(activity(one))
      .then(outcome('renewed'), answeredOf(2)),
  );

  const says = [
    ['ping', ping],
    ['activity', activity],
    ['job-started', jobStarted],
    ['logout', logout],
  ] as const;

  test.each(says)('a %s is about none where they have several there, and nothing happens', (_, says) =>
    given(several(3), login(one), login(one), at('1m'))
      .when(says(one))
      .then(outcome('ambiguous'), holding(1, 2), async (world) =>
        expect(await world.seats.read(nth(world, 1))).toMatchObject({ revision: 1 }),
      ),
  );

  test.each(says)('a %s finds nothing where they have none there', (_, says) =>
    given(several(3), login(two), at('1m')).when(says(one)).then(outcome('nothing-open'), holding(1)),
  );

  test('is about the one that goes on, where the others have ended', () =>
    given(several(3), login(one), login(one), logout({ ...one, session: 1 }), at('1m'))
      .when(activity(one))
      .then(outcome('renewed'), answeredOf(2)));

  test('is told the same when it is delivered again, though there are others now', () =>
    given(several(3), login(one), at('1m'), activity({ ...one, id: 'again' }), login(one))
      .when(activity({ ...one, id: 'again' }))
      .then(outcome('repeated'), answeredOf(1)));

  test('ends nothing more when its logout is delivered again', () =>
    given(several(3), login(one), at('1m'), logout({ ...one, id: 'again' }))
      .when(logout({ ...one, id: 'again' }), outcome('ended'), login(one), logout({ ...one, id: 'again' }))
      .then(outcome('stale'), holding(2)));

  test('brings back the one that is dormant there', () =>
    given(several(3), login(one), at('11m')).when(activity(one)).then(outcome('made-anew'), holding(2)));
});

describe('a realm that is given fewer seats', () => {
  const shrunk = [several(3), login(one), login(two), login(three), at('1m'), under({ ...PORTAL, seats: 1 })];

  test('ends nobody: who is there stays, by their handles', () =>
    given(...shrunk)
      .when(...[1, 2, 3].flatMap((session) => [ping({ station: `web-${session}`, session }), outcome('renewed')]))
      .then(rungs('active', 'active', 'active')));

  test('refuses the next by whoever has the seat that is left', () =>
    given(...shrunk)
      .when(login(one), login({ station: 'quiet-web' }))
      .then(async ({ answer }) => expect(answer).toMatchObject({ is: 'taken', holders: [{ key: { seat: '0' } }] })));

  test('lets the others come back to theirs, too', () =>
    given(...shrunk, at('15m'))
      .when(activity({ ...two, session: 2 }), outcome('made-anew'), activity({ ...three, session: 3 }))
      .then(outcome('made-anew')));

  test('has one that may be shared out again later', () =>
    given(...shrunk, at('2h'), several(3))
      .when(login(one), login(two), login(three))
      .then(outcome('opened'), holding(4, 5, 6)));
});
