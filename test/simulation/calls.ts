/** Calls from a function to what is outside of it: slow, lost, done although they report an error, and sent twice. */
import { Unavailable } from '../../lib/service/ports.ts';
import type { SweepPorts } from '../../lib/service/sweep.ts';
import { SECOND } from '../../lib/time.ts';
import type { Agenda } from './agenda.ts';
import type { Chance } from './chance.ts';
import type { Container, Invocation, Sent } from './invocation.ts';
import type { Outage, Rates } from './plan.ts';

/** As old as a `now` may be when it is written by (lib/service/carry.ts). */
const NOW_AGE = SECOND;

/** Those that change something. */
const WRITES: ReadonlySet<string> = new Set([
  'seats.write',
  'panels.write',
  'history.keep',
  'bus.announce',
  'timers.arm',
]);

interface World {
  readonly agenda: Agenda;
  readonly faults: Chance;
  readonly delays: Chance;
  readonly rates: () => Rates;
  readonly isOut: (what: Outage['of']) => boolean;
  readonly trace: (line: string) => void;
}

export class Calls {
  private readonly world: World;
  private count = 0;

  constructor(world: World) {
    this.world = world;
  }

  /** A call leaves: a write of it carries a token of its own (lib/aws/once.ts). */
  leaves({ readings }: Invocation, container: Container): Sent {
    const now = container.clock();
    return { token: ++this.count, nows: readings.filter((at) => now - at <= NOW_AGE) };
  }

  /** Never answers where its function is killed. */
  to<T>(invocation: Invocation, name: string, work: () => Promise<T>): Promise<T> {
    const { agenda, faults, trace } = this.world;
    const rates = this.world.rates();
    return new Promise((resolve, reject) => {
      const fail = () => agenda.in(this.latency(), () => invocation.dead || reject(new Unavailable(name)));
      const killed = faults.is(rates.killed);
      const dies = (when: 'before' | 'after') => {
        if (!killed || faults.is(0.5) !== (when === 'before')) return false;
        trace(`function ${invocation.n} is killed ${when} ${name}`);
        invocation.dead = true;
        return true;
      };
      agenda.in(this.latency(), () => {
        if (invocation.dead || dies('before')) return;
        if (this.isOutFor(name) || faults.is(rates.refusedCall)) {
          fail();
          return;
        }
        const misreported = faults.is(rates.doneButError);
        const isRepeated = WRITES.has(name) && faults.is(rates.repeatedCall);
        (isRepeated ? this.twice(work) : work()).then(
          (value) => {
            if (dies('after')) return;
            if (misreported) fail();
            else agenda.in(this.latency(), () => invocation.dead || resolve(value));
          },
          (error) => agenda.in(this.latency(), () => invocation.dead || reject(error)),
        );
      });
    });
  }

  /** What a sweep paces itself by. Nobody is throttled here: that is `npm run bench -- --only day`. */
  pacing(invocation: Invocation): Pick<SweepPorts, 'pause' | 'throttled'> {
    const { agenda } = this.world;
    const pause = (length: number) => new Promise<void>((go) => agenda.in(length, () => invocation.dead || go()));
    return { pause, throttled: () => 0 };
  }

  /**
   * The SDK hears no answer and sends again: the second answer counts. Or it was the first that was slow, and lands when all
   * is over; nobody hears what becomes of it.
   */
  private twice<T>(work: () => Promise<T>): Promise<T> {
    const { agenda, faults, delays, trace } = this.world;
    trace('a call is repeated below the port');
    const first = work();
    const second = (): Promise<T> =>
      new Promise((resolve, reject) => agenda.in(delays.skewed(1, 3_000), () => work().then(resolve, reject)));
    if (faults.is(0.7)) return first.then(second);
    first.then(second).catch(() => {});
    return first;
  }

  private latency(): number {
    const { faults, delays } = this.world;
    return faults.is(this.world.rates().slowCall) ? delays.int(1, 3_000) : delays.skewed(1, 20);
  }

  private isOutFor(call: string): boolean {
    const { isOut } = this.world;
    if (call.startsWith('seats') || call.startsWith('panels')) return isOut('seats');
    return call.startsWith('timers') ? isOut('scheduler') : isOut('announcing');
  }
}
