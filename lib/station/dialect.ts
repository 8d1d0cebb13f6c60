/** The ways in which stations speak, and are answered. */

import type { Answer } from '../answer.ts';
import { present } from '../present.ts';
import type { EventType } from '../session/word.ts';
import type { Mapping, Mappings } from '../soap/dialect-text.ts';
import { dialectCalled } from '../soap/shipped-dialects.ts';
import { type Call, readCall, readSaid, type SoapVersion } from '../soap/soap.ts';
import { soapAnswer } from '../soap/soap-answer.ts';
import { codingFault, contentTypeOf, isXml } from './body.ts';
import { isBinaryCloudEvent, readBinary, readStructured } from './cloud-events.ts';
import type { Delivery } from './delivery.ts';
import { type Fault, fault, type Read } from './fault.ts';
import { readForm } from './form.ts';
import { isEventType, readFields, readNative, type Said } from './message.ts';

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
  const { type } = contentTypeOf(delivery);
  const isEmpty = delivery.body.length === 0;
  if (type.startsWith('application/cloudevents') && type !== STRUCTURED) return unread(given);
  const coded = codingFault(delivery);
  if (coded !== undefined) return coded;
  if (type === STRUCTURED && !isEmpty) return cloudEvents(({ body }) => readStructured(body));
  if (isBinaryCloudEvent(delivery)) {
    return isEmpty || type === '' || isJson(type) ? cloudEvents(readBinary) : unread(given);
  }
  if (isEmpty || isJson(type)) return native;
  if (type === 'application/x-www-form-urlencoded') return form;
  if (isXml(type) || (type === '' && looksLikeXml(delivery.body))) return soapOf(type, dialect, mappings);
  // Firmware may leave the type out; a wrong one is a mistake.
  return type === '' ? native : unread(given);
}

const STRUCTURED = 'application/cloudevents+json';

const isJson = (type: string): boolean => type === 'application/json' || type.endsWith('+json');

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
    return fields.ok ? readFields(fields.value, typeIn(delivery)) : fields;
  },
  answer: (native) => native,
};

const cloudEvents = (read: (delivery: Delivery) => Read<Record<string, unknown>>): Dialect => ({
  name: 'cloudevents',
  read(delivery) {
    const fields = read(delivery);
    return fields.ok ? readFields(fields.value, typeIn(delivery)) : fields;
  },
  answer: (native) => native,
});

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
      const found = readCall(delivery.body, mapping, { isCharsetSaid: contentTypeOf(delivery).charsets.length > 0 });
      if (!found.ok) return found;
      call = found.value;
      const { event, refuse } = call.meant;
      if (refuse !== undefined) return fault(call.operation.name, `is refused: ${refuse}`);
      if (event === undefined) return { ok: true, value: undefined };
      const said = readSaid(call, event, typeIn(delivery));
      if (said.ok) user = said.value.user;
      return said;
    },
    answer: (native) => soapAnswer(native, { mapping, version: call?.version ?? sentAs, ...present({ call, user }) }),
  };
}
