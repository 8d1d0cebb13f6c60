/** What the widget's button calls: ends one session. Whoever may invoke this may end any. */
import type { Context } from 'aws-lambda';
import { createEnding } from '../lib/console/console.ts';
import { createKeeper } from '../lib/service/keeper.ts';
import type { Timers } from '../lib/service/ports.ts';
import { clock, complain, history, log, meter, panels, seats, shards } from './runtime.ts';

/** An end is announced by the stream: there is never anything to announce later. */
const timers: Timers = {
  arm: () => Promise.reject(new Error('an end by hand arms no timer')),
};

const end = createEnding({
  keeper: createKeeper({ seats, panels, history, timers, meter, clock }, { shards }),
  clock,
  complain,
  audit: (did) => log.info('operator', did),
});

export const handler = (event: unknown, context: Context): Promise<string> => end(event, context.awsRequestId);
