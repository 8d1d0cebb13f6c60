/**
 * The ladder: where a session stands at an instant, and which rungs it passes when if nothing happens. Pure arithmetic on
 * the numbers in the item; the policy is needed only to set those numbers.
 *
 * `active` and `lingering` hold the seat. In `failover` and while `remembered` the session is *dormant*: anyone may take
 * its seat, and until somebody does, its own user comes back without being asked who they are.
 */
import { after, DAY, type DurationMs, durationMs, type EpochMs, earliest, latest, NEVER, roundUp } from '../time.ts';
import type { Policy } from './policy.ts';
import type { Deadline, Deadlines, Ending, OpenSession, Rung, Session } from './seat.ts';

/**
 * How far apart two readings of "now" may be: between the instant at which a holder is refused and the instant from
 * which another may take its seat. Covers the clocks of two functions (kept within milliseconds by the platform's time
 * service) and a conditional write in flight. Part of every `bound`; see docs/decisions/0008.
 */
export const CLOCK_MARGIN: DurationMs = durationMs(2_000);

/** What the arithmetic needs to know of the station that holds a session. */
export interface Hearing {
  readonly id: string;
  readonly reportsActivity: boolean;
  /**
   * One person after another stands there: nothing shows that whoever touches it next is the one who left, so a session
   * on a panel has no rung below its seat.
   */
  readonly hasPanel: boolean;
}

export interface SignsOfLife {
  readonly openedAt: EpochMs;
  readonly activeAt: EpochMs;
  readonly heardAt: EpochMs;
  readonly loggedOnAt: EpochMs;
  /** Start of the newest running job; absent where none runs. */
  readonly jobStartedAt?: EpochMs;
}

/** Since the last activity at this station; the realms file may give single stations their own. */
export const idleOf = (policy: Policy, station: Pick<Hearing, 'id'>): DurationMs =>
  policy.idleOfStation.get(station.id) ?? policy.idleMs;

export function deadlinesOf(policy: Policy, station: Hearing, signs: SignsOfLife): Deadlines {
  const idleAt = after(signs.activeAt, idleOf(policy, station));
  const idle = policy.whenIdle === 'linger' ? { lingerAt: idleAt } : { idleAt };
  return {
    ...(station.reportsActivity ? idle : {}),
    leaseAt: after(signs.heardAt, policy.leaseMs),
    maximumAt: after(signs.openedAt, policy.maximumMs),
    ...(signs.jobStartedAt === undefined ? {} : { jobAt: after(signs.jobStartedAt, policy.jobMs) }),
    ...(station.hasPanel || policy.failoverMs === 0 ? {} : { failoverMs: policy.failoverMs }),
    ...rememberedOf(policy, station, signs.loggedOnAt),
  };
}

/** Until when the user who logged on at `loggedOnAt` is logged on anew; nothing where they are not. */
export const rememberedOf = (
  { logonTokenMs }: Policy,
  station: Pick<Hearing, 'hasPanel'>,
  loggedOnAt: EpochMs,
): { rememberedUntil?: EpochMs } =>
  station.hasPanel || logonTokenMs === undefined ? {} : { rememberedUntil: after(loggedOnAt, logonTokenMs) };

/** All fresh: a session that opens at `at`, or whose user authenticates then. */
export const freshSigns = (at: EpochMs): SignsOfLife => ({ openedAt: at, activeAt: at, heardAt: at, loggedOnAt: at });

/** When a session stops holding its seat, and by which deadline. The holder is refused from this instant on. */
export function endOf(deadlines: Deadlines): { at: EpochMs; reason: Extract<Deadline, 'idle' | 'lease' | 'maximum'> } {
  const { idleAt = NEVER, leaseAt, maximumAt, jobAt } = deadlines;
  const silent =
    idleAt <= leaseAt ? ({ at: idleAt, reason: 'idle' } as const) : ({ at: leaseAt, reason: 'lease' } as const);
  const waited = { ...silent, at: jobAt === undefined ? silent.at : latest(silent.at, jobAt) };
  return maximumAt <= waited.at ? { at: maximumAt, reason: 'maximum' } : waited;
}

/** From `at` on the session stands on `rung`, because the deadline `by` has passed. */
export interface Descent {
  readonly rung: Exclude<Rung, 'active'>;
  readonly at: EpochMs;
  readonly by: Deadline;
}

