/** The real functions in the local system: what no double can show. */
import { execFileSync, spawn } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Webhook } from 'standardwebhooks';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { BusEvent } from '../../lib/local/bus.ts';
import { type Engine, startEngine } from '../../lib/local/engine.ts';
import type { Handlers } from '../../lib/local/lambda.ts';
import type { EndpointFault } from '../../lib/local/scheduler-endpoint.ts';
import { type LocalSystem, type SystemOptions, startSystem } from '../../lib/local/system.ts';
import { hasNamedDynamoDB, useTables } from '../support/engine.ts';
import { call, register } from '../support/local-client.ts';
import { spawnLocal } from '../support/local-process.ts';
import { useTemporaryDirectories } from '../support/temporary-directory.ts';

/** Deadlines short enough to wait for: a seat is free 3 s after the last sign of life. */
const REALMS = {
  realms: {
    lab: { profile: 'release-station', idle: '1s', lease: '1s', job: '1s', sweep: '1s' },
    library: { profile: 'release-station' },
    demo: { profile: 'release-station', idle: '1s', lease: '3s', job: '3s', sweep: '1s' },
  },
};

vi.setConfig({ testTimeout: 30_000 });

const temporaryDirectory = useTemporaryDirectories();
const newTable = useTables();
const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** The functions read their environment when they are imported. */
async function loadFunctions(environment: Readonly<Record<string, string>>): Promise<Handlers> {
  Object.assign(process.env, environment, { AWS_LAMBDA_LOG_LEVEL: 'FATAL' });
  vi.resetModules();
  return {
    onStationEvent: (await import('../../functions/on-station-event.ts')).handler,
    onOperatorRequest: (await import('../../functions/on-operator-request.ts')).handler,
    onSweep: (await import('../../functions/on-sweep.ts')).handler,
    onSeatChange: (await import('../../functions/on-seat-change.ts')).handler,
    onSessionEvent: (await import('../../functions/on-session-event.ts')).handler,
    consoleWidget: (await import('../../functions/console-widget.ts')).handler,
    consoleEnd: (await import('../../functions/console-end.ts')).handler,
  };
}

async function start(changes: Partial<SystemOptions> = {}) {
  const data = temporaryDirectory();
  const realmsFile = join(data, 'realms.json');
  writeFileSync(realmsFile, JSON.stringify(REALMS));
  const events: BusEvent[] = [];
  const system = await startSystem({
    data,
    port: 0,
    realmsFile,
    loadHandlers: loadFunctions,
    say: () => {},
    onEvent: (event) => void events.push(event),
    onFatal: () => {},
    ...newTable(),
    ...changes,
  });
  closers.push(() => system.stop());
  const { url, operatorKey } = system;
  return {
    system,
    events,
    operator: (method: string, path: string) => call(url, operatorKey, method, path),
    /** A printer that cannot ping, as it speaks. */
    printer: async (id: string, realm = 'lab') => {
      const key = await register(url, operatorKey, id, {
        realm,
        kind: 'hosted',
        name: id,
        location: 'here',
        reportsActivity: false,
      });
      return (event: string, body?: object) => call(url, key, 'POST', `/v1/stations/${id}/${event}`, body);
    },
  };
}

const named = (events: readonly BusEvent[], session: string) =>
  events.filter(({ detail }) => detail.session === session).map((event) => [event['detail-type'], event.detail.reason]);

test('a session that nobody asks about is announced by its timer, and is in history', async () => {
  const { printer, events, operator } = await start();
  const a = await printer('lab-1');
  const { session, heldUntil } = (await a('login', { user: 'ana' })).body;
  await vi.waitFor(
    () =>
      expect(named(events, session)).toEqual([
        ['session.opened', undefined],
        ['session.ended', 'lease'],
      ]),
    { timeout: 15_000, interval: 50 },
  );
  const { body } = await operator('GET', '/v1/realms/lab/users/ana');
  expect(body.seats).toEqual([]);
  expect(body.history).toMatchObject([{ session, reason: 'lease', endedAt: heldUntil, endedBy: 'policy' }]);
  expect(await operator('GET', `/v1/sessions/${session}`)).toMatchObject({ status: 410 });
});

