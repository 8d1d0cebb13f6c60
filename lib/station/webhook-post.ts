/** Sends a webhook's request by HTTPS, and looks at nothing of its answer but the status. */
import type { WebhookRequest } from './webhook.ts';

/** A receiver takes an event and works on it afterwards. */
export const PATIENCE_MS = 5_000;

/** Throws where nothing was answered in time. */
export async function postWebhook({ url, headers, body }: WebhookRequest, patienceMs = PATIENCE_MS): Promise<number> {
  const answer = await fetch(url, {
    method: 'POST',
    headers,
    body,
    // Whoever answers for that address must not send what we sign to another.
    redirect: 'manual',
    signal: AbortSignal.timeout(patienceMs),
  });
  // Not a byte of it is read: the connection goes with it.
  await answer.body?.cancel();
  return answer.status;
}
