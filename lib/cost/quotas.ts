/** The platform's limits, as an account has them in us-east-1 before any is raised. Read on the day of the prices. */
import { KEY_UNITS } from '../session/pace.ts';

export interface Quota {
  readonly name: string;
  readonly limit: number;
  readonly unit: string;
  /** What to do where it is near. */
  readonly raise: string;
  readonly page: string;
}

const QUOTAS_PAGE = 'the account’s Service Quotas';
const DYNAMODB = 'https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html';
const SCHEDULER = 'https://docs.aws.amazon.com/scheduler/latest/UserGuide/scheduler-quotas.html';

export const QUOTAS = {
  stationRate: {
    name: 'the stack’s throttle of one route',
    limit: 1_000,
    unit: 'requests a second',
    raise: '-c stationRate=… (docs/deploying.md)',
    page: 'lib/deploy/throttles.ts',
  },
  api: {
    name: 'API Gateway, all of the account',
    limit: 10_000,
    unit: 'requests a second',
    raise: `${QUOTAS_PAGE}: API Gateway, throttle rate`,
    page: 'https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html',
  },
  reserved: {
    name: 'the stack’s functions for stations',
    limit: 200,
    unit: 'at once',
    raise: `-c reserve='{"stations": …}' (docs/deploying.md)`,
    page: 'lib/deploy/concurrency.ts',
  },
  concurrency: {
    name: 'Lambda, all of the account',
    limit: 1_000,
    unit: 'at once',
    raise: `${QUOTAS_PAGE}: Lambda, concurrent executions`,
    page: 'https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html',
  },
  indexKey: {
    name: 'one shard’s key of the index',
    limit: KEY_UNITS,
    unit: 'writes a second',
    raise: 'more shards: nothing else raises it (docs/cost.md)',
    page: 'https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html',
  },
  table: {
    name: 'the table',
    limit: 40_000,
    unit: 'writes a second',
    raise: `${QUOTAS_PAGE}: DynamoDB, table-level write throughput`,
    page: DYNAMODB,
  },
  newTable: {
    name: 'the table on its first day',
    limit: 4_000,
    unit: 'writes a second',
    raise: 'warm throughput (UpdateTable), before the day; later it is twice the highest so far',
    page: 'https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/on-demand-capacity-mode.html',
  },
  createSchedule: {
    name: 'Scheduler, CreateSchedule',
    limit: 5_000,
    unit: 'a second',
    raise: `${QUOTAS_PAGE}: EventBridge Scheduler, CreateSchedule request rate`,
    page: SCHEDULER,
  },
  firings: {
    name: 'Scheduler, firings',
    limit: 1_000,
    unit: 'a second',
    raise: `${QUOTAS_PAGE}: EventBridge Scheduler, invocations throttle limit`,
    page: SCHEDULER,
  },
  schedules: {
    name: 'Scheduler, schedules',
    limit: 10_000_000,
    unit: 'at once',
    raise: `${QUOTAS_PAGE}: EventBridge Scheduler, number of schedules`,
    page: SCHEDULER,
  },
  putEvents: {
    name: 'EventBridge, PutEvents',
    limit: 10_000,
    unit: 'requests a second',
    raise: `${QUOTAS_PAGE}: EventBridge, PutEvents throttle limit (smaller Regions have 600)`,
    page: 'https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html',
  },
  sweep: {
    name: 'one sweep, in its minute',
    limit: 50,
    unit: 'seconds',
    raise: 'more shards (docs/cost.md)',
    page: 'lib/deploy/timeouts.ts',
  },
} as const satisfies Record<string, Quota>;

export type QuotaName = keyof typeof QUOTAS;
