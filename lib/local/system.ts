/**
 * The whole system on one machine: the functions' real handlers and the real SDK against a real DynamoDB engine, a local
 * Scheduler and a local bus, behind one port. Stopped or killed at any moment and started again, it goes on.
 */
import { existsSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { present } from '../present.ts';
import { printable } from '../printable.ts';
import { readRealms } from '../realms/realms-file.ts';
import { TRAIL_DAYS } from '../service/ports.ts';
import { mastersIn } from '../station/keys.ts';
import { isWanted, readSessionEvent, TRIES_MAX } from '../station/webhook.ts';
import { SHARDS_DEFAULT } from '../table.ts';
import { systemClock as clock, toRfc3339 } from '../time.ts';
import { version } from '../version.ts';
import { checkOperator, httpBridge, sendForbidden } from './bridge.ts';
import { Bus, type BusEvent } from './bus.ts';
import { withConsole } from './console.ts';
import { onlyFor } from './credentials.ts';
import { type DataDirectory, openDataDirectory, removeFile, replaceFile, unusable } from './data.ts';
import { openDynamoDB } from './dynamodb.ts';
import { openFeed } from './feed.ts';
import { ACCOUNT, createLambda, functionArn, type Handlers, REGION, type SweepEvent } from './lambda.ts';
import { Log } from './log.ts';
import { isLoopback, LOOPBACK, listen, type RequestListener, sendJson } from './loopback.ts';
import { refuseWeakKey, weaknessOf } from './operator-key.ts';
import { type LocalRealms, loadRealms } from './realms.ts';
import { definitionSchema } from './schedule.ts';
import { Scheduler, type Target } from './scheduler.ts';
import { type EndpointFault, schedulerEndpoint } from './scheduler-endpoint.ts';
import { reasonOf } from './startup-error.ts';
import { hasTable } from './table-file.ts';
import { WebhookQueue } from './webhook-queue.ts';

export interface SystemOptions {
  /** Where everything durable is; made if it is not there. */
  readonly data: string;
  /** 0 is any free port. */
  readonly port: number;
  /** Where to listen for stations and operators. @default loopback, which only this machine reaches */
  readonly host?: string | undefined;
  readonly realmsFile: string;
  /** @default the one in the data directory, made on first use */
  readonly operatorKey?: string | undefined;
  /** A DynamoDB to use instead of an engine of our own. */
  readonly dynamodbEndpoint?: string | undefined;
  /** @default "curfew" */
  readonly table?: string | undefined;
  /** Loads the functions once their environment is known: they read it when they are imported. */
  readonly loadHandlers: (environment: Readonly<Record<string, string>>, data: DataDirectory) => Promise<Handlers>;
  /** Told in one line what a person at the terminal should know. */
  readonly say: (line: string) => void;
  readonly onEvent?: (event: BusEvent) => void;
  /** Called when the system cannot go on. */
  readonly onFatal: (error: unknown) => void;
  /** How often everything is swept that a timer may have missed. @default "rate(1 minute)", where that costs nothing */
  readonly backstopRate?: string;
  /** What goes wrong with the Scheduler, for tests. @default nothing */
  readonly schedulerFaults?: SchedulerFaults;
}

export interface SchedulerFaults {
  readonly endpoint: () => EndpointFault | undefined;
  readonly losesFirings: () => boolean;
}

export interface LocalSystem {
  readonly url: string;
  readonly operatorKey: string;
  readonly data: DataDirectory;
  /** Those of the realms file, then the one to try things in. */
  readonly realms: readonly string[];
  /** Lets running functions finish, for a moment, and ends everything that was started. */
  stop(): Promise<void>;
}

/** How long running functions may take to finish when the system stops. */
const GRACE_MS = 1_200;

/** With less, in bytes, the engine may not be able to write although a line of a log still finds room. */
const ROOM_MIN = 512 * 1024;

const TIMER_GROUP = 'curfew';
const TIMER_ROLE_ARN = `arn:aws:iam::${ACCOUNT}:role/curfew-timers`;

type Say = (line: string) => void;
type OnStop = (close: () => Promise<void> | void) => void;

export async function startSystem(options: SystemOptions): Promise<LocalSystem> {
  const closers: (() => Promise<void> | void)[] = [];
  const stop = async () => {
    for (let close = closers.pop(); close !== undefined; close = closers.pop()) await close();
  };
  try {
    const parts = await openParts(options, (close) => closers.push(close));
    const system = await run(options, parts, (close) => closers.push(close));
    return { ...system, stop };
  } catch (error) {
    await stop();
    throw isOfFile(error) ? unusable(error.path ?? options.data, error) : error;
  }
}

/** The operating system's: it says what it could not do, with which file. */
const isOfFile = (error: unknown): error is NodeJS.ErrnoException =>
  error instanceof Error && 'syscall' in error && ('path' in error || reasonOf(error) === 'ENOSPC');

type Parts = Awaited<ReturnType<typeof openParts>>;

/** Everything that the functions need, before they are loaded. What is opened last is closed first. */
async function openParts(options: SystemOptions, onStop: OnStop) {
  const { say, schedulerFaults } = options;
  if (options.operatorKey !== undefined) refuseWeakKey(options.operatorKey);
  const realms = loadRealms(options.realmsFile, say);
  const data = openDataDirectory(options.data);
  onStop(data.release);

  // Taken before anything else runs, so that a taken port costs nothing.
  const starting: RequestListener = async (_, response) =>
    sendJson(response, 503, { message: 'Service Unavailable' }, { 'retry-after': '1' });
  const front = { listener: starting };
  const { port, host = LOOPBACK } = options;
  const server = await listen(
    port,
    (request, response) => front.listener(request, response),
    host,
    (name) =>
      say(
        `a request for ${printable(name)} was refused: a web page could give itself that name. To be reached by it, start with --host and that name`,
      ),
  );
  onStop(() => server.close());
  if (!isLoopback(host)) {
    say(
      `Others reach this at ${host}, without TLS: whoever can listen on the way reads every key. For trying things only.`,
    );
  }

  const letters = await Log.open({ file: data.file('dead-letters.ndjson'), say });
  onStop(() => letters.close());
  const keepDeadLetter = async (of: string, letter: object) => {
    // Whatever failed may have failed for want of room: it is not given up for that.
    const { bavail, bsize } = await statfs(data.path);
    if (bavail * bsize < ROOM_MIN) throw new Error('the disk is full');
    await letters.append([{ at: toRfc3339(clock()), of, ...letter }]);
    say(`could not deliver ${of}; see ${data.file('dead-letters.ndjson')}`);
  };

  const table = options.table ?? 'curfew';
  const file = data.file('table.db');
  const { onFatal } = options;
  if (options.dynamodbEndpoint === undefined && !hasTable(file) && data.isUsed) {
    say(`${file} is empty or missing: stations, sessions and history begin anew`);
  }
  const dynamodb = await openDynamoDB({ endpoint: options.dynamodbEndpoint, file, table, say, onFatal });
  onStop(dynamodb.stop);
  const { accessKeyId, secretAccessKey, sessionToken } = dynamodb.client.credentials;
  const feed = await openFeed({ dynamodb, table, data, clock, say });
  onStop(feed.close);

  const bus = await Bus.open(data.file('events.ndjson'), clock, say);
  onStop(() => bus.close());
  const busServer = await listen(
    0,
    onlyFor(accessKeyId, (request, response) => bus.serve(request, response)),
  );
  onStop(() => busServer.close());

  const targets = new Map<string, Target>();
  const scheduler = await Scheduler.open({
    directory: data.file('schedules'),
    clock,
    targets,
    say,
    onDeadLetter: (letter) => keepDeadLetter('a timer', letter),
    ...(schedulerFaults === undefined ? {} : { losesFirings: schedulerFaults.losesFirings }),
  });
  const fault = schedulerFaults?.endpoint;
  const endpoint = schedulerEndpoint({ scheduler, clock, ...(fault === undefined ? {} : { fault }) });
  const schedulerServer = await listen(0, onlyFor(accessKeyId, endpoint));
  onStop(() => schedulerServer.close());

  const webhooks = await openWebhooks(realms, { file: data.file('webhooks.json'), bus, say, keepDeadLetter });
  const webhooksServer = await listen(
    0,
    onlyFor(accessKeyId, (request, response) => webhooks.serve(request, response)),
  );
  onStop(() => webhooksServer.close());

  const environment = {
    CURFEW_TABLE: table,
    CURFEW_BUS: 'curfew',
    CURFEW_REALMS_JSON: realms.text,
    CURFEW_SHARDS: String(SHARDS_DEFAULT),
    CURFEW_AUDIT_DAYS: String(TRAIL_DAYS),
    CURFEW_METRICS: 'Curfew/local',
    CURFEW_VERSION: version(),
    CURFEW_TIMER_GROUP: TIMER_GROUP,
    CURFEW_SWEEP_ARN: functionArn('onSweep'),
    CURFEW_TIMER_ROLE_ARN: TIMER_ROLE_ARN,
    CURFEW_TIMER_DLQ_ARN: `arn:aws:sqs:${REGION}:${ACCOUNT}:curfew-dead-letters`,
    CURFEW_CONSOLE_END_ARN: functionArn('consoleEnd'),
    CURFEW_WEBHOOK_QUEUE_URL: `${webhooksServer.url}/${ACCOUNT}/curfew-webhooks`,
    CURFEW_WEBHOOK_DLQ_URL: `${webhooksServer.url}/${ACCOUNT}/curfew-dead-letters`,
    CURFEW_MASTER_KEY: secretIn(data, 'master-key', unfitnessOf, say),
    AWS_REGION: REGION,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    ...present({ AWS_SESSION_TOKEN: sessionToken }),
    AWS_ENDPOINT_URL_DYNAMODB: feed.endpoint,
    AWS_ENDPOINT_URL_SCHEDULER: schedulerServer.url,
    AWS_ENDPOINT_URL_EVENTBRIDGE: busServer.url,
    AWS_ENDPOINT_URL_SQS: webhooksServer.url,
  };
  const { names } = realms;
  return {
    data,
    names,
    front,
    server,
    keepDeadLetter,
    feed,
    bus,
    webhooks,
    targets,
    scheduler,
    environment,
  };
}

async function run(options: SystemOptions, parts: Parts, onStop: OnStop): Promise<Omit<LocalSystem, 'stop'>> {
  const { data, front, server, keepDeadLetter, feed, bus, webhooks, targets, scheduler } = parts;
  const operatorKey = options.operatorKey ?? secretIn(data, 'operator-key', weaknessOf, options.say);
  const lambda = createLambda(await options.loadHandlers(parts.environment, data));
  targets.set(functionArn('onSweep'), (input) => lambda.onSweep(JSON.parse(input) as SweepEvent));

  await makeBackstop(scheduler, options.backstopRate ?? 'rate(1 minute)');

  const { onEvent } = options;
  if (onEvent !== undefined) bus.subscribe(({ event }) => onEvent(event));
  const bridge = httpBridge({ lambda, clock, operatorKey, onFailure: options.say });
  onStop(async () => {
    bus.hangUp();
    scheduler.stop();
    const grace = sleep(GRACE_MS, undefined, { ref: false });
    await Promise.race([grace, Promise.all([server.close(GRACE_MS), feed.stop(), webhooks.stop(), lambda.idle()])]);
  });
  await webhooks.start((event) => lambda.onSessionEvent(event));
  await feed.start({
    deliver: (event) => lambda.onSeatChange(event),
    onDeadLetter: (record, reason) => keepDeadLetter('a change of the table', { reason, record }),
  });
  scheduler.start();
  front.listener = withConsole(withEvents(bridge, bus, operatorKey), { lambda, operatorKey, onFailure: options.say });
  // For whoever has the directory, and with it the operator key.
  await replaceFile(data.file('url'), server.url);
  onStop(() => removeFile(data.file('url')));
  return { url: server.url, operatorKey, data, realms: parts.names };
}

interface Webhooks {
  readonly file: string;
  readonly bus: Bus;
  readonly say: Say;
  readonly keepDeadLetter: (of: string, letter: object) => Promise<void>;
}

/** Where one is made anew in a directory that has been in use, whoever has the former is told. */
function secretIn(data: DataDirectory, name: string, refuse: (secret: string) => string | undefined, say: Say): string {
  const isNew = !existsSync(data.file(name));
  const secret = data.secret(name, refuse);
  if (isNew && data.isUsed) say(`${data.file(name)} was not there, and is made anew: what was issued by it is refused`);
  return secret;
}

/** Why the functions would not take it, or would make other keys of it than of what was put there. */
function unfitnessOf(masters: string): string | undefined {
  if (!/^[\x21-\x7e\s]*$/.test(masters)) return 'is not text';
  try {
    mastersIn(masters);
    return undefined;
  } catch {
    return 'is too short';
  }
}

function openWebhooks({ text }: LocalRealms, { file, bus, say, keepDeadLetter }: Webhooks): Promise<WebhookQueue> {
  const { realms } = readRealms(text);
  const isAnyoneTold = [...realms.values()].some(({ webhook }) => webhook !== undefined);
  const wants = (event: BusEvent): boolean => {
    const read = readSessionEvent(JSON.stringify(event));
    return read !== undefined && isWanted(read, realms);
  };
  return WebhookQueue.open({
    file,
    bus,
    clock,
    say,
    wants: isAnyoneTold ? wants : undefined,
    triesMax: TRIES_MAX,
    onDeadLetter: (event, reason) => keepDeadLetter('an event', { reason, event }),
  });
}

/**
 * The stack makes it when it is deployed, whatever the functions can reach. One that an earlier start made stays as it is,
 * and fires if it is overdue.
 */
async function makeBackstop(scheduler: Scheduler, rate: string): Promise<void> {
  if (!scheduler.hasGroup(TIMER_GROUP)) await scheduler.createGroup(TIMER_GROUP);
  if (scheduler.get(TIMER_GROUP, 'backstop')?.definition.ScheduleExpression === rate) return;
  const backstop = definitionSchema.parse({
    GroupName: TIMER_GROUP,
    ScheduleExpression: rate,
    FlexibleTimeWindow: { Mode: 'OFF' },
    Target: {
      Arn: functionArn('onSweep'),
      RoleArn: TIMER_ROLE_ARN,
      Input: JSON.stringify({ backstop: true }),
      // The next one is near.
      RetryPolicy: { MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60 },
    },
  });
  await scheduler.put('backstop', backstop);
}

/** Beside the API's routes: the bus, live, for operators. */
function withEvents(bridge: RequestListener, bus: Bus, operatorKey: string): RequestListener {
  return async (request, response) => {
    if (request.method !== 'GET' || !/^\/local\/events(\?|$)/.test(request.url ?? '')) return bridge(request, response);
    const verdict = checkOperator(request, operatorKey);
    if (verdict !== 'known') return sendForbidden(response, verdict);
    await bus.stream(request, response);
  };
}
