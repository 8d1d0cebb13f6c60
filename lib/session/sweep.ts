/**
 * The sweep: announces every deadline that has passed in one shard, by recording the end in the seat's item; the journal
 * does the rest. It decides nothing: a session that nobody sweeps has ended all the same.
 *
 * It takes everything due at or before now, so a missed slot is caught by the next; it goes on past an item that fails;
 * it hands over to a timer before its own time is out.
 */
import { present } from '../present.ts';
import { after, type Clock, type DurationMs, durationMs, type EpochMs, latest, MINUTE, since } from '../time.ts';
import { decideSweep } from './due.ts';
import type { Realms } from './keeper.ts';
import { slotOf } from './ladder.ts';
import { type Meter, type Seats, type Timer, type Timers, Unavailable } from './ports.ts';
import { isOpen, type Seat } from './session.ts';
import { armOrCount, firingAt, shardNames } from './timers.ts';

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
  /** Told of each seat that failed. */
  readonly complain: (message: string, error: unknown) => void;
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
  const { shard } = timer;
  const arm = (at: EpochMs, cursor?: string) =>
    armOrCount(ports, { shard, at: firingAt(at, clock()), ...present({ cursor }) });
  // Timers may fire early, and clocks differ: whatever belongs to the timer's own slot is looked at too.
  const through = latest(clock(), timer.at);
  const totals = { ended: 0, alive: 0, failed: 0, worstOverdueMs: 0 };
  let cursor = timer.cursor;
  let handedOver = false;

  do {
    if (!options.hasTime()) {
      await arm(clock(), cursor);
      handedOver = true;
      break;
    }
    const page = await seats.due(shard, { through, limit: PAGE, ...present({ cursor }) });
    const found = await seats.readMany(page.items.map(({ key }) => key));
    const swept = await sweepAll(ports, options, found);
    totals.ended += swept.ended;
    totals.alive += swept.alive;
    totals.failed += swept.failed;
    totals.worstOverdueMs = Math.max(totals.worstOverdueMs, swept.worstOverdueMs);
    // With each page, so that a crash leaves what has been looked at armed.
    for (const slot of swept.slots) await arm(slot);
    cursor = page.cursor;
  } while (cursor !== undefined);

  // In a minute, not at once: one that fails for good must not keep the sweep busy.
  if (totals.failed > 0) await arm(after(clock(), MINUTE));
  meter.add('SweptSessions', totals.ended + totals.alive);
  if (totals.failed > 0) meter.add('SweepFailed', totals.failed);
  return { ...totals, handedOver };
}

/** Sweeps seats side by side; one that fails keeps none of the others from it. `slots` are those of the living. */
async function sweepAll({ seats, clock }: SweepPorts, { realms, complain }: SweepOptions, found: readonly Seat[]) {
  const now = clock();
  const slots = new Set<EpochMs>();
  const tally = { ended: 0, alive: 0, failed: 0 };
  for (const swept of await Promise.allSettled(found.map((seat) => settle(seats, realms, seat, now)))) {
    if (swept.status === 'rejected') {
      tally.failed++;
      complain('a seat could not be swept', swept.reason);
    } else if (swept.value === 'ended') tally.ended++;
    else if (swept.value !== 'settled') {
      tally.alive++;
      slots.add(swept.value);
    }
  }
  const worstOverdueMs = Math.max(0, ...found.map((seat) => overdue(seat, realms, now)));
  return { ...tally, worstOverdueMs, slots };
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
