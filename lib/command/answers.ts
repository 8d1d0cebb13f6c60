/** What the API answers operators with, as far as the command reads it: as lib/http shows it, sent as JSON. */
import type { healthView } from '../http/health-view.ts';
import type { stationInFull } from '../http/operator-refusals.ts';
import type { refusalView } from '../http/refusal-view.ts';
import type { actionView, pastView, realmView, sessionInFull, sessionView, stationView } from '../http/views.ts';

export type SessionShown = ReturnType<typeof sessionView>;
export type SessionInFull = ReturnType<typeof sessionInFull>;
export type PastShown = ReturnType<typeof pastView>;
export type RealmShown = ReturnType<typeof realmView>;
export type ActionShown = ReturnType<typeof actionView>;
export type StationShown = ReturnType<typeof stationView>;
export type HealthShown = ReturnType<typeof healthView>;
export type StationInFull = Awaited<ReturnType<typeof stationInFull>>;

export type RefusalShown = ReturnType<typeof refusalView>;

export interface UserShown {
  readonly user: string;
  readonly realm: string;
  readonly seats: readonly SessionInFull[];
  readonly history: readonly PastShown[];
  readonly refusals: readonly RefusalShown[];
  readonly refusedStations: readonly RefusalShown[];
  readonly cursor?: string;
}

/** Somebody of whom a session goes on, or has ended. */
export interface UserListed {
  readonly user: string;
  readonly realm: string;
  /** The stations at which they are. */
  readonly at?: readonly string[];
  readonly lastEndedAt?: string;
}
