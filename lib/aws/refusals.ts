/**
 * Refusals on DynamoDB, one small item each: of a user in the user's partition, listed by station in the index; what names
 * no user in the station's. Keeping one again overwrites it, and leaves the index as it is.
 */
import { QueryCommand, type QueryCommandInput, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { present } from '../present.ts';
import { LOOKED_AT, type Refusal, type Refusals, type Told, UNPROVEN_PLACES } from '../station/refusals.ts';
import { TABLE } from '../table.ts';
import { type EpochMs, epochMs, MINUTE } from '../time.ts';
import { deleteItems, readItems } from './batches.ts';
import { clause, expressions, type Update } from './clauses.ts';
import { ask, askIf } from './faults.ts';
import {
  attributes,
  type Image,
  type Item,
  keyOf,
  numberIf,
  numberOf,
  type Table,
  textIf,
  textOf,
  toEpochSeconds,
  truthOf,
} from './items.ts';
import { userPartition } from './seat-item.ts';

const PORT = 'refusals';

const { partitionKey: SHARD, sortKey: DUE } = TABLE.dueIndex;

const REFUSED = 'refused#';

/** What the index has of them: those of users by station, those that nothing proves by realm. */
const listedAt = (station: string): string => `refused@${station}`;
const listedUnproven = (realm: string): string => `unproven@${realm}`;

const OPTIONAL = ['reason', 'detail', 'user', 'heldBy', 'heldAt', 'freeAt'] as const;

const isFirstOfMinute = (at: EpochMs) =>
  clause('attribute_not_exists(#at) OR #at < :minute', { minute: at - (at % MINUTE) });

/** Keeping alone: who answers stations reads none, and its function carries nothing that does. */
export const dynamoRefusalsKept = ({ client, name: TableName }: Table): Pick<Refusals, 'keep'> => ({
  async keep(told: Told, keepUntil: EpochMs): Promise<void> {
    const { key, listed } = placeOf(told);
    const update = {
      set: { ...itemOf(told), ...attributes({ [TABLE.ttl]: toEpochSeconds(keepUntil), [SHARD]: listed }) },
      // It stays where it is in the index, whose entry costs as much as the item.
      compute: [clause(`#${DUE} = if_not_exists(#${DUE}, :first)`, { first: told.at })],
      remove: OPTIONAL.filter((name) => itemOf(told)[name] === undefined),
    } satisfies Update;
    const condition = told.isProven ? undefined : isFirstOfMinute(told.at);
    const command = new UpdateItemCommand({ TableName, Key: key, ...expressions(update, condition) });
    await askIf(PORT, () => client.send(command));
  },
});

export function dynamoRefusals(table: Table): Refusals {
  const { client, name: TableName } = table;

  return { ...dynamoRefusalsKept(table), ofUser, atStation, unproven, forget };

  async function ofUser(realm: string, user: string, since: EpochMs): Promise<Refusal[]> {
    return lately(await inPartition(userPartition(realm, user)), since);
  }

  async function atStation(station: string, since: EpochMs): Promise<Refusal[]> {
    const [own, ofUsers] = await Promise.all([inPartition(stationPartition(station)), listed(listedAt(station))]);
    return lately([...own, ...ofUsers], since);
  }

  async function unproven(realm: string, since: EpochMs): Promise<Refusal[]> {
    return lately(await listed(listedUnproven(realm)), since);
  }

  async function forget(realm: string, user: string): Promise<void> {
    const items = await inPartition(userPartition(realm, user));
    await deleteItems(PORT, table, items.map(keyIn));
  }

  async function inPartition(partition: string): Promise<readonly Image[]> {
    return query({
      KeyConditionExpression: '#pk = :partition AND begins_with(#sk, :refused)',
      ExpressionAttributeNames: { '#pk': TABLE.partitionKey, '#sk': TABLE.sortKey },
      ExpressionAttributeValues: { ':partition': { S: partition }, ':refused': { S: REFUSED } },
    });
  }

  async function listed(shard: string): Promise<readonly Image[]> {
    const entries = await query({
      IndexName: TABLE.dueIndex.name,
      KeyConditionExpression: '#shard = :listed',
      ExpressionAttributeNames: { '#shard': SHARD },
      ExpressionAttributeValues: { ':listed': { S: shard } },
      ScanIndexForward: false,
    });
    return readItems(PORT, table, entries.map(keyIn));
  }

  async function query(input: Omit<QueryCommandInput, 'TableName'>): Promise<readonly Image[]> {
    const command = new QueryCommand({ TableName, Limit: LOOKED_AT, ...input });
    return (await ask(PORT, () => client.send(command))).Items ?? [];
  }
}

const stationPartition = (id: string): string => `station#${id}`;

const keyIn = (item: Image): Item => keyOf(textOf(item, TABLE.partitionKey), textOf(item, TABLE.sortKey));

/** Where it is kept, and under which name the index lists it, if at all. */
function placeOf({ at, station, realm, user, isProven, problem }: Told): { key: Item; listed: string | undefined } {
  if (!isProven) {
    const place = Math.floor(at / MINUTE) % UNPROVEN_PLACES;
    return { key: keyOf(stationPartition(station), `${REFUSED}?${place}`), listed: listedUnproven(realm) };
  }
  if (user === undefined) return { key: keyOf(stationPartition(station), `${REFUSED}${problem}`), listed: undefined };
  return { key: keyOf(userPartition(realm, user), `${REFUSED}${station}#${problem}`), listed: listedAt(station) };
}

const itemOf = ({ at, station, realm, isProven, event, problem, reason, detail, user, holder }: Told): Item =>
  attributes({
    at,
    station,
    realm,
    isProven,
    event,
    problem,
    reason,
    detail,
    user,
    heldBy: holder?.session,
    heldAt: holder?.station,
    freeAt: holder?.freeAt,
  });

function refusalOf(item: Image): Refusal {
  const heldBy = textIf(item, 'heldBy');
  const holder = heldBy && {
    session: heldBy,
    station: textOf(item, 'heldAt'),
    freeAt: epochMs(numberOf(item, 'freeAt')),
  };
  const at = numberOf(item, 'at');
  const isProven = truthOf(item, 'isProven');
  return {
    at: epochMs(at),
    firstAt: epochMs(isProven ? (numberIf(item, DUE) ?? at) : at),
    station: textOf(item, 'station'),
    realm: textOf(item, 'realm'),
    isProven,
    event: textOf(item, 'event'),
    problem: textOf(item, 'problem'),
    ...present({
      reason: textIf(item, 'reason'),
      detail: textIf(item, 'detail'),
      user: textIf(item, 'user'),
      holder: holder || undefined,
    }),
  };
}

/** Garbage is collected when it is: what is older is left out. */
const lately = (items: readonly Image[], since: EpochMs): Refusal[] =>
  items
    .map(refusalOf)
    .filter(({ at }) => at >= since)
    .sort((a, b) => b.at - a.at);
