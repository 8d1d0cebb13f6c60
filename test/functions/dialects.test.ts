/** Printers that speak as they do, all the way: what they say opens and ends sessions, and they are told in their own words. */
import { randomUUID } from 'node:crypto';
import { CloudEvent, HTTP } from 'cloudevents';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { useFunctions } from '../support/functions.ts';

const functions = useFunctions({ 'campus-print': { profile: 'release-station' } });

interface Station {
  readonly id: string;
  readonly key: string;
}

let sharp: Station;
let xerox: Station;
let other: Station;
let plain: Station;
beforeAll(async () => {
  const printer = { realm: 'campus-print', kind: 'hosted' };
  sharp = await functions.register({ ...printer, dialect: 'sharp-osa' });
  const dialect = 'xerox-convenience-authentication';
  xerox = await functions.register({ ...printer, dialect });
  other = await functions.register({ ...printer, name: 'Copy <room>', location: '1 & 2', dialect });
  plain = await functions.register(printer);
});

afterEach(() => {
  functions.dynamodb.fault = undefined;
});

const OSA = 'urn:schemas-sc-jp:mfp:osa-1-1';
const SOAP12 = 'http://www.w3.org/2003/05/soap-envelope';
const XML = { 'content-type': 'text/xml; charset=utf-8' };

const osa = (operation: string, inner = '') =>
  `<?xml version="1.0"?><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>` +
  `<${operation} xmlns="${OSA}">${inner}</${operation}></s:Body></s:Envelope>`;
const user = (id: string) => `<user-info><account-id>${id}</account-id></user-info>`;
const event = (details: string, id: string) =>
  `<event-data>${user(id)}<details xmlns:i="http://www.w3.org/2001/XMLSchema-instance" i:type="${details}"/></event-data>`;

const sessionsOf = async (id: string): Promise<{ station: string }[]> =>
  (await functions.operator('GET', `/v1/realms/campus-print/users/${encodeURIComponent(id)}`)).body.seats;

