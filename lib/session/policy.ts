/**
 * A realm's rules, and the check that refuses a realms file which contradicts itself.
 *
 * The realms file is JSON: `{"realms": {"campus-print": {"profile": "release-station", "lease": "5m"}}}`. The profile
 * gives every field its default. Every finding names the realm, the field, the value and the rule, and one run reports
 * all of them.
 */
import * as z from 'zod/mini';
import { DAY, type DurationMs, durationMs, formatDuration, HOUR, MINUTE, parseDuration, SECOND } from '../time.ts';

export type Profile = 'release-station' | 'enterprise';

/** What happens when a user has another live session: refuse, let the user end it from here, or just replace it. */
export type TakeOver = 'refuse' | 'offer' | 'replace';

export interface Policy {
  readonly realm: string;
  readonly profile: Profile;
  /** Sessions that a user may hold at once. */
  readonly seats: number | 'unlimited';
  /** Since the user's last activity; does not count for a station registered as not reporting activity. */
  readonly idleMs: DurationMs;
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
  /** One slot: how finely deadlines are announced. */
  readonly sweepMs: DurationMs;
  /** How long an ended session stays in history. */
  readonly retentionMs: DurationMs;
}

export interface Finding {
  readonly level: 'error' | 'warning';
  /** Absent where the file as a whole is at fault. */
  readonly realm?: string;
  readonly field?: string;
  /** The sentence to show. Names realm, field, value and rule. */
  readonly message: string;
}

export interface CheckedRealms {
  /** The realms without errors; use them only if `errors` is empty. */
  readonly realms: ReadonlyMap<string, Policy>;
  readonly errors: readonly Finding[];
  readonly warnings: readonly Finding[];
}

/** Shorter is below what any station can keep to; longer is no deadline at all. */
const DURATION_MIN = SECOND;
const DURATION_MAX = durationMs(365 * DAY);

/** The suite whose decay the `enterprise` profile models recommends no lease under 4 minutes where stations ping. */
const PINGED_LEASE_MIN = durationMs(4 * MINUTE);

/** As many as one command may have to look at, one by one, before it answers. */
const SEATS_MAX = 100;

const REALM_NAME = /^[a-z][a-z0-9-]{0,31}$/;

type Fields = Omit<Policy, 'realm' | 'profile'>;

const PROFILES: Record<Profile, Fields> = {
  'release-station': {
    seats: 1,
    idleMs: durationMs(30 * SECOND),
    whenIdle: 'end',
    leaseMs: durationMs(5 * MINUTE),
    failoverMs: durationMs(0),
    maximumMs: durationMs(12 * HOUR),
    jobMs: durationMs(30 * MINUTE),
    takeOver: 'offer',
    sweepMs: MINUTE,
    retentionMs: durationMs(90 * DAY),
  },
  enterprise: {
    seats: 'unlimited',
    idleMs: durationMs(20 * MINUTE),
    whenIdle: 'linger',
    pingMs: durationMs(2 * MINUTE),
    leaseMs: durationMs(10 * MINUTE),
    failoverMs: durationMs(30 * MINUTE),
    logonTokenMs: durationMs(8 * HOUR),
    maximumMs: durationMs(24 * HOUR),
    jobMs: durationMs(0),
    takeOver: 'offer',
    sweepMs: MINUTE,
    retentionMs: durationMs(90 * DAY),
  },
};

/** The message of a schema check; the caller puts realm, field and value before it. */
const rule = (text: string) => ({ error: text });

const A_DURATION = 'must be a duration such as "30s", "5m", "8h" or "2d"';
const IN_RANGE = 'must be between one second and one year (365d)';

/** A length of time, or, in a field that may be absent, one of the words `others`. */
const durationOr = (...others: readonly string[]) => {
  const or = others.map((word) => `, or "${word}"`).join('');
  return z.string(rule(`${A_DURATION}${or}`)).check(
    z.refine((text) => others.includes(text) || parseDuration(text) !== undefined, rule(`${A_DURATION}${or}`)),
    z.refine(
      (text) => {
        const length = parseDuration(text);
        return length === undefined || (length >= DURATION_MIN && length <= DURATION_MAX);
      },
      rule(`${IN_RANGE}${or}`),
    ),
  );
};

