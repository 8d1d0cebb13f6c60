/**
 * XML of a station, read as strictly as SOAP asks: no document type, no entity but the five, no processing instruction, and
 * no more of anything than a message needs. Nothing outside of the text is ever looked up.
 */
import { SaxesParser, type SaxesTagNS } from 'saxes';
import { decodeUtf8 } from '../station/body.ts';
import { fault, type Read } from '../station/fault.ts';

export interface XmlElement {
  /** Without its prefix. */
  readonly name: string;
  readonly namespace: string;
  readonly attributes: readonly XmlAttribute[];
  readonly elements: readonly XmlElement[];
  /** Its own, without that of its elements, and without blanks around it. */
  readonly text: string;
}

export interface XmlAttribute {
  readonly name: string;
  readonly namespace: string;
  readonly value: string;
}

/** A SOAP message of any of the makers known has under ten. */
const DEPTH_MAX = 32;
const ELEMENTS_MAX = 1_000;

/** The parser quotes what it cannot read. */
const FAULT_LENGTH_MAX = 200;

/** What is known of a document from outside of it. */
export interface Sent {
  /** Its Content-Type says a charset, which has been looked at: then what the document declares does not count (WS-I R1019). */
  readonly isCharsetSaid?: boolean;
}

/** What has been read as UTF-8 has never been UTF-16, whatever its writer declares; Latin-1 may have been read so by chance. */
const READ_AS_UTF_8 = /^(?:utf-?8|(?:us-)?ascii|utf-16(?:le|be)?)$/i;

/** The root of a document whose size has been looked at: its length bounds the length of everything in it. */
export function readXml(body: Uint8Array, { isCharsetSaid = false }: Sent = {}): Read<XmlElement> {
  const text = decodeUtf8(body);
  if (text === undefined) return fault('body', 'must be XML in UTF-8');
  const mayDeclare = isCharsetSaid ? /./ : READ_AS_UTF_8;
  try {
    return { ok: true, value: parse(text, mayDeclare) };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return fault('body', `must be XML 1.0 as SOAP has it: ${why.slice(0, FAULT_LENGTH_MAX)}`);
  }
}

interface OpenElement extends XmlElement {
  readonly elements: XmlElement[];
  text: string;
}

function parse(document: string, mayDeclare: RegExp): XmlElement {
  const parser = new SaxesParser({ xmlns: true });
  const open: OpenElement[] = [];
  let root: XmlElement | undefined;
  let elements = 0;

  const refuse = (what: string): never => {
    throw new Error(`${parser.line}:${parser.column}: ${what}`);
  };
  const takeText = (text: string): void => {
    const current = open.at(-1);
    if (current !== undefined) current.text += text;
  };

  parser.on('error', (error) => {
    throw error;
  });
  parser.on('xmldecl', ({ version, encoding = 'utf-8' }) => {
    if (version !== '1.0') refuse('the version must be 1.0');
    if (!mayDeclare.test(encoding)) refuse(`the encoding must be UTF-8; it is declared as ${encoding.slice(0, 40)}`);
  });
  parser.on('doctype', () => refuse('a document type is not read'));
  parser.on('processinginstruction', () => refuse('a processing instruction is not read'));
  parser.on('opentagstart', () => {
    elements += 1;
    if (elements > ELEMENTS_MAX) refuse(`at most ${ELEMENTS_MAX} elements are read`);
    if (open.length >= DEPTH_MAX) refuse(`elements are read ${DEPTH_MAX} deep`);
  });
  parser.on('opentag', (tag) => open.push(elementOf(tag)));
  parser.on('text', takeText);
  parser.on('cdata', takeText);
  parser.on('closetag', () => {
    const closed = open.pop();
    if (closed === undefined) return;
    closed.text = closed.text.trim();
    const parent = open.at(-1);
    if (parent === undefined) root = closed;
    else parent.elements.push(closed);
  });

  parser.write(document).close();
  return root ?? refuse('there is no element');
}

const elementOf = ({ local, uri, attributes }: SaxesTagNS): OpenElement => ({
  name: local,
  namespace: uri,
  attributes: Object.values(attributes).map((attribute) => ({
    name: attribute.local,
    namespace: attribute.uri,
    value: attribute.value,
  })),
  elements: [],
  text: '',
});

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};

/** A text as it may stand between tags and in an attribute alike. What XML cannot say at all becomes U+FFFD. */
export const escapeXml = (text: string): string =>
  text
    // biome-ignore lint/suspicious/noControlCharactersInRegex: those that XML 1.0 does not have
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Cs}/gu, '\ufffd')
    .replace(/[&<>"']/g, (found) => ESCAPES[found] ?? '')
    .replace(/[\t\n\r]/g, (found) => `&#${found.charCodeAt(0)};`);
