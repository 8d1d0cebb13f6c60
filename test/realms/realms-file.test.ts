import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readRealms } from '../../lib/realms/realms-file.ts';
import { DAY, HOUR, MINUTE, SECOND } from '../../lib/time.ts';

const check = (realms: unknown) => readRealms(JSON.stringify({ realms }));
const messages = (findings: readonly { message: string }[]) => findings.map(({ message }) => message);
const printers = (fields: object = {}) => check({ campus: { profile: 'release-station', ...fields } });

const FIELDS =
  'profile, seats, idle, whenIdle, ping, lease, failover, logonToken, maximum, job, takeOver, users, sweep, retention, secretUrls, stations, webhook';
const DURATION = 'must be a duration such as "30s", "5m", "8h" or "2d"';
const DURATION_OR_OFF = `${DURATION}, or "off"`;
const RANGE = 'must be between one second and one year (365d)';

describe('a realm that names only its profile', () => {
  test('has the defaults of a release station', () => {
    const { realms, errors, warnings } = printers();
    expect([errors, warnings]).toEqual([[], []]);
    expect(realms.get('campus')).toEqual({
      realm: 'campus',
      profile: 'release-station',
      seats: 1,
      idleMs: 30 * SECOND,
      idleOfStation: new Map(),
      whenIdle: 'end',
      leaseMs: 5 * MINUTE,
      failoverMs: 0,
      maximumMs: 12 * HOUR,
      jobMs: 30 * MINUTE,
      takeOver: 'offer',
      users: { case: 'ignore', domains: [] },
      sweepMs: MINUTE,
      retentionMs: 90 * DAY,
      secretUrls: 'refuse',
    });
  });

  test('has the deadlines of the enterprise suite', () => {
    const { realms, errors, warnings } = check({ portal: { profile: 'enterprise' } });
    expect([errors, warnings]).toEqual([[], []]);
    expect(realms.get('portal')).toEqual({
      realm: 'portal',
      profile: 'enterprise',
      seats: 'unlimited',
      idleMs: 20 * MINUTE,
      idleOfStation: new Map(),
      whenIdle: 'linger',
      pingMs: 2 * MINUTE,
      leaseMs: 10 * MINUTE,
      failoverMs: 30 * MINUTE,
      logonTokenMs: 8 * HOUR,
      maximumMs: 24 * HOUR,
      jobMs: 0,
      takeOver: 'offer',
      users: { case: 'ignore', domains: [] },
      sweepMs: MINUTE,
      retentionMs: 90 * DAY,
      secretUrls: 'refuse',
    });
  });
});

test('every field that a realm gives replaces its default', () => {
  const { realms, errors } = printers({
    idle: '45s',
    ping: '2m',
    lease: '6m',
    maximum: '2d',
    job: '1h',
    takeOver: 'replace',
    sweep: '10m',
    retention: '1d',
    secretUrls: 'allow',
    stations: { 'lib-1': { idle: '1m' } },
  });
  expect(errors).toEqual([]);
  expect(realms.get('campus')).toMatchObject({
    idleMs: 45 * SECOND,
    pingMs: 2 * MINUTE,
    leaseMs: 6 * MINUTE,
    maximumMs: 48 * HOUR,
    jobMs: HOUR,
    takeOver: 'replace',
    sweepMs: 10 * MINUTE,
    retentionMs: DAY,
    secretUrls: 'allow',
    idleOfStation: new Map([['lib-1', MINUTE]]),
  });
});

test('"off" takes a job its wait and a ping its interval', () => {
  const { realms } = printers({ job: 'off', ping: 'off' });
  expect(realms.get('campus')).toMatchObject({ jobMs: 0 });
  expect(realms.get('campus')).not.toHaveProperty('pingMs');
});

