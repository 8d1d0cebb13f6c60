/**
 * A realm's rules, and the check that refuses a realms file which contradicts itself.
 *
 * The realms file is JSON: `{"realms": {"campus-print": {"profile": "release-station", "lease": "5m"}}}`. The profile
 * gives every field its default. Every finding names the realm, the field, the value as the file has it and the rule,
 * and one run reports all of them.
 */
import { present } from '../present.ts';
import { type DurationMs, durationMs, MINUTE, parseDuration } from '../time.ts';
import { type RepeatedName, readJson } from './json-text.ts';
import { type FullRealmText, PROFILES, type Profile, realmName, realmText, type TakeOver } from './realm-text.ts';

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
  /** Every realm of the file; none where there is an error, since a file is obeyed as a whole or not at all. */
  readonly realms: ReadonlyMap<string, Policy>;
  readonly errors: readonly Finding[];
  readonly warnings: readonly Finding[];
}

/** The suite whose decay the `enterprise` profile models recommends no lease under 4 minutes where stations ping. */
const PINGED_LEASE_MIN = durationMs(4 * MINUTE);

/** A longer value would hide the rule behind it. */
const SHOWN_MAX = 60;

/** Checks the text of a realms file. Never throws: whatever is wrong with the text is a finding. */
export function readRealms(text: string): CheckedRealms {
  const findings: Finding[] = [];
  const realms = new Map<string, Policy>();
  for (const [realm, value] of Object.entries(readFile(text, findings))) {
    const policy = checkRealm(realm, value, (level, field, message) =>
      findings.push({ level, realm, field, message: `realm ${shown(realm)}: ${message}` }),
    );
    if (policy !== undefined) realms.set(realm, policy);
  }
  const errors = findings.filter(({ level }) => level === 'error');
  const warnings = findings.filter(({ level }) => level === 'warning');
  return { realms: errors.length === 0 ? realms : new Map(), errors, warnings };
}

/** What the file says of each realm, unchecked. What is wrong with the file as a whole, and what it repeats, is found. */
function readFile(text: string, findings: Finding[]): object {
  const refuse = (message: string) => findings.push({ level: 'error', message: `the realms file ${message}` });
  const json = readJson(text);
  if ('fault' in json) {
    refuse(`is not JSON: ${json.fault}`);
    return {};
  }
  const { value: root, repeated } = json;
  if (!isObject(root) || !isObject(root.realms)) {
    refuse('must be an object with one field "realms": {"realms": {"<realm>": {…}}}');
    return {};
  }
  for (const key of Object.keys(root)) {
    if (key !== 'realms' && key !== '$schema') refuse(`has an unknown field ${shown(key)} beside "realms"`);
  }
  findings.push(...repeated.flatMap(repetition));
  if (Object.keys(root.realms).length === 0) refuse('names no realm');
  return root.realms;
}

/** Nothing, where the name is repeated inside a value: no field has an object for its value, and that is found anyway. */
function repetition({ path, name, lines }: RepeatedName): Finding[] {
  const times = lines.length === 2 ? 'twice' : `${lines.length} times`;
  const places = [...new Set(lines)].map((line) => `line ${line}`).join(' and ');
  const rule = `stands there ${times} (${places}); only the last would count`;
  const [root, realm] = path;
  if (root === undefined) return [{ level: 'error', message: `the realms file: ${shown(name)} ${rule}` }];
  if (root !== 'realms' || path.length > 2) return [];
  if (realm === undefined) {
    return [{ level: 'error', realm: name, field: 'realm', message: `realm ${shown(name)}: it ${rule}` }];
  }
  return [{ level: 'error', realm, field: name, message: `realm ${shown(realm)}: ${shown(name)} ${rule}` }];
}

/** Takes down a finding about a realm: its field, and the sentence without the realm's name. */
type Say = (level: Finding['level'], field: string, message: string) => void;

/** The policy, if every field can be read, whether or not the rules between them hold. */
function checkRealm(realm: string, value: unknown, say: Say): Policy | undefined {
  for (const { message } of realmName.safeParse(realm).error?.issues ?? []) say('error', 'realm', message);
  if (!isObject(value)) {
    say('error', 'realm', `its policy must be an object, not ${shown(value)}`);
    return undefined;
  }
  const { data, error } = realmText.safeParse(value);
  const faulty = new Set<string>();
  for (const issue of error?.issues ?? []) {
    if (issue.code === 'unrecognized_keys') {
      const fields = Object.keys(realmText.shape).join(', ');
      for (const key of issue.keys)
        say('error', key, `${shown(key)} is no field of a policy; the fields are ${fields}`);
    } else {
      const field = String(issue.path[0]);
      const isMissing = value[field] === undefined;
      say('error', field, `${field} ${isMissing ? 'is missing; it' : shown(value[field])} ${issue.message}`);
      faulty.add(field);
    }
  }
  checkRules(value, faulty, say);
  return data && toPolicy(realm, { ...PROFILES[data.profile], ...present(data) });
}

/** As coarse as the suite that `enterprise` is modelled on; the backstop announces nothing before its slot. */
const SWEEP_MAX = 10 * MINUTE;

