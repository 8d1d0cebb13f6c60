/**
 * The API's description (OpenAPI 3.1), made from what the API itself goes by: the routes, the schemas by which bodies are
 * checked, and the kinds of problem. What is added here is prose, and which answer comes from where.
 */

import * as z from 'zod/mini';
import { stationId } from '../names.ts';
import { namesIn, ROUTES, type Route, type RouteKey } from '../routes.ts';
import { ACTIONS } from '../service/ports.ts';
import { OPEN_RUNGS } from '../session/seat.ts';
import { type Body, bodySchemas } from './openapi-bodies.ts';
import { EVENTS, isForEvents, OPERATIONS, type Operation, operationOfEvent } from './openapi-operations.ts';
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
};

/** Those that are more than a text. */
const instantOf = (description: string): JsonSchema => ({ type: 'string', format: 'date-time', description });
const FINDING: Readonly<Record<string, JsonSchema>> = {
  find: { type: 'string', description: 'A part of a name, whatever its case; an empty one is in every name.' },
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
  dryRun: { type: 'string', enum: ['true'] },
  since: { type: 'string', format: 'date-time', description: 'From then on.' },
  until: { type: 'string', format: 'date-time', description: 'Before then.' },
  by: { type: 'string', description: 'What stands in the principal: a name, an ARN, or a part of one.' },
  action: { type: 'string', enum: ACTIONS },
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

/** @param version which Curfew answers */
export function openApi(version: string): object {
  return forGenerators({
    openapi: '3.1.1',
    info: {
      title: 'Curfew',
      version,
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
  });
}

/** `enum` of one value says what `const` says, and every generator of clients reads it; of `true` alone none does. */
function forGenerators<Part>(part: Part): Part {
  if (Array.isArray(part)) return part.map(forGenerators) as Part;
  if (typeof part !== 'object' || part === null) return part;
  const { const: only, ...rest } = part as { readonly const?: unknown };
  const members = Object.entries(rest).map(([name, member]) => [name, forGenerators(member)]);
  if (typeof only === 'number') members.push(['type', 'integer'], ['enum', [only]]);
  else if (typeof only !== 'undefined')
    members.push(['type', typeof only], ...(typeof only === 'string' ? [['enum', [only]]] : []));
  return Object.fromEntries(members) as Part;
}

const TAGS: Readonly<Record<Route['caller'], string>> = {
  station: 'For stations: printers, release stations, web applications, gateways.',
  operator: 'For operators.',
  anyone: 'For anyone.',
};

function paths(): object {
  const byPath: Record<string, Record<string, unknown>> = {};
  for (const { method, path, caller } of ROUTES) {
    for (const [described, operation] of operationsOf(`${method} ${path}` as RouteKey, path)) {
      byPath[described] = { ...byPath[described], [method.toLowerCase()]: operationOf(operation, described, caller) };
    }
  }
  return byPath;
}

function operationsOf(key: RouteKey, path: string): [path: string, operation: Operation][] {
  if (!isForEvents(key)) return [[path, OPERATIONS[key]]];
  const events = Object.keys(EVENTS) as (keyof typeof EVENTS)[];
  return events.map((event) => [path.replace('{event}', event), operationOfEvent(key, event)]);
}

function operationOf(operation: Operation, path: string, caller: Route['caller']): object {
  const { id, summary, description, query = [], body } = operation;
  const inPath = namesIn(path);
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
    ...(body === undefined ? {} : { requestBody: requestBody(body, path.endsWith('/events')) }),
    responses: responses(operation, caller, inPath.length > 0),
  };
}

/** Where every field may be left out, so may the body: a station’s event may say all that there is in its path. */
const requestBody = (body: Body, inAnyDialect: boolean): object => ({
  required: bodySchemas()[body]?.required !== undefined,
  content: { 'application/json': { schema: ref(body) }, ...(inAnyDialect ? OTHER_DIALECTS : {}) },
});

function responses({ answers, problems = [] }: Operation, caller: Route['caller'], isNamed: boolean): object {
  const kinds = [...new Set([...problems, ...CALLERS[caller].problems, ...(isNamed ? NO_ROUTE : [])])];
  const refused = [...kinds.map((kind) => TITLES[kind][0]), ...OF_THE_GATEWAY, ...(caller === 'operator' ? [401] : [])];
  const statuses = [...new Set(refused)].sort((a, b) => a - b);
  return Object.fromEntries([
    ...Object.entries(answers).map(([status, answer]) => [status, answerOf(answer)]),
    ...statuses.map((status) => [status, refusalOf(status, kinds, caller)]),
  ]);
}

const answerOf = (answer: string | undefined): object => ({
  description: 'Done.',
  ...(answer === undefined ? {} : { content: { 'application/json': { schema: ref(answer) } } }),
});

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

/**
 * Understood at every event's path, and described at one: docs/dialects.md has them in full, and XML, which is answered in XML
 * and which no schema here could describe.
 */
const OTHER_DIALECTS = {
  'application/cloudevents+json': { schema: ref('CloudEvent') },
  'application/x-www-form-urlencoded': { schema: ref('Form') },
};

/** A name of nothing but dots is a path of its own to whatever reads the address. */
const NO_ROUTE = ['no-such-route'] as const;
