import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  type DynamoDBClient,
  ResourceInUseException,
  type TableDescription,
  UpdateTableCommand,
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
  const StreamSpecification = { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' } as const;
  const { LatestStreamArn: stream } = await create(client, { ...tableOf(name), StreamSpecification });
  if (stream === undefined) throw new Error(`table ${name} has no stream`);
  return stream;
}

/**
 * The same for an engine whose streams wear out: without one. Resolves to the ARN of the one that an earlier version made,
 * if it did: what that still holds is to be delivered before it is ended.
 */
export async function createTableWithoutStream(client: DynamoDBClient, name: string): Promise<string | undefined> {
  const { StreamSpecification, LatestStreamArn } = await create(client, tableOf(name));
  return StreamSpecification?.StreamEnabled === true ? LatestStreamArn : undefined;
}

export async function endStream(client: DynamoDBClient, name: string): Promise<void> {
  await client.send(new UpdateTableCommand({ TableName: name, StreamSpecification: { StreamEnabled: false } }));
}

async function create(client: DynamoDBClient, table: CreateTableCommandInput): Promise<TableDescription> {
  const { TableName } = table;
  await client.send(new CreateTableCommand(table)).catch((error) => {
    if (!(error instanceof ResourceInUseException)) throw error;
  });
  await waitUntilTableExists({ client, maxWaitTime: 60, minDelay: 0.05, maxDelay: 1 }, { TableName });

  const lifetime = await client.send(new DescribeTimeToLiveCommand({ TableName }));
  if (lifetime.TimeToLiveDescription?.TimeToLiveStatus !== 'ENABLED') {
    const specification = { Enabled: true, AttributeName: TABLE.ttl };
    await client.send(new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification: specification }));
  }
  return (await client.send(new DescribeTableCommand({ TableName }))).Table ?? {};
}
