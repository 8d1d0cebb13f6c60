/**
 * Refusals: what stations were told when they asked for what they could not have, kept for a while so that they can be
 * explained. The port by which they are kept: on AWS (lib/aws) and in memory (lib/memory).
 *
 * A refusal is kept by one small write. Of a user at a station the last of each kind is kept, so is the last of each kind of
 * a station that named no user. Where nothing proved who called, what was claimed is kept apart, and the first of a minute only.
 */
import { DAY, type DurationMs, type EpochMs } from '../time.ts';

export interface Refusal {
  readonly at: EpochMs;
  /** Since when this kind is kept of this user at this station: the first, where it is not the only one. */
  readonly firstAt: EpochMs;
  /** Of which it was said; the one that the path names, where nothing was proven. */
  readonly station: string;
  readonly realm: string;
  /** Whether the caller proved who it is. Where not, all that is known is what somebody claimed. */
  readonly isProven: boolean;
  readonly event: string;
  /** Which kind of problem it was told. */
  readonly problem: string;
  /** Which of the reasons that such a problem may have. */
  readonly reason?: string;
  /** What it was told in words, where these say more than the kind does. */
  readonly detail?: string;
  readonly user?: string;
  /** Where the seat was taken: by which session, at which station, and until when at the latest. */
  readonly holder?: RefusedFor;
}

export interface RefusedFor {
  readonly session: string;
  readonly station: string;
  readonly freeAt: EpochMs;
}

/** What is to be kept: when it was first so is found out by keeping it. */
export type Told = Omit<Refusal, 'firstAt'>;

export interface Refusals {
  /** One write; where nothing is proven, at most one a minute and station takes effect. */
  keep(told: Told, keepUntil: EpochMs): Promise<void>;
  /** What was refused a user since then, the newest first: as many as are kept of them. Of proven callers only. */
  ofUser(realm: string, user: string, since: EpochMs): Promise<Refusal[]>;
  /** What a station was told since then, the newest first; of users, of those that were refused there last. */
  atStation(station: string, since: EpochMs): Promise<Refusal[]>;
  /** What was told to callers in a realm who proved nothing since then, the newest first, of the stations that began to last. */
  unproven(realm: string, since: EpochMs): Promise<Refusal[]>;
  /** Erases what is kept of a user. */
  forget(realm: string, user: string): Promise<void>;
}

/** Of what nothing proves, so many are kept of a station: each in its minute's place. */
export const UNPROVEN_PLACES = 8;

/** So many refusals are looked at for one list: one batch read. */
export const LOOKED_AT = 100;

/** How long a refusal is kept: until the next day, when whoever was refused has told of it. */
export const KEPT: DurationMs = DAY;
