import { describe, expect, test } from 'vitest';
import { readRealms } from '../../lib/session/policy.ts';
import { DAY, HOUR, MINUTE, SECOND } from '../../lib/time.ts';

const check = (realms: unknown) => readRealms(JSON.stringify({ realms }));
const messages = (findings: readonly { message: string }[]) => findings.map(({ message }) => message);
const printers = (fields: object = {}) => check({ campus: { profile: 'release-station', ...fields } });

const FIELDS =
  'profile, seats, idle, whenIdle, ping, lease, failover, logonToken, maximum, job, takeOver, sweep, retention';
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
      whenIdle: 'end',
      leaseMs: 5 * MINUTE,
      failoverMs: 0,
      maximumMs: 12 * HOUR,
      jobMs: 30 * MINUTE,
      takeOver: 'offer',
      sweepMs: MINUTE,
      retentionMs: 90 * DAY,
    });
  });

  test('has the deadlines of the enterprise suite, without the rungs that are refused for now', () => {
    const text = { profile: 'enterprise', seats: 1, whenIdle: 'end', failover: 'off', logonToken: 'off' };
    const { realms, errors, warnings } = check({ portal: text });
    expect([errors, warnings]).toEqual([[], []]);
    expect(realms.get('portal')).toEqual({
      realm: 'portal',
      profile: 'enterprise',
      seats: 1,
      idleMs: 20 * MINUTE,
      whenIdle: 'end',
      pingMs: 2 * MINUTE,
      leaseMs: 10 * MINUTE,
      failoverMs: 0,
      maximumMs: 24 * HOUR,
      jobMs: 0,
      takeOver: 'offer',
      sweepMs: MINUTE,
      retentionMs: 90 * DAY,
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
    [{ lend: '5m' }, `"lend" is no field of a policy; the fields are ${FIELDS}`],
  ])('%j', (fields, message) => {
    const { errors, realms } = printers(fields);
    expect(messages(errors)).toEqual([`realm "campus": ${message}`]);
    expect(errors[0]).toMatchObject({ level: 'error', realm: 'campus', field: Object.keys(fields)[0] });
    expect(realms.size).toBe(0);
  });
});

describe('a policy that contradicts itself is refused', () => {
  test.each([
    [
      { ping: '60s', lease: '60s' },
      'lease',
      'lease "60s" must be longer than ping "60s": a session would end between two pings',
    ],
    [
      { lease: '5m', maximum: '299s' },
      'maximum',
      'maximum "299s" must not be shorter than lease "5m": the lease could never run out',
    ],
    [{ seats: 2 }, 'seats', 'seats 2 needs several seats a user, which this version does not keep yet; it keeps 1'],
    [
      { whenIdle: 'linger' },
      'whenIdle',
      'whenIdle "linger" needs the rung "lingering", which this version does not keep yet; it keeps "end"',
    ],
    [
      { failover: '30m' },
      'failover',
      'failover "30m" needs the rung "failover", which this version does not keep yet; it keeps "off"',
    ],
    [
      { logonToken: '8h' },
      'logonToken',
      'logonToken "8h" needs the rung "remembered", which this version does not keep yet; it keeps "off"',
    ],
  ])('%j', (fields, field, message) => {
    const { errors, realms } = printers(fields);
    expect(errors).toEqual([{ level: 'error', realm: 'campus', field, message: `realm "campus": ${message}` }]);
    expect(realms.size).toBe(0);
  });

  test('but a maximum as long as the lease is fine', () => expect(printers({ maximum: '5m' }).errors).toEqual([]));
});

describe('a policy that invites trouble is warned of, and obeyed', () => {
  const two = 'realm "campus": lease "7m" is shorter than two pings (ping "4m"): one lost ping ends a session';
  const four =
    'realm "campus": lease "239s" is shorter than 4 minutes although stations ping (ping "1m"): a short outage ends sessions';

  const useless =
    'realm "campus": idle "10m" is longer than the profile\'s lease "5m", and stations do not ping: no session ends by it';

  test.each([
    [{ ping: '4m', lease: '7m' }, [two]],
    [{ ping: '4m', lease: '8m' }, []],
    [{ ping: '1m', lease: '239s' }, [four]],
    [{ ping: '1m', lease: '4m' }, []],
    [{ lease: '10s' }, []],
    [{ idle: '10m' }, [useless]],
    [{ idle: '10m', ping: '1m' }, []],
  ])('%j', (fields, expected) => {
    const { warnings, errors, realms } = printers(fields);
    expect(errors).toEqual([]);
    expect(messages(warnings)).toEqual(expected);
    expect(realms.size).toBe(1);
  });

  test('a lease that earns both warnings gets both', () =>
    expect(printers({ ping: '60s', lease: '90s' }).warnings).toHaveLength(2));
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
    const { errors } = check({ campus: { profile: 'office', ping: 'often', lease: '2h', maximum: '1h', seats: 2 } });
    expect(errors.map(({ field }) => field)).toEqual(['profile', 'ping', 'maximum', 'seats']);
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
      portal: { profile: 'enterprise' },
    });
    expect(errors.map(({ realm, field }) => `${realm}.${field}`)).toEqual([
      'campus.idle',
      'campus.lease',
      'campus.extra',
      'campus.other',
      'Library.realm',
      'kiosk.lease',
      'kiosk.maximum',
      'portal.seats',
      'portal.whenIdle',
      'portal.failover',
      'portal.logonToken',
    ]);
    expect(warnings.map(({ realm, field }) => `${realm}.${field}`)).toEqual(['office.lease']);
    expect(realms.size).toBe(0);
  });
});
