/** `POST /v1/stations/{station}/{event}`: what stations say. */
import { httpHandler } from '../lib/http/lambda.ts';
import { createStationApp } from '../lib/http/station-app.ts';
import { createKeeper } from '../lib/session/keeper.ts';
import { createFairness } from '../lib/station/fairness.ts';
import { createRegistry } from '../lib/station/registry.ts';
import * as runtime from './runtime.ts';

const { seats, panels, history, stations, meter, realms, dialects, shards, master, clock, complain, logger } = runtime;
const timers = runtime.timers(runtime.setting('CURFEW_SWEEP_ARN'));

export const handler = httpHandler(
  createStationApp({
    keeper: createKeeper({ seats, panels, history, timers, meter }, { shards }),
    registry: createRegistry(stations),
    fairness: createFairness(),
    realms,
    dialects,
    master,
    meter,
    clock,
    complain,
    observe: (seen) => logger.info('heard', { ...seen }),
  }),
);
