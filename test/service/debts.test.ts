/** A panel's debts: whoever has left is put out, wherever the work was cut short, and nobody else is. */
import { describe, expect, test } from 'vitest';
import {
  activity,
  at,
  atOnce,
  boot,
  type Check,
  failing,
  given,
  holder,
  jobStarted,
  journalRuns,
  login,
  logout,
  movesToAnnex,
  onlyFor,
  onPanel,
  operatorEnds,
  outcome,
  ping,
  rungs,
  type Step,
  under,
} from '../support/story.ts';
import { World } from '../support/world.ts';

const quiet = { station: 'quiet-1' };
const [ana, ben, cleo] = ['ana', 'ben', 'cleo'].map((user) => ({ ...quiet, user }));
/** What is written of ana's seat fails: her end is owed. */
const anaCannotBeEnded = failing(onlyFor('ana', { call: 'seats.write' }));
/** No, or yes. */
const journal: [string, Step[]][] = [
  ['before the journal comes by', []],
  ['after the journal has come by', [journalRuns]],
];
const isOut = holder(undefined);
const isIn = (user: string) => holder('quiet-1', user);

describe.each(journal)(
  'the next user’s login that was cut short when it was to end the last one, %s',
  (_, meanwhile) => {
    const cut = [
      login(ana),
      at('5s'),
      anaCannotBeEnded,
      login({ ...ben, id: 'b' }),
      outcome('unavailable'),
      ...meanwhile,
    ];

    test('ends them when it is sent again', () =>
      given(...cut)
        .when(login({ ...ben, id: 'b' }))
        .then(isOut, isIn('ben'), onPanel('ben', 'quiet-1')));

    test('ends them when it is sent again much later', () =>
      given(...cut, at('4m'))
        .when(login({ ...ben, id: 'b' }))
        .then(isOut, isIn('ben')));

    test.each<[string, Step]>([
      ['a third user logs in', login(cleo)],
      ['the next user logs in again', login({ ...ben, id: 'other' })],
      ['the next user logs out', logout({ ...quiet, user: null })],
      ['the station boots', boot(quiet)],
    ])('has them ended when %s instead', (_name, then) =>
      given(...cut)
        .when(then)
        .then(isOut),
    );

    test('is refused, and ends them all the same when it is sent again', () =>
      given(
        login({ ...ben, station: 'lib-2' }),
        login(ana),
        at('5s'),
        anaCannotBeEnded,
        login({ ...ben, id: 'b' }),
        ...meanwhile,
      )
        .when(login({ ...ben, id: 'b' }))
        .then(outcome('taken'), isOut, holder('lib-2', 'ben')));

    test('does not end what they have opened elsewhere since', () =>
      given(...cut, at('10s'), login({ user: 'ana', station: 'web-1', takeOver: true }))
        .when(login({ ...ben, id: 'b' }))
        .then(holder('web-1')));

    test('does not end what they have opened there since', () =>
      given(...cut, logout({ ...quiet, user: 'ben' }), at('15s'), login(ana))
        .when(login({ ...ben, id: 'b' }))
        .then(isIn('ana'), holder(undefined, 'ben'), onPanel('ana', 'quiet-1')));
  },
);

describe('of two who have left and are still owed', () => {
  const two = [
    ...[login(ana), at('5s'), failing(onlyFor('ana', { call: 'seats.write', times: 2 }))],
    ...[login({ ...ben, id: 'b' }), at('10s'), failing(onlyFor('ben', { call: 'seats.write' }))],
  ];

  test('none is forgotten: the third waits until the first is out', () =>
    given(...two, login({ ...cleo, id: 'c' }), outcome('unavailable'))
      .when(login({ ...cleo, id: 'c' }), login({ ...cleo, id: 'c' }))
      .then(isOut, holder(undefined, 'ben'), isIn('cleo')));

  test('both are out when a logout was cut short too', () =>
    given(
      ...[login(ana), at('5s'), anaCannotBeEnded, logout({ ...quiet, user: null, id: 'out' }), outcome('unavailable')],
      ...[failing(onlyFor('ana', { call: 'seats.write' })), login({ ...ben, id: 'b' }), outcome('unavailable')],
    )
      .when(login({ ...ben, id: 'b' }))
      .then(isOut, isIn('ben')));
});

