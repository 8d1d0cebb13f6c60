/** What a signature covers, and what it does not. */
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { useFunctions } from '../support/functions.ts';

const functions = useFunctions({ 'campus-print': { profile: 'release-station' } });
const START = Date.parse('2026-11-22T14:23:10Z');
let station = { id: '', key: '' };
let deliveries = 0;
let users = 0;
let user = '';

beforeAll(async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: START });
  station = await functions.register({ realm: 'campus-print', kind: 'application', proof: 'signature' });
});
afterAll(() => void vi.useRealTimers());
beforeEach(() => {
  users += 1;
  user = `user-${users}`;
  vi.setSystemTime(START + users * 600_000);
});
const pass = (seconds: number) => vi.setSystemTime(Date.now() + seconds * 1_000);

interface Letter {
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body: string;
}

/** A delivery, signed now, as the library of Standard Webhooks does it. */
function letter(said: object | string, { event = 'events', id = '', headers = {} } = {}): Letter {
  deliveries += 1;
  const delivery = id === '' ? `msg_${deliveries}` : id;
  const body = typeof said === 'string' ? said : JSON.stringify(said);
  const at = new Date();
  return {
    path: `/v1/stations/${station.id}/${event}`,
    headers: {
      'content-type': 'application/json',
      ...headers,
      'webhook-id': delivery,
      'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
      'webhook-signature': new Webhook(station.key).sign(delivery, at, body),
    },
    body,
  };
}
const send = ({ path, headers, body }: Letter) => functions.deliver(path, headers, body);
const opens = async () => String((await send(letter({ type: 'login', user }))).body.session);
const heldUntil = async (session: string) =>
  (await functions.operator('GET', `/v1/sessions/${session}`)).body.heldUntil;

describe('a signed delivery that comes again', () => {
  test('is told what the first one did: the id that was signed is the delivery’s', async () => {
    const login = letter({ type: 'login', user });
    const first = await send(login);
    expect(first).toMatchObject({ status: 201, body: { outcome: 'opened' } });
    pass(1);
    expect(await send(login)).toMatchObject({
      status: 200,
      body: { outcome: 'repeated', session: first.body.session },
    });
  });

  test('renews nothing, be it a ping', async () => {
    const session = await opens();
    pass(60);
    const ping = letter({ type: 'ping', session });
    expect(await send(ping)).toMatchObject({ status: 200, body: { outcome: 'renewed' } });
    const until = await heldUntil(session);
    pass(30);
    expect(await send(ping)).toMatchObject({ status: 200, body: { outcome: 'repeated' } });
    expect(await heldUntil(session)).toBe(until);
  });

  test('costs no more than the first did', async () => {
    const session = await opens();
    pass(60);
    const ping = letter({ type: 'ping', session });
    functions.dynamodb.take();
    await send(ping);
    expect(functions.dynamodb.take().map(({ operation }) => operation)).toEqual(['UpdateItem']);
    await send(ping);
    expect(functions.dynamodb.take().map(({ operation }) => operation)).toEqual(['UpdateItem']);
  });

  test('is refused once it is older than five minutes', async () => {
    const ping = letter({ type: 'ping', session: await opens() });
    pass(301);
    expect(await send(ping)).toMatchObject({ status: 401 });
  });
});

describe('a station whose clock was ahead and is set right', () => {
  test('goes on pinging and logs out as before', async () => {
    vi.setSystemTime(Date.now() + 240_000);
    const early = letter({ type: 'login', user });
    vi.setSystemTime(Date.now() - 240_000);
    const { session } = (await send(early)).body;
    pass(30);
    expect(await send(letter({ type: 'ping', session }))).toMatchObject({ body: { outcome: 'renewed' } });
    pass(30);
    expect(await send(letter({ type: 'logout', session }))).toMatchObject({ body: { outcome: 'ended' } });
  });
});

describe('what is not signed says nothing', () => {
  test('a ping that is sent to the address of a logout is refused, and the session goes on', async () => {
    const session = await opens();
    const ping = letter({ type: 'ping', session });
    const turned = await send({ ...ping, path: ping.path.replace('events', 'logout') });
    expect(turned).toMatchObject({ status: 400, body: { errors: [{ field: 'type' }] } });
    expect((await functions.operator('GET', `/v1/sessions/${session}`)).status).toBe(200);
  });

  test('an event that stands in the path alone is refused', async () => {
    const said = letter({ session: await opens() }, { event: 'logout' });
    expect(await send(said)).toMatchObject({ status: 400, body: { errors: [{ field: 'type' }] } });
    expect(await send(letter('', { event: 'boot' }))).toMatchObject({ status: 400 });
  });

  test('so is one in the headers of a CloudEvent', async () => {
    const headers = { 'ce-specversion': '1.0', 'ce-type': 'curfew.login', 'ce-id': 'one', 'ce-source': '/portal' };
    expect(await send(letter({ user }, { headers }))).toMatchObject({
      status: 400,
      body: { errors: [{ field: 'ce-type' }] },
    });
  });

  test('so is a CloudEvent that is passed off as plain JSON, which would mean whoever is at the panel', async () => {
    const event = { specversion: '1.0', id: 'one', source: '/portal', type: 'logout', subject: user };
    const sent = letter(event, { headers: { 'content-type': 'application/cloudevents+json' } });
    expect(await send(sent)).toMatchObject({ status: 200, body: { outcome: 'nothing-open' } });
    const turned = { ...sent, headers: { ...sent.headers, 'content-type': 'application/json' } };
    expect(await send(turned)).toMatchObject({ status: 400, body: { errors: [{ field: 'content-type' }] } });
  });

  test('a body that was changed on its way is refused', async () => {
    const login = letter({ type: 'login', user });
    expect(await send({ ...login, body: login.body.replace(user, 'eve') })).toMatchObject({ status: 401 });
  });
});

test('a signed id that is too long for a delivery’s is named', async () => {
  const long = letter({ type: 'login', user }, { id: `msg_${'x'.repeat(60)}` });
  expect(await send(long)).toMatchObject({ status: 400, body: { errors: [{ field: 'webhook-id' }] } });
});
