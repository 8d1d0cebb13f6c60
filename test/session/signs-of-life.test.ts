import { describe, expect, test } from 'vitest';
import {
  activity,
  at,
  failing,
  given,
  holder,
  item,
  jobEnded,
  jobStarted,
  journal,
  journalRuns,
  login,
  logout,
  outcome,
  pass,
  ping,
  seatIsFreeAt,
  sessionEnded,
  sweeps,
  timersAt,
  timersFireThrough,
  under,
} from '../support/story.ts';
import { into } from '../support/world.ts';

describe('a ping', () => {
  test('moves the lease, and not the idle deadline', () =>
    given(login(), at('20s'))
      .when(ping())
      .then(outcome('renewed'), seatIsFreeAt('32s'), item({ session: { heardAt: into('20s'), activeAt: into(0) } })));

  test('keeps a session where no activity is reported', () =>
    given(login({ station: 'quiet-1' }), at('4m'))
      .when(ping({ station: 'quiet-1' }))
      .then(outcome('renewed'), seatIsFreeAt('542s')));

  test('cannot keep one past its maximum', () =>
    given(
      under({ lease: '5m', maximum: '10m' }),
      login({ station: 'quiet-1' }),
      ...[4, 8].flatMap((minutes) => [at(`${minutes}m`), ping({ station: 'quiet-1' })]),
      at('10m'),
    )
      .when(ping({ station: 'quiet-1' }))
      .then(outcome('gone', { past: { ended: { reason: 'maximum', at: into('10m') } } })));

  test('arms nothing: the sweep that comes finds it alive', () =>
    given(login({ station: 'quiet-1' }), at('4m'))
      .when(ping({ station: 'quiet-1' }))
      .then(timersAt('6m'), item({ session: { due: into('6m') } })));

  test.each([
    ['one before the deadline', 29_999, 'renewed'],
    ['at the deadline', 30_000, 'gone'],
    ['in the margin, when nobody holds the seat', 31_000, 'gone'],
    ['long after', 86_400_000, 'gone'],
  ] as const)('%s (%i ms)', (_, ms, is) => given(login(), at(ms)).when(ping()).then(outcome(is)));
});

describe('activity', () => {
  test('moves both deadlines', () =>
    given(login(), at('20s'))
      .when(activity())
      .then(
        outcome('renewed'),
        seatIsFreeAt('52s'),
        item({ session: { heardAt: into('20s'), activeAt: into('20s') } }),
      ));

  test('by panel needs no name', () =>
    given(login(), at('20s'))
      .when(activity({ user: null }))
      .then(outcome('renewed'), seatIsFreeAt('52s')));

  test('that its station says was earlier has been heard all the same', () =>
    given(login({ said: 0 }), at('10s'), activity({ said: '10s' }), at('20s'))
      .when(activity({ said: '5s' }))
      .then(outcome('renewed'), seatIsFreeAt('52s'), item({ heard: { dates: [{ at: into('10s') }] } })));

  test('that is repeated renews once', () =>
    given(login(), at('10s'), activity({ id: 'x' }), at('20s'))
      .when(activity({ id: 'x' }))
      .then(outcome('repeated'), seatIsFreeAt('42s')));

  test('whose write was done although it reported an error renews once', () =>
    given(login(), at('10s'), failing({ call: 'seats.write', done: true }), activity({ id: 'x' }), at('20s'))
      .when(activity({ id: 'x' }))
      .then(outcome('repeated'), seatIsFreeAt('42s')));

  test('of which word came by a slower way moves no deadline back', () =>
    given(login(), at('20s'), activity(), at('15s'))
      .when(activity())
      .then(
        outcome('renewed'),
        seatIsFreeAt('52s'),
        item({ session: { heardAt: into('20s'), activeAt: into('20s') } }),
      ));
});

