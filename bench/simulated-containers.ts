/** The containers of a function, in virtual time: one request each at a time, and a new one where all are at work. */

import { MINUTE } from '../lib/time.ts';
import type { Agenda } from '../test/simulation/agenda.ts';
import type { Chance } from '../test/simulation/chance.ts';

/** How long Lambda keeps one that has nothing to do: it does not say; some minutes is what people see. */
const KEPT_IDLE = 10 * MINUTE;

export class Containers<Made> {
  private readonly agenda: Agenda;
  private readonly chance: Chance;
  private readonly make: () => Made;
  private idle: { readonly made: Made; since: number }[] = [];
  private busy = 0;

  constructor(agenda: Agenda, chance: Chance, make: () => Made) {
    this.agenda = agenda;
    this.chance = chance;
    this.make = make;
  }

  get count(): number {
    return this.busy + this.idle.length;
  }

  /** In any idle one, for Lambda does not say in which: so each is used, each learns every slot for itself, and few go. */
  async run<Result>(work: (made: Made) => Promise<Result>): Promise<Result> {
    const { agenda, chance } = this;
    this.idle = this.idle.filter(({ since }) => agenda.now - since <= KEPT_IDLE);
    const [container = { made: this.make(), since: agenda.now }] =
      this.idle.length === 0 ? [] : this.idle.splice(chance.int(0, this.idle.length - 1), 1);
    this.busy++;
    try {
      return await work(container.made);
    } finally {
      this.busy--;
      container.since = agenda.now;
      this.idle.push(container);
    }
  }
}
