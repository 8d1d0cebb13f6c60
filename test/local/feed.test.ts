/** What an engine of our own tells the journal, also if an earlier version had it keep a stream. */
import { existsSync } from 'node:fs';
import { DescribeTableCommand, DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import type { DynamoDBRecord } from 'aws-lambda';
import { afterEach, expect, test, vi } from 'vitest';
import { openDataDirectory } from '../../lib/local/data.ts';
import { openDynamoDB } from '../../lib/local/dynamodb.ts';
import { startEngine } from '../../lib/local/engine.ts';
import { openFeed } from '../../lib/local/feed.ts';
import { createTable } from '../../lib/local/table.ts';
import { systemClock } from '../../lib/time.ts';
import { useTemporaryDirectories } from '../support/temporary-directory.ts';

const temporaryDirectory = useTemporaryDirectories();
const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const say = () => {};
const table = 'curfew';
const eventually = (check: () => void) => vi.waitFor(check, { timeout: 5_000, interval: 10 });
const put = (client: DynamoDBClient, user: string) =>
  client.send(new PutItemCommand({ TableName: table, Item: { pk: { S: `user#${user}` }, sk: { S: 'seat#0' } } }));

async function start(path: string) {
  const data = openDataDirectory(path);
  closers.push(data.release);
  const dynamodb = await openDynamoDB({ file: data.file('table.db'), table, say, onFatal: say });
  closers.push(dynamodb.stop);
  const feed = await openFeed({ dynamodb, table, data, clock: systemClock, say });
  closers.push(feed.close, feed.stop);
  const client = new DynamoDBClient({ ...dynamodb.client, endpoint: feed.endpoint });
  closers.push(() => client.destroy());
  const told: (string | undefined)[] = [];
  const follow = () =>
    feed.start({
      deliver: async ({ Records }: { Records: DynamoDBRecord[] }) => {
        told.push(...Records.map(({ dynamodb: change }) => change?.Keys?.pk?.S));
        return { batchItemFailures: [] };
      },
      onDeadLetter: async () => {},
    });
  return { data, client, told, follow };
}

test('the table has no stream, and each change is told', async () => {
  const { client, told, follow } = await start(temporaryDirectory());
  await follow();
  await put(client, 'ana');
  await eventually(() => expect(told).toEqual(['user#ana']));
  const { Table } = await client.send(new DescribeTableCommand({ TableName: table }));
  expect(Table?.StreamSpecification?.StreamEnabled ?? false).toBe(false);
});

test('what the stream of an earlier version still holds is told first, and the stream is ended', async () => {
  const path = temporaryDirectory();
  const engine = await startEngine({ file: `${path}/table.db` });
  const config = { region: 'us-east-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' } };
  const before = new DynamoDBClient({ ...config, endpoint: engine.url });
  await createTable(before, table);
  for (const user of ['ana', 'ben']) await put(before, user);
  before.destroy();
  await engine.stop();

  const { data, client, told, follow } = await start(path);
  await put(client, 'eve');
  await follow();
  await eventually(() => expect(told).toEqual(['user#ana', 'user#ben', 'user#eve', 'user#eve']));
  expect(existsSync(data.file('stream.json'))).toBe(false);
  const { Table } = await client.send(new DescribeTableCommand({ TableName: table }));
  expect(Table?.StreamSpecification?.StreamEnabled ?? false).toBe(false);
  await put(client, 'zoe');
  await eventually(() => expect(told.at(-1)).toBe('user#zoe'));
});
