/** What both applications do with a request before they look at what it wants, and with an error that nobody foresaw. */

import { type Context, Hono } from 'hono';
import type { LambdaEvent } from 'hono/aws-lambda';
import { stationId } from '../names.ts';
import { present } from '../present.ts';
import { BadCursor, Unavailable } from '../service/ports.ts';
import { BODY_BYTES_MAX, fault, type Read } from '../station/message.ts';
import { durationMs } from '../time.ts';
import { badRequest, problem } from './problem.ts';

/** What API Gateway's adapter hands on beside the request itself. */
export interface Bindings {
  readonly event: LambdaEvent;
}

export type AppContext = Context<{ Bindings: Bindings }>;

/** Called with errors that nobody foresaw; the caller of the API learns nothing of them. */
export type Complain = (message: string, error: unknown) => void;

/** An application whose errors are problem documents: 503 for a passing fault, 400 for a bad cursor, 500 for a defect. */
export function createApp(complain: Complain): Hono<{ Bindings: Bindings }> {
  const app = new Hono<{ Bindings: Bindings }>();
  // Not which one: a path may hold a key.
  app.notFound((c) => problem(c, 'no-such-route', { detail: 'this method and path are no route of this API' }));
  app.onError((error, c) => thrown(c, error, complain));
  return app;
}

/** What an error is answered with. */
export function thrown(c: AppContext, error: unknown, complain: Complain): Response {
  if (error instanceof BadCursor) return badRequest(c, [{ field: 'cursor', detail: error.message }]);
  if (error instanceof Unavailable) {
    complain(error.message, error.cause);
    return problem(c, 'unavailable', { detail: `${error.message}; asking again is safe`, retryAfter: RETRY_AFTER });
  }
  complain('unexpected error', error);
  return problem(c, 'unexpected', { detail: 'the error is in the log of this function' });
}

/** Long enough for a throttled table to split or a connection to come back, short enough for a person at a panel. */
const RETRY_AFTER = durationMs(2_000);

/** The bytes of a JSON body, or the response that refuses it. */
export async function readBody(c: AppContext): Promise<Uint8Array | Response> {
  const body = await readBytes(c);
  return body instanceof Response ? body : (refusedType(c, body) ?? body);
}

/** The body's bytes, whatever they are, or the response that refuses so many. */
export async function readBytes(c: AppContext): Promise<Uint8Array | Response> {
  const body = new Uint8Array(await c.req.arrayBuffer());
  if (body.length <= BODY_BYTES_MAX) return body;
  const detail = `body has ${body.length} bytes; at most ${BODY_BYTES_MAX} are read`;
  return problem(c, 'body-too-large', { detail, members: { errors: [{ field: 'body', detail }] } });
}

/** Firmware may leave the type out; a wrong one is a mistake. */
export function refusedType(c: AppContext, body: Uint8Array): Response | undefined {
  const type = c.req.header('content-type')?.split(';')[0]?.trim().toLowerCase();
  if (body.length === 0 || type === undefined || type === 'application/json' || type.endsWith('+json'))
    return undefined;
  const detail = `content-type is "${type.slice(0, 100)}"; send application/json`;
  return problem(c, 'not-json', { detail, members: { errors: [{ field: 'content-type', detail }] } });
}

/** Of a path parameter that names a station: safe in keys, logs and addresses alike. */
export const isStationId = (text: string): boolean => stationId.safeParse(text).success;

/** Longer than any that a listing gives out: it holds the key of one item, which names a user. */
const CURSOR_LENGTH_MAX = 1_024;

/** As many as a page may have: one batch read. */
export const LIMIT_MAX = 100;

/** @param filters the other parameters that the route knows: one that is misspelt would filter nothing */
export function readPageQuery(c: AppContext, ...filters: string[]): Read<{ limit: number; cursor?: string }> {
  const { limit = String(LIMIT_MAX), cursor, ...others } = c.req.query();
  const unknown = Object.keys(others).find((name) => !filters.includes(name));
  if (unknown !== undefined) {
    return fault(unknown, `is no parameter of this route; there are ${[...filters, 'limit', 'cursor'].join(', ')}`);
  }
  if (cursor !== undefined && cursor.length > CURSOR_LENGTH_MAX) throw new BadCursor();
  const number = /^\d{1,3}$/.test(limit) ? Number(limit) : 0;
  if (number < 1 || number > LIMIT_MAX) return fault('limit', `must be a whole number from 1 to ${LIMIT_MAX}`);
  return { ok: true, value: { limit: number, ...present({ cursor }) } };
}
