/**
 * The realms file: reads its text, and refuses one that contradicts itself.
 *
 * It is JSON: `{"realms": {"campus-print": {"profile": "release-station", "lease": "5m"}}}`. The profile
 * gives every field its default. Every finding names the realm, the field, the value as the file has it and the rule,
 * and one run reports all of them.
 */
import { realmName, stationId } from '../names.ts';
import { present } from '../present.ts';
import { shown } from '../printable.ts';
import { ANNOUNCEMENTS, type Policy } from '../session/policy.ts';
import { ANY_CASE } from '../session/user-key.ts';
import { checkDialect, type Mapping, type Mappings } from '../soap/dialect-text.ts';
import { type RepeatedName, readJson } from './json-text.ts';
import { checkRules, type Say } from './policy-rules.ts';
import { type FullRealmText, lengthIn, PROFILES, realmText } from './realm-text.ts';

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
  /** Of the file alone, by their names; none where there is an error. */
  readonly dialects: Mappings;
  readonly errors: readonly Finding[];
  readonly warnings: readonly Finding[];
}

/** Checks the text of a realms file. Never throws: whatever is wrong with the text is a finding. */
export function readRealms(text: string): CheckedRealms {
  const findings: Finding[] = [];
  const realms = new Map<string, Policy>();
  const file = readFile(text, findings);
  for (const [realm, value] of Object.entries(file.realms)) {
    const policy = checkRealm(realm, value, (level, field, message) =>
      findings.push({ level, realm, field, message: `realm ${shown(realm)}: ${message}` }),
    );
    if (policy !== undefined) realms.set(realm, policy);
  }
  const dialects = new Map<string, Mapping>();
  for (const [name, value] of Object.entries(file.dialects)) {
    const mapping = checkDialect(name, value, (place, message) => {
      const where = place === '' ? '' : `${place} `;
      findings.push({ level: 'error', message: `dialect ${shown(name)}: ${where}${message}` });
    });
    if (mapping !== undefined) dialects.set(name, mapping);
  }
  const errors = findings.filter(({ level }) => level === 'error');
  const warnings = findings.filter(({ level }) => level === 'warning');
  if (errors.length > 0) return { realms: new Map(), dialects: new Map(), errors, warnings };
  return { realms, dialects, errors, warnings };
}

interface RealmsFile {
  readonly realms: object;
  readonly dialects: object;
}

/** What the file says, unchecked. What is wrong with the file as a whole, and what it repeats, is found. */
function readFile(text: string, findings: Finding[]): RealmsFile {
  const nothing = { realms: {}, dialects: {} };
  const refuse = (message: string) => findings.push({ level: 'error', message: `the realms file ${message}` });
  const json = readJson(text);
  if ('fault' in json) {
    refuse(`is not JSON: ${json.fault}`);
    return nothing;
  }
  const { value: root, repeated } = json;
  if (!isObject(root) || !isObject(root.realms)) {
    refuse('must be an object with one field "realms": {"realms": {"<realm>": {…}}}');
    return nothing;
  }
  for (const key of Object.keys(root)) {
    if (!FIELDS.has(key)) refuse(`has an unknown field ${shown(key)} beside "realms"`);
  }
  findings.push(...repeated.flatMap(repetition));
  if (Object.keys(root.realms).length === 0) refuse('names no realm');
  const { realms, dialects = {} } = root;
  if (!isObject(dialects)) {
    refuse(`says dialects ${shown(dialects)}; it must be an object of dialects, such as {"acme": {"operations": {…}}}`);
    return { realms, dialects: {} };
  }
  return { realms, dialects };
}

const FIELDS: ReadonlySet<string> = new Set(['realms', 'dialects', '$schema']);

