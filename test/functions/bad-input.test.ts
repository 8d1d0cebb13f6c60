/** Whatever comes in: a problem document that names the field, nothing changed, and never our fault. */
import { beforeAll, describe, expect, test } from 'vitest';
import { TABLE } from '../../lib/table.ts';
import { type Reply, useFunctions } from '../support/functions.ts';

const functions = useFunctions({ 'campus-print': { profile: 'release-station' } });

const WRITES = ['PutItem', 'UpdateItem', 'DeleteItem', 'BatchWriteItem', 'TransactWriteItems'];

let printer: { id: string; key: string };
let portal: { id: string; key: string };
beforeAll(async () => {
  printer = await functions.register({ realm: 'campus-print', kind: 'hosted' });
  portal = await functions.register({ realm: 'campus-print', kind: 'application' });
});

async function refused(act: () => Promise<Reply>): Promise<Reply> {
  functions.dynamodb.take();
  const reply = await act();
  expect(written(), 'nothing is written but what explains it').toEqual([]);
  expect(reply.headers['content-type']).toBe('application/problem+json');
  expect(reply.body).toMatchObject({ status: reply.status, title: expect.any(String), detail: expect.any(String) });
  return reply;
}

/** What is kept so that a refusal can be explained changes nothing that anybody is answered by. */
const written = () =>
  functions.dynamodb.take().filter(({ operation, item }) => WRITES.includes(operation) && item !== 'refused');

const fields = ({ body }: Reply): string[] => body.errors.map(({ field }: { field: string }) => field);
const inTheFuture = (minutes: number) => new Date(Date.now() + minutes * 60_000).toISOString();

describe('a station that says', () => {
  test.each<[what: string, body: string | object, field: string]>([
    ['no JSON', '{"user": ', 'body'],
    ['bytes that are no UTF-8', Buffer.from([0x7b, 0xff, 0xfe, 0x7d]).toString('latin1'), 'body'],
    ['a list', '[{"user":"ana"}]', 'body'],
    ['an empty list', '[]', 'user'],
    ['a number', '1', 'body'],
    ['null', 'null', 'user'],
    ['nothing at all', '', 'user'],
    ['no user', {}, 'user'],
    ['a user that is a number', { user: 7 }, 'user'],
    ['a user that is an object', { user: { $ne: '' } }, 'user'],
    ['an empty user', { user: '' }, 'user'],
    ['a blank user', { user: '   ' }, 'user'],
    ['a user of 10,000 characters', { user: 'x'.repeat(10_000) }, 'user'],
    ['a user with control characters', { user: 'ana\u0000\u001b[2J' }, 'user'],
    ['a user with a line separator', { user: 'ana\u2028bo' }, 'user'],
    ['half of a surrogate pair', '{"user":"\\ud800"}', 'user'],
    ['takeOver as a text', { user: 'ana', takeOver: 'yes' }, 'takeOver'],
    ['a session that is none', { user: 'ana', session: '../../etc' }, 'session'],
    ['an instant without a zone', { user: 'ana', occurredAt: '2026-11-22T14:00:00' }, 'occurredAt'],
    ['an instant that is no day', { user: 'ana', occurredAt: '2026-13-45T14:00:00Z' }, 'occurredAt'],
    ['an instant as a number', { user: 'ana', occurredAt: 1795357450 }, 'occurredAt'],
    ['an instant six minutes ahead', { user: 'ana', occurredAt: inTheFuture(6) }, 'occurredAt'],
    ['a take-over in the wrong case', { user: 'ana', takeover: true }, 'takeover'],
    ['an instant in snake case', { user: 'ana', occurred_at: '2026-11-22T14:00:00Z' }, 'occurred_at'],
    ['an id of 49 characters', { user: 'ana', id: 'x'.repeat(49) }, 'id'],
    ['an id with a line break', { user: 'ana', id: 'a\nb' }, 'id'],
  ])('%s is told which field is at fault', async (_, body, field) => {
    const reply = await refused(() => functions.say(printer, 'login', body));
    expect(reply.status).toBe(400);
    expect(fields(reply)).toEqual([field]);
    expect(reply.body.detail).toContain(field);
  });

  test('several things wrong at once is told of all of them', async () => {
    const body = { user: 7, takeOver: 1, occurredAt: 'yesterday' };
    expect(fields(await refused(() => functions.say(printer, 'login', body)))).toEqual([
      'user',
      'takeOver',
      'occurredAt',
    ]);
  });

  test('an event that is none is told which there are', async () => {
    const reply = await refused(() => functions.say(printer, 'levitate', { user: 'ana' }));
    expect([reply.status, fields(reply)]).toEqual([400, ['event']]);
    expect(reply.body.detail).toContain('login, logout, ping');
  });

  test('an event in the body that is none, or is missing, is told of the field type', async () => {
    expect(fields(await refused(() => functions.say(printer, 'events', { type: 'levitate', user: 'ana' })))).toEqual([
      'type',
    ]);
    expect(fields(await refused(() => functions.say(printer, 'events', { user: 'ana' })))).toEqual(['type']);
  });

  test('a body of 1 MB is refused unread', async () => {
    const reply = await refused(() => functions.say(printer, 'login', { user: 'x'.repeat(1_000_000) }));
    expect([reply.status, fields(reply)]).toEqual([413, ['body']]);
  });

  test('plain text is told what is read', async () => {
    const reply = await refused(() => functions.say(printer, 'login', 'user=ana', { 'content-type': 'text/plain' }));
    expect([reply.status, fields(reply)]).toEqual([415, ['content-type']]);
  });

  test('a logout of nobody in particular, at a station without a panel, is told what is missing', async () => {
    expect(fields(await refused(() => functions.say(portal, 'logout', {})))).toEqual(['session']);
  });

  test('a session of another user than it names is told so', async () => {
    const { body } = await functions.say(portal, 'login', { user: 'ana' });
    const reply = await refused(() => functions.say(portal, 'ping', { user: 'bo', session: body.session }));
    expect(fields(reply)).toEqual(['session']);
  });
});

