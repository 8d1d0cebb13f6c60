/**
 * How SDK clients are made: connections stay open between requests, and patience is short enough that a function can
 * still answer for itself. Region, credentials and endpoints come from where the SDK looks for them. Those of the Scheduler
 * and of Secrets Manager are with what asks them (timers.ts, master-secret.ts), which is loaded when it is first needed.
 */
import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto';
import { DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient, type EventBridgeClientConfig } from '@aws-sdk/client-eventbridge';
import { SQSClient, type SQSClientConfig } from '@aws-sdk/client-sqs';

/** Attempts times the longer of the two, and the pauses between, is the longest that one request takes. */
export const patience = (connectionTimeout: number, requestTimeout: number) => ({
  connectionTimeout,
  requestTimeout,
  // Without it the SDK only logs that the time is over, and waits on.
  throwOnRequestTimeout: true,
});

/**
 * About 3 s at worst: a station's firmware gives up after 5 to 10, and should get its 503 before. The only client that
 * every request waits for, so it is spared what the SDK would do anew for each.
 */
export function dynamoClient(config: DynamoDBClientConfig = {}): DynamoDBClient {
  const patient = { maxAttempts: 3, requestHandler: patience(500, 1_000) };
  const client = new DynamoDBClient({ ...patient, cacheMiddleware: true, sha256: Sha256, ...config });
  const { middlewareStack } = client;
  // It sifts every request and every answer for a log that nobody keeps.
  middlewareStack.remove('loggerMiddleware');
  // It hands on a trace by which Lambda knows that it calls itself, which it cannot do by way of a table.
  middlewareStack.remove('recursionDetectionMiddleware');
  // It puts together, for each request, what is the same for all.
  middlewareStack.remove('getUserAgentMiddleware');
  middlewareStack.add(
    (next) => (args) => {
      (args.request as { headers: Record<string, string> }).headers['user-agent'] = USER_AGENT;
      return next(args);
    },
    { name: 'nameUs', step: 'build' },
  );
  keepSigner(client);
  return client;
}

/** In the trails of an account that keeps them. */
const USER_AGENT = 'curfew';

/** The SDK makes a signer for each request: of the same Region, service and provider of credentials. */
function keepSigner({ config }: DynamoDBClient): void {
  const { signer } = config;
  let kept: ReturnType<typeof signer> | undefined;
  config.signer = (scheme) => {
    kept ??= signer(scheme);
    return kept;
  };
}

/** SHA-256 as the SDK asks for it: hashed once, where the SDK's own keeps a copy to go on with. */
class Sha256 {
  private readonly secret: string | Uint8Array | undefined;
  private hash: Hash | Hmac;

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.secret = secret === undefined || typeof secret === 'string' ? secret : bytesOf(secret);
    this.hash = this.anew();
  }

  update(data: Uint8Array): void {
    this.hash.update(data);
  }

  async digest(): Promise<Uint8Array> {
    return this.hash.digest();
  }

  reset(): void {
    this.hash = this.anew();
  }

  private anew(): Hash | Hmac {
    return this.secret === undefined ? createHash('sha256') : createHmac('sha256', this.secret);
  }
}

const bytesOf = (data: ArrayBuffer | ArrayBufferView): Uint8Array =>
  ArrayBuffer.isView(data) ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength) : new Uint8Array(data);

/** About 6 s at worst: nobody waits for it but the stream. */
export const eventBridgeClient = (config: EventBridgeClientConfig = {}): EventBridgeClient =>
  new EventBridgeClient({ maxAttempts: 3, requestHandler: patience(500, 2_000), ...config });

/** About 3 s at worst: nobody waits for it, and a message that is not postponed comes back by itself. */
export const sqsClient = (config: SQSClientConfig = {}): SQSClient =>
  new SQSClient({ maxAttempts: 3, requestHandler: patience(500, 1_000), ...config });
