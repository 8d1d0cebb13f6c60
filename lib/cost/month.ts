/** A month's quantities, each with what it is paid for: multiplied with the prices they are the bill. */

import {
  ANSWER_BYTES,
  ITEM_BYTES,
  JOURNAL,
  LOG_COMPRESSED,
  MEMORY_GB,
  PLATFORM_LOG,
  SEAT_KEPT_DAYS,
  STREAM_SHARDS_MIN,
  TAKES,
  WEBHOOK,
} from './assumptions.ts';
import {
  ALARMS,
  backstopCount,
  CONSOLE_LOOK,
  type Count,
  INDEX_ENTRY_BYTES,
  JOURNAL_COUNTS,
  metricsOf,
  SILENCE_STATIONS_MAX,
  STATION_COUNTS,
  STATION_LOOKUP,
  SWEEP_COUNTS,
  SWEEP_PAGE,
  SWEEP_SAYS,
  silenceCount,
} from './counts.ts';
import type { Priced } from './prices.ts';
import { liveAtOnce, looksOf, sweepsPerDay, type Workload } from './workload.ts';

/** What money is spent on, by what people would leave out. */
export type Feature =
  | 'logins and logouts'
  | 'pings'
  | 'activity and jobs'
  | 'sweeps'
  | 'journal'
  | 'history'
  | 'bus events'
  | 'backstop'
  | 'metrics'
  | 'alarms'
  | 'dashboard'
  | 'console'
  | 'keys'
  | 'webhook'
  | 'customer key'
  | 'rankings'
  | 'silent stations'
  | 'stored seats and stations';

export interface Usage {
  readonly feature: Feature;
  readonly priced: Priced;
  readonly quantity: number;
}

const DAYS = 30;
const HOURS = 24 * DAYS;
const GB = 1024 ** 3;
const BACKSTOPS = DAYS * 288;

export function monthOf(workload: Workload): readonly Usage[] {
  const usage = [
    ...stationUsage(workload),
    ...sweepUsage(workload),
    ...journalUsage(workload),
    ...storedUsage(workload),
    ...standingUsage(workload),
    ...extraUsage(workload),
  ].filter(({ quantity }) => quantity > 0);
  const logs = usage.filter(({ priced }) => priced === 'logged');
  return [
    ...usage,
    ...logs.map(
      ({ feature, quantity }): Usage => ({ feature, priced: 'logKept', quantity: quantity * LOG_COMPRESSED }),
    ),
  ];
}

/** What stations say in a month, by its name in the table of counts. */
export function saidIn(workload: Workload): readonly (readonly [keyof typeof STATION_COUNTS, number, Feature])[] {
  const { sessionsPerDay, daysPerMonth, panels, refusedShare, leftShare } = workload;
  const sessions = sessionsPerDay * daysPerMonth;
  return [
    [panels ? 'login at a panel' : 'login', sessions, 'logins and logouts'],
    [panels ? 'refused login at a panel' : 'refused login', sessions * refusedShare, 'logins and logouts'],
    ['logout', sessions * (1 - leftShare), 'logins and logouts'],
    ['ping', sessions * workload.pingsPerSession, 'pings'],
    ['activity', sessions * workload.activitiesPerSession, 'activity and jobs'],
    ['job-started', sessions * workload.jobsPerSession, 'activity and jobs'],
    ['job-ended', sessions * workload.jobsPerSession, 'activity and jobs'],
  ];
}

function stationUsage(workload: Workload): Usage[] {
  const said = saidIn(workload);
  const all = said.reduce((sum, [, times]) => sum + times, 0);
  const lookups = all === 0 ? 0 : lookupsIn(workload, all) / all;
  return said.flatMap(([name, times, feature]) => [
    { feature, priced: 'request', quantity: times },
    { feature, priced: 'sent', quantity: (times * ANSWER_BYTES) / GB },
    { feature, priced: 'logged', quantity: (times * (PLATFORM_LOG.accessBytes + PLATFORM_LOG.lineBytes)) / GB },
    ...invoked(feature, times, TAKES.station),
    ...asked(feature, times, STATION_COUNTS[name]),
    ...asked(feature, times * lookups, STATION_LOOKUP),
  ]);
}

