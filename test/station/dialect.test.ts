/** Which dialect a delivery is in, and what it says: JSON, forms, CloudEvents. SOAP has a file of its own. */
import { CloudEvent, HTTP } from 'cloudevents';
import { describe, expect, test } from 'vitest';
import type { Dialect } from '../../lib/station/delivery.ts';
import { dialectOf } from '../../lib/station/dialect.ts';
import type { Fault } from '../../lib/station/fault.ts';
import type { Said } from '../../lib/station/message.ts';
import { epochMs } from '../../lib/time.ts';

interface Sent {
  readonly headers?: Readonly<Record<string, unknown>>;
  readonly body?: string;
  readonly event?: string;
}

async function spoken({ headers = {}, body = '', event = 'events' }: Sent, dialect?: string) {
  const given = new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)]));
  const delivery = {
    station: 'lib-1',
    event,
    header: (name: string) => given.get(name.toLowerCase()),
    body: new TextEncoder().encode(body),
  };
  return { delivery, found: await dialectOf(delivery, { ...(dialect && { dialect }), mappings: new Map() }) };
}

const isDialect = (found: Dialect | Fault): found is Dialect => 'read' in found;

async function heard(sent: Sent): Promise<Said | undefined | readonly Fault[]> {
  const { delivery, found } = await spoken(sent);
  if (!isDialect(found)) return [found];
  const said = found.read(delivery);
  return said.ok ? said.value : said.faults;
}

const fields = async (sent: Sent) => ((await heard(sent)) as readonly Fault[]).map(({ field }) => field);
const nameOf = async (sent: Sent, dialect?: string) => {
  const { found } = await spoken(sent, dialect);
  return isDialect(found) ? found.name : found.field;
};
const type = (name: string, more = {}) => ({ headers: { 'content-type': name, ...more }, body: '{}' });

describe('a delivery is read as what it says that it is', () => {
  test.each([
    ['application/json', 'json'],
    ['Application/JSON; charset=utf-8', 'json'],
    ['application/vnd.acme+json', 'json'],
    ['application/x-www-form-urlencoded', 'form'],
    ['application/cloudevents+json; charset=utf-8', 'cloudevents'],
    ['application/cloudevents-batch+json', 'content-type'],
    ['application/cloudevents+xml', 'content-type'],
    ['text/plain', 'content-type'],
    ['multipart/related; type="text/xml"', 'content-type'],
    ['text/xml; charset=iso-8859-1', 'content-type'],
  ])('%s: %s', (given, name) => expect(nameOf(type(given))).resolves.toBe(name));

  test('JSON where it does not say, and an empty body in any case', async () => {
    await expect(nameOf({ body: '{}' })).resolves.toBe('json');
    await expect(nameOf({ headers: { 'content-type': 'text/plain' } })).resolves.toBe('json');
  });

  test('a CloudEvent in binary mode by its headers', async () => {
    await expect(nameOf(type('application/json', { 'ce-specversion': '1.0' }))).resolves.toBe('cloudevents');
    await expect(nameOf(type('text/plain', { 'ce-specversion': '1.0' }))).resolves.toBe('content-type');
  });

  test.each([
    ['text/xml', 'sharp-osa', 'sharp-osa'],
    ['application/soap+xml; charset="utf-8"', 'sharp-osa', 'sharp-osa'],
    ['application/xml', 'sharp-osa', 'sharp-osa'],
    ['text/xml', undefined, 'dialect'],
    ['text/xml', 'gone', 'dialect'],
    ['text/xml', '__proto__', 'dialect'],
    ['application/json', 'sharp-osa', 'json'],
  ])('%s of a station registered with the dialect %s: %s', (given, dialect, name) =>
    expect(nameOf(type(given), dialect)).resolves.toBe(name),
  );

  test('XML is known where the type was left out', () =>
    expect(nameOf({ body: '\ufeff \n<Envelope/>' }, 'sharp-osa')).resolves.toBe('sharp-osa'));
});

describe('a form', () => {
  const form = (body: string, event?: string) => ({
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body,
    ...(event && { event }),
  });

  test('says what JSON would', () =>
    expect(
      heard(
        form('type=login&user=Jos%C3%A9+P%2B&takeOver=true&id=a-1&station=lib-7&occurredAt=2026-11-22T14%3A23%3A05Z'),
      ),
    ).resolves.toEqual({
      type: 'login',
      user: 'José P+',
      takeOver: true,
      id: 'a-1',
      station: 'lib-7',
      occurredAt: epochMs(Date.UTC(2026, 10, 22, 14, 23, 5)),
    }));

  test('need not say what the path says', () =>
    expect(heard(form('user=ana', 'logout'))).resolves.toEqual({ type: 'logout', user: 'ana' }));

  test.each([
    ['on', true],
    ['1', true],
    ['off', false],
    ['FALSE', false],
  ])('says by a box whether to take over: %s', (box, takeOver) =>
    expect(heard(form(`user=ana&takeOver=${box}`))).resolves.toEqual({ user: 'ana', takeOver }),
  );

  test('says nothing by a field that is left empty', () =>
    expect(heard(form('user=ana&session=&takeOver=&id', 'login'))).resolves.toEqual({ type: 'login', user: 'ana' }));

  test('of a browser has other fields too, and one named for what programs have', () =>
    expect(heard(form('_charset_=UTF-8&user=ana&__proto__=x&constructor=y&submit=Go'))).resolves.toEqual({
      user: 'ana',
    }));

  test.each([
    ['user=ana&user=bo', ['user']],
    ['user=ana&us%65r=bo', ['user']],
    ['user=%ff', ['body']],
    ['user=50%', ['body']],
    ['user=a%00b', ['user']],
    ['user=J%C3%B6rg&_charset_=ISO-8859-1', ['_charset_']],
    ['takeover=true', ['takeover']],
    ['{"user":"ana"}', ['content-type']],
  ])('is refused by the field at fault: %s', (body, at) => expect(fields(form(body))).resolves.toEqual(at));
});

