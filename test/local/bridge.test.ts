import { request as httpRequest } from 'node:http';
import type { APIGatewayProxyEventV2, APIGatewayProxyResultV2, Context } from 'aws-lambda';
import { afterEach, describe, expect, test } from 'vitest';
import { encodeBody, httpBridge, matchRoute } from '../../lib/local/bridge.ts';
import { createLambda, type Handlers } from '../../lib/local/lambda.ts';
import { listen, ownNames } from '../../lib/local/loopback.ts';
import { durationMs, epochMs } from '../../lib/time.ts';

const NOW = epochMs(Date.parse('2026-11-22T14:23:05.120Z'));
const KEY = 'the-operator-key';

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

type Answer = (event: APIGatewayProxyEventV2, context: Context) => Promise<APIGatewayProxyResultV2>;

/** A bridge before two functions that note what they get and answer as the test says. */
async function startBridge(answer: Answer = async () => ({ statusCode: 204 })) {
  const calls: { name: string; event: APIGatewayProxyEventV2; context: Context }[] = [];
  const failures: string[] = [];
  const noting =
    (name: string): Answer =>
    (event, context) => {
      calls.push({ name, event, context });
      return answer(event, context);
    };
  const handlers: Handlers = {
    onStationEvent: noting('onStationEvent'),
    onOperatorRequest: noting('onOperatorRequest'),
    onSweep: async () => {},
    onSeatChange: async () => ({ batchItemFailures: [] }),
    onSessionEvent: async () => ({ batchItemFailures: [] }),
    consoleWidget: async () => '',
    consoleEnd: async () => '',
  };
  const lambda = createLambda(handlers, { onStationEvent: durationMs(200) });
  const options = { lambda, clock: () => NOW, operatorKey: KEY, onFailure: (line: string) => void failures.push(line) };
  const server = await listen(0, httpBridge(options));
  closers.push(() => server.close());
  return { ...server, calls, failures };
}

interface Wire {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Record<string, string | string[]>;
  readonly body?: string | Buffer;
}

/** Over a plain socket: `fetch` would mend some of what these tests send. */
function send(port: number, { method = 'POST', path = '/v1/stations/lib-1/login', headers = {}, body }: Wire = {}) {
  return new Promise<{ status: number; headers: NodeJS.Dict<string | string[]>; body: string }>((resolve, reject) => {
    const request = httpRequest({ host: '127.0.0.1', port, method, path, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(chunks).toString('utf8'),
        }),
      );
    });
    request.on('error', reject);
    request.end(body);
  });
}

test('a function gets the event as HTTP API makes it', async () => {
  const { port, calls } = await startBridge();
  await send(port, {
    path: '/v1/stations/lib%201/login?a=1&b=x%20y&a=2',
    headers: { 'X-One': ['1', '2'], 'content-type': 'application/json', cookie: 'a=1; b=2', 'user-agent': 'printer' },
    body: '{"user":"ana"}',
  });
  expect(calls).toHaveLength(1);
  const { name, event } = calls[0] ?? {};
  expect(name).toBe('onStationEvent');
  expect(event).toMatchObject({
    version: '2.0',
    routeKey: 'POST /v1/stations/{station}/{event}',
    rawPath: '/v1/stations/lib 1/login',
    rawQueryString: 'a=1&b=x%20y&a=2',
    cookies: ['a=1', 'b=2'],
    headers: { 'x-one': '1,2', 'content-type': 'application/json', host: `127.0.0.1:${port}` },
    queryStringParameters: { a: '1,2', b: 'x y' },
    pathParameters: { station: 'lib 1', event: 'login' },
    body: '{"user":"ana"}',
    isBase64Encoded: false,
    requestContext: {
      http: {
        method: 'POST',
        path: '/v1/stations/lib 1/login',
        protocol: 'HTTP/1.1',
        sourceIp: '127.0.0.1',
        userAgent: 'printer',
      },
      routeKey: 'POST /v1/stations/{station}/{event}',
      stage: '$default',
      time: '22/Nov/2026:14:23:05 +0000',
      timeEpoch: NOW,
    },
  });
  expect(event?.headers).not.toHaveProperty('cookie');
  expect(event?.requestContext).not.toHaveProperty('authorizer');
});

test('a function knows its ARN and how long it has', async () => {
  const { port, calls } = await startBridge();
  await send(port);
  const context = calls[0]?.context;
  expect(context?.invokedFunctionArn).toBe('arn:aws:lambda:us-east-1:000000000000:function:curfew-on-station-event');
  expect(context?.getRemainingTimeInMillis()).toBeLessThanOrEqual(200);
});

test.each([
  ['application/json', false],
  ['application/json; charset=utf-8', false],
  ['APPLICATION/JSON', false],
  ['application/problem+json', false],
  ['application/soap+xml; action="x"', false],
  ['application/xml', false],
  ['application/javascript', false],
  ['text/plain', false],
  ['text/xml; charset="utf-8"', false],
  ['application/x-www-form-urlencoded', true],
  ['application/octet-stream', true],
  ['application/jsonlines', true],
  ['', true],
  [undefined, true],
])('a body of type %s is base64: %s', (type, isBase64Encoded) => {
  const body = Buffer.from('{"user":"añá"}');
  const text = isBase64Encoded ? body.toString('base64') : body.toString('utf8');
  expect(encodeBody(body, type)).toEqual({ body: text, isBase64Encoded });
});

test('no body is no body, whatever its type', () => {
  expect(encodeBody(Buffer.alloc(0), undefined)).toEqual({ isBase64Encoded: false });
  expect(encodeBody(Buffer.alloc(0), 'application/json')).toEqual({ isBase64Encoded: false });
});

