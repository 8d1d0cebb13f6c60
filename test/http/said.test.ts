/** What is not said is one thing, and whoever is at a panel stays there when a message names somebody else: in every dialect. */
import { beforeEach, describe, expect, test } from 'vitest';
import { createEdge, type Edge, type Reply } from '../support/edge.ts';

const REALMS = {
  realms: { campus: { profile: 'release-station' } },
  dialects: {
    acme: {
      operations: {
        LogOut: [{ event: 'logout', user: 'Who', session: 'Session', takeOver: 'Over' }],
        Ping: [{ event: 'ping', user: 'Who/@id' }],
      },
    },
  },
};

let edge: Edge;
let copier: { id: string; key: string };
let other: { id: string; key: string };
/** Of dora, who stands at the copier. */
let session: string;

beforeEach(async () => {
  edge = createEdge(REALMS);
  copier = await edge.register('copier-1', { realm: 'campus', kind: 'hosted', dialect: 'acme' });
  other = await edge.register('copier-2', { realm: 'campus', kind: 'hosted' });
  session = (await edge.say(copier, 'login', { user: 'dora' })).body.session;
});

const FORM = 'application/x-www-form-urlencoded';
const CLOUD = 'application/cloudevents+json';
const XSI = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"';
const soap = (operation: string): string =>
  `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" ${XSI}><s:Body>${operation}</s:Body></s:Envelope>`;
const cloudEvent = (more: object): string =>
  JSON.stringify({ specversion: '1.0', id: 'a1', source: '/copier', type: 'logout', ...more });

/** Who is logged in, and where. */
async function loggedIn(): Promise<string[]> {
  const { sessions } = (await edge.ask('GET', '/v1/sessions')).body;
  return sessions.map(({ user, station }: { user: string; station: string }) => `${user} at ${station}`);
}

type Sent = readonly [what: string, event: string, body: string, type: string];

const refusedField = ({ body }: Reply): string[] => body.errors.map(({ field }: { field: string }) => field);

