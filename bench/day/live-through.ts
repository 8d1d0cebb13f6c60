/**
 * A day in virtual time through the code that ships: what a login, a sign of life and a sweep decide, when each session is
 * due, in which shard, which slots are armed by whom. Only the table is missing: what is written is counted, by the second
 * and by the shard whose key of the index it falls on.
 */

import { setImmediate as turn } from 'node:timers/promises';
import { TAKES } from '../../lib/cost/assumptions.ts';
import { INDEX_ENTRY_BYTES, STATION_COUNTS, SWEEP_COUNTS, SWEEP_PAGE } from '../../lib/cost/counts.ts';
import { readRealms } from '../../lib/realms/realms-file.ts';
import type { Station } from '../../lib/session/commands.ts';
import { decide } from '../../lib/session/decide.ts';
import { decideSweep, REREADS_MAX } from '../../lib/session/due.ts';
import { deadlinesOf, isCounted, slotAt } from '../../lib/session/ladder.ts';
import { seatNames } from '../../lib/session/place.ts';
import type { Policy } from '../../lib/session/policy.ts';
import { isOpen } from '../../lib/session/seat.ts';
import { wordOf } from '../../lib/session/word.ts';
import { apply } from '../../lib/session/write.ts';
import { after, type EpochMs, earliest, epochMs, latest, since } from '../../lib/time.ts';
import { chance } from '../../test/simulation/chance.ts';
import type { Day } from './outcome.ts';
import { Peak } from './peak.ts';
import { at, DAY_SECONDS, type DayOptions, hourOf, MISHAPS, taken, type Visit, visitsOf, type Where } from './plan.ts';
import { DayScheduler, type Fired } from './scheduler.ts';
import { type Live, shardIndex, shardNumber } from './shard-index.ts';
import { ShardLoad } from './shard-load.ts';

const REALMS = JSON.stringify({
  realms: { printers: { profile: 'release-station' }, portal: { profile: 'enterprise' } },
});

const PING_MS = 120_000;
const ACTIVITY_SECONDS = 300;
const BACKSTOP_SECONDS = 300;
/** Entries of the index in a page of 1 MB. */
const INDEX_PAGE = 1_024 ** 2 / INDEX_ENTRY_BYTES;
/** Lambda keeps containers that have nothing to do for some minutes. */
const KEPT_SECONDS = 600;

/** An entry that is written to a key of the index, or taken out of one. */
const ENTRY_UNITS = 1;

const isDormantNow = ({ seat }: Live): boolean => !isCounted(seat.session.rung);

/** Of so many sweeps of a session that lives, one is decided in full. */
const CHECKED_EVERY = 50;

/** When a session that opened then was last pinged for. */
const pingedBy = (openedAt: EpochMs, second: number): EpochMs =>
  epochMs(openedAt + Math.floor((at(second) - openedAt) / PING_MS) * PING_MS);