describe('what is unusual, but can be understood, is taken', () => {
  test('JSON without a content type, which arrives as base64', async () => {
    const reply = await functions.say(printer, 'login', { user: 'cleo' }, {});
    expect([reply.status, reply.body.user]).toEqual([201, 'cleo']);
  });

  test('fields that nobody asked for, prototypes among them', async () => {
    const reply = await functions.say(
      printer,
      'login',
      '{"user":"dora","firmware":"7.1","__proto__":{"takeOver":true}}',
    );
    expect(reply.status).toBe(201);
  });

  test('a clock that is four minutes ahead', async () => {
    const reply = await functions.say(printer, 'login', { user: 'egon', occurredAt: inTheFuture(4) });
    expect(reply.status).toBe(201);
  });

  test('one user name in two Unicode forms: it is one user', async () => {
    const composed = await functions.say(portal, 'login', { user: 'Zo\u00eb' });
    const decomposed = await functions.say(portal, 'login', { user: ' Zoe\u0308 ' });
    expect([decomposed.status, decomposed.body.session]).toEqual([200, composed.body.session]);
  });

  test('users in any script, and with "#" and "/" in their names', async () => {
    for (const user of ['مريم', '李雷', 'a#b/c%2Fd', '👩‍🔬']) {
      const { status, body } = await functions.say(portal, 'login', { user });
      expect([status, body.user]).toEqual([201, user]);
      const shown = await functions.operator('GET', `/v1/realms/campus-print/users/${encodeURIComponent(user)}`);
      expect(shown.body.seats).toMatchObject([{ session: body.session }]);
    }
  });
});

test.each(['.', '..', '\u200b.'])(
  'nobody is called %j, which is a folder to whatever reads an address',
  async (user) => {
    const { status, body } = await functions.say(portal, 'login', { user });
    expect([status, body.errors?.[0].field]).toEqual([400, 'user']);
  },
);

describe('strangers', () => {
  test.each([
    ['no key', ''],
    ['a wrong key', 'curfew_1_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'],
    ['something else', 'let-me-in'],
  ])('with %s get 401, whatever they send', async (_, key) => {
    for (const body of ['', 'no JSON', '{"user":"ana"}']) {
      const reply = await refused(() => functions.say({ id: printer.id, key }, 'login', body));
      expect(reply.status).toBe(401);
    }
  });

  test('cannot find out whether a station exists', async () => {
    const known = await refused(() => functions.say({ id: printer.id, key: 'x' }, 'login', '{}'));
    const unknown = await refused(() => functions.say({ id: 'no-such-station', key: 'x' }, 'login', '{}'));
    expect(unknown.body).toEqual(known.body);
  });

  test('are no operators: without an authorizer in front every operator route answers 403', async () => {
    for (const [method, path] of [
      ['GET', '/v1/sessions'],
      ['GET', '/v1/stations'],
      ['PUT', '/v1/stations/x'],
      ['POST', '/v1/stations/x/key'],
      ['DELETE', '/v1/sessions/x'],
    ] as const) {
      expect((await refused(() => functions.stranger(method, path))).status).toBe(403);
    }
  });

  test("that are another station cannot speak of this one's session", async () => {
    const { body } = await functions.say(printer, 'login', { user: 'frida' });
    for (const event of ['ping', 'activity', 'logout']) {
      functions.dynamodb.take();
      const reply = await functions.say(portal, event, { session: body.session });
      expect(reply.status).toBe(403);
      expect(written()).toEqual([]);
    }
  });
});

