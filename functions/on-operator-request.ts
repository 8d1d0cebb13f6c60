/** The operators' routes: sessions, users, realms, stations. */
import { randomUUID } from 'node:crypto';
import { httpHandler } from '../lib/http/lambda.ts';
import { createOperatorApp } from '../lib/http/operator-app.ts';
import { createAudit, daysLong } from '../lib/service/audit.ts';
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
  setting,
  shards,
  stations,
  trail,
  version,
} from './runtime.ts';

/** An operator ends sessions and opens none: there is never anything to announce later. */
const timers: Timers = {
  arm: () => Promise.reject(new Error('an operator request arms no timer')),
};

const keptFor = daysLong(Number(setting('CURFEW_AUDIT_DAYS')));
const audit = createAudit({
  trail,
  realms,
  clock,
  keptFor,
  complain,
  log: (did) => log.info('operator', { ...did }),
  newId: randomUUID,
});

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
    version,
    audit,
    trail,
    trailKeptFor: keptFor,
  }),
  complain,
);
