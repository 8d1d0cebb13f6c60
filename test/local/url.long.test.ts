/** The running system says in its data directory where it listens, so that the command finds it. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { connectLocally } from '../../lib/command/local-connection.ts';
import { useTables } from '../support/engine.ts';
import { spawnLocal } from '../support/local-process.ts';
import { useTemporaryDirectories } from '../support/temporary-directory.ts';

const newDirectory = useTemporaryDirectories();
const newTable = useTables();

test('the command finds the system that runs, and none that has stopped', { timeout: 30_000 }, async () => {
  const data = join(newDirectory(), '.curfew');
  const { dynamodbEndpoint, table } = newTable();
  const system = spawnLocal(['--port', '0', '--data', data], {
    CURFEW_TABLE: table,
    ...(dynamodbEndpoint === undefined ? {} : { CURFEW_DYNAMODB_ENDPOINT: dynamodbEndpoint }),
  });
  try {
    const url = await system.ready;
    const { send, where } = connectLocally({ data, port: '4600' });
    expect(where).toContain(url);
    const { signal } = new AbortController();
    expect((await send('/v1/realms', { method: 'GET', headers: {}, signal })).status).toBe(200);
  } finally {
    system.end();
    await system.exited;
  }
  expect(existsSync(join(data, 'url'))).toBe(false);
});
