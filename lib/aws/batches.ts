/** Reading, writing and deleting many items at once. A batch may come back half done; the rest is asked for again, a few times. */
import { setTimeout as pause } from 'node:timers/promises';
import { BatchGetItemCommand, BatchWriteItemCommand } from '@aws-sdk/client-dynamodb';
import { Unavailable } from '../service/ports.ts';
import { TABLE } from '../table.ts';
import { ask } from './faults.ts';
import type { Item, Table } from './items.ts';

/** DynamoDB's limits on one request. */
const READ_MAX = 100;
const WRITE_MAX = 25;

/** The pauses before asking for the rest again, in milliseconds. After the last of them it is called a passing fault. */
const PAUSES = [25, 50, 100, 200];

/** The items that exist, in no order. Repeated keys are read once. */
export async function readItems(port: string, { client, name }: Table, keys: readonly Item[]): Promise<Item[]> {
  const found: Item[] = [];
  await inBatches(port, distinct(keys), READ_MAX, async (batch) => {
    const answer = await client.send(new BatchGetItemCommand({ RequestItems: { [name]: { Keys: [...batch] } } }));
    found.push(...(answer.Responses?.[name] ?? []));
    return answer.UnprocessedKeys?.[name]?.Keys ?? [];
  });
  return found;
}

/** Puts the items, whatever was there. Of items with the same key, the last. */
export const putItems = (port: string, { client, name }: Table, items: readonly Item[]): Promise<void> =>
  inBatches(port, distinct(items), WRITE_MAX, async (batch) => {
    const requests = batch.map((Item) => ({ PutRequest: { Item } }));
    const answer = await client.send(new BatchWriteItemCommand({ RequestItems: { [name]: requests } }));
    return (answer.UnprocessedItems?.[name] ?? []).flatMap(({ PutRequest }) =>
      PutRequest?.Item === undefined ? [] : [PutRequest.Item],
    );
  });

/** Deletes the items of these keys, whether they are there or not. */
export const deleteItems = (port: string, { client, name }: Table, keys: readonly Item[]): Promise<void> =>
  inBatches(port, distinct(keys), WRITE_MAX, async (batch) => {
    const requests = batch.map((Key) => ({ DeleteRequest: { Key } }));
    const answer = await client.send(new BatchWriteItemCommand({ RequestItems: { [name]: requests } }));
    return (answer.UnprocessedItems?.[name] ?? []).flatMap(({ DeleteRequest }) =>
      DeleteRequest?.Key === undefined ? [] : [DeleteRequest.Key],
    );
  });

/** `request` answers with what it left undone. */
async function inBatches(
  port: string,
  items: readonly Item[],
  size: number,
  request: (batch: readonly Item[]) => Promise<readonly Item[]>,
): Promise<void> {
  for (let start = 0; start < items.length; start += size) {
    let rest = await ask(port, () => request(items.slice(start, start + size)));
    for (const length of PAUSES) {
      if (rest.length === 0) break;
      await pause(length);
      const undone = rest;
      rest = await ask(port, () => request(undone));
    }
    if (rest.length > 0) throw new Unavailable(port);
  }
}

/** A batch that names one key twice is refused as a whole. */
const distinct = (items: readonly Item[]): Item[] => [
  ...new Map(
    items.map((item) => [JSON.stringify([item[TABLE.partitionKey]?.S, item[TABLE.sortKey]?.S]), item]),
  ).values(),
];