describe.each([
  ['ping', ping],
  ['activity', activity],
  ['job-started', jobStarted],
  ['job-ended', jobEnded],
] as const)('a %s', (_, say) => {
  test('of a session that has ended is told how, and brings nothing back', () =>
    given(login(), at('5s'), logout(), at('6s'))
      .when(say({ session: 1 }))
      .then(outcome('gone', { past: { ended: { reason: 'logout', at: into('5s') } } }), holder(undefined)));

  test('of a session that has ended and been swept brings nothing back', () =>
    given(login(), at('1m'), sweeps())
      .when(say())
      .then(outcome('gone', { past: { ended: { reason: 'idle' } } }), sessionEnded('idle', '30s')));

  test('of a session whose seat another holds now is told how it ended, once history knows', () =>
    given(login(), at('1m'), login({ station: 'lib-2' }), journalRuns)
      .when(say({ session: 1 }))
      .then(outcome('gone', { past: { ended: { reason: 'idle', at: into('30s') } } }), holder('lib-2')));

  test('of a session whose seat another holds now ends there, even before history knows', () =>
    given(login(), at('1m'), login({ station: 'lib-2' }))
      .when(say({ session: 1 }))
      .then(outcome('gone'), holder('lib-2')));

  test('from another station renews nothing', () =>
    given(login(), at('10s'))
      .when(say({ session: 1, station: 'lib-2' }))
      .then(outcome('not-yours'), seatIsFreeAt('32s')));

  test('of nobody in particular renews nothing elsewhere', () =>
    given(login(), at('10s'))
      .when(say({ station: 'lib-2' }))
      .then(outcome('nothing-open'), seatIsFreeAt('32s')));

  test('where nobody ever was opens nothing', () => given().when(say()).then(outcome('nothing-open'), journal()));

  test('before its login arrived opens nothing', () =>
    given(say({ said: '1s' }))
      .when(login({ said: 0 }))
      .then(outcome('opened'), holder('lib-1')));
});

describe('while a job runs', () => {
  test('idle and lease wait, until the cap', () =>
    given(login(), at('10s'))
      .when(jobStarted())
      .then(outcome('renewed'), seatIsFreeAt(30 * 60_000 + 12_000), item({ session: { jobs: 1 } })));

  test.each([
    ['one before the cap', 10_000 + 30 * 60_000 - 1, 'renewed'],
    ['at the cap', 10_000 + 30 * 60_000, 'gone'],
  ] as const)('its end is heard %s (%i ms)', (_, ms, is) =>
    given(login(), at('10s'), jobStarted(), at(ms)).when(jobEnded()).then(outcome(is)),
  );

  test('the maximum does not wait', () =>
    given(under({ maximum: '10m', idle: '10m', lease: '10m' }), login(), at('9m'))
      .when(jobStarted())
      .then(seatIsFreeAt('602s')));

  test('a cap sooner than the idle deadline changes nothing', () =>
    given(under({ job: '10s' }), login(), at('5s'))
      .when(jobStarted())
      .then(seatIsFreeAt('37s')));

  test('a realm whose jobs do not wait goes by its lease and idle', () =>
    given(under({ job: 'off' }), login(), at('10s'))
      .when(jobStarted())
      .then(seatIsFreeAt('42s')));
});

describe('when a job ends', () => {
  test('idle counts from there, and the sweep is called back', () =>
    given(login(), at('10s'), jobStarted(), at('5m'))
      .when(jobEnded())
      .then(outcome('renewed'), seatIsFreeAt('332s'), item({ session: { jobs: 0 } })));

  test('after a sweep had put itself off, that sweep is called back', () =>
    given(login(), at('10s'), jobStarted(), at('1m'), sweeps(), at('2m'))
      .when(jobEnded())
      .then(seatIsFreeAt('152s'), item({ session: { due: into('3m') } }), timersAt('1m', '3m', '31m')));

  test('while another runs, that one still holds the seat', () =>
    given(login(), at('10s'), jobStarted(), at('20s'), jobStarted(), at('30s'))
      .when(jobEnded())
      .then(seatIsFreeAt(20_000 + 30 * 60_000 + 2_000), item({ session: { jobs: 1 } })));

  test('and the other too, idle counts from there', () =>
    given(login(), at('10s'), jobStarted(), jobStarted(), at('30s'), jobEnded(), at('40s'))
      .when(jobEnded())
      .then(seatIsFreeAt('72s'), item({ session: { jobs: 0 } })));

  test('that had never started is activity', () =>
    given(login(), at('10s'))
      .when(jobEnded())
      .then(outcome('renewed'), seatIsFreeAt('42s'), item({ session: { jobs: 0 } })));
});

