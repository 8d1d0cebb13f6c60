/**
 * Bytes before text. A body is read from the bytes that were sent, or refused where those cannot be known: two names that
 * differ in a byte must never become one user.
 */
import { readJson as readJsonText } from '../realms/json-text.ts';
import { type Fault, fault, type Read } from './fault.ts';
import { isUnsaid } from './unsaid.ts';

/** A body larger than any event needs is refused unread. */
export const BODY_BYTES_MAX = 16 * 1024;

/** XML takes more words: a Sharp that starts lists all that it can do, in 13 KB where little of it is built in. */
const XML_BYTES_MAX = 64 * 1024;

const XML_TYPES: ReadonlySet<string> = new Set(['text/xml', 'application/xml', 'application/soap+xml']);
export const isXml = (type: string): boolean => XML_TYPES.has(type);

export const bytesMaxOf = (body: Pick<Body, 'header'>): number =>
  isXml(contentTypeOf(body).type) ? XML_BYTES_MAX : BODY_BYTES_MAX;

/** A request's body, and what its headers say of it. */
export interface Body {
  readonly header: (name: string) => string | undefined;
  readonly body: Uint8Array;
  /** It came as a text: HTTP API hands some types on so, and puts U+FFFD where the bytes were no UTF-8. */
  readonly cameAsText?: boolean;
}

/** The body without what its sender's language puts behind a text. Empty where it says nothing, in whichever way. */
export function saidBody(body: Uint8Array): Uint8Array {
  let end = body.length;
  while (end > 0 && isFiller(body[end - 1])) end -= 1;
  const filled = body.subarray(0, end);
  return end <= NOTHING_BYTES_MAX && saysNothing(filled) ? EMPTY : filled;
}

const EMPTY = new Uint8Array();

/** Blanks, ends of lines, and the NUL that C counts to the text. */
const isFiller = (byte: number | undefined): boolean =>
  byte === 0x00 || byte === 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d;

/** Nothing is spelt in fewer, blanks before it included. */
const NOTHING_BYTES_MAX = 64;

/** `null`, and a text in which nothing stands, of JSON or by itself. */
function saysNothing(body: Uint8Array): boolean {
  const text = decodeUtf8(body)?.trim();
  if (text === undefined || isUnsaid(text)) return text !== undefined;
  try {
    return isUnsaid(JSON.parse(text));
  } catch {
    return false;
  }
}

/** What is wrong where the bytes that were sent cannot be known any more. */
export function repairFault({ header, body, cameAsText = false }: Body): Fault | undefined {
  if (!cameAsText) return undefined;
  const length = header('content-length');
  const isWhole = length === undefined || BOM_OR_NONE.includes(Number(length) - body.length);
  if (isWhole && !Buffer.from(body).includes(REPAIRED)) return undefined;
  const detail =
    'must be UTF-8: bytes that were none have been replaced on the way (by U+FFFD), so what was sent is not known';
  return { field: 'body', detail };
}

const REPAIRED = Buffer.from('\ufffd');

/** A byte order mark may have been taken off. */
const BOM_OR_NONE: readonly number[] = [0, 3];

/** What a `Content-Type` says, in lower case. */
export interface ContentType {
  /** Empty where nothing is said. */
  readonly type: string;
  /** Each of those that are said: two that differ are two readings. */
  readonly charsets: readonly string[];
}

export function contentTypeOf({ header }: Pick<Body, 'header'>): ContentType {
  const [type = '', ...parameters] = (header('content-type') ?? '').split(';').map((part) => part.trim().toLowerCase());
  const charsets = parameters.flatMap((parameter) => {
    const [, value] = /^charset\s*=\s*(.*)$/s.exec(parameter) ?? [];
    return value === undefined ? [] : [value.replace(/^(["'])(.*)\1$/s, '$2').trim()];
  });
  return { type, charsets };
}

/** By the names that are in use for them. US-ASCII is UTF-8 too. */
const READ: ReadonlySet<string> = new Set(['utf-8', 'utf8', 'us-ascii', 'ascii', '']);

/** What is wrong with how the body is sent, whatever is in it: it is packed, or in another charset. */
export function codingFault(body: Body): Fault | undefined {
  if (body.body.length === 0) return undefined;
  const coding = body.header('content-encoding')?.trim().toLowerCase();
  if (coding !== undefined && !/^(?:identity|)$/.test(coding)) {
    return { field: 'content-encoding', detail: `is "${coding.slice(0, 100)}"; send the body as it is` };
  }
  const charset = contentTypeOf(body).charsets.find((one) => !READ.has(one));
  if (charset === undefined) return undefined;
  return { field: 'content-type', detail: `says the charset "${charset.slice(0, 100)}"; send UTF-8` };
}

/** Deeper than anything that a station has to say. */
const JSON_DEPTH_MAX = 32;

/** A name that stands twice in an object is refused: of two readers, each could take another of the two for meant. */
export function readJson(body: Uint8Array): Read<unknown> {
  const text = decodeUtf8(body);
  if (text === undefined) return fault('body', 'must be JSON in UTF-8');
  const json = readJsonText(text);
  if ('fault' in json) return fault('body', `must be JSON: ${json.fault}`);
  const { value, repeated, depth } = json;
  if (depth > JSON_DEPTH_MAX) return fault('body', `nests ${depth} deep; ${JSON_DEPTH_MAX} is the most that is read`);
  const [first] = repeated;
  if (first === undefined) return { ok: true, value };
  const place = [...first.path, first.name].map((step) => step ?? '[]').join('.');
  return fault(place.slice(0, PLACE_LENGTH_MAX), 'stands there more than once');
}

/** A name is as long as its sender likes. */
const PLACE_LENGTH_MAX = 100;

const UTF_8 = new TextDecoder('utf-8', { fatal: true });

/** Without a byte order mark. `undefined` for what is no UTF-8. */
export function decodeUtf8(body: Uint8Array): string | undefined {
  try {
    return UTF_8.decode(body);
  } catch {
    return undefined;
  }
}