describe('a printer that speaks SOAP', () => {
  const say = (station: Station, operation: string, inner?: string) =>
    functions.say(station, 'events', osa(operation, inner), XML);
  const logIn = (station: Station, id: string) => say(station, 'ValidateAndContinue', `<UserName>${id}</UserName>`);

  test('runs a job of who stands at it and starts anew, and is answered by each operation’s own response', async () => {
    const ana = `ana-${randomUUID()}`;
    await functions.say(sharp, 'login', { user: ana });
    for (const [operation, inner, open] of [
      ['Authenticate', user(ana), 1],
      ['Authorize', user(ana), 1],
      ['Event', event('DETAILS_ON_JOB_STARTED_TYPE', ana), 1],
      ['Event', event('DETAILS_ON_JOB_COMPLETED_TYPE', ana), 1],
      ['Hello', '', 0],
    ] as const) {
      const { status, headers, body } = await say(sharp, operation, inner);
      expect([status, headers['content-type']]).toEqual([200, 'text/xml; charset=utf-8']);
      expect(body).toContain(`<${operation}Response xmlns="${OSA}">`);
      expect(await sessionsOf(ana)).toHaveLength(open);
    }
  });

  test('is refused a user who is logged in elsewhere, with a text for its panel', async () => {
    const bo = `bo-${randomUUID()}`;
    await logIn(other, bo);
    const { status, body } = await logIn(xerox, bo);
    expect(status).toBe(500);
    expect(body).toMatch(
      /<faultstring>Already logged in at Copy &lt;room&gt; \(1 &amp; 2\)\. Log out there, or try again in \d min\.<\/faultstring>/,
    );
    expect((await sessionsOf(bo)).map(({ station }) => station)).toEqual([other.id]);
  });

  test('opens nothing by a login without a user', async () => {
    const { status, body } = await logIn(xerox, '');
    expect([status, body]).toEqual([500, expect.stringContaining('<faultstring>Please log in with your user name.<')]);
  });

  test('hears nothing of a job of somebody who is not logged in, and the Fault where it asks for who is', async () => {
    const nobody = `nobody-${randomUUID()}`;
    expect((await say(sharp, 'Event', event('DETAILS_ON_JOB_STARTED_TYPE', nobody))).status).toBe(200);
    expect((await say(sharp, 'Authorize', user(nobody))).status).toBe(200);
    const empty = await functions.register({
      realm: 'campus-print',
      kind: 'hosted',
      dialect: 'xerox-convenience-authentication',
    });
    expect((await say(empty, 'ContinueOrCloseSession')).body).toContain('Nobody is logged in here. Please log in.');
    expect(await sessionsOf(nobody)).toEqual([]);
  });

  test('is told on its panel that the table does not answer, and when to try again', async () => {
    const di = `di-${randomUUID()}`;
    functions.dynamodb.fault = 'cut';
    const { status, headers, body } = await logIn(xerox, di);
    expect([status, headers['content-type'], headers['retry-after']]).toEqual([500, 'text/xml; charset=utf-8', '2']);
    expect(body).toContain('<faultcode>soap:Server</faultcode>');
    expect(body).toContain(
      '<faultstring>The login service does not answer. Please try again in a moment.</faultstring>',
    );
    functions.dynamodb.fault = undefined;
    expect((await logIn(xerox, di)).status).toBe(200);
    expect(await sessionsOf(di)).toHaveLength(1);
  });

  test('is told on its panel that it says too much at once', async () => {
    const mad = await functions.register({ realm: 'campus-print', kind: 'hosted', dialect: 'sharp-osa' });
    const soap12 = osa('Event', event('', '')).replace('http://schemas.xmlsoap.org/soap/envelope/', SOAP12);
    const storm = () => functions.say(mad, 'events', soap12, { 'content-type': 'application/soap+xml' });
    const replies = await Promise.all(Array.from({ length: 150 }, storm));
    const refused = replies.find(({ status }) => status !== 200);
    expect(refused).toMatchObject({ status: 500, headers: { 'content-type': 'application/soap+xml; charset=utf-8' } });
    expect(Number(refused?.headers['retry-after'])).toBeGreaterThan(0);
    expect(refused?.body).toContain('<soap:Value>soap:Receiver</soap:Value>');
    expect(refused?.body).toContain('Too much at once. Please try again in a moment.');
  });

  test('is refused a document type', async () => {
    const bomb = `<!DOCTYPE x [<!ENTITY a "b">]>${osa('Hello').replace('<?xml version="1.0"?>', '')}`;
    const { status, body } = await functions.say(sharp, 'events', bomb, XML);
    expect([status, body]).toEqual([500, expect.stringContaining('a document type is not read')]);
  });

  test('may not send 1 MB', async () => {
    const reply = await functions.say(
      sharp,
      'events',
      osa('Hello').replace('<Hello', `<Hello x="${'a'.repeat(1e6)}"`),
      XML,
    );
    expect(reply.status).toBe(413);
  });

  test('must be registered with a dialect', async () => {
    const { status, body } = await functions.say(plain, 'events', osa('Hello'), XML);
    expect([status, body.type]).toEqual([415, 'urn:curfew:problem:unknown-dialect']);
    expect(body.errors).toEqual([
      { field: 'dialect', detail: expect.stringContaining('is missing in the registration') },
    ]);
  });

  test('may speak JSON too', async () =>
    expect((await functions.say(sharp, 'boot', {})).body).toMatchObject({ outcome: expect.any(String) }));
});

test('a form logs in and out, and is answered in JSON', async () => {
  const type = { 'content-type': 'application/x-www-form-urlencoded' };
  const cy = `cy-${randomUUID()}`;
  expect(await functions.say(plain, 'login', `user=${cy}&takeOver=on`, type)).toMatchObject({
    status: 201,
    body: { outcome: 'opened', user: cy },
  });
  expect((await functions.say(plain, 'events', 'type=logout', type)).body.outcome).toBe('ended');
});

test.each(['binary', 'structured'] as const)(
  'a CloudEvent in %s mode logs in, and its repeat does nothing',
  async (mode) => {
    const login = new CloudEvent({ source: '/printers/1', type: 'com.example.login', subject: `di-${randomUUID()}` });
    const { headers, body } = HTTP[mode](login);
    const say = () => functions.say(plain, 'events', String(body ?? ''), headers as Record<string, string>);
    expect((await say()).body.outcome).toBe('opened');
    expect((await say()).body.outcome).toBe('repeated');
  },
);

test('a user whose name comes composed or decomposed is one user', async () => {
  const name = `Jose\u0301-${randomUUID()}`;
  await functions.say(plain, 'login', { user: name });
  const again = await functions.say(other, 'login', { user: name.normalize('NFC') });
  expect(again.status).toBe(409);
  expect((await functions.say(other, 'login', { user: `${name}\ufb01` })).status).toBe(201);
});
