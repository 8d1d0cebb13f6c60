/** The templates of every option, as AWS's own linter of templates sees them. */
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { readOptions } from '../../lib/deploy/options.ts';
import { useSynth } from '../deploy/synth.ts';
import { installPython } from '../support/python.ts';
import { useTemporaryDirectories } from '../support/temporary-directory.ts';

const PINNED = 'cfn-lint==1.58.0';

/** W3005: what depends twice on its role does so by the CDK, and loses nothing by it. */
const ARGUMENTS = ['--regions', 'eu-west-1', '--ignore-checks', 'W3005'];

const { templateOf } = useSynth();
const newDirectory = useTemporaryDirectories();

const webhook = { url: 'https://gateway.example.org/curfew' };
/** Each option that changes a template, once. */
const OPTIONS = {
  protect: true,
  shards: 8,
  stationRate: 4_000,
  auditDays: 30,
  reserve: { stations: 400 },
  tags: { 'cost-centre': 'print' },
  customerKey: true,
  alarms: true,
  alarmEmail: 'print@example.org',
  insights: true,
  silent: true,
  runbook: 'https://example.org/operating.md',
  domain: {
    name: 'curfew.example.org',
    certificateArn: 'arn:aws:acm:eu-west-1:111122223333:certificate/0a1b2c3d-0a1b-0a1b-0a1b-0a1b2c3d4e5f',
    truststore: 's3://example-trust/stations/ca.pem',
    truststoreVersion: '1',
  },
};
const THERE_ALREADY = {
  existingTable: {
    name: 'seats-2',
    streamArn: 'arn:aws:dynamodb:eu-west-1:111122223333:table/seats-2/stream/2026-11-29T20:00:00.000',
  },
  masterSecretArn: 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:curfew-AbCdEf',
};

test('cfn-lint finds nothing wrong with the template of any option', { timeout: 600_000 }, async () => {
  installPython(PINNED);
  const asked = [...Object.keys(OPTIONS), ...Object.keys(THERE_ALREADY), 'stage', 'realms'];
  expect(asked.sort()).toEqual(optionNames());
  const realms = { realms: { print: { profile: 'release-station', webhook } } };
  const folder = newDirectory();
  const files = Object.entries({
    prod: templateOf('prod'),
    everything: templateOf('prod', { ...OPTIONS, realms }),
    'there already': templateOf('prod', { ...THERE_ALREADY, reserve: 'none' }),
  }).map(([name, template]) => {
    const file = join(folder, `${name}.template.json`);
    writeFileSync(file, JSON.stringify(template));
    return file;
  });
  const run = promisify(execFile)(resolve('.venv/bin/cfn-lint'), [...ARGUMENTS, '--', ...files], {
    cwd: folder,
  });
  const { stdout } = await run.catch((failed: { stdout: string; stderr: string }) => failed);
  expect(stdout).toBe('');
});

/** Of an option that is none, all are told that there are. */
function optionNames(): string[] {
  const [told = ''] = readOptions({ '?': true }).errors;
  return (told.split('; there are ')[1] ?? '').split(', ').sort();
}
