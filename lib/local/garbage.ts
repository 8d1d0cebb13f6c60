/**
 * The table's TTL on one machine: the engine knows which attribute it is, and deletes nothing. As in DynamoDB, an item is
 * deleted some time after its second has passed, and the changes tell of it.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  type DynamoDBClient,
  paginateScan,
} from '@aws-sdk/client-dynamodb';
import { TABLE } from '../table.ts';
import { type Clock, type DurationMs, HOUR, MINUTE, SECOND } from '../time.ts';

export interface GarbageOptions {
  readonly client: DynamoDBClient;
  readonly table: string;
  readonly clock: Clock;
  readonly stop: AbortSignal;
}

/** By then the first backstop has announced what ended while nothing ran. */
const FIRST_AFTER: DurationMs = MINUTE;
const EVERY: DurationMs = HOUR;

/** Looking takes a tenth of the engine's time at most. */
const REST_PER_LOOK = 9;

/** A page is small, so that nobody waits long behind it. */
const PAGE_ITEMS = 500;

/** Again and again, until it is stopped. What fails is tried the next time. */
export async function keepCollecting(options: GarbageOptions): Promise<void> {
  const pause = (length: number) => sleep(length, undefined, { signal: options.stop, ref: false }).catch(() => {});
  for (let wait = FIRST_AFTER; !options.stop.aborted; wait = EVERY) {
    await pause(wait);
    if (!options.stop.aborted) await collectGarbage(options, pause).catch(() => {});
  }
}

/** Deletes each item whose time is over, if that is still so. */
export async function collectGarbage(
  { client, table, clock, stop }: GarbageOptions,
  pause: (length: number) => Promise<void> = async () => {},
): Promise<void> {
  const names = { '#ttl': TABLE.ttl };
  const isOver = '#ttl <= :now';
  const now = () => ({ ':now': { N: String(Math.floor(clock() / SECOND)) } });
  const pages = paginateScan(
    { client, pageSize: PAGE_ITEMS },
    {
      TableName: table,
      FilterExpression: isOver,
      ProjectionExpression: `${TABLE.partitionKey}, ${TABLE.sortKey}`,
      ExpressionAttributeNames: names,
      ExpressionAttributeValues: now(),
    },
  );
  let askedAt = performance.now();
  for await (const { Items = [] } of pages) {
    for (const Key of Items) {
      const deletion = new DeleteItemCommand({
        TableName: table,
        Key,
        ConditionExpression: isOver,
        ExpressionAttributeNames: names,
        ExpressionAttributeValues: now(),
      });
      await client.send(deletion).catch((error) => {
        // Somebody has written it anew.
        if (!(error instanceof ConditionalCheckFailedException)) throw error;
      });
    }
    await pause((performance.now() - askedAt) * REST_PER_LOOK);
    if (stop.aborted) return;
    askedAt = performance.now();
  }
}
