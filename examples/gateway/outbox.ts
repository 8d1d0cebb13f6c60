/**
 * What cannot be said while Curfew is unreachable is said later, in the order in which it happened, whichever printer it was
 * at: a user who has left one and gone to the next has left the first. A gateway in earnest keeps it on its disk.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Unreachable } from '../../lib/client/station.ts';

/** One delivery. However often it is called, it has the same id and the same `occurredAt`. */
export type Delivery<T> = () => Promise<T>;

const TRY_EVERY_MS = 500;

export class Outbox {
  readonly #waiting: Delivery<void>[] = [];
  readonly #failed: (error: unknown) => void;
  readonly #wait: (ms: number) => Promise<void>;

  /** @param failed told of what was refused for good: nothing else waits for that */
  constructor(failed: (error: unknown) => void, wait: (ms: number) => Promise<void> = sleep) {
    this.#failed = failed;
    this.#wait = wait;
  }

  get length(): number {
    return this.#waiting.length;
  }

  /** Resolves to what it was answered, or to `undefined` where it must wait: then `later` is called with the answer. */
  async send<T>(delivery: Delivery<T>, later: (answer: T) => void): Promise<T | undefined> {
    if (this.length === 0) {
      try {
        return await delivery();
      } catch (error) {
        if (!(error instanceof Unreachable)) throw error;
      }
    }
    this.#waiting.push(async () => later(await delivery()));
    if (this.length === 1) void this.#drain();
    return undefined;
  }

  async #drain(): Promise<void> {
    for (let [first] = this.#waiting; first !== undefined; [first] = this.#waiting) {
      try {
        await first();
        this.#waiting.shift();
      } catch (error) {
        if (error instanceof Unreachable) {
          await this.#wait(TRY_EVERY_MS);
        } else {
          this.#failed(error);
          this.#waiting.shift();
        }
      }
    }
  }
}
