/**
 * The CDK app: `npx cdk deploy` makes one stack of Curfew.
 *
 * Context: `-c stage=dev` for a stage that may be deleted (default `prod`), `-c realms=<file>` (or `CURFEW_REALMS`)
 * for a realms file other than `realms.json`, and the stack's options (docs/deploying.md). What contradicts itself is
 * refused here, before anything is built.
 */
import { readFileSync } from 'node:fs';
import { App } from 'aws-cdk-lib';
import { buildFunctions } from '../lib/build/functions.ts';
import { readOptions } from '../lib/deploy/options.ts';
import { CurfewStack } from '../lib/deploy/stack.ts';
import { readRealms } from '../lib/realms/realms-file.ts';

await buildFunctions();
const app = new App();
const stage: string = app.node.tryGetContext('stage') ?? 'prod';
if (!/^[a-z][a-z0-9-]{0,30}$/.test(stage)) {
  refuse([`stage "${stage}" must be 1 to 31 of a-z, 0-9 and "-", and begin with a letter`]);
}
const file: string = app.node.tryGetContext('realms') ?? process.env.CURFEW_REALMS ?? 'realms.json';

const { options, errors } = readOptions((name) => app.node.tryGetContext(name));
if (errors.length > 0) refuse(errors);

new CurfewStack(app, 'Curfew', { stackName: `curfew-${stage}`, stage, realms: acceptedRealms(file), ...options });

/** The file's text, once `readRealms` has found no error in it; with one, the app ends here. */
function acceptedRealms(path: string): string {
  const text = readText(path);
  const { errors } = readRealms(text);
  if (errors.length > 0) refuse(errors.map((error) => `${path}: ${error.message}`));
  return text;
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    return refuse([`${path}: cannot be read: ${error instanceof Error ? error.message : error}`]);
  }
}

/** Says why and stops. A stack trace would only hide the message. */
function refuse(messages: readonly string[]): never {
  for (const message of messages) console.error(message);
  process.exit(1);
}
