/**
 * What everybody measured talks to: one engine in memory, made anew whenever a measurement wants it empty, and a Scheduler;
 * both near, and far, behind a wire that holds every request back as a Region's network does.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BatchWriteItemCommand, CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Item } from '../lib/aws/items.ts';
import { type Address, freeAddress } from '../lib/local/address.ts';
import { type Engine, startEngine } from '../lib/local/engine.ts';
import { tableOf } from '../lib/local/table.ts';
import { present } from '../lib/present.ts';

/** What any SDK client is made with. */
export interface ClientConfig {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

export interface Reach {
  readonly dynamodb: ClientConfig;
  readonly scheduler: ClientConfig;
  /** Absent where there is none. */
  readonly redis?: Address;
}

export interface Engines {
  readonly near: Reach;
  /** The same, a round trip of `delayMs` away. */
  readonly far: Reach;
  /** An empty engine in the place of the last one. */
  renew(): Promise<void>;
  stop(): Promise<void>;
}

/** Told to the wire's process, and what it says once it listens. */
export interface WireTask {
  readonly delayMs: number;
  readonly wires: readonly { readonly from: Address; readonly to: Address }[];
  /** Where the Scheduler keeps what it is told. */
  readonly directory: string;
}
export interface WireReady {
  readonly nearScheduler: string;
  readonly farScheduler: string;
}

export const clientConfig = (endpoint: string): ClientConfig => ({
  endpoint,
  region: 'us-east-1',
  credentials: { accessKeyId: 'bench', secretAccessKey: 'bench' },
});

/** The SDK's client as it comes, but as patient as ours. It keeps its connections alive by itself. */
export const plainClient = (config: ClientConfig): DynamoDBClient =>
  new DynamoDBClient({ ...config, maxAttempts: 3, requestHandler: { connectionTimeout: 500, requestTimeout: 1_000 } });

const urlOf = ({ host, port }: Address): string => `http://${host}:${port}`;

/** @param redis a server that is to be near and far too */
export async function openEngines(delayMs: number, redis?: Address): Promise<Engines> {
  const engineWire = { from: await freeAddress(), to: await freeAddress() };
  const redisWire = redis && { from: await freeAddress(), to: redis };
  const directory = mkdtempSync(join(tmpdir(), 'curfew-bench-'));
  const task: WireTask = { delayMs, wires: [engineWire, ...(redisWire === undefined ? [] : [redisWire])], directory };
  // In a process of its own: what it does must not take from the time of those who are measured.
  const wire = fork(fileURLToPath(new URL('engine-wire.ts', import.meta.url)), [JSON.stringify(task)]);
  const [ready] = (await once(wire, 'message')) as [WireReady];
  let engine: Engine | undefined;

  return {
    near: {
      dynamodb: clientConfig(urlOf(engineWire.to)),
      scheduler: clientConfig(ready.nearScheduler),
      ...present({ redis }),
    },
    far: {
      dynamodb: clientConfig(urlOf(engineWire.from)),
      scheduler: clientConfig(ready.farScheduler),
      ...present({ redis: redisWire?.from }),
    },
    renew: async () => {
      await engine?.stop();
      engine = await startEngine({ address: engineWire.to });
    },
    stop: async () => {
      const gone = once(wire, 'exit');
      wire.kill();
      await Promise.all([gone, engine?.stop()]);
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** As the stack makes it, but for the stream: this engine reads the whole past of one at each write. */
export async function createTableWithoutStream(client: DynamoDBClient, name: string): Promise<void> {
  await client.send(new CreateTableCommand(tableOf(name)));
}

/** DynamoDB's own limit. */
const BATCH_MAX = 25;
const BATCHES_AT_ONCE = 4;

export async function putAll(client: DynamoDBClient, table: string, items: readonly Item[]): Promise<void> {
  const batches = Array.from({ length: Math.ceil(items.length / BATCH_MAX) }, (_, n) =>
    items.slice(n * BATCH_MAX, (n + 1) * BATCH_MAX),
  );
  const putNext = async (): Promise<void> => {
    for (let batch = batches.pop(); batch !== undefined; batch = batches.pop()) {
      const puts = batch.map((Item) => ({ PutRequest: { Item } }));
      await client.send(new BatchWriteItemCommand({ RequestItems: { [table]: puts } }));
    }
  };
  await Promise.all(Array.from({ length: BATCHES_AT_ONCE }, putNext));
}