describe('a route', () => {
  test.each([
    ['POST', '/v1/stations/lib-1/login', 'POST /v1/stations/{station}/{event}', 'onStationEvent'],
    ['POST', '/v1/stations/lib-1/key', 'POST /v1/stations/{station}/key', 'onOperatorRequest'],
    ['PUT', '/v1/stations/lib-1', 'PUT /v1/stations/{station}', 'onOperatorRequest'],
    ['GET', '/v1/realms/campus/users/ana', 'GET /v1/realms/{realm}/users/{user}', 'onOperatorRequest'],
  ])('%s %s is %s', (method, path, routeKey, functionName) => {
    expect(matchRoute(method, path)).toMatchObject({ routeKey, functionName });
  });

  test('takes a slash in a name as part of the name if it is escaped', () => {
    expect(matchRoute('GET', '/v1/sessions/a%2Fb')?.pathParameters).toEqual({ session: 'a/b' });
    expect(matchRoute('GET', '/v1/sessions/a/b')).toBeUndefined();
  });

  test.each([
    ['GET', '/'],
    ['GET', '/v1/stations/lib-1/login'],
    ['PATCH', '/v1/sessions'],
    ['GET', '/v1/sessions/'],
    ['POST', '/v1/stations//login'],
  ])('%s %s is not one: 404', async (method, path) => {
    const { port, calls } = await startBridge();
    expect(await send(port, { method, path })).toMatchObject({ status: 404, body: '{"message":"Not Found"}' });
    expect(calls).toEqual([]);
  });
});

describe('an operator', () => {
  const asOperator = (authorization?: string): Wire => ({
    method: 'GET',
    path: '/v1/sessions',
    headers: authorization === undefined ? {} : { authorization },
  });

  test('with the key is a principal', async () => {
    const { port, calls } = await startBridge();
    expect(await send(port, asOperator(`Bearer ${KEY}`))).toMatchObject({ status: 204 });
    expect(calls[0]).toMatchObject({
      name: 'onOperatorRequest',
      event: {
        requestContext: { authorizer: { iam: { userArn: 'arn:aws:iam::000000000000:user/local-operator' } } },
      },
    });
  });

  test.each([
    [undefined, 401],
    ['Basic eDp5', 401],
    ['Bearer wrong', 403],
    [`Bearer ${KEY}x`, 403],
  ])('who sends %s is answered %i', async (authorization, status) => {
    const { port, calls } = await startBridge();
    expect(await send(port, asOperator(authorization))).toMatchObject({
      status,
      headers: { 'content-type': 'application/problem+json' },
    });
    expect(calls).toEqual([]);
  });
});

describe('an answer', () => {
  test('keeps status, headers and cookies', async () => {
    const { port } = await startBridge(async () => ({
      statusCode: 409,
      headers: { 'Content-Type': 'application/problem+json', 'Retry-After': 12 },
      cookies: ['a=1', 'b=2'],
      body: '{}',
    }));
    expect(await send(port)).toMatchObject({
      status: 409,
      headers: { 'content-type': 'application/problem+json', 'retry-after': '12', 'set-cookie': ['a=1', 'b=2'] },
      body: '{}',
    });
  });

  test('in base64 is decoded, and one without a status is the body of a 200', async () => {
    const encoded = await startBridge(async () => ({
      statusCode: 200,
      body: Buffer.from('hello').toString('base64'),
      isBase64Encoded: true,
    }));
    expect((await send(encoded.port)).body).toBe('hello');
    const bare = await startBridge(async () => JSON.stringify({ hello: 1 }));
    expect(await send(bare.port)).toMatchObject({
      status: 200,
      headers: { 'content-type': 'application/json' },
      body: '{"hello":1}',
    });
  });

  test('of a function that throws is 500, and the terminal hears of it', async () => {
    const { port, failures } = await startBridge(async () => {
      throw new Error('a bug');
    });
    expect(await send(port)).toMatchObject({ status: 500, body: '{"message":"Internal Server Error"}' });
    expect(failures[0]).toContain('a bug');
  });

  test('of a function that overruns its time is 503', async () => {
    const { port } = await startBridge(() => new Promise(() => {}));
    expect(await send(port)).toMatchObject({ status: 503, body: '{"message":"Service Unavailable"}' });
  });
});

test('a body above 10 MB is refused before any function sees it', async () => {
  const { port, calls } = await startBridge();
  expect(await send(port, { body: Buffer.alloc(10 * 1024 * 1024 + 1) })).toMatchObject({ status: 413 });
  expect(calls).toEqual([]);
  expect(await send(port, { body: Buffer.alloc(10 * 1024 * 1024) })).toMatchObject({ status: 204 });
});

describe('a browser on this machine', () => {
  test.each([
    ['that was led here by another name', { host: 'rebound.example:4600' }],
    ['that shows a page of another site', { origin: 'https://elsewhere.example' }],
    ['that shows a page of another port', { origin: 'http://localhost:1' }],
    ['that shows a page without an origin', { origin: 'null' }],
  ])('%s gets nothing', async (_, headers) => {
    const { port, calls } = await startBridge();
    expect(await send(port, { headers })).toMatchObject({ status: 403 });
    expect(calls).toEqual([]);
  });

  test('leaves out the port that is HTTP’s own', () => {
    expect(ownNames(80)).toContain('localhost');
    expect(ownNames(4600)).not.toContain('localhost');
  });

  test('that shows our own page is served', async () => {
    const { port } = await startBridge();
    const headers = { host: `localhost:${port}`, origin: `http://localhost:${port}` };
    expect(await send(port, { headers })).toMatchObject({ status: 204 });
  });
});
