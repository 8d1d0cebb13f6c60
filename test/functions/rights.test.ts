/** All that the functions ask of the table, their roles allow. */
import type { Context } from 'aws-lambda';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { matchRoute } from '../../lib/local/bridge.ts';
import { ROUTES, routeKeyOf } from '../../lib/routes.ts';
import { TABLE } from '../../lib/table.ts';
import { useSynth } from '../deploy/synth.ts';
import { useFunctions } from '../support/functions.ts';
import { type Deed, mayDo, SEATS_TABLE } from '../support/iam.ts';

const functions = useFunctions({
  campus: { profile: 'release-station', takeOver: 'offer' },
  office: { profile: 'enterprise', seats: 2 },
  suite: { profile: 'enterprise', seats: 'unlimited' },
});
const { templateOf } = useSynth();
const template = templateOf('prod');
const START = new Date('2026-11-22T14:23:10Z');
beforeAll(() => void vi.useFakeTimers({ toFake: ['Date'], now: START }));
afterAll(() => void vi.useRealTimers());
const later = (minutes: number) => vi.setSystemTime(START.getTime() + minutes * 60_000);

interface Request {
  readonly Key?: { pk: { S: string } };
  readonly IndexName?: string;
  readonly ExpressionAttributeValues?: Record<string, { S?: string }>;
  readonly ExpressionAttributeNames?: Record<string, string>;
  readonly KeyConditionExpression?: string;
  readonly RequestItems?: Record<string, unknown>;
}

