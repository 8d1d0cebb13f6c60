/**
 * How SDK clients are made: connections stay open between requests, and patience is short enough that a function can
 * still answer for itself. Region, credentials and endpoints come from where the SDK looks for them. Those of the Scheduler
 * and of Secrets Manager are with what asks them (timers.ts, master-secret.ts), which is loaded when it is first needed.
 */
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
  const client = new DynamoDBClient({ ...patient, cacheMiddleware: true, ...config });
  // It sifts every request and every answer for a log that nobody keeps.
  client.middlewareStack.remove('loggerMiddleware');
  return client;
}

/** About 6 s at worst: nobody waits for it but the stream. */
export const eventBridgeClient = (config: EventBridgeClientConfig = {}): EventBridgeClient =>
  new EventBridgeClient({ maxAttempts: 3, requestHandler: patience(500, 2_000), ...config });

/** About 3 s at worst: nobody waits for it, and a message that is not postponed comes back by itself. */
export const sqsClient = (config: SQSClientConfig = {}): SQSClient =>
  new SQSClient({ maxAttempts: 3, requestHandler: patience(500, 1_000), ...config });
