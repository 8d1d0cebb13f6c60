/**
 * HTTP API (payload format 2.0) on one machine: its routes, the event that a function gets, and how its answer becomes
 * HTTP. In the place of the IAM authorizer stands the operator key.
 */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { APIGatewayProxyEventV2, APIGatewayProxyResultV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { type Caller, ROUTES, type RouteKey, routeKeyOf } from '../routes.ts';
import type { Clock, EpochMs } from '../time.ts';
import { isSecret } from './credentials.ts';
import { ACCOUNT, FunctionOverrun, type Lambda } from './lambda.ts';
import { readBody, sendJson } from './loopback.ts';

const OPERATOR_ARN = `arn:aws:iam::${ACCOUNT}:user/local-operator`;

/** HTTP API's own limit. */
const BODY_MAX = 10 * 1024 * 1024;

interface Match {
  readonly routeKey: RouteKey;
  readonly caller: Caller;
  readonly functionName: 'onStationEvent' | 'onOperatorRequest';
  readonly pathParameters: Record<string, string>;
}

export interface BridgeOptions {
  readonly lambda: Lambda;
  readonly clock: Clock;
  readonly operatorKey: string;
  /** Told of each function that failed. */
  readonly onFailure: (message: string) => void;
}

export function httpBridge(options: BridgeOptions) {
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const receivedAt = options.clock();
    const [path = '/', query = ''] = (request.url ?? '/').split(/\?(.*)/s);
    // What HTTP API makes of these is not documented; whoever reads on may take `./key` for `key`.
    if (/(?:^|\/)\.{1,2}(?:\/|$)/.test(path)) return sendJson(response, 400, { message: 'Bad Request' });
    const match = matchRoute(request.method ?? '', path);
    if (match === undefined) return sendJson(response, 404, { message: 'Not Found' });

    const isOperator = match.caller === 'operator';
    const verdict = isOperator ? checkOperator(request, options.operatorKey) : 'known';
    if (verdict !== 'known') return sendForbidden(response, verdict);

    const body = await readBody(request, BODY_MAX);
    if (body === undefined) return sendJson(response, 413, { message: 'Request Entity Too Large' });
    const event = toEvent({ request, match, path, query, body, receivedAt, isOperator });
    try {
      const result = await options.lambda[match.functionName](event);
      sendResult(response, result);
    } catch (error) {
      options.onFailure(`${match.routeKey} failed: ${error instanceof Error ? (error.stack ?? error.message) : error}`);
      if (error instanceof FunctionOverrun) sendJson(response, 503, { message: 'Service Unavailable' });
      else sendJson(response, 500, { message: 'Internal Server Error' });
    }
  };
}

const KNOWN = ROUTES.map((route) => ({ ...route, routeKey: routeKeyOf(route), segments: route.path.split('/') }));

export function matchRoute(method: string, path: string): Match | undefined {
  const given = path.split('/');
  for (const { method: wanted, segments, routeKey, caller } of KNOWN) {
    if (wanted !== method || segments.length !== given.length) continue;
    const pathParameters: Record<string, string> = {};
    const fits = segments.every((segment, index) => {
      const text = given[index] ?? '';
      if (!segment.startsWith('{')) return segment === text;
      pathParameters[segment.slice(1, -1)] = decode(text);
      return text !== '';
    });
    if (!fits) continue;
    const functionName = caller === 'station' ? 'onStationEvent' : 'onOperatorRequest';
    return { routeKey, caller, functionName, pathParameters };
  }
  return undefined;
}

/** Whether the request carries the operator key: 401 tells its sender to send one, 403 that this one is wrong. */
export function checkOperator(request: IncomingMessage, key: string): 'known' | 401 | 403 {
  const given = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
  if (given === undefined) return 401;
  return isSecret(given, key) ? 'known' : 403;
}

export function sendForbidden(response: ServerResponse, status: 401 | 403): void {
  const headers = { 'content-type': 'application/problem+json' };
  const title = status === 401 ? 'Unauthorized' : 'Forbidden';
  sendJson(
    response,
    status,
    {
      title,
      status,
      detail: status === 401 ? 'This route is for operators: send the operator key.' : 'This is not the operator key.',
    },
    {
      ...headers,
      ...(status === 401 ? { 'www-authenticate': 'Bearer realm="curfew operators"' } : {}),
    },
  );
}

