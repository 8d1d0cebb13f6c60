/**
 * The table's schema: the names that the DynamoDB adapter, the CDK stack and the local system must agree on.
 * Plain strings, so that `lib/deploy` need not import an SDK nor `lib/aws` the CDK.
 */
export const TABLE = {
  partitionKey: 'pk',
  sortKey: 'sk',
  /** Epoch seconds. Garbage collection only: nothing reads it to decide anything. */
  ttl: 'ttl',
  /**
   * Sparse, keys only. Holds open sessions, by the slot in which a sweep looks at them, and, in a shard of their own
   * named `stations`, the registered stations by the instant of their registration: so stations are listed without a scan.
   */
  dueIndex: { name: 'due', partitionKey: 'shard', sortKey: 'due' },
  /** How partition keys begin: what a role may do is said by them. */
  partitions: {
    /** A user's seats and history. */
    user: 'user#',
    /** A station's registration and its panel. */
    station: 'station#',
    /** What operators did in a month. */
    trail: 'trail#',
    /** Which session one of them ended, and why. */
    said: 'said#',
  },
  /** Attributes that only a registration has. Whoever may write panels, and no registrations, is denied these. */
  ofRegistration: [
    'registeredAt',
    'keyGeneration',
    'keyIssuedAt',
    'previousKeyUntil',
    'proof',
    'certificate',
    'speaksFor',
    'dialect',
    'kind',
  ],
} as const;

/**
 * As many shards as a deployment may have. The backstop looks in all of them for what an earlier, larger number has left
 * behind: half a read unit for each that is empty.
 */
export const SHARDS_MAX = 64;

/**
 * As many as it has unless it is told otherwise: enough for 500 logins a second; at a hundred a second the Scheduler is
 * asked less than once for a hundred sessions. Several, since what works with one shard may not with more.
 */
export const SHARDS_DEFAULT = 2;
