/**
 * Stories about sessions: `given(…).when(…).then(…)`. The real core (keeper, sweep, announcing) on the ports in memory; a
 * step sets the clock, never waits for it. One story covers what the station was answered, what is in the seat and what
 * was announced.
 *
 * Stations: `lib-1`, `lib-2` have a panel and report activity; `quiet-1`, `quiet-2` have a panel and do not; `web-1`,
 * `web-2` are web applications.
 */
import { expect } from 'vitest';
import { type AnnouncePorts, announce, type SeatChange } from '../../lib/session/announce.ts';
import type { Station } from '../../lib/session/commands.ts';
import { type Entry } from '../../lib/session/journal.ts';
import { type Answer, createKeeper, type Keeper, type StationEvent } from '../../lib/session/keeper.ts';
import { endingOf, freeAt } from '../../lib/session/ladder.ts';
import { type Policy, readRealms } from '../../lib/session/policy.ts';
import { type Bus, type History, type Meter, type Panels, type Seats, type Timers, Unavailable } from '../../lib/session/ports.ts';
import { isOpen, type Seat, type SeatKey, type SessionName } from '../../lib/session/session.ts';
import { type BackstopResult, backstop, type SweepResult, sweep } from '../../lib/session/sweep.ts';
import { shardNames, type Timer } from '../../lib/session/timers.ts';
import { after, durationMs, type EpochMs, fromRfc3339, parseDuration } from '../../lib/time.ts';
import { memoryBus, memoryHistory, memoryMeter, memoryPanels, memorySeats, memoryTimers } from './memory.ts';

/** Every story begins at a whole minute, so that slots are easy to name. */
export const START = fromRfc3339('2026-01-05T12:00:00.000Z') ?? failed('no instant');
export const SHARDS = 4;

/** `'5m'` is five minutes into the story, a number that many milliseconds. */
export type Offset = string | number;
const lengthOf = (offset: Offset) =>
  typeof offset === 'number' ? durationMs(offset) : (parseDuration(offset) ?? failed(`${offset} is no duration`));
export const into = (offset: Offset): EpochMs => after(START, lengthOf(offset));

const station = (id: string, hasPanel: boolean, reportsActivity: boolean): [string, Station] => [
  id,
  { id, realm: 'campus', hasPanel, reportsActivity },
];
const STATIONS: ReadonlyMap<string, Station> = new Map([
  station('lib-1', true, true),
  station('lib-2', true, true),
  station('quiet-1', true, false),
  station('quiet-2', true, false),
  station('web-1', false, true),
  station('web-2', false, true),
]);

export const policyOf = (fields: object = {}): Policy => {
  const { realms, errors } = readRealms(
    JSON.stringify({ realms: { campus: { profile: 'release-station', ...fields } } }),
  );
  return realms.get('campus') ?? failed(errors.map(({ message }) => message).join('\n'));
};

type Calls = Record<string, number>;

/** One fault to come: the next `times` calls of a port's method throw `Unavailable`, before or after their work. */
interface Fault {
  readonly call: string;
  readonly done: boolean;
  readonly error: () => Error;
  readonly only: (...args: readonly unknown[]) => boolean;
  times: number;
}

export class World {
  now: EpochMs = START;
  policy: Policy = policyOf();
  answer: Answer | { readonly is: 'unavailable' } | undefined;
  swept: SweepResult | BackstopResult | undefined;
  /** What the journal has said so far, repeats included. */
  readonly announced: Entry[] = [];
  /** Sessions in the order of their opening. */
  readonly opened: SessionName[] = [];
  readonly counted: { metric: string; value: number; reason?: string }[] = [];
  readonly armed: Timer[] = [];
  readonly calls: Calls = {};
  readonly seats: Seats;
  readonly panels: Panels;
  readonly history: History;
  readonly timers: Timers;
  readonly bus: Bus;
  readonly meter: Meter;
  readonly keeper: Keeper;
  changes: SeatChange[] = [];
  private readonly faults: Fault[] = [];
  private readonly images = new Map<string, Seat>();
  private deliveries = 0;

  constructor() {
    this.seats = this.watched(this.faulty('seats', memorySeats({ shards: SHARDS })));
    this.panels = this.faulty('panels', memoryPanels());
    this.history = this.faulty('history', memoryHistory());
    const timers = memoryTimers();
    this.timers = this.faulty('timers', {
      arm: async (timer: Timer) => {
        await timers.arm(timer);
        if (!this.armed.some(({ shard, at, cursor }) => shard === timer.shard && at === timer.at && cursor === timer.cursor))
          this.armed.push(timer);
      },
    });
    const bus = memoryBus();
    this.bus = this.faulty('bus', {
      announce: async (entries: readonly Entry[]) => {
        const answer = await bus.announce(entries);
        this.announced.push(...entries.filter((entry) => !answer.failed.includes(entry)));
        return answer;
      },
    });
    this.meter = memoryMeter();
    this.keeper = createKeeper(this, { shards: SHARDS });
  }
}
