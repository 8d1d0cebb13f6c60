/** Jobs as stations tell of them: late, twice, out of order, by name and without. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { JOBS_MAX } from '../../lib/session/jobs.ts';
import {
  activity,
  at,
  boot,
  given,
  history,
  holder,
  item,
  jobEnded,
  jobStarted,
  journal,
  journalRuns,
  login,
  logout,
  outcome,
  ping,
  type Step,
  seatIsFreeAt,
  sweeps,
  type Told,
  timersFireThrough,
  under,
} from '../support/story.ts';
import { into, seatOf, World } from '../support/world.ts';

const ben = { user: 'ben' };
const running = (jobs: number) => item({ session: { jobs } });
/** Of a session that is idle from 30 s after its last activity, and silent from 300 s on. */
const named = (job: string, told: Told = {}) => ({ job, ...told });

describe('a job that ends', () => {
  test('after an activity has overtaken the end is over all the same', () =>
    given(login({ said: 0 }), at('5s'), jobStarted({ said: '1s' }), activity({ said: '4s' }))
      .when(jobEnded({ said: '3s' }))
      .then(running(0), seatIsFreeAt('37s')));

  test('after its own start has come twice, under two ids, is over', async () => {
    for (const told of [{ said: '1s' }, { job: 'scan' }, { job: 'scan', said: '1s' }]) {
      await given(login({ said: 0 }), at('5s'), jobStarted(told), jobStarted(told))
        .when(jobEnded({ ...told, ...('said' in told ? { said: '3s' } : {}) }))
        .then(running(0), seatIsFreeAt('37s'));
    }
  });

  test('before its start is heard does not start any more', async () => {
    for (const [start, end] of [
      [{ said: '1s' }, { said: '3s' }],
      [{ said: '3s' }, { said: '3s' }],
      [{ job: 'scan' }, { job: 'scan' }],
    ]) {
      await given(login({ said: 0 }), at('5s'), jobEnded(end), at('6s'))
        .when(jobStarted(start))
        .then(running(0));
    }
  });

  test('twice, under two ids, ends no other', async () => {
    for (const told of [{ job: 'scan' }, { job: 'scan', said: '5s' }]) {
      await given(login({ said: 0 }), jobStarted(named('copy')), jobStarted(named('scan')), at('5s'), jobEnded(told))
        .when(jobEnded(told))
        .then(running(1), seatIsFreeAt(30 * 60_000 + 2_000));
    }
  });

  test('that never started, or not here, ends no other', () =>
    given(login({ said: 0 }), jobStarted(named('copy')), at('10m'))
      .when(jobEnded(named('scan')))
      .then(running(1), holder('lib-1')));

  test('that never started is no sign of its user', () =>
    given(login(), at('10s'))
      .when(jobEnded(named('scan')))
      .then(outcome('renewed'), seatIsFreeAt('32s')));

  test('that never started brings nobody back to a session that lingers, and its start does not either in the end', () =>
    given(under({ idle: '1m', whenIdle: 'linger', lease: '10m' }), login(), at('2m'), jobEnded(named('scan')))
      .when(outcome('lingering'), at('3m'), jobStarted(named('scan')))
      .then(running(0), outcome('resumed')));

  test('that never started leaves a session lingering from when it did, though a job had put that off', () =>
    given(
      under({ idle: '1m', whenIdle: 'linger', lease: '30m', job: '4m' }),
      login(),
      jobStarted(named('copy')),
      at('8m'),
    )
      .when(jobEnded(named('scan')), jobEnded(named('copy')), outcome('lingering'), activity())
      .then(
        journal('opened ana lib-1 +0s', 'lingering ana lib-1 +240s idle', 'resumed ana lib-1 +480s from lingering'),
      ));

  test('dated before its session’s login brings nobody back to it, and leaves its lease', () =>
    given(under({ idle: '1m', whenIdle: 'linger', lease: '10m' }), at('9s'), login({ said: '9s' }))
      .when(at('2m'), jobEnded({ said: '8s' }))
      .then(outcome('lingering'), seatIsFreeAt('611s')));

  test('without a name ends none that has one', () =>
    given(login(), jobStarted(named('copy')), at('5s'))
      .when(jobEnded())
      .then(running(1)));

  test('with a name ends none that has none', () =>
    given(login(), jobStarted(), at('5s'))
      .when(jobEnded(named('copy')))
      .then(running(1)));

  test('is counted once, however often its delivery comes', () =>
    given(login(), jobStarted(), jobStarted(), at('5s'), jobEnded({ id: 'end' }))
      .when(jobEnded({ id: 'end' }), jobEnded({ id: 'end' }))
      .then(outcome('repeated'), running(1)));
});

