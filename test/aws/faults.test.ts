import { createServer } from 'node:net';
import { describe, expect, test } from 'vitest';
import { dynamoClient } from '../../lib/aws/clients.ts';
import { dynamoHistory } from '../../lib/aws/history.ts';
import { dynamoSeats } from '../../lib/aws/seats.ts';
import { Unavailable } from '../../lib/service/ports.ts';
import { absent, ana, at, NOON, open, session } from '../contract/sessions.ts';
import { useEndpoint } from './endpoint.ts';

const endpoint = useEndpoint();
const table = (config: object = { maxAttempts: 1 }) => ({
  client: dynamoClient({ ...endpoint.config, ...config }),
  name: 'sessions',
});
const seats = (config?: object) => dynamoSeats(table(config), { shards: 1 });

describe('a passing fault says to try again', () => {
  test.each([
    { error: 'ProvisionedThroughputExceededException' },
    { error: 'ThrottlingException' },
    { error: 'RequestLimitExceeded' },
    { error: 'InvalidSignatureException' },
    { error: 'UnrecognizedClientException' },
    { error: 'ExpiredTokenException' },
    { error: 'IncompleteSignatureException' },
    { error: 'MissingAuthenticationTokenException' },
    { error: 'KMSDisabledException' },
    { error: 'KMSInvalidStateException' },
    { status: 500, error: 'InternalServerError' },
    { status: 503, error: 'ServiceUnavailable' },
  ])('$error', async (answer) => {
    endpoint.answer = () => answer;
    await expect(seats().read(ana)).rejects.toThrow(Unavailable);
    await expect(seats().write(ana, { condition: absent, change: open() })).rejects.toThrow(Unavailable);
  });

  test('a table that does not answer, within about three seconds', { timeout: 10_000 }, async () => {
    endpoint.answer = () => undefined;
    const started = performance.now();
    await expect(seats({}).read(ana)).rejects.toThrow(Unavailable);
    expect(performance.now() - started).toBeLessThan(4_500);
  });

  test('a table that cannot be reached', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as { port: number };
    await new Promise((resolve) => server.close(resolve));
    await expect(seats({ endpoint: `http://127.0.0.1:${port}`, maxAttempts: 1 }).read(ana)).rejects.toThrow(
      Unavailable,
    );
  });
});

test.each(['AccessDeniedException', 'ResourceNotFoundException', 'ValidationException'])(
  'a fault that asking again does not mend stays what it is: %s',
  async (error) => {
    endpoint.answer = () => ({ error });
    await expect(seats().read(ana)).rejects.toMatchObject({ name: error });
  },
);

describe('a batch that comes back half done', () => {
  const key = { pk: { S: 'user#campus-print#ana' }, sk: { S: 'seat#0' } };
  const past = {
    name: { ...ana, epoch: NOON },
    session: session(),
    ended: { at: at(20), reason: 'idle', by: 'policy' },
  } as const;

  test('is asked for the rest again', async () => {
    endpoint.answer = ({ body }) =>
      endpoint.asked.length < 3
        ? { body: { Responses: {}, UnprocessedKeys: body.RequestItems } }
        : { body: { Responses: { sessions: [] } } };
    expect(await seats().readMany([ana])).toEqual([]);
    expect(endpoint.asked.map(({ body }) => body.RequestItems.sessions.Keys)).toEqual([[key], [key], [key]]);
  });

  test('writes the rest again', async () => {
    endpoint.answer = ({ body }) => ({
      body: endpoint.asked.length < 2 ? { UnprocessedItems: body.RequestItems } : {},
    });
    await dynamoHistory(table()).keep([{ past, keepUntil: at(86_400) }]);
    expect(endpoint.asked[1]?.body).toEqual(endpoint.asked[0]?.body);
  });

  test('is a passing fault after a few times', async () => {
    endpoint.answer = ({ body }) => ({ body: { Responses: {}, UnprocessedKeys: body.RequestItems } });
    await expect(seats().readMany([ana])).rejects.toThrow(Unavailable);
    expect(endpoint.asked).toHaveLength(5);
  });
});
