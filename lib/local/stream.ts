/**
 * Reads the table's stream and hands it to a function as Lambda's event source does: in order, in batches, at least
 * once. The checkpoint moves only when a batch is through, so a crash repeats at most that batch.
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
import type { DynamoDBBatchResponse, DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import { type DurationMs, durationMs, SECOND } from '../time.ts';
import { readJson, replaceFile } from './data.ts';
import { REGION } from './lambda.ts';
import { reasonOf } from './startup-error.ts';

export interface StreamOptions {
  readonly client: DynamoDBStreamsClient;
  readonly streamArn: string;
  /** Where the checkpoint is kept. */
  readonly file: string;
  readonly deliver: (event: DynamoDBStreamEvent) => Promise<DynamoDBBatchResponse | undefined>;
  /** Takes a record that could not be delivered, and why. */
  readonly onDeadLetter: (record: DynamoDBRecord, reason: string) => Promise<void>;
  /** Which records are delivered at all. @default all */
  readonly filter?: (record: DynamoDBRecord) => boolean;
  /** Tries of one batch without any progress. @default 10 */
  readonly attemptsMax?: number;
  /** The wait before the second try; it doubles with each. @default 200 ms, at most 10 s */
  readonly retryAfterMs?: DurationMs;
  /** The wait between two looks at a stream that had nothing new. @default 50 ms */
  readonly idleMs?: DurationMs;
}

/** The one of the deployed stack. */
const BATCH_MAX = 100;

/** The API's own limit. */
const PAGE_MAX = 1_000;

/**
 * The local engine reads its stream's whole past at each look, and writes nothing meanwhile: looking takes a tenth of
 * its time at most.
 */
const REST_PER_LOOK = 9;
const RETRY_AFTER_MAX = durationMs(10 * SECOND);

/** How long the list of shards is taken for current. A shard whose parent is read to its end is found by then. */
const SHARDS_FRESH_MS = durationMs(10 * SECOND);

/** The last delivered sequence number of each shard; a shard read to its end is `done`. */
interface Checkpoint {
  readonly streamArn: string;
  readonly shards: Record<string, { after?: string; done?: true }>;
}

interface Tried {
  readonly delivered: number;
  readonly isNamed: boolean;
  readonly reason: string;
}

export class StreamReader {
  readonly #options: StreamOptions;
  readonly #stop = new AbortController();
  readonly #iterators = new Map<string, string>();
  #checkpoint: Checkpoint;
  #shards: readonly Shard[] = [];
  #shardsReadAt = Number.NEGATIVE_INFINITY;
  /** How long the table was busy with what is read in this pass. */
  #lookedMs = 0;
  #loop: Promise<void> = Promise.resolve();

  private constructor(options: StreamOptions, checkpoint: Checkpoint) {
    this.#options = options;
    this.#checkpoint = checkpoint;
  }

  static async open(options: StreamOptions): Promise<StreamReader> {
    const kept = (await readJson(options.file)) as Checkpoint | undefined;
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

  async #run(): Promise<void> {
    const { idleMs = durationMs(50) } = this.#options;
    while (!this.#stop.signal.aborted) {
      this.#lookedMs = 0;
      // The table may not answer for a while; the stream waits for it.
      const progress = await this.#pass().catch(() => false);
      const rest = Math.round(this.#lookedMs * REST_PER_LOOK);
      await this.#pause(durationMs(progress ? rest : Math.max(idleMs, rest)));
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
    const askedAt = performance.now();
    try {
      page = await this.#options.client.send(new GetRecordsCommand({ ShardIterator, Limit: PAGE_MAX }));
    } catch (error) {
      if (error instanceof TrimmedDataAccessException) await this.#move(id, {});
      else if (!(error instanceof ExpiredIteratorException)) throw error;
      return true;
    } finally {
      this.#lookedMs += performance.now() - askedAt;
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

  /**
   * Delivers from the first record that failed until all are through. A batch that fails as a whole again and again is
   * delivered record by record, so that one that can never succeed takes no other with it. Resolves to false when the
   * reader was stopped before the end.
   */
  async #deliverAll(shard: string, records: readonly DynamoDBRecord[]): Promise<boolean> {
    const { attemptsMax = 10, filter = () => true } = this.#options;
    let rest = records.filter(filter);
    let size = BATCH_MAX;
    let attempts = 0;
    const advance = async (count: number) => {
      const last = rest[count - 1]?.dynamodb?.SequenceNumber;
      rest = rest.slice(count);
      attempts = 0;
      if (last !== undefined) await this.#move(shard, { after: last });
    };
    while (rest.length > 0) {
      if (this.#stop.signal.aborted) return false;
      const batch = rest.slice(0, size);
      const { delivered, isNamed, reason } = await this.#tryOnce(batch);
      attempts += 1;
      if (delivered > 0) await advance(delivered);
      if (delivered === batch.length) continue;
      if (attempts < attemptsMax) {
        await this.#pause(this.#retryAfter(Math.max(1, attempts)));
      } else if (size > 1 && !isNamed) {
        size = 1;
        attempts = 0;
      } else {
        for (const record of batch.slice(0, 1)) await this.#options.onDeadLetter(record, reason);
        await advance(1);
      }
    }
    const last = records.at(-1)?.dynamodb?.SequenceNumber;
    if (last !== undefined && this.#checkpoint.shards[shard]?.after !== last) await this.#move(shard, { after: last });
    return true;
  }

  /** How many records from the first on are through, and whether the function named the next as the one that failed. */
  async #tryOnce(batch: readonly DynamoDBRecord[]): Promise<Tried> {
    try {
      const response = await this.#options.deliver({ Records: [...batch] });
      const failed = new Set(response?.batchItemFailures.map((failure) => failure.itemIdentifier));
      if (failed.size === 0) return { delivered: batch.length, isNamed: false, reason: '' };
      // As Lambda has it: a failure that names no record of the batch is a failure of all of it.
      const first = batch.findIndex((record) => failed.has(record.dynamodb?.SequenceNumber ?? ''));
      return { delivered: Math.max(0, first), isNamed: first >= 0, reason: 'the function reported it as failed' };
    } catch (error) {
      return { delivered: 0, isNamed: false, reason: reasonOf(error) };
    }
  }

  async #move(shard: string, position: { after?: string; done?: true }): Promise<void> {
    this.#checkpoint = { ...this.#checkpoint, shards: { ...this.#checkpoint.shards, [shard]: position } };
    await replaceFile(this.#options.file, JSON.stringify(this.#checkpoint));
  }

  #retryAfter(attempts: number): DurationMs {
    const first = this.#options.retryAfterMs ?? durationMs(200);
    return durationMs(Math.min(RETRY_AFTER_MAX, first * 2 ** (attempts - 1)));
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
