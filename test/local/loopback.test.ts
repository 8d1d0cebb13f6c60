import { request as httpRequest, type IncomingMessage } from 'node:http';
import { hostname, networkInterfaces } from 'node:os';
import { afterEach, describe, expect, test } from 'vitest';
import { isLoopback, type LoopbackServer, listen, ownNames, sendJson } from '../../lib/local/loopback.ts';
import { StartupError } from '../../lib/local/startup-error.ts';

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

async function start(host?: string): Promise<LoopbackServer> {
  const server = await listen(0, async (_, response) => sendJson(response, 200, {}), host);
  closers.push(() => server.close());
  return server;
}

/** Over a plain socket: `fetch` lets nobody choose `Host` or `Origin`. */
const ask = (port: number, headers: Record<string, string> = {}, host = '127.0.0.1') =>
  new Promise<IncomingMessage>((resolve, reject) => {
    const request = httpRequest({ host, port, headers }, (response) => {
      response.resume();
      response.on('end', () => resolve(response));
    });
    request.on('error', reject).end();
  });

/** Of this machine, but not loopback. */
const outside = Object.values(networkInterfaces())
  .flat()
  .find((found) => found !== undefined && !found.internal && found.family === 'IPv4')?.address;

describe('who is answered', () => {
  test('is this machine, by its own names', async () => {
    const { port, url } = await start();
    expect(url).toBe(`http://127.0.0.1:${port}`);
    for (const host of [`127.0.0.1:${port}`, `localhost:${port}`, `LOCALHOST:${port}`, `[::1]:${port}`]) {
      expect((await ask(port, { host })).statusCode).toBe(200);
    }
  });

  test.skipIf(outside === undefined)('is nobody from outside, unless told otherwise', async () => {
    const { port } = await start();
    await expect(ask(port, {}, outside)).rejects.toThrow('ECONNREFUSED');
    const open = await start('0.0.0.0');
    expect((await ask(open.port, {}, outside)).statusCode).toBe(200);
    expect((await ask(open.port, { host: `${hostname()}:${open.port}` }, outside)).statusCode).toBe(200);
  });

  test.each(['127.0.0.1', '0.0.0.0'])('is no page that was led here by a name of its own, on %s', async (host) => {
    const { port } = await start(host);
    expect((await ask(port, { host: `rebound.example:${port}` })).statusCode).toBe(403);
    expect((await ask(port, { host: `127.0.0.1:${port + 1}` })).statusCode).toBe(403);
    expect((await ask(port, { origin: 'https://elsewhere.example' })).statusCode).toBe(403);
    expect((await ask(port, { origin: 'null' })).statusCode).toBe(403);
    expect((await ask(port, { origin: `http://localhost:${port}` })).statusCode).toBe(200);
  });

  test('is named once to whoever started it, if others can come and came by a name that is not known', async () => {
    for (const [host, told] of [
      ['0.0.0.0', ['curfew.lan:1']],
      ['127.0.0.1', []],
    ] as const) {
      const names: string[] = [];
      const server = await listen(
        0,
        async (_, response) => sendJson(response, 200, {}),
        host,
        (name) => names.push(name),
      );
      closers.push(() => server.close());
      for (const name of ['curfew.lan:1', 'Curfew.LAN:1']) await ask(server.port, { host: name });
      await ask(server.port, { origin: 'https://elsewhere.example' });
      expect(names).toEqual(told);
      for (let n = 0; n < 30; n += 1) await ask(server.port, { host: `${n}.example` });
      expect(names.length).toBeLessThanOrEqual(10);
    }
  });

  test('one address is known by that address alone', () => {
    expect(ownNames(4600, '192.0.2.7')).toEqual(['192.0.2.7:4600']);
    expect(ownNames(4600, '2001:db8::7')).toEqual(['[2001:db8::7]:4600']);
    expect(['127.0.0.1', '127.8.9.10', '::1', 'localhost'].map(isLoopback)).toEqual([true, true, true, true]);
    expect(['0.0.0.0', '::', '192.0.2.7', '127.example.org'].map(isLoopback)).toEqual([false, false, false, false]);
  });

  test('an address that this machine has not is refused in one sentence', async () => {
    await expect(start('192.0.2.7')).rejects.toThrow(
      new StartupError('192.0.2.7 is no address of this machine; choose another with --host.'),
    );
  });
});

describe('what a browser is told of every answer', () => {
  const SAFE = {
    'content-security-policy': expect.stringMatching(/default-src 'none'.*frame-ancestors 'none'/),
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cross-origin-resource-policy': 'same-origin',
    'cache-control': 'no-store',
  };

  test('it runs nothing, is framed by nobody, is of no other site, and is not kept', async () => {
    const { port } = await start();
    expect((await ask(port)).headers).toMatchObject(SAFE);
  });

  test('so with refusals and faults', async () => {
    const server = await listen(0, async () => {
      throw new Error('planted');
    });
    closers.push(() => server.close());
    const fault = await ask(server.port);
    expect(fault.statusCode).toBe(500);
    expect(fault.headers).toMatchObject(SAFE);
    expect((await ask(server.port, { origin: 'null' })).headers).toMatchObject(SAFE);
  });

  test('an answer may say that it can be kept', async () => {
    const server = await listen(0, async (_, response) =>
      sendJson(response, 200, {}, { 'cache-control': 'max-age=60' }),
    );
    closers.push(() => server.close());
    expect((await ask(server.port)).headers).toMatchObject({ ...SAFE, 'cache-control': 'max-age=60' });
  });
});