describe('while the Scheduler', () => {
  test('never answers, a session that nobody asks about is announced by the backstop alone', async () => {
    const { system, printer, events } = await start({
      backstopRate: 'rate(1 second)',
      schedulerFaults: { endpoint: () => 'refuse', losesFirings: () => false },
    });
    const a = await printer('lab-1');
    const login = await a('login', { user: 'ana' });
    expect(login.status).toBe(201);
    const { session, heldUntil } = login.body;
    await vi.waitFor(() => expect(named(events, session)).toContainEqual(['session.ended', 'lease']), {
      timeout: 10_000,
      interval: 20,
    });
    // Free two seconds after `heldUntil`; then the next backstop.
    expect(Date.now() - Date.parse(heldUntil)).toBeLessThan(2_000 + 1_000 + 5_000);
    expect(readdirSync(system.data.file('schedules')).filter((name) => name.includes('@'))).toEqual([
      'curfew@backstop.json',
    ]);
  });

  test('answers with errors, logins succeed and seats come free', async () => {
    let fault: EndpointFault | undefined;
    const { printer, events } = await start({
      schedulerFaults: { endpoint: () => fault, losesFirings: () => false },
    });
    const [a, b] = [await printer('lab-1'), await printer('lab-2')];
    fault = 'error';
    const first = await a('login', { user: 'ana' });
    expect(first.status).toBe(201);
    expect((await b('login', { user: 'ana' })).status).toBe(409);
    await vi.waitFor(async () => expect((await b('login', { user: 'ana' })).status).toBe(201), {
      timeout: 6_000,
      interval: 100,
    });
    expect(Date.now() - Date.parse(first.body.heardAt)).toBeLessThan(3_000 + 2_500);
    await vi.waitFor(() => expect(named(events, first.body.session)).toContainEqual(['session.ended', 'lease']), 5_000);
  });

  test('loses its firings, a seat comes free at its instant and the next login announces the end', async () => {
    const { printer, events } = await start({
      schedulerFaults: { endpoint: () => undefined, losesFirings: () => true },
    });
    const [a, b] = [await printer('lab-1'), await printer('lab-2')];
    const first = await a('login', { user: 'ana' });
    await vi.waitFor(async () => expect((await b('login', { user: 'ana' })).status).toBe(201), {
      timeout: 6_000,
      interval: 100,
    });
    await vi.waitFor(() => expect(named(events, first.body.session)).toContainEqual(['session.ended', 'lease']), 5_000);
  });
});

test.skipIf(hasNamedDynamoDB)(
  'while DynamoDB does not answer, a login is answered 503 with Retry-After; then the same login works',
  async () => {
    const file = join(temporaryDirectory(), 'table.db');
    let engine: Engine = await startEngine({ file });
    closers.push(() => engine.stop());
    const { printer } = await start({ dynamodbEndpoint: engine.url });
    const a = await printer('library-1', 'library');
    expect((await a('login', { user: 'ana', id: 'd-1' })).status).toBe(201);

    await engine.stop();
    const refused = await a('login', { user: 'bo', id: 'd-2' });
    expect(refused.status).toBe(503);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(refused.headers.get('content-type')).toBe('application/problem+json');

    engine = await startEngine({ file, address: engine.address });
    // 200 where an attempt that was answered 503 had been carried out all the same: its repeat finds the session.
    const isAccepted = async () => expect([200, 201]).toContain((await a('login', { user: 'bo', id: 'd-2' })).status);
    await vi.waitFor(isAccepted, { timeout: 10_000, interval: 200 });
  },
);

