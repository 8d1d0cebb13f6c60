/** Time that passes when a test says so. */
export class VirtualTime {
  now: number;
  readonly waited: number[] = [];
  readonly #waiting = new Set<{ readonly at: number; readonly resolve: () => void }>();

  constructor(now = Date.parse('2026-11-22T14:00:00Z')) {
    this.now = now;
  }

  readonly clock = (): number => this.now;

  /** What is handed to the client. */
  readonly wait = (ms: number, signal?: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      this.waited.push(ms);
      const entry = { at: this.now + ms, resolve };
      this.#waiting.add(entry);
      signal?.addEventListener('abort', () => this.#waiting.delete(entry) && resolve());
    });

  /** Passes, and everything that waited for it goes on, one after the other. */
  async pass(ms: number): Promise<void> {
    const until = this.now + ms;
    for (;;) {
      await settled();
      const [next] = [...this.#waiting].filter(({ at }) => at <= until).sort((a, b) => a.at - b.at);
      if (next === undefined) break;
      this.now = next.at;
      this.#waiting.delete(next);
      next.resolve();
    }
    this.now = until;
  }

  get isAnyoneWaiting(): boolean {
    return this.#waiting.size > 0;
  }
}

/** Whatever can go on without time passing has gone on. A signature takes a few turns. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) await new Promise(setImmediate);
}