function deedOf(operation: string, asked: string): Deed {
  const request: Request = JSON.parse(asked);
  const { Key, IndexName, KeyConditionExpression, ExpressionAttributeValues = {}, RequestItems } = request;
  const [, value = ''] = /#\w+ = (:\w+)/.exec(KeyConditionExpression ?? '') ?? [];
  const inBatch = [...JSON.stringify(RequestItems ?? {}).matchAll(/"pk":\{"S":"([^"]*)"/g)].map(([, key = '']) => key);
  return {
    action: `dynamodb:${operation}`,
    resource: IndexName === undefined ? SEATS_TABLE : `${SEATS_TABLE}/index/${IndexName}`,
    keys: Key !== undefined ? [Key.pk.S] : value !== '' ? [ExpressionAttributeValues[value]?.S ?? ''] : inBatch,
    attributes: Object.values(request.ExpressionAttributeNames ?? {}),
  };
}

const asked = new Map<string, Deed[]>();

/** What was asked since it was last called was asked in this role. */
function took(role: string): void {
  const deeds = functions.dynamodb.take().map(({ operation, asked }) => deedOf(operation, asked));
  asked.set(role, [...(asked.get(role) ?? []), ...deeds]);
}

async function live(): Promise<void> {
  functions.dynamodb.take();
  const kinds = [
    ['lib-1', { realm: 'campus', kind: 'hosted' }],
    ['lib-2', { realm: 'campus', kind: 'hosted' }],
    ['mail', { realm: 'office', kind: 'application' }],
    ['reports', { realm: 'suite', kind: 'application' }],
  ] as const;
  const stations: Record<string, { id: string; key: string }> = {};
  for (const [id, entry] of kinds) stations[id] = await functions.register(entry, id);
  took('OnOperatorRequest');
  const say = async (id: string, event: string, body: object = {}) => {
    const { body: told } = await functions.say(stations[id] as { id: string; key: string }, event, body);
    took('OnStationEvent');
    return told;
  };
  await say('lib-1', 'login', { user: 'ana' });
  await say('lib-2', 'login', { user: 'ana' });
  await say('lib-2', 'login', { user: 'ana', takeOver: true });
  await say('lib-2', 'login', { user: 'bo' });
  for (const event of ['ping', 'activity', 'job-started', 'job-ended', 'logout', 'boot']) await say('lib-2', event);
  for (const id of ['mail', 'reports']) {
    const { session } = await say(id, 'login', { user: 'cleo' });
    await say(id, 'login', { user: 'cleo' });
    for (const event of ['ping', 'activity', 'job-started', 'job-ended', 'logout', 'logout', 'ping']) {
      await say(id, event, { session });
    }
  }
  const { session } = await say('lib-1', 'login', { user: 'dan' });
  await say('mail', 'login', { user: 'emil' });
  // What is refused is kept: of a user, of a station, and of somebody who proves nothing.
  await say('lib-1', 'login', { user: 7 });
  await functions.say({ id: 'lib-1', key: 'x' }, 'login', { user: 'emil' });
  await functions.say({ id: 'nowhere', key: 'x' }, 'login', { user: 'emil' });
  took('OnStationEvent');
  await functions.journal();
  took('OnSeatChange');

  process.env.CURFEW_CONSOLE_END_ARN = 'arn:aws:lambda:us-east-1:000000000000:function:end';
  const { handler: look } = await import('../../functions/console-widget.ts');
  const { handler: end } = await import('../../functions/console-end.ts');
  const context = { invokedFunctionArn: 'arn:aws:lambda:us-east-1:000000000000:function:widget', awsRequestId: 'r' };
  const widget = async (event: object) => {
    await look(event, context as Context);
    took('ConsoleWidget');
  };
  for (const view of ['sessions', 'stations', 'earlier', 'trail']) await widget({ view });
  await widget({ user: 'dan' });
  await widget({ find: 'da' });
  await widget({ session });
  await widget({ ofUser: 'emil', inRealm: 'office' });
  await widget({ ofStation: 'lib-1' });
  // One that goes on, one that history does not know, and one that never was.
  for (const one of [session, session, '1.0.campus.YW5h']) {
    await end({ session: one, widgetContext: { forms: { all: { reason: 'why not' } } } }, context as Context);
  }
  took('ConsoleEnd');
  await functions.journal();
  took('OnSeatChange');
  await widget({ session });

  // With a key of another, or of before.
  await functions.say({ id: 'lib-1', key: 'curfew_1_x' }, 'login', { user: 'ana' });
  took('OnStationEvent');
  const met = new Set<string>();
  for (const [method, path, body] of [
    ['GET', '/v1/sessions'],
    ['GET', '/v1/sessions?user=dan&realm=campus'],
    ['GET', `/v1/sessions/${session}`],
    ['GET', '/v1/realms/campus/users/dan'],
    ['GET', '/v1/realms/campus/users?user=dan'],
    ['GET', '/v1/stations'],
    ['GET', '/v1/stations/lib-1'],
    ['GET', '/v1/stations/lib-1/health'],
    ['GET', '/health'],
    ['GET', '/openapi.json'],
    ['GET', '/v1/realms'],
    ['GET', '/v1/realms/campus'],
    ['POST', '/v1/realms/campus/webhook/secret', {}],
    ['GET', '/v1/stations?health=true'],
    ['PUT', '/v1/stations/lib-1?dryRun=true', { realm: 'campus', kind: 'hosted' }],
    ['GET', '/v1/audit'],
    ['GET', '/v1/history?find=da'],
    ['GET', '/v1/users?find=da'],
    ['GET', '/v1/sessions?find=da'],
    ['GET', '/v1/sessions?at=2098-12-31T12:00:30Z'],
    ['GET', '/v1/stations?find=lib'],
    ['DELETE', `/v1/sessions/${session}`, { reason: 'again' }],
    ['DELETE', '/v1/realms/campus/users/dan/history', {}],
    ['DELETE', '/v1/realms/campus/history?user=dan', {}],
    ['POST', '/v1/stations/lib-1/key', {}],
    ['DELETE', '/v1/stations/lib-1/key', {}],
    ['PUT', '/v1/stations/lib-1', { realm: 'campus', kind: 'hosted', name: 'Library' }],
    ['DELETE', '/v1/stations/lib-1', {}],
  ] as const) {
    const { status } = await functions.operator(method, path, body);
    expect(status, `${method} ${path}`).toBeLessThan(500);
    met.add(String(matchRoute(method, path.split('?')[0] ?? '')?.routeKey));
  }
  took('OnOperatorRequest');
  // A new route is to be in the day.
  expect([...met].sort()).toEqual(
    ROUTES.filter(({ caller }) => caller !== 'station')
      .map(routeKeyOf)
      .sort(),
  );

  later(90);
  await functions.sweep({ backstop: true });
  await functions.sweep({ silence: true });
  took('OnSweep');
  await functions.journal();
  took('OnSeatChange');
}

test('each role allows all that its function asks of the table in a day, and each asks in the day', {
  timeout: 60_000,
}, async () => {
  await live();
  const denied = [...asked].flatMap(([role, deeds]) =>
    deeds.filter((deed) => !mayDo(template, role, deed)).map((deed) => ({ role, ...deed })),
  );
  expect(denied).toEqual([]);
  const acts = (role: string) => [...new Set((asked.get(role) ?? []).map(({ action }) => action.slice(9)))].sort();
  expect(Object.fromEntries([...asked.keys()].map((role) => [role, acts(role)]))).toEqual({
    OnOperatorRequest: ['BatchGetItem', 'BatchWriteItem', 'GetItem', 'Query', 'UpdateItem'],
    OnStationEvent: ['GetItem', 'Query', 'UpdateItem'],
    OnSeatChange: ['BatchWriteItem', 'UpdateItem'],
    ConsoleWidget: ['BatchGetItem', 'GetItem', 'Query'],
    ConsoleEnd: ['BatchWriteItem', 'GetItem', 'Query', 'UpdateItem'],
    OnSweep: ['BatchGetItem', 'Query', 'UpdateItem'],
  });
  // What tells a registration from a panel is in every write of one.
  const registrations = (asked.get('OnOperatorRequest') ?? []).filter(
    ({ action, keys = [] }) => action === 'dynamodb:UpdateItem' && keys[0]?.startsWith(TABLE.partitions.station),
  );
  expect(registrations.length).toBeGreaterThan(8);
  const isTold = ({ attributes = [] }: Deed) => attributes.some((name) => TABLE.ofRegistration.includes(name as never));
  expect(registrations.filter((deed) => !isTold(deed))).toEqual([]);
});
