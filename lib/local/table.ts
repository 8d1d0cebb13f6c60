import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  type DynamoDBClient,
  ResourceInUseException,
  UpdateTimeToLiveCommand,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import { TABLE } from '../table.ts';

/** The table's keys and its index, as the stack has them; without the stream. */
export function tableOf(name: string): CreateTableCommandInput {
  const { partitionKey, sortKey, dueIndex } = TABLE;
  return {
    TableName: name,
    BillingMode: 'PAY_PER_REQUEST',
    KeySchema: [
      { AttributeName: partitionKey, KeyType: 'HASH' },
      { AttributeName: sortKey, KeyType: 'RANGE' },
    ],
    AttributeDefinitions: [
      { AttributeName: partitionKey, AttributeType: 'S' },
      { AttributeName: sortKey, AttributeType: 'S' },
      { AttributeName: dueIndex.partitionKey, AttributeType: 'S' },
      { AttributeName: dueIndex.sortKey, AttributeType: 'N' },
    ],
    GlobalSecondaryIndexes: [
      {
        IndexName: dueIndex.name,
        KeySchema: [
          { AttributeName: dueIndex.partitionKey, KeyType: 'HASH' },
          { AttributeName: dueIndex.sortKey, KeyType: 'RANGE' },
        ],
        Projection: { ProjectionType: 'KEYS_ONLY' },
      },
    ],
  };
}

/** Makes the table as the stack does, unless it is there; resolves to its stream's ARN once it can be used. */
export async function createTable(client: DynamoDBClient, name: string): Promise<string> {
  const create = new CreateTableCommand({
    ...tableOf(name),
    StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' },
  });
  await client.send(create).catch((error) => {
    if (!(error instanceof ResourceInUseException)) throw error;
  });
  await waitUntilTableExists({ client, maxWaitTime: 60, minDelay: 0.05, maxDelay: 1 }, { TableName: name });

  const lifetime = await client.send(new DescribeTimeToLiveCommand({ TableName: name }));
  if (lifetime.TimeToLiveDescription?.TimeToLiveStatus !== 'ENABLED') {
    const specification = { Enabled: true, AttributeName: TABLE.ttl };
    await client.send(new UpdateTimeToLiveCommand({ TableName: name, TimeToLiveSpecification: specification }));
  }
  const described = await client.send(new DescribeTableCommand({ TableName: name }));
  const stream = described.Table?.LatestStreamArn;
  if (stream === undefined) throw new Error(`table ${name} has no stream`);
  return stream;
}
