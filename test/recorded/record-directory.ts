/**
 * Keeps a data directory as this version's `npm start` leaves it when it is killed: two sessions that go on and one that has
 * ended, at stations whose keys are in `keys.json`. `node --import tsx test/recorded/record-directory.ts [version]`.
 */
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { call, register } from '../support/local-client.ts';
import { enginePid, spawnLocal } from '../support/local-process.ts';

const { version: current } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
const [, , version = current] = process.argv;

const data = mkdtempSync(join(tmpdir(), 'curfew-recorded-'));
const system = spawnLocal(['--port', '0', '--data', data]);
const url = await system.ready;
const operatorKey = readFileSync(join(data, 'operator-key'), 'utf8').trim();
const keys: Record<string, string> = {};
for (const [station, user] of [
  ['lib-1', 'ana'],
  ['lib-2', 'ben'],
  ['lib-3', 'eve'],
] as const) {
  const key = await register(url, operatorKey, station, { realm: 'campus-print', kind: 'hosted' });
  keys[station] = key;
  await call(url, key, 'POST', `/v1/stations/${station}/login`, { user });
}
await call(url, keys['lib-3'] ?? '', 'POST', '/v1/stations/lib-3/logout');
// The journal has recorded it once history tells of it.
for (;;) {
  const { body } = await call(url, operatorKey, 'GET', '/v1/realms/campus-print/users/eve');
  if (body.history.length > 0) break;
}
process.kill(enginePid(data), 'SIGKILL');
system.signalGroup('SIGKILL');
await system.exited;

const folder = new URL(`${version}/data/`, import.meta.url);
// Of a process that is gone, and of what nobody reads.
const left = readdirSync(data).filter((name) => !/^(?:lock\.|functions\.log|url$|table\.db\.pid$)/.test(name));
for (const name of left) cpSync(join(data, name), join(fileURLToPath(folder), name), { recursive: true });
writeFileSync(new URL(`${version}/keys.json`, import.meta.url), `${JSON.stringify(keys, undefined, 2)}\n`);
rmSync(data, { recursive: true });
