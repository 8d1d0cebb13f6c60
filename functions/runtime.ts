/**
 * The composition root: reads a function's environment and wires the core's ports to AWS. What a function does not import
 * by name is not in its bundle; what it makes is made once for each container.
 */
import { eventBridgeBus } from '../lib/aws/bus.ts';
import { dynamoClient, eventBridgeClient, schedulerClient } from '../lib/aws/clients.ts';
import { dynamoHistory } from '../lib/aws/history.ts';
import { dynamoPanels } from '../lib/aws/panels.ts';
import { dynamoRefusals } from '../lib/aws/refusals.ts';
import { dynamoSeats } from '../lib/aws/seats.ts';
import { dynamoStations } from '../lib/aws/stations.ts';
import { schedulerTimers } from '../lib/aws/timers.ts';
import { type Bus, type Timers, Unavailable } from '../lib/service/ports.ts';
import { clock, complain, meter, setting } from './environment.ts';

export * from './environment.ts';

export const shards = Number(setting('CURFEW_SHARDS'));

const table = { client: dynamoClient(), name: setting('CURFEW_TABLE') };

const onUnreadable = (error: unknown): void => {
  complain('an item of the table cannot be read', error);
  meter.add('UnreadableItem', 1);
};

export const seats = dynamoSeats(table, { shards, onUnreadable });
export const panels = dynamoPanels(table);
export const history = dynamoHistory(table, { onUnreadable });
export const stations = dynamoStations(table);
export const refusals = dynamoRefusals(table);
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
