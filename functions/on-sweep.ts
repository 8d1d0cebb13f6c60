/** What a timer fires, and the recurring backstop: announces the deadlines that have passed. And, where it is asked for, counts stations that have fallen silent. */
import type { Context } from 'aws-lambda';
import * as z from 'zod/mini';
import { present } from '../lib/present.ts';
import type { Timers } from '../lib/service/ports.ts';
import { backstop, type SweepOptions, sweep } from '../lib/service/sweep.ts';
import { type Silent, silentStations } from '../lib/station/silence.ts';
import { SHARDS_MAX } from '../lib/table.ts';
import { type EpochMs, epochMs, toRfc3339 } from '../lib/time.ts';
import {
  clock,
  complain,
  countThrottledRequests,
  createTimers,
  history,
  log,
  meter,
  pause,
  realms,
  seats,
  shards,
  stations,
} from './runtime.ts';

const requestSchema = z.union([
  z.object({ backstop: z.literal(true) }),
  z.object({ silence: z.literal(true) }),
  z.object({
    shard: z.string(),
    slot: z.pipe(
      z.int(),
      z.transform((slot): EpochMs => epochMs(slot)),
    ),
    cursor: z.optional(z.string()),
  }),
]);

/** Enough to finish a page that has begun and to arm the timer that goes on. */
const RESERVE_MS = 10_000;

/** In the log so many are named: more have something in common. */
const NAMED_MAX = 100;

const throttled = countThrottledRequests();

/** The function learns its own ARN, which its timers fire, with its first invocation. */
let timers: Timers | undefined;

export async function handler(event: unknown, context: Context): Promise<void> {
  const request = requestSchema.parse(event);
  const hasTime = () => context.getRemainingTimeInMillis() > RESERVE_MS;
  if ('silence' in request) {
    const { looked, silent } = await silentStations({ stations, history }, clock(), hasTime);
    meter.add('SilentStations', silent.length);
    log.info('silent stations', { looked, silent: silent.length, stations: silent.slice(0, NAMED_MAX).map(namedOf) });
    return;
  }
  timers ??= createTimers(context.invokedFunctionArn);
  const ports = { seats, timers, meter, clock, pause, throttled };
  const options: SweepOptions = {
    realms,
    shards,
    shardsEver: SHARDS_MAX,
    complain,
    hasTime,
  };
  if ('backstop' in request) {
    log.info('backstop', { ...(await backstop(ports, options)) });
    return;
  }
  const { shard, slot, cursor } = request;
  const timer = { shard, at: slot, ...present({ cursor }) };
  log.info('sweep', { shard, ...(await sweep(ports, options, timer)) });
}

const namedOf = ({ station, since }: Silent) => ({ station, since: toRfc3339(since) });
