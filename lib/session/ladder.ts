/**
 * The ladder: where a session stands at an instant, and when it ends if nothing happens. Pure arithmetic on the
 * numbers in the item; the policy is needed only to set those numbers.
 */
import { after, type DurationMs, durationMs, type EpochMs, earliest, latest, NEVER, roundUp } from '../time.ts';
import type { Policy } from './policy.ts';
import type { Deadlines, Ending, OpenSession, Reason, Session } from './session.ts';

export type Rung = 'active' | 'lingering' | 'failover' | 'remembered' | 'ended';

/**
 * How far apart two readings of "now" may be: between the instant at which a holder is refused and the instant from
 * which another may take its seat. Covers the clocks of two functions (kept within milliseconds by the platform's time
 * service) and a conditional write in flight. Part of every `bound`; see docs/decisions/0008.
 */
export const CLOCK_MARGIN: DurationMs = durationMs(2_000);

/** What the arithmetic needs to know of the station that holds a session. */
export interface Hearing {
  readonly reportsActivity: boolean;
}

export interface SignsOfLife {
  readonly openedAt: EpochMs;
  readonly activeAt: EpochMs;
  readonly heardAt: EpochMs;
  /** Start of the newest running job; absent where none runs. */
  readonly jobStartedAt?: EpochMs;
}

export function deadlinesOf(policy: Policy, station: Hearing, signs: SignsOfLife): Deadlines {
  return {
    ...(station.reportsActivity ? { idleAt: after(signs.activeAt, policy.idleMs) } : {}),
    leaseAt: after(signs.heardAt, policy.leaseMs),
    maximumAt: after(signs.openedAt, policy.maximumMs),
    ...(signs.jobStartedAt === undefined ? {} : { jobAt: after(signs.jobStartedAt, policy.jobMs) }),
  };
}

/** When a session with these deadlines ends, and by which of them. The holder is refused from this instant on. */
export function endOf(deadlines: Deadlines): { at: EpochMs; reason: Extract<Reason, 'idle' | 'lease' | 'maximum'> } {
  const { idleAt = NEVER, leaseAt, maximumAt, jobAt } = deadlines;
  const silent =
    idleAt <= leaseAt ? ({ at: idleAt, reason: 'idle' } as const) : ({ at: leaseAt, reason: 'lease' } as const);
  const waited = { ...silent, at: jobAt === undefined ? silent.at : latest(silent.at, jobAt) };
  return maximumAt <= waited.at ? { at: maximumAt, reason: 'maximum' } : waited;
}

/** Whether a session with these deadlines has ended at `now`. */
export const isOver = (deadlines: Deadlines, now: EpochMs): boolean => endOf(deadlines).at <= now;

/** The instant from which anyone else may take the seat. Never earlier than the policy says; see docs/mechanism.md. */
export const freeAt = (deadlines: Deadlines): EpochMs => after(endOf(deadlines).at, CLOCK_MARGIN);

/** The slot in which a sweep can announce the end: deadlines round toward late. */
export const slotOf = (deadlines: Deadlines, sweepMs: DurationMs): EpochMs => roundUp(freeAt(deadlines), sweepMs);

export const rungAt = (session: OpenSession, now: EpochMs): Rung =>
  isOver(session.deadlines, now) ? 'ended' : 'active';

/** How the session ended, if it has at `now`: as recorded, or, where nobody has recorded it yet, by arithmetic. */
export function endingOf(session: Session, now: EpochMs): Ending | undefined {
  if (session.state === 'ended') return session.ended;
  const end = endOf(session.deadlines);
  return end.at <= now ? { ...end, by: 'policy' } : undefined;
}

/** The longest that a seat can stay taken after its holder's last sign of life, while no job runs and while one does. */
export const bound = (policy: Policy, station: Hearing): { withoutJob: DurationMs; withJob: DurationMs } => {
  const silence = station.reportsActivity ? Math.min(policy.idleMs, policy.leaseMs) : policy.leaseMs;
  const upTo = (length: number): DurationMs => durationMs(Math.min(length, policy.maximumMs) + CLOCK_MARGIN);
  return { withoutJob: upTo(silence), withJob: upTo(Math.max(silence, policy.jobMs)) };
};

/** The first instant at which a session opened at `at` could end of itself. A login that arrives later opens nothing. */
export function firstDeadline(policy: Policy, station: Hearing, at: EpochMs): EpochMs {
  const {
    idleAt = NEVER,
    leaseAt,
    maximumAt,
  } = deadlinesOf(policy, station, { openedAt: at, activeAt: at, heardAt: at });
  return earliest(idleAt, leaseAt, maximumAt);
}
