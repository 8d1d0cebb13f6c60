/** The timers as a deployment of so many shards arms them: the real memory of each container, over a Scheduler that counts. */
import type { CreateScheduleCommand, SchedulerClient } from '@aws-sdk/client-scheduler';
import { schedulerTimers } from '../../lib/aws/timers.ts';
import type { Timers } from '../../lib/service/ports.ts';
import { firingAt } from '../../lib/session/firing.ts';
import { hash32 } from '../../lib/session/hash.ts';
import type { Clock, EpochMs } from '../../lib/time.ts';
import { Peak } from './peak.ts';

export interface Fired {
  readonly shard: number;
  readonly isDormant: boolean;
}

export class DayScheduler {
  readonly shards: number;
  /** `CreateSchedule`, by the second. */
  readonly calls = new Peak();
  readonly firings = new Peak();
  waitingMost = 0;
  private readonly clock: Clock;
  private readonly client: SchedulerClient;
  private readonly stations: Timers[] = [];
  private readonly sweeps = new Map<number, Timers>();
  private readonly waiting = new Set<string>();
  private readonly byInstant = new Map<number, { name: string; fired: Fired }[]>();

  constructor(shards: number, clock: Clock) {
    this.shards = shards;
    this.clock = clock;
    this.client = { send: (command: CreateScheduleCommand) => this.create(command) } as unknown as SchedulerClient;
  }

  /** By a container of the function that answers stations. */
  armFromStation(container: number, shard: number, isDormant: boolean, slot: EpochMs): void {
    this.stations[container] ??= this.timers();
    this.arm(this.stations[container], shard, isDormant, slot);
  }

  /** By the sweep of a shard: they have few containers, and come to the same ones. */
  armFromSweep(shard: number, isDormant: boolean, slot: EpochMs): void {
    const timers = this.sweeps.get(shard) ?? this.timers();
    this.sweeps.set(shard, timers);
    this.arm(timers, shard, isDormant, slot);
  }

  private arm(timers: Timers, shard: number, isDormant: boolean, slot: EpochMs): void {
    const at = firingAt(slot, this.clock());
    timers.arm({ shard: `${isDormant ? 'd' : 's'}${shard % this.shards}`, at });
  }

  /** What fires in this second. */
  fire(now: EpochMs): readonly Fired[] {
    const due = this.byInstant.get(now) ?? [];
    this.byInstant.delete(now);
    for (const { name } of due) this.waiting.delete(name);
    if (due.length > 0) this.firings.add(now, due.length);
    return due.map(({ fired }) => fired);
  }

  private timers(): Timers {
    const target = { groupName: 'timers', sweepArn: 'sweep', roleArn: 'role', deadLetterArn: 'dead' };
    return schedulerTimers(this.client, target, this.clock);
  }

  private async create({ input }: CreateScheduleCommand): Promise<object> {
    this.calls.add(this.clock());
    const { Name: name = '' } = input;
    if (this.waiting.has(name)) throw CONFLICT;
    const { shard, slot } = JSON.parse(input.Target?.Input ?? '') as { shard: string; slot: number };
    const fired = { shard: Number(shard.slice(1)), isDormant: shard.startsWith('d') };
    this.waiting.add(name);
    this.waitingMost = Math.max(this.waitingMost, this.waiting.size);
    const at = slot + (hash32(String(slot)) % LATE_SECONDS) * 1_000;
    const others = this.byInstant.get(at);
    if (others === undefined) this.byInstant.set(at, [{ name, fired }]);
    else others.push({ name, fired });
    return {};
  }
}

/** It fires within the minute; all that are for one instant together, or the largest sweep would be told too small. */
const LATE_SECONDS = 60;

const CONFLICT = Object.assign(new Error('it exists'), { name: 'ConflictException' });
