import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { withoutAws } from './emulator.ts';

interface Cdk {
  /** A folder that goes with the emulator. */
  readonly folder: string;
  /** What an AWS client needs to speak to the emulator and to nothing else. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** Runs the CDK's command on this repository's app, as an operator would. What it printed is the error's message if it failed. */
export async function cdk({ folder, environment }: Cdk, ...command: string[]): Promise<string> {
  const child = spawn('node_modules/.bin/cdk', [...command, '--no-notices'], {
    env: {
      ...withoutAws(),
      ...environment,
      CDK_HOME: `${folder}/cdk-home`,
      CDK_DISABLE_CLI_TELEMETRY: 'true',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const printed: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => printed.push(chunk));
  const [code] = await once(child, 'close');
  const said = Buffer.concat(printed).toString();
  if (code !== 0) throw new Error(`cdk ${command[0]} ended with ${code}:\n${said}`);
  return said;
}
