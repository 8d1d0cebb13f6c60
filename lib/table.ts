/**
 * The table's schema: the names that the DynamoDB adapter, the CDK stack and the local system must agree on.
 * Plain strings, so that `lib/deploy` need not import an SDK nor `lib/aws` the CDK.
 */
export const TABLE = {
  partitionKey: 'pk',
  sortKey: 'sk',
  /** Epoch seconds. Garbage collection only: nothing reads it to decide anything. */
  ttl: 'ttl',
  /** Sparse: only items with something to announce (and registered stations, for listing) are in it. Keys only. */
  dueIndex: { name: 'due', partitionKey: 'shard', sortKey: 'due' },
} as const;
