/** `npm run portal -- --walk`, as a person would run it, in realms whose deadlines are shorter yet. */
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { useTables } from '../support/engine.ts';
import { useTemporaryDirectories } from '../support/temporary-directory.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const QUICK = {
  profile: 'enterprise',
  idle: '2s',
  ping: '1s',
  lease: '3s',
  failover: '3s',
  logonToken: '11s',
  maximum: '5m',
  sweep: '1s',
};

const temporaryDirectory = useTemporaryDirectories();
const newTable = useTables();

async function walked(policy: object): Promise<{ status: number | null; stdout: string; stderr: string }> {
  const realms = join(temporaryDirectory(), 'realms.json');
  writeFileSync(realms, JSON.stringify({ realms: { 'portal-demo': policy } }));
  const args = ['--import', 'tsx', 'examples/reporting-portal/start.ts', '--walk', '--realms', realms];
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

test('users of two web applications come back at each rung, and each finds what it promises', async () => {
  const { status, stdout, stderr } = await walked(QUICK);
  expect(stderr).toBe('');
  expect(stdout).toMatch(/\nEach rung came when it had been said that it would, [^\n]+\n$/);
  expect(status).toBe(0);
}, 60_000);

test('in a realm that has no lingering the walk says which step is not as it should be', async () => {
  const { status, stderr } = await walked({ ...QUICK, whenIdle: 'end' });
  expect(stderr).toContain(`ben's session at reporting-portal should be lingering, but is "remembered"`);
  expect(status).toBe(1);
}, 60_000);
