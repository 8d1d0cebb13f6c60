/** What a function finds in its container here: an engine in memory, a Scheduler that only writes down, a bus that takes all; and what it asks of them. */
import { subscribe } from 'node:diagnostics_channel';
import type { ClientRequest } from 'node:http';
import { dynamoClient } from '../lib/aws/clients.ts';
import { startEngine } from '../lib/local/engine.ts';
import { type LoopbackServer, listen, readBody, sendJson } from '../lib/local/loopback.ts';
import { clientConfig, createTableWithoutStream } from './engine.ts';

export const TABLE = 'curfew';

export interface Container {
  readonly client: ReturnType<typeof dynamoClient>;
  /** Requests that this process has made since it was last asked, by their operation, repeats among them. */
  takeRequests(): ReadonlyMap<string, number>;
  /** The inputs of the timers that were armed since it was last asked. */
  takeTimers(): readonly object[];
  close(): Promise<void>;
}

const BODY_MAX = 1024 * 1024;
const ARN = 'arn:aws:lambda:us-east-1:000000000000:function:sweep';

/** Fits the environment out before a function is imported. */
export async function openContainer(realms: object): Promise<Container> {
  const engine = await startEngine();
  const config = clientConfig(engine.url);
  const client = dynamoClient({ ...config });
  await createTableWithoutStream(client, TABLE);
  let timers: object[] = [];
  const services = await listen(0, async (request, response) => {
    const body = JSON.parse((await readBody(request, BODY_MAX))?.toString('utf8') ?? '{}');
    if (request.url?.startsWith('/schedules/')) {
      timers.push(JSON.parse(body.Target.Input));
      return sendJson(response, 200, { ScheduleArn: 'timer' });
    }
    const Entries = body.Entries.map((_: unknown, n: number) => ({ EventId: `event-${n}` }));
    sendJson(response, 200, { FailedEntryCount: 0, Entries });
  });
  Object.assign(process.env, environment(config, services, realms));

  let requests = new Map<string, number>();
  // Below the SDK, so that whatever it repeats is counted too.
  subscribe('http.client.request.start', (message) => {
    const { request } = message as { request: ClientRequest };
    const operation = String(request.getHeader('x-amz-target') ?? 'CreateSchedule').replace(/^.*\./, '');
    requests.set(operation, (requests.get(operation) ?? 0) + 1);
  });

  return {
    client,
    takeRequests: () => {
      const taken = requests;
      requests = new Map();
      return taken;
    },
    takeTimers: () => {
      const taken = timers;
      timers = [];
      return taken;
    },
    close: async () => {
      client.destroy();
      await services.close();
      await engine.stop();
    },
  };
}

/** As the stack gives it to functions, over one shard: whatever is due is in it. */
const environment = (
  { endpoint, region, credentials }: ReturnType<typeof clientConfig>,
  { url }: LoopbackServer,
  realms: object,
) => ({
  CURFEW_TABLE: TABLE,
  CURFEW_BUS: 'curfew',
  CURFEW_SHARDS: '1',
  CURFEW_AUDIT_DAYS: '365',
  CURFEW_METRICS: 'Curfew/bench',
  CURFEW_VERSION: 'bench',
  CURFEW_REALMS_JSON: JSON.stringify({ realms }),
  CURFEW_TIMER_GROUP: 'default',
  CURFEW_SWEEP_ARN: ARN,
  CURFEW_TIMER_ROLE_ARN: 'arn:aws:iam::000000000000:role/timers',
  CURFEW_TIMER_DLQ_ARN: 'arn:aws:sqs:us-east-1:000000000000:dead',
  AWS_REGION: region,
  AWS_ACCESS_KEY_ID: credentials.accessKeyId,
  AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
  AWS_ENDPOINT_URL_DYNAMODB: endpoint,
  AWS_ENDPOINT_URL_SCHEDULER: url,
  AWS_ENDPOINT_URL_EVENTBRIDGE: url,
  AWS_LAMBDA_LOG_LEVEL: 'INFO',
});

export const invokedAs = { invokedFunctionArn: ARN } as const;
