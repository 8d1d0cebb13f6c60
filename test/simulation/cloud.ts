/**
 * The service in a world of virtual time: the shipped keeper, sweep, backstop, journal and timers, over the ports in
 * memory, in functions that are killed, on clocks that differ, with answers that get lost.
 */
import { schedulerTimers } from '../../lib/aws/timers.ts';
import { announce, type SeatChange } from '../../lib/service/announce.ts';
import { createKeeper } from '../../lib/service/keeper.ts';
import { type Bus, type History, type Panels, type Seats, type Timers, Unavailable } from '../../lib/service/ports.ts';
import { backstop, sweep } from '../../lib/service/sweep.ts';
import type { StationEvent, Verdict } from '../../lib/session/commands.ts';
import { handleOf } from '../../lib/session/handle.ts';
import type { Entry } from '../../lib/session/journal.ts';
import type { Panel } from '../../lib/session/panel.ts';
import type { Seat, SeatKey, SessionName } from '../../lib/session/seat.ts';
import type { Attempt } from '../../lib/session/write.ts';
import { type EpochMs, epochMs, MINUTE, SECOND } from '../../lib/time.ts';
import { Agenda } from './agenda.ts';
import { archive } from './archive.ts';
import { Calls } from './calls.ts';
import { type Chance, chance } from './chance.ts';
import { containerOf } from './container.ts';
import type { Container, Invocation, Sent, Witness } from './invocation.ts';
import { PanelItems } from './panel-items.ts';
import { NO_FAULTS, type Outage, type Plan, type PlannedClock, type Rates } from './plan.ts';
import { Scheduler } from './scheduler.ts';
import { idOf, Table } from './table.ts';

/** As the stack deploys them: the backstop's rate, and the functions' time-outs. */
export const BACKSTOP = 5 * MINUTE;
const EVENT_TIMEOUT = 10 * SECOND;
const SWEEP_TIMEOUT = MINUTE;

const TARGET = { groupName: 'curfew', sweepArn: 'sweep', roleArn: 'role', deadLetterArn: 'dead' };

/** A Monday's noon. */
export const START = epochMs(Date.UTC(2026, 0, 5, 12));

export class Cloud {
  readonly agenda: Agenda;
  readonly plan: Plan;
  readonly start: EpochMs;
  readonly archive = archive();
  readonly trace: (line: string) => void;
  /** How often what has happened of which worlds differ in how much there is. */
  readonly happenings = new Map<string, number>();
  rates: Rates;
  outages: readonly Outage[];
  private readonly witness: Witness;
  private readonly table: Table;
  private readonly panels: PanelItems;
  private readonly calls: Calls;
  private readonly streams: SeatChange[][] = [[], []];
  private readonly reading = [false, false];
  private readonly scheduler: Scheduler;
  private containers: readonly Container[];
  private isHealed = false;
  private readonly faults: Chance;
  private readonly delays: Chance;
  private invocations = 0;
  private changes = 0;

  constructor(plan: Plan, start: EpochMs, witness: Witness, trace: (line: string) => void) {
    this.plan = plan;
    this.start = start;
    this.witness = witness;
    this.trace = trace;
    this.rates = plan.rates;
    this.outages = plan.outages;
    this.faults = chance(plan.seed, 'faults');
    this.delays = chance(plan.seed, 'delays');
    const ties = chance(plan.seed, 'ties');
    this.agenda = new Agenda(start, () => ties.next());
    this.table = new Table(plan, this.agenda, {
      isPoison: ({ what }, { user }) =>
        this.rates.poison > 0 && user === plan.users[0] && (what === 'sweep' || what === 'backstop'),
      isStale: () => this.faults.is(this.rates.staleIndex),
      wrote: (invocation, sent, key, attempt, old, now) => this.wrote(invocation, sent, key, attempt, old, now),
      collected: (old) => this.collected(old),
    });
    this.panels = new PanelItems((invocation, station, attempt, now) => {
      this.trace(`function ${invocation.n} writes the panel of ${station}: ${attempt.change.do}`);
      this.witness.wrotePanel(invocation, this.agenda.now, station, attempt, now);
    });
    this.calls = new Calls({
      agenda: this.agenda,
      faults: this.faults,
      delays: this.delays,
      rates: () => this.rates,
      isOut: (what) => this.isOut(what),
      trace,
    });
    const draw = chance(plan.seed, 'containers');
    this.scheduler = new Scheduler(plan.seed, this.agenda, {
      rates: () => this.rates,
      fire: (input) => this.runSweep(input),
      trace,
    });
    this.containers = Array.from({ length: 3 }, () => this.newContainer(draw));
  }

  begin(): void {
    const recur = () => {
      if (!this.isOut('backstop')) this.runBackstop();
      this.agenda.in(BACKSTOP, recur);
    };
    this.agenda.in(chance(this.plan.seed, 'backstop').int(0, BACKSTOP), recur);
    this.beginFleet();
  }

