/**
 * The CDK app: `npx cdk deploy` makes one stack of Curfew.
 *
 * Context: the options of docs/deploying.md, such as `-c stage=dev`; `CURFEW_REALMS` also names a realms file. What is
 * unknown or contradicts itself is refused here, before anything is built.
 */
import { readFileSync } from 'node:fs';
import { App } from 'aws-cdk-lib';
import { buildFunctions } from '../lib/build/functions.ts';
import { readOptions } from '../lib/deploy/options.ts';
import { CurfewStack } from '../lib/deploy/stack.ts';
import { readRealms } from '../lib/realms/realms-file.ts';

const app = new App();
const { options, errors } = readOptions(app.node.getAllContext());
if (errors.length > 0) refuse(errors);
const { stage = 'prod', realms: file = process.env.CURFEW_REALMS ?? 'realms.json', ...others } = options;
const realms = acceptedRealms(file);

await buildFunctions();
new CurfewStack(app, 'Curfew', { stackName: `curfew-${stage}`, stage, realms, ...others });

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
