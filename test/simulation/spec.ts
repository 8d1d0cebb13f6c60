/**
 * The promises' own arithmetic: when a session ends, by the policy's words alone. Written apart from lib/session, so that
 * an error there is not an error here too.
 */
import type { Station } from '../../lib/session/commands.ts';
import type { Policy } from '../../lib/session/policy.ts';
import type { Deadlines, Rung } from '../../lib/session/seat.ts';
import { KnownJobs } from './jobs.ts';

/** Two seconds: what the mechanism's page promises to lie between two holders. */
export const MARGIN = 2_000;

const NEVER = Number.POSITIVE_INFINITY;

/** What is known of one session from what was said and heard. */
export interface Known {
  readonly station: string;
  readonly openedAt: number;
  activeAt: number;
  heardAt: number;
  loggedOnAt: number;
  idleAt: number;
  lingerAt: number;
  leaseAt: number;
  readonly maximumAt: number;
  jobAt: number;
  readonly failoverMs: number;
  rememberedUntil: number;
  readonly jobs: KnownJobs;
  /** When it opened, by its station's clock. */
  readonly saidAt: number | undefined;
  /** When the newest signed ping was signed, or the login; 0 where none was. */
  pingedAt: number;
  /** The epochs of the sessions before that were made anew one of the other. */
  readonly chain: readonly number[];
  /** The last sign of life that counted, and the bound that was published with it. */
  signAt: number;
  bound: number;
}

export interface Opening {
  readonly policy: Policy;
  readonly station: Station;
  readonly at: number;
  readonly loggedOnAt: number;
  readonly saidAt?: number | undefined;
  readonly pingedAt?: number | undefined;
  readonly chain?: readonly number[];
  /** The job that started, by what its user came back to it with. */
  readonly job?: { readonly name: string | undefined };
}

export function opened({ policy, station, at, loggedOnAt, job, saidAt, pingedAt = 0, chain = [] }: Opening): Known {
  const jobs = new KnownJobs();
  if (job !== undefined) jobs.start(job.name, saidAt, at + policy.jobMs, at);
  const known: Known = {
    station: station.id,
    openedAt: at,
    activeAt: at,
    heardAt: at,
    loggedOnAt,
    idleAt: NEVER,
    lingerAt: NEVER,
    leaseAt: NEVER,
    maximumAt: at + policy.maximumMs,
    jobAt: jobs.cap(),
    failoverMs: station.hasPanel ? 0 : policy.failoverMs,
    rememberedUntil: station.hasPanel || policy.logonTokenMs === undefined ? 0 : loggedOnAt + policy.logonTokenMs,
    jobs,
    saidAt,
    pingedAt,
    chain,
    signAt: at,
    bound: 0,
  };
  active(known, policy, station, at);
  return known;
}

/** A job has started or ended. Whether that shows that its user is there. */
export function jobSaid(
  known: Known,
  policy: Policy,
  said: { readonly type: string; readonly name: string | undefined; readonly at: number | undefined },
  now: number,
): boolean {
  const { type, name, at } = said;
  // Somebody else's, who was here before.
  if (at !== undefined && known.saidAt !== undefined && at < known.saidAt) return false;
  const shows = type === 'job-ended' ? known.jobs.end(name, at, now) : true;
  if (type === 'job-started') known.jobs.start(name, at, now + policy.jobMs, now);
  known.jobAt = known.jobs.cap();
  return shows;
}

/** Whether what opened then would have come down a rung by now. */
export function isLate(policy: Policy, station: Station, saidAt: number, now: number): boolean {
  const [first] = wayDown(opened({ policy, station, at: saidAt, loggedOnAt: saidAt }));
  return first !== undefined && first.at <= now;
}

export function heard(known: Known, policy: Policy, station: Station, at: number): void {
  known.heardAt = at;
  known.leaseAt = at + policy.leaseMs;
  known.signAt = at;
  known.bound = boundOf(known, policy, station);
}

export function active(known: Known, policy: Policy, station: Station, at: number): void {
  known.activeAt = at;
  const idle = station.reportsActivity ? at + policy.idleMs : NEVER;
  known.idleAt = policy.whenIdle === 'end' ? idle : NEVER;
  known.lingerAt = policy.whenIdle === 'linger' ? idle : NEVER;
  heard(known, policy, station, at);
}

function boundOf(known: Known, policy: Policy, station: Station): number {
  const ends = station.reportsActivity && policy.whenIdle === 'end';
  const silence = ends ? Math.min(policy.idleMs, policy.leaseMs) : policy.leaseMs;
  // A job keeps the cap that it got, under whichever policy that was.
  const longest = known.jobs.running() > 0 ? Math.max(silence, policy.jobMs, known.jobAt - known.heardAt) : silence;
  return Math.min(longest, policy.maximumMs) + MARGIN;
}

/** When it loses its seat. */
export function heldUntil(known: Known): number {
  return Math.min(known.maximumAt, Math.max(Math.min(known.idleAt, known.leaseAt), known.jobAt));
}

function heldReason(known: Known): 'idle' | 'lease' | 'maximum' {
  if (known.maximumAt <= Math.max(Math.min(known.idleAt, known.leaseAt), known.jobAt)) return 'maximum';
  return known.idleAt <= known.leaseAt ? 'idle' : 'lease';
}

export interface Change {
  readonly rung: Exclude<Rung, 'active'>;
  readonly at: number;
  readonly by: string;
}

/** Its way down, if nothing more is heard. */
export function wayDown(known: Known): Change[] {
  const held = heldUntil(known);
  const by = heldReason(known);
  const way: Change[] = [];
  const lingers = Math.max(known.lingerAt, known.jobAt);
  if (lingers < held) way.push({ rung: 'lingering', at: lingers, by: 'idle' });
  let at = held;
  let because: string = by;
  if (by === 'lease' && known.failoverMs > 0) {
    way.push({ rung: 'failover', at, by: because });
    at += known.failoverMs;
    because = 'failover';
  }
  if (known.rememberedUntil > at) {
    way.push({ rung: 'remembered', at, by: because });
    at = known.rememberedUntil;
    because = 'logon-token';
  }
  way.push({ rung: 'ended', at, by: because });
  return way;
}

export const rungOf = (known: Known, now: number): Rung =>
  wayDown(known).findLast(({ at }) => at <= now)?.rung ?? 'active';

export const endOf = (known: Known): Change => wayDown(known).at(-1) as Change;

/** Where the item says otherwise than what was heard. */
export function differences(known: Known, deadlines: Deadlines): string[] {
  const said = {
    idleAt: deadlines.idleAt ?? NEVER,
    lingerAt: deadlines.lingerAt ?? NEVER,
    leaseAt: deadlines.leaseAt,
    maximumAt: deadlines.maximumAt,
    failoverMs: deadlines.failoverMs ?? 0,
    rememberedUntil: deadlines.rememberedUntil ?? 0,
  };
  const wrong = Object.entries(said).filter(([name, at]) => known[name as keyof typeof said] !== at);
  const jobAt = deadlines.jobAt ?? 0;
  // A job's cap that has passed may stay in the item: it puts nothing off.
  if (jobAt !== known.jobAt && Math.max(jobAt, known.jobAt) > known.heardAt) wrong.push(['jobAt', jobAt]);
  return wrong.map(([name, at]) => `${name} is ${at}, not ${known[name as keyof typeof said]}`);
}
