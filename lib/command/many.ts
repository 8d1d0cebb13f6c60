/** What commands have in common that do one thing to many: a question first, several at once, and what became of them. */
import { Refused } from './api.ts';
import { Misuse } from './exit-codes.ts';
import type { Surroundings } from './operator-command.ts';

/** So many requests are under way: what one container of the API does without another being started for it. */
const AT_ONCE = 10;

/** A request that may pass in a moment is made so often, where doing it twice does no harm. */
const TRIES_MAX = 4;
const PAUSE_MS = 1_000;

/** Throws `Misuse` where nobody can be asked. */
export async function isAgreed(
  { confirm }: Pick<Surroundings, 'confirm'>,
  question: string,
  yes: boolean | undefined,
): Promise<boolean> {
  if (yes === true) return true;
  if (confirm === undefined) throw new Misuse('nobody can be asked here: say --yes if that is meant');
  return confirm(question);
}

/**
 * Does it to each, in their order, several at once. The first failure stops what has not begun; it is thrown once what is
 * under way is done, so that all that was done is known. Who asks again goes on from there.
 */
export async function doneToEach<T>(
  items: readonly T[],
  act: (item: T) => Promise<void>,
  onDone: (count: number) => void,
): Promise<void> {
  let [next, done] = [0, 0];
  const failures: unknown[] = [];
  const work = async () => {
    while (next < items.length && failures.length === 0) {
      const item = items[next++] as T;
      try {
        await act(item);
        onDone(++done);
      } catch (error) {
        failures.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  if (failures.length > 0) throw failures[0];
}

/** With how many are done; after a break, with what to do. */
export async function doneInView<T>(
  { progress }: Pick<Surroundings, 'progress'>,
  done: string,
  items: readonly T[],
  act: (item: T) => Promise<void>,
): Promise<void> {
  let count = 0;
  try {
    await doneToEach(items, act, (number) => {
      count = number;
      progress(`${number} of ${items.length} ${done}`);
    });
  } catch (error) {
    if (error instanceof Refused) {
      throw new Refused(
        error.status,
        `${error.message}\n${count} of ${items.length} are ${done}: the same command goes on from there`,
      );
    }
    throw error;
  } finally {
    progress('');
  }
}

/** For what is not done again by itself, such as a key: here a second one does no harm. */
export async function again<T>({ wait }: Pick<Surroundings, 'wait'>, act: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await act();
    } catch (error) {
      const mayPass = error instanceof Refused && (error.status === 429 || error.status === 503);
      if (!mayPass || tries === TRIES_MAX) throw error;
      await wait(PAUSE_MS * tries);
    }
  }
}
