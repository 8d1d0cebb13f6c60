/** A realm's rules, as the arithmetic takes them. Their text, and the check of it, is in lib/realms. */
import { DAY, type DurationMs, durationMs } from '../time.ts';
import type { Users } from './user-key.ts';

/** Each gives every field of a policy its default. */
export const PROFILE_NAMES = ['release-station', 'enterprise'] as const;
export type Profile = (typeof PROFILE_NAMES)[number];

/** What happens when a user has another live session: refuse, let the user end it from here, or just replace it. */
export const TAKE_OVERS = ['refuse', 'offer', 'replace'] as const;
export type TakeOver = (typeof TAKE_OVERS)[number];

/** What the bus, and with it a webhook, says of sessions. */
export const ANNOUNCEMENTS = [
  'session.opened',
  'session.lingering',
  'session.invalidated',
  'session.remembered',
  'session.resumed',
  'session.ended',
] as const;
export type Announcement = (typeof ANNOUNCEMENTS)[number];

export interface Policy {
  readonly realm: string;
  readonly profile: Profile;
  /** Sessions that a user may hold at once. */
  readonly seats: number | 'unlimited';
  /** Since the user's last activity; does not count for a station registered as not reporting activity. */
  readonly idleMs: DurationMs;
  /** Of the stations that have an idle time of their own. */
  readonly idleOfStation: ReadonlyMap<string, DurationMs>;
  readonly whenIdle: 'end' | 'linger';
  /** How often stations that can ping do; absent for hosted stations. */
  readonly pingMs?: DurationMs;
  /** Since the last sign of life. */
  readonly leaseMs: DurationMs;
  /** After the lease: still resumable, no longer counted. 0 where the rung is off. */
  readonly failoverMs: DurationMs;
  /** Since logon; absent where the rung is off. */
  readonly logonTokenMs?: DurationMs;
  /** Since the session opened, whatever its pings say. */
  readonly maximumMs: DurationMs;
  /** While a job runs, idle and lease wait, this long at most from its start. 0 where they never wait. */
  readonly jobMs: DurationMs;
  readonly takeOver: TakeOver;
  /** Who is the same person. */
  readonly users: Users;
  /** One slot: how finely deadlines are announced. */
  readonly sweepMs: DurationMs;
  /** How long an ended session stays in history. */
  readonly retentionMs: DurationMs;
  /** Whether a station may prove who it is by an address that nobody else knows. */
  readonly secretUrls: 'refuse' | 'allow';
  /** Who is told what becomes of sessions, beside the bus. */
  readonly webhook?: WebhookPolicy;
}

export interface WebhookPolicy {
  readonly url: string;
  readonly events: readonly Announcement[];
  /** Of the secret by which it is signed; the one before signs too. */
  readonly generation: number;
}

/** Each realm of the realms file by its name. */
export type Realms = ReadonlyMap<string, Policy>;

/** Of a realm that the realms file no longer has, what is kept of its sessions is kept as long as by default. */
const RETENTION_OF_UNKNOWN = durationMs(90 * DAY);

/** How long it is kept what sessions a realm's users had. */
export const retentionOf = (realms: Realms, realm: string): DurationMs =>
  realms.get(realm)?.retentionMs ?? RETENTION_OF_UNKNOWN;
