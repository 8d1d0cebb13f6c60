/** A small world for stories: the real core on the ports in memory, a clock that is set, and faults that are ordered. */

import { memoryBus } from '../../lib/memory/bus.ts';
import { memoryHistory } from '../../lib/memory/history.ts';
import { memoryMeter } from '../../lib/memory/meter.ts';
import { memoryPanels } from '../../lib/memory/panels.ts';
import { memorySeats } from '../../lib/memory/seats.ts';
import { memoryTimers } from '../../lib/memory/timers.ts';
import { readRealms } from '../../lib/realms/realms-file.ts';
import { announce, type SeatChange } from '../../lib/service/announce.ts';
import { createKeeper, type Keeper } from '../../lib/service/keeper.ts';
import {
  type Bus,
  type History,
  type Panels,
  type Seats,
  type Timer,
  type Timers,
  Unavailable,
} from '../../lib/service/ports.ts';
import type { BackstopResult, SweepResult } from '../../lib/service/sweep.ts';
import type { Station, Verdict } from '../../lib/session/commands.ts';
import { handleOf } from '../../lib/session/handle.ts';
import { type Entry, journalOf } from '../../lib/session/journal.ts';
import type { Policy } from '../../lib/session/policy.ts';
import { nameOf, type Seat, type SeatKey, type SessionName } from '../../lib/session/seat.ts';
import { allShards } from '../../lib/session/shards.ts';
import { after, type DurationMs, durationMs, type EpochMs, fromRfc3339, NEVER, parseDuration } from '../../lib/time.ts';
import { panelsWrittenTwice, seatsWrittenTwice } from './twice.ts';

export function fail(why: string): never {
  throw new Error(why);
}

/** Every story begins at a whole minute, so that its slots are easy to name. */
export const START: EpochMs = fromRfc3339('2026-01-05T12:00:00.000Z') ?? fail('no instant');
export const SHARDS = 2;

/** `'5m'` is five minutes into the story, a number that many milliseconds. */
export type Offset = string | number;
export const lengthOf = (offset: Offset) =>
  durationMs(typeof offset === 'number' ? offset : (parseDuration(offset) ?? fail(`${offset} is no duration`)));
export const into = (offset: Offset): EpochMs => after(START, lengthOf(offset));

const REALM = 'campus';
/** Beside the story's realm, under the same policy: stations move there and back. */
export const OTHER_REALM = 'annex';
export const seatOf = (user: string, realm = REALM): SeatKey => ({ realm, user, seat: '0' });

const STATIONS: readonly Station[] = [
  { id: 'lib-1', realm: REALM, hasPanel: true, reportsActivity: true },
  { id: 'lib-2', realm: REALM, hasPanel: true, reportsActivity: true },
  { id: 'quiet-1', realm: REALM, hasPanel: true, reportsActivity: false },
  { id: 'quiet-2', realm: REALM, hasPanel: true, reportsActivity: false },
  { id: 'web-1', realm: REALM, hasPanel: false, reportsActivity: true },
  { id: 'web-2', realm: REALM, hasPanel: false, reportsActivity: true },
  { id: 'web-3', realm: REALM, hasPanel: false, reportsActivity: true },
  { id: 'quiet-web', realm: REALM, hasPanel: false, reportsActivity: false },
];
export const stationOf = (id: string): Station => STATIONS.find((one) => one.id === id) ?? fail(`no station ${id}`);

/** A policy with the given fields, in the words of the realms file: of the profile `release-station` unless it is said. */
export function policyOf(fields: object = {}): Policy {
  const { realms, errors } = readRealms(
    JSON.stringify({ realms: { [REALM]: { profile: 'release-station', ...fields } } }),
  );
  return realms.get(REALM) ?? fail(errors.map(({ message }) => message).join('\n'));
}

/** The next calls of one method of a port fail. */
export interface Fault {
  readonly call: string;
  /** The work is done all the same, and only its answer lost. */
  readonly done?: boolean;
  /** A fault that passes, or one that does not. */
  readonly error?: Error;
  readonly only?: (...args: readonly unknown[]) => boolean;
  /** Once unless it says more. */
  readonly times?: number;
}

/** A session begins by it: it was opened, or made anew. */
export const isOpening = (entry: Entry): boolean =>
  entry.type === 'opened' || (entry.type === 'resumed' && entry.previous !== undefined);

export class World {
  now: EpochMs = START;
  policy: Policy = policyOf();
  realms: ReadonlyMap<string, Policy> = new Map([[REALM, this.policy]]);
  /** The realms to which stations have moved. */
  readonly moved = new Map<string, string>();
  answer: Verdict | { readonly is: 'unavailable' } | undefined;
  swept: SweepResult | BackstopResult | undefined;
  /** What the bus was told, repeats included. */
  readonly announced: Entry[] = [];
  /** Sessions in the order of their opening, those made anew too. */
  readonly opened: SessionName[] = [];
  /** What the table's stream holds and nobody has announced yet. */
  changes: SeatChange[] = [];
  readonly calls = new Map<string, number>();
  readonly meter = memoryMeter();
  readonly armed = memoryTimers();
  readonly seats: Seats;
  readonly panels: Panels;
  readonly history: History;
  readonly timers: Timers;
  readonly bus: Bus;
  readonly keeper: Keeper;
  private sweepMs = durationMs(0);
  private readonly faults: { fault: Fault; left: number }[] = [];
  private readonly images = new Map<string, Seat>();
  private readonly stored: Seats;
  private staleDue: Seats['due'] | undefined;

