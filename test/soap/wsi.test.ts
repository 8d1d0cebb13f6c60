/** Header blocks, encodings and nil, as SOAP 1.1, SOAP 1.2 and WS-I have them. */
import { beforeEach, describe, expect, test } from 'vitest';
import { createEdge, type Edge } from '../support/edge.ts';

const SOAP11 = 'http://schemas.xmlsoap.org/soap/envelope/';
const SOAP12 = 'http://www.w3.org/2003/05/soap-envelope';
const XSI = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"';

let edge: Edge;
let copier: { id: string; key: string };

beforeEach(async () => {
  edge = createEdge({
    realms: { campus: { profile: 'release-station' } },
    dialects: { acme: { headers: ['urn:known'], operations: { LogIn: [{ event: 'login', user: 'Who' }] } } },
  });
  copier = await edge.register('copier', { realm: 'campus', kind: 'hosted', dialect: 'acme' });
});

const TYPES = { [SOAP11]: 'text/xml', [SOAP12]: 'application/soap+xml' };
const send = (
  version: keyof typeof TYPES,
  { header = '', who = '<Who>ana</Who>', declaration = '', parameters = '' } = {},
) =>
  edge.say(
    copier,
    'events',
    `${declaration}<s:Envelope xmlns:s="${version}" ${XSI}>${header && `<s:Header>${header}</s:Header>`}<s:Body><LogIn>${who}</LogIn></s:Body></s:Envelope>`,
    `${TYPES[version]}${parameters}`,
  );
const block = (attributes: string, namespace = 'urn:t') => `<t:T xmlns:t="${namespace}" ${attributes}/>`;

describe('a header block that must be understood', () => {
  const NEXT = 'http://schemas.xmlsoap.org/soap/actor/next';
  const role = (name: string) => `${SOAP12}/role/${name}`;

  test.each([
    [SOAP11, `s:mustUnderstand="1" s:actor="http://example.org/logger"`],
    [SOAP11, `s:mustUnderstand="0"`],
    [SOAP11, `s:mustUnderstand="0" s:actor="${NEXT}"`],
    [SOAP11, `mustUnderstand="1"`],
    [SOAP12, `s:mustUnderstand="true" s:role="http://example.org/logger"`],
    [SOAP12, `s:mustUnderstand="1" s:role="${role('none')}"`],
    [SOAP12, `s:mustUnderstand="false" s:role="${role('ultimateReceiver')}"`],
  ] as const)('by somebody else, or by nobody, is let pass: %s %s', async (version, attributes) => {
    expect((await send(version, { header: block(attributes) })).status).toBe(200);
  });

  test.each([
    [SOAP11, `s:mustUnderstand="1"`],
    [SOAP11, `s:mustUnderstand="1" s:actor=""`],
    [SOAP11, `s:mustUnderstand="true" s:actor="${NEXT}"`],
    [SOAP12, `s:mustUnderstand="true"`],
    [SOAP12, `s:mustUnderstand="1" s:role=" "`],
    [SOAP12, `s:mustUnderstand="1" s:role="${role('next')}"`],
    [SOAP12, `s:mustUnderstand="1" s:role="${role('ultimateReceiver')}"`],
  ] as const)('by us, and is not, is refused: %s %s', async (version, attributes) => {
    const { status, text } = await send(version, { header: block(attributes) });
    expect([status, text]).toEqual([500, expect.stringContaining('soap:MustUnderstand')]);
  });

  test('by us, and is known, is let pass', async () => {
    expect((await send(SOAP11, { header: block('s:mustUnderstand="1"', 'urn:known') })).status).toBe(200);
  });
});

describe('an encoding that a document declares', () => {
  const declared = (encoding: string) => `<?xml version="1.0" encoding="${encoding}"?>`;

  test.each(['utf-16', 'ISO-8859-1', 'windows-1252', 'UTF-8', 'UTF8'])(
    'does not count where the Content-Type says a charset: %s (WS-I R1019)',
    async (encoding) => {
      const sent = { declaration: declared(encoding), parameters: '; charset=utf-8' };
      expect((await send(SOAP11, { ...sent, who: '<Who>Zo\u00eb</Who>' })).status).toBe(200);
      expect((await edge.ask('GET', '/v1/sessions')).body.sessions).toMatchObject([{ user: 'Zo\u00eb' }]);
    },
  );

  test.each(['utf-16', 'UTF-16LE', 'utf-8', 'us-ascii'])(
    'is known to be none of its bytes by itself: %s',
    async (encoding) => {
      expect((await send(SOAP11, { declaration: declared(encoding) })).status).toBe(200);
    },
  );

  test.each(['ISO-8859-1', 'UTF-7'])('is refused by its name where it alone says one: %s', async (encoding) => {
    const { status, text } = await send(SOAP11, { declaration: declared(encoding) });
    expect([status, text]).toEqual([500, expect.stringContaining(encoding)]);
  });
});

test('an element that is nil is not said; one that is nil and has content says two things', async () => {
  expect((await send(SOAP11, { who: '<Who xsi:nil="true"/>' })).text).toContain('user is missing');
  for (const who of ['<Who xsi:nil="true">ana</Who>', '<Who xsi:nil="1"><Name/></Who>']) {
    expect((await send(SOAP11, { who })).text).toContain('is nil, and has content');
  }
  expect((await send(SOAP11, { who: '<Who xsi:nil="false">ana</Who>' })).status).toBe(200);
});
