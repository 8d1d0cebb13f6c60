/** The functions' real handlers over a real engine and a Scheduler's real protocol, called as API Gateway calls them. */
import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { APIGatewayProxyEventV2, Context, DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda';
import { afterAll, beforeAll, vi } from 'vitest';
import { bundleFunction } from '../../bench/bundles.ts';
import type { HttpHandler } from '../../lib/http/lambda.ts';
import { encodeBody, matchRoute } from '../../lib/local/bridge.ts';
import { Bus, type BusEvent } from '../../lib/local/bus.ts';
import { listen } from '../../lib/local/loopback.ts';
import { Scheduler } from '../../lib/local/scheduler.ts';
import { schedulerEndpoint } from '../../lib/local/scheduler-endpoint.ts';
import { compile } from '../../lib/realms/compiled.ts';
import { readRealms } from '../../lib/realms/realms-file.ts';
import { systemClock } from '../../lib/time.ts';
import { useEngine } from './engine.ts';
import { type RecordingProxy, startRecordingProxy } from './recording-proxy.ts';
import { tableStream } from './table-stream.ts';

export interface Reply {
  readonly status: number;
  readonly headers: Record<string, string>;
  // biome-ignore lint/suspicious/noExplicitAny: an answer is whatever came; the test says what it should be
  readonly body: any;
}

type Body = string | Uint8Array | object;

/** Bundling four of them takes seconds on a busy machine. */
const START_MAX_MS = 60_000;

async function layBundle(folder: string, name: string, realms: object): Promise<void> {
  mkdirSync(folder);
  const { files } = await bundleFunction(name);
  for (const [file, text] of files) writeFileSync(join(folder, file), text);
  writeFileSync(join(folder, 'realms.json'), compile(readRealms(JSON.stringify({ realms }))));
}

/** What the sweep asks of its context. */
const SWEEP_CONTEXT = {
  invokedFunctionArn: 'arn:aws:lambda:us-east-1:000000000000:function:sweep',
  getRemainingTimeInMillis: () => 60_000,
} as Context;

/** The functions of a deployment. */
export interface Code {
  readonly station: HttpHandler;
  readonly operator: HttpHandler;
  readonly sweep: (request: unknown, context: Context) => Promise<void>;
  readonly seatChange: (event: DynamoDBStreamEvent) => Promise<DynamoDBBatchResponse>;
}

/**
 * Call it at the top of a test file. Everything in it works inside tests and hooks only.
 *
 * @param options `bundled`: as the stack deploys them, each a folder with what it reads at its start, what it reads later, and
 * the realms
 */
export function useFunctions(realms: object, { logLevel = 'FATAL', bundled = false } = {}) {
  const engine = useEngine();
  const started: Partial<
    Code & {
      dynamodb: RecordingProxy;
      scheduler: RecordingProxy;
      /** What this checkout deploys. */
      ours: Code;
      bus: Bus;
      changes: ReturnType<typeof tableStream>;
    }
  > = {};
  const closers: (() => Promise<void> | void)[] = [];

  const printed = vi.spyOn(process.stdout, 'write').mockReturnValue(true);

  beforeAll(async () => {
    const directory = mkdtempSync(join(tmpdir(), 'curfew-functions-'));
    closers.push(() => rmSync(directory, { recursive: true }));
    const scheduler = await Scheduler.open({
      directory,
      clock: systemClock,
      targets: new Map(),
      onDeadLetter: async () => {},
    });
    const endpoint = await listen(0, schedulerEndpoint({ scheduler, clock: systemClock }));
    // Set by vitest.config.ts for the files that run both ways.
    const doublesWrites = process.env.CURFEW_TEST_WRITES === 'twice';
    started.dynamodb = await startRecordingProxy(engine.config.endpoint, { doublesWrites });
    started.scheduler = await startRecordingProxy(endpoint.url);
    closers.push(started.scheduler.close, started.dynamodb.close, () => endpoint.close());
    const bus = await Bus.open(join(directory, 'bus'), systemClock);
    const eventbridge = await listen(0, (request, response) => bus.serve(request, response));
    // Before the directory goes.
    closers.unshift(() => eventbridge.close(), bus.close.bind(bus));
    const table = await engine.createTable();
    const changes = tableStream(engine.config, table.stream);
    closers.unshift(changes.close);
    Object.assign(started, { bus, changes });

    Object.assign(process.env, {
      CURFEW_TABLE: table.name,
      CURFEW_BUS: 'curfew-sessions',
      CURFEW_SHARDS: '4',
      CURFEW_AUDIT_DAYS: '365',
      CURFEW_METRICS: 'Curfew/prod',
      CURFEW_VERSION: '1.2.3+test',
      CURFEW_REALMS_JSON: JSON.stringify({ realms }),
      CURFEW_TIMER_GROUP: 'default',
      CURFEW_SWEEP_ARN: 'arn:aws:lambda:us-east-1:000000000000:function:sweep',
      CURFEW_TIMER_ROLE_ARN: 'arn:aws:iam::000000000000:role/timers',
      CURFEW_TIMER_DLQ_ARN: 'arn:aws:sqs:us-east-1:000000000000:dead',
      CURFEW_MASTER_KEY: 'a master secret of more than thirty-two bytes',
      AWS_REGION: engine.config.region,
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_ENDPOINT_URL_DYNAMODB: started.dynamodb.url,
      AWS_ENDPOINT_URL_SCHEDULER: started.scheduler.url,
      AWS_ENDPOINT_URL_EVENTBRIDGE: eventbridge.url,
      AWS_LAMBDA_LOG_LEVEL: logLevel,
    });
    const handlerOf = async (name: string) => {
      if (!bundled) return (await import(`../../functions/${name}.ts`)).handler;
      const folder = join(directory, name);
      await layBundle(folder, name, realms);
      return (await import(join(folder, 'index.mjs'))).handler;
    };
    started.ours = {
      station: await handlerOf('on-station-event'),
      operator: await handlerOf('on-operator-request'),
      sweep: await handlerOf('on-sweep'),
      seatChange: await handlerOf('on-seat-change'),
    };
    Object.assign(started, started.ours);
  }, START_MAX_MS);
  afterAll(async () => {
    for (const close of closers.splice(0)) await close();
  });

  const running = <T>(part: T | undefined): T => {
    if (part === undefined) throw new Error('the functions run only inside tests and hooks');
    return part;
  };

  const operator = (method: string, path: string, body?: Body) =>
    call(running(started.operator), method, path, {}, body, {
      iam: { userArn: 'arn:aws:iam::000000000000:user/olga' },
    });

  const say = (station: { id: string; key: string }, event: string, body?: Body, headers?: Record<string, string>) =>
    call(
      running(started.station),
      'POST',
      `/v1/stations/${station.id}/${event}`,
      { authorization: `Bearer ${station.key}`, ...(headers ?? { 'content-type': 'application/json' }) },
      body,
    );

  return {
    engine,
    /** From now on these answer, over what the table has: another version's, or this one's own again. */
    deploy: (code: Code = running(started.ours)) => void Object.assign(started, code),
    /** The names of the metrics that `act` counted. */
    metricsOf: async (act: () => Promise<unknown>): Promise<string[]> => {
      printed.mockClear();
      await act();
      return printed.mock.calls.flatMap(([line]) => /"Metrics":\[\{"Name":"(\w+)"/.exec(String(line))?.[1] ?? []);
    },
    get dynamodb() {
      return running(started.dynamodb);
    },
    get scheduler() {
      return running(started.scheduler);
    },
    operator,
    /** What a timer fires, or the backstop: the request is the schedule's input. */
    sweep: (request: { shard: string; slot: number } | { backstop: true } | { silence: true }) =>
      running(started.sweep)(request, SWEEP_CONTEXT),
    /** Takes what has changed in the table since it was last called to the journal, in batches as Lambda does. How many changes. */
    journal: async (): Promise<number> => {
      let changes = 0;
      for (const batch of await running(started.changes).take()) {
        changes += batch.Records.length;
        const { batchItemFailures } = await running(started.seatChange)(batch);
        if (batchItemFailures.length > 0) throw new Error('the journal did not take all changes');
      }
      return changes;
    },
    /** All that the bus has carried, in its order. */
    events: async (): Promise<BusEvent[]> => (await running(started.bus).since(0)).map(({ event }) => event),
    /** As a stranger calls an operator's route: no authorizer has let them in. */
    stranger: (method: string, path: string, body?: Body) => call(running(started.operator), method, path, {}, body),
    /** What a station says, with its own key. `headers` replaces ours. */
    say,
    /** So many users log in at it that every shard is met: its slots have their timers. */
    meetEveryShard: async (station: { id: string; key: string }, prefix = 'warm-up'): Promise<void> => {
      const users = Array.from({ length: 40 }, (_, n) => `${prefix}-${n}`);
      await Promise.all(users.map((user) => say(station, 'login', { user })));
    },
    /** What comes to a station's path, just so: with these headers, over a connection with this certificate (PEM). */
    deliver: (path: string, headers: Record<string, string>, body?: Body, certificate?: string) =>
      call(running(started.station), 'POST', path, headers, body, undefined, certificate),
    /** Registers a station and gets its key. */
    register: async (entry: object, id = `station-${randomUUID().slice(0, 8)}`) => {
      await operator('PUT', `/v1/stations/${id}`, entry);
      const { body } = await operator('POST', `/v1/stations/${id}/key`);
      return { id, key: String(body.key) };
    },
  };
}

async function call(
  handler: HttpHandler,
  method: string,
  path: string,
  headers: Record<string, string>,
  body: Body = '',
  authorizer?: object,
  clientCertPem?: string,
): Promise<Reply> {
  const bytes =
    typeof body === 'string' || body instanceof Uint8Array ? Buffer.from(body) : Buffer.from(JSON.stringify(body));
  const [rawPath = '', rawQueryString = ''] = path.split('?');
  const typed = authorizer === undefined ? headers : { 'content-type': 'application/json', ...headers };
  const http = { method, path: rawPath, protocol: 'HTTP/1.1', sourceIp: '192.0.2.1', userAgent: 'test' };
  const { routeKey, pathParameters } = matchRoute(method, rawPath) ?? { routeKey: '$default', pathParameters: {} };
  const event = {
    version: '2.0',
    routeKey,
    pathParameters,
    // As HTTP API hands it on.
    rawPath: decodeURIComponent(rawPath),
    rawQueryString,
    headers: { host: 'curfew.example', ...typed },
    requestContext: {
      http,
      domainName: 'curfew.example',
      ...(authorizer === undefined ? {} : { authorizer }),
      ...(clientCertPem === undefined ? {} : { authentication: { clientCert: { clientCertPem } } }),
    },
    ...encodeBody(bytes, typed['content-type']),
  } as unknown as APIGatewayProxyEventV2;
  const result = await handler(event, {} as Context);
  const text = result.isBase64Encoded ? Buffer.from(result.body ?? '', 'base64').toString() : (result.body ?? '');
  const isJson = !/\bxml\b/.test(String(result.headers?.['content-type'] ?? ''));
  return {
    status: result.statusCode ?? 200,
    headers: (result.headers ?? {}) as Record<string, string>,
    body: text === '' ? undefined : isJson ? JSON.parse(text) : text,
  };
}
