/** The operators' routes: sessions, users, realms, stations. */
import { httpHandler } from '../lib/http/lambda.ts';
import { createOperatorApp } from '../lib/http/operator-app.ts';
import { dialectNames } from '../lib/soap/shipped-dialects.ts';
import { SHARDS_MAX } from '../lib/table.ts';
import { audit, keeper, keptFor } from './by-hand.ts';
import {
  clock,
  complain,
  dialects,
  history,
  master,
  meter,
  panels,
  realms,
  refusals,
  seats,
  shards,
  stations,
  trail,
  version,
} from './runtime.ts';

export const handler = httpHandler(
  createOperatorApp({
    keeper,
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
