/**
 * The composition root: reads a function's environment and wires the core's ports to AWS. What a function does not import
 * by name is not in its bundle (`@__PURE__` tells the bundler that making a port does nothing else); what it makes is made once
 * for each container.
 */
import { eventBridgeBus } from '../lib/aws/bus.ts';
import { dynamoClient, eventBridgeClient } from '../lib/aws/clients.ts';
import { dynamoHistory } from '../lib/aws/history.ts';
import { dynamoPanels } from '../lib/aws/panels.ts';
import { dynamoRefusals, dynamoRefusalsKept } from '../lib/aws/refusals.ts';
import { dynamoSeats } from '../lib/aws/seats.ts';
import { dynamoStations } from '../lib/aws/stations.ts';
import { countThrottled } from '../lib/aws/throttles.ts';
import { dynamoTrail } from '../lib/aws/trail.ts';
import { type Bus, type Timers, Unavailable } from '../lib/service/ports.ts';
import { clock, complain, meter, setting } from './environment.ts';

export * from './environment.ts';

export const shards = Number(setting('CURFEW_SHARDS'));

const table = { client: dynamoClient(), name: setting('CURFEW_TABLE') };

const onUnreadable = (error: unknown): void => {
  complain('an item of the table cannot be read', error);
  meter.add('UnreadableItem', 1);
};

export const seats = /* @__PURE__ */ dynamoSeats(table, { shards, onUnreadable });
export const panels = /* @__PURE__ */ dynamoPanels(table);
export const history = /* @__PURE__ */ dynamoHistory(table, { onUnreadable });
export const stations = /* @__PURE__ */ dynamoStations(table);
export const refusals = /* @__PURE__ */ dynamoRefusals(table);
export const refusalsKept = /* @__PURE__ */ dynamoRefusalsKept(table);
export const trail = /* @__PURE__ */ dynamoTrail(table);
/** Of the table, from now on. */
export const countThrottledRequests = () => countThrottled(table.client);
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
  let loaded: Promise<Timers> | undefined;
  // Few requests arm a slot: what asks the Scheduler is loaded by the first that does.
  const load = async (): Promise<Timers> => {
    const { schedulerClient, schedulerTimers } = await import('../lib/aws/timers.ts');
    return schedulerTimers(schedulerClient(), target, clock);
  };
  return {
    async arm(timer) {
      try {
        loaded ??= load();
        await (await loaded).arm(timer);
      } catch (error) {
        complain(`the timer of shard ${timer.shard} is not armed`, error);
        throw error instanceof Unavailable ? error : new Unavailable('timer', { cause: error });
      }
    },
  };
}
