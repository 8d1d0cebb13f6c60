/**
 * What would have become of past sessions under another policy: the arithmetic of ladder.ts, asked of the signs of life that
 * history keeps. It supposes that everybody would have done what they did at the same instants, and that who finds all seats
 * of theirs taken waits for one and does then what they came for.
 */

import { CLOCK_MARGIN, deadlinesOf, endOf, type Hearing, type SignsOfLife } from '../session/ladder.ts';
import type { Policy } from '../session/policy.ts';
import type { Reason } from '../session/seat.ts';
import { after, before, type DurationMs, durationMs, type EpochMs, latest, MINUTE, since } from '../time.ts';

/** One session that has lost its seat, as history has it. */
export interface Stay extends Omit<SignsOfLife, 'jobStartedAt'> {
  readonly user: string;
  readonly station: Hearing;
  /** When it lost its seat, and why: before it ended, where it could then be made anew. */
  readonly lostAt: EpochMs;
  readonly reason: Reason;
}

export interface Shifts {
  readonly count: number;
  /** Half of them by no more than this; 0 where there are none. */
  readonly halfMs: DurationMs;
  readonly mostMs: DurationMs;
}

export interface Replayed {
  readonly sessions: number;
  /** Sessions that would have lost their seats earlier after their logins. */
  readonly earlier: Shifts;
  readonly later: Shifts;
  /** Logins that would have been let in so much later, for all seats of their user would have been taken still. */
  readonly heldUp: Shifts;
  /**
   * Logins that came as a seat of their user became free elsewhere, so that they had probably been refused before: up to so
   * much earlier they would have been let in.
   */
  readonly spared: Shifts;
  /** Sessions whose ends the policy before does not explain: they count as they were. */
  readonly unexplained: number;
}

interface Policies {
  readonly from: Policy;
  readonly to: Policy;
}

/** What would have become of one of them. */
export interface Fate {
  readonly stay: Stay;
  /** When its login would have been let in: later than it was where all seats of its user would have been taken. */
  readonly openedAt: EpochMs;
  /** When it would have lost its seat. */
  readonly lostAt: EpochMs;
  readonly sparedMs: DurationMs;
  readonly isExplained: boolean;
}

/** @param stays those of one realm that lost their seats in the time that is looked at */
export function replay(stays: readonly Stay[], policies: Policies): Replayed {
  const all = fatesOf(stays, policies);
  const shifts = (by: (fate: Fate) => number) => shiftsOf(all.map(by));
  return {
    sessions: all.length,
    earlier: shifts((fate) => -longerBy(fate)),
    later: shifts(longerBy),
    heldUp: shifts(({ stay, openedAt }) => openedAt - stay.openedAt),
    spared: shifts(({ sparedMs }) => sparedMs),
    unexplained: all.filter(({ isExplained }) => !isExplained).length,
  };
}

/** Had it to wait, all of it was later; what counts is how long it held its seat. */
const longerBy = ({ stay, openedAt, lostAt }: Fate): number => lostAt - openedAt - (stay.lostAt - stay.openedAt);

/** User by user, each user's in the order in which they opened. */
export function fatesOf(stays: readonly Stay[], policies: Policies): Fate[] {
  const leftAt = leftAtPanels(stays);
  return [...groupsOf(stays, ({ user }) => user)].flatMap((its) => {
    const all = inOrder(its).map((stay) => supposed(stay, policies, leftAt.get(stay)));
    seat(all, policies);
    return all.map((one) => ({ ...one, sparedMs: sparedOf(one, all, policies) }));
  });
}

/** One of them, as far as its fate is settled. */
interface Supposed {
  readonly stay: Stay;
  readonly isExplained: boolean;
  /** From then on anyone could have its seat: after a deadline a little later, after what somebody did at once. */
  readonly wasFreeAt: EpochMs;
  openedAt: EpochMs;
  lostAt: EpochMs;
  freeAt: EpochMs;
}

const free = (lostAt: EpochMs): EpochMs => after(lostAt, CLOCK_MARGIN);

const isByDeadline = ({ reason }: Stay): boolean => reason === 'idle' || reason === 'lease' || reason === 'maximum';

/** By itself, as if its user had no other. */
function supposed(stay: Stay, { from, to }: Policies, leftAt: EpochMs | undefined): Supposed {
  const { openedAt, lostAt } = stay;
  const was = endOf(deadlinesOf(from, stay.station, stay)).at;
  const wasFreeAt = isByDeadline(stay) ? free(lostAt) : lostAt;
  const asItWas = { stay, openedAt, lostAt, freeAt: wasFreeAt, wasFreeAt };
  // What goes on past its deadlines runs a job, and what history has of that is how long it put the end off.
  const jobStartedAt = lostAt > was ? before(lostAt, from.jobMs) : undefined;
  if (jobStartedAt !== undefined && !isByDeadline(stay)) return { ...asItWas, isExplained: false };
  const signs: SignsOfLife = jobStartedAt === undefined ? stay : { ...stay, jobStartedAt };
  if (isByDeadline(stay) && endOf(deadlinesOf(from, stay.station, signs)).at !== lostAt) {
    return { ...asItWas, isExplained: false };
  }
  const would = endOf(deadlinesOf(to, stay.station, signs)).at;
  // What somebody did ends it, unless a deadline has come before; who comes to a panel next ends what is there.
  const ended = isByDeadline(stay) ? leftAt : lostAt;
  return ended !== undefined && ended <= would
    ? { ...asItWas, lostAt: ended, freeAt: ended, isExplained: true }
    : { ...asItWas, lostAt: would, freeAt: free(would), isExplained: true };
}

