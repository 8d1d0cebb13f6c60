/** The operators' routes: sessions, users, realms, stations. */
import { httpHandler } from '../lib/http/lambda.ts';
import { createOperatorApp } from '../lib/http/operator-app.ts';
import { createKeeper } from '../lib/service/keeper.ts';
import type { Timers } from '../lib/service/ports.ts';
import { dialectNames } from '../lib/soap/shipped-dialects.ts';
import { SHARDS_MAX } from '../lib/table.ts';
import {
  clock,
  complain,
  dialects,
  history,
  log,
  master,
  meter,
  panels,
  realms,
  refusals,
  seats,
  shards,
  stations,
} from './runtime.ts';

/** An operator ends sessions and opens none: there is never anything to announce later. */
const timers: Timers = {
  arm: () => Promise.reject(new Error('an operator request arms no timer')),
};

export const handler = httpHandler(
  createOperatorApp({
    keeper: createKeeper({ seats, panels, history, timers, meter, clock }, { shards }),
    seats,
    panels,
    history,
    stations,
    refusals,
    realms,
    dialects: dialectNames(dialects),
    shards,
    shardsEver: SHARDS_MAX,
    master,
    meter,
    clock,
    audit: (did) => log.info('operator', did),
  }),
  complain,
);
