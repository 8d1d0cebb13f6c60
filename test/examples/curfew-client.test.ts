/** The client that web applications copy, against a Curfew that answers as it is told to. */
import { afterEach, describe, expect, test } from 'vitest';
import {
  CurfewMisused,
  CurfewUnavailable,
  createStation,
  type Station,
} from '../../examples/reporting-portal/curfew.ts';
import { type LoopbackServer, listen, readBody } from '../../lib/local/loopback.ts';

interface Scripted {
  readonly status: number;
  readonly body?: object;
  /** The connection ends without an answer. */
  readonly isLost?: true;
}

let server: LoopbackServer | undefined;
afterEach(async () => server?.close());

/** Answers in this order, and notes what it was asked. */
async function curfew(...script: readonly Scripted[]): Promise<{ station: Station; heard: Heard[] }> {
  const heard: Heard[] = [];
  server = await listen(0, async (request, response) => {
    const body = JSON.parse(String(await readBody(request, 10_000)));
    heard.push({ path: request.url ?? '', authorization: request.headers.authorization, body });
    const answer = script[heard.length - 1];
    if (answer === undefined || answer.isLost) return void request.socket.destroy();
    response.writeHead(answer.status, { 'content-type': 'application/json', 'retry-after': '0' });
    response.end(JSON.stringify(answer.body ?? {}));
  });
  return { station: createStation({ url: server.url, id: 'portal', key: 'key' }), heard };
}

interface Heard {
  readonly path: string;
  readonly authorization: string | undefined;
  readonly body: Readonly<Record<string, unknown>>;
}

const OPEN = { session: 's2', user: 'ana', outcome: 'renewed' };
const problem = (kind: string, members: object = {}) => ({
  type: `urn:curfew:problem:${kind}`,
  title: kind,
  detail: 'why',
  ...members,
});

test('an event is one POST with the key, about the session that it names', async () => {
  const { station, heard } = await curfew({ status: 200, body: OPEN });
  expect(await station.activity('s1')).toMatchObject({ isOpen: true, session: 's2', user: 'ana', stateLost: false });
  expect(heard).toEqual([
    {
      path: '/v1/stations/portal/activity',
      authorization: 'Bearer key',
      body: { session: 's1', id: expect.stringMatching(/./) },
    },
  ]);
});

test('what was not answered is sent again as the same delivery', async () => {
  const { station, heard } = await curfew(
    { status: 503 },
    { status: 0, isLost: true },
    { status: 201, body: { ...OPEN, outcome: 'made-anew', stateLost: true } },
  );
  expect(await station.activity('s1')).toMatchObject({ session: 's2', outcome: 'made-anew', stateLost: true });
  expect(heard).toHaveLength(3);
  expect(new Set(heard.map(({ body }) => body.id)).size).toBe(1);
});

test('two events are two deliveries', async () => {
  const { station, heard } = await curfew({ status: 200, body: OPEN }, { status: 200, body: OPEN });
  await station.activity('s1');
  await station.activity('s1');
  expect(new Set(heard.map(({ body }) => body.id)).size).toBe(2);
});

test('where nothing answers it gives up, a ping at once', async () => {
  const { station, heard } = await curfew(...Array.from({ length: 4 }, () => ({ status: 503 })));
  await expect(station.activity('s1')).rejects.toThrow(CurfewUnavailable);
  expect(heard).toHaveLength(3);
  await expect(station.ping('s1')).rejects.toThrow(CurfewUnavailable);
  expect(heard).toHaveLength(4);
});

describe('there is no session to go on with', () => {
  test.each([
    [401, 'logon-expired'],
    [409, 'seat-taken'],
    [410, 'session-ended'],
    [410, 'session-invalidated'],
    [410, 'no-session'],
  ])('%d %s', async (status, kind) => {
    const passed = [{ deadline: 'lease', at: '2026-11-22T14:23:05.000Z' }];
    const { station } = await curfew({ status, body: problem(kind, { name: 'Portal', passed }) });
    expect(await station.activity('s1')).toMatchObject({
      isOpen: false,
      problem: { title: kind, name: 'Portal', passed },
    });
  });
});

test.each([
  [400, 'bad-request'],
  [401, 'not-authenticated'],
  [403, 'forbidden'],
])('%d %s is the application’s fault, not its user’s', async (status, kind) => {
  const { station } = await curfew({ status, body: problem(kind) });
  await expect(station.activity('s1')).rejects.toThrow(CurfewMisused);
});