/**
 * How often a container meets a station that it has not heard of for five minutes: of those that are about as busy as the
 * average, how many containers a station's requests reach in that time.
 */
function lookupsIn({ stations, daysPerMonth, hoursPerDay }: Workload, requests: number): number {
  if (stations === 0) return 0;
  const spans = daysPerMonth * hoursPerDay * 12;
  const perSpan = requests / spans / stations;
  const containers = Math.max(1, (requests / (spans * 300)) * (TAKES.station / 1_000));
  return stations * spans * containers * (1 - Math.exp(-perSpan / containers));
}

function sweepUsage(workload: Workload): Usage[] {
  const { sessionsPerDay, daysPerMonth, leftShare, rungs, shards, realms, hoursPerDay } = workload;
  const feature = 'sweeps';
  const sessions = sessionsPerDay * daysPerMonth;
  const looks = looksOf(workload);
  const left = sessions * leftShare;
  const found = {
    alive: sessions * looks.alive,
    moved: sessions * looks.moved,
    // Failover, then remembered.
    lowered: rungs ? 2 * left : 0,
    ended: left,
  };
  const seen = found.alive + found.moved + found.lowered + found.ended;
  const sweeps = sweepsPerDay(workload) * daysPerMonth;
  const pages = Math.max(seen / SWEEP_PAGE.sessions, sweeps);
  const pagesThatWrite = Math.min(pages, found.moved + found.lowered + found.ended);
  const busy = (sweeps * TAKES.sweepStart + pages * TAKES.sweepPage + pagesThatWrite * TAKES.sweepWrites) / 1_000;

  // The backstop looks five times less often than slots end, at whatever is due by then, and counts all that is open.
  const counted = liveAtOnce(workload) * daysPerMonth * hoursPerDay * 12;
  const alsoSeen = (sessions * looks.alive * workload.slotMinutes) / 5;
  const backstop = backstopCount(shards, realms);
  const backstopSeconds =
    // Shards of former days are asked all at once.
    (BACKSTOPS * (3 * shards + 1) * TAKES.request + ((alsoSeen + counted / 50) / 100) * TAKES.sweepPage) / 1_000;
  return [
    { feature, priced: 'firing', quantity: sweeps },
    { feature, priced: 'invocation', quantity: sweeps },
    { feature, priced: 'gbSecond', quantity: busy * MEMORY_GB },
    ...Object.entries(found).flatMap(([is, times]) => asked(feature, times, SWEEP_COUNTS[is as keyof typeof found])),
    { feature, priced: 'readUnit', quantity: indexReads(seen) + sweeps * 0.5 },
    ...logged(feature, sweeps, SWEEP_SAYS),
    { feature: 'backstop', priced: 'firing', quantity: BACKSTOPS },
    { feature: 'backstop', priced: 'invocation', quantity: BACKSTOPS },
    { feature: 'backstop', priced: 'gbSecond', quantity: backstopSeconds * MEMORY_GB },
    ...asked('backstop', BACKSTOPS, backstop),
    { feature: 'backstop', priced: 'logged', quantity: invocationLog(BACKSTOPS) },
    { feature: 'backstop', priced: 'readUnit', quantity: indexReads(counted + alsoSeen) + alsoSeen * 0.5 },
  ];
}

/** Half a unit for 4 KB. */
const indexReads = (entries: number): number => (entries * INDEX_ENTRY_BYTES) / 4_096 / 2;