describe('an operator who asks for', () => {
  test.each<[method: string, path: string, body: object | undefined, status: number, field: string | undefined]>([
    ['PUT', '/v1/stations/-x', { realm: 'campus-print', kind: 'hosted' }, 400, 'station'],
    ['PUT', '/v1/stations/x', { kind: 'hosted' }, 400, 'realm'],
    ['PUT', '/v1/stations/x', { realm: 'campus-print' }, 400, 'kind'],
    ['PUT', '/v1/stations/x', { realm: 'nowhere', kind: 'hosted' }, 400, 'realm'],
    ['PUT', '/v1/stations/x', { realm: 'campus-print', kind: 'toaster' }, 400, 'kind'],
    ['PUT', '/v1/stations/x', { realm: 'campus-print', kind: 'hosted', name: 'n'.repeat(65) }, 400, 'name'],
    ['PUT', '/v1/stations/x', { realm: 'campus-print', kind: 'hosted', location: '\u0007' }, 400, 'location'],
    ['PUT', '/v1/stations/x', { realm: 'campus-print', kind: 'hosted', reportsActivity: 'no' }, 400, 'reportsActivity'],
    ['GET', '/v1/sessions?usr=ana', undefined, 400, 'usr'],
    ['GET', `/v1/sessions?realm=campus-print&user=${'x'.repeat(3_000)}`, undefined, 400, 'user'],
    ['GET', '/v1/sessions?realm=nowhere', undefined, 404, undefined],
    ['GET', `/v1/sessions?cursor=s0.${'x'.repeat(3_000)}`, undefined, 400, 'cursor'],
    ['GET', '/v1/stations?realm=campus-print', undefined, 400, 'realm'],
    ['GET', '/v1/sessions?limit=0', undefined, 400, 'limit'],
    ['GET', '/v1/sessions?limit=1000', undefined, 400, 'limit'],
    ['GET', '/v1/sessions?rung=heaven', undefined, 400, 'rung'],
    ['GET', '/v1/sessions?cursor=nonsense', undefined, 400, 'cursor'],
    ['GET', '/v1/stations?cursor=nonsense', undefined, 400, 'cursor'],
    ['GET', '/v1/realms/campus-print/users/ana?cursor=nonsense', undefined, 400, 'cursor'],
    ['GET', '/v1/realms/nowhere', undefined, 404, undefined],
    ['GET', '/v1/realms/nowhere/users/ana', undefined, 404, undefined],
    ['GET', '/v1/stations/nowhere', undefined, 404, undefined],
    ['DELETE', '/v1/stations/nowhere', undefined, 404, undefined],
    ['POST', '/v1/stations/nowhere/key', undefined, 404, undefined],
    ['GET', '/v1/sessions/nonsense', undefined, 404, undefined],
    ['DELETE', '/v1/sessions/nonsense', { reason: 'x' }, 404, undefined],
    ['DELETE', '/v1/sessions/1.0.campus-print.YW5h', { reason: 'x' }, 404, undefined],
    ['DELETE', '/v1/sessions/1.0.campus-print.YW5h', {}, 400, 'reason'],
    ['GET', '/v1/nothing', undefined, 404, undefined],
  ])('%s %s %o gets %i', async (method, path, body, status, field) => {
    const act = () => functions.operator(method, path, body);
    functions.dynamodb.take();
    const reply = await act();
    expect(reply.status).toBe(status);
    expect(reply.headers['content-type']).toBe('application/problem+json');
    // That it was asked for is in the trail.
    const isTrail = ({ asked }: { asked: string }) => asked.includes(`"${TABLE.partitions.trail}`);
    expect(functions.dynamodb.take().filter((one) => one.writeUnits > 0 && !isTrail(one))).toEqual([]);
    if (field !== undefined) expect(fields(reply)).toEqual([field]);
  });
});
