/**
 * The composition root: reads a function's environment and wires the core's ports to AWS. What a function does not import
 * by name is not in its bundle; what it makes is made once for each container.
 */
import { Logger } from '@aws-lambda-powertools/logger';
import { eventBridgeBus } from '../lib/aws/bus.ts';
import { dynamoClient, eventBridgeClient, schedulerClient, secretsManagerClient } from '../lib/aws/clients.ts';
import { dynamoHistory } from '../lib/aws/history.ts';
import { secretsManagerMasters } from '../lib/aws/master-secret.ts';
import { emfMeter } from '../lib/aws/meter.ts';
import { dynamoPanels } from '../lib/aws/panels.ts';
import { dynamoSeats } from '../lib/aws/seats.ts';
import { dynamoStations } from '../lib/aws/stations.ts';
import { schedulerTimers } from '../lib/aws/timers.ts';
import type { Mappings } from '../lib/session/dialect-text.ts';
import type { Realms } from '../lib/session/keeper.ts';
import { readRealms } from '../lib/session/policy.ts';
import { type Bus, type Timers, Unavailable } from '../lib/session/ports.ts';
import { checkMaster, type Masters, mastersIn } from '../lib/station/keys.ts';
import { systemClock } from '../lib/time.ts';

/** Settings have no defaults: what the stack forgets to say must not be guessed. */
export function setting(name: string): string {
  const value = process.env[name];
  if (value === undefined || value === '') throw new Error(`the environment variable ${name} is not set`);
  return value;
}

export const clock = systemClock;
export const meter = emfMeter();
export const logger = new Logger({ serviceName: 'curfew' });

export const complain = (message: string, error: unknown): void =>
  logger.error(message, error instanceof Error ? error : new Error(String(error)));

export const shards = Number(setting('CURFEW_SHARDS'));

/** The whole realms file; in a bundle the bundler has put it here. A file that contradicts itself starts no function. */
export const { realms, dialects }: { realms: Realms; dialects: Mappings } = (() => {
  const { realms, dialects, errors } = readRealms(process.env.CURFEW_REALMS_JSON ?? '');
  if (errors.length > 0) throw new Error(errors.map(({ message }) => message).join('; '));
  return { realms, dialects };
})();

const table = { client: dynamoClient(), name: setting('CURFEW_TABLE') };

export const seats = dynamoSeats(table, {
  shards,
  onUnreadable: (error) => {
    complain('an item of the table cannot be read', error);
    meter.add('UnreadableItem', 1);
  },
});
export const panels = dynamoPanels(table);
export const history = dynamoHistory(table);
export const stations = dynamoStations(table);
export const createBus = (): Bus => eventBridgeBus(eventBridgeClient(), setting('CURFEW_BUS'));

/**
 * A timer that cannot be armed, for whatever reason, a missing right among them, keeps nobody from logging in: the log has
 * the reason, a metric counts it, and the backstop announces.
 *
 * @param sweepArn the function that a timer fires
 */
export function createTimers(sweepArn: string): Timers {
  const target = {
    groupName: setting('CURFEW_TIMER_GROUP'),
    sweepArn,
    roleArn: setting('CURFEW_TIMER_ROLE_ARN'),
    deadLetterArn: setting('CURFEW_TIMER_DLQ_ARN'),
  };
  const scheduler = schedulerTimers(schedulerClient(), target, clock);
  return {
    arm: (timer) =>
      scheduler.arm(timer).catch((error: unknown) => {
        complain(`the timer of shard ${timer.shard} is not armed`, error);
        throw error instanceof Unavailable ? error : new Unavailable('timer', { cause: error });
      }),
  };
}

let secret: (() => Promise<Masters>) | undefined;

/** What keys derive from: on one machine from the environment, as its file has it; otherwise from Secrets Manager. */
export async function master(): Promise<Masters> {
  const local = process.env.CURFEW_MASTER_KEY;
  if (local !== undefined) return mastersIn(local);
  secret ??= secretsManagerMasters(secretsManagerClient(), setting('CURFEW_MASTER_SECRET_ARN'), {
    clock,
    complain,
    check: checkMaster,
  });
  return secret();
}
