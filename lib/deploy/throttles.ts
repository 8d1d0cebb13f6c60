import type { Route } from '../routes.ts';

export interface Throttle {
  /** Requests a second, in the long run. */
  readonly rate: number;
  /** How many may come at once. */
  readonly burst: number;
}

/**
 * What a second of stations may bring: a fleet of ten thousand that pings twice a minute sends 330, and a burst is all of
 * those that an outage has made wait for a few seconds.
 */
export const STATION_RATE = 1_000;

/**
 * How much each kind of caller may ask of one route. Buckets are the routes' own, so a storm of stations leaves operators
 * theirs. API Gateway aims at these and does not promise them; what is promised is the functions' reserved concurrency.
 */
export const throttlesOf = (stationRate: number): Readonly<Record<Route['caller'], Throttle>> => ({
  station: { rate: stationRate, burst: 2 * stationRate },
  operator: { rate: 50, burst: 100 },
  // Nobody proves anything there: whoever finds it can ask.
  anyone: { rate: 5, burst: 10 },
});
