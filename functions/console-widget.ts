/** The dashboard's widget: shows sessions. It has no right to change any. */
import type { Context } from 'aws-lambda';
import { createConsole } from '../lib/console/console.ts';
import { daysLong } from '../lib/service/audit.ts';
import { createRegistry } from '../lib/station/registry.ts';
import { SHARDS_MAX } from '../lib/table.ts';
import {
  clock,
  complain,
  history,
  panels,
  realms,
  refusals,
  seats,
  setting,
  shards,
  stations,
  trail,
} from './runtime.ts';

const end = setting('CURFEW_CONSOLE_END_ARN');
/** A dashboard asks again every few seconds; what a station is called may be as old as what is remembered of it. */
const registry = createRegistry(stations);
const names = { read: (id: string) => registry.find(id, clock()), list: stations.list };
const show = createConsole({
  seats,
  panels,
  history,
  refusals,
  stations: names,
  realms,
  shards,
  shardsEver: SHARDS_MAX,
  trail,
  trailKeptFor: daysLong(Number(setting('CURFEW_AUDIT_DAYS'))),
  clock,
  complain,
  end,
});

export const handler = (event: unknown, context: Context): Promise<string> => show(event, context.invokedFunctionArn);
