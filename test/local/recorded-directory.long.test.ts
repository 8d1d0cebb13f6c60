/** A data directory that an earlier version's `npm start` has left when it was killed (test/recorded): this one goes on with it. */
import { chmodSync, cpSync, existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { hasNamedDynamoDB } from '../support/engine.ts';
import { call } from '../support/local-client.ts';
import { type LocalProcess, spawnLocal } from '../support/local-process.ts';
import { useTemporaryDirectories } from '../support/temporary-directory.ts';

const RECORDED = 'test/recorded';
const versions = readdirSync(RECORDED).filter((version) => existsSync(join(RECORDED, version, 'data')));

const temporaryDirectory = useTemporaryDirectories();
let local: LocalProcess | undefined;
afterEach(async () => {
  local?.end();
  await local?.exited;
});

/** As it was left: readable by its owner alone, which no repository keeps. */
function directoryOf(version: string): string {
  const data = temporaryDirectory();
  cpSync(join(RECORDED, version, 'data'), data, { recursive: true });
  for (const name of readdirSync(data, { recursive: true, encoding: 'utf8' })) {
    const file = join(data, name);
    chmodSync(file, statSync(file).isDirectory() ? 0o700 : 0o600);
  }
  return data;
}

test('there is a version whose directory is kept', () => expect(versions).toContain('0.2.0-beta.1'));

// Its table is a file of the engine's.
test.skipIf(hasNamedDynamoDB).each(versions)(
  'that of version %s is gone on with',
  { timeout: 60_000 },
  async (version) => {
    const data = directoryOf(version);
    const keys = JSON.parse(readFileSync(join(RECORDED, version, 'keys.json'), 'utf8'));
    const operatorKey = readFileSync(join(data, 'operator-key'), 'utf8').trim();
    local = spawnLocal(['--port', '0', '--data', data]);
    const url = await local.ready;
    const user = async (name: string) =>
      (await call(url, operatorKey, 'GET', `/v1/realms/campus-print/users/${name}`)).body;

    // Who had left is remembered; who had not has been silent since, which is announced now.
    expect(await user('eve')).toMatchObject({ seats: [], history: [{ station: 'lib-3', reason: 'logout' }] });
    for (const name of ['ana', 'ben']) {
      while ((await user(name)).history.length === 0) await sleep(200);
      expect(await user(name)).toMatchObject({ seats: [], history: [{ reason: 'lease', endedBy: 'policy' }] });
    }

    // The keys are those that were issued then.
    const login = await call(url, keys['lib-1'], 'POST', '/v1/stations/lib-1/login', { user: 'ana' });
    expect(login).toMatchObject({ status: 201, body: { outcome: 'opened' } });
    expect((await call(url, operatorKey, 'GET', '/v1/stations')).body.stations).toHaveLength(3);
    expect(readdirSync(data).filter((name) => name.endsWith('.damaged'))).toEqual([]);
    expect(local.stderr()).toBe('');
  },
);
