/** The jobs of one session, by what was said of them. Written apart from lib/session/jobs.ts. */
import { JOBS_REMEMBERED } from './left-out.ts';

interface Job {
  readonly name: string | undefined;
  /** When it started or ended, by its station's clock. */
  readonly at: number | undefined;
  /** Until when it puts anything off; its end was heard where there is none. */
  readonly until: number | undefined;
}

export class KnownJobs {
  private jobs: Job[] = [];

  running(): number {
    return this.jobs.filter(({ until }) => until !== undefined).length;
  }

  /** The latest cap of those that run; 0 where none does. */
  cap(): number {
    return Math.max(0, ...this.jobs.map(({ until }) => until ?? 0));
  }

  start(name: string | undefined, at: number | undefined, until: number, now: number): void {
    this.lapse(now);
    if (name !== undefined) {
      // One name is one job: it starts once, and not after its end.
      if (!this.jobs.some((job) => job.name === name)) this.add({ name, at, until });
      return;
    }
    if (at !== undefined) {
      const unnamed = this.jobs.filter((job) => job.name === undefined);
      if (unnamed.some((job) => job.until !== undefined && job.at === at)) return;
      // The first end that can be its own: one of a start that was not heard.
      const [end] = unnamed
        .filter((job) => job.until === undefined && job.at !== undefined && job.at >= at)
        .sort((a, b) => (a.at ?? 0) - (b.at ?? 0));
      if (end !== undefined) {
        this.jobs = this.jobs.filter((job) => job !== end);
        return;
      }
    }
    this.add({ name, at, until });
  }

  /** Whether it says that its user is there: an end of a name that does not run says nothing. */
  end(name: string | undefined, at: number | undefined, now: number): boolean {
    this.lapse(now);
    if (name !== undefined) {
      const one = this.jobs.find((job) => job.name === name);
      const ended: Job = { name, at: undefined, until: undefined };
      if (one === undefined) this.add(ended);
      else this.jobs = this.jobs.map((job) => (job === one ? ended : job));
      return one?.until !== undefined;
    }
    const running = this.jobs.filter((job) => job.name === undefined && job.until !== undefined);
    const mine =
      at === undefined
        ? running[0]
        : running
            .filter((job) => (job.at ?? 0) <= at)
            .sort((a, b) => (a.at ?? 0) - (b.at ?? 0))
            .at(-1);
    if (mine === undefined) {
      if (at !== undefined) this.add({ name, at, until: undefined });
      return true;
    }
    // It may have been another one's: those that stay have the latest cap of all.
    const heir = running.find((job) => job !== mine);
    this.jobs = this.jobs.flatMap((job) => {
      if (job === mine) return [];
      return [job === heir ? { ...job, until: Math.max(job.until ?? 0, mine.until ?? 0) } : job];
    });
    return true;
  }

  /**
   * Past its cap a job puts nothing off, whether or not it runs. One with a name has ended by it; one without may still be
   * the one whose end comes next, as long as another runs.
   */
  private lapse(now: number): void {
    const isPast = ({ until }: Job) => until !== undefined && until <= now;
    const goesOn = this.jobs.some((job) => job.name === undefined && job.until !== undefined && !isPast(job));
    this.jobs = this.jobs.flatMap((job): Job[] => {
      if (!isPast(job)) return [job];
      if (job.name === undefined) return goesOn ? [job] : [];
      return job.name === '+' ? [] : [{ ...job, until: undefined }];
    });
  }

  private add(job: Job): void {
    if (this.jobs.length < JOBS_REMEMBERED) {
      this.jobs.push(job);
      return;
    }
    const ended = this.jobs.findIndex(({ until }) => until === undefined);
    if (ended !== -1) {
      this.jobs.splice(ended, 1);
      this.jobs.push(job);
    } else if (job.until !== undefined) {
      // One job too many has its cap, and no name by which it could end.
      const last = this.jobs.pop();
      this.jobs.push({ name: '+', at: undefined, until: Math.max(job.until, last?.until ?? 0) });
    }
  }
}
