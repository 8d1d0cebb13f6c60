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
  'profile, seats, idle, whenIdle, ping, lease, failover, logonToken, maximum, job, takeOver, users, sweep, retention, secretUrls, stations, webhook';
const DURATION = 'must be a duration such as "30s", "5m", "8h" or "2d"';
const RANGE = 'must be between one second and one year (365d)';
const SEATS = 'must be a whole number from 1 to 100, or "unlimited"';
const NAME = 'its name must be 1 to 32 of a-z, 0-9 and "-", and begin with a letter';
const ROOT = 'error: the realms file must be an object with one field "realms": {"realms": {"<realm>": {…}}}';
const STATIONS = 'must be an object of stations, such as {"portal": {"idle": "30m"}}';
const STATION_ID = 'must be 1 to 56 of a-z, A-Z, 0-9, ".", "_" and "-", and begin with a letter or a digit';
const URL = 'https://gateway.example.org/curfew';
const WEBHOOK = `must be an object such as {"url": "${URL}"}`;
const ADDRESS =
  'must be an https:// address without a user, a password or a "#" (http:// to 127.0.0.1, [::1] or localhost, for trying)';
const ANNOUNCEMENTS =
  'must be a list of some of session.opened, session.lingering, session.invalidated, session.remembered, session.resumed, session.ended';
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
  one(
    'a text for users',
    { users: 'ignore' },
    'users "ignore" must be an object such as {"case": "ignore", "domains": ["CORP", "corp.example"]}',
  ),
  one('a case that is none', { users: { case: 'lower' } }, 'users: case "lower" must be "ignore" or "exact"'),
  one(
    'a domain with its separator',
    { users: { domains: ['CORP\\'] } },
    'users: domains ["CORP\\\\"] must be a domain such as "CORP" or "corp.example", without "\\" and "@"',
  ),
  one(
    'a field of users that is none',
    { users: { aliases: {} } },
    'users: "aliases" is none of its fields; these are case, domains',
  ),
  one('yes for a take-over', { takeOver: true }, 'takeOver true must be "refuse", "offer" or "replace"'),
  one('another end', { whenIdle: 'logout' }, 'whenIdle "logout" must be "end" or "linger"'),

  // Stations with a field of their own.
  one('stations in a list', { stations: ['portal'] }, `stations ["portal"] ${STATIONS}`),
  one('no stations', { stations: null }, `stations null ${STATIONS}`),
  one(
    'a duration for a station',
    { stations: { portal: '30m' } },
    'stations: station "portal" must be an object such as {"idle": "30m"}, not "30m"',
  ),
  one(
    'nothing of a station',
    { stations: { portal: {} } },
    `stations: idle of station "portal" is missing; it ${DURATION}`,
  ),
  one(
    'an idle time in words of a station',
    { stations: { portal: { idle: 'soon' } } },
    `stations: idle "soon" of station "portal" ${DURATION}`,
  ),
  one(
    'an idle time of a station that is too long',
    { stations: { portal: { idle: '366d' } } },
    `stations: idle "366d" of station "portal" ${RANGE}`,
    'passes',
  ),
  one(
    'a lease of a station',
    { idle: '1m', stations: { portal: { idle: '1m', lease: '5m' } } },
    'stations: "lease" of station "portal" is none that a station has of its own; that is idle',
  ),
  one(
    'a station that no path can name',
    { stations: { 'my portal': { idle: '30s' } } },
    `stations: the id "my portal" ${STATION_ID}`,
  ),
  one('nothing but faults of stations', { stations: { '': null } }, `stations: the id "" ${STATION_ID}`),
  file(
    'a station of a name that objects keep for themselves',
    '{"realms": {"campus": {"profile": "release-station", "stations": {"__proto__": {"idle": "30s"}}}}}',
    'refuses',
    says(`stations: the id "__proto__" ${STATION_ID}`),
  ),
  file(
    'a station twice, and what it has twice',
    `{
  "realms": {
    "campus": {
      "profile": "release-station",
      "stations": {
        "portal": { "idle": "30s" },
        "console": { "idle": "30s", "idle": "30s" },
        "portal": { "idle": "30s" }
      }
    }
  }
}`,
    'passes',
    says('stations: "idle" of station "console" stands there twice (line 7); only the last would count'),
    says('stations: station "portal" stands there twice (line 6 and line 8); only the last would count'),
  ),
  file(
    'a fault of one station beside one that only differs',
    realm({ stations: { console: { idle: '45s' }, portal: { idle: 0 } } }),
    'refuses',
    says(`stations: idle 0 of station "portal" ${DURATION}`),
    `warning: realm "campus": stations: idle "45s" of station "console" differs from the profile's idle "30s": users who work in one web application of the realm should not fall idle in another`,
  ),

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
  one(
    'a sweep that comes too seldom',
    { sweep: '11m' },
    'sweep "11m" must not be longer than 10 minutes: so long an end may stay unannounced',
    'passes',
  ),
  file(
    'a portal whose pings, rungs and sweep do not fit',
    '{"realms": {"portal": {"profile": "enterprise", "ping": "10m", "maximum": "9m", "sweep": "1h"}}}',
    'passes',
    says(`the profile's lease "10m" must be longer than ping "10m": ${BETWEEN_PINGS}`, 'portal'),
    says(`maximum "9m" must not be shorter than the profile's lease "10m": ${NEVER_OUT}`, 'portal'),
    says('sweep "1h" must not be longer than 10 minutes: so long an end may stay unannounced', 'portal'),
  ),

  // Webhooks.
  one('a webhook that is no object', { webhook: 'https://x.example' }, `webhook "https://x.example" ${WEBHOOK}`),
  one('a webhook without an address', { webhook: {} }, `webhook: url is missing; it ${ADDRESS}`),
  ...[
    'http://gateway.example.org/',
    'https://ana:secret@gateway.example.org/',
    'https://gateway.example.org/#here',
    'https://gateway.example.org/a b',
    'https:gateway.example.org',
    'gateway.example.org',
    'http://127.0.0.1.example.org/',
    'http://localhost@gateway.example.org/',
    'https://',
  ].map((url) => one(`a webhook at ${url}`, { webhook: { url } }, `webhook: url "${url}" ${ADDRESS}`)),
  one(
    'a webhook at an address that is none',
    { webhook: { url: 'https://[::1/' } },
    `webhook: url "https://[::1/" ${ADDRESS}`,
    'passes',
  ),
  one(
    'an event that there is none of',
    { webhook: { url: URL, events: ['session.end'] } },
    `webhook: events ["session.end"] ${ANNOUNCEMENTS}`,
  ),
  one('no event', { webhook: { url: URL, events: [] } }, `webhook: events [] ${ANNOUNCEMENTS}`),
  one(
    'generation nought',
    { webhook: { url: URL, generation: 0 } },
    'webhook: generation 0 must be a whole number from 1 on',
  ),
  one(
    'a webhook with a secret in it',
    { webhook: { url: URL, secret: 'whsec_x' } },
    'webhook: "secret" is none of its fields; these are url, events, generation',
  ),
  file(
    'a webhook with two addresses',
    `{"realms": {"campus": {"profile": "release-station", "webhook": {"url": "${URL}", "url": "${URL}b"}}}}`,
    'passes',
    says('webhook: "url" stands there twice (line 1); only the last would count'),
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
