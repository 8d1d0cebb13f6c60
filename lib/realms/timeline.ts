/**
 * The timeline: which rungs a session stands on from when until when after its user's last activity, if nothing happens
 * any more. It is the arithmetic of ladder.ts asked beforehand, of a policy instead of a session.
 */
import { present } from '../present.ts';
import {
  deadlinesOf,
  descentOf,
  endingByPolicy,
  endOf,
  freeAt,
  freshSigns,
  type Hearing,
  idleOf,
  isCounted,
  slotAt,
} from '../session/ladder.ts';
import type { Policy } from '../session/policy.ts';
import type { Deadline, Rung } from '../session/seat.ts';
import { after, type EpochMs } from '../time.ts';

/** What a timeline supposes. The session opens, its user logs on and is last active, all at `from`. */
export interface Supposed {
  readonly from: EpochMs;
  readonly station: Hearing;
  /** The station falls silent with its user, though it could have pinged until they are idle. */
  readonly crashes?: boolean;
}

export interface TimelineRung {
  readonly rung: Rung;
  readonly holdsSeat: boolean;
  readonly from: EpochMs;
  /** What follows is absent on the last rung. The session stands on this one until then, by arithmetic. */
  readonly until?: EpochMs;
  /** The deadline that passes then. */
  readonly deadline?: Deadline;
  /** The slot in which a sweep announces that. */
  readonly slot?: EpochMs;
  /** However `from` lies to the sweeps, the slot is no later than this and the clock margin. */
  readonly announcedBy?: EpochMs;
}

export interface Timeline {
  readonly rungs: readonly TimelineRung[];
  /** When the seat is lost, by which deadline, and from when on anyone may have it. */
  readonly lost: { readonly at: EpochMs; readonly deadline: Deadline; readonly freeAt: EpochMs };
  /** From then on the user must log in again. */
  readonly outAt: EpochMs;
  readonly outAnnouncedBy: EpochMs;
}

export function timelineOf(policy: Policy, { from, station, crashes = false }: Supposed): Timeline {
  const isHeard = policy.pingMs !== undefined && station.reportsActivity && !crashes;
  const heardAt = isHeard ? after(from, idleOf(policy, station)) : from;
  const deadlines = deadlinesOf(policy, station, { ...freshSigns(from), heardAt });
  const descent = descentOf(deadlines);
  const rungs = [{ rung: 'active' as Rung, at: from }, ...descent].map(({ rung, at }, n): TimelineRung => {
    const next = descent[n];
    const end = next && {
      until: next.at,
      deadline: next.by,
      slot: slotAt(next.at, policy.sweepMs),
      announcedBy: after(next.at, policy.sweepMs),
    };
    return { rung, holdsSeat: isCounted(rung), from: at, ...present(end ?? {}) };
  });
  const held = endOf(deadlines);
  const outAt = endingByPolicy(deadlines).at;
  return {
    rungs,
    lost: { at: held.at, deadline: held.reason, freeAt: freeAt(deadlines) },
    outAt,
    outAnnouncedBy: after(outAt, policy.sweepMs),
  };
}
