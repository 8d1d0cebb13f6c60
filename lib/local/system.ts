/**
 * The whole system on one machine: the functions' real handlers and the real SDK against a real DynamoDB engine, a local
 * Scheduler and a local bus, behind one port. Stopped or killed at any moment and started again, it goes on.
 */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import {
  ConflictException,
  CreateScheduleCommand,
  CreateScheduleGroupCommand,
  SchedulerClient,
} from '@aws-sdk/client-scheduler';
import type { DynamoDBRecord } from 'aws-lambda';
import { readRealms } from '../session/policy.ts';
import { type Clock, systemClock, toRfc3339 } from '../time.ts';
import { checkOperator, httpBridge, sendForbidden } from './bridge.ts';
import { Bus, type BusEvent } from './bus.ts';
import { type DataDirectory, Log, openDataDirectory } from './data.ts';
import { type Engine, startEngine } from './engine.ts';
import { ACCOUNT, createLambda, functionArn, type Handlers, type Lambda, REGION, type SweepEvent } from './lambda.ts';
import { listen, type RequestListener, sendJson } from './loopback.ts';
import { Scheduler } from './scheduler.ts';
import { type EndpointFault, schedulerEndpoint } from './scheduler-endpoint.ts';
import { reasonOf, StartupError } from './startup-error.ts';
import { StreamReader } from './stream.ts';
import { createTable } from './table.ts';

export interface SystemOptions {
  /** Where everything durable is; made if it is not there. */
  readonly data: string;
  /** 0 is any free port. */
  readonly port: number;
  readonly realmsFile: string;
  /** @default the one in the data directory, made on first use */
  readonly operatorKey?: string | undefined;
  /** A DynamoDB to use instead of an engine of our own. */
  readonly dynamodbEndpoint?: string | undefined;
  /** @default "curfew" */
  readonly table?: string | undefined;
  /** Loads the functions once their environment is known: they read it when they are imported. */
  readonly loadHandlers: (environment: Readonly<Record<string, string>>) => Promise<Handlers>;
  /** Told in one line what a person at the terminal should know. */
  readonly say: (line: string) => void;
  readonly onEvent?: (event: BusEvent) => void;
  /** Called if the system cannot go on. @default nothing */
  readonly onFatal?: (error: unknown) => void;
  /** What goes wrong with the Scheduler, for tests. @default nothing */
  readonly schedulerFaults?: { readonly endpoint?: () => EndpointFault | undefined; readonly losesFirings?: () => boolean };
}

export interface LocalSystem {
  readonly url: string;
  readonly operatorKey: string;
  readonly data: DataDirectory;
  /** Lets running functions finish, for a moment, and ends everything that was started. */
  stop(): Promise<void>;
}

/** How long running functions may take to finish when the system stops. */
const GRACE_MS = 1_200;

const TIMER_GROUP = 'curfew';

/** The recurring sweep that makes a lost timer harmless; a minute where it costs nothing. */
const BACKSTOP_RATE = 'rate(1 minute)';

export async function startSystem(options: SystemOptions): Promise<LocalSystem> {
  const closers: (() => Promise<void> | void)[] = [];
  const stop = async () => {
    for (let close = closers.pop(); close !== undefined; close = closers.pop()) await close();
  };
  try {
    return { ...(await assemble(options, (close) => closers.push(close))), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Closers are called last first. */
async function assemble(
  options: SystemOptions,
  onStop: (close: () => Promise<void> | void) => void,
): Promise<Omit<LocalSystem, 'stop'>> {
  const { say } = options;
  const clock = systemClock;
  const realms = loadRealms(options.realmsFile, say);
  const data = openDataDirectory(options.data);
  onStop(data.release);
  const operatorKey = options.operatorKey ?? data.secret('operator-key');

  // Taken first, so that a taken port is found before anything else runs.
  let listener: RequestListener = async (_, response) =>
    sendJson(response, 503, { message: 'Service Unavailable' }, { 'retry-after': '1' });
  const front = await listen(options.port, (request, response) => listener(request, response));
  onStop(() => front.close());

  const deadLetters = await Log.open(data.file('dead-letters.ndjson'));
  onStop(() => deadLetters.close());
  const keepDeadLetter = async (of: string, letter: object) => {
    await deadLetters.append([{ at: toRfc3339(clock()), of, ...letter }]);
    say(`could not deliver ${of}; see ${data.file('dead-letters.ndjson')}`);
  };

  const dynamodb = await openDynamoDB(options, data, onStop);
  const credentials = credentialsFor(options);
  const client = { endpoint: dynamodb, region: REGION, ...credentials.client };
  const table = options.table ?? 'curfew';
  const streamArn = await makeTable(client, table);

  const targets = new Map<string, (input: string) => Promise<unknown>>();
  const { endpoint, losesFirings } = options.schedulerFaults ?? {};
  const scheduler = await Scheduler.open({
    directory: data.file('schedules'),
    clock,
    targets,
    onDeadLetter: (letter) => keepDeadLetter('a timer', letter),
    ...(losesFirings === undefined ? {} : { losesFirings }),
  });
  const fault = endpoint === undefined ? {} : { fault: endpoint };
  const schedulerServer = await listen(0, schedulerEndpoint({ scheduler, clock, ...fault }));
  onStop(() => schedulerServer.close());

  const bus = await Bus.open(data.file('events.ndjson'), clock);
  onStop(() => bus.close());
  const busServer = await listen(0, (request, response) => bus.serve(request, response));
  onStop(() => busServer.close());
  bus.subscribe(({ event }) => options.onEvent?.(event));

  const handlers = await options.loadHandlers({
    CURFEW_TABLE: table,
    CURFEW_BUS: 'curfew',
    CURFEW_REALMS_JSON: realms,
    CURFEW_TIMER_GROUP: TIMER_GROUP,
    CURFEW_SWEEP_ARN: functionArn('onSweep'),
    CURFEW_TIMER_ROLE_ARN: TIMER_ROLE_ARN,
    CURFEW_TIMER_DLQ_ARN: `arn:aws:sqs:${REGION}:${ACCOUNT}:curfew-dead-letters`,
    CURFEW_MASTER_KEY: data.secret('master-key'),
    AWS_REGION: REGION,
    ...credentials.environment,
    AWS_ENDPOINT_URL_DYNAMODB: dynamodb,
    AWS_ENDPOINT_URL_SCHEDULER: schedulerServer.url,
    AWS_ENDPOINT_URL_EVENTBRIDGE: busServer.url,
  });
  const lambda = createLambda(handlers);
  targets.set(functionArn('onSweep'), (input) => lambda.onSweep(JSON.parse(input) as SweepEvent));
  onStop(() => Promise.race([lambda.idle(), sleep(GRACE_MS, undefined, { ref: false })]));

  await createBackstop(schedulerServer.url);
  scheduler.start();
  onStop(() => scheduler.stop());

  const stream = await StreamReader.open({
    client: new DynamoDBStreamsClient(client),
    streamArn,
    file: data.file('stream.json'),
    filter: isSeat,
    deliver: (event) => lambda.onSeatChange(event),
    onDeadLetter: (record, reason) => keepDeadLetter('a change of the table', { record, reason }),
  });
  stream.start();
  onStop(() => Promise.race([stream.stop(), sleep(GRACE_MS, undefined, { ref: false })]));

  listener = route(httpBridge({ lambda, clock, operatorKey, onFailure: say }), bus, operatorKey);
  onStop(() => {
    bus.hangUp();
    return front.close(GRACE_MS);
  });
  return { url: front.url, operatorKey, data };
}
