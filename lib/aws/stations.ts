/** Registered stations on DynamoDB. A removed one leaves its count of keys behind, so that none of them opens again. */
import { GetItemCommand, QueryCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { present } from '../present.ts';
import type { Page } from '../service/ports.ts';
import {
  hasPanel,
  type Proof,
  type StationEntry,
  type StationKind,
  type StationRecord,
  type Stations,
} from '../station/stations.ts';
import { TABLE } from '../table.ts';
import { type EpochMs, epochMs } from '../time.ts';
import { readItems } from './batches.ts';
import { type Clause, clause, expressions, type Update } from './clauses.ts';
import { fromCursor, toCursor } from './cursor.ts';
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
  truthOf,
} from './items.ts';

const PORT = 'station';

/** The index's shard in which registered stations are, by the instant of their registration. */
const LISTED = 'stations';

const { partitionKey: SHARD, sortKey: DUE } = TABLE.dueIndex;

const STATION = 'station#';
const stationKey = (id: string): Item => keyOf(`${STATION}${id}`, 'station');

/** What a registration may leave unsaid. */
const OPTIONAL = ['speaksFor', 'dialect', 'certificate'] as const;
const KEYS = ['keyIssuedAt', 'previousKeyUntil'] as const;

const isRegistered = clause('attribute_exists(#registeredAt)');
const hasKey = clause('attribute_exists(#registeredAt) AND attribute_exists(#keyIssuedAt)');
const hasNoKey = clause('attribute_exists(#registeredAt) AND attribute_not_exists(#keyIssuedAt)');
const firstRegistration = clause(
  '#registeredAt = if_not_exists(#registeredAt, :now), #due = if_not_exists(#due, :now)',
);
const keysSoFar = clause('#keyGeneration = if_not_exists(#keyGeneration, :none)', { none: 0 });
const oneMoreKey = clause('#keyGeneration = #keyGeneration + :one', { one: 1 });

