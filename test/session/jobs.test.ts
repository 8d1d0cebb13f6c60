import { describe, expect, test } from 'vitest';
import { ended, isRunning, JOBS_MAX, type Job, jobIn, jobsOf, knownJobs, started } from '../../lib/session/jobs.ts';
import { type EpochMs, epochMs } from '../../lib/time.ts';

const at = (second: number): EpochMs => epochMs(1_795_000_000_000 + second * 1_000);
const cap = at(600);
const plain = (said?: number, until = cap): Job & { until: EpochMs } => ({
  ...(said === undefined ? {} : { at: at(said) }),
  until,
});
const named = (name: string, until = cap): Job & { until: EpochMs } => ({ name, until });
const over = (name: string): Job => ({ name });
const overAt = (said: number): Job => ({ at: at(said) });

describe('the job that a word is about', () => {
  const word = { type: 'job-started', station: 'lib-1', id: '1' } as const;

  test('has a mark of its name, short and the same each time, and the word’s date', () => {
    const { name } = jobIn({ job: 'a scan of forty-eight characters, as long as may', word });
    expect(name).toMatch(/^[\w-]{6}$/);
    expect(jobIn({ job: 'scan', word: { ...word, at: at(1) } })).toEqual(
      jobIn({ job: 'scan', word: { ...word, at: at(1), id: '2' } }),
    );
    expect(jobIn({ job: 'scan', word }).name).not.toBe(jobIn({ job: 'copy', word }).name);
  });

  test('has neither where it says neither', () => {
    expect(jobIn({ word })).toEqual({});
    expect(jobIn({ word: { ...word, at: at(1) } })).toEqual({ at: at(1) });
  });
});

describe('what is known of jobs', () => {
  test('without notes is as many as run, without names, up to the one cap', () => {
    expect(knownJobs({ jobs: 0 }, undefined, at(0))).toEqual([]);
    expect(knownJobs({ jobs: 1, jobSaidAt: at(1) }, cap, at(0))).toEqual([plain(1)]);
    expect(knownJobs({ jobs: 2 }, cap, at(0))).toEqual([plain(), plain()]);
  });

  test('with notes is these', () => {
    const jobNotes = [named('one'), over('two'), overAt(3), plain(4)];
    expect(knownJobs({ jobs: 2, jobNotes }, cap, at(0))).toEqual(jobNotes);
  });

  test('runs up to its cap, and not at it', () => {
    const jobs = { jobs: 1, jobSaidAt: at(1) };
    expect(knownJobs(jobs, cap, epochMs(cap - 1))).toEqual([plain(1)]);
    expect(knownJobs(jobs, cap, cap)).toEqual([]);
  });

  test('is over past its cap, where it has a name', () => {
    const jobNotes = [named('one', at(10)), named('two')];
    expect(knownJobs({ jobs: 2, jobNotes }, cap, at(10))).toEqual([over('one'), named('two')]);
    expect(knownJobs({ jobs: 2, jobNotes }, cap, at(9))).toEqual(jobNotes);
  });

  test('goes on past its cap while another without a name runs, for the next end may be its own', () => {
    const both = [plain(1, at(10)), plain(5, at(20))];
    expect(knownJobs({ jobs: 2, jobNotes: both }, at(20), at(10))).toEqual(both);
    expect(knownJobs({ jobs: 2, jobNotes: both }, at(20), at(20))).toEqual([]);
    expect(knownJobs({ jobs: 2, jobNotes: [plain(1, at(10)), named('two')] }, cap, at(10))).toEqual([named('two')]);
    expect(knownJobs({ jobs: 1, jobNotes: [plain(1, at(10)), overAt(5)] }, at(10), at(10))).toEqual([overAt(5)]);
  });

  test('beyond those that are remembered, is over past its cap and leaves nothing', () => {
    const full = Array.from({ length: JOBS_MAX }, (_, n) => named(`job ${n}`));
    const beyond = started(full, named('one more', at(700)));
    expect(beyond).toHaveLength(JOBS_MAX);
    expect(knownJobs({ jobs: JOBS_MAX, jobNotes: beyond }, at(700), at(699))).toHaveLength(JOBS_MAX);
    expect(knownJobs({ jobs: JOBS_MAX, jobNotes: beyond }, at(700), at(700))).toEqual(
      full.slice(0, -1).map(({ name }) => over(name ?? '')),
    );
  });
});

describe('a start', () => {
  test('with a name adds a job', () => {
    expect(started([plain(1)], named('one'))).toEqual([plain(1), named('one')]);
  });

  test('of one that runs, or has ended, changes nothing', () => {
    for (const known of [[named('one', at(5))], [over('one')]]) expect(started(known, named('one'))).toEqual(known);
  });

  test('without name and date adds a job each time', () => {
    expect(started([plain(), plain(1)], plain())).toEqual([plain(), plain(1), plain()]);
  });

  test('without a name is the same as the one of the same date', () => {
    expect(started([plain(1, at(5))], plain(1))).toEqual([plain(1, at(5))]);
    expect(started([plain(1)], plain(2))).toEqual([plain(1), plain(2)]);
    expect(started([{ ...named('one'), at: at(1) }], plain(1))).toHaveLength(2);
  });

  test('whose end was heard before does not run', () => {
    expect(started([overAt(3)], plain(3))).toEqual([]);
    expect(started([overAt(3)], plain(2))).toEqual([]);
    expect(started([overAt(3)], plain(4))).toEqual([overAt(3), plain(4)]);
    expect(started([over('one')], plain(2))).toEqual([over('one'), plain(2)]);
  });

  test('takes the first end that can be its own', () => {
    expect(started([overAt(15), overAt(5)], plain(1))).toEqual([overAt(15)]);
    expect(started([overAt(15), overAt(5)], plain(11))).toEqual([overAt(5)]);
  });
});

