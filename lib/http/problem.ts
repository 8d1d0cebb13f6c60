/** Errors as RFC 9457 problem documents: what is wrong, in a sentence for whoever reads it, and in fields for programs. */
import type { Answer } from '../answer.ts';
import type { Fault } from '../station/fault.ts';
import { type DurationMs, SECOND } from '../time.ts';

/** The kinds of problem; each is the last part of its document's `type`. */
export const TITLES = {
  'bad-request': [400, 'The request cannot be understood'],
  'not-authenticated': [401, 'Who calls is unknown'],
  'logon-expired': [401, 'The user must log in again'],
  forbidden: [403, 'Not for this caller'],
  'no-such-station': [404, 'No such station'],
  'no-such-session': [404, 'No such session'],
  'no-such-realm': [404, 'No such realm'],
  'no-webhook': [404, 'The realm has no webhook'],
  'no-such-route': [404, 'No such route'],
  'seat-taken': [409, 'The seat is taken'],
  'session-ended': [410, 'The session has ended'],
  'session-invalidated': [410, 'The session has lost its seat'],
  'no-session': [410, 'No session is open here'],
  'login-overtaken': [410, 'This login is from the past'],
  'body-too-large': [413, 'The body is too large'],
  'not-json': [415, 'The body must be JSON'],
  'unknown-dialect': [415, 'The body is in no dialect that is read of this station'],
  'too-fast': [429, 'Too fast'],
  unexpected: [500, 'Something went wrong here'],
  unavailable: [503, 'Try again'],
} as const satisfies Record<string, readonly [number, string]>;

export type ProblemKind = keyof typeof TITLES;

const CHALLENGES = 'Bearer, Basic realm="curfew", charset="UTF-8"';

export interface Problem {
  readonly detail: string;
  /** Further members of the document. */
  readonly members?: Record<string, unknown>;
  readonly retryAfter?: DurationMs;
}

export function problem(kind: ProblemKind, { detail, members, retryAfter }: Problem): Answer {
  const [status, title] = TITLES[kind];
  const headers: Record<string, string> = { 'content-type': 'application/problem+json' };
  if (retryAfter !== undefined) headers['retry-after'] = String(Math.max(1, Math.ceil(retryAfter / SECOND)));
  // A station whose key is good is not to believe that it is not: what is asked for is the user's logon. Any other may be one
  // whose firmware sends no password unasked.
  if (status === 401) headers['www-authenticate'] = kind === 'logon-expired' ? 'Curfew-Logon' : CHALLENGES;
  const body = JSON.stringify({ type: `${TYPE}${kind}`, title, status, detail, ...members });
  return { status, headers, body };
}

const TYPE = 'urn:curfew:problem:';

/** Which problem an answer of ours is; `undefined` where it is none. */
export function problemIn({ status, headers, body }: Answer): ProblemKind | undefined {
  if (status < 400 || headers['content-type'] !== 'application/problem+json') return undefined;
  const { type } = JSON.parse(body) as { readonly type: string };
  const kind = type.slice(TYPE.length);
  return kind in TITLES ? (kind as ProblemKind) : undefined;
}

/** Each fault by the field at fault; the detail repeats the first, so that a log line alone says enough. */
export function badRequest(faults: readonly Fault[]): Answer {
  const detail = faults.map((fault) => `${fault.field} ${fault.detail}`).join('; ');
  return problem('bad-request', { detail, members: { errors: faults } });
}
