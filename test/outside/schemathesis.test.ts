/** The API as somebody else's tester sees it who has nothing but its description: the whole system, over HTTP. */
import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { call, register } from '../support/local-client.ts';
import { spawnLocal } from '../support/local-process.ts';
import { installPython } from '../support/python.ts';
import { useTemporaryDirectories } from '../support/temporary-directory.ts';

const PINNED = 'schemathesis==4.32.5';
const OPERATOR_KEY = 'the operator of a test'.replaceAll(' ', '-');

const temporaryDirectory = useTemporaryDirectories();

test('schemathesis finds nothing that the description does not say', async () => {
  installPython(PINNED);
  const system = spawnLocal(['--port', '0', '--data', temporaryDirectory(), '--realms', 'test/outside/realms.json'], {
    CURFEW_OPERATOR_KEY: OPERATOR_KEY,
  });
  onTestFinished(async () => {
    system.end();
    await system.exited;
  });
  const url = await system.ready;
  const printer = { realm: 'campus-print', kind: 'pinging', name: 'Library 1' };
  const stationKey = await register(url, OPERATOR_KEY, 'printer', printer);
  const urlKey = await register(url, OPERATOR_KEY, 'old-printer', { ...printer, proof: 'url' });
  for (const id of ['scratch', 'doomed']) await register(url, OPERATOR_KEY, id, printer);

  const environment = { ...process.env, STATION_KEY: stationKey, URL_KEY: urlKey, OPERATOR_KEY };
  const command = ['--config-file', resolve('test/outside/schemathesis.toml'), 'run', `${url}/openapi.json`];
  const options = ['--phases', 'examples,coverage,fuzzing', '--seed', '1', '--continue-on-failure', '--no-color'];
  const { stdout } = await promisify(execFile)(resolve('.venv/bin/schemathesis'), [...command, ...options], {
    env: environment,
    // What it keeps of a run goes with the run.
    cwd: temporaryDirectory(),
    maxBuffer: 64 * 1024 * 1024,
  }).catch((failed: { stdout: string; stderr: string }) => {
    throw new Error(`${failed.stdout}\n${failed.stderr}`);
  });

  const [, generated, passed] = /(\d+) generated, (\d+) passed/.exec(stdout) ?? [];
  expect(passed).toBe(generated);
  expect(Number(generated)).toBeGreaterThan(1_000);
  // The system is as well as before.
  expect((await call(url, OPERATOR_KEY, 'GET', '/v1/realms')).status).toBe(200);
  expect(system.stderr()).toBe('');
});
