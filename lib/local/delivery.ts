/**
 * Hands records to a function as Lambda's event source does: in order, in batches, at least once. A batch that fails as a
 * whole again and again is delivered record by record, so that one that can never succeed takes no other with it.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { DynamoDBBatchResponse, DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import { type DurationMs, durationMs, SECOND } from '../time.ts';
import { reasonOf } from './startup-error.ts';

export interface DeliveryOptions {
  readonly deliver: (event: DynamoDBStreamEvent) => Promise<DynamoDBBatchResponse | undefined>;
  /** Takes a record that could not be delivered, and why. */
  readonly onDeadLetter: (record: DynamoDBRecord, reason: string) => Promise<void>;
  /** Tries of one batch without any progress. @default 10 */
  readonly attemptsMax?: number;
  /** The wait before the second try; it doubles with each. @default 200 ms, at most 10 s */
  readonly retryAfterMs?: DurationMs;
}

/** The one of the deployed stack. */
const BATCH_MAX = 100;

const RETRY_AFTER_MAX = durationMs(10 * SECOND);

interface Tried {
  readonly delivered: number;
  readonly isNamed: boolean;
  readonly reason: string;
}

/**
 * Delivers from the first record that failed until all are through; after each step `onThrough` is told the last that is.
 * Resolves to false when it was stopped before the end.
 */
export async function deliverAll(
  records: readonly DynamoDBRecord[],
  options: DeliveryOptions,
  onThrough: (last: DynamoDBRecord) => Promise<void>,
  stop: AbortSignal,
): Promise<boolean> {
  const { attemptsMax = 10, retryAfterMs = durationMs(200), onDeadLetter } = options;
  let rest = records;
  let size = BATCH_MAX;
  let attempts = 0;
  const advance = async (count: number) => {
    const last = rest[count - 1];
    if (last !== undefined) await onThrough(last);
    rest = rest.slice(count);
    attempts = 0;
  };
  while (rest.length > 0) {
    if (stop.aborted) return false;
    const batch = rest.slice(0, size);
    const { delivered, isNamed, reason } = await tryOnce(batch, options);
    attempts += 1;
    if (delivered > 0) await advance(delivered);
    if (delivered === batch.length) continue;
    if (attempts < attemptsMax) {
      const wait = Math.min(RETRY_AFTER_MAX, retryAfterMs * 2 ** Math.max(0, attempts - 1));
      await sleep(wait, undefined, { signal: stop }).catch(() => {});
    } else if (size > 1 && !isNamed) {
      size = 1;
      attempts = 0;
    } else {
      for (const record of batch.slice(0, 1)) await onDeadLetter(record, reason);
      await advance(1);
    }
  }
  return true;
}

/** How many records from the first on are through, and whether the function named the next as the one that failed. */
async function tryOnce(batch: readonly DynamoDBRecord[], { deliver }: DeliveryOptions): Promise<Tried> {
  try {
    const response = await deliver({ Records: [...batch] });
    const failed = new Set(response?.batchItemFailures.map((failure) => failure.itemIdentifier));
    if (failed.size === 0) return { delivered: batch.length, isNamed: false, reason: '' };
    // As Lambda has it: a failure that names no record of the batch is a failure of all of it.
    const first = batch.findIndex((record) => failed.has(record.dynamodb?.SequenceNumber ?? ''));
    return { delivered: Math.max(0, first), isNamed: first >= 0, reason: 'the function reported it as failed' };
  } catch (error) {
    return { delivered: 0, isNamed: false, reason: reasonOf(error) };
  }
}
