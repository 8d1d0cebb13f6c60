/**
 * The API's description (OpenAPI 3.1), made from what the API itself goes by: the routes, the schemas by which bodies are
 * checked, and the kinds of problem. What is added here is prose, and which answer comes from where.
 */

import * as z from 'zod/mini';
import { stationId } from '../names.ts';
import { ROUTES, type Route, type RouteKey } from '../routes.ts';
import { OPEN_RUNGS } from '../session/seat.ts';
import { EVENT_TYPES } from '../session/word.ts';
import { type Body, bodySchemas } from './openapi-bodies.ts';
import { OPERATIONS, type Operation } from './openapi-operations.ts';
import { ANSWERS, type JsonSchema, problemName, ref } from './openapi-schemas.ts';
import { type ProblemKind, TITLES } from './problem.ts';
import { LIMIT_MAX } from './request.ts';

const PARAMETERS: Readonly<Record<string, JsonSchema>> = {
  get station() {
    const { $schema: _, ...schema } = z.toJSONSchema(stationId);
    return schema;
  },
  session: { type: 'string' },
  realm: { type: 'string' },
  user: { type: 'string', minLength: 1 },
  key: { type: 'string', minLength: 1, format: 'password' },
  event: { type: 'string', enum: [...EVENT_TYPES, 'events'] },
};

/** Those that are more than a text. */
const instantOf = (description: string): JsonSchema => ({ type: 'string', format: 'date-time', description });
const FINDING: Readonly<Record<string, JsonSchema>> = {
  find: { type: 'string', minLength: 1, description: 'A part of a name, whatever its case.' },
  session: { type: 'string', pattern: '^[0-9a-z]{1,11}$', description: 'How a handle begins: up to its first dot.' },
  at: instantOf('Those that went on at this instant.'),
  from: instantOf('Those that ended then or later.'),
  until: instantOf('Those that had ended by then.'),
};

const QUERY: Readonly<Record<string, JsonSchema>> = {
  user: { type: 'string', minLength: 1 },
  rung: { type: 'string', enum: OPEN_RUNGS },
  ...FINDING,
  health: { type: 'string', enum: ['true'] },
  limit: { type: 'integer', minimum: 1, maximum: LIMIT_MAX, default: LIMIT_MAX },
  cursor: { type: 'string', description: 'From the page before.' },
};

/** What a caller can meet on any route of theirs, and how they say who they are. */
const CALLERS: Readonly<Record<Route['caller'], { problems: readonly ProblemKind[]; security: readonly object[] }>> = {
  anyone: { problems: [], security: [{}] },
  station: {
    problems: ['unexpected', 'unavailable'],
    security: [{ stationKey: [] }, { stationBasic: [] }, { webhookId: [], webhookTimestamp: [], webhookSignature: [] }],
  },
  operator: { problems: ['forbidden', 'unexpected', 'unavailable'], security: [{ operatorKey: [] }, { iam: [] }] },
};

const SECURITY_SCHEMES = {
  stationKey: {
    type: 'http',
    scheme: 'bearer',
    description: 'A station’s key, where its `proof` is `bearer` (the default).',
  },
  stationBasic: {
    type: 'http',
    scheme: 'basic',
    description: 'The station’s id and its key, where its `proof` is `basic`.',
  },
  webhookId: {
    type: 'apiKey',
    in: 'header',
    name: 'webhook-id',
    description: 'Standard Webhooks, where the station’s `proof` is `signature`: the id of the delivery.',
  },
  webhookTimestamp: {
    type: 'apiKey',
    in: 'header',
    name: 'webhook-timestamp',
    description: 'Standard Webhooks: seconds since 1970, five minutes off at most.',
  },
  webhookSignature: {
    type: 'apiKey',
    in: 'header',
    name: 'webhook-signature',
    description:
      'Standard Webhooks: `v1,` and the HMAC-SHA256 of `<id>.<timestamp>.<body>`; several with blanks between.',
  },
  operatorKey: { type: 'http', scheme: 'bearer', description: 'On one machine (`npm start`): the operator key.' },
  iam: {
    type: 'apiKey',
    in: 'header',
    name: 'authorization',
    description: 'In AWS: Signature Version 4 for `execute-api`, by a principal that may invoke the route.',
    'x-amazon-apigateway-authtype': 'awsSigv4',
  },
};

/** By their names, and the statuses that bring them. */
const HEADERS: Readonly<Record<string, { of: readonly number[]; header: object }>> = {
  'Retry-After': {
    of: [409, 429, 503],
    header: { description: 'In how many seconds to ask again.', schema: { type: 'integer', minimum: 1 } },
  },
  'WWW-Authenticate': {
    of: [401],
    header: {
      description:
        '`Bearer` and `Basic` to a station, `Bearer` to an operator; `Curfew-Logon` where it is the user who must log in.',
      schema: { type: 'string' },
    },
  },
};

let made: object | undefined;

