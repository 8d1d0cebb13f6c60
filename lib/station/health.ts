/** How a station does, judged by what is known of it anyway: no sign of life is written for this. */
import { present } from '../present.ts';
import type { LiveSeat } from '../service/live.ts';
import type { Policy } from '../session/policy.ts';
import type { Past, Reason } from '../session/seat.ts';
import { DAY, type EpochMs, epochMs, latest, since } from '../time.ts';
import type { Refusal } from './refusals.ts';
import type { StationRecord } from './stations.ts';

/** What is known of a station: its own of a day, its sessions of a week at the most. */
export interface Known {
  readonly station: StationRecord;
  /** Of its realm; absent where the realms file has that no more. */
  readonly policy?: Policy;
  /** Sessions that go on there, as far as they were looked at. */
  readonly there: readonly LiveSeat[];
  /** The last that ended there, the last first. */
  readonly ended: readonly Past[];
  /** What it was told, the newest first. */
  readonly told: readonly Refusal[];
  /** What was refused elsewhere, for a session of its own held the seat. */
  readonly caused: readonly Refusal[];
}

/** Red: nobody is served there, or others suffer from it. Amber: somebody should look. */
export type State = 'green' | 'amber' | 'red';

/** Why it is not green; a sentence is made of it where it is shown. */
export type Finding =
  | { readonly is: 'no-realm' }
  | { readonly is: 'no-key' }
  /** Callers in its name prove nothing, and nothing else has been heard since. */
  | { readonly is: 'unproven'; readonly last: Refusal }
  /** Its last session was not ended by anybody there, nothing has been heard since, and users were refused elsewhere. */
  | { readonly is: 'fell-silent'; readonly last: Past; readonly caused: number }
  /** It pings, and has not for so long that several were lost, while somebody is there. */
  | { readonly is: 'no-pings'; readonly session: LiveSeat }
  /** Somebody is there who was refused elsewhere since it was last heard of. */
  | { readonly is: 'holds-up'; readonly session: LiveSeat; readonly caused: number }
  /** Its users log out, but the last was not logged out, and nothing has been heard since. */
  | { readonly is: 'left-open'; readonly last: Past }
  | { readonly is: 'no-logouts'; readonly sessions: number }
  | { readonly is: 'silent'; readonly since: EpochMs }
  | { readonly is: 'at-fault'; readonly last: Refusal }
  | { readonly is: 'never-heard' };

export interface Health {
  readonly state: State;
  /** Absent where it is green. */
  readonly finding?: Finding;
  /** Its last sign of life that is written down anywhere. */
  readonly heardAt?: EpochMs;
  /** Of the last day. */
  readonly sessions: number;
  readonly endedBy: Readonly<Partial<Record<Reason, number>>>;
}

const RED: ReadonlySet<Finding['is']> = new Set(['no-realm', 'no-key', 'unproven', 'fell-silent', 'no-pings']);

/** Of a station that pings, so many may be lost before it counts as silent. */
const PINGS_LOST = 3;

/** So few sessions say nothing of how they usually end there. */
const FEW = 3;

/** Ends that nobody at the station has brought about. */
const UNATTENDED: ReadonlySet<Reason> = new Set<Reason>(['idle', 'lease', 'maximum', 'logon-token', 'superseded']);

/** What a station is told through no fault of its own: its user's seat is taken, or Curfew was not there. */
const NOT_ITS_FAULT: ReadonlySet<string> = new Set([
  'seat-taken',
  'unavailable',
  'unexpected',
  'session-invalidated',
  'logon-expired',
]);

export function healthOf(known: Known, now: EpochMs): Health {
  const lately = known.ended.filter(({ ended }) => since(ended.at, now) <= DAY);
  const endedBy: Partial<Record<Reason, number>> = {};
  for (const { ended } of lately) endedBy[ended.reason] = (endedBy[ended.reason] ?? 0) + 1;
  const heardAt = lastHeard(known);
  const finding = findingOf(known, { lately, heardAt }, now);
  return {
    state: finding === undefined ? 'green' : RED.has(finding.is) ? 'red' : 'amber',
    ...present({ finding, heardAt }),
    sessions: lately.length,
    endedBy,
  };
}

interface Derived {
  readonly lately: readonly Past[];
  readonly heardAt: EpochMs | undefined;
}

const NEVER_HEARD = epochMs(0);

/** The worst that is found. */
function findingOf(known: Known, { lately, heardAt }: Derived, now: EpochMs): Finding | undefined {
  const { station, policy, told } = known;
  const unproven = told.find(({ isProven, problem }) => !isProven && problem === 'not-authenticated');
  if (policy === undefined) return { is: 'no-realm' };
  if (station.keyIssuedAt === undefined && station.kind !== 'gateway' && heardAt === undefined) return { is: 'no-key' };
  if (unproven !== undefined && unproven.at > (heardAt ?? NEVER_HEARD)) return { is: 'unproven', last: unproven };
  // Where no panel is, many are there at once: one of them who falls silent says nothing of the station.
  const atPanel = station.hasPanel ? panelFinding(known, { lately, heardAt }, now) : undefined;
  if (atPanel !== undefined) return atPanel;
  const fault = told.find(({ isProven, problem }) => isProven && !NOT_ITS_FAULT.has(problem));
  if (fault !== undefined) return { is: 'at-fault', last: fault };
  return heardAt === undefined && station.hasPanel ? { is: 'never-heard' } : undefined;
}

function panelFinding(
  { station, policy, there, ended, caused }: Known,
  { lately, heardAt = NEVER_HEARD }: Derived,
  now: EpochMs,
): Finding | undefined {
  const [session] = there;
  const [last, ...before] = ended;
  const causedSince = (at: EpochMs) => caused.filter((one) => one.at >= at).length;
  const pings = policy?.pingMs;
  if (session !== undefined) {
    const isToPing = station.kind === 'pinging' && pings !== undefined;
    if (isToPing && since(session.session.heardAt, now) > pings * PINGS_LOST) {
      return { is: 'no-pings', session };
    }
    const count = causedSince(session.session.heardAt);
    return count > 0 ? { is: 'holds-up', session, caused: count } : undefined;
  }
  if (last !== undefined && UNATTENDED.has(last.ended.reason) && last.ended.at >= heardAt) {
    const count = causedSince(last.session.openedAt);
    if (count > 0) return { is: 'fell-silent', last, caused: count };
    const leftOpen = before.filter(({ ended }) => UNATTENDED.has(ended.reason)).length;
    if (leftOpen * 4 <= before.length) return { is: 'left-open', last };
  }
  if (lately.length >= FEW && lately.every(({ ended }) => UNATTENDED.has(ended.reason))) {
    return { is: 'no-logouts', sessions: lately.length };
  }
  return heardAt !== NEVER_HEARD && since(heardAt, now) > DAY ? { is: 'silent', since: heardAt } : undefined;
}

/** A session's last sign of life, a farewell that the station itself said, or what it was told when it proved who it is. */
function lastHeard({ station: { id }, there, ended, told }: Known): EpochMs | undefined {
  const instants = [
    ...there.map(({ session }) => session.heardAt),
    ...ended.map(({ session }) => session.heardAt),
    ...ended
      .filter(({ ended }) => ended.by === `station:${id}` && FAREWELLS.has(ended.reason))
      .map(({ ended }) => ended.at),
    ...told.filter(({ isProven }) => isProven).map(({ at }) => at),
  ];
  return instants.length === 0 ? undefined : latest(...instants);
}

const FAREWELLS: ReadonlySet<Reason> = new Set<Reason>(['logout', 'boot', 'next-user']);
