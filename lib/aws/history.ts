/** History on DynamoDB: one item per ended session beside its user's seats, in the order in which they ended. */

import { QueryCommand, type QueryCommandInput } from '@aws-sdk/client-dynamodb';
import type { Forgotten, History, Page } from '../service/ports.ts';
import { handleOf, parseHandle } from '../session/handle.ts';
import type { Past, SessionName } from '../session/seat.ts';
import { TABLE } from '../table.ts';
import { type EpochMs, epochMs, HOUR } from '../time.ts';
import { deleteItems, putItems } from './batches.ts';
import { fromCursor, toCursor } from './cursor.ts';
import { ask } from './faults.ts';
import { attributes, type Image, type Item, keyOf, type Table, textOf, toEpochSeconds } from './items.ts';
import { endingAttributes, endingIn, sessionAttributes, sessionOf, userPartition } from './seat-item.ts';

const PORT = 'history';

const ENDED = 'ended#';
/** Behind every key that begins with `ended#`. */
const ENDED_LAST = 'ended$';

/**
 * An epoch is the instant at which its session opened, or, where the clock of the one before was ahead, a little later:
 * how much later an epoch may be than its session's end. Far more than clocks are ever apart, and cheap.
 */
const CLOCKS_APART = HOUR;

/** Zero-padded, so that the order of the texts is the order of the instants. */
const endedAround = (at: EpochMs): string => `${ENDED}${String(at).padStart(15, '0')}#`;
const sortKeyOf = (at: EpochMs, name: SessionName): string => `${endedAround(at)}${handleOf(name)}`;
const SORT_KEY = /^ended#\d{15}#(.+)$/;

/** One request's worth: about a hundred kilobytes. */
const LOOKED_AT = 200;

export function dynamoHistory(table: Table): History {
  const { client, name: TableName } = table;

  return { keep, ofUser, find, forget };

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
    const items = Items.map(pastOf);
    return { items, ...(last === undefined ? {} : { cursor: toCursor(textOf(last, TABLE.sortKey)) }) };
  }

  /** Looks among those that ended soonest after it opened: usually it is the first. */
  async function find(name: SessionName): Promise<Past | undefined> {
    const from = endedAround(epochMs(Math.max(0, name.epoch - CLOCKS_APART)));
    let start: Item | undefined;
    do {
      const { Items = [], LastEvaluatedKey: last } = await query(name, from, { Limit: LOOKED_AT }, start);
      const found = Items.map(pastOf).find((past) => handleOf(past.name) === handleOf(name));
      if (found !== undefined) return found;
      start = last;
    } while (start !== undefined);
    return undefined;
  }

  async function forget(realm: string, user: string, limit: number): Promise<Forgotten> {
    const { Items = [], LastEvaluatedKey: last } = await query({ realm, user }, ENDED, { Limit: limit }, undefined);
    const keys = Items.map((item) => keyOf(textOf(item, TABLE.partitionKey), textOf(item, TABLE.sortKey)));
    await deleteItems(PORT, table, keys);
    return { erased: keys.length, more: last !== undefined };
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
  ...keyOf(userPartition(name.realm, name.user), sortKeyOf(ended.at, name)),
  ...sessionAttributes(session),
  ...endingAttributes(ended),
  ...attributes({ [TABLE.ttl]: toEpochSeconds(keepUntil) }),
});

function pastOf(item: Image): Past {
  const sort = textOf(item, TABLE.sortKey);
  const name = parseHandle(SORT_KEY.exec(sort)?.[1] ?? '');
  if (name === undefined) throw new Error(`${sort} names no session`);
  return { name, session: sessionOf(item), ended: endingIn(item) };
}
