/**
 * The sweep: announces every deadline that has passed in one shard, by recording the new rung in the seat's item; the
 * journal does the rest. It decides nothing: a session that nobody sweeps has come down all the same.
 *
 * It takes everything due at or before now, so a missed slot is caught by the next; it goes on past an item that fails;
 * it paces itself, so that no login waits for it; it hands over to a timer before its own time is out.
 */
import { present } from '../present.ts';
import { decideSweep } from '../session/due.ts';
import { firingAt } from '../session/firing.ts';
import { descentOf, slotAt } from '../session/ladder.ts';
import { paceAfter, SWEEP_MOST } from '../session/pace.ts';
import type { Realms } from '../session/policy.ts';
import { isOpen, type Rung, type Seat } from '../session/seat.ts';
import { allShards, formerShards, heldShards, shardOf } from '../session/shards.ts';
import { after, type Clock, type DurationMs, durationMs, type EpochMs, latest, MINUTE, NEVER, since } from '../time.ts';
import { type Meter, type Seats, type Timer, type Timers, Unavailable } from './ports.ts';
import { armOrCount } from './timers.ts';

export interface SweepPorts {
  readonly seats: Seats;
  readonly timers: Timers;
  readonly meter: Meter;
  readonly clock: Clock;
  readonly pause: (length: DurationMs) => Promise<void>;
  /** How many requests to the table have been throttled so far, those too that were done when they were sent again. Its growth counts. */
  readonly throttled: () => number;
}

export interface SweepOptions {
  readonly realms: Realms;
  /** Over how many shards the deadlines are spread today. */
  readonly shards: number;
  /** Over how many they may ever have been, for the backstop. */
  readonly shardsEver: number;
  /** Says whether there is time for another page. */
  readonly hasTime: () => boolean;
  /** Told of each seat that failed. */
  readonly complain: (message: string, error: unknown) => void;
}

export interface SweepResult {
  readonly ended: number;
  /** Come down to a rung that was not announced yet. */
  readonly lowered: number;
  /** Where they were. */
  readonly alive: number;
  readonly failed: number;
  /** How long the slot of the longest unannounced change of rung had been waiting. */
  readonly worstOverdueMs: number;
  readonly handedOver: boolean;
}

/** As many as one batch read takes (DynamoDB's BatchGetItem). */
const PAGE = 100;

/** Sweeps the shard of a timer that fired. */
export async function sweep(ports: SweepPorts, options: SweepOptions, timer: Timer): Promise<SweepResult> {
  const { seats, meter, clock } = ports;
  const { shard } = timer;
  const arm = (at: EpochMs, cursor?: string, inShard = shard) =>
    armOrCount(ports, { shard: inShard, at: firingAt(at, clock()), ...present({ cursor }) });
  // Timers may fire early, and clocks differ: whatever belongs to the timer's own slot is looked at too. From where no
  // session belongs any more everything is taken.
  const isFormer = !allShards(options.shards).includes(shard);
  const through = isFormer ? NEVER : latest(clock(), timer.at);
  const totals = noneSwept();
  let cursor = timer.cursor;
  let handedOver = false;
  let pace = SWEEP_MOST;
  let waitMs = durationMs(0);

  do {
    if (waitMs > 0) await ports.pause(waitMs);
    if (!options.hasTime()) {
      await arm(clock(), cursor);
      handedOver = true;
      break;
    }
    const [begunAt, throttledBefore] = [clock(), ports.throttled()];
    const page = await seats.due(shard, { through, limit: PAGE, ...present({ cursor }) });
    const found = await seats.readMany(page.items.map(({ key }) => key));
    const swept = await sweepAll(ports, options, found, shard);
    add(totals, swept);
    // With each page, so that a crash leaves what has been looked at armed.
    for (const [place, slots] of swept.slots) {
      for (const slot of slots) await arm(slot, undefined, place);
    }
    cursor = page.cursor;
    ({ pace, waitMs } = paceAfter(pace, {
      units: swept.units,
      tookMs: since(begunAt, clock()),
      wasThrottled: ports.throttled() > throttledBefore,
    }));
  } while (cursor !== undefined);

  // In a minute, not at once: one that fails for good must not keep the sweep busy.
  if (totals.failed > 0) await arm(after(clock(), MINUTE));
  const swept = totals.ended + totals.lowered + totals.alive;
  if (swept > 0) meter.add('SweptSessions', swept);
  if (totals.failed > 0) meter.add('SweepFailed', totals.failed);
  return { ...totals, handedOver };
}

type Totals = { -readonly [Count in keyof Omit<SweepResult, 'handedOver'>]: number };

const noneSwept = (): Totals => ({ ended: 0, lowered: 0, alive: 0, failed: 0, worstOverdueMs: 0 });

function add(totals: Totals, swept: Totals): void {
  totals.ended += swept.ended;
  totals.lowered += swept.lowered;
  totals.alive += swept.alive;
  totals.failed += swept.failed;
  totals.worstOverdueMs = Math.max(totals.worstOverdueMs, swept.worstOverdueMs);
}

/**
 * Sweeps seats side by side; one that fails keeps none of the others from it. The slots are those of all that go on, by
 * the shard in which each is now; the units, those of the swept shard's key of the index.
 */