const duration = durationOr();
const durationOrOff = durationOr('off');

const seats = z.custom<number | 'unlimited'>(
  (value) => value === 'unlimited' || (Number.isInteger(value) && Number(value) >= 1 && Number(value) <= SEATS_MAX),
  rule(`must be a whole number from 1 to ${SEATS_MAX}, or "unlimited"`),
);

/** The realms file's own schema: the one definition of what a realm may say. */
const realmSchema = z.strictObject({
  profile: z.enum(['release-station', 'enterprise'], rule('must be "release-station" or "enterprise"')),
  seats: z.optional(seats),
  idle: z.optional(duration),
  whenIdle: z.optional(z.enum(['end', 'linger'], rule('must be "end" or "linger"'))),
  ping: z.optional(durationOrOff),
  lease: z.optional(duration),
  failover: z.optional(durationOrOff),
  logonToken: z.optional(durationOrOff),
  maximum: z.optional(duration),
  job: z.optional(durationOrOff),
  takeOver: z.optional(z.enum(['refuse', 'offer', 'replace'], rule('must be "refuse", "offer" or "replace"'))),
  sweep: z.optional(duration),
  retention: z.optional(duration),
});

type RealmText = z.infer<typeof realmSchema>;

/** Checks the text of a realms file. Never throws: whatever is wrong with the text is a finding. */
export function readRealms(text: string): CheckedRealms {
  const root = parseJson(text);
  if ('message' in root) return { realms: new Map(), errors: [root], warnings: [] };

  const findings: Finding[] = [];
  const realms = new Map<string, Policy>();
  for (const [realm, value] of Object.entries(root.realms)) {
    const found = checkRealm(realm, value);
    findings.push(...found.findings);
    if (found.policy !== undefined) realms.set(realm, found.policy);
  }
  return {
    realms,
    errors: findings.filter((finding) => finding.level === 'error'),
    warnings: findings.filter((finding) => finding.level === 'warning'),
  };
}

