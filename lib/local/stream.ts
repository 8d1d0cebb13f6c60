/**
 * Reads the table's stream and hands it to a function as Lambda's event source does: in order, in batches, at least
 * once. The checkpoint moves only when a batch is through, so a crash repeats at most that batch. The engine of `npm start`
 * has a stream that wears out, and is followed by changes.ts instead.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type _Record,
  DescribeStreamCommand,
  type DynamoDBStreamsClient,
  ExpiredIteratorException,
  GetRecordsCommand,
  type GetRecordsCommandOutput,
  GetShardIteratorCommand,
  type Shard,
  TrimmedDataAccessException,
} from '@aws-sdk/client-dynamodb-streams';
import type { DynamoDBRecord } from 'aws-lambda';
import * as z from 'zod';
import { type DurationMs, durationMs, SECOND } from '../time.ts';
import { readState, replaceFile } from './data.ts';
import { type DeliveryOptions, deliverAll } from './delivery.ts';
import { REGION } from './lambda.ts';

export interface StreamOptions extends DeliveryOptions {
  readonly client: DynamoDBStreamsClient;
  readonly streamArn: string;
  /** Where the checkpoint is kept. */
  readonly file: string;
  /** Told in one line if that is damaged. @default nobody is told */
  readonly say?: (line: string) => void;
  /** Which records are delivered at all. @default all */
  readonly filter?: (record: DynamoDBRecord) => boolean;
  /** The wait between two looks at a stream that had nothing new. @default 50 ms */
  readonly idleMs?: DurationMs;
}

/** The API's own limit. */
const PAGE_MAX = 1_000;

/** How long the list of shards is taken for current. A shard whose parent is read to its end is found by then. */
const SHARDS_FRESH_MS = durationMs(10 * SECOND);

/** The last delivered sequence number of each shard; a shard read to its end is `done`. */
const checkpointSchema = z.object({
  streamArn: z.string(),
  shards: z.record(z.string(), z.object({ after: z.string().optional(), done: z.literal(true).optional() })),
});
interface Position {
  readonly after?: string | undefined;
  readonly done?: true | undefined;
}
interface Checkpoint {
  readonly streamArn: string;
  readonly shards: Readonly<Record<string, Position>>;
}

export class StreamReader {
  readonly #options: StreamOptions;
  readonly #stop = new AbortController();
  readonly #iterators = new Map<string, string>();
  #checkpoint: Checkpoint;
  #shards: readonly Shard[] = [];
  #shardsReadAt = Number.NEGATIVE_INFINITY;
  #loop: Promise<void> = Promise.resolve();

  private constructor(options: StreamOptions, checkpoint: Checkpoint) {
    this.#options = options;
    this.#checkpoint = checkpoint;
  }

  static async open(options: StreamOptions): Promise<StreamReader> {
    const { file, say = () => {} } = options;
    const without = 'what the stream still holds is announced again';
    const kept = await readState({ file, say, without, read: (json) => checkpointSchema.parse(json) });
    const isOurs = kept !== undefined && kept.streamArn === options.streamArn;
    return new StreamReader(options, isOurs ? kept : { streamArn: options.streamArn, shards: {} });
  }

  start(): void {
    this.#loop = this.#run();
  }

  /** Resolves once the batch that is being delivered is through, or was given up for the next run. */
  stop(): Promise<void> {
    this.#stop.abort();
    return this.#loop;
  }

  /** Delivers what the stream of a table that nobody writes to holds. Rejects where that cannot be read. */
  async drain(): Promise<void> {
    while (await this.#pass());
  }

  async #run(): Promise<void> {
    const { idleMs = durationMs(50) } = this.#options;
    while (!this.#stop.signal.aborted) {
      // The table may not answer for a while; the stream waits for it.
      const progress = await this.#pass().catch(() => false);
      if (!progress) await this.#pause(idleMs);
    }
  }

  /** One look at every open shard. Resolves to whether there was anything. */
  async #pass(): Promise<boolean> {
    await this.#refreshShards();
    let progress = false;
    for (const { ShardId } of this.#openShards()) {
      if (ShardId !== undefined && (await this.#readShard(ShardId))) progress = true;
    }
    return progress;
  }

  async #refreshShards(): Promise<void> {
    if (performance.now() - this.#shardsReadAt < SHARDS_FRESH_MS) return;
    const shards: Shard[] = [];
    let from: string | undefined;
    do {
      const page = new DescribeStreamCommand({
        StreamArn: this.#options.streamArn,
        ...(from === undefined ? {} : { ExclusiveStartShardId: from }),
      });
      const { StreamDescription } = await this.#options.client.send(page);
      shards.push(...(StreamDescription?.Shards ?? []));
      from = StreamDescription?.LastEvaluatedShardId;
    } while (from !== undefined);
    this.#shards = shards;
    this.#shardsReadAt = performance.now();
  }

  /** Not read to the end, but every ancestor is: an item's records cross from shard to shard in order. */
  #openShards(): Shard[] {
    const isOpen = (id: string | undefined) =>
      this.#shards.some((shard) => shard.ShardId === id) && this.#checkpoint.shards[id ?? '']?.done !== true;
    return this.#shards.filter((shard) => isOpen(shard.ShardId) && !isOpen(shard.ParentShardId));
  }

