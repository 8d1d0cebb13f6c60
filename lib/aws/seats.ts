/** Seats on DynamoDB: one item each, and each write one conditional update. */
import {
  GetItemCommand,
  paginateQuery,
  QueryCommand,
  type QueryCommandInput,
  type QueryCommandOutput,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { DueSeat, Page, Seats, Written } from '../service/ports.ts';
import { countByRealm, type Seat, type SeatKey } from '../session/seat.ts';
import type { Attempt } from '../session/write.ts';
import { TABLE } from '../table.ts';
import { type EpochMs, epochMs } from '../time.ts';
import { readItems } from './batches.ts';
import { fromCursor, toCursor } from './cursor.ts';
import { expressionsOf } from './expressions.ts';
import { ask, askIf } from './faults.ts';
import { type Image, type Item, keyOf, numberOf, type Table, textOf } from './items.ts';
import { SEAT, seatFromImage, seatItemKey, seatKeyOf, userPartition } from './seat-item.ts';

const PORT = 'seat';

export interface SeatsOptions {
  /** Over how many shards the deadlines are spread. */
  readonly shards: number;
  /** Told of each item of many that this version cannot read; it is left out. @default nobody is told */
  readonly onUnreadable?: (error: unknown) => void;
}

export function dynamoSeats(table: Table, options: SeatsOptions): Seats {
  const { client, name: TableName } = table;

  return { write, read, readMany, ofUser, due, countOpen };

  async function write(key: SeatKey, attempt: Attempt): Promise<Written> {
    const update = new UpdateItemCommand({
      TableName,
      Key: seatItemKey(key),
      ...expressionsOf(attempt, key, options.shards),
      ReturnValues: 'ALL_NEW',
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    });
    const written = await askIf(PORT, () => client.send(update));
    return written.won
      ? { won: true, seat: seatOf(written.output.Attributes ?? {}) }
      : { won: false, seat: seatFromImage(written.item) };
  }

  async function read(key: SeatKey): Promise<Seat | undefined> {
    const get = new GetItemCommand({ TableName, Key: seatItemKey(key), ConsistentRead: true });
    const { Item } = await ask(PORT, () => client.send(get));
    return seatFromImage(Item);
  }

  async function readMany(keys: readonly SeatKey[]): Promise<Seat[]> {
    return readable(await readItems(PORT, table, keys.map(seatItemKey)));
  }

  async function ofUser(realm: string, user: string): Promise<Seat[]> {
    const pages = await queryAll({
      KeyConditionExpression: '#pk = :user AND begins_with(#sk, :seat)',
      ExpressionAttributeNames: { '#pk': TABLE.partitionKey, '#sk': TABLE.sortKey },
      ExpressionAttributeValues: { ':user': { S: userPartition(realm, user) }, ':seat': { S: SEAT } },
      ConsistentRead: true,
    });
    return pages.flatMap(({ Items = [] }) => readable(Items));
  }

  async function due(
    shard: string,
    { through, limit, cursor }: { through: EpochMs; limit: number; cursor?: string },
  ): Promise<Page<DueSeat>> {
    const start = cursor === undefined ? undefined : indexKeyFrom(cursor, shard);
    // A cursor from a clock that was ahead of this one: DynamoDB would refuse a start behind the end.
    if (start !== undefined && numberOf(start, DUE) > through) return { items: [] };
    const query = new QueryCommand({
      TableName,
      IndexName: TABLE.dueIndex.name,
      KeyConditionExpression: '#shard = :shard AND #due <= :through',
      ExpressionAttributeNames: { '#shard': SHARD, '#due': DUE },
      ExpressionAttributeValues: { ':shard': { S: shard }, ':through': { N: String(through) } },
      Limit: limit,
      ...(start === undefined ? {} : { ExclusiveStartKey: start }),
    });
    const { Items = [], LastEvaluatedKey: last } = await ask(PORT, () => client.send(query));
    return { items: Items.flatMap(dueSeatOf), ...(last === undefined ? {} : { cursor: cursorFrom(last) }) };
  }

  /** The index holds keys only, so naming each session reads no more than counting them would. */
  async function countOpen(shard: string): Promise<ReadonlyMap<string, number>> {
    const pages = await queryAll({
      IndexName: TABLE.dueIndex.name,
      KeyConditionExpression: '#shard = :shard',
      ExpressionAttributeNames: { '#shard': SHARD },
      ExpressionAttributeValues: { ':shard': { S: shard } },
    });
    return countByRealm(pages.flatMap(({ Items = [] }) => Items.flatMap((item) => seatKeyOf(item) ?? [])));
  }

  /** One item that this version cannot read must not hide the others. */
  function readable(items: readonly Image[]): Seat[] {
    return items.flatMap((item) => {
      try {
        return [seatOf(item)];
      } catch (error) {
        options.onUnreadable?.(error);
        return [];
      }
    });
  }

  function queryAll(query: Omit<QueryCommandInput, 'TableName'>): Promise<QueryCommandOutput[]> {
    return ask(PORT, async () => {
      const pages: QueryCommandOutput[] = [];
      for await (const page of paginateQuery({ client }, { TableName, ...query })) pages.push(page);
      return pages;
    });
  }
}

const { partitionKey: SHARD, sortKey: DUE } = TABLE.dueIndex;

function seatOf(item: Image): Seat {
  const seat = seatFromImage(item);
  if (seat === undefined) throw new Error(`${textOf(item, TABLE.sortKey)} is no seat`);
  return seat;
}

function dueSeatOf(item: Image): DueSeat[] {
  const key = seatKeyOf(item);
  return key === undefined ? [] : [{ key, due: epochMs(numberOf(item, DUE)) }];
}

const cursorFrom = (last: Image): string =>
  toCursor(String(numberOf(last, DUE)), textOf(last, TABLE.partitionKey), textOf(last, TABLE.sortKey));

function indexKeyFrom(cursor: string, shard: string): Item {
  const [due = '', partition = '', sort = ''] = fromCursor(cursor, /^\d{1,16}$/, /^user#/, /^seat#/);
  return { ...keyOf(partition, sort), [SHARD]: { S: shard }, [DUE]: { N: due } };
}