describe('an end', () => {
  test('with a name ends that job, and is known from then on', () => {
    expect(ended([named('one'), named('two'), plain(1)], { name: 'one' })).toEqual([
      over('one'),
      named('two'),
      plain(1),
    ]);
  });

  test('of one that does not run is kept, once', () => {
    const known = ended([named('two')], { name: 'one', at: at(3) });
    expect(known).toEqual([named('two'), over('one')]);
    expect(ended(known, { name: 'one' })).toEqual(known);
  });

  test('without a name and a date ends the first job without one', () => {
    expect(ended([named('one'), plain(1), plain(2)], {})).toEqual([named('one'), plain(2)]);
    expect(ended([named('one')], {})).toEqual([named('one')]);
    expect(ended([overAt(1)], {})).toEqual([overAt(1)]);
  });

  test('that is dated ends the last job that began no later, and the later cap stays', () => {
    const two = [plain(1, at(601)), plain(11, at(611))];
    expect(ended(two, { at: at(15) })).toEqual([plain(1, at(611))]);
    expect(ended(two, { at: at(11) })).toEqual([plain(1, at(611))]);
    expect(ended(two, { at: at(10) })).toEqual([plain(11, at(611))]);
    expect(ended([plain(1, at(700)), plain(11, at(611))], { at: at(15) })).toEqual([plain(1, at(700))]);
  });

  test('that is dated ends one that is not dated, if no other', () => {
    expect(ended([plain()], { at: at(5) })).toEqual([]);
    expect(ended([plain(), plain(1)], { at: at(5) })).toEqual([plain()]);
    expect(ended([plain(1), plain()], { at: at(5) })).toEqual([plain()]);
  });

  test('that is dated before all that run is kept for its own start', () => {
    expect(ended([plain(9)], { at: at(5) })).toEqual([plain(9), overAt(5)]);
    expect(ended([], { at: at(5) })).toEqual([overAt(5)]);
  });
});

describe('whether a job of a name runs', () => {
  const known = [named('one'), over('two'), plain(1)];
  test.each([
    ['one', true],
    ['two', false],
    ['three', false],
  ])('%s: %s', (name, runs) => {
    expect(isRunning(known, name)).toBe(runs);
  });
});

describe('no more than seven are remembered', () => {
  const full = [over('first'), ...Array.from({ length: JOBS_MAX - 1 }, (_, n) => named(`job ${n}`))];

  test('one more takes the place of the oldest that is over', () => {
    expect(JOBS_MAX).toBe(7);
    expect(started(full, named('new'))).toEqual([...full.slice(1), named('new')]);
    expect(ended(full, { name: 'new' })).toEqual([...full.slice(1), over('new')]);
  });

  test('where all run, one more lasts as long as the later cap of itself and the last, and is known by no name', () => {
    const all = started(full, named('new'));
    for (const [until, stays] of [
      [at(700), at(700)],
      [at(500), cap],
    ] as const) {
      const beyond = started(all, named('one more', until));
      expect(beyond).toEqual([...all.slice(0, -1), { name: expect.not.stringMatching(/^[\w-]{6}$/), until: stays }]);
      expect(isRunning(beyond, 'one more')).toBe(false);
      expect(isRunning(beyond, 'new')).toBe(false);
    }
  });

  test('where all run, an end of none of them is not kept', () => {
    const all = started(full, named('new'));
    expect(ended(all, { name: 'one more' })).toEqual(all);
  });
});

describe('what a session keeps of its jobs', () => {
  test('of none is nothing', () => {
    expect(jobsOf([])).toEqual({ jobs: { jobs: 0 } });
  });

  test('of one without a name is its date and its cap', () => {
    expect(jobsOf([plain(1)])).toEqual({ jobs: { jobs: 1, jobSaidAt: at(1) }, jobAt: cap });
    expect(jobsOf([plain()])).toEqual({ jobs: { jobs: 1 }, jobAt: cap });
  });

  test.each<[string, readonly Job[], number]>([
    ['of two', [plain(1), plain(2)], 2],
    ['of one with a name', [named('one')], 1],
    ['of one and an end before its start', [plain(9), overAt(5)], 1],
    ['of nothing but an end', [over('one')], 0],
  ])('%s is all of it', (_, known, jobs) => {
    expect(jobsOf(known)).toEqual({ jobs: { jobs, jobNotes: known }, ...(jobs === 0 ? {} : { jobAt: cap }) });
  });

  test('lasts until the latest cap', () => {
    expect(jobsOf([named('one', at(5)), named('two', at(9)), named('three', at(7))]).jobAt).toBe(at(9));
  });
});
