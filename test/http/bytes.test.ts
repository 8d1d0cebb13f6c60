/** Bytes before text: a name is what was sent, byte for byte, or the message is refused; in every dialect. */
import { beforeEach, describe, expect, test } from 'vitest';
import { createEdge, type Edge, type Reply } from '../support/edge.ts';

const REALMS = {
  realms: { campus: { profile: 'release-station' } },
  dialects: { acme: { operations: { LogIn: [{ event: 'login', user: 'Who' }] } } },
};

let edge: Edge;
let copier: { id: string; key: string };

beforeEach(async () => {
  edge = createEdge(REALMS);
  copier = await edge.register('copier-1', { realm: 'campus', kind: 'hosted', dialect: 'acme' });
});

/** @param body each character is a byte */
const send = (event: string, body: string, headers: Readonly<Record<string, string>>): Promise<Reply> =>
  edge.call({
    method: 'POST',
    url: `/v1/stations/copier-1/${event}`,
    headers: { authorization: `Bearer ${copier.key}`, 'content-length': String(body.length), ...headers },
    body: Buffer.from(body, 'latin1'),
  });
const users = async (): Promise<string[]> =>
  (await edge.ask('GET', '/v1/sessions')).body.sessions.map(({ user }: { user: string }) => user);

const FORM = 'application/x-www-form-urlencoded';
const CLOUD = 'application/cloudevents+json';
const soap = (who: string, declaration = ''): string =>
  `${declaration}<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><LogIn><Who>${who}</Who></LogIn></s:Body></s:Envelope>`;
const cloud = (who: string): string =>
  `{"specversion":"1.0","id":"1","source":"/c","type":"login","data":{"user":"${who}"}}`;

/** One body a dialect, and how it is sent. */
const DIALECTS: readonly [name: string, event: string, type: string, body: (who: string) => string][] = [
  ['JSON', 'login', 'application/json', (who) => `{"user":"${who}"}`],
  ['JSON of another type', 'login', 'application/vnd.acme+json', (who) => `{"user":"${who}"}`],
  ['JSON without a type', 'login', '', (who) => `{"user":"${who}"}`],
  ['a form', 'login', FORM, (who) => `user=${who}`],
  ['a CloudEvent', 'events', CLOUD, cloud],
  ['SOAP as text', 'events', 'text/xml', (who) => soap(who)],
  ['SOAP as an application', 'events', 'application/xml', (who) => soap(who)],
];

describe.each(DIALECTS)('%s', (_, event, type, body) => {
  const typed = (parameters = '') => (type === '' ? {} : { 'content-type': type + parameters });

  test('in UTF-8 logs in who is named', async () => {
    expect((await send(event, body('j\xc3\xb6rg'), typed())).status).toBeLessThan(300);
    expect(await users()).toEqual(['jörg']);
  });

  test.each([['J\xf6rg'], ['J\xef\xbf\xbdrg'], ['J\xc3rg'], ['J\xed\xa0\x80rg'], ['J\xc0\xb6rg']])(
    'with bytes that are no UTF-8 logs nobody in: %j',
    async (who) => {
      const { status, text } = await send(event, body(who), typed());
      expect([status, text]).toEqual([event === 'events' && type !== CLOUD ? 500 : 400, text]);
      expect(await users()).toEqual([]);
    },
  );

  if (type === '') return;
  test.each(['iso-8859-1', '"Windows-1252"', "'utf-16'", 'UTF-7', 'x'])(
    'in the charset %s is refused by its name, whatever is in it',
    async (charset) => {
      const { status, body: told } = await send(event, body('ana'), typed(`; charset=${charset}`));
      const name = charset.replaceAll(/["']/g, '').toLowerCase();
      expect([status, told.detail]).toEqual([415, expect.stringContaining(name)]);
      expect(await users()).toEqual([]);
    },
  );

  test('with two charsets is refused, whichever comes first', async () => {
    for (const both of ['; charset=utf-8; charset=latin1', ';charset=latin1;charset=utf-8']) {
      expect((await send(event, body('ana'), typed(both))).status).toBe(415);
    }
  });

  test.each(['utf-8', 'UTF-8', 'utf8', '"utf-8"', "'UTF8'", 'us-ascii', ' utf-8 '])(
    'in the charset %s is read',
    async (charset) => {
      expect((await send(event, body('ana'), typed(`;charset=${charset}`))).status).toBeLessThan(300);
    },
  );

  test('packed is refused by the name of the packing', async () => {
    const { status, body: told } = await send(event, body('ana'), { ...typed(), 'content-encoding': 'gzip' });
    expect([status, told.detail]).toEqual([415, expect.stringContaining('gzip')]);
  });
});

describe('a body that came as a text', () => {
  test('is refused where its length is not what was sent: bytes fell away', async () => {
    const { status } = await send('login', '{"user":"Jrg"}', {
      'content-type': 'application/json',
      'content-length': '15',
    });
    expect([status, await users()]).toEqual([400, []]);
  });

  test('is read where its byte order mark fell away', async () => {
    const { status } = await send('login', '{"user":"ana"}', {
      'content-type': 'application/json',
      'content-length': '17',
    });
    expect(status).toBe(201);
  });

  test('is refused of an operator too: what a station is called is shown to everybody', async () => {
    const reply = await edge.call({
      method: 'PUT',
      url: '/v1/stations/lib-1',
      headers: { 'content-type': 'application/json' },
      body: Buffer.from('{"realm":"campus","kind":"hosted","name":"Biblioth\xe8que"}', 'latin1'),
      isOperator: true,
    });
    expect([reply.status, reply.body.errors[0].field]).toEqual([400, 'body']);
  });
});

test('a name with U+FFFD is refused however it is written: who was meant is not known', async () => {
  for (const [event, type, body] of [
    ['login', 'application/json', '{"user":"J\\ufffdrg"}'],
    ['login', FORM, 'user=J%EF%BF%BDrg'],
    ['events', CLOUD, cloud('J\\ufffdrg')],
    ['events', 'text/xml', soap('J&#xFFFD;rg')],
  ] as const) {
    expect((await send(event, body, { 'content-type': type })).status).toBeGreaterThanOrEqual(400);
  }
  const ce = { 'ce-specversion': '1.0', 'ce-id': 'a', 'ce-source': '/c', 'ce-type': 'login' };
  expect((await send('events', '', { ...ce, 'ce-subject': 'J%EF%BF%BDrg' })).status).toBe(400);
  expect(await users()).toEqual([]);
});

describe('the headers of a CloudEvent', () => {
  const ce = { 'ce-specversion': '1.0', 'ce-id': 'a', 'ce-source': '/c', 'ce-type': 'login' };

  test.each([
    ['ana', 'ana'],
    ['zo%C3%AB', 'zoë'],
    ['"ana"', 'ana'],
    ['"an\\a z"', 'ana z'],
  ])('%j is a name', async (subject, user) => {
    expect((await send('events', '', { ...ce, 'ce-subject': subject })).status).toBe(201);
    expect(await users()).toEqual([user]);
  });

  test.each([['Zo\xc3\xab'], ['Zo\xeb'], ['Zo\ufffd'], ['Zoë'], ['Zo%EB'], ['Zo%']])(
    '%j is none: a header holds ASCII, and what it cannot hold is percent-encoded',
    async (subject) => {
      const { status, body } = await send('events', '', { ...ce, 'ce-subject': subject });
      expect([status, body.errors[0].field]).toEqual([400, 'ce-subject']);
      expect(await users()).toEqual([]);
    },
  );
});
