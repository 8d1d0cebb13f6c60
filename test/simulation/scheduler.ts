/** EventBridge Scheduler as the SDK sees it: it fires late, early by its precision, twice or never, and refuses what is past. */
import type { SchedulerClient } from '@aws-sdk/client-scheduler';
import { MINUTE, SECOND } from '../../lib/time.ts';
import type { Agenda } from './agenda.ts';
import { type Chance, chance } from './chance.ts';
import type { Rates } from './plan.ts';

/** What it promises: 1:00 fires between 1:00:00 and 1:00:59. */
const PRECISION = MINUTE;

interface ScheduleInput {
  readonly Name?: string;
  readonly ScheduleExpression?: string;
  readonly Target?: { readonly Input?: string };
}

interface World {
  readonly rates: () => Rates;
  readonly fire: (input: string) => void;
  readonly trace: (line: string) => void;
}

export class Scheduler {
  readonly client = {
    send: (command: { input: ScheduleInput }) => this.create(command.input),
  } as unknown as SchedulerClient;
  private readonly schedules = new Map<string, number>();
  private readonly agenda: Agenda;
  private readonly world: World;
  private readonly chance: Chance;
  /** Sources differ on whether an instant that has passed is taken; so worlds do. */
  private readonly refusesPast: boolean;

  constructor(seed: number, agenda: Agenda, world: World) {
    this.agenda = agenda;
    this.world = world;
    this.chance = chance(seed, 'scheduler');
    this.refusesPast = this.chance.is(0.5);
  }

  size(): number {
    return this.schedules.size;
  }

  /** The last instant for which one stands. */
  last(): number {
    return Math.max(0, ...this.schedules.values());
  }

  private async create({ Name = '', ScheduleExpression = '', Target }: ScheduleInput): Promise<object> {
    const at = Date.parse(`${ScheduleExpression.slice(3, -1)}Z`);
    if (this.schedules.has(Name)) throw named('ConflictException');
    if (at < this.agenda.now && this.refusesPast) throw named('ValidationException');
    this.schedules.set(Name, at);
    const { trace, fire } = this.world;
    trace(`a timer is armed: ${Name}`);
    const rates = this.world.rates();
    const late = this.chance.is(rates.lateTimer) ? this.chance.int(0, 20 * MINUTE) : 0;
    const fires = at - this.chance.int(0, SECOND) + this.chance.skewed(0, PRECISION) + late;
    const isLost = this.chance.is(rates.lostTimer);
    const isDouble = this.chance.is(rates.doubleTimer);
    const input = Target?.Input ?? '';
    this.agenda.at(fires, () => {
      if (!isLost) fire(input);
      if (isDouble) this.agenda.in(this.chance.int(0, PRECISION), () => fire(input));
      // A name is free shortly after its schedule has deleted itself.
      this.agenda.in(this.chance.int(0, 2_000), () => this.schedules.delete(Name));
    });
    return {};
  }
}

const named = (name: string): Error => Object.assign(new Error(name), { name });