describe('a logout that says nothing ends the session at the panel, sent as', () => {
  test.each<Sent>([
    ['an empty body', 'logout', '', 'application/json'],
    ['CRLF', 'logout', '\r\n', 'application/json'],
    ['CRLF as text/plain', 'logout', '\r\n', 'text/plain'],
    ['the NUL at the end of a text of C', 'logout', '\0', 'application/json'],
    ['NULs and blanks as no type of ours', 'logout', ' \0\0\r\n\0', 'application/octet-stream'],
    ['a byte order mark', 'logout', '\ufeff', 'text/xml'],
    ['null', 'logout', 'null', 'application/json'],
    ['null as text/plain', 'logout', ' null\r\n', 'text/plain'],
    ['an empty text', 'logout', '""', 'application/json'],
    ['a text of blanks', 'logout', '" \\r\\n"', 'application/json'],
    ['an object without fields, and a NUL', 'logout', '{}\0', 'application/json'],
    ['fields that are null', 'logout', '{"user":null,"session":null,"takeOver":null,"id":null}', 'application/json'],
    ['fields that are empty', 'logout', '{"user":"","session":"","type":"","occurredAt":""}', 'application/json'],
    ['fields of blanks', 'logout', '{"user":"   ","job":"\\t"}', 'application/json'],
    ['a field that nobody can see', 'logout', '{"user":"\\u200b\\ufeff"}', 'application/json'],
    ['a field that is a NUL', 'logout', '{"user":"\\u0000","job":"\\u0000\\u0000"}', 'application/json'],
    ['an empty list, as PHP writes an object without fields', 'logout', '[]', 'application/json'],
    ['an object of nulls under another name', 'logout', '{"userInfo":{"name":null,"id":[]}}', 'application/json'],
    ['a field of another name that is null', 'logout', '{"username":null,"sessionId":""}', 'application/json'],
    ['a form without values', 'logout', 'user=&session=&takeOver=', FORM],
    ['a form of blanks', 'logout', 'user=+&session=%20%0D%0A\r\n', FORM],
    ['a form of NULs', 'logout', 'user=%00&session=\0', FORM],
    ['nothing at all, as a form', 'logout', '\r\n', FORM],
    ['nothing, as a CloudEvent', 'logout', '\r\n', CLOUD],
    ['a CloudEvent without data', 'events', cloudEvent({ subject: null, data: null }), CLOUD],
    ['a CloudEvent with an empty list for data', 'events', cloudEvent({ data: [] }), CLOUD],
    ['a CloudEvent of nulls', 'events', cloudEvent({ subject: '', data: { user: null, session: '' } }), CLOUD],
    ['SOAP without its elements', 'events', soap('<LogOut/>'), 'text/xml'],
    ['SOAP of empty elements', 'events', soap('<LogOut><Who/><Session> </Session></LogOut>'), 'text/xml'],
    ['SOAP of empty elements that are not read', 'events', soap('<LogOut><UserName/><S><u/></S></LogOut>'), 'text/xml'],
    ['SOAP of nil', 'events', soap('<LogOut><Who xsi:nil="true"/><Session xsi:nil="1"/></LogOut>'), 'text/xml'],
  ])('%s', async (_, event, body, type) => {
    const { status, text } = await edge.say(copier, event, body, type);
    expect([status, text]).toEqual([200, text]);
    expect(await loggedIn()).toEqual([]);
  });

  test('a CloudEvent in headers, with a body of blanks', async () => {
    const ce = { 'ce-specversion': '1.0', 'ce-id': 'a', 'ce-source': '/c', 'ce-type': 'logout', 'ce-subject': ' ' };
    const { status } = await send('logout', Buffer.from(' \r\n'), { ...ce, 'content-type': 'text/plain' });
    expect([status, await loggedIn()]).toEqual([200, []]);
  });
});

const send = (event: string, body: Buffer, headers: Readonly<Record<string, string>>, query = ''): Promise<Reply> =>
  edge.call({
    method: 'POST',
    url: `/v1/stations/copier-1/${event}${query}`,
    headers: { authorization: `Bearer ${copier.key}`, ...headers },
    body,
  });