/** The rules between fields. A faulty field has been spoken of and is left alone; the others are judged without it. */
function checkRules(given: Partial<FullRealmText>, faulty: ReadonlySet<string>, say: Say): void {
  const profile = faulty.has('profile') ? undefined : given.profile;
  const read = <Field extends keyof FullRealmText>(field: Field) => {
    const value: FullRealmText[Field] | undefined = given[field] ?? (profile && PROFILES[profile][field]);
    if (faulty.has(field) || value === undefined) return undefined;
    const whose = given[field] === undefined ? "the profile's " : '';
    return { value, said: `${whose}${field} ${shown(value)}` };
  };
  const readLength = (field: 'failover' | 'idle' | 'lease' | 'logonToken' | 'maximum' | 'ping' | 'sweep') => {
    const found = read(field);
    return found && { ms: toLength(found.value), said: found.said };
  };

  const [lease, maximum, ping] = [readLength('lease'), readLength('maximum'), readLength('ping')];
  if (lease !== undefined && ping !== undefined && ping.ms > 0) {
    if (lease.ms <= ping.ms) {
      say('error', 'lease', `${lease.said} must be longer than ${ping.said}: a session would end between two pings`);
    } else if (lease.ms < 2 * ping.ms) {
      say('warning', 'lease', `${lease.said} is shorter than two pings (${ping.said}): one lost ping ends a session`);
    }
    if (lease.ms > ping.ms && lease.ms < PINGED_LEASE_MIN) {
      const rule = 'is shorter than 4 minutes although stations ping';
      say('warning', 'lease', `${lease.said} ${rule} (${ping.said}): a short outage ends sessions`);
    }
  }
  if (lease !== undefined && maximum !== undefined && maximum.ms < lease.ms) {
    const rule = `must not be shorter than ${lease.said}: the lease could never run out`;
    say('error', 'maximum', `${maximum.said} ${rule}`);
  }
  const [idle, sweep, whenIdle] = [readLength('idle'), readLength('sweep'), read('whenIdle')];
  if (given.idle !== undefined && idle && lease && ping?.ms === 0 && idle.ms > lease.ms) {
    const comes = whenIdle?.value === 'linger' ? 'lingers' : 'ends by it';
    const rule = `is longer than ${lease.said}, and stations do not ping: no session ${comes}`;
    say('warning', 'idle', `${idle.said} ${rule}`);
  }
  if (idle !== undefined && !faulty.has('stations')) checkStations(given.stations ?? {}, idle, say);
  const [failover, token] = [readLength('failover'), readLength('logonToken')];
  if (given.logonToken !== undefined && token && lease && failover && token.ms > 0) {
    const others = whenIdle?.value === 'linger' ? (idle?.ms ?? 0) + lease.ms : lease.ms;
    if (token.ms <= Math.min(others, maximum?.ms ?? others) + failover.ms) {
      const rule = 'is over before the rungs above it are, even for a user who is idle from the start';
      say('warning', 'logonToken', `${token.said} ${rule}: nobody is remembered`);
    }
  }
  const [seats, takeOver] = [read('seats'), read('takeOver')];
  if (given.takeOver !== undefined && takeOver && seats?.value === 'unlimited') {
    say('warning', 'takeOver', `${takeOver.said} says nothing where ${seats.said}: no login is refused`);
  }
  if (sweep !== undefined && sweep.ms > SWEEP_MAX) {
    say('error', 'sweep', `${sweep.said} must not be longer than 10 minutes: so long an end may stay unannounced`);
  }
}

/** People walk from one web application of a realm to the other: whoever works in one should not fall idle in the other. */
function checkStations(
  stations: NonNullable<FullRealmText['stations']>,
  realms: { ms: DurationMs; said: string },
  say: Say,
) {
  for (const [station, { idle }] of Object.entries(stations)) {
    if (toLength(idle) === realms.ms) continue;
    const rule = 'users who work in one web application of the realm should not fall idle in another';
    say('warning', 'stations', `idle ${shown(idle)} of station ${shown(station)} differs from ${realms.said}: ${rule}`);
  }
}

function toPolicy(realm: string, text: FullRealmText): Policy {
  const pingMs = toLength(text.ping);
  const logonTokenMs = toLength(text.logonToken);
  return {
    realm,
    profile: text.profile,
    seats: text.seats,
    idleMs: toLength(text.idle),
    idleOfStation: new Map(Object.entries(text.stations).map(([station, { idle }]) => [station, toLength(idle)])),
    whenIdle: text.whenIdle,
    ...(pingMs > 0 ? { pingMs } : {}),
    leaseMs: toLength(text.lease),
    failoverMs: toLength(text.failover),
    ...(logonTokenMs > 0 ? { logonTokenMs } : {}),
    maximumMs: toLength(text.maximum),
    jobMs: toLength(text.job),
    takeOver: text.takeOver,
    sweepMs: toLength(text.sweep),
    retentionMs: toLength(text.retention),
  };
}

/** Of a field that has been checked: what is no duration is "off". */
const toLength = (text: string): DurationMs => parseDuration(text) ?? durationMs(0);

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A value as the file has it. */
function shown(value: unknown): string {
  const text = typeof value === 'number' ? String(value) : JSON.stringify(value);
  return text.length > SHOWN_MAX ? `${text.slice(0, SHOWN_MAX)}…` : text;
}
