import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { installPython } from '../support/python.ts';
import { cdk } from './cdk.ts';
import { type Emulator, startEmulator } from './emulator.ts';

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
    await step('cdk bootstrap', () => cdkOfDev(emulator, 'bootstrap'));
    const outputs = join(emulator.folder, 'outputs.json');
    await step('cdk deploy', () =>
      cdkOfDev(emulator, 'deploy', '--require-approval', 'never', '--outputs-file', outputs),
    );
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

/** Runs the CDK's command on a development stage with short deadlines. */
const cdkOfDev = (emulator: Emulator, ...command: string[]): Promise<string> =>
  cdk(
    emulator,
    ...command,
    ...['-c', 'stage=dev', '-c', 'realms=test/deployed/realms.json'],
    ...['--output', join(emulator.folder, 'cdk.out')],
  );