/** The rungs below `active` that a session passes if nothing happens, in their order. The last is `ended`. */
export function descentOf(deadlines: Deadlines): readonly Descent[] {
  const { lingerAt = NEVER, jobAt, failoverMs, rememberedUntil } = deadlines;
  const held = endOf(deadlines);
  const descent: Descent[] = [];
  const lingersAt = jobAt === undefined ? lingerAt : latest(lingerAt, jobAt);
  if (lingersAt < held.at) descent.push({ rung: 'lingering', at: lingersAt, by: 'idle' });

  let last: { at: EpochMs; by: Deadline } = { at: held.at, by: held.reason };
  const descend = (rung: Descent['rung']) => descent.push({ rung, ...last });
  // It follows the lease alone: the maximum is a cap, and where an idle session ends, it ends.
  if (failoverMs !== undefined && held.reason === 'lease') {
    descend('failover');
    last = { at: after(held.at, failoverMs), by: 'failover' };
  }
  if (rememberedUntil !== undefined && rememberedUntil > last.at) {
    descend('remembered');
    last = { at: rememberedUntil, by: 'logon-token' };
  }
  descend('ended');
  return descent;
}

/** Whether a session with these deadlines has lost its seat at `now`. */
export const isOver = (deadlines: Deadlines, now: EpochMs): boolean => endOf(deadlines).at <= now;

/** The instant from which anyone else may take the seat. Never earlier than the policy says; see docs/mechanism.md. */
export const freeAt = (deadlines: Deadlines): EpochMs => after(endOf(deadlines).at, CLOCK_MARGIN);

/** The instant at which a sweep may announce what happens at `at`: when it has happened by everybody's clock. */
export const slotAt = (at: EpochMs, sweepMs: DurationMs): EpochMs => roundUp(after(at, CLOCK_MARGIN), sweepMs);

/** The slot in which a sweep can announce the first change of rung: deadlines round toward late. */
export function slotOf(deadlines: Deadlines, sweepMs: DurationMs): EpochMs {
  const [first] = descentOf(deadlines);
  return slotAt(first?.at ?? NEVER, sweepMs);
}

/** What has not happened yet at `now` of an open session's way down, in its order. Empty when it has ended. */
export const aheadOf = (deadlines: Deadlines, now: EpochMs): readonly Descent[] =>
  descentOf(deadlines).filter(({ at }) => at > now);

export const rungAt = ({ deadlines }: Pick<OpenSession, 'deadlines'>, now: EpochMs): Rung =>
  descentOf(deadlines).findLast(({ at }) => at <= now)?.rung ?? 'active';

/** Whether a session on this rung holds its seat. */
export const isCounted = (rung: Rung): boolean => rung === 'active' || rung === 'lingering';

/** Whether a session on this rung has lost its seat and can still be made anew. */
export const isDormant = (rung: Rung): boolean => rung === 'failover' || rung === 'remembered';

/** How the session ended, if it has at `now`: as recorded, or, where nobody has recorded it yet, by arithmetic. */
export function endingOf(session: Session, now: EpochMs): Ending | undefined {
  if (session.state === 'ended') return session.ended;
  const end = endingByPolicy(session.deadlines);
  return end.at <= now ? end : undefined;
}

/** The end that these deadlines come to. */
export function endingByPolicy(deadlines: Deadlines): Ending {
  const end = descentOf(deadlines).at(-1);
  if (end === undefined) throw new Error('every way down has an end');
  return { at: end.at, reason: end.by, by: 'policy' };
}

/** The longest that a seat can stay taken after its holder's last sign of life, while no job runs and while one does. */
export const bound = (
  policy: Policy,
  station: Pick<Hearing, 'id' | 'reportsActivity'>,
): { withoutJob: DurationMs; withJob: DurationMs } => {
  const endsIdle = station.reportsActivity && policy.whenIdle === 'end';
  const silence = endsIdle ? Math.min(idleOf(policy, station), policy.leaseMs) : policy.leaseMs;
  const upTo = (length: number): DurationMs => durationMs(Math.min(length, policy.maximumMs) + CLOCK_MARGIN);
  return { withoutJob: upTo(silence), withJob: upTo(Math.max(silence, policy.jobMs)) };
};

/** The first instant at which a session opened at `at` would leave its first rung. A login that arrives later opens nothing. */
export function firstDeadline(policy: Policy, station: Hearing, at: EpochMs): EpochMs {
  return earliest(...descentOf(deadlinesOf(policy, station, freshSigns(at))).map((step) => step.at));
}

/** By then every session of these policies has ended, whatever was heard of it. A day at least: a realm may have left the file. */
export const longestOf = (policies: readonly Policy[]): DurationMs =>
  durationMs(
    Math.max(
      DAY,
      ...policies.map(({ maximumMs, failoverMs, logonTokenMs = 0 }) => maximumMs + failoverMs + logonTokenMs),
    ),
  );

/** For how long what has ended is kept, at the most. */
export const keptOf = (policies: readonly Policy[]): DurationMs =>
  durationMs(Math.max(DAY, ...policies.map(({ retentionMs }) => retentionMs)));