describe('a value is refused', () => {
  test.each([
    [{ profile: 'office' }, 'profile "office" must be "release-station" or "enterprise"'],
    [{ profile: undefined }, 'profile is missing; it must be "release-station" or "enterprise"'],
    [{ seats: 0 }, 'seats 0 must be a whole number from 1 to 100, or "unlimited"'],
    [{ seats: 1.5 }, 'seats 1.5 must be a whole number from 1 to 100, or "unlimited"'],
    [{ seats: 101 }, 'seats 101 must be a whole number from 1 to 100, or "unlimited"'],
    [{ idle: 30 }, `idle 30 ${DURATION}`],
    [{ idle: null }, `idle null ${DURATION}`],
    [{ idle: 'off' }, `idle "off" ${DURATION}`],
    [{ idle: '999ms' }, `idle "999ms" ${RANGE}`],
    [{ lease: '366d' }, `lease "366d" ${RANGE}`],
    [{ lease: '5' }, `lease "5" ${DURATION}`],
    [{ maximum: 'never' }, `maximum "never" ${DURATION}`],
    [{ whenIdle: 'stay' }, 'whenIdle "stay" must be "end" or "linger"'],
    [{ takeOver: true }, 'takeOver true must be "refuse", "offer" or "replace"'],
    [{ sweep: '0s' }, `sweep "0s" ${RANGE}`],
    [{ ping: 'often' }, `ping "often" ${DURATION_OR_OFF}`],
    [{ job: 30 }, `job 30 ${DURATION_OR_OFF}`],
    [{ job: '500ms' }, `job "500ms" ${RANGE}, or "off"`],
    [{ failover: '2y' }, `failover "2y" ${DURATION_OR_OFF}`],
    [{ logonToken: false }, `logonToken false ${DURATION_OR_OFF}`],
    [{ retention: '' }, `retention "" ${DURATION}`],
    [{ secretUrls: true }, 'secretUrls true must be "refuse" or "allow"'],
    [{ lend: '5m' }, `"lend" is no field of a policy; the fields are ${FIELDS}`],
  ])('%j', (fields, message) => {
    const { errors, realms } = printers(fields);
    expect(messages(errors)).toEqual([`realm "campus": ${message}`]);
    expect(errors[0]).toMatchObject({ level: 'error', realm: 'campus', field: Object.keys(fields)[0] });
    expect(realms.size).toBe(0);
  });
});

