/**
 * History on DynamoDB: one item per ended session beside its user's seats, in the order in which they opened; and an entry of
 * the index for each station, in the order in which they ended.
 */
import { GetItemCommand, QueryCommand, type QueryCommandInput } from '@aws-sdk/client-dynamodb';
import type { Forgotten, History, Page, PastName } from '../service/ports.ts';
import { handleOf, parseHandle, sealedHandleOf } from '../session/handle.ts';
import type { Past, SessionName } from '../session/seat.ts';
import { TABLE } from '../table.ts';
import { type EpochMs, epochMs, HOUR, NEVER } from '../time.ts';
import { deleteItems, putItems, readItems } from './batches.ts';
import { fromCursor, toCursor } from './cursor.ts';
import { ask } from './faults.ts';
import { attributes, type Image, type Item, keyOf, numberOf, type Table, textOf, toEpochSeconds } from './items.ts';
import { endingAttributes, endingIn, sessionAttributes, sessionOf, userPartition } from './seat-item.ts';
import { saidOfKey } from './trail.ts';

const PORT = 'history';

const ENDED = 'ended#';
/** Behind every key that begins with `ended#`. */
const ENDED_LAST = 'ended$';

/**
 * Zero-padded, so that the order of the texts is the order of the epochs. Version 0.1 had the instant of the end where the
 * epoch is now: those items are listed by it until they are collected as garbage.
 */
const numbered = (at: number): string => `${ENDED}${String(at).padStart(15, '0')}#`;
const sortKeyOf = (name: SessionName): string => `${numbered(name.epoch)}${handleOf(name)}`;
const SORT_KEY = /^ended#\d{15}#(.+)$/;
const keyOfName = (name: SessionName): Item => keyOf(userPartition(name.realm, name.user), sortKeyOf(name));

/** In the index of deadlines those that ended at a station stand together, by when they did. Version 0.1 entered none. */
const { partitionKey: SHARD, sortKey: DUE } = TABLE.dueIndex;
const shardOf = (station: string): string => `ended@${station}`;

/** The slot of a session that nobody had recorded as ended when it was kept. */
const WAS_DUE = 'wasDue';

/**
 * Where an item of version 0.1 is looked for: among those that ended soonest after its session opened. An epoch is the
 * instant at which that was, or, where the clock of the one before was ahead, a little later: how much later an epoch may be
 * than its session's end. Far more than clocks are ever apart, and cheap.
 */
const CLOCKS_APART = HOUR;

/**
 * And among how many of them: one request's worth, about a hundred kilobytes. Any station may ask for what is not there, as
 * often as it likes; a user who had more sessions than these while that one went on is told only that it has ended.
 */
const LOOKED_AT = 200;

export interface HistoryOptions {
  /** Told of each item that this version cannot read; it is left out. @default nobody is told */
  readonly onUnreadable?: (error: unknown) => void;
}