describe('a job event that is repeated, late or lost', () => {
  test('a start that is repeated counts once', () =>
    given(login(), jobStarted({ id: 'x' }), at('5s'), jobStarted({ id: 'x' }), at('10s'))
      .when(jobEnded())
      .then(seatIsFreeAt('42s')));

  test('a start that is repeated after pings counts once', () =>
    given(login(), jobStarted({ id: 'x' }), at('5s'), ping(), jobStarted({ id: 'x' }), at('10s'))
      .when(jobEnded())
      .then(seatIsFreeAt('42s')));

  test('an end that is repeated counts once', () =>
    given(login(), jobStarted(), jobStarted(), at('5s'), jobEnded({ id: 'x' }), at('6s'))
      .when(jobEnded({ id: 'x' }))
      .then(outcome('repeated'), item({ session: { jobs: 1 } })));

  test('a start that arrives after its end holds nothing', () =>
    given(login({ said: 0 }), at('10s'), jobEnded({ said: '9s' }), at('11s'))
      .when(jobStarted({ said: '8s' }))
      .then(outcome('renewed'), seatIsFreeAt('43s'), item({ session: { jobs: 0 } })));

  test('an end that never arrives is over at the cap: the next job holds the seat no longer than it runs', () =>
    given(under({ job: '1m', idle: '5m', lease: '5m' }), login(), jobStarted(), at('2m'), jobStarted(), at('3m'))
      .when(jobEnded())
      .then(item({ session: { jobs: 0 } }), seatIsFreeAt('482s')));
});

test('the signs of life of a whole day keep one session and cost no timer each', () =>
  given(login(), ...Array.from({ length: 100 }, () => [pass('20s'), activity()]).flat())
    .when(ping())
    .then(outcome('renewed'), timersAt('1m'), journal('opened ana lib-1 +0s')));

describe('the end of a job, after a sweep had seen the session wait for it, has a timer of its own', () => {
  test('where the sweep left the old slot in the index', () =>
    given(under({ job: '5m' }), login(), at('10s'), jobStarted(), timersFireThrough('61s'), at('90s'), jobEnded())
      .when(timersFireThrough('5m'))
      .then(journal('opened ana lib-1 +0s', 'ended ana lib-1 +120s idle policy')));

  test('where there were two jobs, one after the sweep', () =>
    given(
      login(),
      at('20s'),
      jobStarted(),
      timersFireThrough('5m'),
      jobStarted(),
      timersFireThrough('31m'),
      pass('10s'),
      jobEnded(),
      jobEnded(),
    )
      .when(timersFireThrough('35m'))
      .then(journal('opened ana lib-1 +0s', 'ended ana lib-1 +1900s idle policy')));
});

test('a ping while a job waits is one write, wherever the sweep looks next', async () => {
  const writes: number[] = [];
  await given(
    login(),
    jobStarted(),
    timersFireThrough('2m'),
    (world) => void writes.push(world.calls.get('seats.write') ?? 0),
  )
    .when(ping())
    .then(outcome('renewed'), (world) => void writes.push(world.calls.get('seats.write') ?? 0));
  expect((writes[1] ?? 0) - (writes[0] ?? 0)).toBe(1);
});
