/** `npm run gateway`, as a person would run it. */
import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { useTables } from '../support/engine.ts';
import { useTemporaryDirectories } from '../support/temporary-directory.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const REALM = 'gateway-demo';

const temporaryDirectory = useTemporaryDirectories();
const newTable = useTables();

async function told(changes: object): Promise<{ status: number | null; stdout: string; stderr: string }> {
  const own = JSON.parse(readFileSync(join(ROOT, 'examples/gateway/realms.json'), 'utf8'));
  const realms = join(temporaryDirectory(), 'realms.json');
  writeFileSync(realms, JSON.stringify({ realms: { [REALM]: { ...own.realms[REALM], ...changes } } }));
  const args = ['--import', 'tsx', 'examples/gateway/start.ts', '--realms', realms];
  const child = spawn(process.execPath, args, {
    cwd: ROOT,
    env: { ...process.env, CURFEW_TABLE: newTable().table },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].on('data', (chunk) => {
      said[stream] += chunk;
    });
  }
  const status = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { status, ...said };
}

test('a gateway that signs keeps the printers in front of which it stands right, come what may', async () => {
  const { status, stdout, stderr } = await told({});
  expect(stderr).toBe('');
  expect(stdout).toContain('It speaks for lib-* and signs what it says');
  expect(stdout).toMatch(/\nNobody was logged in twice, [^\n]+\n$/);
  expect(status).toBe(0);
}, 60_000);

test('in a realm that offers no take-over the story says which step is not as it should be', async () => {
  const { status, stderr } = await told({ takeOver: 'refuse' });
  expect(stderr).toContain('the offer should be to end that session, but is');
  expect(status).toBe(1);
}, 60_000);
