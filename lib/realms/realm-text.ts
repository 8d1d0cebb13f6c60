/** What a realm may say in the realms file: the one definition, of which the check, the types and the JSON Schema are made. */
import * as z from 'zod/mini';
import { stationId } from '../names.ts';
import { ANNOUNCEMENTS, PROFILE_NAMES, type Profile, TAKE_OVERS } from '../session/policy.ts';
import { DAY, type DurationMs, durationMs, parseDuration, SECOND } from '../time.ts';

/** Shorter is below what any station can keep to; longer is no deadline at all. */
const LENGTH_MIN = SECOND;
const LENGTH_MAX = durationMs(365 * DAY);

/** As many as one command may have to look at, one by one, before it answers. */
const SEATS_MAX = 100;

/** More than a forest of directories has, and few enough to be looked for in each name. */
const DOMAINS_MAX = 20;

/** What `parseDuration` reads, for those who can only match. */
const LENGTH = '\\d{1,12}(?:ms|s|m|h|d)';

/** The message of a schema check; the caller puts realm, field and value before it. */
const rule = (text: string) => ({ error: text });

/** A length of time, or, in a field that may be absent, one of the words `others`. */
const durationOr = (...others: readonly string[]) => {
  const or = others.map((word) => `, or "${word}"`).join('');
  const isDuration = rule(`must be a duration such as "30s", "5m", "8h" or "2d"${or}`);
  return z.string(isDuration).check(
    z.regex(new RegExp(`^(?:${[...others, LENGTH].join('|')})$`), isDuration),
    z.refine(
      (text) => {
        const length = parseDuration(text);
        return length === undefined || (length >= LENGTH_MIN && length <= LENGTH_MAX);
      },
      rule(`must be between one second and one year (365d)${or}`),
    ),
  );
};

const duration = durationOr();
const durationOrOff = durationOr('off');

const seatsRule = rule(`must be a whole number from 1 to ${SEATS_MAX}, or "unlimited"`);
const seats = z.union(
  [z.int(seatsRule).check(z.minimum(1, seatsRule), z.maximum(SEATS_MAX, seatsRule)), z.literal('unlimited')],
  seatsRule,
);

/** What single stations have of their own, by their ids. */
const stations = z.record(
  stationId,
  z.strictObject({ idle: duration }, rule('must be an object such as {"idle": "30m"}')),
  rule('must be an object of stations, such as {"portal": {"idle": "30m"}}'),
);

const addressRule = rule(
  'must be an https:// address without a user, a password or a "#" (http:// to 127.0.0.1, [::1] or localhost, for trying)',
);
const ADDRESS = /^(?:https:\/\/[^\s\\/?#@]+|http:\/\/(?:127\.0\.0\.1|\[::1\]|localhost)(?::\d+)?)(?:[/?][^\s\\#]*)?$/;

const announcementsRule = rule(`must be a list of some of ${ANNOUNCEMENTS.join(', ')}`);
const generationRule = rule('must be a whole number from 1 on');

/** Who is told what has become of a realm's sessions: docs/webhooks.md. */
const webhook = z.strictObject(
  {
    url: z.string(addressRule).check(
      z.regex(ADDRESS, { ...addressRule, abort: true }),
      z.refine((text) => URL.canParse(text), addressRule),
    ),
    events: z.optional(
      z.array(z.enum(ANNOUNCEMENTS, announcementsRule), announcementsRule).check(z.minLength(1, announcementsRule)),
    ),
    generation: z.optional(z.int(generationRule).check(z.minimum(1, generationRule))),
  },
  rule('must be an object such as {"url": "https://gateway.example.org/curfew"}'),
);

const domainRule = rule('must be a domain such as "CORP" or "corp.example", without "\\" and "@"');
const domainsRule = rule('must be a list of domains, such as ["CORP", "corp.example"]');

/** Who is the same person: lib/session/user-key.ts. */
const users = z.strictObject(
  {
    case: z.optional(z.enum(['ignore', 'exact'], rule('must be "ignore" or "exact"'))),
    domains: z.optional(
      z
        .array(
          z.string(domainRule).check(z.regex(/^[\p{L}\p{N}][\p{L}\p{M}\p{N}._-]{0,62}$/u, domainRule)),
          domainsRule,
        )
        .check(z.maxLength(DOMAINS_MAX, rule(`must have at most ${DOMAINS_MAX} domains`))),
    ),
  },
  rule('must be an object such as {"case": "ignore", "domains": ["CORP", "corp.example"]}'),
);

export const realmText = z.strictObject({
  profile: z.enum(PROFILE_NAMES, rule('must be "release-station" or "enterprise"')),
  seats: z.optional(seats),
  idle: z.optional(duration),
  whenIdle: z.optional(z.enum(['end', 'linger'], rule('must be "end" or "linger"'))),
  ping: z.optional(durationOrOff),
  lease: z.optional(duration),
  failover: z.optional(durationOrOff),
  logonToken: z.optional(durationOrOff),
  maximum: z.optional(duration),
  job: z.optional(durationOrOff),
  takeOver: z.optional(z.enum(TAKE_OVERS, rule('must be "refuse", "offer" or "replace"'))),
  users: z.optional(users),
  sweep: z.optional(duration),
  retention: z.optional(duration),
  secretUrls: z.optional(z.enum(['refuse', 'allow'], rule('must be "refuse" or "allow"'))),
  stations: z.optional(stations),
  webhook: z.optional(webhook),
});

export type RealmText = z.infer<typeof realmText>;
/** No profile can know whom to tell. */
type Defaulted = Exclude<keyof RealmText, 'webhook'>;

/** A realm with every field that has a default. */
export type FullRealmText = { readonly [Field in Defaulted]-?: NonNullable<RealmText[Field]> } & Pick<
  RealmText,
  'webhook'
>;

/** What a realm leaves unsaid, its profile says. */
export const PROFILES: { readonly [Name in Profile]: FullRealmText } = {
  'release-station': {
    profile: 'release-station',
    seats: 1,
    idle: '30s',
    whenIdle: 'end',
    ping: 'off',
    lease: '5m',
    failover: 'off',
    logonToken: 'off',
    maximum: '12h',
    job: '30m',
    takeOver: 'offer',
    users: {},
    sweep: '1m',
    retention: '90d',
    secretUrls: 'refuse',
    stations: {},
  },
  enterprise: {
    profile: 'enterprise',
    seats: 'unlimited',
    idle: '20m',
    whenIdle: 'linger',
    ping: '2m',
    lease: '10m',
    failover: '30m',
    logonToken: '8h',
    maximum: '24h',
    job: 'off',
    takeOver: 'offer',
    users: {},
    sweep: '1m',
    retention: '90d',
    secretUrls: 'refuse',
    stations: {},
  },
};

/** Of a value that has been checked: what is no duration is "off". */
export const lengthIn = (text: string): DurationMs => parseDuration(text) ?? durationMs(0);
