/** What an operator reads before a deployment. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { useTemporaryDirectories } from '../support/temporary-directory.ts';
import { useSynth } from './synth.ts';

const { templateOf } = useSynth();
const newDirectory = useTemporaryDirectories();

const realmsWith = (lease: string): object => ({ realms: { 'campus-print': { profile: 'release-station', lease } } });

test('cdk diff says which field of which realm has changed', { timeout: 240_000 }, () => {
  const folder = newDirectory();
  const before = join(folder, 'before.json');
  writeFileSync(before, JSON.stringify(templateOf('dev', { realms: realmsWith('5m') })));
  const realms = join(folder, 'realms.json');
  writeFileSync(realms, JSON.stringify(realmsWith('10m')));
  const args = [
    'diff',
    '--template',
    before,
    '-c',
    'stage=dev',
    '-c',
    `realms=${realms}`,
    '--no-color',
    '--no-notices',
  ];
  const { stdout, stderr } = spawnSync('node_modules/.bin/cdk', [...args, '--output', join(folder, 'cdk.out')], {
    encoding: 'utf8',
    env: { ...process.env, CDK_HOME: join(folder, 'home'), CDK_DISABLE_CLI_TELEMETRY: 'true' },
  });
  expect(stdout + stderr).toContain('[~] Metadata curfew-dev campus-print lease: 5m to 10m');
});
