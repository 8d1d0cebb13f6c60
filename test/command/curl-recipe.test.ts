/** The recipe of docs/api.md for curl, run as it stands there: it signs what the SDK's signer signs. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SignatureV4 } from '@smithy/signature-v4';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Sha256 } from '../../lib/aws/operator-api.ts';

const docs = readFileSync(new URL('../../docs/api.md', import.meta.url), 'utf8');
const [, recipe = ''] = /```sh\n(ENCODED=[^`]*?\ncurl --aws-sigv4 [^`]*?)```/.exec(docs) ?? [];

const credentials = {
  accessKeyId: 'AKIDEXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG',
  sessionToken: 'a+token/==',
};
const region = 'eu-central-1';

let server: Server;
let asked: { url: string; headers: IncomingHttpHeaders }[] = [];

beforeAll(async () => {
  server = createServer(({ url = '', headers }, response) => {
    asked.push({ url, headers });
    response.end('{}');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterAll(() => server.close());

/** Of what the SDK would have sent at the same instant. */
async function signedByTheSdk(url: string, headers: IncomingHttpHeaders): Promise<string | undefined> {
  const { pathname, searchParams, hostname, port } = new URL(url, `http://${headers.host}`);
  const signer = new SignatureV4({ service: 'execute-api', credentials, region, sha256: Sha256, applyChecksum: false });
  const at = String(headers['x-amz-date']).replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z');
  const request = {
    method: 'GET',
    protocol: 'http:',
    hostname,
    port: Number(port),
    path: pathname,
    query: Object.fromEntries(searchParams),
    headers: { host: String(headers.host) },
  };
  const signed = await signer.sign(request, { signingDate: new Date(at) });
  return signed.headers.authorization;
}

const signatureIn = (authorization: string | undefined) => /Signature=([0-9a-f]{64})$/.exec(authorization ?? '')?.[1];

describe.skipIf(spawnSync('curl', ['--version']).status !== 0)('the recipe for curl', () => {
  test.each([
    'ana',
    'CORP\\ana',
    'ana@corp.example',
    'José',
    'a b',
    'a/b',
    'a?b=c&d',
    '100%',
    'a+b',
    "O'Neil (staff)!*",
    '李雷',
    '~-._',
    'a#b',
    '..',
  ])('signs %j as the SDK does, and asks for it', async (name) => {
    asked = [];
    const curl = spawn('bash', ['-c', recipe], {
      env: {
        ...process.env,
        NO_PROXY: '127.0.0.1',
        no_proxy: '127.0.0.1',
        AWS_REGION: region,
        AWS_ACCESS_KEY_ID: credentials.accessKeyId,
        AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
        AWS_SESSION_TOKEN: credentials.sessionToken,
        API_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
        NAME: name,
      },
    });
    expect(await once(curl, 'close')).toEqual([0, null]);
    const [{ url, headers } = { url: '', headers: {} }] = asked;
    expect(new URL(url, 'http://x').searchParams.get('user')).toBe(name);
    const signature = signatureIn(headers.authorization);
    expect(signature).toBeDefined();
    expect(signature).toBe(signatureIn(await signedByTheSdk(url, headers)));
  });
});