  private beginFleet(): void {
    const { spells = [], restarts = [] } = this.plan.fleet ?? {};
    for (const { from, until, rates } of spells) {
      this.agenda.in(from, () => this.suffer(rates));
      this.agenda.in(until, () => this.suffer(this.plan.rates));
    }
    for (const [n, at] of restarts.entries()) {
      const draw = chance(this.plan.seed, `restart ${n}`);
      this.agenda.in(at, () => {
        this.happened('restart');
        this.containers = this.containers.map(() => this.newContainer(draw));
      });
    }
  }

  private suffer(rates: Rates): void {
    if (!this.isHealed) this.rates = rates;
  }

  happened(what: string): void {
    this.happenings.set(what, (this.happenings.get(what) ?? 0) + 1);
    this.trace(what);
  }

  /** Nothing goes wrong any more. */
  heal(): void {
    this.isHealed = true;
    this.rates = NO_FAULTS;
    this.outages = [];
  }

  offset(): number {
    return this.agenda.now - this.start;
  }

  /** What a station's clock says now. */
  timeBy({ off, isUnset, setAt }: PlannedClock): EpochMs {
    if (setAt !== undefined && this.offset() >= setAt) return this.agenda.now;
    return epochMs(isUnset ? this.offset() : this.agenda.now + off);
  }

  // --- what is left when all is quiet

  openSeats(): Seat[] {
    return this.table.open();
  }

  undelivered(): number {
    return this.streams.reduce((sum, records) => sum + records.length, 0);
  }

  armedTimers(): number {
    return this.scheduler.size();
  }

  /** The last instant for which a timer is armed: those of sessions that were ended by hand fire too, and find nothing. */
  lastTimer(): number {
    return this.scheduler.last();
  }

  image(key: SeatKey): Seat | undefined {
    return this.table.image(key);
  }

  panel(station: string): Panel {
    return this.panels.image(station);
  }

  // --- functions

  /** What a station says, in some container. Never answers if the function is killed. */
  hear(event: Omit<StationEvent, 'now' | 'policy'>): Promise<Verdict> {
    const container = this.anyContainer();
    const now = container.clock();
    const realms = container.realms();
    const policy = realms.get(event.station.realm);
    if (policy === undefined) throw new Error(`there is no realm ${event.station.realm}`);
    const heard: StationEvent = { ...event, now, policy };
    return this.invoke({ what: 'event', container, now, realms, event: heard }, EVENT_TIMEOUT, async (invocation) => {
      // The body, the secret and the station are read first.
      await this.calls.to(invocation, 'stations.read', async () =>
        this.trace(`function ${invocation.n} hears ${event.type} ${event.id} of ${event.station.id}`),
      );
      const keeper = createKeeper(this.portsOf(invocation, container), { shards: container.shards() });
      const answer = await keeper.hear(heard);
      this.witness.answered(invocation, this.agenda.now, answer);
      return answer;
    });
  }

  end(name: SessionName): Promise<Verdict> {
    const container = this.anyContainer();
    const now = container.clock();
    const realms = container.realms();
    const asked = { what: 'operator', container, now, realms, operatorEnds: name } as const;
    return this.invoke(asked, EVENT_TIMEOUT, async (invocation) => {
      const keeper = createKeeper(this.portsOf(invocation, container), { shards: container.shards() });
      const by = { principal: 'olga', id: String(invocation.n), note: 'asked', now };
      const answer = await keeper.end(name, by);
      this.witness.answered(invocation, this.agenda.now, answer);
      return answer;
    });
  }

  private runSweep(input: string, tries = 3): void {
    const container = this.anyContainer();
    const { shard, slot, cursor } = JSON.parse(input) as { shard: string; slot: number; cursor?: string };
    const timer = { shard, at: epochMs(slot), ...(cursor === undefined ? {} : { cursor }) };
    this.trace(`a timer fires for ${shard}`);
    this.inBackground(
      'sweep',
      container,
      () => tries > 1 && this.agenda.in(MINUTE, () => this.runSweep(input, tries - 1)),
      (ports, options) => sweep(ports, options, timer),
    );
  }

  private runBackstop(): void {
    const container = this.anyContainer();
    this.inBackground(
      'backstop',
      container,
      () => {},
      (ports, options) => backstop(ports, options),
    );
  }

  private inBackground(
    what: 'sweep' | 'backstop',
    container: Container,
    again: () => unknown,
    work: (ports: ReturnType<Cloud['portsOf']>, options: Parameters<typeof sweep>[1]) => Promise<unknown>,
  ): void {
    const realms = container.realms();
    const { poison: _, ...rates } = this.rates;
    const isTroubled =
      this.plan.fleet === undefined ? Object.values(rates).some((rate) => rate > 0) : this.rates !== this.plan.rates;
    const hurried = isTroubled && this.faults.is(0.1) ? this.faults.int(0, 2) : Number.POSITIVE_INFINITY;
    let pages = 0;
    const running = this.invoke({ what, container, now: container.clock(), realms }, SWEEP_TIMEOUT, (invocation) =>
      work(this.portsOf(invocation, container), {
        realms,
        shards: container.shards(),
        shardsEver: Math.max(this.plan.shards, this.plan.change?.shards ?? 1),
        hasTime: () => pages++ < hurried && this.agenda.now - invocation.startedAt < SWEEP_TIMEOUT - 10 * SECOND,
        complain: () => {},
      }),
    );
    running.catch(again);
  }

