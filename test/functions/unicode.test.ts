/** What is no Unicode text is the caller's mistake wherever it stands: 400, and its part is named. */
import { beforeAll, describe, expect, test } from 'vitest';
import { useFunctions } from '../support/functions.ts';

const functions = useFunctions({
  campus: { profile: 'release-station' },
  suite: { profile: 'enterprise', seats: 'unlimited' },
});

/** Half of a pair of UTF-16: no text has it, and no UTF-8 says it. */
const HALF = '\ud800';
const OTHER_HALF = '\udfff';

const cursorOf = (...place: string[]) => Buffer.from(JSON.stringify(place)).toString('base64url');

let printer: { id: string; key: string };
beforeAll(async () => {
  printer = await functions.register({ realm: 'campus', kind: 'hosted' }, 'lib-1');
});

describe.each([
  ['of sessions', '/v1/sessions?'],
  ['of a user’s sessions', '/v1/sessions?realm=suite&user=ana&'],
  ['of what is on a lower rung', '/v1/sessions?rung=failover&'],
  ['of a user', '/v1/realms/campus/users/ana?'],
  ['of a user by any name', '/v1/realms/campus/users?user=ana&'],
  ['of stations', '/v1/stations?'],
  ['of the trail', '/v1/audit?'],
])('a cursor for the listing %s', (_, path) => {
  const at = '000001795357390000';
  test.each([
    ['a half alone', cursorOf(HALF)],
    ['a seat with a half', cursorOf(`seat#${HALF}`)],
    ['an ended session with a half', cursorOf(`ended#${at.slice(0, 15)}#${HALF}`)],
    ['a station with a half', cursorOf('1795357390000', `lib-${OTHER_HALF}`)],
    ['a user with a half', cursorOf('1795357390000', `user#campus#${HALF}`, 'seat#0')],
    ['a user’s seat with a half', cursorOf('1795357390000', 'user#campus#ana', `seat#${OTHER_HALF}`)],
    ['an action with a half', cursorOf(`${at.slice(0, 15)}#${HALF}`)],
    ['bytes that are no UTF-8', Buffer.from([0x5b, 0x22, 0xed, 0xa0, 0x80, 0x22, 0x5d]).toString('base64url')],
  ])('with %s belongs to no listing', async (_, cursor) => {
    for (const asked of [cursor, `h0.${cursor}`, `0.${cursor}`, `s0.${cursor}`]) {
      const { status, body } = await functions.operator('GET', `${path}cursor=${encodeURIComponent(asked)}`);
      expect([status, body.errors?.[0]?.field], asked).toEqual([400, 'cursor']);
    }
  });
});

test.each([
  ['GET', `/v1/sessions/${HALF}`, 'session'],
  ['DELETE', `/v1/sessions/1.0.campus.${OTHER_HALF}`, 'session'],
  ['GET', `/v1/realms/${HALF}`, 'realm'],
  ['POST', `/v1/realms/${HALF}/webhook/secret`, 'realm'],
  ['GET', `/v1/realms/campus/users/${HALF}`, 'user'],
  ['GET', `/v1/realms/${HALF}/users/ana`, 'realm'],
  ['DELETE', `/v1/realms/campus/users/an${HALF}a/history`, 'user'],
  ['GET', `/v1/stations/${HALF}`, 'station'],
  ['PUT', `/v1/stations/lib-${OTHER_HALF}`, 'station'],
  ['DELETE', `/v1/stations/${HALF}`, 'station'],
  ['POST', `/v1/stations/${HALF}/key`, 'station'],
  ['DELETE', `/v1/stations/${HALF}/key`, 'station'],
])('a path that is no Unicode is refused, to operators: %s %j', async (method, path, field) => {
  const { status, body } = await functions.operator(method, path, method === 'GET' ? undefined : { reason: 'x' });
  expect([status, body.errors[0].field]).toEqual([400, field]);
});

test.each([
  [`/v1/stations/${HALF}/login`, 'station'],
  [`/v1/stations/lib-1/${HALF}`, 'event'],
  [`/v1/stations/lib-1/with/${HALF}/login`, 'key'],
])('and to stations, before it is asked who they are: %j', async (path, field) => {
  const { status, body } = await functions.deliver(path, {}, '{"user":"ana"}');
  expect([status, body.errors[0].field]).toEqual([400, field]);
  expect(JSON.stringify(body)).not.toMatch(/\\ud|lib-1/);
});

test('no text of a message may have a half, and none is a fault of this side', async () => {
  const texts = ['user', 'session', 'takeOver', 'job', 'occurredAt', 'id', 'station'];
  for (const event of ['login', 'ping', 'logout', 'job-started']) {
    for (const field of texts) {
      const { status } = await functions.say(printer, event, { user: 'ana', [field]: `a${HALF}b` });
      expect(status, `${event} ${field}`).toBeLessThan(500);
      // A station that speaks for itself may name no other; what is not read of a body is not looked at.
      if (field !== 'station') expect([200, 201, 400], `${event} ${field}`).toContain(status);
    }
  }
  for (const field of ['realm', 'kind', 'name', 'location', 'proof', 'dialect', 'certificate', 'reason']) {
    const entry = { realm: 'campus', kind: 'hosted', [field]: `a${HALF}b` };
    const { status, body } = await functions.operator('PUT', '/v1/stations/lib-9', entry);
    expect([status, body.errors[0].field]).toEqual([400, field]);
  }
  for (const field of ['reason', 'rotate']) {
    const { status } = await functions.operator('POST', '/v1/stations/lib-1/key', { [field]: HALF });
    expect(status, field).toBe(400);
  }
});