describe('who is at the panel stays there when a message is about', () => {
  test.each<[...Sent, field: string]>([
    ['a user by another name', 'logout', '{"username":"ana"}', 'application/json', 'username'],
    ['a user in another case', 'logout', '{"User":"ana"}', 'application/json', 'User'],
    ['a user in snake case', 'logout', '{"user_name":"ana"}', 'application/json', 'user_name'],
    ['an account', 'activity', '{"accountId":"ana"}', 'application/json', 'accountId'],
    ['whoever is logged in', 'logout', '{"loggedInUser":"ana"}', 'application/json', 'loggedInUser'],
    ['a card', 'logout', '{"cardNumber":123}', 'application/json', 'cardNumber'],
    ['a mail address', 'logout', '{"e-mail":"ana@corp.example"}', 'application/json', 'e-mail'],
    ['a name', 'logout', '{"name":"ana"}', 'application/json', 'name'],
    ['the owner of a job', 'job-started', '{"job":"7","jobOwner":"ana"}', 'application/json', 'jobOwner'],
    ['a user deeper down', 'logout', '{"data":{"user":"ana"}}', 'application/json', 'data.user'],
    ['a user in a list', 'logout', '{"events":[{"userName":"ana"}]}', 'application/json', 'events.0.userName'],
    [
      'a user under a name of OpenID',
      'logout',
      '{"preferred_username":"ana"}',
      'application/json',
      'preferred_username',
    ],
    [
      'a user under a name of IPP',
      'job-ended',
      '{"requesting-user-name":"ana"}',
      'application/json',
      'requesting-user-name',
    ],
    ['who is to leave', 'logout', '{"userToLogout":"ana"}', 'application/json', 'userToLogout'],
    ['who leaves, in letters with marks', 'logout', '{"ｕｓｕário":"ana"}', 'application/json', 'ｕｓｕário'],
    ['an object about a user', 'logout', '{"user_info":{"name":"ana"}}', 'application/json', 'user_info'],
    ['a card in what holds the message', 'logout', '{"data":{"cardId":7}}', 'application/json', 'data.cardId'],
    ['a session that is to end', 'logout', '{"endSession":"x"}', 'application/json', 'endSession'],
    ['a session by another name', 'logout', '{"sessionId":"x"}', 'application/json', 'sessionId'],
    ['a token', 'ping', '{"sessionToken":"x"}', 'application/json', 'sessionToken'],
    ['a user in a form', 'logout', 'username=ana', FORM, 'username'],
    ['a session in a form', 'logout', 'session_id=x', FORM, 'session_id'],
    ['a user in data', 'events', cloudEvent({ data: { login: 'ana' } }), CLOUD, 'login'],
    ['a user in an attribute', 'events', cloudEvent({ user: 'ana' }), CLOUD, 'user'],
    ['a user in an attribute of another name', 'events', cloudEvent({ userid: 'ana' }), CLOUD, 'userid'],
    ['a session in an attribute', 'events', cloudEvent({ session: 'x' }), CLOUD, 'session'],
    [
      'a user in an element that is not read',
      'events',
      soap('<LogOut><UserName>ana</UserName></LogOut>'),
      'text/xml',
      '',
    ],
    ['a user in an attribute that is not read', 'events', soap('<LogOut user="ana"/>'), 'text/xml', ''],
    [
      'a user deeper down in SOAP',
      'events',
      soap('<LogOut><I><J/><userId>7</userId></I><I/></LogOut>'),
      'text/xml',
      '',
    ],
    ['a user in an element in their element', 'events', soap('<LogOut><Who><N>ana</N></Who></LogOut>'), 'text/xml', ''],
    ['a nil element with a name in it', 'events', soap('<LogOut><Who xsi:nil="1">ana</Who></LogOut>'), 'text/xml', ''],
    ['a logout, and the path a ping', 'ping', '{"type":"logout"}', 'application/json', 'type'],
    ['a login, and the path a logout', 'logout', '{"type":"login","user":"x"}', 'application/json', 'type'],
    ['a logout under another name, and the path a ping', 'ping', '{"event":"logout"}', 'application/json', 'event'],
    [
      'a logout in its type, and a login under another name',
      'events',
      '{"type":"logout","event":"login"}',
      'application/json',
      'event',
    ],
    [
      'a logout in a CloudEvent, and a login in its data',
      'events',
      cloudEvent({ data: { type: 'login' } }),
      CLOUD,
      'type',
    ],
    ['a logout under another name, and no path', 'events', '{"action":"LogOut"}', 'application/json', 'action'],
    ['a logout in a form, and the path a ping', 'ping', 'type=logout', FORM, 'type'],
    ['a logout in a CloudEvent, and the path a ping', 'ping', cloudEvent({}), CLOUD, 'type'],
    ['a logout in SOAP, and the path a ping', 'ping', soap('<LogOut/>'), 'text/xml', ''],
  ])('%s', async (_, event, body, type, field) => {
    const reply = await edge.say(copier, event, body, type);
    expect(reply.status).toBe(field === '' ? 500 : 400);
    if (field !== '') expect(refusedField(reply)).toEqual([field]);
    expect(await loggedIn()).toEqual(['dora at copier-1']);
  });

  test('a handle under another name, whatever that is', async () => {
    const { body } = await edge.say(other, 'login', { user: 'ana' });
    const reply = await edge.say(copier, 'logout', { reference: body.session });
    expect([reply.status, refusedField(reply)]).toEqual([400, ['reference']]);
    expect(reply.body.detail).toContain('"session"');
    expect(await loggedIn()).toHaveLength(2);
  });

  test.each([['?user=ana'], ['?userName=ana'], ['?session=x'], ['?type=login']])(
    'somebody in the address: %s',
    async (query) => {
      const reply = await send('logout', Buffer.from(''), {}, query);
      expect([reply.status, reply.body.detail]).toEqual([400, expect.stringContaining('in the body')]);
      expect(await loggedIn()).toEqual(['dora at copier-1']);
    },
  );

  test.each([
    { 'ce-id': 'a', 'ce-source': '/c', 'ce-type': 'login', 'ce-subject': 'ana' },
    { 'ce-subject': 'ana' },
    { 'ce-type': 'com.example.login' },
  ])('a CloudEvent that does not say its version: %o', async (headers) => {
    const reply = await send('logout', Buffer.from(''), headers);
    expect([reply.status, refusedField(reply)]).toEqual([400, expect.arrayContaining(['ce-specversion'])]);
    expect(await loggedIn()).toEqual(['dora at copier-1']);
  });

  test.each([['ce-user'], ['ce-username'], ['ce-sessionid']])('somebody in the header %s', async (name) => {
    const ce = { 'ce-specversion': '1.0', 'ce-id': 'a', 'ce-source': '/c', 'ce-type': 'logout', [name]: 'ana' };
    const reply = await send('logout', Buffer.from(''), ce);
    expect([reply.status, refusedField(reply)]).toEqual([400, [name]]);
    expect(await loggedIn()).toEqual(['dora at copier-1']);
  });
});