export async function liveThrough(options: DayOptions, report: (line: string) => void): Promise<Day> {
  const { realms } = readRealms(REALMS);
  const policyOf = (where: Where): Policy => {
    const policy = realms.get(where);
    if (policy === undefined) throw new Error(`there is no realm of ${where}`);
    return policy;
  };
  const policies = { printers: policyOf('printers'), portal: policyOf('portal') };
  const visits = visitsOf(options);
  const draw = chance(options.seed, 'day');
  let second = 0;
  const clock = () => at(second);

  const most = Math.max(...options.shards);
  const index = shardIndex(most);
  const deployments = options.shards.map((shards) => ({
    shards,
    load: new ShardLoad({ shards }),
    unpaced: new ShardLoad({ shards, paced: false }),
    scheduler: new DayScheduler(shards, clock),
  }));
  const loads = () => [...deployments.map(({ load }) => load), ...deployments.map(({ unpaced }) => unpaced)];
  // Its timers say when sweeps come: those of fewer shards come then too.
  const finest = deployments.find(({ shards }) => shards === most)?.scheduler;
  const requests = new Peak();
  const writes = new Peak();
  const counts = { sessions: 0, liveMost: 0, looks: 0, announced: 0, backstop: { looks: 0, seconds: 0 } };

  const printing: (Live | undefined)[] = [];
  const working = new Set<Live>();
  const leaving: Live[][] = Array.from({ length: DAY_SECONDS }, () => []);
  const returning: Live[][] = Array.from({ length: DAY_SECONDS }, () => []);
  let printers = 0;
  let containers = 2;
  let keptUntil = 0;
  let delivery = 0;
  /** In this second, without what is only counted. */
  let heard = 0;

  for (second = 0; second < DAY_SECONDS; second++) {
    if (second % 7_200 === 0) report(`${hourOf(second)}, ${counts.sessions} sessions so far`);
    mishaps();
    for (const visit of taken(visits, second)) logIn(visit);
    for (const live of taken(leaving, second)) leave(live);
    for (const live of taken(returning, second)) comeBack(live);
    for (const { scheduler } of deployments) if (scheduler !== finest) scheduler.fire(clock());
    sweepAll(finest?.fire(clock()) ?? []);
    for (const load of loads()) load.sweepOn(clock());
    if (second % BACKSTOP_SECONDS === 0) await backstop();
    // Pings, and what a user does at a printer or in a page: their own items, and no index.
    const said = working.size * (1_000 / PING_MS + 1 / ACTIVITY_SECONDS) + printers / 15;
    requests.add(second * 1_000, said);
    writes.add(second * 1_000, said);
    keepContainers(heard + said);
    heard = 0;
  }

  return {
    ...counts,
    requests: requests.highest,
    writes: writes.highest,
    byShards: deployments.map(({ shards, load, unpaced, scheduler }) => ({
      shards,
      indexKey: load.hottest,
      stationsKey: load.hottestByStations,
      throttled: load.throttled,
      throttledUnpaced: unpaced.throttled,
      sweep: load.largest,
      createSchedule: scheduler.calls.highest,
      callsPerSession: scheduler.calls.sum / counts.sessions,
      firings: scheduler.firings.highest,
      waitingMost: scheduler.waitingMost,
    })),
  };

  function station(where: Where): Station {
    const hasPanel = where === 'printers';
    const id = hasPanel ? `printer-${draw.int(1, options.stations)}` : 'portal';
    return { id, realm: where, reportsActivity: true, hasPanel };
  }

  function logIn(visit: Visit): void {
    const { where } = visit;
    const now = clock();
    const policy = policies[where];
    const there = station(where);
    const login = {
      type: 'login',
      word: wordOf({ type: 'login', station: there.id, id: `delivery-${delivery++}` }, now),
      now,
      policy,
      station: there,
      realm: where,
      user: `user-${visit.user}`,
      takeOver: false,
      epoch: now,
    } as const;
    const before = where === 'printers' ? printing[visit.user] : undefined;
    if (before !== undefined) bringUpToDate(before);
    const [seat = '0'] = seatNames(login);
    const key = { realm: where, user: login.user, seat };
    const step = decide(login, key, before?.seat);
    const counted = STATION_COUNTS[where === 'printers' ? 'login at a panel' : 'login'];
    said(counted.writeUnits);
    // Refused, or at the same printer still.
    if ('verdict' in step || step.attempt.change.do !== 'open') return;

    const opened = apply(step.attempt.change, key, before?.seat);
    if (!isOpen(opened)) throw new Error('what has opened is open');
    const live: Live = {
      seat: opened,
      visit,
      shard: shardNumber(opened, most),
      leavesAt: second + Math.ceil(visit.stays),
      silentAt: second + Math.ceil(visit.stays),
      entry: undefined,
    };
    if (before !== undefined) {
      indexed(before, ENTRY_UNITS);
      gone(before);
    }
    counts.sessions++;
    if (where === 'printers') {
      printing[visit.user] = live;
      printers++;
    } else working.add(live);
    counts.liveMost = Math.max(counts.liveMost, working.size + printers);
    indexed(live, STATION_COUNTS.login.indexUnits);
    index.file(live);
    armFromStation(live, step.arm);
    if (live.leavesAt < DAY_SECONDS) leaving[live.leavesAt]?.push(live);
  }

  function leave(live: Live): void {
    if (live.entry === undefined || live.leavesAt !== second) return;
    silenced(live);
    if (live.visit.leavesItOpen || (live.visit.where === 'portal' && isDown())) return;
    said(STATION_COUNTS.logout.writeUnits);
    // History, by the journal.
    writes.add(second * 1_000, 1);
    indexed(live, STATION_COUNTS.logout.indexUnits);
    gone(live);
  }

  /** It is not heard of any more: neither its user nor its station. */
  function silenced(live: Live): void {
    live.leavesAt = Math.min(live.leavesAt, second);
    live.silentAt = Math.min(live.silentAt, second);
    if (live.visit.where === 'printers') printers--;
    else working.delete(live);
  }

  function gone(live: Live): void {
    index.remove(live);
    if (live.visit.where === 'printers' && printing[live.visit.user] === live) printing[live.visit.user] = undefined;
  }

  /** What signs of life have made of its deadlines by now; only the sweep and the next login ask. */
  function bringUpToDate(live: Live): void {
    const { session } = live.seat;
    const policy = policies[live.visit.where];
    const { openedAt, loggedOnAt } = session;
    const until = Math.min(second, live.silentAt);
    const activeAt = latest(openedAt, earliest(at(until), at(live.leavesAt)));
    const heardAt = live.visit.where === 'printers' ? activeAt : latest(pingedBy(openedAt, until), session.heardAt);
    if (activeAt === session.activeAt && heardAt === session.heardAt) return;
    const hearing = { id: session.station, reportsActivity: true, hasPanel: session.onPanel };
    const deadlines = deadlinesOf(policy, hearing, { openedAt, activeAt, heardAt, loggedOnAt });
    live.seat = { ...live.seat, session: { ...session, activeAt, heardAt, deadlines } };
  }

  function sweepAll(fired: readonly Fired[]): void {
    const found = fired.map(({ shard, isDormant }) => ({ shard, isDormant, ...sweep(shard, isDormant) }));
    for (const load of loads()) load.swept(clock(), found);
    for (const { scheduler } of deployments) {
      // Of one sweep there, several here were part.
      const slots = new Map<number, { held: Set<EpochMs>; dormant: Set<EpochMs> }>();
      for (const { shard, held, dormant } of found) {
        const sum = slots.get(shard % scheduler.shards) ?? { held: new Set(), dormant: new Set() };
        for (const slot of held) sum.held.add(slot);
        for (const slot of dormant) sum.dormant.add(slot);
        slots.set(shard % scheduler.shards, sum);
      }
      for (const [shard, { held, dormant }] of slots) {
        for (const slot of held) scheduler.armFromSweep(shard, false, slot);
        for (const slot of dormant) scheduler.armFromSweep(shard, true, slot);
      }
    }
  }

  function sweep(shard: number, isDormant: boolean) {
    const now = clock();
    const held = new Set<EpochMs>();
    const dormant = new Set<EpochMs>();
    const entries = index.due(shard, isDormant, now);
    let written = 0;
    let units = 0;
    let unitsOfDormant = 0;
    for (const { live } of entries) {
      const slot = nearSlot(live);
      counts.looks++;
      if (slot !== undefined && counts.looks % CHECKED_EVERY !== 0) {
        held.add(slot);
        continue;
      }
      bringUpToDate(live);
      const { seat } = live;
      const swept = decideSweep(seat, now, policies[live.visit.where].sweepMs);
      if (slot !== undefined && (swept.is !== 'near' || swept.arm !== slot))
        throw new Error('it was not to be decided');
      if (swept.is === 'settled') throw new Error('what has ended is not in the index');
      if (swept.is !== 'near') written++;
      if (swept.is === 'over') {
        counts.announced++;
        units += SWEEP_COUNTS.ended.indexUnits;
        gone(live);
        continue;
      }
      if (swept.is !== 'near') {
        const lowered = apply(swept.attempt.change, seat.key, seat);
        if (!isOpen(lowered)) throw new Error('it goes on');
        live.seat = lowered;
        index.file(live);
        if (swept.is === 'lower') counts.announced++;
        const moved = SWEEP_COUNTS[swept.is === 'lower' ? 'lowered' : 'moved'].indexUnits;
        // Out of one key and into the other, or all on one.
        const elsewhere = isDormant === isDormantNow(live) ? 0 : ENTRY_UNITS;
        units += moved - elsewhere;
        unitsOfDormant += elsewhere;
      }
      (isCounted(live.seat.session.rung) ? held : dormant).add(swept.arm);
    }
    return { looks: entries.length, written, units, unitsOfDormant, held, dormant };
  }

  /**
   * Millions of times a sweep finds a session that lives, for it was heard of in the last two minutes, and has nothing to do
   * but to come again after its lease. Of fifty of these one is decided by the code that ships, which has to say the same.
   */
  function nearSlot(live: Live): EpochMs | undefined {
    const { visit, leavesAt, silentAt, seat } = live;
    if (visit.where !== 'portal' || second >= Math.min(leavesAt, silentAt)) return undefined;
    const { leaseMs, sweepMs } = policies.portal;
    const heardAt = latest(pingedBy(seat.session.openedAt, second), seat.session.heardAt);
    const slot = slotAt(after(heardAt, leaseMs), sweepMs);
    return slot <= seat.session.due || since(clock(), slot) <= REREADS_MAX * sweepMs ? slot : undefined;
  }

  function mishaps(): void {
    const { powerCut, portalDown } = MISHAPS;
    const scale = options.stations * powerCut.share;
    if (second === powerCut.from) {
      for (const live of [...working, ...printing]) {
        if (live?.entry === undefined || live.silentAt <= second || !draw.is(powerCut.share)) continue;
        const { visit } = live;
        silenced(live);
        // They are back soon after the power is, and log in as if nothing had been.
        visits[powerCut.to + draw.int(30, powerCut.backWithin)]?.push(visit);
      }
    }
    if (second >= powerCut.to && second < powerCut.to + powerCut.bootsWithin) {
      // A station that boots reads its panel and writes it.
      for (let boots = 0; boots < scale / powerCut.bootsWithin; boots++) said(1);
    }
    if (second === portalDown.from) {
      for (const live of working) {
        if (live.leavesAt > portalDown.to) returning[portalDown.to + draw.int(0, portalDown.backWithin)]?.push(live);
        live.silentAt = second;
      }
    }
  }

  function isDown(): boolean {
    const { from, to } = MISHAPS.portalDown;
    return second >= from && second < to;
  }

  /** Looks at all that is due in any shard, one shard after the other, and counts what is open. */
  async function backstop(): Promise<void> {
    let looks = 0;
    for (let shard = 0; shard < most; shard++) {
      for (const isDormant of [false, true]) looks += index.due(shard, isDormant, clock()).length;
    }
    const pages = looks / SWEEP_PAGE.sessions + (working.size + printers) / INDEX_PAGE;
    const seconds = (3 * most * TAKES.request + pages * TAKES.sweepPage) / 1_000;
    if (seconds > counts.backstop.seconds) counts.backstop = { looks, seconds };
    // What the timers have been told is settled by now.
    await turn();
  }

  /** After the application was away: the first thing that its user does goes on where they were. */
  function comeBack(live: Live): void {
    if (live.entry === undefined || !working.has(live)) return;
    bringUpToDate(live);
    const { seat } = live;
    const now = clock();
    const { epoch, key } = seat;
    const policy = policies.portal;
    const portal = station('portal');
    const word = wordOf({ type: 'activity', station: portal.id, id: `delivery-${delivery++}` }, now);
    const step = decide({ type: 'activity', key, epoch, now, policy, station: portal, word }, key, seat);
    said(3);
    if ('verdict' in step) return;
    const back = apply(step.attempt.change, key, seat);
    if (!isOpen(back)) throw new Error('what has come back is open');
    // Where the sweep has not come yet, its entry stays what it was.
    const isRefiled = back.session.due !== seat.session.due || back.session.rung !== seat.session.rung;
    if (isRefiled) indexed(live, ENTRY_UNITS);
    live.seat = back;
    live.silentAt = live.leavesAt;
    if (isRefiled) indexed(live, ENTRY_UNITS);
    index.file(live);
    armFromStation(live, step.arm);
  }

  function armFromStation(live: Live, slot: EpochMs | undefined): void {
    if (slot === undefined) return;
    const container = draw.int(0, containers - 1);
    for (const { scheduler } of deployments) scheduler.armFromStation(container, live.shard, false, slot);
  }

  /** A request, and what it writes to the table. */
  function said(writeUnits: number): void {
    heard++;
    requests.add(second * 1_000);
    writes.add(second * 1_000, writeUnits);
  }

  /** On the key where it is now. */
  function indexed(live: Live, units: number): void {
    for (const load of loads()) load.indexed(clock(), live.shard, isDormantNow(live), units);
  }

  /** Twice as many as are at work on average, and those of the last minutes. */
  function keepContainers(saidNow: number): void {
    const needed = Math.max(2, Math.ceil((2 * saidNow * TAKES.station) / 1_000));
    if (needed >= containers || second > keptUntil) {
      containers = needed;
      keptUntil = second + KEPT_SECONDS;
    }
  }
}
