/**
 * A real DynamoDB for a test file: an engine of its own in memory, or whatever CURFEW_DYNAMODB_ENDPOINT names (then
 * tables have names of their own, so that suites do not meet in one).
 */
import { randomUUID } from 'node:crypto';
import { DeleteTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll } from 'vitest';
import { startEngine } from '../../lib/local/engine.ts';
import { createTable } from '../../lib/local/table.ts';

export interface TestEngine {
  /** What any SDK client of this DynamoDB is made with. Only inside tests and hooks, as all that follows. */
  readonly config: { endpoint: string; region: string; credentials: { accessKeyId: string; secretAccessKey: string } };
  readonly client: DynamoDBClient;
  /** A new table as the stack makes it. */
  createTable(): Promise<{ readonly name: string; readonly stream: string }>;
}

/** What a whole local system in a test runs on. */
export interface TestDynamoDB {
  /** Absent where the system is to start an engine of its own. */
  readonly dynamodbEndpoint: string | undefined;
  readonly table: string;
}

/** Whether tests were told to use a DynamoDB that they cannot stop. */
export const hasNamedDynamoDB = process.env.CURFEW_DYNAMODB_ENDPOINT !== undefined;

/** Gives whole local systems a table each. Call it at the top of a test file. */
export function useTables(): () => TestDynamoDB {
  const dynamodbEndpoint = process.env.CURFEW_DYNAMODB_ENDPOINT;
  const tables: string[] = [];
  afterAll(async () => {
    if (dynamodbEndpoint === undefined) return;
    const client = new DynamoDBClient({ endpoint: dynamodbEndpoint, region: REGION, credentials: CREDENTIALS });
    // A test that failed early has made none.
    for (const TableName of tables) await client.send(new DeleteTableCommand({ TableName })).catch(() => {});
    client.destroy();
  });
  return () => {
    const table = `curfew-test-${randomUUID()}`;
    tables.push(table);
    return { dynamodbEndpoint, table };
  };
}

const REGION = 'us-east-1';
const CREDENTIALS = { accessKeyId: 'test', secretAccessKey: 'test' };

/** Call it at the top of a test file or a `describe`: the engine runs from its first test to its last. */
export function useEngine(): TestEngine {
  let config: TestEngine['config'] | undefined;
  let client: DynamoDBClient | undefined;
  const tables: string[] = [];
  let stop = async () => {};

  beforeAll(async () => {
    const named = process.env.CURFEW_DYNAMODB_ENDPOINT;
    const engine = named === undefined ? await startEngine() : undefined;
    if (engine !== undefined) stop = engine.stop;
    config = { endpoint: engine?.url ?? String(named), region: REGION, credentials: CREDENTIALS };
    client = new DynamoDBClient(config);
  });
  afterAll(async () => {
    for (const table of tables) await client?.send(new DeleteTableCommand({ TableName: table }));
    client?.destroy();
    await stop();
  });

  const running = <T>(value: T | undefined): T => {
    if (value === undefined) throw new Error('the engine runs only inside tests and hooks');
    return value;
  };
  return {
    get config() {
      return running(config);
    },
    get client() {
      return running(client);
    },
    createTable: async () => {
      const name = `curfew-test-${randomUUID()}`;
      const stream = await createTable(running(client), name);
      tables.push(name);
      return { name, stream };
    },
  };
}
