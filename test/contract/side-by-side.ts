/** The two implementations of seats and panels side by side: each is asked the same, and must answer the same. */
import { expect } from 'vitest';
import { dynamoPanels } from '../../lib/aws/panels.ts';
import { dynamoSeats } from '../../lib/aws/seats.ts';
import { memoryPanels } from '../../lib/memory/panels.ts';
import { memorySeats } from '../../lib/memory/seats.ts';
import type { Panels, Seats } from '../../lib/service/ports.ts';
import type { SeatKey } from '../../lib/session/seat.ts';
import { allShards } from '../../lib/session/shards.ts';
import { NEVER } from '../../lib/time.ts';
import type { TestEngine } from '../support/engine.ts';

/** How often a property is tried: enough to meet every pair of steps many times over, few enough for every run of the tests. */
const RUNS = Number(process.env.CURFEW_RANDOM_RUNS ?? 60);
export const STEPS_MAX = 40;
/** On a machine that has much else to do. */
const MS_A_RUN = 4_000;
export const WITHIN_MS = RUNS * MS_A_RUN;
/** What is found is shown in time, if not in its shortest form. */
export const PARAMETERS = { numRuns: RUNS, interruptAfterTimeLimit: WITHIN_MS * 0.8 };

/** Both empty. */
export async function sideBySide(engine: TestEngine) {
  const table = { client: engine.client, name: (await engine.createTable()).name };
  const seats = both<Seats>(memorySeats({ shards: 1 }), dynamoSeats(table, { shards: 1 }));
  const panels = both<Panels>(memoryPanels(), dynamoPanels(table));
  return { seats, panels };
}

/**
 * One question at a time: of two that are asked at once either may be first, here and there. What lists seats gives them in
 * an order of its own.
 */
function both<Port extends object>(memory: Port, dynamo: Port): Port {
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const done = last.then(work, work);
    last = done;
    return done;
  };
  const ask =
    (name: string) =>
    (...asked: unknown[]) =>
      inTurn(async () => {
        const answers = await Promise.all(
          [memory, dynamo].map((port) => (Reflect.get(port, name) as (...asked: unknown[]) => unknown)(...asked)),
        );
        const [expected, answer] = answers.map(sorted);
        expect(answer, `${name} of ${JSON.stringify(asked)}`).toEqual(expected);
        return answers[0];
      });
  return Object.fromEntries(Object.keys(memory).map((name) => [name, ask(name)])) as Port;
}

const sorted = (answer: unknown): unknown => {
  const { items } = (answer ?? {}) as { items?: readonly { key: SeatKey }[] };
  return items === undefined ? answer : items.toSorted((a, b) => (nameOf(a.key) < nameOf(b.key) ? -1 : 1));
};

const nameOf = ({ realm, user, seat }: SeatKey): string => `${realm}#${user}#${seat}`;

/** The items, and the entries of the index, are the same. */
export async function compare({ seats }: { seats: Seats }, keys: readonly SeatKey[]): Promise<void> {
  for (const key of keys) await seats.read(key);
  for (const shard of allShards(1)) await seats.due(shard, { through: NEVER, limit: 100 });
}
