/** SOAP by a mapping: what a message becomes, and what its printer is told. */
import { describe, expect, test } from 'vitest';
import type { Answer } from '../../lib/answer.ts';
import { checkDialect, type Mapping } from '../../lib/soap/dialect-text.ts';
import { dialectCalled, shippedDialects } from '../../lib/soap/shipped-dialects.ts';
import { soap } from '../../lib/soap/soap-dialect.ts';
import { readXml, type XmlElement } from '../../lib/soap/xml.ts';
import { BODY_BYTES_MAX } from '../../lib/station/body.ts';
import type { Dialect } from '../../lib/station/delivery.ts';
import type { Fault } from '../../lib/station/fault.ts';
import type { Said } from '../../lib/station/message.ts';
import { epochMs } from '../../lib/time.ts';

const SOAP11 = 'http://schemas.xmlsoap.org/soap/envelope/';
const SOAP12 = 'http://www.w3.org/2003/05/soap-envelope';

const envelope = (body: string, { version = SOAP11, header = '' } = {}) =>
  `<s:Envelope xmlns:s="${version}">${header}<s:Body>${body}</s:Body></s:Envelope>`;

function mapping(value: object): Mapping {
  const found: string[] = [];
  const checked = checkDialect('acme', value, (place, message) => found.push(`${place} ${message}`));
  if (checked === undefined) throw new Error(found.join('; '));
  return checked;
}

const ACME = mapping({
  namespaces: ['urn:acme'],
  headers: ['urn:addressing'],
  operations: {
    Start: [{}],
    LogIn: [
      {
        event: 'login',
        user: 'Who/Name',
        id: '@delivery',
        occurredAt: 'When',
        takeOver: 'Force',
        station: 'Device/@name',
        answer: {
          name: 'LogInDone',
          fields: {
            'Session/Id': '{session}',
            'Session/Until': '{until}',
            Greeting: 'Hello, {user}',
            '@code': '{outcome}',
          },
        },
      },
    ],
    LogOut: [{ event: 'logout', session: 'Id' }],
    Job: [
      { when: { State: 'RUNNING', Pages: true }, event: 'job-started' },
      { when: { State: ['DONE', 'FAILED'] }, event: 'job-ended', notice: true },
      { when: { State: false }, refuse: 'What of the job?' },
    ],
  },
  faults: { 'seat-taken': 'Angemeldet an {place} bis {until}, {user}' },
  language: 'de',
});

function dialectOf(mapped: Mapping = ACME): Dialect {
  return soap('acme', mapped, '1.1');
}

const sent = (body: string, event = 'events') => ({
  station: 'lib-1',
  event,
  header: () => undefined,
  body: new TextEncoder().encode(body),
});

function heard(body: string, event?: string): Said | undefined | readonly Fault[] {
  const said = dialectOf().read(sent(body, event));
  return said.ok ? said.value : said.faults;
}

const fields = (body: string, event?: string) => (heard(body, event) as readonly Fault[]).map(({ field }) => field);

const logIn = (inner: string) => `<LogIn xmlns="urn:acme">${inner}</LogIn>`;
const ANA = '<Who><Name>ana</Name></Who>';

