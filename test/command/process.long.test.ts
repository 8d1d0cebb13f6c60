/** `npx curfew` as a process, with an API that is there and one that is not. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';

const COMMAND = fileURLToPath(new URL('../../bin/curfew.js', import.meta.url));

/** Has nobody's session; what it was asked, and with which key. */
const asked: string[] = [];
const server = createServer((request, response) => {
  asked.push(`${request.method} ${request.url} ${request.headers.authorization}`);
  const [, station] = /^\/v1\/stations\/(.+)$/.exec(request.url ?? '') ?? [];
  if (station !== undefined) {
    const detail = `no station "${decodeURIComponent(station)}" is registered`;
    return response.writeHead(404).end(JSON.stringify({ detail }));
  }
  response.end('{"sessions": []}');
});

beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterAll(() => void server.close());

function curfew(...args: string[]) {
  const { port } = server.address() as AddressInfo;
  const env = {
    ...process.env,
    CURFEW_URL: `http://127.0.0.1:${port}`,
    CURFEW_OPERATOR_KEY: 'a key of an operator',
    FORCE_COLOR: undefined,
  };
  const child = spawn(process.execPath, [COMMAND, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  return { child, exited: once(child, 'exit'), printed: text(child.stdout) };
}

test('a watch ends by Ctrl-C, and that is fine', async () => {
  const { child, exited, printed } = curfew('watch');
  let said = '';
  for await (const chunk of child.stderr) {
    said += chunk;
    if (said.includes('\n')) break;
  }
  expect(said).toBe('no sessions now; waiting for what changes\n');
  child.kill('SIGINT');
  expect(await exited).toEqual([0, null]);
  expect(await printed).toBe('');
  expect(asked[0]).toBe('GET /v1/sessions?limit=100 Bearer a key of an operator');
});

test('what is printed to no terminal has no colours', async () => {
  const { exited, printed } = curfew('sessions', 'list');
  expect(await exited).toEqual([0, null]);
  expect(await printed).toBe('no sessions\n');
});

test('an API that is not there is exit 1, in one line', async () => {
  const { child, exited } = curfew('sessions', 'list', '--url', 'http://127.0.0.1:1');
  const said = await text(child.stderr);
  expect(said).toMatch(/^curfew: nothing answers at http:\/\/127\.0\.0\.1:1, with CURFEW_OPERATOR_KEY: .+\n$/);
  expect(await exited).toEqual([1, null]);
});

test.each([
  ['what the API says', ['stations', 'show', '\u001b[31mred'], 'no station "\\u{1b}[31mred" is registered'],
  ['what was not understood', ['stations', 'sh\u001b[31mow'], "unknown command 'sh\\u{1b}[31mow'"],
])('no error steers the terminal, %s', async (_, args, expected) => {
  const { child, exited } = curfew(...args);
  const said = await text(child.stderr);
  expect(said.startsWith(`curfew: ${expected}`), said).toBe(true);
  expect(said).not.toContain('\u001b');
  await exited;
});

test('an empty handle is refused before anything is asked', async () => {
  const before = asked.length;
  const { child, exited } = curfew('sessions', 'end', '', '--reason', 'gone');
  expect(await text(child.stderr)).toBe('curfew: say a session, or of what all: --station, --realm or --user\n');
  expect(await exited).toEqual([2, null]);
  expect(asked).toHaveLength(before);
});

test('a length of time is told in help as it is written', async () => {
  const { printed } = curfew('watch', '--help');
  expect(await printed).toContain('(default: 2s)');
});
