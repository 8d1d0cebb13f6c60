/**
 * `dynamodb-lock-client`, as its own documentation has it: on version 2 of the SDK, with connections that are kept alive.
 * Since that version does less for each request, and has not been maintained since 2025, it is measured on version 3 too: what
 * is left between that and Curfew is what the two ask for. A lock's name is the user's; nothing is kept of who stands at
 * which panel. Its heartbeat is off: it would come between.
 */
import { Agent } from 'node:http';
import { createRequire } from 'node:module';
import {
  type AttributeValue,
  CreateTableCommand,
  GetItemCommand,
  type GetItemCommandInput,
  PutItemCommand,
  type PutItemCommandInput,
} from '@aws-sdk/client-dynamodb';
import { installApart } from '../../test/support/apart.ts';
import { type ClientConfig, plainClient, type Reach } from '../engine.ts';
import { seatDigits, userAt } from '../seats.ts';
import type { Peer } from './peer.ts';

const TABLE = 'locks';

/** What we ask of it; it brings no types. */
export interface Lock {
  release(done: (error?: Error) => void): void;
}
interface FailOpen {
  acquireLock(id: string, done: (error: Error | undefined, lock: Lock) => void): void;
}
interface LockClient {
  readonly FailOpen: new (config: object) => FailOpen;
}
type Version2 = new (options: object) => unknown;

export interface Locks {
  acquire(id: string): Promise<Lock>;
  release(lock: Lock): Promise<void>;
  close(): void;
}

const require = createRequire(import.meta.url);

/** As many connections as version 3 of the SDK makes at most, by default. */
const SOCKETS_MAX = 50;

type SdkVersion = 2 | 3;

/** What it needs of an SDK. */
interface Documents {
  readonly documents: unknown;
  close(): void;
}

export interface LockOptions {
  readonly leaseDurationMs: number;
  /** @default locks */
  readonly table?: string;
  /** @default it beats not at all */
  readonly heartbeatPeriodMs?: number;
}

/** @param version of the SDK */
export function createLocks(
  config: ClientConfig,
  { table = TABLE, ...lease }: LockOptions,
  version: SdkVersion = 2,
): Locks {
  installApart('bench/peers');
  const { FailOpen } = require('dynamodb-lock-client') as LockClient;
  const { documents, close } = version === 2 ? onVersion2(config) : onVersion3(config);
  const client = new FailOpen({ dynamodb: documents, lockTable: table, partitionKey: 'id', ...lease });
  return {
    acquire: (id) =>
      new Promise((resolve, reject) =>
        client.acquireLock(id, (error, lock) => (error ? reject(error) : resolve(lock))),
      ),
    release: (lock) => new Promise((resolve, reject) => lock.release((error) => (error ? reject(error) : resolve()))),
    close,
  };
}

function onVersion2({ endpoint, region, credentials }: ClientConfig): Documents {
  process.env.AWS_SDK_JS_SUPPRESS_MAINTENANCE_MODE_MESSAGE = '1';
  const { DocumentClient } = require('aws-sdk/clients/dynamodb') as { readonly DocumentClient: Version2 };
  const agent = new Agent({ keepAlive: true, maxSockets: SOCKETS_MAX });
  const documents = new DocumentClient({ endpoint, region, credentials, httpOptions: { agent } });
  return { documents, close: () => agent.destroy() };
}

type Document = Record<string, string | number | Uint8Array>;
type Answered = (error: (Error & { code?: string }) | undefined, answer?: object) => void;

/** As much of version 2's document client as it asks for, on version 3: it holds nothing but texts, numbers and bytes. */
function onVersion3(config: ClientConfig): Documents {
  const client = plainClient(config);
  const tell = (asked: Promise<object>, done: Answered) =>
    asked.then(
      (answer) => done(undefined, answer),
      (error: Error) => done(Object.assign(error, { code: error.name })),
    );
  const get = ({ Key, ...rest }: Omit<GetItemCommandInput, 'Key'> & { Key: Document }, done: Answered) =>
    tell(
      client
        .send(new GetItemCommand({ ...rest, Key: toItem(Key) }))
        .then(({ Item }) => (Item === undefined ? {} : { Item: toDocument(Item) })),
      done,
    );
  type Put = Omit<PutItemCommandInput, 'Item' | 'ExpressionAttributeValues'>;
  const put = (
    {
      Item,
      ExpressionAttributeValues: values,
      ...rest
    }: Put & { Item: Document; ExpressionAttributeValues?: Document },
    done: Answered,
  ) => {
    const given = values === undefined ? {} : { ExpressionAttributeValues: toItem(values) };
    return tell(client.send(new PutItemCommand({ ...rest, Item: toItem(Item), ...given })), done);
  };
  // It wants one, and asks it for nothing while locks are made to be lost.
  const documents = { get, put, delete: () => {} };
  return { documents, close: () => client.destroy() };
}

const toItem = (document: Document): Record<string, AttributeValue> =>
  Object.fromEntries(
    Object.entries(document).map(([name, value]) => [
      name,
      typeof value === 'string' ? { S: value } : typeof value === 'number' ? { N: String(value) } : { B: value },
    ]),
  );

const toDocument = (item: Record<string, AttributeValue>): Document =>
  Object.fromEntries(Object.entries(item).map(([name, { S, N, B }]) => [name, S ?? B ?? Number(N)]));

export async function createLockTable(config: ClientConfig, table = TABLE): Promise<void> {
  const client = plainClient(config);
  await client.send(
    new CreateTableCommand({
      TableName: table,
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
    }),
  );
  client.destroy();
}

const HOUR_MS = 3_600_000;

/** @param version of the SDK */
export function lockClientPeer({ dynamodb }: Reach, version: SdkVersion = 2): Peer {
  // Each its own, so that both find what they lock unlocked.
  const table = `${TABLE}-${version}`;
  const locks = createLocks(dynamodb, { leaseDurationMs: HOUR_MS, table }, version);
  const held = new Map<number, Lock>();
  return {
    name: version === 2 ? 'dynamodb-lock-client' : 'dynamodb-lock-client on SDK 3',
    prepare: () => createLockTable(dynamodb, table),
    operations: {
      login: async (seat) => void held.set(seat, await locks.acquire(userAt(seatDigits(seat)))),
      logout: async (seat) => {
        const lock = held.get(seat);
        if (lock === undefined) throw new Error('dynamodb-lock-client: there is no lock to release');
        held.delete(seat);
        await locks.release(lock);
      },
    },
    close: locks.close,
  };
}
