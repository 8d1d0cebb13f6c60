import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DeleteItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import type { DynamoDBBatchResponse, DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { StreamReader, toLambdaRecord } from '../../lib/local/stream.ts';
import { durationMs } from '../../lib/time.ts';
import { useEngine } from '../support/engine.ts';
import { useTemporaryDirectories } from '../support/temporary-directory.ts';

const engine = useEngine();
const temporaryDirectory = useTemporaryDirectories();
const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

type Deliver = (event: DynamoDBStreamEvent) => Promise<DynamoDBBatchResponse | undefined>;

async function newTable() {
  const table = await engine.createTable();
  const file = join(temporaryDirectory(), 'stream.json');
  return {
    stream: table.stream,
    file,
    put: (...names: string[]) =>
      Promise.all(
        names.map((name) =>
          engine.client.send(
            new PutItemCommand({ TableName: table.name, Item: { pk: { S: name }, sk: { S: 'seat#0' } } }),
          ),
        ),
      ),
    delete: (name: string) =>
      engine.client.send(
        new DeleteItemCommand({ TableName: table.name, Key: { pk: { S: name }, sk: { S: 'seat#0' } } }),
      ),
  };
}

/** Reads the table's stream into a function that does what the test says. */
async function startReader(table: { stream: string; file: string }, deliver: Deliver) {
  const letters: string[] = [];
  const client = new DynamoDBStreamsClient(engine.config);
  const reader = await StreamReader.open({
    client,
    streamArn: table.stream,
    file: table.file,
    deliver,
    onDeadLetter: async (record) => void letters.push(nameOf(record)),
    filter: (record) => !nameOf(record).startsWith('ignored'),
    attemptsMax: 3,
    retryAfterMs: durationMs(1),
    idleMs: durationMs(5),
  });
  reader.start();
  const stop = async () => {
    await reader.stop();
    client.destroy();
  };
  closers.push(stop);
  return { letters, stop };
}

const nameOf = (record: DynamoDBRecord) => String(record.dynamodb?.Keys?.pk?.S);
const namesOf = (event: DynamoDBStreamEvent) => event.Records.map(nameOf);
const eventually = (check: () => void) => vi.waitFor(check, { timeout: 5_000, interval: 10 });
const none = { batchItemFailures: [] };
const failing = (record: DynamoDBRecord | undefined) => ({
  batchItemFailures: record === undefined ? [] : [{ itemIdentifier: String(record.dynamodb?.SequenceNumber) }],
});

test('changes arrive in order, as Lambda hands them over', async () => {
  const table = await newTable();
  const seen: DynamoDBRecord[] = [];
  await startReader(table, async (event) => {
    seen.push(...event.Records);
    return none;
  });
  await table.put('ana');
  await table.delete('ana');
  await eventually(() => expect(seen).toHaveLength(2));
  expect(seen.map((record) => record.eventName)).toEqual(['INSERT', 'REMOVE']);
  expect(seen[0]).toMatchObject({
    eventSource: 'aws:dynamodb',
    dynamodb: {
      Keys: { pk: { S: 'ana' }, sk: { S: 'seat#0' } },
      NewImage: { pk: { S: 'ana' }, sk: { S: 'seat#0' } },
      StreamViewType: 'NEW_AND_OLD_IMAGES',
    },
  });
  expect(Number.isInteger(seen[0]?.dynamodb?.ApproximateCreationDateTime)).toBe(true);
});

test('what is binary becomes base64, and a deletion by the table itself says so', () => {
  const record = toLambdaRecord({
    userIdentity: { Type: 'Service', PrincipalId: 'dynamodb.amazonaws.com' },
    dynamodb: { NewImage: { key: { B: new Uint8Array([1, 2, 255]) } } },
  });
  expect(record).toMatchObject({
    userIdentity: { type: 'Service', principalId: 'dynamodb.amazonaws.com' },
    dynamodb: { NewImage: { key: { B: 'AQL/' } } },
  });
});

test('a reader that starts again goes on after the last batch that was through', async () => {
  const table = await newTable();
  const seen: string[] = [];
  const deliver: Deliver = async (event) => {
    seen.push(...namesOf(event));
    return none;
  };
  const first = await startReader(table, deliver);
  for (let index = 0; index < 12; index += 1) await table.put(`before-${index}`);
  await eventually(() => expect(seen).toHaveLength(12));
  await first.stop();
  await table.put('while-away');
  await startReader(table, deliver);
  await eventually(() => expect(seen.slice(12)).toEqual(['while-away']));
});

test('a batch during which the reader was killed is delivered again', async () => {
  const table = await newTable();
  await table.put('ana');
  const stuck = vi.fn(() => new Promise<never>(() => {}));
  await startReader(table, stuck);
  await eventually(() => expect(stuck).toHaveBeenCalled());
  // Never stopped: what was not through when it was killed is not through.
  closers.splice(0);
  const seen: string[] = [];
  await startReader(table, async (event) => {
    seen.push(...namesOf(event));
    return none;
  });
  await eventually(() => expect(seen).toEqual(['ana']));
});

describe('a record that fails', () => {
  test('is tried again, with those after it and without those before it', async () => {
    const table = await newTable();
    for (const name of ['a', 'b', 'c']) await table.put(name);
    const batches: string[][] = [];
    const { letters } = await startReader(table, async (event) => {
      batches.push(namesOf(event));
      return batches.length < 3 ? failing(event.Records.find((record) => nameOf(record) === 'b')) : none;
    });
    await eventually(() =>
      expect(batches).toEqual([
        ['a', 'b', 'c'],
        ['b', 'c'],
        ['b', 'c'],
      ]),
    );
    expect(letters).toEqual([]);
  });

  test('again and again goes to the dead letters, alone', async () => {
    const table = await newTable();
    for (const name of ['a', 'b', 'c']) await table.put(name);
    const through: string[] = [];
    const { letters } = await startReader(table, async (event) => {
      const poison = event.Records.findIndex((record) => nameOf(record) === 'b');
      through.push(...namesOf(event).slice(0, poison === -1 ? undefined : poison));
      return failing(event.Records[poison]);
    });
    await eventually(() => expect(through).toEqual(['a', 'c']));
    expect(letters).toEqual(['b']);
  });

  test('without being named is found by trying each alone', async () => {
    const table = await newTable();
    for (const name of ['a', 'b', 'c']) await table.put(name);
    const through: string[] = [];
    const { letters } = await startReader(table, async (event) => {
      if (namesOf(event).includes('b')) throw new Error('a bug');
      through.push(...namesOf(event));
      return none;
    });
    await eventually(() => expect(through).toEqual(['a', 'c']));
    expect(letters).toEqual(['b']);
  });
});

test('what the filter leaves out is not delivered, and not read again', async () => {
  const table = await newTable();
  await table.put('ignored-1');
  await table.put('ana');
  await table.put('ignored-2');
  const seen: string[] = [];
  const deliver: Deliver = async (event) => {
    seen.push(...namesOf(event));
    return none;
  };
  const first = await startReader(table, deliver);
  await eventually(() => expect(JSON.stringify(JSON.parse(readFileSync(table.file, 'utf8')))).toContain('"after"'));
  await eventually(() => expect(seen).toEqual(['ana']));
  await first.stop();
});
