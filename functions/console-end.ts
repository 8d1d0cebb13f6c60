/** What the widget's button calls: ends one session. Whoever may invoke this may end any. */
import { randomUUID } from 'node:crypto';
import type { Context } from 'aws-lambda';
import { createEnding } from '../lib/console/console.ts';
import { createAudit, daysLong } from '../lib/service/audit.ts';
import { createKeeper } from '../lib/service/keeper.ts';
import type { Timers } from '../lib/service/ports.ts';
import { clock, complain, history, log, meter, panels, realms, seats, setting, shards, trail } from './runtime.ts';

/** An end is announced by the stream: there is never anything to announce later. */
const timers: Timers = {
  arm: () => Promise.reject(new Error('an end by hand arms no timer')),
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

const end = createEnding({
  keeper: createKeeper({ seats, panels, history, timers, meter, clock }, { shards }),
  clock,
  complain,
  audit,
});

export const handler = (event: unknown, context: Context): Promise<string> => end(event, context.awsRequestId);