interface Received {
  readonly request: IncomingMessage;
  readonly match: Match;
  readonly path: string;
  readonly query: string;
  readonly body: Buffer;
  readonly receivedAt: EpochMs;
  readonly isOperator: boolean;
}

/** The event as HTTP API makes it. */
function toEvent({ request, match, path, query, body, receivedAt, isOperator }: Received): APIGatewayProxyEventV2 {
  const { cookie, ...headers } = joinHeaders(request.rawHeaders);
  const rawPath = decode(path);
  const parameters = joinQuery(query);
  const host = headers.host ?? '';
  const context: APIGatewayProxyEventV2['requestContext'] & { authorizer?: object } = {
    accountId: ACCOUNT,
    apiId: 'local',
    ...(isOperator ? { authorizer: { iam: { userArn: OPERATOR_ARN, accountId: ACCOUNT } } } : {}),
    domainName: host,
    domainPrefix: 'local',
    http: {
      method: request.method ?? '',
      path: rawPath,
      protocol: `HTTP/${request.httpVersion}`,
      sourceIp: request.socket.remoteAddress ?? '',
      userAgent: headers['user-agent'] ?? '',
    },
    requestId: randomUUID(),
    routeKey: match.routeKey,
    stage: '$default',
    time: commonLogTime(receivedAt),
    timeEpoch: receivedAt,
  };
  return {
    version: '2.0',
    routeKey: match.routeKey,
    rawPath,
    rawQueryString: query,
    ...(cookie === undefined ? {} : { cookies: cookie.split(/; */) }),
    headers,
    ...(parameters === undefined ? {} : { queryStringParameters: parameters }),
    requestContext: context,
    ...(Object.keys(match.pathParameters).length === 0 ? {} : { pathParameters: match.pathParameters }),
    ...encodeBody(body, headers['content-type']),
  };
}

/** HTTP API passes text through and everything else, a body without a type too, as base64. */
export function encodeBody(body: Buffer, contentType: string | undefined): { body?: string; isBase64Encoded: boolean } {
  if (body.length === 0) return { isBase64Encoded: false };
  const type = (contentType ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
  return /^(text\/.+|application\/(json|xml|javascript|[^/]+\+(json|xml)))$/.test(type)
    ? { body: body.toString('utf8'), isBase64Encoded: false }
    : { body: body.toString('base64'), isBase64Encoded: true };
}

function joinHeaders(raw: readonly string[]): Record<string, string> {
  const headers: Record<string, string> = {};
  for (let index = 0; index < raw.length; index += 2) {
    const name = String(raw[index]).toLowerCase();
    const value = String(raw[index + 1]);
    const separator = name === 'cookie' ? '; ' : ',';
    headers[name] = headers[name] === undefined ? value : `${headers[name]}${separator}${value}`;
  }
  return headers;
}

function joinQuery(query: string): Record<string, string> | undefined {
  const parameters: Record<string, string> = {};
  for (const [name, value] of new URLSearchParams(query)) {
    parameters[name] = parameters[name] === undefined ? value : `${parameters[name]},${value}`;
  }
  return Object.keys(parameters).length === 0 ? undefined : parameters;
}

/** A malformed escape stays as it is. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** `22/Nov/2026:14:23:05 +0000` */
function commonLogTime(at: EpochMs): string {
  const [, day, month, year, time] = new Date(at).toUTCString().split(' ');
  return `${day}/${month}/${year}:${time} +0000`;
}

function sendResult(response: ServerResponse, result: APIGatewayProxyResultV2): void {
  const { statusCode, headers = {}, cookies = [], body, isBase64Encoded } = structured(result);
  const bytes = Buffer.from(body ?? '', isBase64Encoded === true ? 'base64' : 'utf8');
  const fields = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)]);
  response.writeHead(statusCode ?? 200, {
    ...Object.fromEntries([['content-type', 'application/json'], ...fields]),
    ...(cookies.length === 0 ? {} : { 'set-cookie': cookies }),
  });
  response.end(bytes);
}

/** What names no status is the body of a 200. */
function structured(result: APIGatewayProxyResultV2): APIGatewayProxyStructuredResultV2 {
  if (typeof result === 'string') return { statusCode: 200, body: result };
  return result?.statusCode === undefined ? { statusCode: 200, body: JSON.stringify(result) } : result;
}
