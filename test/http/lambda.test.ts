import type { APIGatewayProxyEventV2, Context } from 'aws-lambda';
import { describe, expect, test } from 'vitest';
import { json } from '../../lib/answer.ts';
import { httpHandler } from '../../lib/http/lambda.ts';
import { type App, type HttpRequest, queryOf } from '../../lib/http/request.ts';
import { Unavailable } from '../../lib/service/ports.ts';

const EVENT = 'POST /v1/stations/{station}/{event}';
const SECRET_URL = 'POST /v1/stations/{station}/with/{key}/{event}';

/** What HTTP API hands on, as far as an answer depends on it. */
const eventOf = (event: Partial<APIGatewayProxyEventV2> = {}, context: object = {}) =>
  ({
    routeKey: EVENT,
    rawPath: '/v1/stations/lib-1/login',
    rawQueryString: '',
    headers: {},
    pathParameters: { station: 'lib-1', event: 'login' },
    requestContext: context,
    isBase64Encoded: false,
    ...event,
  }) as APIGatewayProxyEventV2;

async function take(event: APIGatewayProxyEventV2, fail?: unknown) {
  const asked: { request: HttpRequest; parameters: object }[] = [];
  const complaints: string[] = [];
  const note = (request: HttpRequest, parameters: object) => {
    if (fail !== undefined) throw fail;
    asked.push({ request, parameters });
    return json({ ok: true }, 201, { 'x-one': '1' });
  };
  const app: App<'station'> = { [EVENT]: note, [SECRET_URL]: () => json({}, 202) };
  const result = await httpHandler(app, (message) => void complaints.push(message))(event, {} as Context);
  return { result, asked, complaints };
}

async function requestOf(...event: Parameters<typeof eventOf>): Promise<HttpRequest> {
  const [first] = (await take(eventOf(...event))).asked;
  if (first === undefined) throw new Error('nothing was asked');
  return first.request;
}

test('a table without a handler for one of its routes does not compile, nor does one with a handler too many', () => {
  const answer = () => json({});
  // @ts-expect-error: the secret URL has none
  const missing: App<'station'> = { [EVENT]: answer };
  // @ts-expect-error: no station calls that
  const extra: App<'station'> = { [EVENT]: answer, [SECRET_URL]: answer, 'GET /v1/realms': answer };
  // @ts-expect-error: its path has no user
  const stranger: App<'station'> = { [EVENT]: (_, { user }) => json({ user }), [SECRET_URL]: answer };
  expect([missing, extra, stranger].map((app) => Object.keys(app).length)).toEqual([1, 3, 2]);
});

describe('the handler that answers', () => {
  test('is the one of the event’s route, and its path’s parameters are given to it', async () => {
    const { result, asked } = await take(eventOf());
    expect(asked.map(({ parameters }) => parameters)).toEqual([{ station: 'lib-1', event: 'login' }]);
    expect(result).toEqual({
      statusCode: 201,
      headers: { 'content-type': 'application/json', 'x-one': '1' },
      body: '{"ok":true}',
      isBase64Encoded: false,
    });
    const pathParameters = { station: 'lib-1', key: 'k', event: 'login' };
    expect((await take(eventOf({ routeKey: SECRET_URL, pathParameters }))).result.statusCode).toBe(202);
  });

  test.each([
    ['no route of the API', { routeKey: '$default' }],
    ['a route of other callers', { routeKey: 'GET /v1/sessions' }],
    ['named for what every object has', { routeKey: 'constructor' }],
    ['a route without one of its parameters', { pathParameters: { station: 'lib-1' } }],
    ['a route with an empty parameter', { pathParameters: { station: '', event: 'login' } }],
  ])('is none where the event is %s: 404', async (_, event) => {
    const { result, asked } = await take(eventOf(event));
    expect(asked).toEqual([]);
    expect(result.statusCode).toBe(404);
    expect(result.headers).toEqual({ 'content-type': 'application/problem+json' });
    expect(JSON.parse(result.body ?? '').type).toBe('urn:curfew:problem:no-such-route');
  });

  test.each([
    [new Unavailable('seat'), 503, 'urn:curfew:problem:unavailable'],
    [new Error('a bug'), 500, 'urn:curfew:problem:unexpected'],
    ['no error at all', 500, 'urn:curfew:problem:unexpected'],
  ])('and throws %s is answered for, and its error is complained of', async (error, status, type) => {
    const { result, complaints } = await take(eventOf(), error);
    expect([result.statusCode, JSON.parse(result.body ?? '').type, complaints.length]).toEqual([status, type, 1]);
  });
});

describe('a request', () => {
  test('has its headers by their names in lower case, without blanks around them; one that is empty is none', async () => {
    const { header } = await requestOf({ headers: { 'Content-Type': ' text/xml ', 'webhook-id': '' } });
    expect(['content-type', 'webhook-id', 'constructor'].map(header)).toEqual(['text/xml', undefined, undefined]);
  });

  test('has its body as bytes, however the event carries it', async () => {
    const bytes = async (event: Partial<APIGatewayProxyEventV2>) => Buffer.from((await requestOf(event)).body);
    expect((await bytes({ body: 'añá' })).toString()).toBe('añá');
    expect(await bytes({ body: Buffer.of(0, 255).toString('base64'), isBase64Encoded: true })).toEqual(
      Buffer.of(0, 255),
    );
    expect((await bytes({})).length).toBe(0);
  });

  test('has each parameter of its query once, decoded', async () => {
    const query = queryOf(await requestOf({ rawQueryString: 'user=a%20b+c&user=d&__proto__=x&rung' }));
    expect([...query]).toEqual([
      ['user', 'a b c'],
      ['__proto__', 'x'],
      ['rung', ''],
    ]);
  });

  test.each([
    ['no authorizer', {}],
    ['an authorizer that is not IAM', { authorizer: { jwt: {}, iam: null } }],
    ['a principal without a name', { authorizer: { iam: { userArn: '' } } }],
  ])('is nobody’s with %s in front', async (_, context) => {
    expect(await requestOf({}, context)).not.toHaveProperty('principal');
  });

  test('is of the principal that IAM let in, with the certificate of the connection', async () => {
    const context = {
      authorizer: { iam: { userArn: 'arn:aws:iam::000000000000:user/olga' } },
      authentication: { clientCert: { clientCertPem: 'PEM' } },
    };
    expect(await requestOf({}, context)).toMatchObject({
      principal: 'arn:aws:iam::000000000000:user/olga',
      certificate: 'PEM',
    });
  });
});
