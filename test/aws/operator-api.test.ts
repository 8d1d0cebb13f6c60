/** The API of a deployed stack: found by its name, and asked with requests whose signature another implementation agrees to. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { AwsV4Signer } from 'aws4fetch';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { stackApi } from '../../lib/aws/operator-api.ts';

const CREDENTIALS = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret', sessionToken: 'a/token+of=a session' };
const REGION = 'eu-central-1';

interface Heard {
  readonly request: IncomingMessage;
  readonly body: string;
}

const servers: Server[] = [];
const heard: Heard[] = [];
const stacks = new Map<string, Record<string, string>>();

async function listening(answer: (heard: Heard) => { status: number; body: string }): Promise<string> {
  const server = createServer(async (request, response) => {
    const one = { request, body: await text(request) };
    const { status, body } = answer(one);
    response.writeHead(status).end(body);
  });
  servers.push(server.listen(0, '127.0.0.1'));
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

let url = '';
beforeAll(async () => {
  url = await listening((one) => {
    heard.push(one);
    return { status: 200, body: '{}' };
  });
  const cloudFormation = await listening(({ body }) => {
    const name = new URLSearchParams(body).get('StackName') ?? '';
    const outputs = stacks.get(name);
    return outputs === undefined
      ? { status: 400, body: unknownStack(name) }
      : { status: 200, body: described(name, outputs) };
  });
  vi.stubEnv('AWS_ENDPOINT_URL_CLOUDFORMATION', cloudFormation);
  vi.stubEnv('AWS_REGION', REGION);
  vi.stubEnv('AWS_ACCESS_KEY_ID', CREDENTIALS.accessKeyId);
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', CREDENTIALS.secretAccessKey);
  vi.stubEnv('AWS_SESSION_TOKEN', CREDENTIALS.sessionToken);
  stacks.set('curfew-prod', { TableName: 'seats', ApiUrl: url });
  stacks.set('website', { BucketName: 'pages' });
});
afterAll(() => {
  vi.unstubAllEnvs();
  for (const server of servers) server.close();
});
beforeEach(() => void heard.splice(0));

const described = (name: string, outputs: Record<string, string>): string =>
  `<DescribeStacksResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><DescribeStacksResult><Stacks><member><StackName>${name}</StackName><StackStatus>CREATE_COMPLETE</StackStatus><Outputs>${Object.entries(
    outputs,
  )
    .map(([key, value]) => `<member><OutputKey>${key}</OutputKey><OutputValue>${value}</OutputValue></member>`)
    .join('')}</Outputs></member></Stacks></DescribeStacksResult></DescribeStacksResponse>`;

const unknownStack = (name: string): string =>
  `<ErrorResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><Error><Type>Sender</Type><Code>ValidationError</Code><Message>Stack with id ${name} does not exist</Message></Error></ErrorResponse>`;

/** What `aws4fetch` would have signed the request with. */
async function expectedAuthorization({ request, body }: Heard): Promise<string | null> {
  const names = /SignedHeaders=([^,]+)/.exec(request.headers.authorization ?? '')?.[1]?.split(';') ?? [];
  const signer = new AwsV4Signer({
    ...CREDENTIALS,
    service: 'execute-api',
    region: REGION,
    method: request.method ?? '',
    url: `http://${request.headers.host}${request.url}`,
    headers: names
      .filter((name) => name !== 'host')
      .map((name): [string, string] => [name, String(request.headers[name])]),
    body: body === '' ? null : body,
    datetime: String(request.headers['x-amz-date']),
    allHeaders: true,
  });
  return (await signer.sign()).headers.get('authorization');
}

test.each([
  ['GET', '/v1/sessions?user=Zo%C3%AB%20%26%20co&limit=100&cursor=a%2Fb%3D', undefined],
  ['GET', '/v1/realms/campus-print/users/a%2Fb%20(c)!', undefined],
  ['DELETE', '/v1/sessions/mws.0.campus-print.YW5h', '{"reason":"printer removed: 🖨️"}'],
])('%s %s is signed for IAM', async (method, path, body) => {
  const { send } = await stackApi('curfew-prod');
  const headers = body === undefined ? {} : { 'content-type': 'application/json' };
  const { signal } = new AbortController();
  await send(path, { method, headers, signal, ...(body === undefined ? {} : { body }) });
  const [request] = heard;
  if (request === undefined) throw new Error('nothing was asked');
  expect([request.request.method, request.request.url, request.body]).toEqual([method, path, body ?? '']);
  expect(request.request.headers['x-amz-security-token']).toBe(CREDENTIALS.sessionToken);
  expect(request.request.headers.authorization).toBe(await expectedAuthorization(request));
});

test('an address of one’s own is not asked of the stack', async () =>
  expect((await stackApi('no-such-stack', 'https://curfew.example/')).url).toBe('https://curfew.example'));

test.each([
  ['no-such-stack', 'Stack with id no-such-stack does not exist'],
  ['website', 'the stack website has no output ApiUrl: it is none of Curfew'],
])('the stack %s is refused', async (stack, why) => {
  await expect(stackApi(stack)).rejects.toThrow(why);
});
