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
    const unnamed = this.jobs.filter((job) => job.name === undefined);
    if (at !== undefined) {
      if (unnamed.some((job) => job.until !== undefined && job.at === at)) return;
      const end = unnamed.find((job) => job.until === undefined && (job.at ?? 0) >= at);
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
    const oldest = this.jobs.find(
      (job) =>
        job.name === undefined &&
        job.until !== undefined &&
        (at === undefined || job.at === undefined || job.at <= at),
    );
    if (oldest !== undefined) this.jobs = this.jobs.filter((job) => job !== oldest);
    else if (at !== undefined) this.add({ name, at, until: undefined });
    return true;
  }

  /** Past its cap a job puts nothing off, whether or not it runs. */
  private lapse(now: number): void {
    this.jobs = this.jobs.filter(({ until }) => until === undefined || until > now);
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
