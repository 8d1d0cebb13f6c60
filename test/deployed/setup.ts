import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { installPython } from '../support/python.ts';
import { type Emulator, startEmulator, withoutAws } from './emulator.ts';

/** Somebody else's signatures. */
const PINNED = 'standardwebhooks==1.1.0';

/** What `cdk deploy` printed as the stack's outputs. */
export interface Outputs {
  readonly ApiUrl: string;
  readonly TableName: string;
  readonly BusName: string;
  readonly TimerGroup: string;
}

declare module 'vitest' {
  interface ProvidedContext {
    outputs: Outputs;
  }
}

/** Deploys as an operator would, bootstrap included, and takes everything away again. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  installPython(PINNED);
  const emulator = await step('start the emulator', startEmulator);
  try {
    await step('cdk bootstrap', () => cdk(emulator, 'bootstrap'));
    const outputs = join(emulator.folder, 'outputs.json');
    await step('cdk deploy', () => cdk(emulator, 'deploy', '--require-approval', 'never', '--outputs-file', outputs));
    project.provide('outputs', JSON.parse(readFileSync(outputs, 'utf8'))['curfew-dev']);
    Object.assign(process.env, emulator.environment);
  } catch (error) {
    await emulator.stop();
    throw error;
  }
  return () => step('stop the emulator', emulator.stop);
}

async function step<T>(name: string, work: () => Promise<T>): Promise<T> {
  const startedAt = Date.now();
  const result = await work();
  console.log(`${name}: ${((Date.now() - startedAt) / 1_000).toFixed(1)} s`);
  return result;
}

/** Runs the CDK's command on a development stage with short deadlines. What it printed is shown if it failed. */
async function cdk(emulator: Emulator, ...command: string[]): Promise<void> {
  const context = ['-c', 'stage=dev', '-c', 'realms=test/deployed/realms.json'];
  const output = ['--output', join(emulator.folder, 'cdk.out')];
  const child = spawn('node_modules/.bin/cdk', [...command, ...context, ...output, '--no-notices'], {
    env: {
      ...withoutAws(),
      ...emulator.environment,
      CDK_HOME: join(emulator.folder, 'cdk-home'),
      CDK_DISABLE_CLI_TELEMETRY: 'true',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const printed: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => printed.push(chunk));
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`cdk ${command[0]} ended with ${code}:\n${Buffer.concat(printed)}`);
}