describe('a message says what stands where the mapping says', () => {
  test('in elements and attributes', () =>
    expect(
      heard(
        envelope(
          `<a:LogIn xmlns:a="urn:acme" delivery="d-1"><a:Who><a:Name> Jose\u0301 &amp; Co </a:Name></a:Who><Device name="lib-7"/>` +
            '<Force>1</Force><When>2026-11-22T14:23:05Z</When></a:LogIn>',
        ),
      ),
    ).toEqual({
      type: 'login',
      user: 'José & Co',
      id: 'd-1',
      station: 'lib-7',
      takeOver: true,
      occurredAt: epochMs(Date.UTC(2026, 10, 22, 14, 23, 5)),
    }));

  test('in SOAP 1.1 and 1.2 alike', () =>
    expect(heard(envelope(logIn(ANA), { version: SOAP12 }))).toEqual(heard(envelope(logIn(ANA)))));

  test('nothing, where the element is absent or empty', () => {
    expect(heard(envelope(logIn('<Who/><When/>')))).toEqual({ type: 'login' });
    expect(heard(envelope(logIn('')))).toEqual({ type: 'login' });
  });

  test('a handshake says that nothing has happened', () =>
    expect(heard(envelope('<Start xmlns="urn:acme"/>'))).toBeUndefined());

  test('by the first case whose conditions hold', () => {
    const job = (inner: string) => heard(envelope(`<Job xmlns="urn:acme">${inner}</Job>`));
    expect(job('<State>RUNNING</State><Pages>3</Pages>')).toEqual({ type: 'job-started' });
    expect(job('<State> FAILED </State>')).toEqual({ type: 'job-ended' });
    expect(job('')).toEqual([{ field: 'Job', detail: 'is refused: What of the job?' }]);
    expect(job('<State>RUNNING</State>')).toEqual([
      { field: 'Job', detail: 'is none of the cases that this dialect has of it' },
    ]);
  });

  test('a header that need not be understood is let pass, and one that the dialect knows', () => {
    const header = (block: string) => envelope(logIn(ANA), { header: `<s:Header>${block}</s:Header>` });
    const user = { type: 'login', user: 'ana' };
    expect(heard(header('<x xmlns="urn:other" s:mustUnderstand="0"/>'))).toEqual(user);
    expect(heard(header('<x xmlns="urn:addressing" s:mustUnderstand="1"/>'))).toEqual(user);
    expect(fields(header('<x xmlns="urn:other" s:mustUnderstand="1"/>'))).toEqual(['Header']);
    expect(fields(header('<x xmlns="urn:other" s:mustUnderstand="true"/>'))).toEqual(['Header']);
  });
});

describe('refused, by the place at fault, is', () => {
  test.each([
    ['what is no XML', 'user=ana', 'body'],
    ['a document type', `<!DOCTYPE x>${envelope(logIn(ANA))}`, 'body'],
    ['XML that is no SOAP', logIn(ANA), 'Envelope'],
    ['an envelope of another SOAP', envelope(logIn(ANA), { version: 'urn:soap-2' }), 'Envelope'],
    ['an envelope without a body', `<s:Envelope xmlns:s="${SOAP11}"/>`, 'Body'],
    ['two bodies', `<s:Envelope xmlns:s="${SOAP11}"><s:Body>${logIn(ANA)}</s:Body><s:Body/></s:Envelope>`, 'Body'],
    ['two operations', envelope(logIn(ANA) + logIn('<Who><Name>bo</Name></Who>')), 'Body'],
    ['no operation', envelope(''), 'Body'],
    ['a Fault', envelope('<s:Fault><faultstring>wrong password</faultstring></s:Fault>'), 'Body'],
    ['an operation that nobody has mapped', envelope('<Levitate xmlns="urn:acme"/>'), 'Body'],
    ['one that is named for what programs have', envelope('<constructor xmlns="urn:acme"/>'), 'Body'],
    ['an operation in another namespace', envelope('<LogIn xmlns="urn:other"/>'), 'Body'],
    ['a user that stands there twice', envelope(logIn(ANA + ANA)), 'Who/Name'],
    ['an instant that is none', envelope(logIn(`${ANA}<When>now</When>`)), 'occurredAt'],
    ['a session that is none', envelope('<LogOut xmlns="urn:acme"><Id>7</Id></LogOut>'), 'session'],
    ['a user of control characters', envelope(logIn('<Who><Name>a&#x85;b</Name></Who>')), 'user'],
  ])('%s', (_, body, field) => expect(fields(body)).toEqual([field]));

  test('what was sent to where another event is', () => {
    expect(fields(envelope(logIn(ANA)), 'logout')).toEqual(['type']);
    expect(heard(envelope(logIn(ANA)), 'login')).toEqual({ type: 'login', user: 'ana' });
  });

  test('a strange name, without being repeated at length', () => {
    const [fault] = heard(envelope(`<${'x'.repeat(BODY_BYTES_MAX / 2)} xmlns="urn:acme"/>`)) as readonly Fault[];
    expect(fault?.detail.length).toBeLessThan(300);
  });
});

