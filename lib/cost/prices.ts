/**
 * What things cost: list prices of us-east-1 in dollars. Read on the day below from copies of the pages named and from
 * articles that quote them, without taxes and agreements. Look at the page before you promise a figure to anybody.
 */

export const PRICES_READ_ON = '2026-11-22';
export const PRICES_REGION = 'us-east-1';

export type Platform =
  | 'API Gateway'
  | 'Lambda'
  | 'DynamoDB'
  | 'EventBridge'
  | 'Scheduler'
  | 'CloudWatch'
  | 'Secrets Manager'
  | 'SQS'
  | 'KMS'
  | 'Data transfer';

export interface Price {
  readonly of: Platform;
  /** What is counted. */
  readonly unit: string;
  /** For so many of them, so much; in tiers, where a month's quantity has them, the first one first. */
  readonly per: number;
  readonly tiers: readonly Tier[];
  /** How many an account has a month for nothing, for all that runs in it, and without an end to that. */
  readonly free?: number;
  readonly page: string;
}

interface Tier {
  readonly usd: number;
  /** To which quantity a month. @default all that is left */
  readonly to?: number;
}

const MILLION = 1e6;
const TB = 1_024;
const flat = (usd: number): readonly Tier[] => [{ usd }];

const PAGES = {
  'API Gateway': 'https://aws.amazon.com/api-gateway/pricing/',
  Lambda: 'https://aws.amazon.com/lambda/pricing/',
  DynamoDB: 'https://aws.amazon.com/dynamodb/pricing/on-demand/',
  EventBridge: 'https://aws.amazon.com/eventbridge/pricing/',
  Scheduler: 'https://aws.amazon.com/eventbridge/pricing/',
  CloudWatch: 'https://aws.amazon.com/cloudwatch/pricing/',
  'Secrets Manager': 'https://aws.amazon.com/secrets-manager/pricing/',
  SQS: 'https://aws.amazon.com/sqs/pricing/',
  KMS: 'https://aws.amazon.com/kms/pricing/',
  'Data transfer': 'https://aws.amazon.com/ec2/pricing/on-demand/',
} as const satisfies Record<Platform, string>;

const price = (of: Platform, unit: string, per: number, tiers: readonly Tier[], free?: number): Price => ({
  of,
  unit,
  per,
  tiers,
  ...(free === undefined ? {} : { free }),
  page: PAGES[of],
});

export const PRICES = {
  /** Of HTTP API, up to 512 KB each. */
  request: price('API Gateway', 'requests', MILLION, [{ usd: 1, to: 300 * MILLION }, { usd: 0.9 }]),
  invocation: price('Lambda', 'invocations', MILLION, flat(0.2), MILLION),
  /** On arm64. */
  gbSecond: price('Lambda', 'GB-seconds', 1, [{ usd: 0.0000133334, to: 7.5e9 }, { usd: 0.0000120001 }], 400_000),
  writeUnit: price('DynamoDB', 'write units', MILLION, flat(0.625)),
  readUnit: price('DynamoDB', 'read units', MILLION, flat(0.125)),
  stored: price('DynamoDB', 'GB-months stored', 1, flat(0.25), 25),
  /** Point-in-time recovery. */
  recoverable: price('DynamoDB', 'GB-months recoverable', 1, flat(0.2)),
  /** Custom events, up to 64 KB each. Rules and delivery within the account cost nothing. */
  event: price('EventBridge', 'events', MILLION, flat(1)),
  firing: price('Scheduler', 'firings', MILLION, flat(1), 14 * MILLION),
  /** Logs of functions; those of API Gateway have the same first tier, and come nowhere near the second. */
  logged: price(
    'CloudWatch',
    'GB of logs',
    1,
    [{ usd: 0.5, to: 10 * TB }, { usd: 0.25, to: 30 * TB }, { usd: 0.1, to: 50 * TB }, { usd: 0.05 }],
    5,
  ),
  /** Compressed. */
  logKept: price('CloudWatch', 'GB-months of logs', 1, flat(0.03)),
  /** For a whole month; an hour in which it is not sent is not paid for. */
  metric: price('CloudWatch', 'metrics', 1, [{ usd: 0.3, to: 10_000 }, { usd: 0.1 }], 10),
  /** Each metric that an alarm looks at. */
  alarmMetric: price('CloudWatch', 'metrics in alarms', 1, flat(0.1), 10),
  compositeAlarm: price('CloudWatch', 'composite alarms', 1, flat(0.5)),
  /** Of Contributor Insights. */
  rule: price('CloudWatch', 'rules', 1, flat(0.5), 1),
  /** Lines of a log that one of these has counted. */
  ranked: price('CloudWatch', 'lines ranked', MILLION, flat(0.02), MILLION),
  dashboard: price('CloudWatch', 'dashboards', 1, flat(3), 3),
  secret: price('Secrets Manager', 'secrets', 1, flat(0.4)),
  queueRequest: price('SQS', 'requests', MILLION, flat(0.4), MILLION),
  key: price('KMS', 'keys', 1, flat(1)),
  keyUse: price('KMS', 'uses', 10_000, flat(0.03), 20_000),
  sent: price('Data transfer', 'GB sent', 1, [{ usd: 0.09, to: 10 * TB }, { usd: 0.085 }], 100),
} as const satisfies Record<string, Price>;

export type Priced = keyof typeof PRICES;

/** What a month's quantity comes to. */
export function usdFor(priced: Priced, quantity: number, { freeTier }: { readonly freeTier: boolean }): number {
  const { per, tiers, free = 0 }: Price = PRICES[priced];
  let usd = 0;
  let from = 0;
  let left = Math.max(0, quantity - (freeTier ? free : 0));
  for (const { usd: each, to = Number.POSITIVE_INFINITY } of tiers) {
    const inTier = Math.min(left, to - from);
    usd += (inTier / per) * each;
    left -= inTier;
    from = to;
  }
  return usd;
}