function journalUsage(workload: Workload): Usage[] {
  const { sessionsPerDay, daysPerMonth, hoursPerDay, leftShare, panels, rungs } = workload;
  const sessions = sessionsPerDay * daysPerMonth;
  const lowered = rungs ? 2 * sessions * leftShare : 0;
  const ended = JOURNAL_COUNTS[panels ? 'ended at a panel' : 'ended'];
  const seconds = daysPerMonth * hoursPerDay * 3_600;
  const changes =
    saidIn(workload).reduce((sum, [name, times]) => sum + times * STATION_COUNTS[name].changes, 0) +
    lowered +
    sessions * (leftShare + looksOf(workload).moved);
  const batches = seconds * batchesPerSecond(changes / seconds);
  const entries = 2 * sessions + lowered;
  const { requests, writeUnits, ...said } = ended;
  return [
    { feature: 'journal', priced: 'invocation', quantity: batches },
    {
      feature: 'journal',
      priced: 'gbSecond',
      quantity: ((batches * TAKES.journalBatch + entries * TAKES.journalEntry) / 1_000) * MEMORY_GB,
    },
    { feature: 'journal', priced: 'logged', quantity: invocationLog(batches) },
    ...logged('journal', sessions, JOURNAL_COUNTS.opened, 0),
    ...logged('journal', sessions, said, 0),
    ...logged('journal', lowered / 2, JOURNAL_COUNTS.invalidated, 0),
    ...logged('journal', lowered / 2, JOURNAL_COUNTS.remembered, 0),
    { feature: 'history', priced: 'writeUnit', quantity: sessions * JOURNAL_COUNTS.ended.writeUnits },
    {
      feature: 'logins and logouts',
      priced: 'writeUnit',
      quantity: sessions * (writeUnits - JOURNAL_COUNTS.ended.writeUnits),
    },
    { feature: 'bus events', priced: 'event', quantity: entries },
  ];
}

/** Each lane of the stream waits a second for company, unless a hundred have come before. */
export function batchesPerSecond(changes: number): number {
  const lanes = JOURNAL.lanes * Math.max(STREAM_SHARDS_MIN, changes / 1_000);
  return Math.max(lanes * (1 - Math.exp(-changes / lanes)), changes / JOURNAL.batch);
}

/** How many GB the table keeps, in the long run. */
export function storedGb(workload: Workload): { readonly history: number; readonly rest: number } {
  const { users, stations, sessionsPerDay, daysPerMonth, historyDays, rungs } = workload;
  const sessionsPerCalendarDay = (sessionsPerDay * daysPerMonth) / DAYS;
  // Where a user may have as many as they like, each session has a seat of its own.
  const seats = rungs ? sessionsPerCalendarDay * SEAT_KEPT_DAYS : users;
  return {
    history: (sessionsPerCalendarDay * historyDays * ITEM_BYTES.history) / GB,
    rest: (seats * ITEM_BYTES.seat + stations * ITEM_BYTES.station) / GB,
  };
}

function storedUsage(workload: Workload): Usage[] {
  const { history, rest } = storedGb(workload);
  const kept = (feature: Feature, quantity: number): Usage[] => [
    { feature, priced: 'stored', quantity },
    { feature, priced: 'recoverable', quantity },
  ];
  return [...kept('history', history), ...kept('stored seats and stations', rest)];
}

/** What is paid for whether anybody logs in or not. */
function standingUsage({ realms, rungs, alarms, sessionsPerDay, daysPerMonth, hoursPerDay }: Workload): Usage[] {
  const { always, busy } = metricsOf(realms, rungs);
  const share = sessionsPerDay === 0 ? 0 : (daysPerMonth * hoursPerDay) / HOURS;
  return [
    { feature: 'metrics', priced: 'metric', quantity: always + busy * share },
    { feature: 'dashboard', priced: 'dashboard', quantity: 1 },
    { feature: 'keys', priced: 'secret', quantity: 1 },
    { feature: 'alarms', priced: 'alarmMetric', quantity: alarms ? ALARMS.metrics : 0 },
    { feature: 'alarms', priced: 'compositeAlarm', quantity: alarms ? ALARMS.composite : 0 },
  ];
}

function extraUsage(workload: Workload): Usage[] {
  const { consoleHours, daysPerMonth, customerKey } = workload;
  const looks = consoleHours * 60 * daysPerMonth;
  return [
    ...invoked('console', looks, TAKES.console),
    ...asked('console', looks, CONSOLE_LOOK),
    ...(workload.webhook ? webhookUsage(workload) : []),
    ...(workload.insights ? rankingUsage(workload) : []),
    ...(workload.silent ? silenceUsage(workload) : []),
    { feature: 'customer key', priced: 'key', quantity: customerKey ? 1 : 0 },
    // Data keys are kept for five minutes at most: by table, stream, queues, bus and logs.
    { feature: 'customer key', priced: 'keyUse', quantity: customerKey ? 8 * 12 * HOURS : 0 },
  ];
}

