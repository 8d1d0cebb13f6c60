import { describe, test } from 'vitest';
import {
  activity,
  at,
  boot,
  failing,
  given,
  history,
  holder,
  item,
  journal,
  journalRuns,
  login,
  logout,
  onPanel,
  outcome,
  ping,
  seatIsFreeAt,
  sweeps,
} from '../support/story.ts';
import { into } from '../support/world.ts';

const byHandle = logout({ session: 1 });
const byUser = logout();
const byPanel = logout({ user: null });

describe('a logout', () => {
  test.each([
    ['by handle', byHandle],
    ['by user', byUser],
    ['by panel', byPanel],
  ])('%s ends the session and frees the seat at once', (_, leave) =>
    given(login(), at('5s'))
      .when(leave, login({ station: 'lib-2' }))
      .then(
        outcome('opened'),
        holder('lib-2'),
        journal('opened ana lib-1 +0s', 'ended ana lib-1 +5s logout station:lib-1', 'opened ana lib-2 +5s'),
        history('ana lib-1 +5s logout'),
      ),
  );

  test('leaves the panel to nobody once it is announced', () =>
    given(login()).when(byHandle, journalRuns).then(outcome('ended'), onPanel(undefined)));

  test('by panel ends only who is there now', () =>
    given(login(), at('5s'), login({ user: 'ben' }), at('10s'))
      .when(byPanel)
      .then(outcome('ended', { seat: { key: { user: 'ben' } } }), holder(undefined, 'ben')));

  test('by panel finds nobody at a web application', () =>
    given(login({ station: 'web-1' }))
      .when(logout({ station: 'web-1', user: null }))
      .then(outcome('nothing-open'), holder('web-1')));

  test('where nobody is ends nothing', () => given().when(byUser).then(outcome('nothing-open'), journal()));

  test.each([
    ['by user', logout({ station: 'lib-2' }), 'nothing-open'],
    ['by handle', logout({ station: 'lib-2', session: 1 }), 'not-yours'],
    ['by panel', logout({ station: 'lib-2', user: null }), 'nothing-open'],
  ] as const)('%s at another station ends nothing', (_, leave, is) =>
    given(login()).when(leave).then(outcome(is), holder('lib-1')),
  );
});

describe('a logout of a session that has ended', () => {
  test.each([
    ['by handle', byHandle],
    ['by user', byUser],
    ['by panel', byPanel],
  ])('of itself, %s, is told so', (_, leave) =>
    given(login(), at('30s'))
      .when(leave)
      .then(outcome('gone', { past: { ended: { reason: 'idle', at: into('30s') } } })),
  );

  test.each([
    ['by handle', byHandle],
    ['by user', byUser],
    ['by panel', byPanel],
  ])('and was swept, %s, is told so', (_, leave) =>
    given(login(), at('1m'), sweeps())
      .when(leave)
      .then(outcome('gone', { past: { ended: { reason: 'idle', at: into('30s') } } })),
  );

  test('by hand is told by whom', () =>
    given(login(), at('5s'), byUser, at('6s'))
      .when(byHandle)
      .then(outcome('gone', { past: { ended: { reason: 'logout', at: into('5s') } } })));
});

describe('a logout that is late', () => {
  test.each([
    ['the same station', 'lib-1'],
    ['another station', 'lib-2'],
  ])('by handle ends nothing of the next session at %s', (_, station) =>
    given(login(), at('1m'), login({ station })).when(byHandle).then(outcome('stale'), holder(station)),
  );

  test('by user ends nothing newer at the same station', () =>
    given(login({ said: 0 }), at('1m'), login({ said: '60s' }), at('62s'))
      .when(logout({ said: '29s' }))
      .then(outcome('stale'), holder('lib-1')));

  test('by user ends nothing at the next station', () =>
    given(login(), at('1m'), login({ station: 'lib-2' }))
      .when(byUser)
      .then(outcome('nothing-open'), holder('lib-2')));

  test('by panel ends nothing of the next user there', () =>
    given(login({ said: 0 }), at('10s'), login({ user: 'ben', said: '10s' }), at('12s'))
      .when(logout({ user: null, said: '9s' }))
      .then(outcome('stale'), holder('lib-1', 'ben'), onPanel('ben')));

  test('ends nothing that the user did after it', () =>
    given(login({ said: 0 }), at('10s'), activity({ said: '10s' }), at('12s'))
      .when(logout({ said: '9s' }))
      .then(outcome('stale'), holder('lib-1'), seatIsFreeAt('42s')));

  test.each([
    ['by handle', logout({ session: 1, said: '9s' })],
    ['by user', logout({ said: '9s' })],
    ['by panel', logout({ user: null, said: '9s' })],
  ])('%s is not held up by a ping that overtook it: a ping says nothing of the user', (_, leave) =>
    given(login({ said: 0 }), at('10s'), ping({ said: '10s' }), at('12s'))
      .when(leave)
      .then(outcome('ended'), holder(undefined)),
  );
});

