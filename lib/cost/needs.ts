/** What the busiest second needs of each quota: the one that is met first says what to raise. */
import { BURST, REBOOT_SECONDS, TAKES } from './assumptions.ts';
import { STATION_COUNTS, SWEEP_PAGE } from './counts.ts';
import { batchesPerSecond, saidIn } from './month.ts';
import { QUOTAS, type QuotaName } from './quotas.ts';
import { liveAtOnce, looksOf, type Workload } from './workload.ts';

export interface Need {
  readonly quota: QuotaName;
  readonly need: number;
  /** Of the quota; above 1 it is not enough. */
  readonly share: number;
  /** Only when all stations are switched on again at once. */
  readonly atReboot: boolean;
}

/** The scarcest first. */
export function needsOf(workload: Workload): readonly Need[] {
  const usual = usualNeeds(workload);
  const reboot = rebootNeeds(workload);
  const needs = (Object.keys(usual) as (keyof typeof usual)[]).map((quota) => needOf(quota, usual[quota], false));
  const rebooting = (Object.keys(reboot) as (keyof typeof reboot)[]).map((quota) => needOf(quota, reboot[quota], true));
  return [...needs, ...rebooting].sort((a, b) => b.share - a.share);
}

const needOf = (quota: QuotaName, need: number, atReboot: boolean): Need => ({
  quota,
  need,
  share: need / QUOTAS[quota].limit,
  atReboot,
});

function usualNeeds(workload: Workload) {
  const { shards, daysPerMonth, busiestHourShare, rungs, leftShare, slotMinutes } = workload;
  const perSecond = (times: number) => ((times / daysPerMonth) * busiestHourShare * BURST) / 3_600;
  const said = saidIn(workload).map(([name, times]) => ({ counts: STATION_COUNTS[name], rate: perSecond(times) }));
  const sum = (of: (each: (typeof said)[number]) => number) => said.reduce((total, each) => total + of(each), 0);
  const requests = sum(({ rate }) => rate);
  const sessions = perSecond(workload.sessionsPerDay * daysPerMonth);
  const announced = sessions * leftShare * (rungs ? 3 : 1);
  const busyStations = (requests * TAKES.station) / 1_000;
  const changes = sum(({ rate, counts }) => rate * counts.changes) + announced;
  // What came in a slot is announced in one sweep of each shard.
  const dueInSlot = (announced / BURST) * slotMinutes * 60;
  const foundAlive = looksOf(workload).alive > 0 ? liveAtOnce(workload) : 0;
  return {
    stationRate: Math.max(...said.map(({ rate }) => rate)),
    api: requests,
    reserved: busyStations,
    concurrency: busyStations + (batchesPerSecond(changes) * TAKES.journalBatch) / 1_000 + 2 * shards,
    indexKey: sum(({ rate, counts }) => rate * counts.indexUnits) / shards,
    table: sum(({ rate, counts }) => rate * counts.writeUnits) + 2 * sessions,
    newTable: sum(({ rate, counts }) => rate * counts.writeUnits) + 2 * sessions,
    // When a slot begins, each container arms it once for each shard.
    createSchedule: Math.min(sessions, Math.max(1, busyStations) * shards),
    firings: shards * (rungs ? 2 : 1),
    schedules: shards * (rungs ? 2 : 1) * (workload.leaseMinutes / slotMinutes + 60),
    putEvents: 2 * sessions + announced,
    sweep: sweepSeconds({ alive: foundAlive / shards, due: dueInSlot / shards }),
  } satisfies Partial<Record<QuotaName, number>>;
}

/** How long one sweep takes; what it writes is bound by the shard's own key of the index. */
export const sweepSeconds = ({ alive, due }: { readonly alive: number; readonly due: number }): number =>
  (TAKES.sweepStart + ((alive + due) / SWEEP_PAGE.sessions) * TAKES.sweepPage) / 1_000 +
  (2 * due) / QUOTAS.indexKey.limit;

/** All stations say `boot` within a minute; whoever was logged in comes back to another. */
function rebootNeeds({ stations }: Workload) {
  const rate = stations / REBOOT_SECONDS;
  return {
    stationRate: rate,
    api: rate,
    reserved: (rate * TAKES.station) / 1_000,
  } satisfies Partial<Record<QuotaName, number>>;
}
