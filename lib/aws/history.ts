/** History on DynamoDB: one item per ended session beside its user's seats, in the order in which they ended. */
import { QueryCommand, type QueryCommandInput } from '@aws-sdk/client-dynamodb';
import type { History, Page, Past } from '../session/ports.ts';
import { handleOf, parseHandle, type SessionName } from '../session/session.ts';
import { TABLE } from '../table.ts';
import type { EpochMs } from '../time.ts';
import { putItems } from './batches.ts';
import { fromCursor, toCursor } from './cursor.ts';
import { ask } from './faults.ts';
import { attributes, type Image, type Item, keyOf, type Table, textOf, toEpochSeconds } from './items.ts';
import { endingAttributes, endingOf, sessionAttributes, sessionOf, userPartition } from './seat-item.ts';

const PORT = 'history';

const ENDED = 'ended#';

/** Zero-padded, so that the order of the texts is the order of the instants. */
const sortKeyOf = (at: EpochMs, name: SessionName): string =>
  `${ENDED}${String(at).padStart(15, '0')}#${handleOf(name)}`;
const SORT_KEY = /^ended#\d{15}#(.+)$/;

export function dynamoHistory(table: Table): History {
  const { client, name: TableName } = table;

  return { keep, ofUser, find };

  async function keep(past: readonly { readonly past: Past; readonly keepUntil: EpochMs }[]): Promise<void> {
    await putItems(PORT, table, past.map(itemOf));
  }

  async function ofUser(
    realm: string,
    user: string,
    { limit, cursor }: { limit: number; cursor?: string },
  ): Promise<Page<Past>> {
    const partition = userPartition(realm, user);
    const start = cursor === undefined ? undefined : keyOf(partition, ...placeOf(cursor));
    const { Items = [], LastEvaluatedKey: last } = await newestFirst(partition, { Limit: limit }, start);
    const items = Items.map(pastOf);
    return { items, ...(last === undefined ? {} : { cursor: toCursor(textOf(last, TABLE.sortKey)) }) };
  }

  async function find(name: SessionName): Promise<Past | undefined> {
    const partition = userPartition(name.realm, name.user);
    let start: Item | undefined;
    do {
      const page = await newestFirst(partition, {}, start);
      const found = (page.Items ?? []).map(pastOf).find((past) => handleOf(past.name) === handleOf(name));
      if (found !== undefined) return found;
      start = page.LastEvaluatedKey;
    } while (start !== undefined);
    return undefined;
  }

  function newestFirst(partition: string, query: Partial<QueryCommandInput>, start: Item | undefined) {
    const command = new QueryCommand({
      TableName,
      KeyConditionExpression: '#pk = :user AND begins_with(#sk, :ended)',
      ExpressionAttributeNames: { '#pk': TABLE.partitionKey, '#sk': TABLE.sortKey },
      ExpressionAttributeValues: { ':user': { S: partition }, ':ended': { S: ENDED } },
      ScanIndexForward: false,
      ...query,
      ...(start === undefined ? {} : { ExclusiveStartKey: start }),
    });
    return ask(PORT, () => client.send(command));
  }
}

const placeOf = (cursor: string): [string] => {
  const [sort = ''] = fromCursor(cursor, SORT_KEY);
  return [sort];
};

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
  return { name, session: sessionOf(item), ended: endingOf(item) };
}
