/** The queue of events that realms want to be told of: one try each, signed for it, and the next one later. */
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { sqsClient } from '../lib/aws/clients.ts';
import { webhookQueue } from '../lib/aws/webhook-queue.ts';
import { createDelivery } from '../lib/station/webhook-delivery.ts';
import { postWebhook } from '../lib/station/webhook-post.ts';
import { clock, complain, log, master, realms, setting } from './environment.ts';

const urls = { queue: setting('CURFEW_WEBHOOK_QUEUE_URL'), deadLetters: setting('CURFEW_WEBHOOK_DLQ_URL') };

const deliver = createDelivery({
  realms,
  master,
  clock,
  post: postWebhook,
  queue: webhookQueue(sqsClient(), urls),
  observe: (tried) => log.info('told', { ...tried }),
  complain,
});

/** Each for itself, all at once: one receiver's silence keeps no other waiting. */
export async function handler({ Records }: SQSEvent): Promise<SQSBatchResponse> {
  const done = await Promise.all(
    Records.map(({ body, receiptHandle, attributes }) =>
      deliver({ text: body, receipt: receiptHandle, tries: Number(attributes.ApproximateReceiveCount) }),
    ),
  );
  const batchItemFailures = Records.filter((_, n) => done[n] === false).map(({ messageId }) => ({
    itemIdentifier: messageId,
  }));
  return { batchItemFailures };
}
