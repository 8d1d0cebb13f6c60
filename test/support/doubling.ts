/**
 * Writes that are sent twice, and answered with the second answer, as where the first was lost and the SDK has tried again:
 * below every port, of one and the same request.
 */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';

const WRITES: ReadonlySet<string | undefined> = new Set([
  'UpdateItemCommand',
  'PutItemCommand',
  'DeleteItemCommand',
  'BatchWriteItemCommand',
]);

/** Makes a client send each of its writes twice from now on. */
export function doubling(client: DynamoDBClient): DynamoDBClient {
  client.middlewareStack.add(
    (next, { commandName }) =>
      async (args) => {
        // What it was answered, a refusal too, is lost.
        if (WRITES.has(commandName)) await next(args).catch(() => {});
        return next(args);
      },
    // Below the SDK's own retries, which are in the step before: it knows of neither.
    { name: 'doubling', step: 'deserialize', priority: 'high' },
  );
  return client;
}
