/** What functions share by which people act: what is done is kept in the trail, and sessions are ended and not opened. */
import { randomUUID } from 'node:crypto';
import { createAudit, daysLong } from '../lib/service/audit.ts';
import { createKeeper } from '../lib/service/keeper.ts';
import type { Timers } from '../lib/service/ports.ts';
import { clock, complain, history, log, meter, panels, realms, seats, setting, shards, trail } from './runtime.ts';

/** The stream announces an end: there is never anything to announce later. */
const timers: Timers = {
  arm: () => Promise.reject(new Error('an end by hand arms no timer')),
};

export const keeper = createKeeper({ seats, panels, history, timers, meter, clock }, { shards });

/** For how long the trail is kept. */
export const keptFor = daysLong(Number(setting('CURFEW_AUDIT_DAYS')));

export const audit = createAudit({
  trail,
  realms,
  clock,
  keptFor,
  complain,
  log: (did) => log.info('operator', { ...did }),
  newId: randomUUID,
});
