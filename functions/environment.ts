/**
 * What every function has, whatever it works on: its settings, realms, clock, log and secret. What works on the table is in
 * runtime.ts.
 */
import { readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { cloudWatchLog } from '../lib/aws/log.ts';
import { emfMeter } from '../lib/aws/meter.ts';
import { type Compiled, fromCompiled } from '../lib/realms/compiled.ts';
import { checkMaster, type Masters, mastersIn } from '../lib/station/keys.ts';
import { type DurationMs, systemClock } from '../lib/time.ts';

/** Settings have no defaults: what the stack forgets to say must not be guessed. */
export function setting(name: string): string {
  const value = process.env[name];
  if (value === undefined || value === '') throw new Error(`the environment variable ${name} is not set`);
  return value;
}

export const clock = systemClock;
export const pause = (length: DurationMs): Promise<void> => wait(length);
export const meter = emfMeter(setting('CURFEW_METRICS'));
/** Which Curfew this is, as the stack says it. */
export const version = setting('CURFEW_VERSION');
export const log = cloudWatchLog({
  clock,
  version,
  level: process.env.AWS_LAMBDA_LOG_LEVEL,
  trace: () => process.env._X_AMZN_TRACE_ID,
});

export const complain = log.error;

/**
 * The whole realms file. In an account it lies beside the function's code, checked by the synth; on one machine its text is
 * in the environment, and one that contradicts itself starts no function.
 */
export const { realms, dialects } = await readRealms();

async function readRealms(): Promise<Compiled> {
  // The bundler knows that it is not set, and leaves this out.
  if (process.env.CURFEW_REALMS_JSON !== undefined) {
    const { readRealms } = await import('../lib/realms/realms-file.ts');
    const { errors, ...accepted } = readRealms(process.env.CURFEW_REALMS_JSON);
    if (errors.length > 0) throw new Error(errors.map(({ message }) => message).join('; '));
    return accepted;
  }
  return fromCompiled(readFileSync(new URL('realms.json', import.meta.url), 'utf8'));
}

let secret: Promise<() => Promise<Masters>> | undefined;
let local: Masters | undefined;

/** What keys derive from: on one machine from the environment, as its file has it; otherwise from Secrets Manager. */
export async function master(): Promise<Masters> {
  const text = process.env.CURFEW_MASTER_KEY;
  if (text !== undefined) {
    local ??= mastersIn(text);
    return local;
  }
  secret ??= loadSecret();
  return (await secret)();
}

/** Loaded when a secret is first asked for: a function that needs none, or is asked nothing yet, starts without. */
async function loadSecret(): Promise<() => Promise<Masters>> {
  const { secretsManagerClient, secretsManagerMasters } = await import('../lib/aws/master-secret.ts');
  const secretArn = setting('CURFEW_MASTER_SECRET_ARN');
  return secretsManagerMasters(secretsManagerClient(), secretArn, { clock, complain, check: checkMaster });
}
