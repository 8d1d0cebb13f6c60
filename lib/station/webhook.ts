/**
 * What is sent to whom when something has become of a session, and what its answer means: pure, but for the signature's
 * algorithm. The other direction, what stations sign, is in proof.ts.
 */
import { createHash } from 'node:crypto';
import * as z from 'zod/mini';
import { prover } from '../client/proof.ts';
import type { Realms } from '../session/policy.ts';
import { type DurationMs, durationMs, type EpochMs, HOUR, SECOND } from '../time.ts';
import { type Masters, webhookSecrets } from './keys.ts';

/** As the bus has it; of the detail, what is needed here. */
const eventSchema = z.object({
  'detail-type': z.string(),
  detail: z.looseObject({ id: z.string(), realm: z.string(), at: z.string() }),
});

export type SessionEvent = z.infer<typeof eventSchema>;

/** `undefined` where the text is no event of a session. */
export function readSessionEvent(text: string): SessionEvent | undefined {
  try {
    return eventSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/** Whether its realm has somebody told of it. */
export function isWanted({ 'detail-type': type, detail: { realm } }: SessionEvent, realms: Realms): boolean {
  const events: readonly string[] = realms.get(realm)?.webhook?.events ?? [];
  return events.includes(type);
}

export interface WebhookRequest {
  readonly realm: string;
  /** Of each try the same, as is `body`: by it a receiver knows a repeat. */
  readonly id: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** One try's request: signed as of `now`, for a receiver refuses what was signed five minutes ago. */
export async function webhookRequest(
  event: SessionEvent,
  { realms, masters, now }: { readonly realms: Realms; readonly masters: Masters; readonly now: EpochMs },
): Promise<WebhookRequest | undefined> {
  const { 'detail-type': type, detail } = event;
  const webhook = realms.get(detail.realm)?.webhook;
  if (webhook === undefined || !isWanted(event, realms)) return undefined;
  const id = idOf(detail.id);
  const body = JSON.stringify({ type, timestamp: detail.at, data: detail });
  const signed = await Promise.all(
    webhookSecrets(masters, detail.realm, webhook.generation).map((secret) =>
      prover('signature', '', secret)({ id, now, body }),
    ),
  );
  const headers = {
    'content-type': 'application/json',
    'user-agent': 'curfew',
    ...signed[0],
    'webhook-signature': signed.map((headers) => headers['webhook-signature']).join(' '),
  };
  return { realm: detail.realm, id, url: webhook.url, headers, body };
}

/** The event's own id has full stops, which Standard Webhooks puts between what it signs, and the user's name, which is not for headers. */
const idOf = (id: string): string => `msg_${createHash('sha256').update(id).digest('base64url').slice(0, 27)}`;

/** What an answer means; 410 is Standard Webhooks' word for "never again". Redirects are not followed, and so no success. */
export function verdictOn(status: number | undefined): 'taken' | 'gone' | 'again' {
  if (status === 410) return 'gone';
  return status !== undefined && status >= 200 && status < 300 ? 'taken' : 'again';
}

/**
 * So often is one event tried, and then becomes a dead letter: 22 hours and 45 minutes after the first try, so that a
 * gateway which was down all night hears of the evening.
 */
export const TRIES_MAX = 15;

/** SQS hides a message no longer, counted from when it was received. */
const PAUSE_MAX = durationMs(12 * HOUR - SECOND);

/** From that try, counted from 1, to the next: 5 s, and twice as long each time. */
export const pauseAfter = (tries: number): DurationMs =>
  durationMs(Math.min(PAUSE_MAX, 5 * SECOND * 2 ** (Math.max(1, tries) - 1)));
