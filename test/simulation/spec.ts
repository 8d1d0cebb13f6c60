/**
 * The promises' own arithmetic: when a session ends, by the policy's words alone. Written apart from lib/session, so that
 * an error there is not an error here too.
 */
import type { Station } from '../../lib/session/commands.ts';
import type { Policy } from '../../lib/session/policy.ts';
import type { Deadlines, Rung } from '../../lib/session/seat.ts';

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
  jobs: number;
  /** The last sign of life that counted, and the bound that was published with it. */
  signAt: number;
  bound: number;
}

export function opened(policy: Policy, station: Station, at: number, loggedOnAt: number, job: boolean): Known {
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
    jobAt: job ? at + policy.jobMs : 0,
    failoverMs: station.hasPanel ? 0 : policy.failoverMs,
    rememberedUntil: station.hasPanel || policy.logonTokenMs === undefined ? 0 : loggedOnAt + policy.logonTokenMs,
    jobs: job ? 1 : 0,
    signAt: at,
    bound: 0,
  };
  active(known, policy, station, at);
  return known;
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
  const longest = known.jobs > 0 ? Math.max(silence, policy.jobMs) : silence;
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