  /** @param odd `twice`: below each port writes are sent twice, and answered with the second answer */
  constructor(odd: { readonly twice?: boolean } = {}) {
    this.stored = memorySeats({ shards: SHARDS, lawfulWithin: () => this.longestSweep() });
    const panels = memoryPanels();
    this.seats = this.faulty('seats', odd.twice ? seatsWrittenTwice(this.streamed()) : this.streamed());
    this.panels = this.faulty('panels', odd.twice ? panelsWrittenTwice(panels) : panels);
    this.history = this.faulty('history', memoryHistory());
    this.timers = this.faulty('timers', { arm: (timer: Timer) => this.armed.arm(timer) });
    const bus = memoryBus();
    this.bus = this.faulty('bus', {
      announce: (entries: readonly Entry[]) => {
        this.announced.push(...entries);
        return bus.announce(entries);
      },
    });
    this.keeper = createKeeper(this, { shards: SHARDS });
  }

  readonly clock = () => this.now;
  /** Whoever waits lets time pass. */
  readonly pause = async (length: DurationMs): Promise<void> => {
    this.waits.push(length);
    this.now = after(this.now, length);
  };
  /** How long sweeps have waited, each time. */
  readonly waits: DurationMs[] = [];
  throttledSoFar = 0;
  readonly throttled = () => this.throttledSoFar;

  /** Where it is registered now. */
  stationOf(id: string): Station {
    return { ...stationOf(id), realm: this.moved.get(id) ?? REALM };
  }

  policyOf({ realm }: Station): Policy {
    return { ...this.policy, realm };
  }

  /** What the journal complains of. */
  readonly complaints: string[] = [];
  readonly complain = (message: string, error: unknown): void => {
    this.complaints.push(`${message}: ${error}`);
  };

  /** Of all policies that have been in force so far. */
  private longestSweep(): DurationMs {
    this.sweepMs = durationMs(Math.max(this.sweepMs, this.policy.sweepMs));
    return this.sweepMs;
  }

  order(fault: Fault): void {
    this.faults.push({ fault, left: fault.times ?? 1 });
  }

  /** From now on the index shows what it shows now. */
  async freezeIndex(): Promise<void> {
    const pages = await Promise.all(
      allShards(SHARDS).map(
        async (shard) => [shard, await this.stored.due(shard, { through: NEVER, limit: 1e6 })] as const,
      ),
    );
    const frozen = new Map(pages);
    this.staleDue = async (shard, { through }) => ({
      items: (frozen.get(shard)?.items ?? []).filter(({ due }) => due <= through),
    });
  }

  /** The table's own garbage collection takes an item, whatever is in it. */
  collect(user: string): void {
    const id = JSON.stringify(seatOf(user));
    const old = this.images.get(id);
    this.images.delete(id);
    this.changes.push({ id: `change-${this.changes.length}`, old, now: undefined });
  }

  /** Takes the stream's changes to history, panels and bus; from the first that failed on they come again next time. */
  async runJournal(): Promise<void> {
    const changes = this.changes;
    this.changes = [];
    try {
      const failed = await announce(this, this.realms, changes, this.now);
      const first = changes.findIndex(({ id }) => failed.includes(id));
      this.changes = first === -1 ? [] : changes.slice(first);
    } catch (error) {
      this.changes = changes;
      if (!(error instanceof Unavailable)) throw error;
    }
  }

  /** Each won write becomes a record of the stream, in the order of the writes. */
  private streamed(): Seats {
    const { stored } = this;
    return {
      ...stored,
      write: async (key, attempt) => {
        const written = await stored.write(key, attempt);
        if (written.won) this.record(written.seat);
        return written;
      },
      due: (shard, query) => (this.staleDue ?? stored.due)(shard, query),
    };
  }

  private record(seat: Seat): void {
    const id = JSON.stringify(seat.key);
    const old = this.images.get(id);
    this.images.set(id, seat);
    this.changes.push({ id: `${handleOf(nameOf(seat))}#${seat.revision}`, old, now: seat });
    for (const entry of journalOf(old, seat)) if (isOpening(entry)) this.opened.push(entry.name);
  }

  /** The same port, counting its calls and failing where a fault was ordered. */
  private faulty<Port extends object>(name: string, port: Port): Port {
    const methods = Object.entries(port).map(([method, work]) => [
      method,
      async (...args: unknown[]) => {
        const call = `${name}.${method}`;
        this.calls.set(call, (this.calls.get(call) ?? 0) + 1);
        const fault = this.faultOf(call, args);
        if (fault !== undefined && !fault.done) throw fault.error ?? new Unavailable(name);
        const answer: unknown = await work(...args);
        if (fault !== undefined) throw fault.error ?? new Unavailable(name);
        return answer;
      },
    ]);
    return Object.fromEntries(methods);
  }

  private faultOf(call: string, args: readonly unknown[]): Fault | undefined {
    const ordered = this.faults.find(
      ({ fault, left }) => left > 0 && fault.call === call && (fault.only?.(...args) ?? true),
    );
    if (ordered !== undefined) ordered.left--;
    return ordered?.fault;
  }
}
