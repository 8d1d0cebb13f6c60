import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { readRealms } from '../../lib/realms/realms-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'curfew-realms-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs the CDK app as the CDK does, on this realms file. */
function deployWith(realms: string) {
  const file = join(folder, 'realms.json');
  writeFileSync(file, realms);
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', 'tsx', 'bin/deploy.ts'], {
    encoding: 'utf8',
    env: { ...process.env, CURFEW_REALMS: file },
  });
  return { status, stdout, messages: stderr.split(`${file}: `).slice(1) };
}

test('the realms file that comes with Curfew is in order', () => {
  const { errors, warnings } = readRealms(readFileSync('realms.json', 'utf8'));
  expect([...errors, ...warnings]).toEqual([]);
});

test('a policy that contradicts itself is refused at synth, in one sentence without a stack trace', () => {
  const { status, messages } = deployWith(
    '{"realms": {"library": {"profile": "release-station", "ping": "2m", "lease": "1m"}}}',
  );
  expect(status).toBe(1);
  expect(messages).toHaveLength(1);
  expect(messages[0]).toMatch(/^realm "library": lease "1m" .* ping "2m".*\n$/);
});

test('every realm with a fault is named, not only the first', () => {
  const { status, messages } = deployWith(
    '{"realms": {"a": {"profile": "release-station", "idle": "soon"}, "b": {"profile": "none"}}}',
  );
  expect(status).toBe(1);
  expect(messages.map((message) => message.slice(0, 9))).toEqual(['realm "a"', 'realm "b"']);
});

test('a realms file that is not there is named', () => {
  const { status, stderr } = spawnSync(process.execPath, ['--import', 'tsx', 'bin/deploy.ts'], {
    encoding: 'utf8',
    env: { ...process.env, CURFEW_REALMS: 'nowhere.json' },
  });
  expect(status).toBe(1);
  expect(stderr).toMatch(/^nowhere\.json: cannot be read: /);
});