describe.each(journal)('a logout at the panel that was cut short, %s', (_, meanwhile) => {
  const cut = [
    ...[login(ana), at('5s'), anaCannotBeEnded, logout({ ...quiet, user: null, id: 'out' })],
    ...[outcome('unavailable'), ...meanwhile],
  ];

  test('ends the one who was there when it is sent again', () =>
    given(...cut)
      .when(logout({ ...quiet, user: null, id: 'out' }))
      .then(outcome('ended'), isOut, onPanel(undefined, 'quiet-1')));

  test('ends them, and not the next user, when it is sent again after that one’s login', () =>
    given(...cut, at('9s'), login(ben))
      .when(logout({ ...quiet, user: null, id: 'out' }))
      .then(isOut, isIn('ben')));

  test('has them ended by the next user’s login, if it is never sent again', () =>
    given(...cut, at('9s'))
      .when(login(ben))
      .then(outcome('opened'), isOut, isIn('ben')));

  test('has them ended by the next boot, if it is never sent again', () =>
    given(...cut, at('9s'))
      .when(boot(quiet))
      .then(isOut));

  test('leaves alone what they have opened there since', () =>
    given(...cut, at('9s'), login({ ...ana, takeOver: true }))
      .when(at('20s'), logout({ ...quiet, user: null, id: 'out' }), ping(ana))
      .then(outcome('renewed')));
});

describe('wherever a process is killed', () => {
  /** Each call that a story made of a port, as the place of a fault: before it was done, and after. */
  async function faultsOf(story: readonly Step[]): Promise<{ call: string; nth: number; done: boolean }[]> {
    const world = new World();
    for (const step of story) await step(world);
    return [...world.calls]
      .filter(([call]) => /\.write$/.test(call))
      .flatMap(([call, times]) =>
        Array.from({ length: times }, (_, nth) => [false, true].map((done) => ({ call, nth, done }))).flat(),
      );
  }
  const failsAt = ({ call, nth, done }: { call: string; nth: number; done: boolean }): Step => {
    let calls = 0;
    return failing({ call, done, only: () => calls++ === nth });
  };
  const everywhere = async (
    before: readonly Step[],
    word: Step,
    later: readonly Step[],
    ...checks: readonly Check[]
  ) => {
    const faults = await faultsOf([...before, (world) => world.calls.clear(), word]);
    expect(faults.length).toBeGreaterThan(3);
    for (const fault of faults) {
      await given(...before, failsAt(fault), word, ...later)
        .when(word)
        .then(...checks);
    }
  };
  const there = [login({ ...ana, id: 'a' }), at('5s')];
  const next = login({ ...ben, id: 'b' });
  const out = logout({ ...quiet, user: null, id: 'out' });

  test.each(journal)('in the next user’s login, sent again %s it leaves them there and the last one out', (_, later) =>
    everywhere(there, next, later, isOut, isIn('ben'), onPanel('ben', 'quiet-1')),
  );

  test.each(journal)('in a logout at the panel, sent again %s it leaves nobody there', (_, later) =>
    everywhere(there, out, later, isOut, journalRuns, onPanel(undefined, 'quiet-1')),
  );

  test('in a login that is refused, sent again it leaves the last one out', () =>
    everywhere([login({ user: 'ben', station: 'lib-2' }), ...there], next, [], isOut, holder('lib-2', 'ben')));

  test('in a boot, sent again it leaves nobody there', () =>
    everywhere(there, boot({ ...quiet, id: 'on' }), [], isOut, journalRuns, onPanel(undefined, 'quiet-1')));
});