function told(message: string, native: Answer, mapped: Mapping = ACME) {
  const dialect = dialectOf(mapped);
  dialect.read(sent(message));
  const answer = dialect.answer(native);
  const text = answer.body;
  const xml = readXml(new TextEncoder().encode(text));
  if (!xml.ok) throw new Error(`${JSON.stringify(xml.faults)}: ${text}`);
  const [body] = xml.value.elements;
  const [content] = body?.elements ?? [];
  if (content === undefined) throw new Error(text);
  return { status: answer.status, headers: answer.headers, version: xml.value.namespace, content };
}

const textAt = (element: XmlElement, ...path: readonly string[]): string | undefined =>
  path.reduce<XmlElement | undefined>((at, name) => at?.elements.find((one) => one.name === name), element)?.text;

const json = (status: number, members: object, headers = {}): Answer => ({
  status,
  headers,
  body: JSON.stringify(members),
});
const problem = (status: number, kind: string, more: object = {}, headers = {}) =>
  json(
    status,
    { type: `urn:curfew:problem:${kind}`, title: '', status, detail: `the detail of ${kind}`, ...more },
    headers,
  );

const TAKEN = () =>
  problem(
    409,
    'seat-taken',
    {
      holders: [
        { name: 'Later', location: '', freeAt: '2026-11-22T20:00:00.000Z' },
        { name: 'Library <2>', location: 'floor & "2"', freeAt: '2026-11-22T19:04:59.000Z' },
      ],
    },
    { 'retry-after': '299' },
  );

describe('an answer is told', () => {
  const opened = () =>
    json(201, { outcome: 'opened', session: 'a.0.b.c', user: '<ana>&', heldUntil: '2026-11-22T19:20:00.000Z' });

  test('by the element and the fields that the mapping names, escaped', () => {
    const { status, content, headers } = told(envelope(logIn(ANA)), opened());
    expect([status, headers['content-type']]).toEqual([200, 'text/xml; charset=utf-8']);
    expect([content.name, content.namespace]).toEqual(['LogInDone', 'urn:acme']);
    expect(content.attributes).toContainEqual({ name: 'code', namespace: '', value: 'opened' });
    expect(content.elements.map(({ name }) => name)).toEqual(['Session', 'Greeting']);
    expect(textAt(content, 'Session', 'Id')).toBe('a.0.b.c');
    expect(textAt(content, 'Session', 'Until')).toBe('2026-11-22T19:20:00.000Z');
    expect(textAt(content, 'Greeting')).toBe('Hello, <ana>&');
  });

  test('in the version of SOAP that was spoken', () => {
    const { version, headers } = told(envelope(logIn(ANA), { version: SOAP12 }), opened());
    expect([version, headers['content-type']]).toEqual([SOAP12, 'application/soap+xml; charset=utf-8']);
  });

  test('by the name of the operation, where the mapping has none', () => {
    const { content } = told(envelope('<Start xmlns="urn:acme"/>'), json(200, { outcome: 'acknowledged' }));
    expect([content.name, content.namespace, content.elements]).toEqual(['StartResponse', 'urn:acme', []]);
  });

  test('as ever to one that only gave notice, whatever has become of the session', () => {
    const done = envelope('<Job xmlns="urn:acme"><State>DONE</State></Job>');
    expect(told(done, problem(410, 'no-session')).content.name).toBe('JobResponse');
    expect(told(done, problem(403, 'forbidden')).content.name).toBe('Fault');
  });
});

