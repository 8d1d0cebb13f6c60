/** One try to tell a realm's receiver of one event, and what is done after it. */
import type { Realms } from '../session/policy.ts';
import type { Clock, DurationMs } from '../time.ts';
import type { Masters } from './keys.ts';
import { pauseAfter, readSessionEvent, TRIES_MAX, verdictOn, type WebhookRequest, webhookRequest } from './webhook.ts';

/** A message of the queue in which events wait. */
export interface Waiting {
  readonly text: string;
  /** Names this receipt of it to the queue. */
  readonly receipt: string;
  /** Counted from 1, this one included. */
  readonly tries: number;
}

export interface DeliveryParts {
  readonly realms: Realms;
  readonly master: () => Promise<Masters>;
  readonly clock: Clock;
  /** The answer's status; throws where there was none. */
  readonly post: (request: WebhookRequest) => Promise<number>;
  /** When a message is to be tried again, and where one goes that never will be. */
  readonly queue: {
    readonly postpone: (receipt: string, pause: DurationMs) => Promise<void>;
    readonly bury: (text: string, why: string) => Promise<void>;
  };
  /** Told of each try. Nothing of what was answered but its status. */
  readonly observe: (tried: Tried) => void;
  readonly complain: (message: string, error: unknown) => void;
}

export interface Tried {
  readonly realm: string;
  readonly id: string;
  readonly tries: number;
  /** The status, or the name that Node has for what went wrong. */
  readonly answer: number | string;
}

/** Resolves to whether the message is done with. Never rejects: what goes wrong here is tried again. */
export function createDelivery(parts: DeliveryParts): (waiting: Waiting) => Promise<boolean> {
  return async (waiting) => {
    try {
      return await deliver(parts, waiting);
    } catch (error) {
      parts.complain('an event could not be told', error);
      return false;
    }
  };
}

async function deliver(parts: DeliveryParts, { text, receipt, tries }: Waiting): Promise<boolean> {
  const { realms, master, clock, post, queue, observe } = parts;
  const event = readSessionEvent(text);
  if (event === undefined) {
    await queue.bury(text, 'it is no event of a session');
    return true;
  }
  const request = await webhookRequest(event, { realms, masters: await master(), now: clock() });
  // The realm has dropped its webhook since, or this event from it.
  if (request === undefined) return true;
  const answer = await post(request).catch(reasonOf);
  observe({ realm: request.realm, id: request.id, tries, answer });
  switch (verdictOn(typeof answer === 'number' ? answer : undefined)) {
    case 'taken':
      return true;
    case 'gone':
      // Before it leaves the queue: a crash in between leaves two letters, not none.
      await queue.bury(text, 'the receiver answered 410 Gone: it wants no more');
      return true;
    case 'again':
      if (tries >= TRIES_MAX) {
        await queue.bury(text, `not taken in ${tries} tries; the last was answered ${answer}`);
        return true;
      }
      await queue.postpone(receipt, pauseAfter(tries));
      return false;
  }
}

/** The platform's own word for it: what the other side wrote, into a certificate perhaps, is not repeated. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  const { code } = (error.cause ?? error) as { code?: unknown };
  return typeof code === 'string' ? code : error.name;
}
