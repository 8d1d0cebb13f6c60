import { join } from 'node:path';
import { DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import {
  DescribeStreamCommand,
  DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
} from '@aws-sdk/client-dynamodb-streams';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { freeAddress } from '../../lib/local/address.ts';
import { type Engine, startEngine } from '../../lib/local/engine.ts';
import { processIdentity } from '../../lib/local/process-identity.ts';
import { createTable } from '../../lib/local/table.ts';
import { useTemporaryDirectories } from '../support/temporary-directory.ts';

const temporaryDirectory = useTemporaryDirectories();
const engines: Engine[] = [];
afterEach(async () => {
  for (const engine of engines.splice(0)) await engine.stop();
});

async function start(options: Parameters<typeof startEngine>[0]) {
  const engine = await startEngine(options);
  engines.push(engine);
  return engine;
}

const configOf = ({ url }: Engine) => ({
  endpoint: url,
  region: 'us-east-1',
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
});

async function countRecords(client: DynamoDBStreamsClient, StreamArn: string): Promise<number> {
  const { StreamDescription } = await client.send(new DescribeStreamCommand({ StreamArn }));
  const shard = { StreamArn, ShardId: StreamDescription?.Shards?.[0]?.ShardId };
  const from = new GetShardIteratorCommand({ ...shard, ShardIteratorType: 'TRIM_HORIZON' });
  const { ShardIterator } = await client.send(from);
  return (await client.send(new GetRecordsCommand({ ShardIterator }))).Records?.length ?? 0;
}

// The engine of this machine, not the one that tests may be told to use.
describe('the engine', () => {
  test('killed at any moment keeps every acknowledged write, and its stream', async () => {
    const file = join(temporaryDirectory(), 'table.db');
    const first = await start({ file });
    const client = new DynamoDBClient(configOf(first));
    await createTable(client, 'curfew');
    for (let index = 0; index < 20; index += 1) {
      const Item = { pk: { S: `user#${index}` }, sk: { S: 'seat#0' } };
      await client.send(new PutItemCommand({ TableName: 'curfew', Item }));
    }
    process.kill(first.pid, 'SIGKILL');

    const second = await start({ file });
    const again = new DynamoDBClient(configOf(second));
    const stream = await createTable(again, 'curfew');
    for (let index = 0; index < 20; index += 1) {
      const Key = { pk: { S: `user#${index}` }, sk: { S: 'seat#0' } };
      const { Item } = await again.send(new GetItemCommand({ TableName: 'curfew', Key }));
      expect(Item).toEqual(Key);
    }
    const streams = new DynamoDBStreamsClient(configOf(second));
    expect(await countRecords(streams, stream)).toBe(20);
    for (const used of [client, again, streams]) used.destroy();
  });

  test('that a killed system left behind on the same file is ended first', async () => {
    const file = join(temporaryDirectory(), 'table.db');
    const orphan = await start({ file });
    const next = await start({ file });
    expect(processIdentity(orphan.pid)).toBeUndefined();
    expect(processIdentity(next.pid)).toContain(file);
  });

  // It lets every web page in, and pages know 127.0.0.1.
  test.skipIf(process.platform !== 'linux')('is where no web page finds it', async () => {
    const [one, other] = [await start({}), await start({})];
    for (const { address } of [one, other]) {
      expect(address.host).toMatch(/^127\.([1-9]\d*\.){2}[1-9]\d*$/);
      expect(address.host).not.toMatch(/^127\.0\.|\.255$/);
      for (const known of ['127.0.0.1', '[::1]']) {
        await expect(fetch(`http://${known}:${address.port}`)).rejects.toThrow('fetch failed');
      }
    }
    expect(one.address.host).not.toBe(other.address.host);
  });

  test('is at 127.0.0.1 where a machine has nothing else', async () => {
    // Reserved for documentation (RFC 5737): no machine has it.
    const { host, port } = await freeAddress(['192.0.2.1', '127.0.0.1']);
    expect(host).toBe('127.0.0.1');
    const engine = await start({ address: { host, port } });
    expect(engine.url).toBe(`http://127.0.0.1:${port}`);
  });

  test('that ends by itself is reported, one that is stopped is not', async () => {
    const onExit = vi.fn();
    const crashing = await start({ onExit });
    process.kill(crashing.pid, 'SIGKILL');
    await vi.waitFor(() => expect(onExit).toHaveBeenCalledOnce());
    const stopped = await start({ onExit });
    await stopped.stop();
    expect(onExit).toHaveBeenCalledOnce();
  });
});
