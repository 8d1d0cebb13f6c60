/** `curfew policy timeline`: how a session of a realm comes down the ladder, as a table, in sentences and as JSON. */
import { present } from '../present.ts';
import { type Timeline, type TimelineRung, timelineOf } from '../realms/timeline.ts';
import { CLOCK_MARGIN, type Hearing, idleOf } from '../session/ladder.ts';
import type { Policy } from '../session/policy.ts';
import type { Rung } from '../session/seat.ts';
import { type EpochMs, epochMs, since, toIso8601, toRfc3339 } from '../time.ts';
import { inShort, inWords, rangeInWords } from './lengths.ts';
import { aligned, type Paint, wrapped } from './terminal.ts';

export interface TimelineQuestion {
  readonly policy: Policy;
  /** The user's last activity; without it there are lengths and no instants. */
  readonly from?: EpochMs;
  /** For a station with an idle time of its own. */
  readonly station?: string;
}

/** All that is told, in whichever form. */
export interface PolicyTimeline {
  readonly policy: Policy;
  readonly station: Hearing;
  /** The last activity. `epochMs(0)` where none was named. */
  readonly from: EpochMs;
  readonly hasInstants: boolean;
  readonly timeline: Timeline;
  /** Where the station falls silent with its user. */
  readonly crashed: Timeline;
  /** Where it reports no activity. */
  readonly unreported: Timeline;
}

/** Release stations have a panel, web applications none: which one a realm's stations are, its profile says. */
export function askTimeline({ policy, from, station: id = '' }: TimelineQuestion): PolicyTimeline {
  const station: Hearing = { id, reportsActivity: true, hasPanel: policy.profile === 'release-station' };
  const at = from ?? epochMs(0);
  return {
    policy,
    station,
    from: at,
    hasInstants: from !== undefined,
    timeline: timelineOf(policy, { from: at, station }),
    crashed: timelineOf(policy, { from: at, station, crashes: true }),
    unreported: timelineOf(policy, { from: at, station: { ...station, reportsActivity: false } }),
  };
}

/** What becomes of a session on whose rung its user comes back. */
export const ACTIVITY: { readonly [On in Rung]: string } = {
  active: 'goes on',
  lingering: 'resumes, its state lost',
  failover: 'is made anew, unasked, its state lost',
  remembered: 'logs on anew, unasked, its state lost',
  ended: 'the user must log in',
};

/** As wide as a terminal of 100 columns. */
const WIDTH = 98;

export function timelineReport(told: PolicyTimeline, paint: Paint): string {
  const [head = '', ...rows] = tableOf(told);
  const totals = totalsOf(told).flatMap((total) => wrapped(total, WIDTH));
  const notes = notesOf(told).flatMap((note) =>
    wrapped(note, WIDTH).map((line, n) => `${n === 0 ? '-' : ' '} ${line}`),
  );
  return [`${headingOf(told)}:`, '', paint('dim', head), ...rows, '', ...totals, '', ...notes].join('\n');
}

export function headingOf({ policy, station, from, hasInstants }: PolicyTimeline): string {
  const where = station.id === '' ? '' : ` at ${station.id}`;
  const at = hasInstants ? ` at ${toRfc3339(from)}` : '';
  return `A session of ${policy.realm}${where} after its user's last activity${at}`;
}

/** Its second line, where there are instants, stands below the lengths. */
function tableOf(told: PolicyTimeline): string[] {
  const { timeline, from, hasInstants } = told;
  const length = (at: EpochMs | undefined) => (at === undefined ? '' : inShort(since(from, at)));
  const instant = (at: EpochMs | undefined) => (at === undefined ? '' : toRfc3339(at));
  const rows = timeline.rungs.flatMap((step) => {
    const { rung, deadline = '', holdsSeat } = step;
    const lengths = [step.from, step.until, step.announcedBy].map(length);
    const instants = ['', instant(step.from), instant(step.until), instant(step.slot)];
    const row = [rung, ...lengths, deadline, holdsSeat ? 'held' : 'free', ACTIVITY[rung]];
    return hasInstants ? [row, instants] : [row];
  });
  return aligned([['rung', 'from', 'until', 'announced by', 'deadline', 'seat', 'activity there'], ...rows]);
}

