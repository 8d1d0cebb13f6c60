/**
 * What tells the journal of changes. Of an engine of our own these are written down by what stands before it; a DynamoDB
 * that was named has a stream that lasts.
 */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import type { DynamoDBRecord } from 'aws-lambda';
import type { Clock } from '../time.ts';
import { Changes, type Image } from './changes.ts';
import { onlyFor } from './credentials.ts';
import { type DataDirectory, removeFile } from './data.ts';
import type { DeliveryOptions } from './delivery.ts';
import type { DynamoDB } from './dynamodb.ts';
import { dynamodbEndpoint } from './dynamodb-endpoint.ts';
import { keepCollecting } from './garbage.ts';
import { listen } from './loopback.ts';
import { reasonOf, StartupError } from './startup-error.ts';
import { StreamReader } from './stream.ts';
import { endStream } from './table.ts';
import { CURE } from './table-file.ts';

export interface FeedOptions {
  readonly dynamodb: DynamoDB;
  readonly table: string;
  readonly data: DataDirectory;
  readonly clock: Clock;
  readonly say: (line: string) => void;
}

export interface Feed {
  /** Where the functions find their table. */
  readonly endpoint: string;
  /** Delivers what has changed since the last run, and from now on. Resolves once what changes is known by it. */
  start(delivery: DeliveryOptions): Promise<void>;
  /** Resolves once nothing is delivered any more. Writes are still taken, and delivered by the next run. */
  stop(): Promise<void>;
  /** Takes no write any more. */
  close(): Promise<void>;
}

export const openFeed = (options: FeedOptions): Promise<Feed> =>
  options.dynamodb.isOurs ? fromChanges(options) : fromStream(options);

/** Only seats, as the deployed event source filters: the function's own writes would wake it again. */
function isSeatKey({ pk, sk }: Image): boolean {
  return pk?.S?.startsWith('user#') === true && sk?.S?.startsWith('seat#') === true;
}

async function fromStream({ dynamodb, data, say }: FeedOptions): Promise<Feed> {
  const client = new DynamoDBStreamsClient(dynamodb.client);
  let reader: StreamReader | undefined;
  return {
    endpoint: dynamodb.client.endpoint,
    start: async (delivery) => {
      reader = await readerOf({ dynamodb, data, say }, client, delivery);
      reader?.start();
    },
    stop: async () => reader?.stop(),
    close: async () => client.destroy(),
  };
}

async function fromChanges({ dynamodb, table, data, clock, say }: FeedOptions): Promise<Feed> {
  const changes = await Changes.open({ file: data.file('changes.ndjson'), clock, say });
  const { client } = dynamodb;
  const before = dynamodbEndpoint({ engine: client.endpoint, table, changes, watches: isSeatKey });
  await before.reconcile().catch(async (error) => {
    await changes.close();
    throw new StartupError(`The DynamoDB engine cannot use ${data.file('table.db')} (${reasonOf(error)}); ${CURE}.`);
  });
  const server = await listen(0, onlyFor(client.credentials.accessKeyId, before.listener));
  const recorded = new DynamoDBClient({ ...client, endpoint: server.url });
  const stopping = new AbortController();
  return {
    endpoint: server.url,
    start: async (delivery) => {
      await drainFormerStream({ dynamodb, table, data, say }, delivery);
      changes.start(delivery);
      void keepCollecting({ client: recorded, table, clock, stop: stopping.signal });
    },
    stop: () => {
      stopping.abort();
      return changes.stop();
    },
    close: async () => {
      before.stop();
      recorded.destroy();
      await server.close();
      await changes.close();
    },
  };
}

/** An earlier version had the engine keep a stream: what that still holds came before everything else. */
async function drainFormerStream(options: Omit<FeedOptions, 'clock'>, delivery: DeliveryOptions) {
  const { dynamodb, table, data } = options;
  if (dynamodb.stream === undefined) return;
  const client = new DynamoDBStreamsClient(dynamodb.client);
  const engine = new DynamoDBClient(dynamodb.client);
  try {
    await (await readerOf(options, client, delivery))?.drain();
    await endStream(engine, table);
    await removeFile(data.file(CHECKPOINT));
  } finally {
    client.destroy();
    engine.destroy();
  }
}

const CHECKPOINT = 'stream.json';

async function readerOf(
  { dynamodb: { stream: streamArn }, data, say }: Pick<FeedOptions, 'dynamodb' | 'data' | 'say'>,
  client: DynamoDBStreamsClient,
  delivery: DeliveryOptions,
): Promise<StreamReader | undefined> {
  if (streamArn === undefined) return undefined;
  const filter = (record: DynamoDBRecord) => isSeatKey(record.dynamodb?.Keys ?? {});
  return StreamReader.open({ client, streamArn, file: data.file(CHECKPOINT), say, filter, ...delivery });
}
