/** Realms files as people get them wrong, and every line that the check says of each. */

export interface BrokenFile {
  readonly what: string;
  readonly text: string;
  /** What is printed, in order, without the file's name. */
  readonly said: readonly string[];
  /** Whether an editor sees the fault by the schema alone: it knows forms, not lengths, sums and repetitions. */
  readonly schema: 'refuses' | 'passes' | 'is not asked: no JSON';
}

const FIELDS =
  'profile, seats, idle, whenIdle, ping, lease, failover, logonToken, maximum, job, takeOver, sweep, retention';
const DURATION = 'must be a duration such as "30s", "5m", "8h" or "2d"';
const RANGE = 'must be between one second and one year (365d)';
const SEATS = 'must be a whole number from 1 to 100, or "unlimited"';
const NAME = 'its name must be 1 to 32 of a-z, 0-9 and "-", and begin with a letter';
const ROOT = 'error: the realms file must be an object with one field "realms": {"realms": {"<realm>": {…}}}';
const BETWEEN_PINGS = 'a session would end between two pings';
const NEVER_OUT = 'the lease could never run out';

/** A file of one release station's realm. */
const realm = (fields: object, name = 'campus') =>
  JSON.stringify({ realms: { [name]: { profile: 'release-station', ...fields } } });

const says = (message: string, name = 'campus') => `error: realm "${name}": ${message}`;

/** One realm, one error. */
const one = (what: string, fields: object, message: string, schema: BrokenFile['schema'] = 'refuses'): BrokenFile => ({
  what,
  text: realm(fields),
  said: [says(message)],
  schema,
});

const file = (what: string, text: string, schema: BrokenFile['schema'], ...said: string[]): BrokenFile => ({
  what,
  text,
  said,
  schema,
});

const keeps = (field: string, needs: string, kept: string) =>
  `${field} needs ${needs}, which this version does not keep yet; it keeps ${kept}`;

