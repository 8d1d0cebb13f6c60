/** EventBridge Scheduler's REST protocol (API version 2021-06-30), as its SDK client speaks it. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import * as z from 'zod';
import { type Clock, type EpochMs, MINUTE } from '../time.ts';
import { ACCOUNT, REGION } from './lambda.ts';
import { readBody, sendJson } from './loopback.ts';
import { definitionSchema, NAME, parseExpression, type Schedule } from './schedule.ts';
import type { Scheduler } from './scheduler.ts';

/** What the endpoint does to a request instead of serving it, for tests. */
export type EndpointFault = 'refuse' | 'error';

export interface SchedulerEndpointOptions {
  readonly scheduler: Scheduler;
  readonly clock: Clock;
  /** @default no fault */
  readonly fault?: () => EndpointFault | undefined;
}

/** An error as the service answers it: its name in a header, its status by its kind. */
class ServiceError extends Error {
  readonly type: keyof typeof STATUS;

  constructor(type: keyof typeof STATUS, message: string) {
    super(message);
    this.type = type;
  }
}

const STATUS = { ValidationException: 400, ResourceNotFoundException: 404, ConflictException: 409 } as const;

/** The service's own limit on an Input, and some room around it. */
const BODY_MAX = 512 * 1024;

export function schedulerEndpoint(options: SchedulerEndpointOptions) {
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const fault = options.fault?.();
    if (fault === 'refuse') return void request.socket.destroy();
    if (fault === 'error') return sendError(response, 500, 'InternalServerException', 'a fault was asked for');
    try {
      const url = new URL(request.url ?? '/', 'http://localhost');
      const body = await readBody(request, BODY_MAX);
      if (body === undefined) throw new ServiceError('ValidationException', 'The request is too long');
      const answer = await serve(options, request.method ?? '', url, body.toString('utf8'));
      sendJson(response, 200, answer);
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      sendError(response, STATUS[error.type], error.type, error.message);
    }
  };
}

function sendError(response: ServerResponse, status: number, type: string, message: string): void {
  sendJson(response, status, { Message: message }, { 'x-amzn-errortype': type });
}

async function serve(options: SchedulerEndpointOptions, method: string, url: URL, body: string): Promise<object> {
  const { scheduler } = options;
  const [, kind, encodedName, ...rest] = url.pathname.split('/');
  const name = encodedName === undefined ? undefined : decodeURIComponent(encodedName);
  if (name !== undefined && !NAME.test(name)) throw invalid('name', `must match ${NAME.source}`);
  const operation = `${method} /${kind}${name === undefined ? '' : '/{Name}'}${rest.length > 0 ? '/…' : ''}`;
  const group = url.searchParams.get('groupName') ?? 'default';

  switch (operation) {
    case 'GET /schedules':
      return listSchedules(scheduler, url.searchParams);
    case 'POST /schedules/{Name}':
      return createSchedule(options, String(name), body);
    case 'PUT /schedules/{Name}':
      return updateSchedule(options, String(name), body);
    case 'GET /schedules/{Name}':
      return describe(existing(scheduler, group, String(name)));
    case 'DELETE /schedules/{Name}':
      existing(scheduler, group, String(name));
      await scheduler.delete(group, String(name));
      return {};
    case 'POST /schedule-groups/{Name}':
      if (scheduler.hasGroup(String(name))) {
        throw new ServiceError('ConflictException', `Schedule group ${name} already exists.`);
      }
      await scheduler.createGroup(String(name));
      return { ScheduleGroupArn: groupArn(String(name)) };
    case 'GET /schedule-groups/{Name}': {
      mustHaveGroup(scheduler, String(name));
      const createdAt = scheduler.groupCreatedAt(String(name));
      const date = createdAt === undefined ? {} : { CreationDate: createdAt / 1000 };
      return { Arn: groupArn(String(name)), Name: name, State: 'ACTIVE', ...date };
    }
    default:
      throw new ServiceError('ValidationException', `The local Scheduler does not know ${operation}.`);
  }
}

async function createSchedule({ scheduler, clock }: SchedulerEndpointOptions, name: string, body: string) {
  const definition = parseDefinition(body, clock());
  mustHaveGroup(scheduler, definition.GroupName);
  const taken = scheduler.get(definition.GroupName, name);
  const isRepeat = taken !== undefined && definition.ClientToken === taken.definition.ClientToken;
  if (taken !== undefined && !(isRepeat && definition.ClientToken !== undefined)) {
    throw new ServiceError('ConflictException', `Schedule ${name} already exists.`);
  }
  if (taken === undefined) await scheduler.put(name, definition);
  return { ScheduleArn: scheduleArn(definition.GroupName, name) };
}

