/** Runs functions as Lambda does: with a context that knows its ARN and how much of its time is left. */
import { randomUUID } from 'node:crypto';
import type {
  APIGatewayProxyEventV2,
  APIGatewayProxyResultV2,
  Context,
  DynamoDBBatchResponse,
  DynamoDBStreamEvent,
  SQSBatchResponse,
  SQSEvent,
} from 'aws-lambda';
import { type DurationMs, durationMs, SECOND } from '../time.ts';

export const REGION = 'us-east-1';
export const ACCOUNT = '000000000000';

type Handler<Event, Result> = (event: Event, context: Context) => Promise<Result>;
type HttpHandler = Handler<APIGatewayProxyEventV2, APIGatewayProxyResultV2>;

/** What a schedule's Input says to the sweep. */
export type SweepEvent =
  | { readonly shard: string; readonly slot: number; readonly cursor?: string }
  | { readonly backstop: true };

/** The functions' handlers, as `functions/` exports them. */
export interface Handlers {
  readonly onStationEvent: HttpHandler;
  readonly onOperatorRequest: HttpHandler;
  readonly onSweep: Handler<SweepEvent, unknown>;
  readonly onSeatChange: Handler<DynamoDBStreamEvent, DynamoDBBatchResponse>;
  readonly onSessionEvent: Handler<SQSEvent, SQSBatchResponse>;
  readonly consoleWidget: Handler<object, string>;
  readonly consoleEnd: Handler<object, string>;
}

export type FunctionName = keyof Handlers;

const FUNCTIONS: Record<FunctionName, { name: string; timeoutMs: DurationMs }> = {
  onStationEvent: { name: 'on-station-event', timeoutMs: durationMs(25 * SECOND) },
  onOperatorRequest: { name: 'on-operator-request', timeoutMs: durationMs(25 * SECOND) },
  onSweep: { name: 'on-sweep', timeoutMs: durationMs(60 * SECOND) },
  onSeatChange: { name: 'on-seat-change', timeoutMs: durationMs(60 * SECOND) },
  onSessionEvent: { name: 'on-session-event', timeoutMs: durationMs(20 * SECOND) },
  consoleWidget: { name: 'console-widget', timeoutMs: durationMs(25 * SECOND) },
  consoleEnd: { name: 'console-end', timeoutMs: durationMs(25 * SECOND) },
};

export const functionArn = (name: FunctionName): string =>
  `arn:aws:lambda:${REGION}:${ACCOUNT}:function:curfew-${FUNCTIONS[name].name}`;

/** The function ran out of its time. What it began may still happen. */
export class FunctionOverrun extends Error {
  override readonly name = 'FunctionOverrun';
}

/** Each function, ready to be called with an event. */
export type Lambda = {
  readonly [Name in FunctionName]: (event: Parameters<Handlers[Name]>[0]) => ReturnType<Handlers[Name]>;
} & {
  /** Resolves once nothing runs. */
  idle(): Promise<void>;
};

/** @param timeouts replaces a function's own, for tests of what an overrun does. */
export function createLambda(handlers: Handlers, timeouts: Partial<Record<FunctionName, DurationMs>> = {}): Lambda {
  const running = new Set<Promise<void>>();
  const run = <Event, Result>(name: FunctionName, handler: Handler<Event, Result>) => {
    const timeoutMs = timeouts[name] ?? FUNCTIONS[name].timeoutMs;
    return (event: Event): Promise<Result> => {
      const result = (async () => handler(event, createContext(name, timeoutMs)))();
      const settled: Promise<void> = result
        .then(
          () => {},
          () => {},
        )
        .finally(() => running.delete(settled));
      running.add(settled);
      return within(timeoutMs, result, name);
    };
  };
  return {
    onStationEvent: run('onStationEvent', handlers.onStationEvent),
    onOperatorRequest: run('onOperatorRequest', handlers.onOperatorRequest),
    onSweep: run('onSweep', handlers.onSweep),
    onSeatChange: run('onSeatChange', handlers.onSeatChange),
    onSessionEvent: run('onSessionEvent', handlers.onSessionEvent),
    consoleWidget: run('consoleWidget', handlers.consoleWidget),
    consoleEnd: run('consoleEnd', handlers.consoleEnd),
    idle: async () => {
      while (running.size > 0) await Promise.all(running);
    },
  };
}

async function within<Result>(timeoutMs: DurationMs, result: Promise<Result>, name: FunctionName): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const overrun = new Promise<never>((_, reject) => {
    const error = new FunctionOverrun(`${FUNCTIONS[name].name} ran longer than ${timeoutMs} ms`);
    timer = setTimeout(() => reject(error), timeoutMs);
  });
  try {
    return await Promise.race([result, overrun]);
  } finally {
    clearTimeout(timer);
  }
}

function createContext(name: FunctionName, timeoutMs: DurationMs): Context {
  const startedAt = performance.now();
  const functionName = `curfew-${FUNCTIONS[name].name}`;
  const { done, fail, succeed } = CALLBACKS;
  return {
    callbackWaitsForEmptyEventLoop: true,
    functionName,
    functionVersion: '$LATEST',
    invokedFunctionArn: functionArn(name),
    memoryLimitInMB: '256',
    awsRequestId: randomUUID(),
    logGroupName: `/aws/lambda/${functionName}`,
    logStreamName: 'local',
    getRemainingTimeInMillis: () => Math.max(0, Math.round(timeoutMs - (performance.now() - startedAt))),
    done,
    fail,
    succeed,
  };
}

/** The callback style of Node 0.10, which the type still asks for and Lambda no longer honours. */
const refuse = () => {
  throw new Error('return a promise instead');
};
const CALLBACKS = { done: refuse, fail: refuse, succeed: refuse };