test.each([
  ['a NUL', '\0'],
  ['CRLF', '\r\n'],
  ['both, and a blank', ' \0\r\n\0'],
])('what C, or a file, puts behind a text is none of it: %s', async (_, filler) => {
  const said = { user: `DORA${filler}`, session: session + filler, id: `a-1${filler}`, type: `logout${filler}` };
  const reply = await edge.say(copier, 'logout', { ...said, occurredAt: `2026-11-23T08:00:00Z${filler}` });
  expect([reply.status, reply.body.outcome]).toEqual([200, 'ended']);
  expect((await edge.say(copier, 'logout', { ...said, user: 'dora' })).body.outcome).toBe('ended');
});

test('whether to take over is said in data: an attribute for it is not passed over', async () => {
  const ce = { 'ce-specversion': '1.0', 'ce-id': 'a', 'ce-source': '/c', 'ce-type': 'login', 'ce-subject': 'ana' };
  const reply = await send('login', Buffer.from(''), { ...ce, 'ce-takeover': 'true' });
  expect([reply.status, refusedField(reply)]).toEqual([400, ['ce-takeover']]);
});

describe('what names nobody says no more than it did', () => {
  test.each([
    '{"firmware":"1.2","uptime":7,"userAgent":"x","printerName":"Copier 1","userCount":3,"login":true}',
    '{"event":"logout","status":"idle","device":{"name":"lp","owner":"IT","mail":"it@corp.example"}}',
    '{"type":"logout","user":"dora","email":"ana@corp.example","userName":"Dora D."}',
    '{"event":{"name":"logout"},"data":{"name":"UserLogOut/logout"},"usersOnline":3,"userDomain":"CORP","sessionCount":2}',
    '{"sessionStart":"2026-11-23T07:00:00Z","sessionTimeout":60,"settings":{"snmpUser":"public","adminUser":"root"}}',
  ])('%s', async (body) => {
    expect((await edge.say(copier, 'logout', body)).body).toMatchObject({ outcome: 'ended', user: 'dora' });
  });

  test('a session beside the name of somebody else is that session', async () => {
    const { body } = await edge.say(copier, 'logout', { session, userName: 'Dora D.' });
    expect(body).toMatchObject({ outcome: 'ended', user: 'dora' });
  });
});