function parseJson(text: string): { realms: object } | Finding {
  const refuse = (message: string): Finding => ({ level: 'error', message });
  let root: unknown;
  try {
    root = JSON.parse(text);
  } catch (error) {
    return refuse(`the realms file is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  const isObject = (value: unknown): value is Record<string, unknown> =>
    typeof value === 'object' && value !== null && !Array.isArray(value);
  if (!isObject(root) || !isObject(root.realms)) {
    return refuse('the realms file must be an object with one field "realms": {"realms": {"<realm>": {…}}}');
  }
  const stray = Object.keys(root).find((key) => key !== 'realms' && key !== '$schema');
  if (stray !== undefined) return refuse(`the realms file has an unknown field "${stray}" beside "realms"`);
  if (Object.keys(root.realms).length === 0) return refuse('the realms file names no realm');
  return { realms: root.realms };
}

function checkRealm(realm: string, value: unknown): { policy?: Policy; findings: Finding[] } {
  const error = (field: string, message: string): Finding => ({
    level: 'error',
    realm,
    field,
    message: `realm "${realm}": ${message}`,
  });
  if (!REALM_NAME.test(realm)) {
    const message = 'its name must be 1 to 32 of a-z, 0-9 and "-", and begin with a letter';
    return { findings: [error('realm', message)] };
  }
  const parsed = realmSchema.safeParse(value);
  if (!parsed.success) {
    return { findings: parsed.error.issues.flatMap((issue) => issueFindings(issue, value, error)) };
  }
  const policy = fillIn(realm, parsed.data);
  const findings = checkPolicy(policy);
  return findings.some((finding) => finding.level === 'error') ? { findings } : { policy, findings };
}

function issueFindings(
  issue: z.core.$ZodIssue,
  value: unknown,
  error: (field: string, message: string) => Finding,
): Finding[] {
  if (issue.code === 'unrecognized_keys') {
    const known = Object.keys(realmSchema.def.shape).join(', ');
    return issue.keys.map((key) => error(key, `${key} is no field of a policy; the fields are ${known}`));
  }
  const field = String(issue.path[0] ?? 'realm');
  if (issue.path.length === 0) return [error(field, `its policy must be an object, not ${JSON.stringify(value)}`)];
  const given = (value as Record<string, unknown>)[field];
  return given === undefined
    ? [error(field, `${field} is missing; it ${issue.message}`)]
    : [error(field, `${field} ${JSON.stringify(given)} ${issue.message}`)];
}

function fillIn(realm: string, text: RealmText): Policy {
  const defaults = PROFILES[text.profile];
  const length = (value: string | undefined, absent: DurationMs): DurationMs =>
    value === undefined ? absent : value === 'off' ? durationMs(0) : (parseDuration(value) ?? absent);
  const pingMs = length(text.ping, defaults.pingMs ?? durationMs(0));
  const logonTokenMs = length(text.logonToken, defaults.logonTokenMs ?? durationMs(0));
  return {
    realm,
    profile: text.profile,
    seats: text.seats ?? defaults.seats,
    idleMs: length(text.idle, defaults.idleMs),
    whenIdle: text.whenIdle ?? defaults.whenIdle,
    ...(pingMs > 0 ? { pingMs } : {}),
    leaseMs: length(text.lease, defaults.leaseMs),
    failoverMs: length(text.failover, defaults.failoverMs),
    ...(logonTokenMs > 0 ? { logonTokenMs } : {}),
    maximumMs: length(text.maximum, defaults.maximumMs),
    jobMs: length(text.job, defaults.jobMs),
    takeOver: text.takeOver ?? defaults.takeOver,
    sweepMs: length(text.sweep, defaults.sweepMs),
    retentionMs: length(text.retention, defaults.retentionMs),
  };
}

/** The rules between fields. */
function checkPolicy(policy: Policy): Finding[] {
  const findings: Finding[] = [];
  const say = (level: Finding['level'], field: string, message: string) =>
    findings.push({ level, realm: policy.realm, field, message: `realm "${policy.realm}": ${message}` });
  const lease = `lease "${formatDuration(policy.leaseMs)}"`;

  if (policy.pingMs !== undefined) {
    const ping = `ping "${formatDuration(policy.pingMs)}"`;
    if (policy.leaseMs <= policy.pingMs) {
      say('error', 'lease', `${lease} must be longer than ${ping}: a session would end between two pings`);
    } else if (policy.leaseMs < 2 * policy.pingMs) {
      say('warning', 'lease', `${lease} is shorter than two pings (${ping}): one lost ping ends a session`);
    }
    if (policy.leaseMs > policy.pingMs && policy.leaseMs < PINGED_LEASE_MIN) {
      say(
        'warning',
        'lease',
        `${lease} is shorter than 4 minutes although stations ping: a short outage ends sessions`,
      );
    }
  }
  if (policy.maximumMs < policy.leaseMs) {
    const maximum = `maximum "${formatDuration(policy.maximumMs)}"`;
    say('error', 'maximum', `${maximum} must not be shorter than ${lease}: the lease could never run out`);
  }
  for (const [field, value, needs] of ladderFields(policy)) {
    say('error', field, `${field} ${JSON.stringify(value)} needs ${needs}, which this version does not keep yet`);
  }
  return findings;
}

/** Fields whose rungs or seats the core does not keep yet. A policy that asks for them must not be half obeyed. */
function ladderFields(policy: Policy): [field: string, value: unknown, needs: string][] {
  const fields: [string, unknown, string][] = [];
  if (policy.seats !== 1) fields.push(['seats', policy.seats, 'several seats a user']);
  if (policy.whenIdle !== 'end') fields.push(['whenIdle', policy.whenIdle, 'the rung "lingering"']);
  if (policy.failoverMs > 0) fields.push(['failover', formatDuration(policy.failoverMs), 'the rung "failover"']);
  if (policy.logonTokenMs !== undefined) {
    fields.push(['logonToken', formatDuration(policy.logonTokenMs), 'the rung "remembered"']);
  }
  return fields;
}
