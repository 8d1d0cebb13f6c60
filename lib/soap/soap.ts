/**
 * SOAP 1.1 and 1.2 by a mapping: what a message says, by the places that the mapping names, and how it is answered. A
 * refusal is a Fault with a text for a panel.
 */
import type { EventType } from '../session/word.ts';
import { fault, type Read } from '../station/fault.ts';
import { typed } from '../station/form.ts';
import { lookAlikes } from '../station/look-alikes.ts';
import { readFields, type Said } from '../station/message.ts';
import { isUnsaid } from '../station/unsaid.ts';
import type { Mapping, MappingCase } from './dialect-text.ts';
import { readXml, type Sent, type XmlElement } from './xml.ts';

export type SoapVersion = '1.1' | '1.2';

export const ENVELOPES: { readonly [Version in SoapVersion]: string } = {
  '1.1': 'http://schemas.xmlsoap.org/soap/envelope/',
  '1.2': 'http://www.w3.org/2003/05/soap-envelope',
};

const XSI = 'http://www.w3.org/2001/XMLSchema-instance';

/** An operation, and which of its cases this is. */
export interface Call {
  readonly version: SoapVersion;
  readonly operation: XmlElement;
  readonly meant: MappingCase;
}

/** The operation that a message calls, and what is wrong where it calls none of the mapping's. */
export function readCall(body: Uint8Array, mapping: Mapping, sent: Sent = {}): Read<Call> {
  const xml = readXml(body, sent);
  if (!xml.ok) return xml;
  const envelope = xml.value;
  const version = (['1.1', '1.2'] as const).find((one) => ENVELOPES[one] === envelope.namespace);
  if (version === undefined || envelope.name !== 'Envelope') {
    return fault('Envelope', 'must be the root, in the namespace of SOAP 1.1 or 1.2');
  }
  const parts = envelope.elements.filter(({ namespace }) => namespace === envelope.namespace);
  const headers = parts.filter(named('Header'));
  const bodies = parts.filter(named('Body'));
  const strange = headers.flatMap(({ elements }) => elements).find((block) => mustUnderstand(block, version, mapping));
  if (strange !== undefined)
    return fault('Header', `has a block that must be understood and is not: ${short(strange)}`);
  const [operation, ...others] = bodies.flatMap(({ elements }) => elements);
  if (headers.length > 1 || bodies.length !== 1 || operation === undefined || others.length > 0) {
    return fault('Body', 'must stand there once, and hold one element: the operation');
  }
  return readOperation(version, operation, mapping);
}

function readOperation(version: SoapVersion, operation: XmlElement, { namespaces, operations }: Mapping): Read<Call> {
  const cases = Object.hasOwn(operations, operation.name) ? operations[operation.name] : undefined;
  if (cases === undefined || !(namespaces?.includes(operation.namespace) ?? true)) {
    return fault('Body', `calls an operation that this dialect has not: ${short(operation)}`);
  }
  for (const meant of cases) {
    const holds = holdsIn(operation, meant.when ?? {});
    if (!holds.ok) return holds;
    if (holds.value) return { ok: true, value: { version, operation, meant } };
  }
  return fault(operation.name, 'is none of the cases that this dialect has of it');
}

/**
 * A header block may say what it likes; one that must be understood, by whoever receives it here, changes what the message
 * means. SOAP 1.1, 4.2.2 and 4.2.3; SOAP 1.2 part 1, 5.2.2 and 5.2.3.
 */
function mustUnderstand(block: XmlElement, version: SoapVersion, { headers = [] }: Mapping): boolean {
  const said = (wanted: string) =>
    block.attributes.find(({ name, namespace }) => name === wanted && namespace === ENVELOPES[version])?.value.trim() ??
    '';
  if (!/^(?:1|true)$/.test(said('mustUnderstand')) || headers.includes(block.namespace)) return false;
  return OURS[version].includes(said(version === '1.1' ? 'actor' : 'role'));
}

/** Which actors, or roles, are whoever is the last to receive a message. Where none is named, or an empty one, that one is meant. */
const OURS: { readonly [Version in SoapVersion]: readonly string[] } = {
  '1.1': ['', 'http://schemas.xmlsoap.org/soap/actor/next'],
  '1.2': ['', ...['next', 'ultimateReceiver'].map((role) => `${ENVELOPES['1.2']}/role/${role}`)],
};

