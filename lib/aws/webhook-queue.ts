/** The queue in which events wait to be told, on SQS. What it hands out, and takes back, is Lambda's event source's doing. */
import { ChangeMessageVisibilityCommand, SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { type DurationMs, SECOND } from '../time.ts';
import { ask } from './faults.ts';

export interface WebhookQueueUrls {
  readonly queue: string;
  readonly deadLetters: string;
}

export function webhookQueue(client: SQSClient, urls: WebhookQueueUrls) {
  return {
    /** Hides a message that was received for so long, from now on. */
    postpone: async (receipt: string, pause: DurationMs): Promise<void> => {
      const VisibilityTimeout = Math.ceil(pause / SECOND);
      const command = new ChangeMessageVisibilityCommand({
        QueueUrl: urls.queue,
        ReceiptHandle: receipt,
        VisibilityTimeout,
      });
      await ask('webhook queue', () => client.send(command));
    },
    /** Keeps it for a person to read, and says why. */
    bury: async (text: string, why: string): Promise<void> => {
      const command = new SendMessageCommand({
        QueueUrl: urls.deadLetters,
        MessageBody: text,
        MessageAttributes: { why: { DataType: 'String', StringValue: why } },
      });
      await ask('dead letters', () => client.send(command));
    },
  };
}