export function dynamoHistory(table: Table, { onUnreadable }: HistoryOptions = {}): History {
  const { client, name: TableName } = table;

  return { keep, ofUser, atStation, endedAt, readMany, find, forget };

  async function keep(past: readonly { readonly past: Past; readonly keepUntil: EpochMs }[]): Promise<void> {
    await putItems(PORT, table, past.map(itemOf));
  }

  async function ofUser(
    realm: string,
    user: string,
    { limit, cursor }: { limit: number; cursor?: string },
  ): Promise<Page<Past>> {
    const newestFirst = { Limit: limit, ScanIndexForward: false };
    const start = cursor === undefined ? undefined : keyOf(userPartition(realm, user), sortKeyFrom(cursor));
    const { Items = [], LastEvaluatedKey: last } = await query({ realm, user }, ENDED, newestFirst, start);
    const items = readable(Items);
    return { items, ...(last === undefined ? {} : { cursor: toCursor(textOf(last, TABLE.sortKey)) }) };
  }

  async function atStation(
    station: string,
    { from = epochMs(0), ...page }: { limit: number; from?: EpochMs; cursor?: string },
  ): Promise<Page<Past>> {
    const { items: left, cursor } = await endedAt(station, { from, until: NEVER, ...page });
    const items = await readMany(left.map(({ name }) => name));
    items.sort((a, b) => b.ended.at - a.ended.at);
    return { items, ...(cursor === undefined ? {} : { cursor }) };
  }

  async function find(name: SessionName): Promise<Past | undefined> {
    const get = new GetItemCommand({ TableName, Key: keyOfName(name), ConsistentRead: true });
    const { Item } = await ask(PORT, () => client.send(get));
    return Item === undefined ? findFormer(name) : readable([Item])[0];
  }

  /** As version 0.1 kept it. To be deleted once no retention reaches back to that. */
  async function findFormer(name: SessionName): Promise<Past | undefined> {
    const from = numbered(Math.max(0, name.epoch - CLOCKS_APART));
    const { Items = [] } = await query(name, from, { Limit: LOOKED_AT }, undefined);
    return readable(Items).find((past) => handleOf(past.name) === handleOf(name));
  }

  async function endedAt(
    station: string,
    { from, until, limit, cursor }: { from: EpochMs; until: EpochMs; limit: number; cursor?: string },
  ): Promise<Page<PastName>> {
    const command = new QueryCommand({
      TableName,
      IndexName: TABLE.dueIndex.name,
      KeyConditionExpression: '#shard = :station AND #due BETWEEN :from AND :until',
      ExpressionAttributeNames: { '#shard': SHARD, '#due': DUE },
      ExpressionAttributeValues: {
        ':station': { S: shardOf(station) },
        ':from': { N: String(from) },
        ':until': { N: String(until) },
      },
      ScanIndexForward: false,
      Limit: limit,
      ...(cursor === undefined ? {} : { ExclusiveStartKey: indexKeyFrom(cursor, station) }),
    });
    const { Items = [], LastEvaluatedKey: last } = await ask(PORT, () => client.send(command));
    return { items: Items.flatMap(pastNameOf), ...(last === undefined ? {} : { cursor: indexCursor(last) }) };
  }

  async function readMany(names: readonly SessionName[]): Promise<Past[]> {
    return readable(await readItems(PORT, table, names.map(keyOfName)));
  }

  async function forget(realm: string, user: string, limit: number): Promise<Forgotten> {
    const { Items = [], LastEvaluatedKey: last } = await query({ realm, user }, ENDED, { Limit: limit }, undefined);
    const keys = Items.map((item) => keyOf(textOf(item, TABLE.partitionKey), textOf(item, TABLE.sortKey)));
    // First what is only found by the rest: the trail's own copy of which session it was.
    const ended = readable(Items).filter(({ ended }) => ended.reason === 'operator');
    await deleteItems(
      PORT,
      table,
      ended.map(({ name, session }) => saidOfKey(sealedHandleOf(name, session))),
    );
    await deleteItems(PORT, table, keys);
    return { erased: keys.length, more: last !== undefined };
  }

  /** One item that this version cannot read must not hide the others. */
  function readable(items: readonly Image[]): Past[] {
    return items.flatMap((item) => {
      try {
        return [pastOf(item)];
      } catch (error) {
        onUnreadable?.(error);
        return [];
      }
    });
  }

  function query(
    { realm, user }: Pick<SessionName, 'realm' | 'user'>,
    from: string,
    options: Partial<QueryCommandInput>,
    start: Item | undefined,
  ) {
    const command = new QueryCommand({
      TableName,
      KeyConditionExpression: '#pk = :user AND #sk BETWEEN :from AND :to',
      ExpressionAttributeNames: { '#pk': TABLE.partitionKey, '#sk': TABLE.sortKey },
      ExpressionAttributeValues: {
        ':user': { S: userPartition(realm, user) },
        ':from': { S: from },
        ':to': { S: ENDED_LAST },
      },
      ...options,
      ...(start === undefined ? {} : { ExclusiveStartKey: start }),
    });
    return ask(PORT, () => client.send(command));
  }
}

const sortKeyFrom = (cursor: string): string => fromCursor(cursor, SORT_KEY).join('');

const itemOf = ({ past: { name, session, ended }, keepUntil }: { past: Past; keepUntil: EpochMs }): Item => ({
  ...keyOfName(name),
  ...sessionAttributes(session),
  ...endingAttributes(ended),
  ...attributes({
    [SHARD]: shardOf(session.station),
    [DUE]: ended.at,
    [WAS_DUE]: session.state === 'open' ? session.due : undefined,
    [TABLE.ttl]: toEpochSeconds(keepUntil),
  }),
});

/** The session as it was when it was kept, whose own slot stood where now its end is listed by. */
function asItWas(item: Image): Image {
  const { [SHARD]: shard, [DUE]: _, [WAS_DUE]: due, ...facts } = item;
  return shard === undefined ? item : { ...facts, ...(due === undefined ? {} : { [DUE]: due }) };
}

const indexCursor = (last: Image): string =>
  toCursor(String(numberOf(last, DUE)), textOf(last, TABLE.partitionKey), textOf(last, TABLE.sortKey));

function indexKeyFrom(cursor: string, station: string): Item {
  const [due = '', partition = '', sort = ''] = fromCursor(cursor, /^\d{1,16}$/, /^user#/, SORT_KEY);
  return { ...keyOf(partition, sort), [SHARD]: { S: shardOf(station) }, [DUE]: { N: due } };
}

function pastNameOf(item: Image): PastName[] {
  const name = parseHandle(SORT_KEY.exec(textOf(item, TABLE.sortKey))?.[1] ?? '');
  return name === undefined ? [] : [{ name, endedAt: epochMs(numberOf(item, DUE)) }];
}

function pastOf(item: Image): Past {
  const sort = textOf(item, TABLE.sortKey);
  const name = parseHandle(SORT_KEY.exec(sort)?.[1] ?? '');
  if (name === undefined) throw new Error(`${sort} names no session`);
  return { name, session: sessionOf(asItWas(item)), ended: endingIn(item) };
}
