/** The page that stands in for a dashboard, without a browser: who gets what, and under which policy. */
import { afterEach, describe, expect, test } from 'vitest';
import { withConsole } from '../../lib/local/console.ts';
import { functionArn } from '../../lib/local/lambda.ts';
import { type LoopbackServer, listen, sendJson } from '../../lib/local/loopback.ts';

const KEY = 'operator-key-of-this-test';
const LOOK = functionArn('consoleWidget');

let server: LoopbackServer | undefined;
afterEach(async () => server?.close());

async function start() {
  const calls: object[] = [];
  const failures: string[] = [];
  const handler = (name: string) => async (event: object) => {
    if ('fails' in event) throw new Error('broken');
    calls.push({ name, event });
    return `<p>${name}</p>`;
  };
  const lambda = { consoleWidget: handler('consoleWidget'), consoleEnd: handler('consoleEnd') };
  const options = { lambda, operatorKey: KEY, onFailure: (line: string) => void failures.push(line) };
  server = await listen(
    0,
    withConsole(async (_, response) => sendJson(response, 418, {}), options),
  );
  const { url } = server;
  const call = (body: unknown, headers: Record<string, string> = { authorization: `Bearer ${KEY}` }) =>
    fetch(`${url}/local/console`, {
      method: 'POST',
      headers,
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
  return { url, calls, failures, call };
}

describe('the page', () => {
  test.each([
    ['/', 'text/html'],
    ['/local/console.js', 'text/javascript'],
    ['/local/console.css', 'text/css'],
  ])('%s is for anyone, under a policy that lets in no script but its own', async (path, type) => {
    const { url } = await start();
    const response = await fetch(`${url}${path}`);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toContain(type);
    expect(response.headers.get('content-security-policy')).toMatch(
      /^default-src 'none'; script-src 'self'; style-src 'self' 'sha256-[\w+/]{43}='; connect-src 'self';.*frame-ancestors 'none'$/,
    );
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
  });

  test('knows whom to call, and holds no script of its own', async () => {
    const { url } = await start();
    const page = await (await fetch(url)).text();
    expect(page).toContain(`data-widget="${LOOK}"`);
    expect(page).not.toMatch(/<script(?! type="module" src=)|<style|\sstyle=|\son\w+=/);
  });

  test('leaves every other path to others', async () => {
    const { url } = await start();
    for (const path of ['/v1/sessions', '/local/events', '/constructor', '/local/console']) {
      expect((await fetch(`${url}${path}`)).status).toBe(418);
    }
  });
});

describe('a call', () => {
  test('goes to the function that its endpoint names, with what the dashboard knows', async () => {
    const { call, calls } = await start();
    const event = { session: 'x', widgetContext: { theme: 'dark' } };
    const response = await call({ endpoint: functionArn('consoleEnd'), event });
    expect(await response.json()).toEqual({ html: '<p>consoleEnd</p>' });
    expect(calls).toEqual([{ name: 'consoleEnd', event }]);
  });

  test.each([
    ['without a key', {}, 401],
    ['with a wrong one', { authorization: 'Bearer wrong' }, 403],
  ])('%s gets nothing', async (_, headers, status) => {
    const { call, calls } = await start();
    expect((await call({ endpoint: LOOK, event: {} }, headers)).status).toBe(status);
    expect(calls).toEqual([]);
  });

  test('from a page of another site gets nothing', async () => {
    const { call, calls } = await start();
    const headers = { authorization: `Bearer ${KEY}`, origin: 'https://elsewhere.example' };
    expect((await call({ endpoint: LOOK, event: {} }, headers)).status).toBe(403);
    expect(calls).toEqual([]);
  });

  test.each([
    ['another function', { endpoint: functionArn('onSweep'), event: {} }],
    ['no function', { event: {} }],
    ['no event', { endpoint: LOOK }],
    ['no JSON', 'nonsense'],
    ['too much', { endpoint: LOOK, event: { text: 'x'.repeat(70_000) } }],
  ])('of %s is refused', async (_, body) => {
    const { call, calls } = await start();
    expect((await call(body)).status).toBe(400);
    expect(calls).toEqual([]);
  });

  test('whose function fails says so, and the terminal says why', async () => {
    const { call, failures } = await start();
    expect((await call({ endpoint: LOOK, event: { fails: true } })).status).toBe(502);
    expect(failures[0]).toMatch(/^consoleWidget failed: Error: broken/);
  });
});