async function sweepAll({ seats, clock }: SweepPorts, options: SweepOptions, found: readonly Seat[], shard: string) {
  const { realms, complain } = options;
  const now = clock();
  const slots = new Map<string, Set<EpochMs>>();
  const tally = noneSwept();
  let units = 0;
  for (const swept of await Promise.allSettled(found.map((seat) => settle(seats, options, seat, now, shard)))) {
    if (swept.status === 'rejected') {
      tally.failed++;
      complain('a seat could not be swept', swept.reason);
    } else if (swept.value !== 'settled') {
      const { is, goesOn } = swept.value;
      tally[is]++;
      units += swept.value.units;
      if (goesOn !== undefined) slots.set(goesOn.shard, (slots.get(goesOn.shard) ?? new Set()).add(goesOn.slot));
    }
  }
  tally.worstOverdueMs = Math.max(0, ...found.map((seat) => overdue(seat, realms, now)));
  return { ...tally, slots, units };
}

/** What the backstop found, over all shards. */
export interface BackstopResult extends Omit<SweepResult, 'handedOver'> {
  readonly open: number;
}

/**
 * Sweeps every shard, so that a lost timer is harmless; counts what is open, and how late the worst announcement is; and
 * takes everything out of the shards that an earlier, larger number has left behind. A shard that fails does not keep the
 * others waiting: its error is thrown when they are done.
 */
export async function backstop(ports: SweepPorts, options: SweepOptions): Promise<BackstopResult> {
  const totals = { ...noneSwept(), open: 0 };
  const open = new Map([...options.realms.keys()].map((realm) => [realm, 0]));
  const errors: unknown[] = [];
  let countedAll = true;
  let sawAny = false;
  const former = await occupied(ports.seats, formerShards(options.shards, options.shardsEver)).catch(
    (error: unknown) => {
      errors.push(error);
      countedAll = false;
      return [];
    },
  );
  for (const shard of [...former, ...allShards(options.shards)]) {
    try {
      add(totals, await sweep(ports, options, { shard, at: ports.clock() }));
      sawAny = true;
      if (!heldShards(options.shards).includes(shard)) continue;
      if (options.hasTime()) addAll(open, await ports.seats.countOpen(shard));
      else countedAll = false;
    } catch (error) {
      errors.push(error);
      countedAll = false;
    }
  }
  for (const count of open.values()) totals.open += count;
  if (countedAll) {
    ports.meter.add('OpenSessions', totals.open);
    for (const [realm, count] of open) ports.meter.add('OpenSessions', count, { realm });
  }
  // Silence is an alarm: a backstop that could look nowhere does not say that nothing is overdue.
  if (sawAny) ports.meter.add('WorstOverdueMs', totals.worstOverdueMs);
  if (errors.length > 0) throw errors[0];
  return totals;
}

/** Those in which there is something. Almost always none is: all are asked at once. */
async function occupied(seats: Seats, shards: readonly string[]): Promise<string[]> {
  const firsts = await Promise.all(shards.map((shard) => seats.due(shard, { through: NEVER, limit: 1 })));
  return shards.filter((_, n) => firsts[n]?.items.length !== 0);
}

function addAll(sums: Map<string, number>, counts: ReadonlyMap<string, number>): void {
  for (const [realm, count] of counts) sums.set(realm, (sums.get(realm) ?? 0) + count);
}

const slotLengthOf = ({ key }: Seat, realms: Realms): DurationMs => realms.get(key.realm)?.sweepMs ?? MINUTE;

/** How long the announcement of a change of rung has been waiting for its sweep. None that has not happened is late. */
function overdue(seat: Seat, realms: Realms, now: EpochMs): DurationMs {
  if (!isOpen(seat)) return durationMs(0);
  const { deadlines, rung } = seat.session;
  const descent = descentOf(deadlines);
  const unannounced = descent[descent.findIndex((step) => step.rung === rung) + 1];
  return unannounced === undefined ? durationMs(0) : since(slotAt(unannounced.at, slotLengthOf(seat, realms)), now);
}

/** Each lost race means that the session's station was faster, which it is about once. */
const SWEEP_RACES_MAX = 5;

type Settled = {
  readonly is: 'ended' | 'lowered' | 'alive';
  /** Absent where it has ended. */
  readonly goesOn?: { readonly shard: string; readonly slot: EpochMs };
  /** Write units of the shard's key of the index: one for an entry that is taken out, one for an entry that is put in. */
  readonly units: number;
};

/** @param shard where the index has it; each write of a sweep puts it where it belongs */
async function settle(
  seats: Seats,
  { realms, shards }: SweepOptions,
  found: Seat,
  now: EpochMs,
  shard: string,
): Promise<Settled | 'settled'> {
  const sweepMs = slotLengthOf(found, realms);
  const placeOn = (rung: Rung) => shardOf(found.key, shards, rung);
  const moved = (place: string, slot: EpochMs) => ({
    goesOn: { shard: place, slot },
    units: place === shard ? 2 : 1,
  });
  let seat: Seat | undefined = found;
  for (let races = 0; races < SWEEP_RACES_MAX; races++) {
    const place = isOpen(seat) ? placeOn(seat.session.rung) : shard;
    const swept = decideSweep(seat, now, sweepMs, place !== shard);
    if (swept.is === 'settled') return 'settled';
    if (swept.is === 'near') return { is: 'alive', goesOn: { shard: place, slot: swept.arm }, units: 0 };
    const written = await seats.write(found.key, swept.attempt);
    if (written.won) {
      if (swept.is === 'over') return { is: 'ended', units: 1 };
      if (swept.is === 'lower') return { is: 'lowered', ...moved(placeOn(swept.rung), swept.arm) };
      return { is: 'alive', ...moved(place, swept.arm) };
    }
    seat = written.seat;
  }
  throw new Unavailable('seat');
}
