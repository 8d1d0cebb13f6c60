/** What both applications do with a request before they look at what it wants, and with an error that nobody foresaw. */
import type * as z from 'zod/mini';
import type { Answer } from '../answer.ts';
import { present } from '../present.ts';
import type { Caller, Handlers } from '../routes.ts';
import { BadCursor, Unavailable } from '../service/ports.ts';
import { type Body, bytesMaxOf, codingFault, contentTypeOf, readJson, repairFault, saidBody } from '../station/body.ts';
import { fault, faultsOf, type Read } from '../station/fault.ts';
import { saidOf } from '../station/unsaid.ts';
import { durationMs } from '../time.ts';
import { badRequest, problem } from './problem.ts';

/** A request as a plain value, whatever brought it. */
export interface HttpRequest extends Body {
  /** By its name in lower case; one that is empty is none. */
  readonly header: (name: string) => string | undefined;
  readonly headerNames: readonly string[];
  /** As it stands in the address. */
  readonly query: string;
  /** Whom API Gateway's IAM authorizer let in: their ARN. Without an authorizer in front nobody is anybody. */
  readonly principal?: string;
  /** The client's (PEM), where the domain asks for one. */
  readonly certificate?: string;
}

/** What answers the routes of these callers. */
export type App<C extends Caller, Request = HttpRequest> = Handlers<C, Request, Answer | Promise<Answer>>;

/** Called with errors that nobody foresaw; the caller of the API learns nothing of them. */
export type Complain = (message: string, error: unknown) => void;

/** What an error is answered with: 503 for a passing fault, 400 for a bad cursor, 500 for a defect. */
export function thrown(error: unknown, complain: Complain): Answer {
  if (error instanceof BadCursor) return badRequest([{ field: 'cursor', detail: error.message }]);
  if (error instanceof Unavailable) {
    complain(error.message, error.cause);
    return problem('unavailable', { detail: `${error.message}; asking again is safe`, retryAfter: RETRY_AFTER });
  }
  complain('unexpected error', error);
  return problem('unexpected', { detail: 'the error is in the log of this function' });
}

/** Long enough for a throttled table to split or a connection to come back, short enough for a person at a panel. */
const RETRY_AFTER = durationMs(2_000);

/** What refuses a body that is too large, whatever is in it. */
export function refusedSize(request: HttpRequest): Answer | undefined {
  const { length } = request.body;
  const most = bytesMaxOf(request);
  if (length <= most) return undefined;
  const detail = `body has ${length} bytes; at most ${most} are read`;
  return problem('body-too-large', { detail, members: { errors: [{ field: 'body', detail }] } });
}

/** What refuses a body that says that it is no JSON. Who leaves the type out may send JSON; a wrong one is a mistake. */
export function refusedType(request: HttpRequest): Answer | undefined {
  const { type } = contentTypeOf(request);
  const isJson = type === '' || type === 'application/json' || type.endsWith('+json');
  const { field, detail } = isJson
    ? (codingFault(request) ?? {})
    : { field: 'content-type', detail: `is "${type.slice(0, 100)}"; send application/json` };
  if (request.body.length === 0 || field === undefined) return undefined;
  return problem('not-json', { detail: `${field} ${detail}`, members: { errors: [{ field, detail }] } });
}

/** Longer than any that a listing gives out: it holds the key of one item, which names a user. */
const CURSOR_LENGTH_MAX = 1_024;

/** As many as a page may have: one batch read. */
export const LIMIT_MAX = 100;

export type Query = ReadonlyMap<string, string>;

/** Of a parameter that stands there twice, the first. */
export function queryOf({ query }: Pick<HttpRequest, 'query'>): Query {
  const parameters = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(query)) if (!parameters.has(name)) parameters.set(name, value);
  return parameters;
}

export interface Asked {
  readonly query: Query;
  readonly limit: number;
  readonly cursor?: string;
}

/**
 * What the address asks. A parameter that stands there twice is refused, for two readers could take different ones.
 *
 * @param filters the other parameters that the route knows: one that is misspelt would filter nothing
 */
export function readQuery(request: Pick<HttpRequest, 'query'>, ...filters: string[]): Read<Asked> {
  if (!isUnicode(request.query)) return fault('query', 'must be UTF-8, percent-encoded');
  const query = queryOf(request);
  const known = [...filters, 'limit', 'cursor'];
  const unknown = [...query.keys()].find((name) => !known.includes(name));
  if (unknown !== undefined) return fault(unknown, `is no parameter of this route; there are ${known.join(', ')}`);
  const names = [...new URLSearchParams(request.query).keys()];
  const twice = names.find((name, n) => names.indexOf(name) !== n);
  if (twice !== undefined) return fault(twice, 'stands there more than once');
  const cursor = query.get('cursor');
  if (cursor !== undefined && cursor.length > CURSOR_LENGTH_MAX) throw new BadCursor();
  const limit = query.get('limit') ?? String(LIMIT_MAX);
  const number = /^\d{1,3}$/.test(limit) ? Number(limit) : 0;
  if (number < 1 || number > LIMIT_MAX) return fault('limit', `must be a whole number from 1 to ${LIMIT_MAX}`);
  return { ok: true, value: { query, limit: number, ...present({ cursor }) } };
}

/** What is not would be repaired, and one name be taken for another. */
function isUnicode(query: string): boolean {
  try {
    return !decodeURIComponent(query).includes('\ufffd');
  } catch {
    return false;
  }
}

type Fields<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly answer: Answer };

/** What the body says, or the answer that refuses it. Who sends none says nothing. */
export function readFields<T extends z.ZodMiniObject>(request: HttpRequest, schema: T): Fields<z.infer<T>> {
  const body = saidBody(request.body);
  const refused = refusedSize(request) ?? refusedType({ ...request, body });
  if (refused !== undefined) return { ok: false, answer: refused };
  const repaired = repairFault(request);
  if (repaired !== undefined) return { ok: false, answer: badRequest([repaired]) };
  const json: Read<unknown> = body.length === 0 ? { ok: true, value: {} } : readJson(body);
  if (!json.ok) return { ok: false, answer: badRequest(json.faults) };
  const known = new Set(Object.keys(schema.def.shape));
  const isObject = typeof json.value === 'object' && json.value !== null && !Array.isArray(json.value);
  const parsed = schema.safeParse(isObject ? saidOf(json.value as object, known) : json.value);
  return parsed.success ? { ok: true, value: parsed.data } : { ok: false, answer: badRequest(faultsOf(parsed.error)) };
}
