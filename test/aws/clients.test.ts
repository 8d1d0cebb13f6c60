/** The table's client goes its own ways where the SDK would do for each request what is the same for all. */
import { createHash, createHmac } from 'node:crypto';
import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { dynamoClient } from '../../lib/aws/clients.ts';
import { useEndpoint } from './endpoint.ts';

const endpoint = useEndpoint();
const NOON = Date.parse('2026-11-29T12:00:00Z');

beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'], now: NOON }));
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllEnvs();
});

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest();

interface Sent {
  readonly method: string;
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body: string;
}

/** Signature Version 4, as AWS documents it, of what was sent. */
function signatureOf({ method, path, headers, body }: Sent, secret: string): string {
  const [, scope = '', signed = ''] =
    /Credential=[^/]+\/(\S+), SignedHeaders=(\S+),/.exec(headers.authorization ?? '') ?? [];
  const lines = signed.split(';').map((name) => `${name}:${headers[name]}\n`);
  const canonical = [method, path, '', lines.join(''), signed, sha256(body)].join('\n');
  const [day = '', region = '', service = '', end = ''] = scope.split('/');
  const key = [region, service, end].reduce<Buffer>((derived, part) => hmac(derived, part), hmac(`AWS4${secret}`, day));
  const text = ['AWS4-HMAC-SHA256', headers['x-amz-date'], scope, sha256(canonical)].join('\n');
  return hmac(key, text).toString('hex');
}

/** Sends one request after the other, and answers with what came. */
function sending(credentials: () => { accessKeyId: string; secretAccessKey: string; expiration?: Date }) {
  const client = dynamoClient({ ...endpoint.config, credentials: async () => credentials() });
  const sent: Sent[] = [];
  client.middlewareStack.add(
    (next) => (args) => {
      const { method, path, headers, body } = args.request as Sent;
      sent.push({ method, path, headers: { ...headers }, body });
      return next(args);
    },
    { step: 'finalizeRequest', priority: 'low' },
  );
  return {
    sent,
    send: () =>
      client.send(new GetItemCommand({ TableName: 'sessions', Key: { pk: { S: 'José' }, sk: { S: 'seat' } } })),
  };
}

test('each request is signed as AWS documents it, on the next day too', async () => {
  const { sent, send } = sending(() => ({ accessKeyId: 'id', secretAccessKey: 'secret' }));
  await send();
  await send();
  vi.setSystemTime(NOON + 86_400_000);
  await send();
  const days = sent.map(({ headers }) => headers['x-amz-date']?.slice(0, 8));
  expect(days).toEqual(['20261129', '20261129', '20261130']);
  for (const each of sent) expect(each.headers.authorization).toMatch(new RegExp(`${signatureOf(each, 'secret')}$`));
});

test('credentials that have run out are read again, though the signer stays', async () => {
  let reads = 0;
  const { sent, send } = sending(() => {
    reads++;
    return {
      accessKeyId: `id-${reads}`,
      secretAccessKey: `secret-${reads}`,
      expiration: new Date(Date.now() + 3_600_000),
    };
  });
  await send();
  vi.setSystemTime(NOON + 7_200_000);
  await send();
  expect(sent[1]?.headers.authorization).toContain('Credential=id-2/');
  expect(sent[1]?.headers.authorization).toContain(sent[1] && signatureOf(sent[1], 'secret-2'));
});

test('a request names Curfew, and no trace of the invocation that it serves', async () => {
  vi.stubEnv('AWS_LAMBDA_FUNCTION_NAME', 'on-station-event');
  vi.stubEnv('_X_AMZN_TRACE_ID', 'Root=1-65f0f0f0-0123456789abcdef01234567');
  const { sent, send } = sending(() => ({ accessKeyId: 'id', secretAccessKey: 'secret' }));
  await send();
  expect(sent[0]?.headers).toMatchObject({ 'user-agent': 'curfew' });
  expect(Object.keys(sent[0]?.headers ?? {}).map((name) => name.toLowerCase())).not.toContain('x-amzn-trace-id');
});