describe('the end of the last user’s job', () => {
  test('that is dated before the next one’s login ends no job of theirs', async () => {
    for (const told of [{}, { job: 'scan' }]) {
      await given(
        login({ said: 0 }),
        jobStarted(told),
        at('5s'),
        login({ ...ben, said: '5s' }),
        jobStarted({ ...ben, said: '6s', ...told }),
      )
        .when(at('8s'), jobEnded({ user: null, said: '4s', ...told }), at('60s'))
        .then(holder('lib-1', 'ben'));
    }
  });

  test('that bears the name of another job ends none of theirs', () =>
    given(login(), jobStarted(named('one')), at('5s'), login(ben), jobStarted({ ...ben, job: 'two' }))
      .when(at('8s'), jobEnded({ user: null, job: 'one' }), at('60s'))
      .then(holder('lib-1', 'ben'), item({ session: { jobs: 1 } }, 'ben')));

  test('that is dated before the next one’s login is no sign of theirs', () =>
    given(login({ said: 0 }), at('5s'), login({ ...ben, said: '5s' }), at('20s'))
      .when(jobEnded({ user: null, said: '4s' }))
      .then(seatIsFreeAt('37s', 'ben')));

  test('and its start, dated before the next one’s login, holds nobody’s seat', () =>
    given(login({ said: 0 }), at('5s'), login({ ...ben, said: '5s' }))
      .when(at('8s'), jobStarted({ user: null, said: '4s' }), at('60s'), sweeps(), journalRuns)
      .then(holder(undefined, 'ben'), history('ana lib-1 +5s next-user', 'ben lib-1 +35s idle')));

  test('of its user’s own session before is none of this one’s', () =>
    given(
      login({ said: 0 }),
      jobStarted({ said: '1s' }),
      logout({ said: '2s' }),
      at('5s'),
      login({ said: '5s' }),
      jobStarted({ said: '5s' }),
    )
      .when(jobEnded({ said: '3s' }))
      .then(running(1)));
});

describe('each job puts its session’s end off', () => {
  const job = under({ job: '10m' });

  test('as long as its own cap, whatever the others do', () =>
    given(job, login(), jobStarted(named('one')), at('5m'), jobStarted(named('two')), at('6m'))
      .when(jobEnded(named('two')))
      .then(running(1), item({ session: { deadlines: { jobAt: into('10m') } } })));

  test('until the last cap, where none is heard to end', () =>
    given(job, login(), jobStarted(named('one')), at('5m'), jobStarted(named('two')))
      .when(timersFireThrough('16m'), journalRuns)
      .then(history('ana lib-1 +900s idle')));

  test('no longer than its cap though its start comes again after that', () =>
    given(job, login(), jobStarted(named('one')), at('9m'), activity(), jobStarted(named('two')), at('11m'))
      .when(jobStarted(named('one')), jobEnded(named('two')))
      .then(running(0)));

  test('up to seven of them, each ended by its name', () => {
    const names = Array.from({ length: JOBS_MAX }, (_, n) => `job ${n}`);
    return given(job, login(), ...names.map((name) => jobStarted(named(name))))
      .when(...names.slice(1).map((name) => jobEnded(named(name))))
      .then(running(1), item({ session: { deadlines: { jobAt: into('10m') } } }));
  });

  test('and an eighth until its own cap: no end lifts that', () => {
    const names = Array.from({ length: JOBS_MAX + 1 }, (_, n) => `job ${n}`);
    return given(job, login(), ...names.map((name) => jobStarted(named(name))))
      .when(at('1m'), ...names.map((name) => jobEnded(named(name))), timersFireThrough('12m'), journalRuns)
      .then(history('ana lib-1 +600s idle'));
  });
});

