/** A process of the part `sweep`: one engine, so many sessions due, and the sweep over the function's own ports until nothing goes on. */
import { QueryCommand } from '@aws-sdk/client-dynamodb';
import { type SweepOptions, sweep } from '../lib/service/sweep.ts';
import { TABLE as SCHEMA } from '../lib/table.ts';
import { epochMs, MINUTE } from '../lib/time.ts';
import { whenGiven } from './apart.ts';
import { invokedAs, openContainer, TABLE } from './container.ts';
import { putAll } from './engine.ts';
import { REALMS, sessionImages } from './session-images.ts';
import { spreadOf } from './statistics.ts';

export interface SweepTask {
  readonly sessions: number;
  /** A run's time is out when it has begun so many pages. @default Lambda's: a minute after it began */
  readonly pagesPerRun?: number;
}

export interface SweepRun {
  readonly ms: number;
  /** The first, and each that went on where another had stopped. */
  readonly runs: number;
  readonly requests: Readonly<Record<string, number>>;
  /** Still open when nobody went on. */
  readonly left: number;
  /** The most that was in use after a collection: before the first page, and between pages. */
  readonly heap: { readonly before: number; readonly during: number };
  /** One bare `UpdateItem` of the same, as many in flight, on as many items: of the middle page. */
  readonly bareMs: number;
}

/** As many as a page of the sweep writes at once, this many times: half of them before the sweep, half after it. */
const BARE = { atOnce: 100, pages: 20 };

/** What the function keeps to itself of its minute (functions/on-sweep.ts). */
const RESERVE_MS = 10_000;

/** What a timer says when it fires. */
interface Fired {
  readonly shard: string;
  readonly slot: number;
  readonly cursor?: string;
}

/** Often enough to see it grow, seldom enough to collect in a hundredth of the time. */
const PAGES_BETWEEN_COLLECTIONS = 20;

whenGiven<SweepTask, SweepRun>(async ({ sessions, pagesPerRun }, report) => {
  const container = await openContainer(REALMS);
  const { client } = container;
  const images = await sessionImages(client, TABLE, { shards: 1, hasPanel: false });
  const { clock, complain, createTimers, meter, realms, seats, shards } = await import('../functions/runtime.ts');
  // Without its pauses: they are the pace's, and the part `day` has them.
  const alone = { pause: async () => {}, throttled: () => 0 };
  const ports = { seats, timers: createTimers(invokedAs.invokedFunctionArn), meter, clock, ...alone };
  const options: Omit<SweepOptions, 'hasTime'> = { realms, shards, shardsEver: shards, complain };
  let filled = 0;

  // Until the compiler has seen it all and the connections are open.
  await fill(WARM_UP);
  await sweepAll(() => MINUTE);
  const bare = BARE.atOnce * BARE.pages;
  const from = filled;
  await fill(bare / 2 + sessions);

  const barePages: number[] = [];
  let bareNext = from;
  const endBarely = async (): Promise<void> => {
    for (let page = 0; page < BARE.pages / 2; page++) {
      const ends = Array.from({ length: BARE.atOnce }, () => images.bareEnd(bareNext++));
      const startedAt = performance.now();
      await Promise.all(ends.map((end) => client.send(end)));
      barePages.push((performance.now() - startedAt) / BARE.atOnce);
    }
  };
  await endBarely();

  const before = heapInUse();
  let during = before;
  let collecting = 0;
  let pages = 0;
  const remaining = (begun: number, sinceMs: number): number => {
    if (++pages % PAGES_BETWEEN_COLLECTIONS === 0) {
      const collectedFrom = performance.now();
      during = Math.max(during, heapInUse());
      collecting += performance.now() - collectedFrom;
      if (sessions > BATCH) report(`page ${pages} of ${sessions / BARE.atOnce}`);
    }
    return pagesPerRun === undefined || begun < pagesPerRun ? MINUTE - sinceMs : 0;
  };

  const times: number[] = [];
  let runs = 0;
  let requests = {};
  for (let swept = 0; swept < Math.max(sessions, SWEPT_MIN); swept += sessions) {
    if (swept > 0) await fill(sessions);
    container.takeRequests();
    collecting = 0;
    const startedAt = performance.now();
    runs = await sweepAll(remaining);
    times.push(performance.now() - startedAt - collecting);
    requests = Object.fromEntries(container.takeRequests());
  }
  during = Math.max(during, heapInUse());
  await fill(bare / 2);
  bareNext = filled - bare / 2;
  await endBarely();
  const left = await countDue();
  await container.close();
  return {
    ms: spreadOf(times).median,
    runs,
    requests,
    left,
    heap: { before, during },
    bareMs: spreadOf(barePages).median,
  };

  async function fill(count: number): Promise<void> {
    const until = filled + count;
    while (filled < until) {
      const start = filled;
      filled = Math.min(start + BATCH, until);
      const items = Array.from({ length: filled - start }, (_, n) => images.opened(start + n));
      await putAll(client, TABLE, items);
      if (count > 2 * BATCH) report(`${filled} sessions are due`);
    }
  }

  /** What a timer fires, and whatever timer it arms to go on. Resolves to how many runs it took. */
  async function sweepAll(remaining: (begun: number, sinceMs: number) => number): Promise<number> {
    let runs = 0;
    const timers: Fired[] = [{ shard: 's0', slot: images.slot }];
    for (let fired = timers.pop(); fired !== undefined; fired = timers.pop()) {
      runs++;
      const runStartedAt = performance.now();
      let begun = 0;
      const hasTime = () => remaining(begun++, performance.now() - runStartedAt) > RESERVE_MS;
      const { slot, ...timer } = fired;
      await sweep(ports, { ...options, hasTime }, { ...timer, at: epochMs(slot) });
      timers.push(...(container.takeTimers() as Fired[]));
    }
    return runs;
  }

  async function countDue(): Promise<number> {
    const { name: IndexName, partitionKey } = SCHEMA.dueIndex;
    const query = new QueryCommand({
      TableName: TABLE,
      IndexName,
      Select: 'COUNT',
      KeyConditionExpression: '#shard = :shard',
      ExpressionAttributeNames: { '#shard': partitionKey },
      ExpressionAttributeValues: { ':shard': { S: 's0' } },
    });
    const { Count = 0 } = await client.send(query);
    return Count;
  }
});

/** Images are made and put so many at once. */
const BATCH = 5_000;
const WARM_UP = 500;
/** A thousand are swept in a second: once would say what the machine did in that second. */
const SWEPT_MIN = 5_000;

function heapInUse(): number {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}
