import { expect, test } from 'vitest';
import { dynamoClient } from '../../lib/aws/clients.ts';
import { dynamoSeats } from '../../lib/aws/seats.ts';
import { countThrottled } from '../../lib/aws/throttles.ts';
import { absent, ana, open } from '../contract/sessions.ts';
import { type Answer, useEndpoint } from './endpoint.ts';

const endpoint = useEndpoint();

/** Answers in turn; whatever comes after the last is done. */
function answering(...answers: readonly Answer[]) {
  endpoint.answer = () => answers[endpoint.asked.length - 1] ?? {};
  const client = dynamoClient(endpoint.config);
  const seats = dynamoSeats({ client, name: 'sessions' }, { shards: 1 });
  return { throttled: countThrottled(client), write: () => seats.write(ana, { condition: absent, change: open() }) };
}

test('a write that is done at its third try was throttled twice, although nobody sees an error', async () => {
  const { throttled, write } = answering(
    { error: 'ThrottlingException' },
    { error: 'ProvisionedThroughputExceededException' },
    { body: { Attributes: {} } },
  );
  await write().catch(() => {});
  expect(endpoint.asked).toHaveLength(3);
  expect(throttled()).toBe(2);
});

test('a write that fails at each try was throttled each time', async () => {
  const { throttled, write } = answering(...Array.from({ length: 3 }, () => ({ error: 'ThrottlingException' })));
  await expect(write()).rejects.toThrow('seat does not answer');
  expect(throttled()).toBe(3);
});

test('a lost race, and a table that fails for another reason, are nothing that a slower sweep would mend', async () => {
  const { throttled, write } = answering(
    { status: 500, error: 'InternalServerError' },
    { error: 'ConditionalCheckFailedException' },
  );
  expect(await write()).toMatchObject({ won: false });
  expect(throttled()).toBe(0);
});
