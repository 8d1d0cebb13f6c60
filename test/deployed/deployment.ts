import { DynamoDBClient, QueryCommand } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge';
import {
  DeleteScheduleCommand,
  GetScheduleCommand,
  ListSchedulesCommand,
  SchedulerClient,
  type ScheduleState,
  UpdateScheduleCommand,
} from '@aws-sdk/client-scheduler';
import { AwsClient } from 'aws4fetch';
import { inject } from 'vitest';
import { allShards } from '../../lib/session/shards.ts';
import { SHARDS_DEFAULT, TABLE } from '../../lib/table.ts';

/** The deployment as its stations, its operators and its account see it. */
const { ApiUrl, TableName, BusName, TimerGroup } = inject('outputs');

const environment = (name: string): string => {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set: run this with npm run test:deployed`);
  return value;
};
const endpoint = environment('AWS_ENDPOINT_URL');
const signed = new AwsClient({
  accessKeyId: environment('AWS_ACCESS_KEY_ID'),
  secretAccessKey: environment('AWS_SECRET_ACCESS_KEY'),
  region: environment('AWS_REGION'),
  retries: 0,
});
const dynamodb = new DynamoDBClient();
const scheduler = new SchedulerClient();

/**
 * The emulator evaluates every policy as written, with two differences from AWS: it takes a schedule of any group to be
 * one of the group `default`, and `Ref` of a secret to be its name. What our roles may do to exactly those two is given
 * once more in the emulator's terms; everything else stands as the stack wrote it.
 */
export async function allowInTheEmulatorsTerms(prefix = 'curfew-dev-'): Promise<void> {
  const roles = await iam({ Action: 'ListRoles' });
  const grant = async (fn: string, Action: string, Resource: string) => {
    const [RoleName = ''] = new RegExp(`${prefix}${fn}Role[^<]*`).exec(roles) ?? [];
    const PolicyDocument = JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action, Resource }],
    });
    await iam({ Action: 'PutRolePolicy', RoleName, PolicyName: Action.replace(':', '-'), PolicyDocument });
  };
  const secret = `arn:aws:secretsmanager:*:*:secret:${prefix}MasterSecret*`;
  await grant('OnStationEvent', 'secretsmanager:GetSecretValue', secret);
  await grant('OnOperatorRequest', 'secretsmanager:GetSecretValue', secret);
  await grant('OnStationEvent', 'scheduler:CreateSchedule', 'arn:aws:scheduler:*:*:schedule/default/s*');
  // Of sessions that hold their seats, and of those that have lost them.
  await grant('OnSweep', 'scheduler:CreateSchedule', 'arn:aws:scheduler:*:*:schedule/default/*');
}

async function iam(input: Record<string, string>): Promise<string> {
  const body = new URLSearchParams({ ...input, Version: '2010-05-08' }).toString();
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  const response = await signed.fetch(endpoint, { method: 'POST', headers, body, aws: { service: 'iam' } });
  const text = await response.text();
  if (!response.ok) throw new Error(`${input.Action}: ${text}`);
  return text;
}

/** Where the emulator answers for an API's own host name, which resolves to nothing here. */
export const inTheEmulator = (url: string): string =>
  `${endpoint}/_aws/execute-api/${new URL(url).hostname.split('.')[0]}/$default`;

export const api = inTheEmulator(ApiUrl);

export interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

async function answer(response: Response): Promise<Answer> {
  const text = await response.text();
  return { status: response.status, body: text === '' ? {} : JSON.parse(text) };
}

const request = (method: string, body?: object, headers: Record<string, string> = {}) => ({
  method,
  ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  headers: { 'content-type': 'application/json', ...headers },
});

/** A request of an operator, signed for IAM. */
export const operator = async (method: string, path: string, body?: object, at = api): Promise<Answer> =>
  answer(await signed.fetch(at + path, { ...request(method, body), aws: { service: 'execute-api' } }));

/** The status of a request by whoever has this role. */
export async function statusFor(role: string, method: string, url: string): Promise<number> {
  const input = { Action: 'AssumeRole', RoleArn: role, RoleSessionName: 'desk', Version: '2011-06-15' };
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  const body = new URLSearchParams(input).toString();
  const response = await signed.fetch(endpoint, { method: 'POST', headers, body, aws: { service: 'sts' } });
  const text = await response.text();
  const named = (name: string): string => new RegExp(`<${name}>([^<]*)`).exec(text)?.[1] ?? '';
  const [accessKeyId, secretAccessKey, sessionToken] = [
    named('AccessKeyId'),
    named('SecretAccessKey'),
    named('SessionToken'),
  ];
  if (accessKeyId === '') throw new Error(`AssumeRole: ${text}`);
  const client = new AwsClient({
    accessKeyId,
    secretAccessKey,
    sessionToken,
    region: environment('AWS_REGION'),
    retries: 0,
  });
  return (await client.fetch(url, { method, aws: { service: 'execute-api' } })).status;
}

/** A request that nobody signed, with this bearer token if any. */
export const stranger = async (
  method: string,
  path: string,
  token?: string,
  body?: object,
  at = api,
): Promise<Answer> =>
  answer(
    await fetch(at + path, request(method, body, token === undefined ? {} : { authorization: `Bearer ${token}` })),
  );

export type Station = (event: string, body?: object) => Promise<Answer>;

const PRINTER = { realm: 'campus-print', kind: 'hosted', location: 'Library', reportsActivity: false };

/** Registers a station and has a key issued for it, as an operator does. */
export async function issuedKey(id: string, as: object, at = api): Promise<string> {
  const registered = await operator('PUT', `/v1/stations/${id}`, { name: id, ...as }, at);
  if (registered.status !== 201) throw new Error(`no station: ${JSON.stringify(registered)}`);
  const { status, body } = await operator('POST', `/v1/stations/${id}/key`, undefined, at);
  if (status !== 201) throw new Error(`no key: ${JSON.stringify(body)}`);
  return String(body.key);
}

/** Registers a station, and speaks for it from then on. */
export async function registeredStation(id: string, as: object = PRINTER): Promise<Station> {
  const key = await issuedKey(id, as);
  return (event, said = {}) => stranger('POST', `/v1/stations/${id}/${event}`, key, said);
}

const inOurGroup = { GroupName: TimerGroup };

async function scheduleNames(): Promise<string[]> {
  const { Schedules = [] } = await scheduler.send(new ListSchedulesCommand(inOurGroup));
  return Schedules.flatMap(({ Name }) => Name ?? []);
}

/** The names of the one-shots that wait: a shard and an instant each. */
export const timers = async (): Promise<string[]> =>
  (await scheduleNames()).filter((name) => /^[sd]\d+-\d{8}T\d{6}/.test(name));

/** What the Scheduler must never do, and what the backstop is for. */
export async function loseTimers(): Promise<void> {
  for (const Name of await timers()) await scheduler.send(new DeleteScheduleCommand({ ...inOurGroup, Name }));
}

/** Changes when the backstop sweeps, and nothing else of it. */
export async function setBackstop(State: ScheduleState, ScheduleExpression: string): Promise<void> {
  const isTimer = new Set(await timers());
  const [Name, ...others] = (await scheduleNames()).filter((name) => !isTimer.has(name));
  if (Name === undefined || others.length > 0) throw new Error('there must be one schedule that is no timer');
  const { Target, FlexibleTimeWindow } = await scheduler.send(new GetScheduleCommand({ ...inOurGroup, Name }));
  await scheduler.send(
    new UpdateScheduleCommand({ ...inOurGroup, Name, Target, FlexibleTimeWindow, State, ScheduleExpression }),
  );
}

/** As many as the stack has. */

/** How many sessions wait for a sweep, over all shards. */
export async function dueEntries(): Promise<number> {
  const { name, partitionKey } = TABLE.dueIndex;
  const counts = allShards(SHARDS_DEFAULT).map(async (shard) => {
    const { Count = 0 } = await dynamodb.send(
      new QueryCommand({
        TableName,
        IndexName: name,
        KeyConditionExpression: '#shard = :shard',
        ExpressionAttributeNames: { '#shard': partitionKey },
        ExpressionAttributeValues: { ':shard': { S: shard } },
        Select: 'COUNT',
      }),
    );
    return Count;
  });
  return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
}

/** What the bus has carried, as one who subscribed to it reads it from a queue. */
export interface Subscription {
  /** Every event so far. */
  events(): Promise<Announcement[]>;
}

export interface Announcement {
  readonly source: string;
  readonly 'detail-type': string;
  readonly detail: Record<string, unknown>;
}

export async function subscription(): Promise<Subscription> {
  const { QueueUrl } = await sqs('CreateQueue', { QueueName: 'announcements' });
  const { Attributes } = await sqs('GetQueueAttributes', { QueueUrl, AttributeNames: ['QueueArn'] });
  const eventbridge = new EventBridgeClient();
  const rule = { EventBusName: BusName, Name: 'announcements' };
  await eventbridge.send(new PutRuleCommand({ ...rule, EventPattern: '{"source":["curfew"]}' }));
  await eventbridge.send(
    new PutTargetsCommand({
      EventBusName: BusName,
      Rule: rule.Name,
      Targets: [{ Id: 'queue', Arn: (Attributes as { QueueArn: string }).QueueArn }],
    }),
  );
  const received: Announcement[] = [];
  return {
    async events() {
      const { Messages = [] } = await sqs('ReceiveMessage', { QueueUrl, MaxNumberOfMessages: 10 });
      for (const { Body, ReceiptHandle } of Messages as { Body: string; ReceiptHandle: string }[]) {
        received.push(JSON.parse(Body));
        await sqs('DeleteMessage', { QueueUrl, ReceiptHandle });
      }
      return received;
    },
  };
}

/** SQS by its JSON protocol: a client of it is worth no dependency here. */
export async function sqs(action: string, input: object): Promise<Record<string, unknown>> {
  const response = await signed.fetch(endpoint, {
    method: 'POST',
    headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': `AmazonSQS.${action}` },
    body: JSON.stringify(input),
    aws: { service: 'sqs' },
  });
  const { status, body } = await answer(response);
  if (status !== 200) throw new Error(`${action}: ${JSON.stringify(body)}`);
  return body;
}

/** Asks again until there is an answer; time passes by itself here, so a test can only look. */
export async function eventually<T>(
  what: string,
  probe: () => Promise<T | undefined>,
  { withinMs = 150_000, everyMs = 500 } = {},
): Promise<T> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const found = await probe();
    if (found !== undefined) return found;
    if (Date.now() > deadline) throw new Error(`${what}: not within ${withinMs / 1_000} s`);
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}
