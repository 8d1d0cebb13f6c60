/** The operators' API as the command asks it: one request, or a listing page by page, and why there is no answer. */

import { type Clock, durationMs, type EpochMs, epochMs, SECOND } from '../time.ts';

/** What is sent; its path begins with `/v1/`. */
export interface Asking {
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE';
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal: AbortSignal;
}

/** Where the API is, and how requests to it show whose they are. */
export interface Connection {
  readonly send: (path: string, asking: Asking) => Promise<Response>;
  /** In words, for an error: `http://127.0.0.1:4600, with the key of .curfew/operator-key`. */
  readonly where: string;
  /** The options that lead there: for a command to be pasted. */
  readonly options: readonly string[];
}

/** The API said no. */
export class Refused extends Error {
  override readonly name = 'Refused';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** The API did not answer. */
export class Unreachable extends Error {
  override readonly name = 'Unreachable';
}

export interface Reply<T> {
  readonly status: number;
  readonly body: T;
}

export interface Api {
  /** Throws `Refused`, unless its status is one of `also`; throws `Unreachable`. */
  ask<T>(method: Asking['method'], path: string, more?: { body?: object; also?: readonly number[] }): Promise<Reply<T>>;
  /** All pages of a listing, in their order; `most` items of them at the most. */
  list<T>(path: string, field: string, options?: ListOptions): Promise<T[]>;
  /** Now, by the clock that decides: the API's, where this machine's differs from it. */
  now(): EpochMs;
  readonly connection: Connection;
}

export interface ListOptions {
  readonly query?: Readonly<Record<string, string>>;
  readonly most?: number;
  /** Told after each page how many there are so far. */
  readonly onPage?: (count: number) => void;
}

export interface ApiParts {
  readonly connection: Connection;
  readonly clock: Clock;
  readonly wait: (ms: number) => Promise<void>;
  /** Ends what is under way. */
  readonly signal: AbortSignal;
}

/** Longer than API Gateway waits for a function. */
const ANSWER_WITHIN_MS = 30_000;

const PAGE_MAX = 100;

/** How often a request that may pass in a moment is made, and how long is waited in between at the most. */
const TRIES_MAX = 4;
const PAUSE_MAX = durationMs(5_000);

/** The `Date` of an answer has whole seconds: what differs by less is one clock. */
const CLOCKS_APART = durationMs(2 * SECOND);

export function operatorApi({ connection, clock, wait, signal }: ApiParts): Api {
  let ahead = 0;
  return { ask, list, now: () => epochMs(clock() + ahead), connection };

  async function ask<T>(
    method: Asking['method'],
    path: string,
    { body, also = [] }: { body?: object; also?: readonly number[] } = {},
  ): Promise<Reply<T>> {
    const headers = body === undefined ? {} : { 'content-type': 'application/json' };
    const content = body === undefined ? {} : { body: JSON.stringify(body) };
    for (let tries = 1; ; tries++) {
      const within = AbortSignal.any([signal, AbortSignal.timeout(ANSWER_WITHIN_MS)]);
      const response = await reach(() => connection.send(path, { method, headers, ...content, signal: within }));
      const told = readJson(await reach(() => response.text()));
      noteClock(response.headers.get('date'));
      const { status } = response;
      if (response.ok || also.includes(status)) return { status, body: told as T };
      // A second key would be made, and the first one be lost.
      const mayPass = (status === 429 || status === 503) && method !== 'POST';
      if (!mayPass || tries === TRIES_MAX) throw new Refused(status, refusalOf(status, told));
      await wait(pauseOf(response.headers.get('retry-after')));
    }
  }

  async function list<T>(path: string, field: string, { query = {}, most, onPage }: ListOptions = {}): Promise<T[]> {
    const items: T[] = [];
    let cursor: string | undefined;
    do {
      const limit = Math.min(PAGE_MAX, (most ?? Number.POSITIVE_INFINITY) - items.length);
      const asked = { ...query, limit: String(limit), ...(cursor === undefined ? {} : { cursor }) };
      const { body } = await ask<Record<string, unknown> & { cursor?: string }>('GET', withQuery(path, asked));
      const page = body[field];
      if (!Array.isArray(page))
        throw new Unreachable(`what answers at ${connection.where} is no Curfew: no "${field}" in it`);
      items.push(...(page as T[]));
      cursor = body.cursor;
      onPage?.(items.length);
    } while (cursor !== undefined && items.length < (most ?? Number.POSITIVE_INFINITY));
    return items;
  }

  async function reach<T>(act: () => Promise<T>): Promise<T> {
    try {
      return await act();
    } catch (error) {
      signal.throwIfAborted();
      throw new Unreachable(`nothing answers at ${connection.where}: ${reasonOf(error)}`);
    }
  }

  function noteClock(date: string | null): void {
    const theirs = date === null ? Number.NaN : Date.parse(date);
    ahead = Math.abs(theirs - clock()) > CLOCKS_APART ? theirs - clock() : 0;
  }

  function refusalOf(status: number, told: unknown): string {
    const { detail, title, message, Message } = (told ?? {}) as Record<string, unknown>;
    const said = [detail, title, message, Message].find((text) => typeof text === 'string');
    const what = said === undefined ? `answered ${status}` : String(said);
    return status === 401 || status === 403 ? `${what} (${connection.where})` : what;
  }
}

/** `undefined` is no JSON, or nothing at all. */
function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The innermost reason: `fetch failed` says nothing. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof AggregateError && error.errors.length > 0) return reasonOf(error.errors[0]);
  return error.cause instanceof Error ? reasonOf(error.cause) : error.message;
}

function pauseOf(retryAfter: string | null): number {
  const seconds = retryAfter !== null && /^\d+$/.test(retryAfter) ? Number(retryAfter) : 1;
  return Math.min(seconds * SECOND, PAUSE_MAX);
}

/**
 * In the order of the alphabet, as it is signed, whoever signs; blanks as `%20`, for a `+` would be signed as what it is.
 */
export function withQuery(path: string, query: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(query)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}=${encoded(value)}`);
  return pairs.length === 0 ? path : `${path}?${pairs.join('&')}`;
}

/** All but what RFC 3986 has as unreserved. */
const encoded = (value: string): string =>
  encodeURIComponent(value).replace(/[!'()*]/g, (found) => `%${found.charCodeAt(0).toString(16).toUpperCase()}`);

/**
 * A path of the API, each part of it as it may be written there. A part of dots would lead elsewhere: whoever sends a request
 * takes it out first, and of the key of a station called `.` would be left the station called `key`.
 */
export function pathOf(...parts: readonly string[]): string {
  const lost = parts.find((part) => /^\.{0,2}$/.test(part));
  if (lost !== undefined) throw new Refused(400, `${JSON.stringify(lost)} cannot stand in a path`);
  return `/v1/${parts.map(encodeURIComponent).join('/')}`;
}