export function dynamoStations(table: Table): Stations {
  const { client, name: TableName } = table;

  return { read, put, nextKey, revokeKeys, remove, list };

  async function read(id: string): Promise<StationRecord | undefined> {
    const get = new GetItemCommand({ TableName, Key: stationKey(id), ConsistentRead: true });
    const { Item } = await ask(PORT, () => client.send(get));
    return recordOf(Item);
  }

  async function put(entry: StationEntry, now: EpochMs): Promise<{ created: boolean; station: StationRecord }> {
    const { id, speaksFor, ...said } = entry;
    const before = await write(id, 'ALL_OLD', {
      set: attributes({ ...said, speaksFor: speaksFor?.join(' '), [SHARD]: LISTED }),
      compute: [keysSoFar, { ...firstRegistration, values: attributes({ now }) }],
      remove: OPTIONAL.filter((field) => entry[field] === undefined),
    });
    const old = before.won ? before.output.Attributes : undefined;
    const registeredAt = old && numberIf(old, 'registeredAt');
    const station: StationRecord = {
      ...entry,
      hasPanel: hasPanel(entry.kind),
      keyGeneration: (old && numberIf(old, 'keyGeneration')) ?? 0,
      ...(old && keyTimesOf(old)),
      registeredAt: epochMs(registeredAt ?? now),
    };
    return { created: registeredAt === undefined, station };
  }

  async function nextKey(
    id: string,
    { now, previousUntil }: { now: EpochMs; previousUntil: EpochMs },
  ): Promise<StationRecord | undefined> {
    const times = attributes({ keyIssuedAt: now, previousKeyUntil: previousUntil });
    const written = await write(id, 'ALL_NEW', { set: times, compute: [oneMoreKey] }, hasKey);
    if (written.won) return recordOf(written.output.Attributes);
    const first = { set: attributes({ keyIssuedAt: now }), compute: [oneMoreKey], remove: ['previousKeyUntil'] };
    const writtenFirst = await write(id, 'ALL_NEW', first, hasNoKey);
    if (writtenFirst.won) return recordOf(writtenFirst.output.Attributes);
    // Another operator has just issued one, or there is no such station.
    return (await read(id)) === undefined ? undefined : nextKey(id, { now, previousUntil });
  }

  async function revokeKeys(id: string): Promise<StationRecord | undefined> {
    const written = await write(id, 'ALL_NEW', { compute: [oneMoreKey], remove: KEYS }, isRegistered);
    return written.won ? recordOf(written.output.Attributes) : undefined;
  }

  async function remove(id: string): Promise<boolean> {
    const said = ['realm', 'kind', 'name', 'location', 'reportsActivity', 'proof', ...OPTIONAL, ...KEYS];
    const gone = [...said, 'registeredAt', SHARD, DUE];
    const { won } = await write(id, 'NONE', { compute: [oneMoreKey], remove: gone }, isRegistered);
    return won;
  }

  async function list({ limit, cursor }: { limit: number; cursor?: string }): Promise<Page<StationRecord>> {
    const query = new QueryCommand({
      TableName,
      IndexName: TABLE.dueIndex.name,
      KeyConditionExpression: '#shard = :listed',
      ExpressionAttributeNames: { '#shard': SHARD },
      ExpressionAttributeValues: { ':listed': { S: LISTED } },
      Limit: limit,
      ...(cursor === undefined ? {} : { ExclusiveStartKey: indexKeyFrom(cursor) }),
    });
    const { Items = [], LastEvaluatedKey: last } = await ask(PORT, () => client.send(query));
    const keys = Items.map((item) => stationKey(idOf(item)));
    const items = (await readItems(PORT, table, keys)).flatMap((item) => recordOf(item) ?? []);
    items.sort((a, b) => a.registeredAt - b.registeredAt);
    return { items, ...(last === undefined ? {} : { cursor: toCursor(String(numberOf(last, DUE)), idOf(last)) }) };
  }

  function write(id: string, returns: 'ALL_OLD' | 'ALL_NEW' | 'NONE', update: Update, condition?: Clause) {
    const command = new UpdateItemCommand({
      TableName,
      Key: stationKey(id),
      ...expressions(update, condition),
      ReturnValues: returns,
    });
    return askIf(PORT, () => client.send(command));
  }
}

const idOf = (item: Image): string => textOf(item, TABLE.partitionKey).slice(STATION.length);

function indexKeyFrom(cursor: string): Item {
  const [registeredAt = '', id = ''] = fromCursor(cursor, /^\d{1,16}$/, /./);
  return { ...stationKey(id), [SHARD]: { S: LISTED }, [DUE]: { N: registeredAt } };
}

function recordOf(item: Image | undefined): StationRecord | undefined {
  const registeredAt = item && numberIf(item, 'registeredAt');
  if (item === undefined || registeredAt === undefined) return undefined;
  const kind = textOf(item, 'kind') as StationKind;
  const speaksFor = textIf(item, 'speaksFor')?.split(' ');
  return {
    id: idOf(item),
    realm: textOf(item, 'realm'),
    kind,
    name: textOf(item, 'name'),
    location: textOf(item, 'location'),
    reportsActivity: truthOf(item, 'reportsActivity'),
    hasPanel: hasPanel(kind),
    // One that was registered before there was a choice.
    proof: (textIf(item, 'proof') ?? 'bearer') as Proof,
    ...present({ speaksFor, dialect: textIf(item, 'dialect'), certificate: textIf(item, 'certificate') }),
    keyGeneration: numberOf(item, 'keyGeneration'),
    ...keyTimesOf(item),
    registeredAt: epochMs(registeredAt),
  };
}

function keyTimesOf(item: Image): Pick<StationRecord, (typeof KEYS)[number]> {
  const instant = (name: (typeof KEYS)[number]): EpochMs | undefined => {
    const at = numberIf(item, name);
    return at === undefined ? undefined : epochMs(at);
  };
  return present({ keyIssuedAt: instant('keyIssuedAt'), previousKeyUntil: instant('previousKeyUntil') });
}