describe('a station that moves to another realm', () => {
  test('has the last user of the realm before put out by the next login', () =>
    given(login(ana), movesToAnnex('quiet-1'), at('5s'))
      .when(login(ben))
      .then(outcome('opened'), isOut, holder('quiet-1', 'ben@annex')));

  test('has the user of the same name put out, who is another person there', () =>
    given(login(ana), movesToAnnex('quiet-1'), at('5s'))
      .when(login(ana))
      .then(outcome('opened'), isOut, holder('quiet-1', 'ana@annex')));

  test('has the last user logged out at its panel, and by a boot', async () => {
    for (const word of [logout({ ...quiet, user: null }), boot(quiet)]) {
      await given(login(ana), movesToAnnex('quiet-1'), at('5s')).when(word).then(outcome('ended'), isOut);
    }
  });

  test('has the last user put out when the login was cut short and is sent again', () =>
    given(login(ana), movesToAnnex('quiet-1'), at('5s'), anaCannotBeEnded, login({ ...ben, id: 'b' }))
      .when(login({ ...ben, id: 'b' }))
      .then(isOut, holder('quiet-1', 'ben@annex')));

  test('shows nobody once the journal has heard of the end', () =>
    given(login(ana), movesToAnnex('quiet-1'), at('5s'), operatorEnds(1))
      .when(journalRuns)
      .then(onPanel(undefined, 'quiet-1')));
});

describe('a login that comes again after others have stood there', () => {
  const others = (...names: string[]): Step[] =>
    names.flatMap((user, n) => [at(`${10 + n}s`), login({ ...quiet, user })]);

  test.each(journal)('puts nobody out %s, though the panel has forgotten it', (_, meanwhile) =>
    given(
      login({ ...ana, id: 'a' }),
      ...others('ben', 'cleo', 'dan', 'eve', 'fay', 'gus', 'hal'),
      ...meanwhile,
      at('30s'),
    )
      .when(login({ ...ana, id: 'a' }))
      .then(outcome('gone'), isIn('hal'), isOut, onPanel('hal', 'quiet-1')),
  );

  test('puts nobody out where it has been refused', () =>
    given(login({ ...ana, station: 'lib-2' }), login({ ...ana, id: 'a' }), at('10s'), login(ben))
      .when(login({ ...ana, id: 'a' }))
      .then(isIn('ben'), onPanel('ben', 'quiet-1')));

  test('beside a new one of its user’s leaves the panel to the new one', () =>
    given(login({ ...ana, id: 'a' }), at('5s'), login({ ...ana, id: 'b' }), login({ ...ana, id: 'a' }), at('9s'))
      .when(logout({ ...quiet, user: null }))
      .then(outcome('ended', { seat: { key: { user: 'ana' } } }), isOut));

  test('at the same instant as the next user’s puts them out of nothing, though its user was there', async () => {
    for (const order of [0, 1]) {
      const both = [login({ ...ana, id: 'a' }), login(ben)];
      await given(login({ ...ana, id: 'a' }), at('5s'))
        .when(atOnce(...(order === 0 ? both : both.toReversed())))
        .then(isIn('ben'), isOut, onPanel('ben', 'quiet-1'));
    }
  });

  test('at the same instant as the next user’s leaves the panel to whoever has a session', async () => {
    for (const order of [0, 1]) {
      const both = [login({ ...ana, id: 'a' }), login(ben)];
      await given(login({ ...ana, id: 'a' }), at('5s'), logout({ ...quiet, user: null }), at('9s'))
        .when(atOnce(...(order === 0 ? both : both.toReversed())))
        .then(isIn('ben'), isOut, onPanel('ben', 'quiet-1'));
    }
  });
});

test('who is on the panel is told by the word that comes last, where a realm gives each several seats', () =>
  given(under({ seats: 'unlimited' }), login(ana), at('5s'), login(ben), at('6s'))
    .when(activity({ ...quiet, user: null }), jobStarted({ ...quiet, user: null }))
    .then(outcome('renewed', { seat: { key: { user: 'ben' }, session: { jobs: 1 } } }), rungs('ended', 'active')));
