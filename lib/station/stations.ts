/** Registered stations, and the port by which they are kept: on AWS (lib/aws) and in memory (lib/memory). */
import type { Page } from '../service/ports.ts';
import type { Station } from '../session/commands.ts';
import type { EpochMs } from '../time.ts';

export const STATION_KINDS = ['hosted', 'pinging', 'application', 'gateway'] as const;
export type StationKind = (typeof STATION_KINDS)[number];

/** Whether one user at a time stands at such a station. A web application serves many; a gateway speaks for others. */
export const hasPanel = (kind: StationKind): boolean => kind === 'hosted' || kind === 'pinging';

/** How a station proves who it is: with its key in a header or in the address, or by what it signs with it. */
export const PROOFS = ['bearer', 'signature', 'basic', 'url'] as const;
export type Proof = (typeof PROOFS)[number];

/** A station as registered. */
export interface StationRecord extends Station {
  readonly kind: StationKind;
  readonly name: string;
  readonly location: string;
  readonly proof: Proof;
  /** Of a gateway: the stations for which it speaks, by id, or by how their ids begin (`lib-*`). */
  readonly speaksFor?: readonly string[];
  /** How it speaks; absent for the API's own JSON. */
  readonly dialect?: string;
  /** SHA-256 of the client certificate that it must present too, as `AB:CD:…`. */
  readonly certificate?: string;
  /** Counts its keys: the newest one opens. 0 while it has had none; a removal and a revocation count as one each. */
  readonly keyGeneration: number;
  /** When that key was issued; absent where there is none, or none any more. */
  readonly keyIssuedAt?: EpochMs;
  /** Until when the key before it opens too. */
  readonly previousKeyUntil?: EpochMs;
  readonly registeredAt: EpochMs;
}

/** What a registration says; the rest of the record is Curfew's own. */
export type StationEntry = Omit<
  StationRecord,
  'hasPanel' | 'keyGeneration' | 'keyIssuedAt' | 'previousKeyUntil' | 'registeredAt'
>;

export interface Stations {
  read(id: string): Promise<StationRecord | undefined>;
  /** Creates it or changes what its registration says; the count of its keys stays. */
  put(entry: StationEntry, now: EpochMs): Promise<{ readonly created: boolean; readonly station: StationRecord }>;
  /**
   * Issues the next key. The one before it, if it was not revoked, is good until `previousUntil`, and none before that one.
   * `undefined` when there is no such station.
   */
  nextKey(
    id: string,
    about: { readonly now: EpochMs; readonly previousUntil: EpochMs },
  ): Promise<StationRecord | undefined>;
  /** Makes every key so far invalid. `undefined` when there is no such station. */
  revokeKeys(id: string): Promise<StationRecord | undefined>;
  /** False when there was none. No key so far opens a station that is registered under this id later. */
  remove(id: string): Promise<boolean>;
  /** By the instant of their registration, as of a moment ago. */
  list(query: { readonly limit: number; readonly cursor?: string }): Promise<Page<StationRecord>>;
  /** In the same order, as of a moment ago, without reading any of them. */
  ids(query: { readonly limit: number; readonly cursor?: string }): Promise<Page<string>>;
}
