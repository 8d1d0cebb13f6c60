/** What goes over the wire to a receiver, and what is made of its answer. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { postWebhook } from '../../lib/station/webhook-post.ts';

const asked: { url: string; headers: IncomingMessage['headers']; body: string }[] = [];
let answer: (response: ServerResponse) => void;
const server = createServer(async (request, response) => {
  let body = '';
  for await (const chunk of request) body += chunk;
  asked.push({ url: request.url ?? '', headers: request.headers, body });
  answer(response);
});
beforeAll(() => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)));
beforeEach(() => void asked.splice(0));
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const post = (path = '/told') =>
  postWebhook(
    {
      realm: 'campus',
      id: 'msg_1',
      url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`,
      headers: { 'content-type': 'application/json', 'webhook-id': 'msg_1', 'user-agent': 'curfew' },
      body: '{"data":{"user":"élodie"}}',
    },
    200,
  );

test('the request goes out as it was signed, byte for byte', async () => {
  answer = (response) => response.writeHead(204).end();
  expect(await post()).toBe(204);
  expect(asked).toMatchObject([
    {
      url: '/told',
      body: '{"data":{"user":"élodie"}}',
      headers: { 'content-type': 'application/json', 'webhook-id': 'msg_1', 'user-agent': 'curfew' },
    },
  ]);
});

test('a redirect is an answer, and nobody else is asked', async () => {
  answer = (response) => response.writeHead(307, { location: '/elsewhere' }).end();
  expect(await post()).toBe(307);
  expect(asked.map(({ url }) => url)).toEqual(['/told']);
});

test('an answer without end is not read', async () => {
  const closed = vi.fn();
  answer = (response) => {
    response.once('close', closed).writeHead(200);
    const more = () => {
      while (response.write(Buffer.alloc(65_536)));
    };
    response.on('drain', more);
    more();
  };
  expect(await post()).toBe(200);
  await vi.waitFor(() => expect(closed).toHaveBeenCalled());
});

test('silence is given up', async () => {
  answer = () => {};
  await expect(post()).rejects.toThrow(expect.objectContaining({ name: 'TimeoutError' }));
});

test('nobody there is told as such', async () => {
  const gone = createServer();
  await new Promise<void>((resolve) => gone.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(gone.address() as AddressInfo).port}/`;
  await new Promise((resolve) => gone.close(resolve));
  await expect(postWebhook({ realm: 'campus', id: 'msg_1', url, headers: {}, body: '' })).rejects.toMatchObject({
    cause: { code: 'ECONNREFUSED' },
  });
});