describe('a realm that has somebody told', () => {
  /** A receiver that nobody here has written: it knows its secret and Standard Webhooks' library. */
  async function receiver(answer: (count: number) => number = () => 204) {
    const heard: { headers: Record<string, string>; body: string }[] = [];
    const server = createServer(async (request, response) => {
      let body = '';
      for await (const chunk of request) body += chunk;
      heard.push({ headers: request.headers as Record<string, string>, body });
      response.writeHead(answer(heard.length)).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    closers.push(() => new Promise((resolve) => server.close(resolve)));
    return { heard, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/curfew` };
  }

  const realmsFile = (url: string): string => {
    const file = join(temporaryDirectory(), 'realms.json');
    const webhook = { url, events: ['session.ended'] };
    writeFileSync(file, JSON.stringify({ realms: { lab: { ...REALMS.realms.lab, webhook } } }));
    return file;
  };

  test('tells them of an end, signed, again where it was not taken, and once where it was', async () => {
    const { heard, url } = await receiver((count) => (count === 1 ? 500 : 204));
    const { printer, operator } = await start({ realmsFile: realmsFile(url) });
    const { secret } = (await operator('POST', '/v1/realms/lab/webhook/secret')).body;
    const a = await printer('lab-1');
    const { session } = (await a('login', { user: 'ana' })).body;
    await a('logout', { session });
    await vi.waitFor(() => expect(heard).toHaveLength(2), { timeout: 15_000, interval: 50 });
    const told = heard.map(({ headers, body }) => new Webhook(secret).verify(body, headers));
    expect(told[1]).toMatchObject({
      type: 'session.ended',
      data: { session, user: 'ana', station: 'lab-1', reason: 'logout', allowCurrentJob: true },
    });
    expect(told[1]).toEqual(told[0]);
    const [first, second] = heard.map(({ headers }) => headers);
    expect(second?.['webhook-id']).toBe(first?.['webhook-id']);
    expect(Number(second?.['webhook-timestamp'])).toBeGreaterThan(Number(first?.['webhook-timestamp']));
  });

  test('keeps what they want no more as a dead letter', async () => {
    const { heard, url } = await receiver(() => 410);
    const { system, printer } = await start({ realmsFile: realmsFile(url) });
    const a = await printer('lab-1');
    const { session } = (await a('login', { user: 'ana' })).body;
    await a('logout', { session });
    const letters = () => readFileSync(system.data.file('dead-letters.ndjson'), 'utf8').trim();
    await vi.waitFor(() => expect(letters()).not.toBe(''), { timeout: 15_000, interval: 50 });
    expect(JSON.parse(letters())).toMatchObject({
      of: 'an event',
      reason: 'the receiver answered 410 Gone: it wants no more',
      event: { 'detail-type': 'session.ended', detail: { session } },
    });
    expect(heard).toHaveLength(1);
  });
});

/** Runs `npm run incident` against a system, and resolves to its exit code and what it printed. */
async function runIncident({ url, data }: LocalSystem) {
  const args = ['--import', 'tsx', 'bin/incident.ts', '--url', url, '--data', data.path];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (printed += chunk));
  const code = await new Promise((resolve) => child.once('close', resolve));
  return { code, printed };
}

describe('the incident', () => {
  test('goes as it should', async () => {
    const { system } = await start();
    const { code, printed } = await runIncident(system);
    expect(printed).toMatch(
      /logs in at A.*201[\s\S]*tries to log in at B.*409[\s\S]*201: B has the seat \d+ ms after the bound[\s\S]*lease/,
    );
    expect(printed, 'by the clock of those who read it').toMatch(/red: It fell silent .* at \d\d:\d\d:\d\d: /);
    expect(code).toBe(0);
  });

  test('fails where a seat is given away too early', async () => {
    const { system } = await start({
      loadHandlers: async (environment) => {
        const handlers = await loadFunctions(environment);
        // Whoever comes takes over, asked or not.
        return {
          ...handlers,
          onStationEvent: (event, context) => {
            const body = event.body?.replace('}', ',"takeOver":true}') ?? '';
            const headers = { ...event.headers, 'content-length': String(Buffer.byteLength(body)) };
            return handlers.onStationEvent({ ...event, headers, body }, context);
          },
        };
      },
    });
    const { code, printed } = await runIncident(system);
    expect(printed).toContain('This is not what should have happened: the login at B should be 409 with who, where');
    expect(code).toBe(1);
  });
});

test('npm start prints lines that work when they are pasted into a shell one after another', async () => {
  const local = spawnLocal(['--port', '0', '--data', temporaryDirectory()], { CURFEW_TABLE: newTable().table });
  closers.push(() => {
    local.end();
    return local.exited;
  });
  await local.ready;
  await vi.waitFor(() => expect(local.stdout()).toContain('Ctrl-C stops everything.'));
  const lines = local
    .stdout()
    .split('\n')
    .filter((line) => line.startsWith('  '))
    // A quarter of a minute, with a test of its own.
    .filter((line) => !line.includes('npm run incident'));
  // curl ends with 28 when it has listened for as long as it was told to.
  const shown = execFileSync('bash', ['-c', `${lines.join('\n')}\n[ $? = 28 ]`], { encoding: 'utf8' });
  expect(shown).toMatch(/"outcome":"opened"[\s\S]*"sessions":\[\{[\s\S]*"outcome":"ended"[\s\S]*event: session\.ended/);
  const sessionLines = /opened +ana at lib-1 \(campus-print\)\n.*ended +ana at lib-1 \(campus-print\): logout/;
  await vi.waitFor(() => expect(local.stdout()).toMatch(sessionLines));

  local.child.kill('SIGTERM');
  expect(await local.exited).toBe(0);
});