/** Made when it is first asked for: most functions are never asked. */
export function openApi(): object {
  made ??= {
    openapi: '3.1.1',
    info: {
      title: 'Curfew',
      version: '1',
      summary: 'Sessions that always end.',
      description:
        'Stations say what has happened at them; operators see who is logged in where, until when, and why not. ' +
        'Instants are RFC 3339 in UTC, lengths ISO 8601. Errors are problem documents (RFC 9457).',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
    paths: paths(),
    components: {
      schemas: { ...bodySchemas(), ...ANSWERS },
      securitySchemes: SECURITY_SCHEMES,
    },
  };
  return made;
}

const TAGS: Readonly<Record<Route['caller'], string>> = {
  station: 'For stations: printers, release stations, web applications, gateways.',
  operator: 'For operators.',
  anyone: 'For anyone.',
};

function paths(): object {
  const byPath: Record<string, Record<string, unknown>> = {};
  for (const { method, path, caller } of ROUTES) {
    const key = `${method} ${path}` as RouteKey;
    byPath[path] = { ...byPath[path], [method.toLowerCase()]: operationOf(key, path, caller) };
  }
  return byPath;
}

function operationOf(key: RouteKey, path: string, caller: Route['caller']): object {
  const { id, summary, description, query = [], body } = OPERATIONS[key];
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
  const parameters = [
    ...inPath.map((name) => ({ name, in: 'path', required: true, schema: PARAMETERS[name] })),
    ...query.map((name) => ({ name, in: 'query', schema: QUERY[name] ?? { type: 'string' } })),
  ];
  return {
    operationId: id,
    summary,
    ...(description === undefined ? {} : { description }),
    tags: [caller],
    // Who knows the URL needs nothing more.
    security: inPath.includes('key') ? [{}] : CALLERS[caller].security,
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === undefined ? {} : { requestBody: requestBody(body) }),
    responses: responses(OPERATIONS[key], caller, inPath.length > 0),
  };
}

/** Where every field may be left out, so may the body: a station’s event may say all that there is in its path. */
const requestBody = (body: Body): object => ({
  required: body !== 'Message' && body !== 'KeyRequest',
  content: { 'application/json': { schema: ref(body) }, ...(body === 'Message' ? OTHER_DIALECTS : {}) },
});

function responses({ answers, problems = [] }: Operation, caller: Route['caller'], isNamed: boolean): object {
  const kinds = [...new Set([...problems, ...CALLERS[caller].problems, ...(isNamed ? NO_ROUTE : [])])];
  const refused = [...kinds.map((kind) => TITLES[kind][0]), ...OF_THE_GATEWAY, ...(caller === 'operator' ? [401] : [])];
  const statuses = [...new Set(refused)].sort((a, b) => a - b);
  return Object.fromEntries([
    ...Object.entries(answers).map(([status, answer]) => [status, answerOf(answer, caller)]),
    ...statuses.map((status) => [status, refusalOf(status, kinds, caller)]),
  ]);
}

function answerOf(answer: string | undefined, caller: Route['caller']): object {
  if (answer === undefined) return { description: 'Done.' };
  const content = { 'application/json': { schema: ref(answer) }, ...(caller === 'station' ? SOAP : {}) };
  return { description: 'Done.', content };
}

function refusalOf(status: number, kinds: readonly ProblemKind[], caller: Route['caller']): object {
  const here = kinds.filter((kind) => TITLES[kind][0] === status);
  const ofCaller = caller === 'operator' && (status === 401 || status === 403) ? ['OperatorRefusal'] : [];
  const schemas = [...here.map(problemName), ...ofCaller].map(ref);
  const [only] = schemas;
  const problems = schemas.length === 1 ? only : { anyOf: schemas };
  const headers = Object.entries(HEADERS).filter(([, { of }]) => of.includes(status));
  return {
    description: [...here.map((kind) => TITLES[kind][1]), ...(here.length === 0 ? [SAID[status]] : [])].join(' / '),
    ...(headers.length === 0
      ? {}
      : { headers: Object.fromEntries(headers.map(([name, { header }]) => [name, header])) }),
    content: {
      ...(schemas.length === 0 ? {} : { 'application/problem+json': { schema: problems } }),
      ...(caller === 'station' && FAULTS.includes(status) ? SOAP : {}),
      ...(OF_THE_GATEWAY.includes(status) ? { 'application/json': { schema: ref('GatewayRefusal') } } : {}),
    },
  };
}

/** What API Gateway may answer by itself, to anyone. */
const OF_THE_GATEWAY = [403, 413, 429, 500, 503];
const SAID: Readonly<Record<number, string>> = {
  401: 'Nobody known asks',
  403: 'Not for this caller',
  413: 'The body is too large',
  429: 'Too many requests',
  500: 'Something went wrong',
  503: 'Try again',
};

/** Where a station speaks SOAP it is answered so; a Fault has one of these. */
const SOAP = { 'text/xml': { schema: { type: 'string' } }, 'application/soap+xml': { schema: { type: 'string' } } };
const FAULTS = [400, 500];

/** docs/dialects.md has them in full. */
const OTHER_DIALECTS = {
  'application/cloudevents+json': { schema: ref('CloudEvent') },
  'application/x-www-form-urlencoded': { schema: ref('Form') },
  ...SOAP,
};

/** A name of nothing but dots is a path of its own to whatever reads the address. */
const NO_ROUTE = ['no-such-route'] as const;
