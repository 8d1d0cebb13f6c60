import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { basic, bearer } from '../support/callers.ts';
import { CERTIFICATE, FINGERPRINT, OTHER_CERTIFICATE } from '../support/certificates.ts';
import { useFunctions } from '../support/functions.ts';

const functions = useFunctions({
  'campus-print': { profile: 'release-station' },
  old: { profile: 'release-station', secretUrls: 'allow' },
});
const PRINTER = { realm: 'campus-print', kind: 'hosted' };

/** Each test begins an hour after the last one began, for what is remembered is shared. */
let now = Date.parse('2026-11-22T14:23:10Z');
let stations = 0;
let deliveries = 0;
let id = '';
beforeAll(() => void vi.useFakeTimers({ toFake: ['Date'] }));
beforeEach(() => {
  now += 3_600_000;
  vi.setSystemTime(now);
  stations += 1;
  id = `lib-${stations}`;
});
afterAll(() => void vi.useRealTimers());

const later = (seconds: number) => vi.setSystemTime(now + seconds * 1_000);
const register = (entry: object) => functions.operator('PUT', `/v1/stations/${id}`, { ...PRINTER, ...entry });
const issue = (body?: object) => functions.operator('POST', `/v1/stations/${id}/key`, body);
const revoke = () => functions.operator('DELETE', `/v1/stations/${id}/key`);
const show = async () => (await functions.operator('GET', `/v1/stations/${id}`)).body;

/** A boot of the station, proven so; it may be said at any time. */
async function boot(proof: string, key: string, certificate?: string): Promise<number> {
  const deliver = async (way: string, headers: Record<string, string>, body = '') =>
    (await functions.deliver(`/v1/stations/${id}/${way}`, headers, body, certificate)).status;
  if (proof === 'bearer') return deliver('boot', bearer(key));
  if (proof === 'basic') return deliver('boot', basic(id, key));
  if (proof === 'url') return deliver(`with/${key}/boot`, {});
  const body = '{"type":"boot"}';
  const at = new Date();
  deliveries += 1;
  const delivery = `msg_${deliveries}`;
  return deliver(
    'events',
    {
      'content-type': 'application/json',
      'webhook-id': delivery,
      'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
      'webhook-signature': new Webhook(key).sign(delivery, at, body),
    },
    body,
  );
}

describe.each(['bearer', 'basic', 'signature', 'url'])('a station whose proof is %s', (proof) => {
  const realm = proof === 'url' ? 'old' : 'campus-print';

  test('is registered, gets a key that is shown once, and is heard', async () => {
    expect(await register({ realm, proof })).toMatchObject({ status: 201, body: { proof, keyGeneration: 0 } });
    const { status, headers, body } = await issue();
    expect([status, headers['cache-control']]).toEqual([201, 'no-store']);
    expect(body).toEqual({
      station: id,
      key: expect.stringMatching(proof === 'signature' ? /^whsec_.{44}$/ : /^curfew_1_.{43}$/),
      proof,
      keyGeneration: 1,
      keyIssuedAt: new Date(now).toISOString(),
      ...(proof === 'url' ? { url: `/v1/stations/${id}/with/${body.key}/{event}` } : {}),
    });
    expect(await boot(proof, body.key)).toBe(200);
    expect(JSON.stringify(await show())).not.toContain(body.key);
  });

  test('is refused its key from 300 seconds after it was revoked', async () => {
    await register({ realm, proof });
    const { key } = (await issue()).body;
    expect(await boot(proof, key)).toBe(200);
    later(1);
    expect(await revoke()).toMatchObject({
      status: 200,
      body: { station: id, keyGeneration: 2, mayOpenUntil: new Date(now + 301_000).toISOString() },
    });
    expect(await show()).not.toHaveProperty('keyIssuedAt');
    // Whoever knows it still, and asks all the time.
    for (let second = 2; second < 301; second += 13) {
      later(second);
      await boot(proof, key);
    }
    for (const second of [301, 302, 86_400]) {
      later(second);
      expect(await boot(proof, key)).toBe(401);
    }
    expect(await boot(proof, (await issue()).body.key)).toBe(200);
    expect(await boot(proof, key)).toBe(401);
  });

  test('is refused without the certificate that it is bound to', async () => {
    await register({ realm, proof, certificate: FINGERPRINT.replaceAll(':', '').toLowerCase() });
    expect((await show()).certificate).toBe(FINGERPRINT);
    const { key } = (await issue()).body;
    expect(await boot(proof, key)).toBe(401);
    expect(await boot(proof, key, OTHER_CERTIFICATE)).toBe(401);
    expect(await boot(proof, key, CERTIFICATE)).toBe(200);
  });
});

