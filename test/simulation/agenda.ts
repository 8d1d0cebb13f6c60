/** Virtual time: what is to happen, by its instant. Everything that waits, waits here; nothing sleeps. */
import { type EpochMs, epochMs } from '../../lib/time.ts';

interface Entry {
  readonly at: number;
  /** Between things of the same instant, chance decides. */
  readonly tie: number;
  readonly run: Deed;
}

/** `false` where nothing came of it: nobody is waiting for what it did. */
type Deed = () => unknown;

export class Agenda {
  now: EpochMs;
  happened = 0;
  private readonly heap: Entry[] = [];
  private readonly tie: () => number;

  constructor(start: EpochMs, tie: () => number) {
    this.now = start;
    this.tie = tie;
  }

  at(instant: number, run: Deed): void {
    this.push({ at: Math.max(instant, this.now), tie: this.tie(), run });
  }

  in(length: number, run: Deed): void {
    this.at(this.now + length, run);
  }

  wait(length: number): Promise<void> {
    return new Promise((resolve) => this.in(length, resolve));
  }

  /** Lets everything happen through `until`; whatever is waiting on a promise goes on before the next thing happens. */
  async runThrough(until: number): Promise<void> {
    // Called from wherever: what is put off to the next tick comes after promises only where it is put off by one.
    await settled();
    for (let next = this.heap[0]; next !== undefined && next.at <= until; next = this.heap[0]) {
      this.pop();
      this.now = epochMs(next.at);
      if (next.run() === false) continue;
      this.happened++;
      await (this.happened % BREATH === 0 ? breathed() : settled());
    }
    this.now = epochMs(Math.max(this.now, until));
  }

  private push(entry: Entry): void {
    const { heap } = this;
    let n = heap.push(entry) - 1;
    while (n > 0) {
      const parent = (n - 1) >> 1;
      if (!isBefore(entry, heap[parent])) break;
      heap[n] = heap[parent] as Entry;
      n = parent;
    }
    heap[n] = entry;
  }

  private pop(): void {
    const { heap } = this;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let n = 0;
    for (;;) {
      let child = 2 * n + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1], heap[child])) child++;
      if (!isBefore(heap[child], last)) break;
      heap[n] = heap[child] as Entry;
      n = child;
    }
    heap[n] = last;
  }
}

const isBefore = (one: Entry | undefined, other: Entry | undefined): boolean =>
  one !== undefined && other !== undefined && (one.at < other.at || (one.at === other.at && one.tie < other.tie));

/** After every promise that can settle has settled: what is put off to the next tick waits for all of them. */
const settled = (): Promise<void> => new Promise((resolve) => process.nextTick(resolve));

/** The real world has its turn too, now and then: its messages, and its patience. */
const BREATH = 1_000;
const breathed = (): Promise<void> => new Promise(setImmediate);