/** Of two rules: one counts every delivery, the other those that were refused. */
function rankingUsage(workload: Workload): Usage[] {
  const { sessionsPerDay, daysPerMonth, refusedShare } = workload;
  const said = saidIn(workload).reduce((sum, [, times]) => sum + times, 0);
  return [
    { feature: 'rankings', priced: 'rule', quantity: 2 },
    { feature: 'rankings', priced: 'ranked', quantity: said + sessionsPerDay * daysPerMonth * refusedShare },
  ];
}

/** Every hour, ten stations at once. */
function silenceUsage({ alarms, ...workload }: Workload): Usage[] {
  const feature = 'silent stations';
  const stations = Math.min(workload.stations, SILENCE_STATIONS_MAX);
  return [
    { feature, priced: 'firing', quantity: HOURS },
    ...invoked(feature, HOURS, TAKES.sweepStart + (stations / 10) * TAKES.request),
    ...asked(feature, HOURS, silenceCount(stations)),
    { feature, priced: 'readUnit', quantity: HOURS * indexReads(stations) },
    { feature, priced: 'metric', quantity: 1 },
    { feature, priced: 'alarmMetric', quantity: alarms ? ALARMS.metricsOfSilence : 0 },
  ];
}

/** From the bus to a queue, and from there to a function, which tells the receiver: several at once where many wait. */
function webhookUsage(workload: Workload): Usage[] {
  const { sessionsPerDay, daysPerMonth, hoursPerDay, leftShare, rungs, alarms } = workload;
  const events = sessionsPerDay * daysPerMonth * (2 + (rungs ? 2 * leftShare : 0));
  const perSecond = events / (daysPerMonth * hoursPerDay * 3_600);
  const batches = events / Math.min(WEBHOOK.batch, Math.max(1, (perSecond * TAKES.webhook) / 1_000));
  return [
    // Sent by the bus; received and deleted by Lambda, which asks whether there is something all month.
    { feature: 'webhook', priced: 'queueRequest', quantity: events + 2 * batches + WEBHOOK.pollsPerHour * HOURS },
    ...invoked('webhook', batches, TAKES.webhook),
    { feature: 'webhook', priced: 'alarmMetric', quantity: alarms ? ALARMS.metricsOfWebhook : 0 },
    ...logged('webhook', events, JOURNAL_COUNTS.opened, 0),
  ];
}

function asked(feature: Feature, times: number, { writeUnits, readUnits, logLines, logBytes }: Count): Usage[] {
  return [
    { feature, priced: 'writeUnit', quantity: times * writeUnits },
    { feature, priced: 'readUnit', quantity: times * readUnits },
    ...logged(feature, times, { logLines, logBytes }, 0),
  ];
}

/** @param invocations of these, how many the platform writes its own lines for */
function logged(
  feature: Feature,
  times: number,
  { logLines, logBytes }: Pick<Count, 'logLines' | 'logBytes'>,
  invocations = times,
): Usage[] {
  const gb = (times * (logBytes + logLines * PLATFORM_LOG.lineBytes)) / GB + invocationLog(invocations);
  return [{ feature, priced: 'logged', quantity: gb }];
}

const invocationLog = (invocations: number): number =>
  (invocations * (PLATFORM_LOG.invocationBytes + PLATFORM_LOG.invocationLines * PLATFORM_LOG.lineBytes)) / GB;

const invoked = (feature: Feature, times: number, ms: number): Usage[] => [
  { feature, priced: 'invocation', quantity: times },
  { feature, priced: 'gbSecond', quantity: ((times * ms) / 1_000) * MEMORY_GB },
  { feature, priced: 'logged', quantity: invocationLog(times) },
];
