/** What the busiest second needs of each quota: the one that is met first says what to raise. */
import { SWEEP_LEAST, SWEEP_MOST } from '../session/pace.ts';
import { BURST, REBOOT_SECONDS, TAKES } from './assumptions.ts';
import { STATION_COUNTS, SWEEP_COUNTS, SWEEP_PAGE } from './counts.ts';
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
  const { shards, rungs, leftShare, slotMinutes } = workload;
  const said = saidInBusiestSecond(workload);
  const sum = (of: (each: (typeof said)[number]) => number) => said.reduce((total, each) => total + of(each), 0);
  const requests = sum(({ rate }) => rate);
  const sessions = inBusiestSecond(workload, workload.sessionsPerDay);
  const announced = sessions * leftShare * (rungs ? 3 : 1);
  const busyStations = (requests * TAKES.station) / 1_000;
  const changes = sum(({ rate, counts }) => rate * counts.changes) + announced;
  const { stations, sweep, seconds } = indexKeyOf(workload);
  return {
    stationRate: Math.max(...said.map(({ rate }) => rate)),
    api: requests,
    reserved: busyStations,
    concurrency: busyStations + (batchesPerSecond(changes) * TAKES.journalBatch) / 1_000 + 2 * shards,
    indexKey: stations + sweep,
    table: sum(({ rate, counts }) => rate * counts.writeUnits) + 2 * sessions,
    newTable: sum(({ rate, counts }) => rate * counts.writeUnits) + 2 * sessions,
    // When a slot begins, each container arms it once for each shard.
    createSchedule: Math.min(sessions, Math.max(1, busyStations) * shards),
    firings: shards * (rungs ? 2 : 1),
    schedules: shards * (rungs ? 2 : 1) * (workload.leaseMinutes / slotMinutes + 60),
    // Each session opens and ends, whoever records the end; those that nobody logs out may come down twice before.
    putEvents: sessions * (2 + (rungs ? 2 * leftShare : 0)),
    sweep: seconds,
  } satisfies Partial<Record<QuotaName, number>>;
}

const inBusiestSecond = ({ busiestHourShare }: Workload, perDay: number): number =>
  (perDay * busiestHourShare * BURST) / 3_600;

const saidInBusiestSecond = (workload: Workload) =>
  saidIn(workload).map(([name, times]) => ({
    counts: STATION_COUNTS[name],
    rate: inBusiestSecond(workload, times / workload.daysPerMonth),
  }));

/** What one shard's key of the index has to take in the busiest second, and how long the sweep of the busiest slot is. */
export interface IndexKey {
  /** Units a second that stations write: logins and logouts. */
  readonly stations: number;
  /** Units a second of a sweep that comes then. */
  readonly sweep: number;
  readonly seconds: number;
}

export function indexKeyOf(workload: Workload): IndexKey {
  const { shards, rungs, leftShare, slotMinutes, sessionsPerDay } = workload;
  const said = saidInBusiestSecond(workload);
  const stations = said.reduce((sum, { rate, counts }) => sum + rate * counts.indexUnits, 0) / shards;
  // What came in a slot, on average of that hour, is found in one sweep of each shard.
  const inSlot = ((inBusiestSecond(workload, sessionsPerDay) / BURST) * slotMinutes * 60) / shards;
  const { alive, moved } = looksOf(workload);
  const { ended, lowered, moved: move } = SWEEP_COUNTS;
  // Sessions that hold their seats and those that do not have keys of their own; taken as one, it is rather too much.
  const left = inSlot * leftShare;
  const units = left * (ended.indexUnits + (rungs ? 2 * lowered.indexUnits : 0)) + inSlot * moved * move.indexUnits;
  const looks = (alive > 0 ? liveAtOnce(workload) / shards : 0) + left * (rungs ? 3 : 1);
  const seconds = sweepSeconds({ looks, units, beside: stations });
  return { stations, sweep: units / Math.max(1, seconds), seconds };
}

/**
 * How long one sweep takes that reads so many sessions and writes so many units of one key of the index: it takes half of
 * the key, or what is left where that is less.
 *
 * @param beside units a second that others write there meanwhile
 */
export const sweepSeconds = ({ looks, units, beside }: { looks: number; units: number; beside: number }): number =>
  (TAKES.sweepStart + (looks / SWEEP_PAGE.sessions) * TAKES.sweepPage) / 1_000 +
  units / Math.max(SWEEP_LEAST, Math.min(SWEEP_MOST, QUOTAS.indexKey.limit - beside));

/** All stations say `boot` within a minute; whoever was logged in comes back to another. */
function rebootNeeds({ stations }: Workload) {
  const rate = stations / REBOOT_SECONDS;
  return {
    stationRate: rate,
    api: rate,
    reserved: (rate * TAKES.station) / 1_000,
  } satisfies Partial<Record<QuotaName, number>>;
}
