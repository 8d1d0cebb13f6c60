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
    const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
    config = { endpoint: engine?.url ?? String(named), region: 'us-east-1', credentials };
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
