/** Seats on DynamoDB: one item each, and each write one conditional update. */
import { GetItemCommand, QueryCommand, type QueryCommandInput } from '@aws-sdk/client-dynamodb';
import { type DueQuery, type DueSeat, type Page, type Seats, Unavailable, type Written } from '../service/ports.ts';
import { countByRealm, type Seat, type SeatKey } from '../session/seat.ts';
import type { Attempt } from '../session/write.ts';
import { TABLE } from '../table.ts';
import { epochMs } from '../time.ts';
import { readItems } from './batches.ts';
import { fromCursor, toCursor } from './cursor.ts';
import { updateOfSeat } from './expressions.ts';
import { ask } from './faults.ts';
import { type Image, type Item, keyOf, numberOf, type Table, textOf } from './items.ts';
import { once } from './once.ts';
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
    const { update, condition } = updateOfSeat(attempt, key, options.shards);
    const written = await once(table, PORT, { key: seatItemKey(key), update, condition, tokenName: 'w' });
    return written.won ? { won: true, seat: seatOf(written.item) } : { won: false, seat: seatFromImage(written.item) };
  }

  async function read(key: SeatKey): Promise<Seat | undefined> {
    const get = new GetItemCommand({ TableName, Key: seatItemKey(key), ConsistentRead: true });
    const { Item } = await ask(PORT, () => client.send(get));
    return seatFromImage(Item);
  }

  async function readMany(keys: readonly SeatKey[]): Promise<Seat[]> {
    return readable(await readItems(PORT, table, keys.map(seatItemKey)));
  }

  async function ofUser(
    realm: string,
    user: string,
    { limit, cursor }: { limit: number; cursor?: string },
  ): Promise<Page<Seat>> {
    const partition = userPartition(realm, user);
    const { Items = [], LastEvaluatedKey: last } = await query({
      KeyConditionExpression: '#pk = :user AND begins_with(#sk, :seat)',
      ExpressionAttributeNames: { '#pk': TABLE.partitionKey, '#sk': TABLE.sortKey },
      ExpressionAttributeValues: { ':user': { S: partition }, ':seat': { S: SEAT } },
      ConsistentRead: true,
      Limit: limit,
      ...(cursor === undefined ? {} : { ExclusiveStartKey: keyOf(partition, fromCursor(cursor, /^seat#/).join('')) }),
    });
    return { items: readable(Items), ...(last === undefined ? {} : { cursor: toCursor(textOf(last, TABLE.sortKey)) }) };
  }

  async function due(shard: string, { through, limit, cursor, after }: DueQuery): Promise<Page<DueSeat>> {
    const behind = after && indexKey(shard, after.due, seatItemKey(after.key));
    const start = cursor === undefined ? behind : indexKeyFrom(cursor, shard);
    // A cursor from a clock that was ahead of this one: DynamoDB would refuse a start behind the end.
    if (start !== undefined && numberOf(start, DUE) > through) return { items: [] };
    const { Items = [], LastEvaluatedKey: last } = await query({
      IndexName: TABLE.dueIndex.name,
      KeyConditionExpression: '#shard = :shard AND #due <= :through',
      ExpressionAttributeNames: { '#shard': SHARD, '#due': DUE },
      ExpressionAttributeValues: { ':shard': { S: shard }, ':through': { N: String(through) } },
      Limit: limit,
      ...(start === undefined ? {} : { ExclusiveStartKey: start }),
    });
    return { items: Items.flatMap(dueSeatOf), ...(last === undefined ? {} : { cursor: cursorFrom(last) }) };
  }

  /** The index holds keys only, so naming each session reads no more than counting them would. */
  async function countOpen(shard: string): Promise<ReadonlyMap<string, number>> {
    const keys: SeatKey[] = [];
    let start: Item | undefined;
    for (let pages = 0; pages < COUNTED_PAGES_MAX; pages++) {
      const { Items = [], LastEvaluatedKey: last } = await query({
        IndexName: TABLE.dueIndex.name,
        KeyConditionExpression: '#shard = :shard',
        ExpressionAttributeNames: { '#shard': SHARD },
        ExpressionAttributeValues: { ':shard': { S: shard } },
        ...(start === undefined ? {} : { ExclusiveStartKey: start }),
      });
      keys.push(...Items.flatMap((item) => seatKeyOf(item) ?? []));
      if (last === undefined) return countByRealm(keys);
      start = last;
    }
    throw new Unavailable(PORT);
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

  function query(input: Omit<QueryCommandInput, 'TableName'>) {
    return ask(PORT, () => client.send(new QueryCommand({ TableName, ...input })));
  }
}

/**
 * Pages of 1 MB, each of some 5,000 sessions or more: half a million in one shard are counted within the seconds that a
 * partition needs for them (3,000 read units a second). Where there are more, more shards are what is missing, and no count
 * is told rather than one that is too small.
 */
const COUNTED_PAGES_MAX = 100;

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
  return indexKey(shard, due, keyOf(partition, sort));
}

const indexKey = (shard: string, due: string | number, key: Item): Item => ({
  ...key,
  [SHARD]: { S: shard },
  [DUE]: { N: String(due) },
});