/** How long it takes in all, in sentences. */
export function totalsOf({ policy, timeline, from, hasInstants }: PolicyTimeline): string[] {
  const after = (at: EpochMs) => since(from, at);
  const at = (instant: EpochMs | undefined) =>
    hasInstants && instant !== undefined ? `, at ${toRfc3339(instant)}` : '';
  const { lost, outAt, outAnnouncedBy, rungs } = timeline;
  const isRemembered = rungs.some(({ rung }) => rung === 'remembered');
  const token = policy.logonTokenMs;
  return [
    `The seat is free for anyone after ${inWords(after(lost.freeAt))}${at(lost.freeAt)}.`,
    ...(isRemembered && token !== undefined
      ? [`The user is logged on silently until ${inWords(token)} after logon.`]
      : []),
    `The user is out after ${rangeInWords(after(outAt), after(outAnnouncedBy))}: ` +
      `by arithmetic after ${inWords(after(outAt))}${at(outAt)}, ` +
      `and announced within one sweep${at(rungs.at(-2)?.slot)}.`,
  ];
}

/** What was supposed, and what is otherwise if it is not so. */
export function notesOf(told: PolicyTimeline): string[] {
  const { policy, station, timeline, crashed, unreported, from } = told;
  const after = (at: EpochMs) => since(from, at);
  const { pingMs, jobMs, logonTokenMs, failoverMs, maximumMs, sweepMs } = policy;
  const isHeard = crashed.lost.at !== timeline.lost.at;
  const where = station.hasPanel ? 'a station with a panel' : 'a web application';
  const heard = pingMs === undefined ? 'Its stations do not ping.' : 'It is heard until the user falls idle.';
  const token = timeline.rungs.some(({ rung }) => rung === 'remembered') && logonTokenMs;
  const notes = [
    `Supposed: the session opens, its user logs on and is last active in one instant, at ${where} that reports activity. ${heard}`,
    `Of an older session, maximum (${inShort(maximumMs)}) counts from its opening${token ? `, the logon token (${inShort(token)}) from its logon` : ''}.`,
  ];
  if (station.hasPanel && (failoverMs > 0 || logonTokenMs !== undefined)) {
    notes.push(
      'Where a station has a panel there is neither failover nor remembered: the next to touch it is somebody else.',
    );
  }
  if (isHeard) {
    notes.push(
      'A crashed station: the lease counts from its last sign of life. If that is the last activity, the seat is free after ' +
        `${inShort(after(crashed.lost.freeAt))}, the user out after ${rangeInWords(after(crashed.outAt), after(crashed.outAnnouncedBy))}.`,
    );
  }
  if (isHeard && pingMs !== undefined && timeline.lost.deadline === 'lease') {
    notes.push(
      `Pings come every ${inShort(pingMs)}: the last one may be up to that long before the user falls idle, and what follows the lease comes that much sooner.`,
    );
  }
  notes.push(
    `A station that reports no activity: only its lease counts, from its last sign of life. Its seat is free ${inShort(after(unreported.lost.freeAt))} after that.`,
  );
  if (jobMs > 0) notes.push(`While a job runs idle and lease wait, ${inShort(jobMs)} from its start at most.`);
  notes.push(
    `Announced by: a sweep comes every ${inShort(sweepMs)}, ${inShort(CLOCK_MARGIN)} past the step at the earliest, and the Scheduler fires up to a minute late. No answer waits for it.`,
  );
  return notes;
}

/** For programs: lengths as ISO 8601, instants as RFC 3339. */
export function timelineJson(told: PolicyTimeline): object {
  const { policy, station, timeline, from, hasInstants } = told;
  const length = (at: EpochMs | undefined) => (at === undefined ? undefined : toIso8601(since(from, at)));
  const instant = (at: EpochMs | undefined) => (hasInstants && at !== undefined ? toRfc3339(at) : undefined);
  const rungView = (step: TimelineRung) =>
    present({
      rung: step.rung,
      seat: step.holdsSeat ? 'held' : 'free',
      activity: ACTIVITY[step.rung],
      from: length(step.from),
      until: length(step.until),
      announcedBy: length(step.announcedBy),
      deadline: step.deadline,
      fromAt: instant(step.from),
      untilAt: instant(step.until),
      announcedAt: instant(step.slot),
    });
  return present({
    realm: policy.realm,
    station: station.id === '' ? undefined : station.id,
    idle: toIso8601(idleOf(policy, station)),
    activeAt: instant(from),
    rungs: timeline.rungs.map(rungView),
    seatFreeAfter: length(timeline.lost.freeAt),
    seatFreeAt: instant(timeline.lost.freeAt),
    outAfter: { earliest: length(timeline.outAt), latest: length(timeline.outAnnouncedBy) },
    outAt: instant(timeline.outAt),
    totals: totalsOf(told),
    notes: notesOf(told),
  });
}
