/** The operator's command against the stack as deployed and against the system on one machine: the same story, the same words. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { beforeAll, expect, inject, test } from 'vitest';
import { stackApi } from '../../lib/aws/operator-api.ts';
import type { Connection } from '../../lib/command/api.ts';
import { connectLocally } from '../../lib/command/local-connection.ts';
import { runCurfew } from '../support/command.ts';
import { spawnLocal } from '../support/local-process.ts';
import { useTemporaryDirectories } from '../support/temporary-directory.ts';
import { allowInTheEmulatorsTerms, api } from './deployment.ts';

const newDirectory = useTemporaryDirectories();

beforeAll(() => allowInTheEmulatorsTerms());

async function deployedApi(): Promise<Connection> {
  // The emulator answers elsewhere than at the API's own name.
  const { url, send } = await stackApi('curfew-dev', api);
  return { send, where: url, options: ['--stack', 'curfew-dev'] };
}

/** The same story on one machine. */
async function localStory(): Promise<string[]> {
  const data = newDirectory();
  const system = spawnLocal(['--port', '0', '--data', data, '--realms', 'test/deployed/realms.json']);
  try {
    const url = await system.ready;
    // So that what it tells to paste is the same.
    const connection = { ...connectLocally({ data, port: '0' }), options: ['--stack', 'curfew-dev'] };
    return await story(connection, url);
  } finally {
    system.end();
    await system.exited;
  }
}

/** Everything that an operator is told, from registering a station to forgetting who was there. */
async function story(connection: Connection, base: string): Promise<string[]> {
  const told: string[] = [];
  const curfew = async (...args: string[]): Promise<string> => {
    const { exit, printed, said } = await runCurfew(connection, args);
    told.push([`$ curfew ${args.join(' ')}`, printed, ...said, `exit ${exit}`].join('\n'));
    return printed;
  };
  const place = ['--name', 'Library 9', '--location', 'Cellar'];
  await curfew('realms', 'show', 'campus-print');
  await curfew('stations', 'add', 'cli-9', '--realm', 'campus-print', '--kind', 'hosted', ...place);
  const key = await curfew('stations', 'key', 'cli-9');
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
  const body = JSON.stringify({ user: 'Zoë & co' });
  const login = await fetch(`${base}/v1/stations/cli-9/login`, { method: 'POST', headers, body });
  const { session } = (await login.json()) as { session: string };
  await curfew('sessions', 'list', '--realm', 'campus-print', '--user', 'Zoë & co');
  await curfew('stations', 'show', 'cli-9');
  await curfew('explain', 'Zoë & co', '--realm', 'campus-print');
  await curfew('sessions', 'show', session);
  await curfew('users', 'show', 'Zoë & co', '--realm', 'campus-print');
  await curfew('sessions', 'end', session, '--reason', 'printer removed');
  await curfew('sessions', 'end', session, '--reason', 'printer removed');
  await curfew('explain', 'Zoë & co', '--realm', 'campus-print');
  await curfew('sessions', 'show', session);
  await curfew('users', 'forget', 'Zoë & co', '--realm', 'campus-print', '--yes');
  await curfew('stations', 'remove', 'cli-9');
  await curfew('stations', 'show', 'cli-9');
  await curfew('sessions', 'list', '--realm', 'no-such-realm');
  const short = session.split('.')[0] ?? session;
  return told.map((text) =>
    withoutChance(text.replaceAll(session, '<session>').replaceAll(short, '<session>').replaceAll(key, '<key>')),
  );
}

/** What may differ from one run to the next, and who the operator is. */
const withoutChance = (text: string): string =>
  text
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z|(?:\d{4}-\d\d-\d\d )?\b\d\d:\d\d:\d\d\b/g, '<instant>')
    // Other tests speak to the same deployment, without keys too; the local system has a realm more.
    .replace(/\n*Somebody who did not prove[\s\S]*(?=\nexit)/, '')
    .replace(/; it has [\w, -]+$/m, '')
    .replace(/\b(?:\d+[dhms] ?)+(?= ago|\)|,| {2})/g, '<length>')
    // What has just ended may be on its way into history.
    .replace(/^(?:no|\d+) sessions? of/m, '<count> of')
    .replace(/ {2,}/g, '  ')
    .replace(/arn:aws:[\w:/-]+/g, '<operator>');

test('the deployed stack and the local system tell an operator the same', async () => {
  const deployed = await story(await deployedApi(), api);
  expect(await localStory()).toEqual(deployed);
  expect(deployed.filter((text) => text.endsWith('exit 0'))).toHaveLength(14);
});

test('the command itself finds the API by the name of its stack', async () => {
  const run = promisify(execFile)(process.execPath, ['bin/curfew.js', 'realms', 'show', '--stack', 'curfew-dev']);
  // At its own name the emulator's API cannot be reached: the command has got as far as that.
  await expect(run).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringContaining(`nothing answers at ${inject('outputs').ApiUrl}`),
  });
});
