/** What `npm pack` makes, in a project of somebody else's: the command, the client with its types, and the construct, deployed. */
import { type ExecFileOptions, execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { version } from '../../lib/version.ts';
import {
  allowInTheEmulatorsTerms,
  api,
  eventually,
  inTheEmulator,
  issuedKey,
  sqs,
  statusFor,
  stranger,
} from './deployment.ts';
import { withoutAws } from './emulator.ts';

const folder = mkdtempSync(join(tmpdir(), 'curfew-package-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }), 60_000);
const { devDependencies } = JSON.parse(readFileSync('package.json', 'utf8'));
const project = join(folder, 'theirs');

const execute = promisify(execFile);

/** Runs a program in the project. What it printed is shown if it failed. */
async function run(program: string, args: readonly string[], options: ExecFileOptions = {}): Promise<string> {
  try {
    const { stdout } = await execute(program, args, { cwd: project, encoding: 'utf8', ...options });
    return String(stdout).trim();
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    throw new Error(`${program} ${args.join(' ')}:\n${stdout}${stderr}`);
  }
}

const write = (name: string, text: string): void => writeFileSync(join(project, name), text);

beforeAll(async () => {
  mkdirSync(project);
  const packed = await run('npm', ['pack', '--json', '--pack-destination', folder], { cwd: '.' });
  const [{ filename }] = JSON.parse(packed.slice(packed.indexOf('[\n')));
  await run('npm', ['init', '-y']);
  const theirs = ['aws-cdk-lib', 'constructs'].map((name) => `${name}@${devDependencies[name]}`);
  const quietly = ['--no-audit', '--no-fund', '--prefer-offline', '--ignore-scripts'];
  await run('npm', ['install', ...quietly, join(folder, filename), ...theirs]);
  write(
    'package.json',
    JSON.stringify({ ...JSON.parse(readFileSync(join(project, 'package.json'), 'utf8')), type: 'module' }),
  );
}, 300_000);

describe('the command', () => {
  test('says which Curfew it is', async () => {
    expect(await run('npx', ['curfew', '--version'])).toBe(version());
    expect(version()).toMatch(/^\d+\.\d+\.\d+\+[0-9a-f]{7,}(\.changed)?$/);
  });

  test('checks a realms file', async () => {
    write('realms.json', '{"realms": {"lab": {"profile": "release-station", "ping": "2m", "lease": "1m"}}}');
    await expect(run('npx', ['curfew', 'policy', 'check', 'realms.json'])).rejects.toThrow('realm "lab": lease "1m"');
  });
});

describe('the client', () => {
  test('is 10 kB of code that imports nothing', () => {
    const file = join(project, 'node_modules/curfew/dist/client/station.js');
    expect(statSync(file).size).toBeLessThan(10_000);
    expect(readFileSync(file, 'utf8')).not.toMatch(/\bimport\b/);
  });

  test('has types, and logs a user in at the deployed API', async () => {
    write(
      'station.ts',
      `import { type Answer, createStationClient } from 'curfew/client';
const [, , url = '', station = '', key = ''] = process.argv;
const curfew = createStationClient({ url, station, key });
const answer: Answer = await curfew.login('ana');
if (answer.is === 'open') console.log(answer.user, (await curfew.logout(answer)).outcome);
`,
    );
    await compile('station.ts');
    await allowInTheEmulatorsTerms();
    const key = await issuedKey('packaged', { realm: 'campus-print', kind: 'hosted' });
    expect(await run('node', ['station.js', api, 'packaged', key])).toBe('ana ended');
  });
});

describe('the construct', () => {
  test('is deployed in ten lines, beside a stack that hears its bus and may look', async () => {
    write(
      'app.ts',
      `import { App, CfnOutput, Stack } from 'aws-cdk-lib';
import { type EventPattern, Rule } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { AccountRootPrincipal, Role } from 'aws-cdk-lib/aws-iam';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { Curfew } from 'curfew/cdk';

const app = new App();
const realms = { realms: { lab: { profile: 'release-station', idle: '30s' } } };
const logins = new Stack(app, 'Logins');
const curfew = new Curfew(logins, 'Curfew', { stage: 'embedded', realms, reserve: 'none', alarms: false });
new CfnOutput(logins, 'ApiUrl', { value: curfew.url });
const beside = new Stack(app, 'Beside');
const ends = new Queue(beside, 'Ends');
const eventPattern: EventPattern = { source: ['curfew'] };
new Rule(beside, 'Rule', { eventBus: curfew.bus, eventPattern, targets: [new SqsQueue(ends)] });
const desk = new Role(beside, 'Desk', { assumedBy: new AccountRootPrincipal() });
curfew.grantLook(desk);
new CfnOutput(beside, 'DeskRole', { value: desk.roleArn });
new CfnOutput(beside, 'Queue', { value: ends.queueUrl });
`,
    );
    await compile('app.ts');
    const outputs = await deployed('node app.js');
    const url = inTheEmulator(outputs.Logins?.ApiUrl ?? '');
    await allowInTheEmulatorsTerms('Logins-Curfew');
    const key = await issuedKey('theirs', { realm: 'lab', kind: 'hosted' }, url);
    const login = await stranger('POST', '/v1/stations/theirs/login', key, { user: 'ben' }, url);
    expect(login).toMatchObject({ status: 201, body: { realm: 'lab' } });
    const opened = await eventually('the other stack hears of it', async () => {
      const QueueUrl = outputs.Beside?.Queue;
      const { Messages = [] } = await sqs('ReceiveMessage', { QueueUrl, MaxNumberOfMessages: 10 });
      const bodies = (Messages as { Body: string }[]).map(({ Body }) => JSON.parse(Body));
      return bodies.find((event) => event['detail-type'] === 'session.opened');
    });
    expect(opened.detail).toMatchObject({ realm: 'lab', user: 'ben', station: 'theirs' });

    // The grant lets the other stack's role look, and end nothing.
    const desk = outputs.Beside?.DeskRole ?? '';
    expect(await statusFor(desk, 'GET', `${url}/v1/sessions`)).toBe(200);
    expect(await statusFor(desk, 'DELETE', `${url}/v1/sessions/${login.body.session}`)).toBe(403);
  });
});

/** As a project with TypeScript of its own has it, declarations of others read too. */
async function compile(file: string): Promise<void> {
  const strict = ['--strict', '--module', 'nodenext', '--target', 'es2023', '--lib', 'es2023,dom', '--types', 'node'];
  const types = ['--typeRoots', resolve('node_modules/@types')];
  await run(resolve('node_modules/.bin/tsc'), [...strict, ...types, '--skipLibCheck', 'false', file]);
}

/** Deploys all stacks of the app, and says their outputs. */
async function deployed(app: string): Promise<Record<string, Record<string, string> | undefined>> {
  const home = { CDK_HOME: join(project, 'cdk-home'), CDK_DISABLE_CLI_TELEMETRY: 'true' };
  const aws = Object.fromEntries(Object.entries(process.env).filter(([name]) => name.startsWith('AWS_')));
  const env = { ...withoutAws(), ...aws, ...home };
  const args = ['deploy', '--all', '--app', app, '--require-approval', 'never', '--outputs-file', 'outputs.json'];
  await run(resolve('node_modules/.bin/cdk'), [...args, '--no-notices'], { env });
  return JSON.parse(readFileSync(join(project, 'outputs.json'), 'utf8'));
}
