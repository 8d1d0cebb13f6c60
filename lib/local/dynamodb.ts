/** The DynamoDB that the system runs on: an engine of its own, or whatever answers at an endpoint that was named. */
import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { present } from '../present.ts';
import { type Credentials, newCredentials } from './credentials.ts';
import { startEngine } from './engine.ts';
import { REGION } from './lambda.ts';
import { reasonOf, StartupError } from './startup-error.ts';
import { createTable, createTableWithoutStream } from './table.ts';
import { CURE } from './table-file.ts';

export interface DynamoDBOptions {
  /** A DynamoDB to use instead of an engine of our own. */
  readonly endpoint?: string | undefined;
  /** The engine's database. */
  readonly file: string;
  readonly table: string;
  readonly say: (line: string) => void;
  /** Called when the engine has ended and cannot be started again. */
  readonly onFatal: (error: unknown) => void;
}

/** What an SDK client is to be made with. */
export interface ClientConfig {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: Credentials;
}

export interface DynamoDB {
  readonly client: ClientConfig;
  /** Whether it is an engine of our own: its table has no stream, or one of an earlier version that is to be ended. */
  readonly isOurs: boolean;
  /** The ARN of the table's stream. */
  readonly stream: string | undefined;
  stop(): Promise<void>;
}

/** How long after its end the engine is started again. */
const RESTART_AFTER_MS = 500;

/** For a DynamoDB that was named without credentials: some keep the tables of each access key apart. */
const LASTING_CREDENTIALS: Credentials = { accessKeyId: 'local', secretAccessKey: 'local' };

export async function openDynamoDB(options: DynamoDBOptions): Promise<DynamoDB> {
  const { endpoint, stop } = options.endpoint === undefined ? await keepEngine(options) : await named(options.endpoint);
  const client = { endpoint, region: REGION, credentials: credentialsFor(options) };
  const dynamodb = new DynamoDBClient(client);
  try {
    const isOurs = options.endpoint === undefined;
    const stream = await (isOurs ? createTableWithoutStream : createTable)(dynamodb, options.table);
    return { client, stop, isOurs, stream };
  } catch (error) {
    await stop();
    if (options.endpoint !== undefined) throw error;
    throw new StartupError(`The DynamoDB engine cannot use ${options.file} (${reasonOf(error)}); ${CURE}.`);
  } finally {
    dynamodb.destroy();
  }
}

async function named(endpoint: string) {
  try {
    await fetch(endpoint);
  } catch (error) {
    const reason = reasonOf(error instanceof Error && error.cause !== undefined ? error.cause : error);
    throw new StartupError(`No DynamoDB answers at CURFEW_DYNAMODB_ENDPOINT=${endpoint} (${reason}).`);
  }
  return { endpoint, stop: async () => {} };
}

/** Runs the engine, and runs it again at the same address when it has crashed. */
async function keepEngine({ file, say, onFatal }: DynamoDBOptions) {
  const stopping = new AbortController();
  const onExit = () => {
    say(`the DynamoDB engine has ended; starting it again in ${RESTART_AFTER_MS} ms`);
    engine = sleep(RESTART_AFTER_MS, undefined, { signal: stopping.signal }).then(() =>
      startEngine({ file, address, onExit }),
    );
    engine.catch((error) => {
      if (!stopping.signal.aborted) onFatal(error);
    });
  };
  let engine = startEngine({ file, onExit });
  const { url, address } = await engine;
  const stop = async () => {
    stopping.abort();
    const running = await engine.catch(() => undefined);
    await running?.stop();
  };
  return { endpoint: url, stop };
}

function credentialsFor({ endpoint }: DynamoDBOptions): Credentials {
  if (endpoint === undefined) return newCredentials();
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = process.env;
  if (accessKeyId === undefined || secretAccessKey === undefined) return LASTING_CREDENTIALS;
  return { accessKeyId, secretAccessKey, ...present({ sessionToken: process.env.AWS_SESSION_TOKEN }) };
}
