/** What is asked of a deployment: how many, how often, how long. */

import { REREADS_MAX } from '../session/due.ts';
import { SHARDS_DEFAULT } from '../table.ts';

export interface Workload {
  readonly stations: number;
  readonly users: number;
  /** Of all users together, on a working day. */
  readonly sessionsPerDay: number;
  /** From login to the last that is heard of it. */
  readonly minutesPerSession: number;
  readonly pingsPerSession: number;
  readonly activitiesPerSession: number;
  readonly jobsPerSession: number;
  /** Of a session's logins: how many more are refused. */
  readonly refusedShare: number;
  /** How many sessions nobody logs out: sweeps announce their ends. */
  readonly leftShare: number;
  /** Stations have panels, as printers do; otherwise they are web applications. */
  readonly panels: boolean;
  /** What has lost its seat is made anew, and remembered, before it ends. */
  readonly rungs: boolean;
  /** Until a session that says nothing loses its seat. */
  readonly leaseMinutes: number;
  /** One slot. */
  readonly slotMinutes: number;
  readonly shards: number;
  readonly realms: number;
  readonly historyDays: number;
  readonly daysPerMonth: number;
  readonly hoursPerDay: number;
  /** How much of a day falls into its busiest hour. */
  readonly busiestHourShare: number;
  /** Hours a day that somebody has the dashboard open, which draws the console anew every minute. */
  readonly consoleHours: number;
  readonly alarms: boolean;
  /** A webhook takes what becomes of sessions to somebody else. */
  readonly webhook: boolean;
  readonly customerKey: boolean;
  /** The dashboard ranks stations. */
  readonly insights: boolean;
  /** It is counted which stations have fallen silent. */
  readonly silent: boolean;
  /** Whether what the account has for nothing is all Curfew's. */
  readonly freeTier: boolean;
}

const CAMPUS: Workload = {
  stations: 500,
  users: 50_000,
  sessionsPerDay: 25_000,
  minutesPerSession: 2,
  pingsPerSession: 0,
  activitiesPerSession: 1,
  jobsPerSession: 1,
  refusedShare: 0.02,
  leftShare: 0.2,
  panels: true,
  rungs: false,
  leaseMinutes: 5,
  slotMinutes: 1,
  shards: SHARDS_DEFAULT,
  realms: 1,
  historyDays: 90,
  daysPerMonth: 22,
  hoursPerDay: 10,
  busiestHourShare: 0.2,
  consoleHours: 0,
  alarms: true,
  webhook: false,
  customerKey: false,
  insights: false,
  silent: false,
  freeTier: false,
};

export const EXAMPLES = {
  /** 500 printers that speak when somebody is there, 50,000 users of whom half print once a day. */
  campus: CAMPUS,
  /** 10,000 users of one web application, two sessions of four hours a day, a ping every 2 minutes. */
  portal: {
    ...CAMPUS,
    stations: 1,
    users: 10_000,
    sessionsPerDay: 20_000,
    minutesPerSession: 240,
    pingsPerSession: 120,
    activitiesPerSession: 24,
    jobsPerSession: 0,
    refusedShare: 0,
    leftShare: 0.7,
    panels: false,
    rungs: true,
    leaseMinutes: 10,
  },
  /** A million printers, each used twenty times a day. */
  million: {
    ...CAMPUS,
    stations: 1_000_000,
    users: 10_000_000,
    sessionsPerDay: 20_000_000,
    shards: 16,
    hoursPerDay: 12,
    realms: 10,
  },
} as const satisfies Record<string, Workload>;

export type Example = keyof typeof EXAMPLES;

/** Nobody, all month. */
export const idle = (workload: Workload): Workload => ({
  ...workload,
  stations: 0,
  users: 0,
  sessionsPerDay: 0,
  consoleHours: 0,
});

/** How many sessions hold a seat at once, in the middle of a day. */
export const liveAtOnce = ({ sessionsPerDay, minutesPerSession, leftShare, leaseMinutes, hoursPerDay }: Workload) =>
  (sessionsPerDay * (minutesPerSession + leftShare * leaseMinutes)) / (hoursPerDay * 60);

/**
 * How often sweeps find a session that lives. From its first deadline on they come by in each slot, until one of them finds
 * that it has more than twenty slots left, for it was heard of just before: then its entry of the index moves, and there is
 * peace until that slot (`REREADS_MAX`, lib/session/due.ts). Timers fire half a slot late, on average.
 */
export function looksOf(workload: Workload): { readonly alive: number; readonly moved: number } {
  const { minutesPerSession, pingsPerSession, activitiesPerSession, leftShare, leaseMinutes, slotMinutes } = workload;
  const found = Math.max(0, minutesPerSession - leaseMinutes) + leftShare * Math.min(leaseMinutes, minutesPerSession);
  const heardEvery = minutesPerSession / (1 + pingsPerSession + activitiesPerSession);
  const youngest = leaseMinutes + slotMinutes / 2 - REREADS_MAX * slotMinutes;
  const isMoved = Math.min(1, Math.max(0, youngest / heardEvery));
  if (isMoved === 0) return { alive: found / slotMinutes, moved: 0 };
  const looks = 1 / isMoved;
  const moved = found / ((looks - 1) * slotMinutes + leaseMinutes);
  return { alive: moved * (looks - 1), moved };
}

/** The slots of a day that a timer fires in: of each shard, and of its dormant one too where there are rungs. */
export const sweepsPerDay = (workload: Workload): number => {
  const { sessionsPerDay, hoursPerDay, slotMinutes, shards, rungs } = workload;
  const slots = (hoursPerDay * 60) / slotMinutes;
  return Math.min(sessionsPerDay * (rungs ? 2 : 1), slots * shards * (rungs ? 2 : 1));
};
