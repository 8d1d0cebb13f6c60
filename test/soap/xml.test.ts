/** What a station sends as XML is read as strictly as SOAP asks, and nothing outside of it is ever looked up. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { escapeXml, readXml, type XmlElement } from '../../lib/soap/xml.ts';
import { BODY_BYTES_MAX } from '../../lib/station/body.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

function read(text: string): XmlElement {
  const xml = readXml(bytes(text));
  if (!xml.ok) throw new Error(JSON.stringify(xml.faults));
  return xml.value;
}

function refusal(document: string | Uint8Array): string {
  const xml = readXml(typeof document === 'string' ? bytes(document) : document);
  if (xml.ok) throw new Error('it was read');
  expect(xml.faults.map(({ field }) => field)).toEqual(['body']);
  return xml.faults[0]?.detail ?? '';
}

const nested = (depth: number): string => '<a>'.repeat(depth) + '</a>'.repeat(depth);

test('elements are told by their namespace and name, whatever the prefix', () => {
  const one = read('<x:user xmlns:x="urn:a" id="7"><x:name> ana </x:name></x:user>');
  const other = read('<user xmlns="urn:a" id="7"><name>ana</name></user>');
  expect(one.elements).toEqual(other.elements);
  expect([one.name, one.namespace, one.elements[0]?.text]).toEqual(['user', 'urn:a', 'ana']);
});

test('the five entities, character references and CDATA are text', () =>
  expect(read('<a>&lt;&gt;&amp;&quot;&apos;&#233;&#x1F600;<![CDATA[<b>&amp;]]></a>').text).toBe(`<>&"'é😀<b>&amp;`));

test('a comment is no text, and cuts none', () => expect(read('<a>an<!-- b -->a</a>').text).toBe('ana'));

test('a declaration and a byte order mark are let pass', () =>
  expect(read('\ufeff<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<a/>').name).toBe('a'));

describe('refused is', () => {
  const laughs = Array.from({ length: 9 }, (_, n) => `<!ENTITY l${n + 1} "${`&l${n};`.repeat(10)}">`).join('');

  test.each([
    ['a billion laughs', `<!DOCTYPE a [<!ENTITY l0 "lol">${laughs}]><a>&l9;</a>`, 'a document type is not read'],
    ['an external entity', '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>', 'a document type'],
    ['a parameter entity', '<!DOCTYPE a [<!ENTITY % x SYSTEM "http://192.0.2.1/x">%x;]><a/>', 'a document type'],
    ['a document type by itself', '<!DOCTYPE a SYSTEM "http://192.0.2.1/a.dtd"><a/>', 'a document type'],
    ['an entity that nobody has declared', '<a>&nbsp;</a>', 'undefined entity'],
    ['an entity named for a property of objects', '<a>&constructor;</a>', 'undefined entity'],
    ['a character that XML has not', '<a>&#0;</a>', 'malformed character entity'],
    ['a processing instruction', '<?xml-stylesheet href="http://192.0.2.1/x"?><a/>', 'a processing instruction'],
    ['elements 33 deep', nested(33), 'elements are read 32 deep'],
    ['elements 4,000 deep', nested(2_000), 'elements are read 32 deep'],
    ['1,001 elements', `<a>${'<b/>'.repeat(1_000)}</a>`, 'at most 1000 elements'],
    ['a prefix that is not bound', '<x:a/>', 'unbound namespace prefix'],
    ['an attribute twice', '<a b="1" b="2"/>', 'duplicate attribute'],
    ['an attribute twice by its namespace', '<a xmlns:x="u" xmlns:y="u" x:b="1" y:b="2"/>', 'duplicate attribute'],
    ['a tag that is not closed', '<a><b></a>', 'unexpected close tag'],
    ['two roots', '<a/><b/>', 'documents may contain only one root'],
    ['nothing', '', 'document must contain a root element'],
    ['text alone', 'ana', 'text data outside of root node'],
    ['an encoding that is not UTF-8', '<?xml version="1.0" encoding="ISO-8859-1"?><a/>', 'the encoding must be UTF-8'],
    ['UTF-7', '<?xml version="1.0" encoding="UTF-7"?><a>+ADw-b+AD4-</a>', 'the encoding must be UTF-8'],
    ['XML 1.1', '<?xml version="1.1"?><a/>', 'the version must be 1.0'],
  ])('%s', (_, document, why) => expect(refusal(document)).toContain(why));

  test('bytes that are no UTF-8', () => {
    expect(refusal(Uint8Array.from([0x3c, 0x61, 0xff, 0x2f, 0x3e]))).toContain('UTF-8');
    expect(refusal(Buffer.from('\ufeff<a/>', 'utf16le'))).toContain('UTF-8');
  });

  test('a name of 16 KB, without being repeated at length', () => {
    const name = 'x'.repeat(BODY_BYTES_MAX - 10);
    expect(refusal(`<${name}:a/>`).length).toBeLessThan(300);
  });
});

test('elements 32 deep, and 1,000 of them, are read', () => {
  expect(read(nested(32)).name).toBe('a');
  expect(read(`<a>${'<b/>'.repeat(999)}</a>`).elements).toHaveLength(999);
});

test('an attribute as long as a body may be is read', () =>
  expect(read(`<a b="${'x'.repeat(BODY_BYTES_MAX - 20)}"/>`).attributes[0]?.value).toHaveLength(BODY_BYTES_MAX - 20));

test('whatever bytes come, they are read or refused, and nothing is thrown', () => {
  const markup = fc.constantFrom(
    '<a>',
    '</a>',
    '<a/>',
    '<!--',
    '-->',
    '<![CDATA[',
    ']]>',
    '&',
    ';',
    '<?x?>',
    '"',
    '<',
    'é',
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(markup, fc.string()), { maxLength: 30 }), (parts) => {
      expect(readXml(bytes(parts.join('')))).toHaveProperty('ok');
    }),
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (document) => {
      expect(readXml(document)).toHaveProperty('ok');
    }),
  );
});

test('whatever text is written, it is read again as it was, but for what XML cannot say', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const sayable = Array.from(text, (one) =>
        /[\t\n\r\u0020-\ud7ff\ue000-\ufffd]|[\u{10000}-\u{10ffff}]/u.test(one) ? one : '\ufffd',
      );
      const { attributes, elements } = read(`<a b="${escapeXml(text)}"><c>|${escapeXml(text)}|</c></a>`);
      expect(attributes[0]?.value).toBe(sayable.join(''));
      expect(elements[0]?.text).toBe(`|${sayable.join('')}|`);
    }),
  );
});