/** Lets a user's sessions take their seats in the order in which they came: those that find none wait. */
function seat(its: readonly Supposed[], policies: Policies): void {
  const { to } = policies;
  const { seats } = to;
  if (seats === 'unlimited') return;
  for (const [n, one] of its.entries()) {
    const holders = its
      .slice(0, n)
      .filter(({ stay, freeAt }) => freeAt > one.openedAt && stay.station.id !== one.stay.station.id)
      .toSorted((a, b) => a.freeAt - b.freeAt);
    const inTheWay = holders[holders.length - seats];
    if (inTheWay === undefined) continue;
    if (to.takeOver === 'replace') {
      const [silent = inTheWay] = holders.toSorted((a, b) => a.stay.heardAt - b.stay.heardAt);
      silent.lostAt = silent.freeAt = one.openedAt;
    } else {
      wait(one, inTheWay.freeAt, policies);
    }
  }
}

/** Its login is let in at `at`, and all the rest of it comes so much later. */
function wait(one: Supposed, at: EpochMs, policies: Policies): void {
  const { stay } = one;
  const by = since(stay.openedAt, at);
  const moved = (instant: EpochMs): EpochMs => after(instant, by);
  const later: Stay = {
    ...stay,
    openedAt: at,
    activeAt: moved(stay.activeAt),
    heardAt: moved(stay.heardAt),
    loggedOnAt: moved(stay.loggedOnAt),
    lostAt: moved(stay.lostAt),
  };
  const { lostAt, freeAt } = supposed(later, policies, undefined);
  Object.assign(one, { openedAt: at, lostAt, freeAt });
}

/** Who waits for a seat tries again at the instant that they were told, or soon after. */
const WAITED = MINUTE;

/** By how much its login, which had probably waited for a seat, would have waited less at most. */
function sparedOf({ stay }: Supposed, its: readonly Supposed[], { from, to }: Policies): DurationMs {
  const none = durationMs(0);
  if (from.seats === 'unlimited' || from.takeOver === 'replace') return none;
  const others = its.filter((other) => other.stay.station.id !== stay.station.id);
  const became = others.find(
    (other) => other.wasFreeAt <= stay.openedAt && stay.openedAt < after(other.wasFreeAt, WAITED),
  );
  if (became === undefined) return none;
  const taken = others.filter(
    (other) => other.stay.openedAt < became.wasFreeAt && other.wasFreeAt >= became.wasFreeAt,
  ).length;
  if (taken < from.seats) return none;
  // With more seats, or where the other is put out, it would not have waited at all.
  const isFree = to.seats === 'unlimited' || to.seats > taken || to.takeOver === 'replace';
  return since(isFree ? became.openedAt : latest(became.freeAt, became.openedAt), became.wasFreeAt);
}

/** Of each session at a panel when the next one there opened: by then its user has left, whoever that was. */
function leftAtPanels(stays: readonly Stay[]): ReadonlyMap<Stay, EpochMs> {
  const atPanels = stays.filter(({ station }) => station.hasPanel);
  return new Map(
    [...groupsOf(atPanels, ({ station }) => station.id)].flatMap((there) => {
      const ordered = inOrder(there);
      return ordered.flatMap((stay, n): [Stay, EpochMs][] => {
        const next = ordered[n + 1];
        return next === undefined ? [] : [[stay, next.openedAt]];
      });
    }),
  );
}

const inOrder = (stays: readonly Stay[]): Stay[] => stays.toSorted((a, b) => a.openedAt - b.openedAt);

/** Those of the lengths that are any. */
function shiftsOf(lengths: readonly number[]): Shifts {
  const some = lengths.filter((length) => length > 0).sort((a, b) => a - b);
  const at = (n: number) => durationMs(some[n] ?? 0);
  return { count: some.length, halfMs: at(Math.ceil(some.length / 2) - 1), mostMs: at(some.length - 1) };
}

function groupsOf<T>(values: readonly T[], keyOf: (value: T) => string): Iterable<T[]> {
  const groups = new Map<string, T[]>();
  for (const value of values) {
    const group = groups.get(keyOf(value)) ?? [];
    group.push(value);
    groups.set(keyOf(value), group);
  }
  return groups.values();
}
