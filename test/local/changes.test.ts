/** What is before the engine tells of each change of a seat as a stream would, whatever is killed and whenever. */
import { statSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import {
  BatchWriteItemCommand,
  DeleteItemCommand,
  DynamoDBClient,
  ExecuteStatementCommand,
  PutItemCommand,
  ScanCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { DynamoDBRecord } from 'aws-lambda';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { type Asked, Changes, type ChangesOptions } from '../../lib/local/changes.ts';
import type { DeliveryOptions } from '../../lib/local/delivery.ts';
import { dynamodbEndpoint } from '../../lib/local/dynamodb-endpoint.ts';
import { listen } from '../../lib/local/loopback.ts';
import { durationMs, epochMs } from '../../lib/time.ts';
import { useEngine } from '../support/engine.ts';
import { useTemporaryDirectories } from '../support/temporary-directory.ts';

const engine = useEngine();
const temporaryDirectory = useTemporaryDirectories();
const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const NOW = epochMs(Date.parse('2026-11-22T12:00:00.250Z'));
const none = { batchItemFailures: [] };
const eventually = (check: () => void) => vi.waitFor(check, { timeout: 8_000, interval: 10 });

interface Where {
  readonly table: string;
  readonly file: string;
}

const newPlace = async (): Promise<Where> => ({
  table: (await engine.createTable()).name,
  file: join(temporaryDirectory(), 'changes.ndjson'),
});

interface Changed extends Partial<ChangesOptions> {
  /** Where writes go instead of the engine. */
  readonly engine?: string;
  /** Ends the process, as far as the writes are concerned, at this point. */
  readonly diesBefore?: 'ask' | 'settle';
}

/** One run of what stands before the engine. */
async function start({ table, file }: Where, { diesBefore, engine: url, ...options }: Changed = {}) {
  const said: string[] = [];
  const changes = await Changes.open({ file, clock: () => NOW, say: (line) => void said.push(line), ...options });
  const dead = () => new Promise<never>(() => {});
  const mortal = {
    ask: (items: readonly Omit<Asked, 'number'>[]) => (diesBefore === 'ask' ? dead() : changes.ask(items)),
    settle: (...settled: Parameters<Changes['settle']>) =>
      diesBefore === 'settle' ? dead() : changes.settle(...settled),
    get unsettled() {
      return changes.unsettled;
    },
  };
  const endpoint = dynamodbEndpoint({
    engine: url ?? engine.config.endpoint,
    table,
    changes: mortal,
    watches: ({ sk }) => sk?.S?.startsWith('seat#') === true,
  });
  if (diesBefore === undefined) await endpoint.reconcile();
  const server = await listen(0, endpoint.listener);
  const client = new DynamoDBClient({ ...engine.config, endpoint: server.url, maxAttempts: 1 });
  const stop = async () => {
    client.destroy();
    endpoint.stop();
    await changes.stop();
    await server.close();
    await changes.close();
  };
  closers.push(stop);
  const Key = (user: string) => ({ pk: { S: `user#${user}` }, sk: { S: 'seat#0' } });
  return {
    changes,
    said,
    client,
    stop,
    follow: (deliver: DeliveryOptions['deliver'], letters: DynamoDBRecord[] = []) =>
      changes.start({
        deliver,
        onDeadLetter: async (record) => void letters.push(record),
        attemptsMax: 2,
        retryAfterMs: durationMs(1),
      }),
    put: (user: string, value: string) =>
      client.send(new PutItemCommand({ TableName: table, Item: { ...Key(user), value: { S: value } } })),
    set: (user: string, value: string, ReturnValues: 'ALL_NEW' | 'ALL_OLD' | 'NONE' = 'ALL_NEW', was?: string) =>
      client.send(
        new UpdateItemCommand({
          TableName: table,
          Key: Key(user),
          UpdateExpression: 'SET #value = :value',
          ...(was === undefined ? {} : { ConditionExpression: '#value = :was' }),
          ExpressionAttributeNames: { '#value': 'value' },
          ExpressionAttributeValues: { ':value': { S: value }, ...(was === undefined ? {} : { ':was': { S: was } }) },
          ReturnValues,
        }),
      ),
    delete: (user: string) => client.send(new DeleteItemCommand({ TableName: table, Key: Key(user) })),
    batch: (user: string, value: string) =>
      client.send(
        new BatchWriteItemCommand({
          RequestItems: {
            [table]: [
              { PutRequest: { Item: { ...Key(user), value: { S: value } } } },
              { PutRequest: { Item: { ...Key(user), sk: { S: 'ended#1' } } } },
            ],
          },
        }),
      ),
    transact: (...users: string[]) =>
      client.send(
        new TransactWriteItemsCommand({
          TransactItems: users.map((user) => ({ Delete: { TableName: table, Key: Key(user) } })),
        }),
      ),
    statement: () => client.send(new ExecuteStatementCommand({ Statement: `SELECT * FROM "${table}"` })),
  };
}

/** `ana: 1 → 2` */
const told = ({ dynamodb }: DynamoDBRecord) =>
  `${dynamodb?.Keys?.pk?.S?.slice('user#'.length)}: ${dynamodb?.OldImage?.value?.S ?? '-'} → ${dynamodb?.NewImage?.value?.S ?? '-'}`;

/** Notes what it is told. */
function listener() {
  const records: DynamoDBRecord[] = [];
  const deliver: DeliveryOptions['deliver'] = async ({ Records }) => {
    records.push(...Records);
    return none;
  };
  return { records, deliver, told: () => records.map(told) };
}

test('each change of a seat is told, in order, with what it was and what it became', async () => {
  const { follow, ...run } = await start(await newPlace());
  const heard = listener();
  follow(heard.deliver);
  await run.put('ana', '1');
  await run.set('ana', '2');
  await run.set('ana', '3', 'ALL_OLD');
  await run.set('ana', '4', 'NONE');
  await run.batch('ana', '5');
  await run.put('ben', '1');
  await run.transact('ana', 'ben');
  await run.set('eve', '1');
  await run.delete('eve');
  await eventually(() => expect(heard.records).toHaveLength(10));
  expect(heard.told().slice(0, 6)).toEqual([
    'ana: - → 1',
    'ana: 1 → 2',
    'ana: 2 → 3',
    'ana: 3 → 4',
    'ana: 4 → 5',
    'ben: - → 1',
  ]);
  expect(heard.told().slice(6, 8).sort()).toEqual(['ana: 5 → -', 'ben: 1 → -']);
  expect(heard.told().slice(8)).toEqual(['eve: - → 1', 'eve: 1 → -']);
  expect(heard.records[1]).toEqual({
    eventID: expect.any(String),
    eventName: 'MODIFY',
    eventVersion: '1.1',
    eventSource: 'aws:dynamodb',
    awsRegion: 'us-east-1',
    dynamodb: {
      ApproximateCreationDateTime: 1_795_348_800,
      Keys: { pk: { S: 'user#ana' }, sk: { S: 'seat#0' } },
      OldImage: { pk: { S: 'user#ana' }, sk: { S: 'seat#0' }, value: { S: '1' } },
      NewImage: { pk: { S: 'user#ana' }, sk: { S: 'seat#0' }, value: { S: '2' } },
      SequenceNumber: heard.records[1]?.eventID,
      StreamViewType: 'NEW_AND_OLD_IMAGES',
    },
  });
});

test('what was refused, or wrote what was there, is no change; and what nobody could follow is refused', async () => {
  const { follow, ...run } = await start(await newPlace());
  const heard = listener();
  follow(heard.deliver);
  await run.put('ana', '1');
  await expect(run.set('ana', '2', 'ALL_NEW', 'something else')).rejects.toThrow('conditional request failed');
  await run.put('ana', '1');
  await expect(run.statement()).rejects.toThrow('ExecuteStatement');
  await run.delete('ana');
  await eventually(() => expect(heard.told()).toEqual(['ana: - → 1', 'ana: 1 → -']));
});

test('writes of one seat that come at once are told as a chain', async () => {
  const { follow, set } = await start(await newPlace());
  const heard = listener();
  follow(heard.deliver);
  await Promise.all(Array.from({ length: 40 }, (_, n) => set('ana', String(n), n % 2 === 0 ? 'ALL_NEW' : 'NONE')));
  await eventually(() => expect(heard.records).toHaveLength(40));
  const images = heard.records.map(({ dynamodb }) => [dynamodb?.OldImage?.value?.S, dynamodb?.NewImage?.value?.S]);
  expect(images.slice(1).map(([old]) => old)).toEqual(images.slice(0, -1).map(([, now]) => now));
});

describe('killed', () => {
  test('before a write is passed on, it has done nothing, and there is nothing to tell', async () => {
    const place = await newPlace();
    const first = await start(place, { diesBefore: 'ask' });
    const lost = expect(first.put('ana', '1')).rejects.toThrow();
    await first.stop();
    await lost;
    const { follow, put } = await start(place);
    const heard = listener();
    follow(heard.deliver);
    await put('ben', '1');
    await eventually(() => expect(heard.told()).toEqual(['ben: - → 1']));
  });

  test('between a write and what is noted of it, the next run finds it and tells it first, once', async () => {
    const place = await newPlace();
    const zeroth = await start(place);
    await zeroth.put('ana', '1');
    await zeroth.stop();
    const first = await start(place, { diesBefore: 'settle' });
    const lost = [first.set('ana', '2'), first.put('ben', '1')].map((sent) => expect(sent).rejects.toThrow());
    await eventually(() => expect(first.changes.unsettled).toHaveLength(2));
    await eventually(async () => expect((await engine.client.send(countOf(place.table))).Count).toBe(2));
    await first.stop();
    await Promise.all(lost);

    const second = await start(place);
    const heard = listener();
    second.follow(heard.deliver);
    await second.set('ana', '3');
    await eventually(() => expect(heard.records).toHaveLength(4));
    expect(heard.told().filter((line) => line.startsWith('ana'))).toEqual(['ana: - → 1', 'ana: 1 → 2', 'ana: 2 → 3']);
    expect(heard.told()).toContain('ben: - → 1');
    await second.stop();
    expect((await start(place)).changes.unsettled).toEqual([]);
  });

  test('while a batch is delivered, the next run delivers that batch again, and what was through before it is not', async () => {
    const place = await newPlace();
    const first = await start(place);
    const heard = listener();
    const stuck = vi.fn(() => new Promise<never>(() => {}));
    first.follow((event) => (heard.records.length > 0 ? stuck() : heard.deliver(event)));
    await first.put('ana', '1');
    await eventually(() => expect(heard.told()).toEqual(['ana: - → 1']));
    await first.put('ana', '2');
    await eventually(() => expect(stuck).toHaveBeenCalled());
    // Never stopped: what was not through when it was killed is not through.
    closers.pop();
    const second = await start(place);
    const again = listener();
    second.follow(again.deliver);
    await eventually(() => expect(again.told()).toEqual(['ana: 1 → 2']));
  });
});

/** The engine behind something that breaks off its answers to updates when it is told to, and notes what it was asked. */
async function breakingEngine() {
  const asked: string[] = [];
  const faults = { breaksOff: false };
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { host: _, connection: __, ...headers } = request.headers as Record<string, string>;
    const answer = await fetch(engine.config.endpoint, { method: 'POST', headers, body: Buffer.concat(chunks) });
    const operation = String(headers['x-amz-target']).replace(/.*\./, '');
    asked.push(operation);
    if (operation === 'UpdateItem' && faults.breaksOff) return void response.destroy();
    response.writeHead(answer.status).end(Buffer.from(await answer.arrayBuffer()));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => void server.close());
  const { port } = server.address() as { port: number };
  return { url: `http://127.0.0.1:${port}`, asked, faults };
}

test('where the engine breaks off, it is found out what it did', async () => {
  const { url, faults } = await breakingEngine();
  const { follow, set } = await start(await newPlace(), { engine: url });
  const heard = listener();
  follow(heard.deliver);
  await set('ana', '1');
  faults.breaksOff = true;
  await expect(set('ana', '2')).rejects.toThrow();
  faults.breaksOff = false;
  await set('ana', '3');
  await eventually(() => expect(heard.told()).toEqual(['ana: - → 1', 'ana: 1 → 2', 'ana: 2 → 3']));
});

test('a seat that was just written is not read again', async () => {
  const { url, asked } = await breakingEngine();
  const { set, delete: drop } = await start(await newPlace(), { engine: url });
  for (const value of ['1', '2', '3']) await set('ana', value);
  await expect(set('ana', '4', 'ALL_NEW', 'something else')).rejects.toThrow();
  await drop('ana');
  expect(asked.filter((operation) => operation === 'GetItem')).toHaveLength(2);
  expect(asked[0]).toBe('GetItem');
  expect(asked.at(-1)).toBe('GetItem');
});

test('however many changes there were, what is kept of them is bounded, and so is what nobody takes', async () => {
  const place = await newPlace();
  const { follow, set } = await start(place, { bytesMax: 20_000, waitingMax: 60_000 });
  let isTaken = false;
  const heard = listener();
  const deliver: DeliveryOptions['deliver'] = async (event) => {
    if (!isTaken) throw new Error('nobody is there');
    return heard.deliver(event);
  };
  const write = async (count: number) => {
    for (let n = 0; n < count; n += 1) await set('ana', `${n} ${'x'.repeat(200)}`);
  };
  await expect(write(1_000)).rejects.toThrow();
  isTaken = true;
  follow(deliver);
  await eventually(() => expect(heard.records.length).toBeGreaterThan(10));
  await eventually(async () => void (await write(200)));
  // Just after it has been put aside there is none.
  expect(statSync(place.file, { throwIfNoEntry: false })?.size ?? 0).toBeLessThan(70_000);
  await eventually(() => expect(heard.told().at(-1)).toContain('→ 199'));
});

const countOf = (TableName: string) => new ScanCommand({ TableName, Select: 'COUNT' });
