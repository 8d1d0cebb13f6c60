/** Sends one delivery until it is answered: again and again with the same id, so that nothing is done twice. */
import { type Heard, isSuccess } from './answers.ts';
import type { Prove } from './proof.ts';

/** What a test sets, and a device without one of these brings along. */
export interface Platform {
  readonly fetch: typeof fetch;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  /** From 0, inclusive, to 1, exclusive. */
  readonly random: () => number;
  /** Resolves after so many milliseconds, or as soon as the signal says so. */
  readonly wait: (ms: number, signal?: AbortSignal) => Promise<void>;
}

export interface Letter {
  readonly url: string;
  readonly id: string;
  readonly body: string;
  readonly prove: Prove;
}

export interface Patience {
  /** One try is given so long. */
  readonly answerWithinMs: number;
  /** No try begins later than this after the first; 0 is a single try. */
  readonly giveUpAfterMs: number;
}

/**
 * Curfew did not answer, however often it was asked. What was said may have been heard all the same: whoever says it again
 * later gives it the same `id`.
 */
export class Unreachable extends Error {
  override readonly name = 'Unreachable';
  readonly id: string;

  constructor(message: string, cause?: unknown, id = '') {
    super(message, { cause });
    this.id = id;
  }
}

/** Full jitter, as AWS has it ("Exponential Backoff And Jitter"): stations that failed together do not come back together. */
const BACKOFF_FIRST_MS = 250;
const BACKOFF_MAX_MS = 8_000;

/** Resolves to Curfew's answer, whatever it says. Throws `Unreachable`. */
export async function deliver(letter: Letter, platform: Platform, patience: Patience): Promise<Heard> {
  const { clock, random, wait } = platform;
  const giveUpAt = clock() + patience.giveUpAfterMs;
  for (let tries = 1; ; tries += 1) {
    const outcome = await attempt(letter, platform, patience.answerWithinMs);
    if ('heard' in outcome && isFinal(outcome.heard)) return outcome.heard;
    const backoffMs = random() * Math.min(BACKOFF_MAX_MS, BACKOFF_FIRST_MS * 2 ** (tries - 1));
    const waitMs = ('heard' in outcome ? retryAfterMs(outcome.heard, clock()) : 0) + backoffMs;
    if (clock() + waitMs >= giveUpAt) {
      const came = 'heard' in outcome ? `answered ${outcome.heard.status}` : 'not answered';
      const message = `${letter.url} was ${came}, tried ${tries === 1 ? 'once' : `${tries} times`}`;
      throw new Unreachable(message, 'heard' in outcome ? outcome.heard.body : outcome.error, letter.id);
    }
    await wait(waitMs);
  }
}

type Outcome = { readonly heard: Heard } | { readonly error: unknown };

async function attempt(
  { url, id, body, prove }: Letter,
  { fetch, clock }: Platform,
  withinMs: number,
): Promise<Outcome> {
  // A new timestamp each time, or a late try would be taken for a replay.
  const proof = await prove({ id, now: clock(), body });
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...proof },
      body,
      // A key is not carried to wherever somebody in between points.
      redirect: 'manual',
      signal: AbortSignal.timeout(withinMs),
    });
    const { status, headers } = response;
    return { heard: { status, headers, body: objectOf(await response.text()) } };
  } catch (error) {
    return { error };
  }
}

/** Request Timeout, Too Early, Too Many Requests: the same will be heard another time (RFC 9110, 8470, 6585). */
const PASSING: ReadonlySet<number> = new Set([408, 425, 429]);

/**
 * Whether asking again would not help. A success that says nothing, or a redirection, is not from Curfew but from something in
 * between, as networks have that want a login of their own.
 */
function isFinal(heard: Heard): boolean {
  if (isSuccess(heard)) return typeof heard.body.outcome === 'string';
  return heard.status >= 400 && heard.status < 500 && !PASSING.has(heard.status);
}

function retryAfterMs({ headers }: Heard, now: number): number {
  const text = headers.get('retry-after') ?? '';
  const lengthMs = /^\d+$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - now;
  return Number.isNaN(lengthMs) ? 0 : Math.max(0, lengthMs);
}

function objectOf(text: string): Heard['body'] {
  try {
    const body: unknown = JSON.parse(text);
    return typeof body === 'object' && body !== null ? (body as Heard['body']) : {};
  } catch {
    return {};
  }
}