describe('a CloudEvent of the CloudEvents SDK', () => {
  const event = new CloudEvent({
    id: 'b7f0c9f2-6b9e-4b77-9f0e-8a1d6a1f2a10',
    source: '/printers/lib-7',
    type: 'com.example.login',
    subject: 'ana',
    time: '2026-11-22T14:23:05.000Z',
    station: 'lib-7',
    data: { takeOver: true, pages: 3 },
  });
  const said = {
    type: 'login',
    user: 'ana',
    id: event.id,
    occurredAt: epochMs(Date.UTC(2026, 10, 22, 14, 23, 5)),
    station: 'lib-7',
    takeOver: true,
  };

  test('says the same in binary and in structured mode', async () => {
    await expect(heard(HTTP.binary(event) as Sent)).resolves.toEqual(said);
    await expect(heard(HTTP.structured(event) as Sent)).resolves.toEqual(said);
  });

  test.each(['binary', 'structured'] as const)('without data is enough for a logout, in %s mode', async (mode) => {
    const { id, source } = event;
    await expect(heard(HTTP[mode](new CloudEvent({ id, source, type: 'logout' })) as Sent)).resolves.toMatchObject({
      id,
      type: 'logout',
    });
  });
});

describe('a CloudEvent', () => {
  const event = { specversion: '1.0', id: 'a-1', source: '/x', type: 'login' };
  const structured = (more: object, path?: string) => ({
    headers: { 'content-type': 'application/cloudevents+json' },
    body: JSON.stringify({ ...event, ...more }),
    ...(path && { event: path }),
  });
  const binary = (more: object, body = '') => ({
    headers: { 'ce-specversion': '1.0', 'ce-id': 'a-1', 'ce-source': '/x', 'ce-type': 'login', ...more },
    body,
  });

  test('has its user in the subject, or in the data', async () => {
    await expect(heard(structured({ subject: 'ana' }))).resolves.toMatchObject({ user: 'ana' });
    await expect(heard(structured({ data: { user: 'ana' } }))).resolves.toMatchObject({ user: 'ana' });
    await expect(heard(structured({ subject: 'ana', data: { user: 'ana' } }))).resolves.toMatchObject({ user: 'ana' });
  });

  test('has what a header cannot hold percent-encoded', () =>
    expect(heard(binary({ 'ce-subject': 'Jos%C3%A9' }))).resolves.toMatchObject({ user: 'José' }));

  test('may be sent to where its event is', async () => {
    await expect(heard(structured({ subject: 'ana' }, 'login'))).resolves.toMatchObject({ type: 'login' });
    await expect(fields(structured({ subject: 'ana' }, 'logout'))).resolves.toEqual(['type']);
  });

  test('has its own id and type: those in the data are something else', () =>
    expect(heard(structured({ data: { id: 7, type: 'A4', user: 'ana' } }))).resolves.toMatchObject({
      id: 'a-1',
      type: 'login',
    }));

  test.each<[sent: Sent, at: string[]]>([
    [structured({ id: undefined, source: undefined }), ['id', 'source']],
    [structured({ specversion: '0.3' }), ['specversion']],
    [structured({ id: 7 }), ['id']],
    [structured({ id: 'x'.repeat(49) }), ['id']],
    [structured({ type: 'com.example.levitate' }), ['type']],
    [structured({ time: 'yesterday' }), ['occurredAt']],
    [structured({ subject: 'ana', data: { user: 'bo' } }), ['subject']],
    [structured({ station: 'lib-7', data: { station: 'lib-8' } }), ['station']],
    [structured({ data: 'ana' }), ['data']],
    [structured({ data: ['ana'] }), ['data']],
    [structured({ data_base64: 'YQ==' }), ['data_base64']],
    [structured({ datacontenttype: 'text/xml', data: '<a/>' }), ['datacontenttype']],
    [structured({ data: { takeover: true } }), ['takeover']],
    [{ ...structured({}), body: '[]' }, ['body']],
    [{ ...structured({}), body: '{"id": "a", "id": "b"}' }, ['id']],
    [binary({ 'ce-specversion': '2.0' }), ['ce-specversion']],
    [binary({ 'ce-id': '' }), ['ce-id']],
    [binary({ 'ce-subject': '%ff' }), ['ce-subject']],
    [binary({}, '"ana"'), ['data']],
    [{ headers: { 'ce-specversion': '1.0' } }, ['ce-id', 'ce-source', 'ce-type']],
  ])('is refused by the field at fault: %j', (sent, at) => expect(fields(sent)).resolves.toEqual(at));
});