async function updateSchedule({ scheduler, clock }: SchedulerEndpointOptions, name: string, body: string) {
  const definition = parseDefinition(body, clock());
  existing(scheduler, definition.GroupName, name);
  await scheduler.put(name, definition);
  return { ScheduleArn: scheduleArn(definition.GroupName, name) };
}

function parseDefinition(body: string, now: EpochMs) {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    throw invalid('body', 'must be JSON');
  }
  const parsed = definitionSchema.safeParse(json);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw invalid(issue?.path.join('.') ?? 'body', issue?.message ?? 'is invalid');
  }
  const expression = parseExpression(parsed.data.ScheduleExpression);
  if (expression !== undefined && 'at' in expression && expression.at <= now) {
    throw invalid('ScheduleExpression', 'must not be in the past');
  }
  if (expression !== undefined && 'every' in expression && expression.every < MINUTE) {
    throw invalid('ScheduleExpression', 'Invalid Schedule Expression');
  }
  return parsed.data;
}

function invalid(field: string, rule: string): ServiceError {
  return new ServiceError('ValidationException', `1 validation error detected: Value at '${field}': ${rule}`);
}

function mustHaveGroup(scheduler: Scheduler, group: string): void {
  if (scheduler.hasGroup(group)) return;
  throw new ServiceError('ResourceNotFoundException', `Schedule group ${group} does not exist.`);
}

function existing(scheduler: Scheduler, group: string, name: string): Schedule {
  const schedule = scheduler.get(group, name);
  if (schedule === undefined) throw new ServiceError('ResourceNotFoundException', `Schedule ${name} does not exist.`);
  return schedule;
}

const pageSchema = z.object({
  ScheduleGroup: z.string().regex(NAME).optional(),
  NamePrefix: z.string().default(''),
  State: z.enum(['ENABLED', 'DISABLED']).optional(),
  MaxResults: z.coerce.number().int().min(1).max(100).default(100),
  /** The key after which the page begins. */
  NextToken: z.string().default(''),
});

function listSchedules(scheduler: Scheduler, query: URLSearchParams): object {
  const parsed = pageSchema.safeParse(Object.fromEntries(query));
  if (!parsed.success) throw invalid(String(parsed.error.issues[0]?.path[0]), 'is invalid');
  const { ScheduleGroup, NamePrefix, State, MaxResults, NextToken } = parsed.data;
  const found = scheduler
    .list()
    .filter((schedule) => schedule.name.startsWith(NamePrefix) && listKey(schedule) > NextToken)
    .filter(({ definition }) => ScheduleGroup === undefined || definition.GroupName === ScheduleGroup)
    .filter(({ definition }) => State === undefined || definition.State === State)
    .sort((a, b) => (listKey(a) < listKey(b) ? -1 : 1));
  const page = found.slice(0, MaxResults);
  const last = page.at(-1);
  return {
    Schedules: page.map(summarize),
    ...(found.length > page.length && last !== undefined ? { NextToken: listKey(last) } : {}),
  };
}

/** Names are unique within a group only. `+` is in no name and sorts before all that are. */
const listKey = ({ name, definition }: Schedule) => `${name}+${definition.GroupName}`;

function summarize({ name, definition, createdAt, modifiedAt }: Schedule): object {
  return {
    Arn: scheduleArn(definition.GroupName, name),
    Name: name,
    GroupName: definition.GroupName,
    State: definition.State,
    CreationDate: createdAt / 1000,
    LastModificationDate: modifiedAt / 1000,
    Target: { Arn: definition.Target.Arn },
  };
}

function describe(schedule: Schedule): object {
  const { ClientToken: _, ...definition } = schedule.definition;
  return { ...definition, ...summarize(schedule), Target: definition.Target };
}

const scheduleArn = (group: string, name: string) => `arn:aws:scheduler:${REGION}:${ACCOUNT}:schedule/${group}/${name}`;
const groupArn = (group: string) => `arn:aws:scheduler:${REGION}:${ACCOUNT}:schedule-group/${group}`;
