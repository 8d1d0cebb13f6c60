/** Registered stations on DynamoDB. A removed one leaves its count of keys behind, so that none of them opens again. */
import { GetItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import { present } from '../present.ts';
import { type Page, Unavailable } from '../service/ports.ts';
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
import { type Clause, clause, type Update } from './clauses.ts';
import { fromCursor, toCursor } from './cursor.ts';
import { ask } from './faults.ts';
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
import { once } from './once.ts';

const PORT = 'station';

/** The index's shard in which registered stations are, by the instant of their registration. */
const LISTED = 'stations';

const { partitionKey: SHARD, sortKey: DUE } = TABLE.dueIndex;

const STATION = TABLE.partitions.station;
const stationKey = (id: string): Item => keyOf(`${STATION}${id}`, 'station');

/** What a registration may leave unsaid. */
const OPTIONAL = ['speaksFor', 'dialect', 'certificate'] as const;
const KEYS = ['keyIssuedAt', 'previousKeyUntil'] as const;

/**
 * As often as it is tried to write what depends on whether a station is there, or has a key. Each time that it is lost
 * another operator has registered, removed, issued or revoked between two requests: once or twice, when several work at once.
 */
const TRIES_MAX = 8;

/** A registration's own token: it knows itself again also where somebody has changed it at once. */
const FIRST_WRITE = 'firstWrite';

const isRegistered = clause('attribute_exists(#registeredAt)');
const isNotRegistered = clause('attribute_not_exists(#registeredAt)');
const hasKey = clause('attribute_exists(#registeredAt) AND attribute_exists(#keyIssuedAt)');
const hasNoKey = clause('attribute_exists(#registeredAt) AND attribute_not_exists(#keyIssuedAt)');
const keysSoFar = clause('#keyGeneration = if_not_exists(#keyGeneration, :none)', { none: 0 });
const oneMoreKey = clause('#keyGeneration = #keyGeneration + :one', { one: 1 });

export function dynamoStations(table: Table): Stations {
  const { client, name: TableName } = table;

  return { read, put, nextKey, revokeKeys, remove, list, ids };

  async function read(id: string): Promise<StationRecord | undefined> {
    const get = new GetItemCommand({ TableName, Key: stationKey(id), ConsistentRead: true });
    const { Item } = await ask(PORT, () => client.send(get));
    return recordOf(Item);
  }

  async function put(entry: StationEntry, now: EpochMs): Promise<{ created: boolean; station: StationRecord }> {
    const { id, speaksFor, ...fields } = entry;
    const said = attributes({ ...fields, speaksFor: speaksFor?.join(' ') });
    const remove = OPTIONAL.filter((field) => entry[field] === undefined);
    const listed = attributes({ registeredAt: now, [SHARD]: LISTED, [DUE]: now });
    for (let tries = 0; tries < TRIES_MAX; tries++) {
      const first = { set: { ...said, ...listed }, compute: [keysSoFar], remove };
      const created = await write(id, first, isNotRegistered, FIRST_WRITE);
      if (created.won) return { created: true, station: registered(created.item) };
      const changed = await write(id, { set: said, remove }, isRegistered);
      if (changed.won) return { created: false, station: registered(changed.item) };
    }
    throw new Unavailable(PORT);
  }

  /** Almost always there is a key before it. Where there is none, no other opens beside the new one. */
  async function nextKey(
    id: string,
    { now, previousUntil }: { now: EpochMs; previousUntil: EpochMs },
  ): Promise<StationRecord | undefined> {
    const times = attributes({ keyIssuedAt: now, previousKeyUntil: previousUntil });
    const next = { set: times, compute: [oneMoreKey] };
    const first = { set: attributes({ keyIssuedAt: now }), compute: [oneMoreKey], remove: ['previousKeyUntil'] };
    let isFirst = false;
    for (let tries = 0; tries < TRIES_MAX; tries++) {
      const { won, item } = isFirst ? await write(id, first, hasNoKey) : await write(id, next, hasKey);
      const station = recordOf(item);
      if (won || station === undefined) return station;
      isFirst = station.keyIssuedAt === undefined;
    }
    throw new Unavailable(PORT);
  }

  async function revokeKeys(id: string): Promise<StationRecord | undefined> {
    const written = await write(id, { compute: [oneMoreKey], remove: KEYS }, isRegistered);
    return written.won ? registered(written.item) : undefined;
  }

  async function remove(id: string): Promise<boolean> {
    const said = ['realm', 'kind', 'name', 'location', 'reportsActivity', 'proof', ...OPTIONAL, ...KEYS];
    const gone = [...said, 'registeredAt', SHARD, DUE];
    return (await write(id, { compute: [oneMoreKey], remove: gone }, isRegistered)).won;
  }

  async function list(query: { limit: number; cursor?: string }): Promise<Page<StationRecord>> {
    const { items: found, ...rest } = await ids(query);
    const items = (await readItems(PORT, table, found.map(stationKey))).flatMap((item) => recordOf(item) ?? []);
    items.sort((a, b) => a.registeredAt - b.registeredAt);
    return { items, ...rest };
  }

  async function ids({ limit, cursor }: { limit: number; cursor?: string }): Promise<Page<string>> {
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
    return {
      items: Items.map(idOf),
      ...(last === undefined ? {} : { cursor: toCursor(String(numberOf(last, DUE)), idOf(last)) }),
    };
  }

  function write(id: string, update: Update, condition: Clause, tokenName?: string) {
    return once(table, PORT, { key: stationKey(id), update, condition, ...present({ tokenName }) });
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

/** What a write that won has left. */
function registered(item: Item): StationRecord {
  const record = recordOf(item);
  if (record === undefined) throw new Error(`${idOf(item)} is not registered, though it was written so`);
  return record;
}

function keyTimesOf(item: Image): Pick<StationRecord, (typeof KEYS)[number]> {
  const instant = (name: (typeof KEYS)[number]): EpochMs | undefined => {
    const at = numberIf(item, name);
    return at === undefined ? undefined : epochMs(at);
  };
  return present({ keyIssuedAt: instant('keyIssuedAt'), previousKeyUntil: instant('previousKeyUntil') });
}