describe('a refusal is told as a Fault', () => {
  test('of SOAP 1.1: 500, with the text for a panel', () => {
    const { status, content, headers } = told(envelope(logIn(ANA)), TAKEN());
    expect([status, headers['retry-after']]).toEqual([500, '299']);
    expect([content.name, content.namespace]).toEqual(['Fault', SOAP11]);
    expect(textAt(content, 'faultcode')).toBe('soap:Client');
    expect(textAt(content, 'faultstring')).toBe(
      'Angemeldet an Library <2> (floor & "2") bis 2026-11-22T19:04:59.000Z, ana',
    );
    expect(textAt(content, 'detail', 'problem')).toBe('seat-taken');
  });

  test('of SOAP 1.2: 400, in the language of the text', () => {
    const { status, content } = told(envelope(logIn(ANA), { version: SOAP12 }), TAKEN());
    expect(status).toBe(400);
    expect(textAt(content, 'Code', 'Value')).toBe('soap:Sender');
    const text = content.elements.find(({ name }) => name === 'Reason')?.elements[0];
    expect(text?.attributes[0]?.value).toBe('de');
    expect(text?.text).toMatch(/^Angemeldet/);
    expect(textAt(content, 'Detail', 'problem')).toBe('seat-taken');
  });

  test.each<[what: string, native: Answer, text: string | RegExp]>([
    ['a taken seat', TAKEN(), 'Already logged in at Library <2> (floor & "2"). Log out there, or try again in 5 min.'],
    ['a session that has ended', problem(410, 'session-ended'), 'Your session has ended. Please log in again.'],
    ['no session', problem(410, 'no-session'), 'Nobody is logged in here. Please log in.'],
    ['too much at once', problem(429, 'too-fast'), 'Too much at once. Please try again in a moment.'],
    ['anything else', problem(403, 'forbidden'), 'the detail of forbidden'],
  ])('%s has a text, also where the mapping has none', (_, native, text) => {
    const { content } = told(envelope('<Start/>'), native, mapping({ operations: { Start: [{}] } }));
    expect(textAt(content, 'faultstring')).toBe(text);
  });

  test.each([
    [SOAP11, 500, 'soap:Server', problem(503, 'unavailable')],
    [SOAP12, 500, 'soap:Receiver', problem(503, 'unavailable')],
    [SOAP12, 500, 'soap:Receiver', problem(429, 'too-fast')],
  ])('of %s for what is not by the message: %d', (version, status, code, native) => {
    const found = told(envelope(logIn(ANA), { version }), native);
    expect(found.status).toBe(status);
    expect(textAt(found.content, 'faultcode') ?? textAt(found.content, 'Code', 'Value')).toBe(code);
  });

  test.each([
    ['Envelope', 'soap:VersionMismatch'],
    ['Header', 'soap:MustUnderstand'],
    ['Body', 'soap:Client'],
  ])('with the code that SOAP has for what is wrong with the %s: %s', (field, code) => {
    const { content } = told('no XML', problem(400, 'bad-request', { errors: [{ field, detail: '' }] }));
    expect(textAt(content, 'faultcode')).toBe(code);
  });

  test('with the text of the case that refuses', () => {
    const { content } = told(envelope('<Job xmlns="urn:acme"/>'), problem(400, 'bad-request'));
    expect(textAt(content, 'faultstring')).toBe('What of the job?');
  });
});

describe('of the shipped dialects', () => {
  const shipped = (name: string): Mapping => {
    const found = dialectCalled(name, new Map());
    if (found === undefined) throw new Error(name);
    return found;
  };
  const saidIn = (name: string, operation: string) => {
    const said = dialectOf(shipped(name)).read(sent(envelope(operation)));
    return said.ok ? said.value : said.faults;
  };

  test.each(shippedDialects())('%s is in order', (name) =>
    expect(shipped(name).note).toMatch(/not tried against a device/i),
  );

  test('one of the same name in the realms file stands in place of it', () =>
    expect(dialectCalled('sharp-osa', new Map([['sharp-osa', ACME]]))).toBe(ACME));

  test.each([
    ['InitAuthenticationSession', undefined],
    ['ValidateAndContinue', { type: 'login', user: 'ana' }],
    ['ContinueOrCloseSession', { type: 'activity' }],
    ['CloseSession', { type: 'logout' }],
  ])('xerox-convenience-authentication: %s', (operation, said) =>
    expect(
      saidIn(
        'xerox-convenience-authentication',
        `<x:${operation} xmlns:x="urn:any"><SessionID>7</SessionID><UserName>ana</UserName></x:${operation}>`,
      ),
    ).toEqual(said),
  );
});
