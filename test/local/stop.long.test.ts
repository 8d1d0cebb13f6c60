/** Whoever stops `npm start` leaves nothing running. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { processIdentity } from '../../lib/local/process-identity.ts';
import { hasNamedDynamoDB, useTables } from '../support/engine.ts';
import { enginePid, type LocalProcess, spawnLocal, spawnNpmStart } from '../support/local-process.ts';
import { useTemporaryDirectories } from '../support/temporary-directory.ts';

const temporaryDirectory = useTemporaryDirectories();
const newTable = useTables();
let local: LocalProcess | undefined;
afterEach(async () => {
  local?.end();
  await local?.exited;
});

test.each([
  ['Ctrl-C at the terminal of npm start', spawnNpmStart, (started: LocalProcess) => started.signalGroup('SIGINT')],
  ['SIGTERM to npm alone', spawnNpmStart, ({ child }: LocalProcess) => child.kill('SIGTERM')],
  ['SIGINT to the process itself', spawnLocal, ({ child }: LocalProcess) => child.kill('SIGINT')],
  ['SIGTERM to the process itself', spawnLocal, ({ child }: LocalProcess) => child.kill('SIGTERM')],
] as const)('%s ends everything, the engine too, and says so in one line', async (_, spawn, stop) => {
  const data = temporaryDirectory();
  local = spawn(['--port', '0', '--data', data], { CURFEW_TABLE: newTable().table });
  const url = await local.ready;
  await vi.waitFor(() => expect(local?.stdout()).toContain('Ctrl-C stops everything.\n'));
  const { pid } = JSON.parse(readFileSync(join(data, 'lock.1'), 'utf8'));
  const pids = [pid, ...(hasNamedDynamoDB ? [] : [enginePid(data)])];
  for (const pid of pids) expect(processIdentity(pid)).toContain(data);

  const stoppedAt = performance.now();
  stop(local);
  await local.exited;
  expect(performance.now() - stoppedAt).toBeLessThan(2_500);
  // Where npm is gone before us, nobody waits for our end: the pipe is closed a moment before the process is gone.
  await vi.waitFor(() => expect(pids.map(processIdentity)).toEqual(pids.map(() => undefined)), {
    timeout: 500,
    interval: 5,
  });
  await expect(fetch(url)).rejects.toThrow('fetch failed');
  expect(local.stdout()).toMatch(/Ctrl-C stops everything\.\n+Stopped\.\n$/);
  expect(local.stderr()).not.toMatch(/error/i);
});
