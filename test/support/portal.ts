/** A portal of one seat a user, with a sweep of ten minutes, and a session of it on each rung. */
import { at, login, ping, type Step, under } from './story.ts';

export const SUITE = { profile: 'enterprise', seats: 1, sweep: '10m' };
export const here = { station: 'web-1' };
export const there = { station: 'web-2' };

export const pingsUntil = (minute: number): Step[] =>
  Array.from({ length: minute / 2 }, (_, n) => [at(`${2 * n + 2}m`), ping(here)]).flat();

/** A session at web-1, opened at 0: lingering from 20m, pinged at 18m, so without its seat from 28m. */
export const lingering = [under(SUITE), login(here), ...pingsUntil(18), at('25m')];
/** Opened at 0 and never heard again: in failover from 10m to 40m. */
export const inFailover = [under(SUITE), login(here), at('12m')];
/** The same later: remembered from 40m to 8h. */
export const remembered = [under(SUITE), login(here), at('1h')];