/** Nothing, where the name is repeated in a value that should be no object: that is found anyway. */
function repetition({ path, name, lines }: RepeatedName): Finding[] {
  const times = lines.length === 2 ? 'twice' : `${lines.length} times`;
  const places = [...new Set(lines)].map((line) => `line ${line}`).join(' and ');
  const rule = `stands there ${times} (${places}); only the last would count`;
  const [root, realm, field, station, ...deeper] = path;
  if (root === undefined) return [{ level: 'error', message: `the realms file: ${shown(name)} ${rule}` }];
  if (root === 'dialects') {
    const within = path.slice(1).map((step) => step ?? '[]');
    const where = within.length === 0 ? '' : ` within ${within.join('.')}`;
    return [{ level: 'error', message: `dialects: ${shown(name)}${where} ${rule}` }];
  }
  if (root !== 'realms') return [];
  if (realm === undefined) {
    return [{ level: 'error', realm: name, field: 'realm', message: `realm ${shown(name)}: it ${rule}` }];
  }
  const found = (field: string, what: string): Finding[] => [
    { level: 'error', realm, field, message: `realm ${shown(realm)}: ${what} ${rule}` },
  ];
  if (path.length === 2) return found(name, shown(name));
  if ((field === 'webhook' || field === 'users') && path.length === 3) return found(field, `${field}: ${shown(name)}`);
  if (field !== 'stations' || deeper.length > 0) return [];
  if (path.length === 3) return found('stations', `stations: station ${shown(name)}`);
  return station === undefined ? [] : found('stations', `stations: ${shown(name)} of station ${shown(station)}`);
}

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
    const path = issue.path.map(String);
    const [field = '', within] = path;
    // Ids of stations have their turn below: the schema passes over `__proto__`.
    if (issue.code === 'invalid_key') continue;
    if (issue.code === 'unrecognized_keys') {
      for (const key of issue.keys) sayUnknown(key, path, say);
    } else {
      say('error', field, faultOf(path, value, issue.message));
      faulty.add(field === 'stations' && within !== undefined ? `${field}.${within}` : field);
    }
  }
  for (const id of isObject(value.stations) ? Object.keys(value.stations) : []) {
    for (const { message } of stationId.safeParse(id).error?.issues ?? []) {
      say('error', 'stations', `stations: the id ${shown(id)} ${message}`);
      faulty.add(`stations.${id}`);
    }
  }
  checkRules(value, faulty, say);
  return data && toPolicy(realm, { ...PROFILES[data.profile], ...present(data) });
}

function sayUnknown(key: string, [field, station]: readonly string[], say: Say): void {
  if (field === 'webhook') {
    say('error', field, `webhook: ${shown(key)} is none of its fields; these are url, events, generation`);
  } else if (field === 'users') {
    say('error', field, `users: ${shown(key)} is none of its fields; these are case, domains`);
  } else if (station === undefined) {
    const fields = Object.keys(realmText.shape).join(', ');
    say('error', key, `${shown(key)} is no field of a policy; the fields are ${fields}`);
  } else {
    const rule = 'is none that a station has of its own; that is idle';
    say('error', 'stations', `stations: ${shown(key)} of station ${shown(station)} ${rule}`);
  }
}

/** What is at fault, and whose it is where it is a station's; its value as the file has it; and the rule. */
function faultOf([field = '', station, own]: readonly string[], policy: Record<string, unknown>, rule: string): string {
  if (station === undefined) return judged(field, policy[field], '', rule);
  if (field === 'webhook' || field === 'users') {
    const its = policy[field];
    return `${field}: ${judged(station, isObject(its) ? its[station] : undefined, '', rule)}`;
  }
  const its = isObject(policy.stations) ? policy.stations[station] : undefined;
  const whose = `station ${shown(station)}`;
  if (own === undefined) return `stations: ${whose} ${rule}, not ${shown(its)}`;
  return `stations: ${judged(own, isObject(its) ? its[own] : undefined, ` of ${whose}`, rule)}`;
}

const judged = (field: string, value: unknown, whose: string, rule: string): string =>
  value === undefined ? `${field}${whose} is missing; it ${rule}` : `${field} ${shown(value)}${whose} ${rule}`;

function toPolicy(realm: string, text: FullRealmText): Policy {
  const pingMs = lengthIn(text.ping);
  const logonTokenMs = lengthIn(text.logonToken);
  return {
    realm,
    profile: text.profile,
    seats: text.seats,
    idleMs: lengthIn(text.idle),
    idleOfStation: new Map(Object.entries(text.stations).map(([station, { idle }]) => [station, lengthIn(idle)])),
    whenIdle: text.whenIdle,
    ...(pingMs > 0 ? { pingMs } : {}),
    leaseMs: lengthIn(text.lease),
    failoverMs: lengthIn(text.failover),
    ...(logonTokenMs > 0 ? { logonTokenMs } : {}),
    maximumMs: lengthIn(text.maximum),
    jobMs: lengthIn(text.job),
    takeOver: text.takeOver,
    users: { ...ANY_CASE, ...present(text.users) },
    sweepMs: lengthIn(text.sweep),
    retentionMs: lengthIn(text.retention),
    secretUrls: text.secretUrls,
    ...(text.webhook === undefined
      ? {}
      : { webhook: { events: ANNOUNCEMENTS, generation: 1, ...present(text.webhook) } }),
  };
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
