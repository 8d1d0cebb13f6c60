/** The command behind a proxy: it asks AWS through what HTTPS_PROXY names, or says what Node that takes. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';

/** A Node that takes a proxy from the environment; it is there once the tests have run on it (npm run test:node24). */
const NODE24 = 'test/node24/node_modules/.bin/node';

/** Runs it behind a proxy that connects nobody to anything, and says whither it was to. */
async function behindProxy(node: string): Promise<{ asked: string[]; said: string; code: number }> {
  const asked: string[] = [];
  const proxy = createServer().on('connect', (request, socket) => {
    asked.push(String(request.url));
    socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  const child = spawn(node, ['bin/curfew.js', 'realms', 'show', '--stack', 'curfew-prod'], {
    env: {
      PATH: process.env.PATH,
      HTTPS_PROXY: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
      AWS_REGION: 'eu-west-1',
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_MAX_ATTEMPTS: '1',
    },
  });
  let said = '';
  child.stderr.on('data', (chunk) => {
    said += chunk;
  });
  const [code] = await once(child, 'close');
  proxy.close();
  return { asked, said, code };
}

const takesProxy = process.allowedNodeEnvironmentFlags.has('--use-env-proxy');

test.skipIf(takesProxy)('a Node that takes no proxy is named, with those that do, and nobody is asked', async () => {
  const { asked, said, code } = await behindProxy(process.execPath);
  expect([code, asked]).toEqual([1, []]);
  expect(said).toContain('takes no proxy from the environment; 22.21, 24.5 and later do');
});

const newer = takesProxy ? process.execPath : NODE24;
test.skipIf(!existsSync(newer))('AWS is asked through the proxy', { timeout: 60_000 }, async () => {
  const { asked, code } = await behindProxy(newer);
  expect(code).toBe(1);
  expect(asked).toContain('cloudformation.eu-west-1.amazonaws.com:443');
});
