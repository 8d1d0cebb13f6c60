/** What a station may say has happened. */
import type { StationEvent } from './keeper.ts';

export const EVENT_TYPES = [
  'login',
  'logout',
  'ping',
  'activity',
  'job-started',
  'job-ended',
  'boot',
] as const satisfies readonly StationEvent['type'][];