  /** Reads a stream for as long as there is something in it, as the event source mapping does: in order, again from what failed. */
  private readStream(n: number): void {
    const records = this.streams[n] ?? [];
    if (this.reading[n] || records.length === 0) return;
    this.reading[n] = true;
    const goOn = (length: number) =>
      this.agenda.in(length, () => {
        this.reading[n] = false;
        this.readStream(n);
      });
    const batch = records.slice(0, this.delays.int(1, 8));
    const container = this.anyContainer();
    const realms = container.realms();
    this.invoke({ what: 'journal', container, now: container.clock(), realms }, SWEEP_TIMEOUT, async (invocation) => {
      const complain = (_: string, error: unknown) => this.witness.complained(this.agenda.now, error);
      const ports = { ...this.portsOf(invocation, container), complain };
      const failed = await announce(ports, realms, batch, container.clock());
      const first = batch.findIndex(({ id }) => failed.includes(id));
      return first === -1 ? batch.length : first;
    }).then(
      (done) => {
        records.splice(0, done);
        goOn(this.delays.skewed(50, 1_000));
      },
      () => goOn(SECOND),
    );
  }

  private invoke<T>(
    about: { readonly container: Container } & Pick<Invocation, 'what' | 'now' | 'realms' | 'event' | 'operatorEnds'>,
    timeout: number,
    work: (invocation: Invocation) => Promise<T>,
  ): Promise<T> {
    const { container: _, ...facts } = about;
    const invocation: Invocation = {
      n: ++this.invocations,
      startedAt: this.agenda.now,
      readings: [about.now],
      won: [],
      dead: false,
      ...facts,
    };
    return new Promise((resolve, reject) => {
      let isOver = false;
      this.agenda.in(timeout, () => {
        invocation.dead = true;
        if (isOver) return false;
        reject(new Error('timed out'));
        return true;
      });
      const answer = (value: T) => {
        isOver = true;
        resolve(value);
      };
      work(invocation).then(answer, (error: unknown) => {
        isOver = true;
        if (!(error instanceof Unavailable)) this.witness.broke(invocation, error);
        reject(error);
      });
    });
  }

  // --- containers and ports

  private anyContainer(): Container {
    return this.delays.one(this.containers);
  }

  private newContainer(draw: Chance): Container {
    return containerOf(this.plan, draw, this.agenda, this.start, (clock) =>
      schedulerTimers(this.scheduler.client, TARGET, clock),
    );
  }

  private portsOf(invocation: Invocation, container: Container) {
    const port = <Port extends object>(name: string, of: Port): Port =>
      Object.fromEntries(
        Object.entries(of).map(([method, work]) => [
          method,
          (...args: unknown[]) => {
            const sent = this.calls.leaves(invocation, container);
            return this.calls.to(invocation, `${name}.${method}`, () => work(...args, sent));
          },
        ]),
      ) as Port;
    const clock = () => {
      const now = container.clock();
      invocation.readings.push(now);
      return now;
    };
    return {
      seats: port<Seats>('seats', this.table.seatsFor(invocation, container.shards())),
      panels: port<Panels>('panels', this.panels.panelsFor(invocation)),
      history: port<History>('history', this.archive.history),
      bus: port<Bus>('bus', { announce: (entries) => this.tell(entries) }),
      timers: port<Timers>('timers', container.timers),
      meter: { add: () => {} },
      clock,
      ...this.calls.pacing(invocation),
    };
  }

  isOut(what: Outage['of']): boolean {
    const at = this.offset();
    return this.outages.some(({ of, from, until }) => of === what && from <= at && at < until);
  }

  private wrote(
    invocation: Invocation,
    sent: Sent,
    key: SeatKey,
    attempt: Attempt,
    old: Seat | undefined,
    now: Seat,
  ): void {
    this.trace(`function ${invocation.n} writes ${idOf(key)}: ${attempt.change.do}`);
    this.changed(key, old, now);
    this.witness.wrote({ inv: invocation, at: this.agenda.now, sent, key, attempt, old, now });
  }

  private collected(old: Seat): void {
    this.happened('garbage collection');
    this.changed(old.key, old, undefined);
    this.witness.collected(this.agenda.now, old);
  }

  private changed({ user }: SeatKey, old: Seat | undefined, now: Seat | undefined): void {
    const stream = user.charCodeAt(0) % this.streams.length;
    this.streams[stream]?.push({ id: `${++this.changes}`, old, now });
    this.agenda.in(this.delays.skewed(20, 500), () => this.readStream(stream));
  }

  private async tell(entries: readonly Entry[]): Promise<{ failed: readonly Entry[] }> {
    const failed = entries.filter(() => this.faults.is(this.rates.badBatch));
    const taken = entries.filter((entry) => !failed.includes(entry));
    for (const entry of taken) this.trace(`announced: ${entry.type} ${handleOf(entry.name)}`);
    this.witness.announced(taken, this.agenda.now);
    return { failed };
  }
}