describe('a logout that is repeated', () => {
  test.each([
    ['by handle', (id: string) => logout({ session: 1, id })],
    ['by user', (id: string) => logout({ id })],
    ['by panel', (id: string) => logout({ user: null, id })],
  ])('%s is answered as the first was', (_, leave) =>
    given(login(), at('5s'), leave('x'), at('7s'))
      .when(leave('x'))
      .then(outcome('ended', { seat: { session: { ended: { at: into('5s') } } } })),
  );

  test('by handle ends nothing newer', () =>
    given(login(), logout({ session: 1, id: 'x' }), login())
      .when(logout({ session: 1, id: 'x' }))
      .then(outcome('stale'), holder('lib-1')));

  test.each([
    ['by user', logout({ id: 'x', said: '1s' })],
    ['by panel', logout({ user: null, id: 'x', said: '1s' })],
  ])('%s ends nothing newer where stations give their time', (_, leave) =>
    given(login({ said: 0 }), at('1s'), leave, at('2s'), login({ said: '2s' }))
      .when(leave)
      .then(outcome('stale'), holder('lib-1')),
  );

  test('by user ends nothing newer, for its delivery is known', () =>
    given(login(), logout({ id: 'x' }), login())
      .when(logout({ id: 'x' }))
      .then(outcome('stale'), holder('lib-1')));

  test('by panel gets the first answer, and the next user stays', () =>
    given(login(), logout({ user: null, id: 'x' }), login({ user: 'bob' }))
      .when(logout({ user: null, id: 'x' }))
      .then(
        outcome('ended'),
        onPanel('bob'),
        journal('opened ana lib-1 +0s', 'ended ana lib-1 +0s logout station:lib-1', 'opened bob lib-1 +0s'),
      ));

  test('by panel does not put out the same user, who has come back', () =>
    given(login(), logout({ user: null, id: 'x' }), login())
      .when(logout({ user: null, id: 'x' }))
      .then(outcome('stale'), holder('lib-1')));

  test('by panel that ended nothing, for the session was over, does not put out the same user either', () =>
    given(login(), at('31s'), logout({ user: null, id: 'x' }), login(), at('32s'))
      .when(logout({ user: null, id: 'x' }))
      .then(outcome('stale'), holder('lib-1'), onPanel('ana')));

  test('is news where a station gives no id, no time and no handle: arrival is the order', () =>
    given(login(), logout({ id: 'x' }), login())
      .when(logout({ id: 'y' }))
      .then(outcome('ended')));

  test('after a write that was done although it reported an error is answered as done', () =>
    given(login(), failing({ call: 'seats.write', done: true }), logout({ id: 'x' }))
      .when(logout({ id: 'x' }))
      .then(outcome('ended'), journal('opened ana lib-1 +0s', 'ended ana lib-1 +0s logout station:lib-1')));

  test('after a write that was not done ends the session', () =>
    given(login(), failing({ call: 'seats.write' }), logout({ user: null, id: 'x', said: '0s' }))
      .when(logout({ user: null, id: 'x', said: '0s' }))
      .then(outcome('ended'), holder(undefined), onPanel(undefined)));

  test('before any login is remembered once, and says the same', () =>
    given(logout({ id: 'x', said: '1s' }))
      .when(logout({ id: 'x', said: '1s' }))
      .then(outcome('nothing-open')));
});

describe('a boot', () => {
  test('ends what was open on its panel', () =>
    given(login(), at('10s'))
      .when(boot())
      .then(
        outcome('ended'),
        holder(undefined),
        journal('opened ana lib-1 +0s', 'ended ana lib-1 +10s boot station:lib-1'),
        onPanel(undefined),
      ));

  test('where nobody was ends nothing', () => given().when(boot()).then(outcome('nothing-open'), journal()));

  test('ends nothing of another station', () =>
    given(login())
      .when(boot({ station: 'lib-2' }))
      .then(outcome('nothing-open'), holder('lib-1')));

  test('ends nothing of a web application: nobody can say whose', () =>
    given(login({ station: 'web-1' }))
      .when(boot({ station: 'web-1' }))
      .then(outcome('nothing-open'), holder('web-1')));

  test('that comes late ends nothing newer', () =>
    given(at('10s'), login({ said: '10s' }), at('12s'))
      .when(boot({ said: '9s' }))
      .then(outcome('stale'), holder('lib-1'), onPanel('ana')));

  test('of a printer that came back after its session had ended is told how that was', () =>
    given(login({ station: 'quiet-1' }), at('1h'))
      .when(boot({ station: 'quiet-1' }))
      .then(outcome('gone', { past: { ended: { reason: 'lease' } } })));

  test('of a printer whose user has long been elsewhere ends nothing there', () =>
    given(login(), at('1h'), login({ station: 'lib-2' }))
      .when(boot())
      .then(outcome('nothing-open'), holder('lib-2')));

  test('after which a crash left the panel as it was finds nobody the second time', () =>
    given(login(), failing({ call: 'panels.leave' }), boot({ id: 'x' }))
      .when(boot({ id: 'x' }))
      .then(outcome('ended'), onPanel(undefined), item({ session: { ended: { reason: 'boot' } } })));
});
