/** The ways in which stations speak, and are answered. */

import type { Answer } from '../answer.ts';
import { present } from '../present.ts';
import type { EventType } from '../session/word.ts';
import type { Mapping, Mappings } from '../soap/dialect-text.ts';
import { dialectCalled } from '../soap/shipped-dialects.ts';
import { type Call, readCall, readSaid, type SoapVersion } from '../soap/soap.ts';
import { soapAnswer } from '../soap/soap-answer.ts';
import { isBinaryCloudEvent, readBinary, readStructured } from './cloud-events.ts';
import type { Delivery } from './delivery.ts';
import { readForm } from './form.ts';
import { type Fault, fault, isEventType, type Read, readFields, readNative, type Said } from './message.ts';

export interface Dialect {
  readonly name: string;
  /**
   * What the delivery says, field by field; whether it may be said is not looked at here. `undefined` where it is in order
   * and says that nothing has happened, as a handshake does: then there is only an answer to give.
   */
  read(delivery: Delivery): Read<Said | undefined>;
  /** The API's own answer in the words of the dialect. */
  answer(native: Answer): Answer;
}

export interface Spoken {
  /** The mapping that the station is registered with: for XML. */
  readonly dialect?: string;
  /** Those of the realms file. */
  readonly mappings: Mappings;
}

/** What a delivery is in, by what it says of itself. A fault where it is nothing that is read here. */
export function dialectOf(delivery: Delivery, { dialect, mappings }: Spoken): Dialect | Fault {
  const given = delivery.header('content-type') ?? '';
  const [type = '', ...parameters] = given.split(';').map((part) => part.trim().toLowerCase());
  if (type === 'application/cloudevents+json') return cloudEvents(readStructured);
  if (type.startsWith('application/cloudevents')) return unread(given);
  if (isBinaryCloudEvent(delivery)) {
    if (delivery.body.length > 0 && type !== '' && !isJson(type)) return unread(given);
    return cloudEvents((_, whole) => readBinary(whole));
  }
  if (delivery.body.length === 0 || isJson(type)) return native;
  if (type === 'application/x-www-form-urlencoded') return form;
  if (XML_TYPES.has(type) || (type === '' && looksLikeXml(delivery.body))) {
    const charset = parameters.find((parameter) => parameter.startsWith('charset='));
    if (charset !== undefined && !/^charset="?(?:utf-8|us-ascii)"?$/.test(charset)) return unread(given);
    return soapOf(type, dialect, mappings);
  }
  // Firmware may leave the type out; a wrong one is a mistake.
  return type === '' ? native : unread(given);
}

const isJson = (type: string): boolean => type === 'application/json' || type.endsWith('+json');

const XML_TYPES: ReadonlySet<string> = new Set(['text/xml', 'application/xml', 'application/soap+xml']);

/** The first that is no blank, and no byte order mark, is `<`. */
const looksLikeXml = (body: Uint8Array): boolean =>
  body.find((byte) => ![0x20, 0x09, 0x0a, 0x0d, 0xef, 0xbb, 0xbf].includes(byte)) === 0x3c;

const unread = (type: string): Fault => ({
  field: 'content-type',
  detail:
    `is "${type.slice(0, 100)}"; send application/json, a CloudEvent in JSON, application/x-www-form-urlencoded, ` +
    'or SOAP in UTF-8 as text/xml or application/soap+xml',
});

const typeIn = ({ event }: Delivery): EventType | undefined => (isEventType(event) ? event : undefined);

/** JSON, as docs/api.md has it. */
export const native: Dialect = {
  name: 'json',
  read: (delivery) => readNative(delivery.body, typeIn(delivery)),
  answer: (native) => native,
};

const form: Dialect = {
  name: 'form',
  read(delivery) {
    const fields = readForm(delivery.body);
    if (!fields.ok) return fields;
    const said = readFields(fields.value);
    return said.ok
      ? { ok: true, value: { ...said.value, ...present({ type: typeIn(delivery) ?? said.value.type }) } }
      : said;
  },
  answer: (native) => native,
};

const cloudEvents = (read: (body: Uint8Array, whole: Delivery) => Read<Record<string, unknown>>): Dialect => ({
  name: 'cloudevents',
  read(delivery) {
    const fields = read(delivery.body, delivery);
    if (!fields.ok) return fields;
    const said = readFields(fields.value);
    return said.ok ? agreed(said.value, delivery) : said;
  },
  answer: (native) => native,
});

/** A message that always says what has happened must not be sent to where something else has. */
function agreed(said: Said, delivery: Delivery): Read<Said> {
  const inPath = typeIn(delivery);
  if (inPath === undefined || said.type === inPath) return { ok: true, value: said };
  return fault('type', `is ${said.type}, but the path says ${inPath}; send it to …/events`);
}

function soapOf(contentType: string, name: string | undefined, mappings: Mappings): Dialect | Fault {
  if (name === undefined) {
    return { field: 'dialect', detail: 'is missing in the registration of this station: without it no XML is read' };
  }
  const mapping = dialectCalled(name, mappings);
  if (mapping === undefined) {
    return {
      field: 'dialect',
      detail: `of this station is "${name}", which is neither shipped nor in the realms file`,
    };
  }
  return soap(name, mapping, contentType === 'application/soap+xml' ? '1.2' : '1.1');
}

/**
 * For one delivery: the answer depends on what was asked.
 *
 * @param sentAs which version to answer in where the message itself cannot be read
 */
export function soap(name: string, mapping: Mapping, sentAs: SoapVersion): Dialect {
  let call: Call | undefined;
  let user: string | undefined;
  return {
    name,
    read(delivery) {
      const found = readCall(delivery.body, mapping);
      if (!found.ok) return found;
      call = found.value;
      const { event, refuse } = call.meant;
      if (refuse !== undefined) return fault(call.operation.name, `is refused: ${refuse}`);
      if (event === undefined) return { ok: true, value: undefined };
      const said = readSaid(call, event);
      if (said.ok) user = said.value.user;
      return said.ok ? agreed(said.value, delivery) : said;
    },
    answer: (native) => soapAnswer(native, { mapping, version: call?.version ?? sentAs, ...present({ call, user }) }),
  };
}
