import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { startEngine } from '../../lib/local/engine.ts';
import { readEvents } from '../../lib/local/event-reader.ts';
import { loadRealms } from '../../lib/local/realms.ts';
import { useTables } from '../support/engine.ts';
import { call, register } from '../support/local-client.ts';
import { spawnLocal } from '../support/local-process.ts';
import { useTemporaryDirectories } from '../support/temporary-directory.ts';

const temporaryDirectory = useTemporaryDirectories();
const newTable = useTables();
const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  vi.unstubAllEnvs();
  for (const close of closers.splice(0)) await close();
});

/** Runs `npm start` until it gives up, and expects it to say why in one line. */
async function refusal(args: readonly string[], environment: Record<string, string> = {}): Promise<string> {
  const local = spawnLocal(args, environment);
  expect(await local.exited).toBe(1);
  expect(local.stdout()).toBe('');
  const lines = local.stderr().trimEnd().split('\n');
  expect(lines).toHaveLength(1);
  return String(lines[0]);
}

async function takePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => new Promise((resolve) => server.close(resolve)));
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

describe('a start that cannot succeed says why in one line and exits with 1', () => {
  test('when the port is taken', async () => {
    const port = await takePort();
    const line = await refusal(['--port', String(port), '--data', temporaryDirectory()]);
    expect(line).toBe(`curfew: Port ${port} is taken; stop what listens there or choose another with --port.`);
  });

  test('when the data directory cannot be written to', async () => {
    const file = join(temporaryDirectory(), 'file');
    writeFileSync(file, '');
    const line = await refusal(['--port', '0', '--data', join(file, 'data')]);
    expect(line).toMatch(/^curfew: Cannot write to .*file\/data \(ENOTDIR\); choose another directory with --data\.$/);
  });

  test('when the realms file is not there, is no JSON, or contradicts itself', async () => {
    const directory = temporaryDirectory();
    const realms = join(directory, 'realms.json');
    expect(await refusal(['--port', '0', '--data', join(directory, 'data')], { CURFEW_REALMS: realms })).toBe(
      `curfew: Cannot read the realms file ${realms} (ENOENT).`,
    );
    const start = () => loadRealms(realms, () => {});
    writeFileSync(realms, '{');
    expect(start).toThrow('is refused: the realms file is not JSON');
    writeFileSync(realms, '{"realms":{"lab":{"profile":"release-station","idle":"soon","lease":"0s"}}}');
    expect(start).toThrow(/realm "lab": idle "soon" must be .*; realm "lab": lease "0s" must be/);
  });

  test('when no DynamoDB answers at the endpoint that was named', async () => {
    const closed = await takePort();
    await closers.pop()?.();
    const line = await refusal(['--port', '0', '--data', temporaryDirectory()], {
      CURFEW_DYNAMODB_ENDPOINT: `http://127.0.0.1:${closed}`,
    });
    expect(line).toContain(
      `No DynamoDB answers at CURFEW_DYNAMODB_ENDPOINT=http://127.0.0.1:${closed} (ECONNREFUSED).`,
    );
  });

  test('when the operator key is blank', async () => {
    const data = join(temporaryDirectory(), 'data');
    const line = await refusal(['--port', '0', '--data', data], { CURFEW_OPERATOR_KEY: '' });
    expect(line).toBe(
      'curfew: CURFEW_OPERATOR_KEY must be at least 16 letters, digits and signs, without blanks; without it a key is made and kept.',
    );
    expect(() => statSync(data)).toThrow('ENOENT');
  });

  test('when the port is no port', async () => {
    expect(await refusal(['--port', '65536'])).toContain('A port is a number from 0 to 65535.');
  });
});

test('whoever reads a few lines of it and goes, ends nothing: the next login is told to nobody', async () => {
  const data = join(temporaryDirectory(), 'data');
  const local = spawnLocal(['--port', '0', '--data', data], { CURFEW_TABLE: newTable().table });
  closers.push(async () => {
    local.end();
    await local.exited;
  });
  const url = await local.ready;
  local.child.stdout?.destroy();
  local.child.stderr?.destroy();
  const operatorKey = readFileSync(join(data, 'operator-key'), 'utf8').trim();
  const key = await register(url, operatorKey, 'portal', { realm: 'demo', kind: 'application', name: 'A portal' });
  const events = await readEvents(url, operatorKey);
  closers.push(async () => events.close());
  for (const user of ['ana', 'ben']) {
    expect((await call(url, key, 'POST', '/v1/stations/portal/login', { user })).status).toBe(201);
    expect(await events.find(({ detail }) => detail.user === user, 5_000)).toBeDefined();
  }
  expect(local.child.exitCode).toBeNull();
});

test('whatever is kept is readable by its owner alone, in a directory that is not, too', async () => {
  const data = join(temporaryDirectory(), 'data');
  mkdirSync(data);
  chmodSync(data, 0o755);
  const local = spawnLocal(['--port', '0', '--data', data], { CURFEW_TABLE: newTable().table });
  closers.push(async () => {
    local.end();
    await local.exited;
  });
  await local.ready;
  const kept = readdirSync(data, { recursive: true, encoding: 'utf8' });
  expect(kept).toEqual(expect.arrayContaining(['master-key', 'events.ndjson', 'schedules']));
  expect(kept.filter((name) => (statSync(join(data, name)).mode & 0o077) !== 0)).toEqual([]);
});

test('without an engine for this platform, one line says what to do', async () => {
  vi.stubEnv('PATH', temporaryDirectory());
  const arch = Object.getOwnPropertyDescriptor(process, 'arch');
  Object.defineProperty(process, 'arch', { value: 'mips', configurable: true });
  closers.push(async () => void Object.defineProperty(process, 'arch', arch ?? {}));
  await expect(startEngine()).rejects.toThrow(
    /^There is no DynamoDB engine for \w+-mips: put `dynoxide` on the PATH, or name any DynamoDB endpoint .* in CURFEW_DYNAMODB_ENDPOINT\.$/,
  );
});
