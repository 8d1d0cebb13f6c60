/**
 * The jobs of a session: which run, until when each may put idle and lease off, and which ends came before their starts.
 * Starts and ends commute: in whichever order they arrive, what runs in the end is the same.
 */
import { present } from '../present.ts';
import { type EpochMs, latest } from '../time.ts';
import { hash32Text } from './hash.ts';
import type { Word } from './word.ts';

/** One job, as its session remembers it. */
export interface Job {
  /** What its station calls it (see `jobMark`); absent where it gave no name. */
  readonly name?: string;
  /** When it started, or ended, by the station's clock; absent where it gave no date, and where its name tells enough. */
  readonly at?: EpochMs;
  /** Its cap: from then on it runs no more, whether or not its end was heard. Absent where its end has been heard. */
  readonly until?: EpochMs;
}

/** What a session keeps of its jobs, beside the latest of their caps (`jobAt` among its deadlines). */
export interface Jobs {
  /** How many run. */
  readonly jobs: number;
  /** When the one that runs started, where it has no name and the station dated it. */
  readonly jobSaidAt?: EpochMs;
  /** What the numbers above cannot say: several jobs, named ones, ends that came before their starts. */
  readonly jobNotes?: readonly Job[];
}

/**
 * As many jobs as a session remembers, running and ended: its item has room for so many within a write unit, however long
 * all names are. One more takes the place of the oldest whose end was heard.
 * Where all of them run, one more is remembered by nothing but its cap: neither its end nor another's lifts that.
 */
export const JOBS_MAX = 7;

/** A job's name in an item, which has no room for 48 characters. It is compared with those of its session's other jobs. */
const jobMark = hash32Text;

/** The job that a word is about. */
export const jobIn = ({ job, word }: { readonly job?: string; readonly word: Word }): Pick<Job, 'name' | 'at'> =>
  job === undefined ? present({ at: word.at }) : { name: jobMark(job) };

/** Stands for jobs beyond `JOBS_MAX`. No mark is like it. */
const BEYOND = '+';

/**
 * What is known of a session's jobs at `now`, the oldest first. Past its cap none puts anything off. One with a name has
 * ended then; one without stays as long as others run: the next end may be its own.
 */
export function knownJobs(
  { jobs, jobSaidAt, jobNotes }: Jobs,
  jobAt: EpochMs | undefined,
  now: EpochMs,
): readonly Job[] {
  const plain: readonly Job[] = Array.from({ length: jobs }, () => present({ at: jobSaidAt, until: jobAt }));
  const known = jobNotes ?? plain;
  const isPast = ({ until }: Job) => until !== undefined && until <= now;
  const anyRuns = known.some((job) => isUnnamed(job) && runs(job) && !isPast(job));
  return known.flatMap((job) => {
    if (!isPast(job)) return [job];
    if (job.name !== undefined) return job.name === BEYOND ? [] : [{ name: job.name }];
    return anyRuns ? [job] : [];
  });
}

const runs = (job: Job): job is Job & { readonly until: EpochMs } => job.until !== undefined;

/** A start was heard. A start of what runs already, or has ended already, changes nothing. */
export function started(
  known: readonly Job[],
  start: Pick<Job, 'name' | 'at'> & { readonly until: EpochMs },
): readonly Job[] {
  if (start.name !== undefined) return known.some(({ name }) => name === start.name) ? known : added(known, start);
  // Without a name its date tells: the same date is the same start, and an end that no start was heard of is this one's.
  const { at } = start;
  if (at === undefined) return added(known, start);
  if (known.some((job) => isUnnamed(job) && runs(job) && job.at === at)) return known;
  // The first that it can be: a later end may be a later start's.
  const ends = known.filter((job) => isUnnamed(job) && !runs(job) && job.at !== undefined && job.at >= at);
  const end = ends.toSorted(byDate)[0];
  return end === undefined ? added(known, start) : known.filter((job) => job !== end);
}

/** Whether one of this name runs. */
export const isRunning = (known: readonly Job[], name: string): boolean =>
  known.some((job) => job.name === name && runs(job));

/** An end was heard. One of a job that does not run is kept, for its start may be on its way. */
export function ended(known: readonly Job[], { name, at }: Pick<Job, 'name' | 'at'>): readonly Job[] {
  if (name !== undefined) {
    const job = known.find((one) => one.name === name);
    if (job === undefined) return added(known, { name });
    return known.map((one) => (one === job ? { name } : one));
  }
  const running = known.filter((job) => isUnnamed(job)).filter(runs);
  // The last that it can be: an earlier end may be an earlier start's.
  const mine =
    at === undefined
      ? running[0]
      : running
          .filter((job) => job.at === undefined || job.at <= at)
          .toSorted(byDate)
          .at(-1);
  if (mine === undefined) return at === undefined ? known : added(known, { at });
  const [heir] = running.filter((job) => job !== mine);
  // Which of them it was is a guess: the later cap stays.
  return known.flatMap((job) => {
    if (job === mine) return [];
    return [job === heir ? { ...heir, until: latest(heir.until, mine.until) } : job];
  });
}

/** What is not dated comes first. */
const byDate = (one: Job, other: Job): number => (one.at ?? 0) - (other.at ?? 0);

const isUnnamed = ({ name }: Job): boolean => name === undefined;

function added(known: readonly Job[], job: Job): readonly Job[] {
  if (known.length < JOBS_MAX) return [...known, job];
  const oldest = known.find((one) => !runs(one));
  if (oldest !== undefined) return [...known.filter((one) => one !== oldest), job];
  if (job.until === undefined) return known;
  const last = known.at(-1);
  const until = latest(job.until, ...(last?.until === undefined ? [] : [last.until]));
  return [...known.slice(0, -1), { name: BEYOND, until }];
}

/** What a session keeps of these, and the latest of their caps. One job without a name needs no notes: most stations say no more. */
export function jobsOf(known: readonly Job[]): { readonly jobs: Jobs; readonly jobAt?: EpochMs } {
  const running = known.filter(runs);
  const isPlain = known.length === running.length && running.length <= 1 && running.every(isUnnamed);
  return {
    jobs: {
      jobs: running.length,
      ...present({
        jobSaidAt: isPlain ? running[0]?.at : undefined,
        jobNotes: isPlain ? undefined : known,
      }),
    },
    ...(running.length === 0 ? {} : { jobAt: latest(...running.map(({ until }) => until)) }),
  };
}
