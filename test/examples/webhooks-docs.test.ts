/** The receiver of docs/webhooks.md, run as it stands there. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test, vi } from 'vitest';
import { readRealms } from '../../lib/realms/realms-file.ts';
import { webhookSecrets } from '../../lib/station/keys.ts';
import { webhookRequest } from '../../lib/station/webhook.ts';
import { postWebhook } from '../../lib/station/webhook-post.ts';
import { systemClock } from '../../lib/time.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const docs = readFileSync(`${ROOT}docs/webhooks.md`, 'utf8');
const [, code = ''] = /```js\n(.*?)```/s.exec(docs) ?? [];
const [, realmsFile = ''] = /```json\n(.*?)```/s.exec(docs) ?? [];
const [, data = ''] = /"data":(\{.*?\})\}\n```/s.exec(docs) ?? [];
const masters = { current: 'a master secret of more than thirty-two bytes' };

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

test('its realms are in order', () => {
  expect(readRealms(realmsFile)).toMatchObject({ errors: [], warnings: [] });
});

test('takes what we send, once, and nothing else', { timeout: 30_000 }, async () => {
  const port = await freePort();
  const [secret = ''] = webhookSecrets(masters, 'campus-print', 1);
  const env = { ...process.env, WEBHOOK_SECRET: secret, PORT: String(port) };
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], { cwd: ROOT, env });
  closers.push(() => child.kill());
  let printed = '';
  child.stdout.on('data', (chunk) => (printed += chunk));

  const { realms } = readRealms(realmsFile);
  const event = { 'detail-type': 'session.ended', detail: JSON.parse(data) };
  const sign = async () => {
    const request = await webhookRequest(event, { realms, masters, now: systemClock() });
    if (request === undefined) throw new Error('the realm of the docs wants to be told of this');
    return { ...request, url: `http://127.0.0.1:${port}/` };
  };
  await vi.waitFor(async () => expect(await postWebhook(await sign())).toBe(204), { timeout: 10_000, interval: 100 });
  expect(await postWebhook(await sign())).toBe(204);
  const request = await sign();
  expect(await postWebhook({ ...request, body: request.body.replace('"ana"', '"ben"') })).toBe(401);
  const said =
    'session.ended: log mwsottmo.0.campus-print.YW5h.p0Lr5_tYqA out at lib-1 (taken-over), its job finishes\n';
  await vi.waitFor(() => expect(printed).toBe(said));
});