function holdsIn(operation: XmlElement, when: NonNullable<MappingCase['when']>): Read<boolean> {
  for (const [path, wanted] of Object.entries(when)) {
    const found = find(operation, path);
    if (!found.ok) return found;
    const { value = '', isNested = false } = found;
    const holds =
      typeof wanted === 'boolean'
        ? (isNested || !isUnsaid(value)) === wanted
        : (typeof wanted === 'string' ? [wanted] : wanted).includes(value);
    if (!holds) return { ok: true, value: false };
  }
  return { ok: true, value: true };
}

const FIELDS = ['user', 'session', 'station', 'job', 'id', 'occurredAt', 'takeOver'] as const;

/** What the message says, by the places of its case. `event` is present: there are calls that say nothing. */
export function readSaid({ operation, meant }: Call, type: EventType, inPath?: EventType): Read<Said> {
  const fields: Record<string, unknown> = { type };
  for (const field of FIELDS) {
    const path = meant[field];
    if (path === undefined) continue;
    const found = find(operation, path);
    if (!found.ok) return found;
    if (found.isNested) return fault(path, 'has elements in it, where a text is read');
    if (found.value !== undefined) fields[field] = typed(field, found.value);
  }
  const strange = isAboutPanel(fields, meant) ? lookAlikes(leavesOf(operation, new Set(Object.values(fields)))) : [];
  if (strange.length === 0) return readFields(fields, inPath);
  const detail = `is not where it is read: that is ${[meant.user, meant.session].filter(Boolean).join(' or ')}`;
  return { ok: false, faults: strange.map(({ field }) => ({ field, detail })) };
}

/** The mapping says where a user or a session would stand, and nothing stands there. */
const isAboutPanel = ({ type, user, session }: Record<string, unknown>, meant: MappingCase): boolean =>
  isUnsaid(user) &&
  isUnsaid(session) &&
  (meant.user ?? meant.session) !== undefined &&
  meant.about !== 'job' &&
  type !== 'login' &&
  type !== 'boot';

/** What stands in a message as a text, and is not read. What has elements in it is named by none but those. */
const leavesOf = ({ attributes, elements }: XmlElement, read: ReadonlySet<unknown>): [string, unknown][] => [
  ...attributes
    .filter(({ namespace, value }) => namespace === '' && !read.has(value.trim()))
    .map(({ name, value }): [string, string] => [name, value]),
  ...elements
    .filter(({ text }) => !read.has(text))
    .map((element): [string, unknown] =>
      element.elements.length > 0
        ? ['within', leavesOf(element, read).map(([name, value]) => ({ [name]: value }))]
        : [element.name, element.text],
    ),
];

type Found =
  | { readonly ok: true; readonly value: string | undefined; readonly isNested?: boolean }
  | ReturnType<typeof fault>;

/** Which namespace an element is in does not matter here: makers differ in whether they qualify. */
function find(operation: XmlElement, path: string): Found {
  const [steps, attribute] = path.split(/\/?@/);
  let at: XmlElement | undefined = operation;
  for (const step of steps === undefined || steps === '' ? [] : steps.split('/')) {
    const found: XmlElement[] = at?.elements.filter(named(step)) ?? [];
    if (found.length > 1) return fault(path, 'stands there more than once');
    at = found[0];
  }
  if (attribute !== undefined) return { ok: true, value: at && attributeOf(at, attribute) };
  if (isNil(at) && !isEmpty(at)) return fault(path, 'is nil, and has content');
  return { ok: true, value: at?.text, isNested: at !== undefined && at.elements.length > 0 };
}

/** XML Schema, part 1, 2.6.2: what is nil is empty. */
const isNil = (element: XmlElement | undefined): element is XmlElement =>
  element?.attributes.some(
    ({ name, namespace, value }) => name === 'nil' && namespace === XSI && /^(?:1|true)$/.test(value.trim()),
  ) === true;

const isEmpty = ({ text, elements }: XmlElement): boolean => text === '' && elements.length === 0;

function attributeOf({ attributes }: XmlElement, wanted: string): string | undefined {
  if (wanted === 'xsi:type') {
    const type = attributes.find(({ name, namespace }) => name === 'type' && namespace === XSI);
    return type?.value.trim().split(':').at(-1);
  }
  return attributes.find(({ name, namespace }) => name === wanted && namespace === '')?.value.trim();
}

const named =
  (name: string) =>
  (element: XmlElement): boolean =>
    element.name === name;

/** It is shown to whoever sent it, who may have made it long. */
const short = ({ name, namespace }: XmlElement): string => `{${namespace.slice(0, 100)}}${name.slice(0, 100)}`;
