/**
 * The trail of what operators did, on DynamoDB: one item for each action, in a partition for each month. Which session it was
 * about, and in what words, stands in an item of its own, which is erased with its user's history (history.ts).
 */
import { createHash } from 'node:crypto';
import { QueryCommand } from '@aws-sdk/client-dynamodb';
import { present } from '../present.ts';
import type { Action, ActionKind, Page, Trail } from '../service/ports.ts';
import { TABLE } from '../table.ts';
import { type EpochMs, epochMs } from '../time.ts';
import { putItems, readItems } from './batches.ts';
import { fromCursor, toCursor } from './cursor.ts';
import { ask } from './faults.ts';
import { attributes, type Image, type Item, keyOf, type Table, textIf, textOf, toEpochSeconds } from './items.ts';

const PORT = 'trail';

/** So many are looked at for one page, whether or not they fit: a few hundred kilobytes at the most. */
const LOOKED_AT = 500;

/** And in so many months: each is a request of its own, though nothing be in it. */
const MONTHS = 12;

/** Zero-padded, so that the order of the texts is the order of the instants. */
const numbered = (at: number): string => String(at).padStart(15, '0');
const sortKeyOf = ({ at, id }: Pick<Action, 'at' | 'id'>): string => `${numbered(at)}#${id}`;
/** Where the listing goes on: before an action, or before an instant. */
const PLACE = /^\d{15}(?:#[\w-]{1,64})?$/;

const monthOf = (at: number): string => `${TABLE.partitions.trail}${new Date(at).toISOString().slice(0, 7)}`;
const startOfMonth = (at: number): number => Date.parse(`${new Date(at).toISOString().slice(0, 7)}-01T00:00:00Z`);

/** Of the item that says which session it was. Nobody who has the table finds the handle by it: that has a seal. */
export const saidOfKey = (handle: string): Item =>
  keyOf(`${TABLE.partitions.said}${createHash('sha256').update(handle).digest('base64url').slice(0, 22)}`, 'said');

export function dynamoTrail(table: Table): Trail {
  const { client, name: TableName } = table;

  return { keep, list };

  async function keep(action: Action, until: { keepUntil: EpochMs; sessionUntil: EpochMs }): Promise<void> {
    const { at, id, session, reason, ...facts } = action;
    const apart = session === undefined ? {} : saidOfKey(session);
    const item = {
      ...keyOf(monthOf(at), sortKeyOf(action)),
      ...attributes({
        ...facts,
        reason: session === undefined ? reason : undefined,
        saidOf: apart[TABLE.partitionKey]?.S,
        [TABLE.ttl]: toEpochSeconds(until.keepUntil),
      }),
    };
    const ttl = toEpochSeconds(until.sessionUntil);
    const said = { ...apart, ...attributes({ session, reason, [TABLE.ttl]: ttl }) };
    await putItems(PORT, table, session === undefined ? [item] : [item, said]);
  }

  async function list({ from, to, limit, cursor, fits = () => true }: Parameters<Trail['list']>[0]) {
    const first = numbered(from);
    const found: Image[] = [];
    const last = numbered(to);
    const given = cursor === undefined ? last : fromCursor(cursor, PLACE).join('');
    // Whatever a cursor says, it leads to nothing that was not asked for.
    let place = given < last ? given : last;
    let looked = 0;
    for (let month = 0; month < MONTHS && place > first && looked < LOOKED_AT; month++) {
      // What is before an instant is in the month of the millisecond before it.
      const at = Number(place.slice(0, 15)) - (place.includes('#') ? 0 : 1);
      const start = startOfMonth(at);
      const lowest = start > from ? numbered(start) : first;
      const { Items = [], LastEvaluatedKey: more } = await query(monthOf(at), lowest, place, LOOKED_AT - looked);
      looked += Items.length;
      for (const item of Items) {
        const sort = textOf(item, TABLE.sortKey);
        if (sort === place || !fits(actionOf(item))) continue;
        found.push(item);
        if (found.length === limit) return page(found, sort);
      }
      place = more === undefined ? lowest : textOf(more, TABLE.sortKey);
    }
    return page(found, place > first ? place : undefined);
  }

  async function page(found: readonly Image[], place: string | undefined): Promise<Page<Action>> {
    const named = found.flatMap((item) => textIf(item, 'saidOf') ?? []);
    const said = await readItems(
      PORT,
      table,
      named.map((partition) => keyOf(partition, 'said')),
    );
    const byPartition = new Map(said.map((item) => [textOf(item, TABLE.partitionKey), item]));
    const items = found.map((item): Action => {
      const apart = byPartition.get(textIf(item, 'saidOf') ?? '') ?? {};
      const { session, reason } = { session: textIf(apart, 'session'), reason: textIf(apart, 'reason') };
      return { ...actionOf(item), ...present({ session, reason: reason ?? textIf(item, 'reason') }) };
    });
    return { items, ...(place === undefined ? {} : { cursor: toCursor(place) }) };
  }

  function query(month: string, from: string, to: string, limit: number) {
    const command = new QueryCommand({
      TableName,
      KeyConditionExpression: '#pk = :month AND #sk BETWEEN :from AND :to',
      ExpressionAttributeNames: { '#pk': TABLE.partitionKey, '#sk': TABLE.sortKey },
      ExpressionAttributeValues: { ':month': { S: month }, ':from': { S: from }, ':to': { S: to } },
      ScanIndexForward: false,
      Limit: limit,
    });
    return ask(PORT, () => client.send(command));
  }
}

function actionOf(item: Image): Action {
  const [at = '', id = ''] = textOf(item, TABLE.sortKey).split('#');
  return {
    at: epochMs(Number(at)),
    id,
    principal: textOf(item, 'principal'),
    action: textOf(item, 'action') as ActionKind,
    on: textOf(item, 'on'),
    outcome: textOf(item, 'outcome') as Action['outcome'],
    ...present({ note: textIf(item, 'note') }),
  };
}