describe('the realms file as a whole', () => {
  test.each([
    ['', /^the realms file is not JSON: /],
    ['{"realms": {', /^the realms file is not JSON: /],
    ['[]', /^the realms file must be an object with one field "realms"/],
    ['null', /^the realms file must be an object with one field "realms"/],
    ['{"realms": []}', /^the realms file must be an object with one field "realms"/],
    ['{"realms": {}}', /^the realms file names no realm$/],
    [
      '{"realms": {"a": {"profile": "release-station"}}, "relams": {}}',
      /^the realms file has an unknown field "relams" beside "realms"$/,
    ],
    [
      '{"realms": {"a": {"profile": "release-station"}}, "__proto__": {}}',
      /^the realms file has an unknown field "__proto__" beside "realms"$/,
    ],
  ])('%j is refused', (text, message) => {
    const { errors, realms, warnings } = readRealms(text);
    expect(errors).toEqual([{ level: 'error', message: expect.stringMatching(message) }]);
    expect([realms.size, warnings]).toEqual([0, []]);
  });

  test('may name its schema', () =>
    expect(readRealms('{"$schema": "x", "realms": {"a": {"profile": "release-station"}}}').errors).toEqual([]));

  test('a realm with a bad name is judged like any other', () => {
    const { errors } = check({ Library: { profile: 'release-station', idle: '1', lease: '2m', ping: '2m' } });
    expect(errors.map(({ realm, field }) => `${realm}.${field}`)).toEqual([
      'Library.realm',
      'Library.idle',
      'Library.lease',
    ]);
  });

  test('a field at fault is not judged twice, but the others are judged against each other', () => {
    const { errors } = check({ campus: { profile: 'office', ping: 'often', lease: '2h', maximum: '1h', sweep: '2h' } });
    expect(errors.map(({ field }) => field)).toEqual(['profile', 'ping', 'maximum', 'sweep']);
  });

  test('what a profile says is told apart from what the file says', () => {
    const { errors } = printers({ ping: '5m' });
    expect(messages(errors)).toEqual([
      `realm "campus": the profile's lease "5m" must be longer than ping "5m": a session would end between two pings`,
    ]);
  });

  test('a value too long to read is shown by its beginning', () => {
    const { errors } = printers({ idle: 'x'.repeat(1000) });
    expect(messages(errors)).toEqual([`realm "campus": idle "${'x'.repeat(59)}… ${DURATION}`]);
  });

  test.each(['', 'Campus', '1st', 'a_b', 'a b', '-a', 'a#b', 'é', '__proto__', 'a'.repeat(33)])(
    'a realm cannot be called %j',
    (name) => {
      const { errors, realms } = readRealms(`{"realms": {${JSON.stringify(name)}: {"profile": "release-station"}}}`);
      expect(messages(errors)).toEqual([
        `realm "${name}": its name must be 1 to 32 of a-z, 0-9 and "-", and begin with a letter`,
      ]);
      expect(realms.size).toBe(0);
    },
  );

  test.each(['constructor', 'a', 'campus-2', 'a'.repeat(32)])('a realm may be called %j', (name) =>
    expect([...check({ [name]: { profile: 'release-station' } }).realms.keys()]).toEqual([name]),
  );

  test.each([[3], ['release-station'], [null], [[]]])('a policy cannot be %j', (policy) =>
    expect(messages(check({ campus: policy }).errors)).toEqual([
      `realm "campus": its policy must be an object, not ${JSON.stringify(policy)}`,
    ]),
  );

  test('a name that stands in two objects, in an array or in a text is not repeated', () => {
    const { errors } = readRealms(
      '{"realms": {"a": {"profile": "release-station", "idle": "1m"}, "b": {"profile": "release-station", "idle": "2m"}},' +
        ' "$schema": "{\\"realms\\": \\"realms\\":}"}',
    );
    expect(errors).toEqual([]);
    expect(messages(readRealms('{"realms": {"a": ["profile", "profile"]}}').errors)).toEqual([
      'realm "a": its policy must be an object, not ["profile","profile"]',
    ]);
  });

  test('a policy has no field __proto__', () => {
    const { errors } = readRealms('{"realms": {"a": {"profile": "release-station", "__proto__": {"idle": "1s"}}}}');
    expect(messages(errors)).toEqual([`realm "a": "__proto__" is no field of a policy; the fields are ${FIELDS}`]);
  });

  test('reports everything that is wrong in one run, and gives no realm to obey', () => {
    const { errors, warnings, realms } = check({
      campus: { profile: 'release-station', idle: '1', lease: '2', extra: 1, other: 2 },
      Library: { profile: 'release-station' },
      kiosk: { profile: 'release-station', ping: '1m', lease: '1m', maximum: '30s' },
      office: { profile: 'release-station', ping: '1m', lease: '3m' },
      portal: { profile: 'enterprise', sweep: '11m', stations: { 'no id': { idle: '1h' } } },
    });
    expect(errors.map(({ realm, field }) => `${realm}.${field}`)).toEqual([
      'campus.idle',
      'campus.lease',
      'campus.extra',
      'campus.other',
      'Library.realm',
      'kiosk.lease',
      'kiosk.maximum',
      'portal.stations',
      'portal.sweep',
    ]);
    expect(warnings.map(({ realm, field }) => `${realm}.${field}`)).toEqual(['office.lease']);
    expect(realms.size).toBe(0);
  });
});

test('whatever the stations of a realm are, the check finds words for it', () => {
  const id = fc.oneof(fc.constantFrom('portal', '__proto__', 'constructor', '-a', ''), fc.string());
  const own = fc.oneof(
    fc.jsonValue({ maxDepth: 1 }),
    fc.dictionary(fc.constantFrom('idle', 'lease', '__proto__'), fc.jsonValue()),
  );
  const stations = fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.dictionary(id, own));
  fc.assert(
    fc.property(stations, (stations) => {
      const { errors } = printers({ stations });
      for (const { message } of errors) expect(message).toMatch(/^realm "campus": stations[: ]/);
    }),
  );
});

describe('a webhook', () => {
  const url = 'https://gateway.example.org:8443/curfew?site=1';
  const webhookOf = (webhook: object) => printers({ webhook }).realms.get('campus')?.webhook;

  test('is told of everything, by its first secret', () =>
    expect(webhookOf({ url })).toEqual({
      url,
      events: [
        'session.opened',
        'session.lingering',
        'session.invalidated',
        'session.remembered',
        'session.resumed',
        'session.ended',
      ],
      generation: 1,
    }));

  test('or as the realm says', () => {
    const webhook = { url, events: ['session.ended'], generation: 4 };
    expect(webhookOf(webhook)).toEqual(webhook);
  });
});
