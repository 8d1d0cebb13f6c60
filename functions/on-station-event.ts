/** `POST /v1/stations/{station}/{event}`: what stations say. */
import { httpHandler } from '../lib/http/lambda.ts';
import { createStationApp } from '../lib/http/station-app.ts';
import { createKeeper } from '../lib/service/keeper.ts';
import { createFairness } from '../lib/station/fairness.ts';
import { keepRefusals } from '../lib/station/keep-refusals.ts';
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
  refusalsKept,
  seats,
  setting,
  shards,
  stations,
} from './runtime.ts';

const timers = createTimers(setting('CURFEW_SWEEP_ARN'));
const registry = createRegistry(stations);

export const handler = httpHandler(
  createStationApp({
    keeper: createKeeper({ seats, panels, history, timers, meter, clock }, { shards }),
    registry,
    fairness: createFairness(),
    realms,
    dialects,
    master,
    meter,
    clock,
    complain,
    observe: (seen) => log.info('heard', { ...seen }),
    refused: keepRefusals({ refusals: refusalsKept, registry, stations, realms, dialects, master, meter, complain }),
  }),
  complain,
);