  async #readShard(id: string): Promise<boolean> {
    const ShardIterator = this.#iterators.get(id) ?? (await this.#iteratorOf(id));
    if (ShardIterator === undefined) return false;
    // Until the batch is through, the next look begins where this one did.
    this.#iterators.delete(id);
    let page: GetRecordsCommandOutput;
    try {
      page = await this.#options.client.send(new GetRecordsCommand({ ShardIterator, Limit: PAGE_MAX }));
    } catch (error) {
      if (error instanceof TrimmedDataAccessException) await this.#move(id, {});
      else if (!(error instanceof ExpiredIteratorException)) throw error;
      return true;
    }
    const records = (page.Records ?? []).map(toLambdaRecord);
    if (!(await this.#deliverAll(id, records))) return false;
    if (page.NextShardIterator !== undefined) this.#iterators.set(id, page.NextShardIterator);
    else await this.#finish(id);
    return records.length > 0;
  }

  async #finish(id: string): Promise<void> {
    await this.#move(id, { ...this.#checkpoint.shards[id], done: true });
    this.#shardsReadAt = Number.NEGATIVE_INFINITY;
  }

  async #iteratorOf(id: string): Promise<string | undefined> {
    const after = this.#checkpoint.shards[id]?.after;
    const position =
      after === undefined
        ? ({ ShardIteratorType: 'TRIM_HORIZON' } as const)
        : ({ ShardIteratorType: 'AFTER_SEQUENCE_NUMBER', SequenceNumber: after } as const);
    const request = { StreamArn: this.#options.streamArn, ShardId: id, ...position };
    try {
      return (await this.#options.client.send(new GetShardIteratorCommand(request))).ShardIterator;
    } catch (error) {
      // What came after the checkpoint is gone after the stream's 24 hours: go on with what is left.
      if (error instanceof TrimmedDataAccessException) await this.#move(id, {});
      throw error;
    }
  }

  /** Resolves to false when the reader was stopped before the end. */
  async #deliverAll(shard: string, records: readonly DynamoDBRecord[]): Promise<boolean> {
    const { filter = () => true } = this.#options;
    const through = (record: DynamoDBRecord) => this.#move(shard, { after: record.dynamodb?.SequenceNumber ?? '' });
    if (!(await deliverAll(records.filter(filter), this.#options, through, this.#stop.signal))) return false;
    const last = records.at(-1);
    if (last !== undefined && this.#checkpoint.shards[shard]?.after !== last.dynamodb?.SequenceNumber)
      await through(last);
    return true;
  }

  async #move(shard: string, position: Position): Promise<void> {
    this.#checkpoint = { ...this.#checkpoint, shards: { ...this.#checkpoint.shards, [shard]: position } };
    await replaceFile(this.#options.file, JSON.stringify(this.#checkpoint));
  }

  async #pause(length: DurationMs): Promise<void> {
    await sleep(length, undefined, { signal: this.#stop.signal }).catch(() => {});
  }
}

/** The SDK's record in the shape in which Lambda hands it over: epoch seconds, binary as base64. */
export function toLambdaRecord(record: _Record): DynamoDBRecord {
  const { dynamodb, userIdentity, ...rest } = record;
  const { ApproximateCreationDateTime: createdAt, ...change } = dynamodb ?? {};
  const plain = JSON.parse(JSON.stringify(change, binaryAsBase64));
  return {
    ...(rest as Omit<DynamoDBRecord, 'dynamodb' | 'userIdentity'>),
    awsRegion: REGION,
    dynamodb: {
      ...plain,
      ...(createdAt === undefined ? {} : { ApproximateCreationDateTime: Math.floor(createdAt.getTime() / 1000) }),
    },
    ...(userIdentity === undefined
      ? {}
      : { userIdentity: { type: userIdentity.Type, principalId: userIdentity.PrincipalId } }),
  };
}

function binaryAsBase64(_: string, value: unknown): unknown {
  return value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value;
}
