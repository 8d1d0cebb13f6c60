/** How often the table has throttled: what a sweep paces itself by. */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { isThrottled } from './faults.ts';

/**
 * Counts each try of a request that is throttled from now on. The SDK tries again by itself, so whoever only sees answers
 * would learn of it when the last try has failed.
 */
export function countThrottled({ middlewareStack }: DynamoDBClient): () => number {
  let count = 0;
  middlewareStack.add(
    (next) => (request) =>
      next(request).catch((error: unknown) => {
        if (isThrottled(error)) count++;
        throw error;
      }),
    // Behind what tries again, so that it is passed by each try.
    { name: 'countThrottled', step: 'finalizeRequest', priority: 'low' },
  );
  return () => count;
}
