/**
 * What every function has, whatever it works on: its settings, realms, clock, log and secret. What works on the table is in
 * runtime.ts.
 */
import { readFileSync } from 'node:fs';
import { secretsManagerClient } from '../lib/aws/clients.ts';
import { cloudWatchLog } from '../lib/aws/log.ts';
import { secretsManagerMasters } from '../lib/aws/master-secret.ts';
import { emfMeter } from '../lib/aws/meter.ts';
import { readRealms } from '../lib/realms/realms-file.ts';
import type { Realms } from '../lib/session/policy.ts';
import type { Mappings } from '../lib/soap/dialect-text.ts';
import { checkMaster, type Masters, mastersIn } from '../lib/station/keys.ts';
import { systemClock } from '../lib/time.ts';

/** Settings have no defaults: what the stack forgets to say must not be guessed. */
export function setting(name: string): string {
  const value = process.env[name];
  if (value === undefined || value === '') throw new Error(`the environment variable ${name} is not set`);
  return value;
}

export const clock = systemClock;
export const meter = emfMeter(setting('CURFEW_METRICS'));
export const log = cloudWatchLog({
  clock,
  level: process.env.AWS_LAMBDA_LOG_LEVEL,
  trace: () => process.env._X_AMZN_TRACE_ID,
});

export const complain = log.error;

/** The whole realms file, which lies beside the function's code. One that contradicts itself starts no function. */
export const { realms, dialects }: { realms: Realms; dialects: Mappings } = (() => {
  const { realms, dialects, errors } = readRealms(process.env.CURFEW_REALMS_JSON ?? beside('realms.json'));
  if (errors.length > 0) throw new Error(errors.map(({ message }) => message).join('; '));
  return { realms, dialects };
})();

function beside(file: string): string {
  return readFileSync(new URL(file, import.meta.url), 'utf8');
}

let secret: (() => Promise<Masters>) | undefined;
let local: Masters | undefined;

/** What keys derive from: on one machine from the environment, as its file has it; otherwise from Secrets Manager. */
export async function master(): Promise<Masters> {
  const text = process.env.CURFEW_MASTER_KEY;
  if (text !== undefined) {
    local ??= mastersIn(text);
    return local;
  }
  secret ??= secretsManagerMasters(secretsManagerClient(), setting('CURFEW_MASTER_SECRET_ARN'), {
    clock,
    complain,
    check: checkMaster,
  });
  return secret();
}
