/** `POST /v1/stations/{station}/{event}`: what stations say. */
import { httpHandler } from '../lib/http/lambda.ts';
import { createStationApp } from '../lib/http/station-app.ts';
import { createKeeper } from '../lib/service/keeper.ts';
import { createFairness } from '../lib/station/fairness.ts';
import { createRegistry } from '../lib/station/registry.ts';
import {
  clock,
  complain,
  createTimers,
  dialects,
  history,
  log,
  master,
  meter,
  panels,
  realms,
  seats,
  setting,
  shards,
  stations,
} from './runtime.ts';

const timers = createTimers(setting('CURFEW_SWEEP_ARN'));

export const handler = httpHandler(
  createStationApp({
    keeper: createKeeper({ seats, panels, history, timers, meter, clock }, { shards }),
    registry: createRegistry(stations),
    fairness: createFairness(),
    realms,
    dialects,
    master,
    meter,
    clock,
    complain,
    observe: (seen) => log.info('heard', { ...seen }),
  }),
  complain,
);
