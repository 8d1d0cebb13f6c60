/**
 * The sweep: announces every deadline that has passed in one shard, by recording the end in the seat's item; the journal
 * does the rest. It decides nothing: a session that nobody sweeps has ended all the same.
 *
 * It takes everything due at or before now, so a missed slot is caught by the next; it goes on past an item that fails;
 * it hands over to a timer before its own time is out.
 */
import { type Clock, type DurationMs, durationMs, type EpochMs, latest, MINUTE, since } from '../time.ts';
import { decideSweep } from './decide.ts';
import type { Realms } from './keeper.ts';
import { slotOf } from './ladder.ts';
import { type Meter, type Seats, type Timers, Unavailable } from './ports.ts';
import { isOpen, type Seat } from './session.ts';
import { armOrCount, firingAt, shardNames, type Timer } from './timers.ts';

export interface SweepPorts {
  readonly seats: Seats;
  readonly timers: Timers;
  readonly meter: Meter;
  readonly clock: Clock;
}

export interface SweepOptions {
  readonly realms: Realms;
  /** Says whether there is time for another page. */
  readonly hasTime: () => boolean;
}

export interface SweepResult {
  readonly ended: number;
  readonly alive: number;
  readonly failed: number;
  /** How long the slot of the longest unannounced end had been waiting. */
  readonly worstOverdueMs: number;
  readonly handedOver: boolean;
}

/** As many as one batch read takes (DynamoDB's BatchGetItem). */
const PAGE = 100;

/** Sweeps the shard of a timer that fired. */
export async function sweep(ports: SweepPorts, options: SweepOptions, timer: Timer): Promise<SweepResult> {
  const { seats, meter, clock } = ports;
  // Timers may fire early, and clocks differ: whatever belongs to the timer's own slot is looked at too.
  const through = latest(clock(), timer.at);
  const slots = new Set<EpochMs>();
  const totals = { ended: 0, alive: 0, failed: 0, worstOverdueMs: 0 };
  let cursor = timer.cursor;
  let handedOver = false;

  do {
    if (!options.hasTime()) {
      await armOrCount(ports, {
        shard: timer.shard,
        at: firingAt(clock(), clock()),
        ...(cursor === undefined ? {} : { cursor }),
      });
      handedOver = true;
      break;
    }
    const page = await seats.due(timer.shard, { through, limit: PAGE, ...(cursor === undefined ? {} : { cursor }) });
    const found = await seats.readMany(page.items.map(({ key }) => key));
    totals.worstOverdueMs = found.reduce(
      (worst, seat) => Math.max(worst, overdue(seat, options.realms, clock())),
      totals.worstOverdueMs,
    );
    for (const swept of await Promise.allSettled(found.map((seat) => settle(seats, options.realms, seat, clock())))) {
      if (swept.status === 'rejected') totals.failed++;
      else if (swept.value === 'ended') totals.ended++;
      else if (swept.value !== 'settled') {
        totals.alive++;
        slots.add(swept.value);
      }
    }
    cursor = page.cursor;
  } while (cursor !== undefined);

  if (totals.failed > 0) slots.add(clock());
  for (const due of slots) await armOrCount(ports, { shard: timer.shard, at: firingAt(due, clock()) });
  meter.add('SweptSessions', totals.ended + totals.alive);
  if (totals.failed > 0) meter.add('SweepFailed', totals.failed);
  return { ...totals, handedOver };
}

/** What the backstop found, over all shards. */
export interface BackstopResult extends Omit<SweepResult, 'handedOver'> {
  readonly open: number;
}

/**
 * Sweeps every shard, so that a lost timer is harmless; counts what is open, and how late the worst announcement is. A
 * shard that fails does not keep the others waiting: its error is thrown when they are done.
 */
export async function backstop(
  ports: SweepPorts,
  options: SweepOptions & { readonly shards: number },
): Promise<BackstopResult> {
  const totals = { ended: 0, alive: 0, failed: 0, worstOverdueMs: 0, open: 0 };
  const errors: unknown[] = [];
  let countedAll = true;
  for (const shard of shardNames(options.shards)) {
    try {
      const swept = await sweep(ports, options, { shard, at: ports.clock() });
      totals.ended += swept.ended;
      totals.alive += swept.alive;
      totals.failed += swept.failed;
      totals.worstOverdueMs = Math.max(totals.worstOverdueMs, swept.worstOverdueMs);
      if (options.hasTime()) totals.open += await ports.seats.countOpen(shard);
      else countedAll = false;
    } catch (error) {
      errors.push(error);
      countedAll = false;
    }
  }
  if (countedAll) ports.meter.add('OpenSessions', totals.open);
  ports.meter.add('WorstOverdueMs', totals.worstOverdueMs);
  if (errors.length > 0) throw errors[0];
  return totals;
}

const slotLengthOf = ({ key }: Seat, realms: Realms): DurationMs => realms.get(key.realm)?.sweepMs ?? MINUTE;

/** How long the announcement of a session's end has been waiting for its sweep. None that goes on is late. */
const overdue = (seat: Seat, realms: Realms, now: EpochMs): DurationMs =>
  isOpen(seat) ? since(slotOf(seat.session.deadlines, slotLengthOf(seat, realms)), now) : durationMs(0);

/** Each lost race means that the session's station was faster, which it is about once. */
const RACES_MAX = 5;

async function settle(seats: Seats, realms: Realms, found: Seat, now: EpochMs): Promise<'ended' | 'settled' | EpochMs> {
  const sweepMs = slotLengthOf(found, realms);
  let seat: Seat | undefined = found;
  for (let races = 0; races < RACES_MAX; races++) {
    const swept = decideSweep(seat, now, sweepMs);
    if (swept.is === 'settled') return 'settled';
    if (swept.is === 'near') return swept.arm;
    const written = await seats.write(found.key, swept.attempt);
    if (written.won) return swept.is === 'over' ? 'ended' : swept.arm;
    seat = written.seat;
  }
  throw new Unavailable('seat');
}
