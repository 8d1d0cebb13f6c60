import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { sqsClient } from '../../lib/aws/clients.ts';
import { webhookQueue } from '../../lib/aws/webhook-queue.ts';
import { Unavailable } from '../../lib/service/ports.ts';
import { durationMs } from '../../lib/time.ts';
import { useEndpoint } from './endpoint.ts';

const endpoint = useEndpoint();
const urls = {
  queue: 'https://sqs.us-east-1.amazonaws.com/000000000000/waiting',
  deadLetters: 'https://sqs.us-east-1.amazonaws.com/000000000000/dead',
};
const queue = () => webhookQueue(sqsClient({ ...endpoint.config, maxAttempts: 1 }), urls);

describe('an event that was not taken', () => {
  test('is hidden until it is to be tried again, in the whole seconds that SQS has', async () => {
    await queue().postpone('receipt', durationMs(5_001));
    expect(endpoint.asked.map(({ body }) => body)).toEqual([
      { QueueUrl: urls.queue, ReceiptHandle: 'receipt', VisibilityTimeout: 6 },
    ]);
  });

  test('is buried with the reason, for a person to read', async () => {
    endpoint.answer = ({ body }) => ({
      body: { MessageId: 'm', MD5OfMessageBody: createHash('md5').update(body.MessageBody).digest('hex') },
    });
    await queue().bury('{"detail":{}}', 'gone');
    expect(endpoint.asked.map(({ body }) => body)).toEqual([
      {
        QueueUrl: urls.deadLetters,
        MessageBody: '{"detail":{}}',
        MessageAttributes: { why: { DataType: 'String', StringValue: 'gone' } },
      },
    ]);
  });
});

test('a queue that is away is a passing fault', async () => {
  endpoint.answer = () => ({ status: 503, error: 'ServiceUnavailable' });
  await expect(queue().postpone('receipt', durationMs(1_000))).rejects.toThrow(Unavailable);
  await expect(queue().bury('{}', 'gone')).rejects.toThrow(Unavailable);
});