describe('a lease that was made shorter while a job runs', () => {
  const shortened = (...meanwhile: Step[]) => [
    ...[under({ idle: '5m', lease: '5m', job: '1m' }), login({ station: 'quiet-1' })],
    ...[jobStarted({ station: 'quiet-1' }), under({ idle: '10s', lease: '10s', job: '1m' }), ...meanwhile],
  ];

  test.each<[string, Step]>([
    ['ping', ping({ station: 'quiet-1' })],
    ['activity', activity({ station: 'quiet-1' })],
    ['job', jobStarted({ station: 'quiet-1' })],
    ['end of the job', jobEnded({ station: 'quiet-1' })],
    ['login', login({ station: 'quiet-1' })],
  ])('has the next %s call the sweep back: no end is announced late', (_, word) =>
    given(...shortened(at('55s')))
      .when(word, timersFireThrough('2m'))
      .then(item({ session: { state: 'ended' } })),
  );
});

describe('in whichever order starts and ends arrive, the same jobs run in the end', () => {
  interface Heard {
    readonly type: 'start' | 'end';
    readonly told: Told;
  }

  /** Jobs that began one after the other, each ended or not: with names, or with dates and not two at once. */
  const days = fc
    .record({
      jobs: fc.array(fc.record({ hasName: fc.boolean(), hasEnded: fc.boolean() }), { minLength: 1, maxLength: 4 }),
      seed: fc.infiniteStream(fc.nat()),
    })
    .map(({ jobs, seed }) => {
      // Which of two jobs without a name an end means, only its time tells: one that is open is the last of them.
      const lastPlain = jobs.findLastIndex(({ hasName }) => !hasName);
      const words = jobs.flatMap(({ hasName, hasEnded }, n): Heard[] => {
        const told = (second: number): Told =>
          hasName ? named(`job ${n}`, { said: `${second}s` }) : { said: `${second}s` };
        const start: Heard = { type: 'start', told: { ...told(10 * n + 1), id: `start ${n}` } };
        const ends = hasEnded || (!hasName && n !== lastPlain);
        return ends ? [start, { type: 'end', told: { ...told(10 * n + 5), id: `end ${n}` } }] : [start];
      });
      const keys = words.map((word) => ({ word, key: seed.next().value ?? 0 }));
      return { words, shuffled: keys.toSorted((a, b) => a.key - b.key).map(({ word }) => word) };
    });

  /**
   * Without a name an end is taken for that of the one job that it can be: no other may look like that meanwhile. So it does
   * not come before its own start while the end of a job before is still on its way.
   */
  const tellsWhichJobEnded = (words: readonly Heard[]): boolean => {
    const place = (id: string) => words.findIndex(({ told }) => told.id === id);
    const plain = words.flatMap(({ told: { job, id } }) => (job === undefined && id?.startsWith('end') ? [id] : []));
    return plain.every((end) => {
      const comesEarly = place(end) < place(end.replace('end', 'start'));
      return !comesEarly || plain.every((before) => before >= end || place(before) < place(end));
    });
  };

  const runs = async (words: readonly Heard[]) => {
    const world = new World();
    for (const step of [under({ job: '30m', idle: '5m' }), login({ said: 0 }), at('60s')]) await step(world);
    for (const { type, told } of words) await (type === 'start' ? jobStarted(told) : jobEnded(told))(world);
    const session = (await world.seats.read(seatOf('ana')))?.session;
    const notes = (session?.jobNotes ?? []).flatMap(({ name, until }) =>
      until === undefined ? [] : [name ?? 'plain'],
    );
    return { jobs: session?.jobs, jobAt: session?.deadlines.jobAt, notes: notes.toSorted() };
  };

  test('of all that has been told, each thing once', () =>
    fc.assert(
      fc.asyncProperty(days, async ({ words, shuffled }) => {
        fc.pre(tellsWhichJobEnded(shuffled));
        const [inOrder, inAny] = [await runs(words), await runs(shuffled)];
        expect(inAny.jobs).toBe(inOrder.jobs);
        expect(inAny.jobAt).toBe(inOrder.jobAt);
      }),
      { numRuns: 120 },
    ));

  test('though each delivery comes twice', () =>
    fc.assert(
      fc.asyncProperty(days, async ({ words, shuffled }) => {
        fc.pre(tellsWhichJobEnded(shuffled));
        const again = words.map(({ type, told }) => ({ type, told: { ...told, id: `${told.id} again` } }));
        expect((await runs([...shuffled, ...again])).jobs).toBe((await runs(words)).jobs);
      }),
      { numRuns: 120 },
    ));
});

test('a boot ends the session whatever job runs there', () =>
  given(login(), jobStarted(named('copy')))
    .when(at('5m'), boot(), journalRuns)
    .then(history('ana lib-1 +300s boot')));