export const BROKEN_FILES: readonly BrokenFile[] = [
  // What is no realms file.
  file(
    'empty',
    '',
    'is not asked: no JSON',
    'error: the realms file is not JSON: Unexpected end of JSON input at line 1, column 1',
  ),
  file(
    'cut off',
    '{\n  "realms": {\n',
    'is not asked: no JSON',
    `error: the realms file is not JSON: Expected property name or '}' at line 3, column 1`,
  ),
  file(
    'a comma too many',
    '{\n  "realms": {\n    "campus": {\n      "profile": "release-station",\n    }\n  }\n}\n',
    'is not asked: no JSON',
    'error: the realms file is not JSON: Expected double-quoted property name at line 5, column 5',
  ),
  file(
    'a comma too few, with the line ends of Windows',
    '{\r\n  "realms": {\r\n    "a": {}\r\n    "b": {}\r\n  }\r\n}\r\n',
    'is not asked: no JSON',
    `error: the realms file is not JSON: Expected ',' or '}' after property value at line 4, column 5`,
  ),
  file(
    'two files in one',
    '{"realms": {}}\n{}',
    'is not asked: no JSON',
    'error: the realms file is not JSON: Unexpected non-whitespace character after JSON at line 2, column 1',
  ),
  file(
    'a byte order mark',
    `\uFEFF${realm({})}`,
    'is not asked: no JSON',
    'error: the realms file is not JSON: it begins with a byte order mark; save it as UTF-8 without one',
  ),
  file('a list', '[]', 'refuses', ROOT),
  file('a list of realms', '{"realms": []}', 'refuses', ROOT),
  file('realms without the field "realms"', '{"campus": {"profile": "release-station"}}', 'refuses', ROOT),
  file('no realm', '{"realms": {}}', 'refuses', 'error: the realms file names no realm'),
  file(
    'fields beside "realms"',
    '{"realms": {"a": {"profile": "release-station"}}, "relams": {}, "version": 2}',
    'refuses',
    'error: the realms file has an unknown field "relams" beside "realms"',
    'error: the realms file has an unknown field "version" beside "realms"',
  ),

  // What stands there more than once, which JSON itself lets pass.
  file(
    'two realms of one name',
    `{
  "realms": {
    "campus": { "profile": "release-station", "idle": "30s" },
    "campus": { "profile": "release-station", "idle": "2m" }
  }
}`,
    'passes',
    says('it stands there twice (line 3 and line 4); only the last would count'),
  ),
  file(
    'one field three times, once in other letters',
    `{
  "realms": {
    "campus": {
      "profile": "release-station",
      "idle": "30s",
      "\\u0069dle": "1m", "idle": "2m"
    }
  }
}`,
    'passes',
    says('"idle" stands there 3 times (line 5 and line 6); only the last would count'),
  ),
  file(
    'realms twice',
    '{"realms": {"a": {"profile": "release-station"}}, "realms": {"b": {"profile": "release-station"}}}',
    'passes',
    'error: the realms file: "realms" stands there twice (line 1); only the last would count',
  ),

  // Realms.
  file('a realm in capitals', realm({}, 'Campus'), 'refuses', says(NAME, 'Campus')),
  file('a realm without a name', realm({}, ''), 'refuses', says(NAME, '')),
  file(
    'a realm that would steer the terminal',
    realm({}, '\u001b[2J\n'),
    'refuses',
    says(NAME, String.raw`\u001b[2J\n`),
  ),
  file(
    'a profile for a policy',
    '{"realms": {"campus": "release-station"}}',
    'refuses',
    says('its policy must be an object, not "release-station"'),
  ),
  one('no profile', { profile: undefined }, 'profile is missing; it must be "release-station" or "enterprise"'),
  one('another profile', { profile: 'office' }, 'profile "office" must be "release-station" or "enterprise"'),
  one('a field that is none', { Idle: '30s' }, `"Idle" is no field of a policy; the fields are ${FIELDS}`),

  // Values.
  one('a number for a duration', { idle: 30 }, `idle 30 ${DURATION}`),
  one('a duration without unit', { lease: '300' }, `lease "300" ${DURATION}`),
  one('a duration in words', { maximum: 'twelve hours' }, `maximum "twelve hours" ${DURATION}`),
  one('a fraction of an hour', { maximum: '1.5h' }, `maximum "1.5h" ${DURATION}`),
  one('a negative duration', { lease: '-5m' }, `lease "-5m" ${DURATION}`),
  one('idle off', { idle: 'off' }, `idle "off" ${DURATION}`),
  one('null', { retention: null }, `retention null ${DURATION}`),
  one('off for false', { failover: false }, `failover false ${DURATION}, or "off"`),
  one('under one second', { idle: '999ms' }, `idle "999ms" ${RANGE}`, 'passes'),
  one('nothing, where "off" is meant', { job: '0s' }, `job "0s" ${RANGE}, or "off"`, 'passes'),
  one('over a year', { retention: '366d' }, `retention "366d" ${RANGE}`, 'passes'),
  one('no seat', { seats: 0 }, `seats 0 ${SEATS}`),
  one('half a seat', { seats: 1.5 }, `seats 1.5 ${SEATS}`),
  one('too many seats', { seats: 101 }, `seats 101 ${SEATS}`),
  one('a number in quotes', { seats: '1' }, `seats "1" ${SEATS}`),
  one('yes for a take-over', { takeOver: true }, 'takeOver true must be "refuse", "offer" or "replace"'),
  one('another end', { whenIdle: 'logout' }, 'whenIdle "logout" must be "end" or "linger"'),

  // Rules between fields.
  one(
    'a lease as long as a ping, in other units',
    { ping: '1m', lease: '60s' },
    `lease "60s" must be longer than ping "1m": ${BETWEEN_PINGS}`,
    'passes',
  ),
  one(
    'pings rarer than the lease of the profile',
    { ping: '6m' },
    `the profile's lease "5m" must be longer than ping "6m": ${BETWEEN_PINGS}`,
    'passes',
  ),
  one(
    'a maximum below the lease',
    { lease: '2d', maximum: '47h' },
    `maximum "47h" must not be shorter than lease "2d": ${NEVER_OUT}`,
    'passes',
  ),
  one(
    'a lease over the maximum of the profile',
    { lease: '1d' },
    `the profile's maximum "12h" must not be shorter than lease "1d": ${NEVER_OUT}`,
    'passes',
  ),
  one('several seats', { seats: 'unlimited' }, keeps('seats "unlimited"', 'several seats a user', '1'), 'passes'),
  file(
    'a portal as its profile has it',
    '{"realms": {"portal": {"profile": "enterprise"}}}',
    'passes',
    says(keeps(`the profile's seats "unlimited"`, 'several seats a user', '1'), 'portal'),
    says(keeps(`the profile's whenIdle "linger"`, 'the rung "lingering"', '"end"'), 'portal'),
    says(keeps(`the profile's failover "30m"`, 'the rung "failover"', '"off"'), 'portal'),
    says(keeps(`the profile's logonToken "8h"`, 'the rung "remembered"', '"off"'), 'portal'),
  ),

  one(
    'a sweep that comes too seldom',
    { sweep: '11m' },
    'sweep "11m" must not be longer than 10 minutes: so long an end may stay unannounced',
    'passes',
  ),

  // All of it in one run: errors first, then warnings, each in the order of the file.
  file(
    'several faults in several realms',
    `{
  "realms": {
    "office": { "profile": "release-station", "ping": "60s", "lease": "90s" },
    "Library": { "profile": "release-station", "idle": "soon", "sweep": "1w" },
    "kiosk": { "profile": "none", "ping": "2m", "lease": "100s", "maximum": "60s", "colour": "red" },
    "lab": { "profile": "release-station", "job": "off", "job": "1h" }
  },
  "owner": "ana"
}`,
    'refuses',
    'error: the realms file has an unknown field "owner" beside "realms"',
    says('"job" stands there twice (line 6); only the last would count', 'lab'),
    says(NAME, 'Library'),
    says(`idle "soon" ${DURATION}`, 'Library'),
    says(`sweep "1w" ${DURATION}`, 'Library'),
    says('profile "none" must be "release-station" or "enterprise"', 'kiosk'),
    says(`"colour" is no field of a policy; the fields are ${FIELDS}`, 'kiosk'),
    says(`lease "100s" must be longer than ping "2m": ${BETWEEN_PINGS}`, 'kiosk'),
    says(`maximum "60s" must not be shorter than lease "100s": ${NEVER_OUT}`, 'kiosk'),
    'warning: realm "office": lease "90s" is shorter than two pings (ping "60s"): one lost ping ends a session',
    'warning: realm "office": lease "90s" is shorter than 4 minutes although stations ping (ping "60s"): a short outage ends sessions',
  ),
];