test.each(['bearer', 'signature'])(
  'a station whose proof is %s changes its key in a stream of a thousand requests, and none is refused',
  async (proof) => {
    await register({ proof });
    const first = (await issue()).body.key;
    let key = first;
    const statuses: Record<string, number> = {};
    for (let n = 0; n < 1_000; n += 20) {
      // Twenty at once, ten seconds after the twenty before: the station hears of its new key late, in the midst of them.
      later(n / 2);
      const stream = Array.from({ length: 20 }, async (_, k) => {
        if (n === 500 && k === 10) key = (await issue({ rotate: '24h' })).body.key;
        const status = await boot(proof, k % 3 === 0 ? first : key);
        statuses[status] = (statuses[status] ?? 0) + 1;
      });
      await Promise.all(stream);
    }
    expect(key).not.toBe(first);
    expect(statuses).toEqual({ 200: 1_000 });
  },
  60_000,
);

test('the key before is good for a day unless it is said otherwise, and not a second longer', async () => {
  await register({});
  const first = (await issue()).body.key;
  expect((await issue()).body.previousKeyUntil).toBe(new Date(now + 86_400_000).toISOString());
  later(86_399);
  expect(await boot('bearer', first)).toBe(200);
  later(86_400);
  expect(await boot('bearer', first)).toBe(401);
});

test.each([
  ['24h', 86_400],
  ['PT24H', 86_400],
  ['P1DT1M', 86_460],
  ['90s', 90],
  ['0s', 0],
])('the key before is good for as long as is said: %s', async (rotate, seconds) => {
  await register({});
  const first = (await issue({ rotate })).body;
  expect(first).not.toHaveProperty('previousKeyUntil');
  expect((await issue({ rotate })).body.previousKeyUntil).toBe(new Date(now + seconds * 1_000).toISOString());
  expect((await show()).previousKeyUntil).toBe(new Date(now + seconds * 1_000).toISOString());
  if (seconds === 0) expect(await boot('bearer', first.key)).toBe(401);
});

test.each([
  [{ rotate: '31d' }, 'rotate'],
  [{ rotate: 'P1M' }, 'rotate'],
  [{ rotate: 'soon' }, 'rotate'],
  [{ rotate: 24 }, 'rotate'],
  [{ rotated: '24h' }, 'body'],
  [['24h'], 'body'],
])('a key is not issued with %j', async (body, field) => {
  await register({});
  const refusal = await issue(body);
  expect([refusal.status, refusal.body.errors[0].field]).toEqual([400, field]);
  expect((await show()).keyGeneration).toBe(0);
});

