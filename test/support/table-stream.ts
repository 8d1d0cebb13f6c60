/** The table's stream as Lambda hands it to a function, but when a test says so. */
import {
  DescribeStreamCommand,
  DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
} from '@aws-sdk/client-dynamodb-streams';
import type { DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import { toLambdaRecord } from '../../lib/local/stream.ts';
import type { TestEngine } from './engine.ts';

/** As the stack's event source has it. */
const BATCH_MAX = 100;

/** Of a table whose stream has not been split: those of engines on one machine are not within a test. */
export function tableStream(config: TestEngine['config'], StreamArn: string) {
  const client = new DynamoDBStreamsClient(config);
  const iterators = new Map<string, string>();

  return { take, close: () => client.destroy() };

  /** What has come since this was last called, in order, in batches. */
  async function take(): Promise<DynamoDBStreamEvent[]> {
    const { StreamDescription } = await client.send(new DescribeStreamCommand({ StreamArn }));
    const batches: DynamoDBStreamEvent[] = [];
    for (const { ShardId = '' } of StreamDescription?.Shards ?? []) {
      for (let Records = await read(ShardId); Records.length > 0; Records = await read(ShardId))
        batches.push({ Records });
    }
    return batches;
  }

  async function read(ShardId: string): Promise<DynamoDBRecord[]> {
    const position = { StreamArn, ShardId, ShardIteratorType: 'TRIM_HORIZON' } as const;
    const ShardIterator =
      iterators.get(ShardId) ?? (await client.send(new GetShardIteratorCommand(position))).ShardIterator;
    const page = await client.send(new GetRecordsCommand({ ShardIterator, Limit: BATCH_MAX }));
    if (page.NextShardIterator !== undefined) iterators.set(ShardId, page.NextShardIterator);
    return (page.Records ?? []).map(toLambdaRecord);
  }
}