test.each([
  [{ proof: 'mutual' }, 'proof', 'must be bearer, signature, basic or url'],
  [{ proof: 'url' }, 'proof', 'must not be url: the policy of campus-print says "secretUrls": "refuse"'],
  [{ speaksFor: ['lib-7'] }, 'speaksFor', 'is for a gateway; of the kind hosted a station speaks for itself alone'],
  [{ kind: 'gateway', speaksFor: [] }, 'speaksFor', 'must be a list of 1 to 100 ids'],
  [{ kind: 'gateway', speaksFor: 'lib-7' }, 'speaksFor', 'must be a list of 1 to 100 ids'],
  [{ kind: 'gateway', speaksFor: ['lib*7'] }, 'speaksFor.0', 'must be an id, or how ids begin, such as "lib-*"'],
  [{ dialect: 'klingon' }, 'dialect', 'leave it out for JSON as the API has it'],
  [{ certificate: 'AB:CD' }, 'certificate', 'must be the SHA-256 fingerprint of a certificate'],
  [{ certficate: FINGERPRINT }, 'body', 'has no field "certficate"'],
])('a station is not registered with %j', async (entry, field, detail) => {
  const { status, body } = await register(entry);
  expect([status, body.errors[0].field]).toEqual([400, field]);
  expect(body.errors[0].detail).toContain(detail);
  expect(await functions.operator('GET', `/v1/stations/${id}`)).toMatchObject({ status: 404 });
});

test('what is shown of a station can be sent back', async () => {
  await register({ kind: 'gateway', speaksFor: ['lib-7', 'lab-*'], proof: 'signature', certificate: FINGERPRINT });
  await issue();
  await issue();
  const shown = await show();
  expect(shown).toMatchObject({ speaksFor: ['lib-7', 'lab-*'], proof: 'signature', keyGeneration: 2 });
  expect(await register(shown)).toMatchObject({ status: 200, body: shown });
  expect(await show()).toEqual(shown);
});

test('a station is not silenced by a registration that forgets its proof', async () => {
  await register({ proof: 'signature' });
  const { key } = (await issue()).body;
  const { status, body } = await register({ name: 'Library 1' });
  const detail = 'is missing: this station is registered with signature; say which it is to be';
  expect([status, body.errors]).toEqual([400, [{ field: 'proof', detail }]]);
  expect((await show()).name).toBe(id);

  expect((await register({ name: 'Library 1', proof: 'signature' })).status).toBe(200);
  expect(await boot('signature', key)).toBe(200);
  expect((await register({ proof: 'bearer' })).status).toBe(200);
  expect((await register({ name: 'Library 1' })).status).toBe(200);
});

test('a change of proof makes the old key useless, within 300 seconds', async () => {
  await register({});
  const { key } = (await issue()).body;
  expect(await boot('bearer', key)).toBe(200);
  await register({ proof: 'basic' });
  later(300);
  for (const proof of ['bearer', 'basic', 'url']) expect(await boot(proof, key)).toBe(401);
  expect(await boot('basic', (await issue()).body.key)).toBe(200);
});

test('a refusal is the same for a wrong key, a key brought the wrong way, and a station that does not exist', async () => {
  await register({});
  const { key } = (await issue()).body;
  const tell = async (station: string, headers: Record<string, string>, way = '') =>
    functions.deliver(`/v1/stations/${station}/${way}boot`, headers);
  const refusals = [
    await tell(id, {}),
    await tell(id, bearer('curfew_1_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA')),
    await tell(id, basic(id, key)),
    await tell(id, {}, `with/${key}/`),
    await tell('nowhere', bearer(key)),
    await tell('nowhere', basic('nowhere', key)),
    await tell('nowhere', {}, `with/${key}/`),
  ];
  expect(refusals[0]?.headers['www-authenticate']).toBe('Bearer, Basic realm="curfew", charset="UTF-8"');
  for (const { status, headers, body } of refusals) {
    expect([status, headers, body]).toEqual([401, refusals[0]?.headers, refusals[0]?.body]);
  }
});

test('nobody’s keys are revoked or issued where there is no station', async () => {
  expect(await revoke()).toMatchObject({ status: 404, body: { type: 'urn:curfew:problem:no-such-station' } });
  expect(await issue()).toMatchObject({ status: 404, body: { type: 'urn:curfew:problem:no-such-station' } });
});
