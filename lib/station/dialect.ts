/** The ways in which stations speak, and are answered. */
import type { Mappings } from '../soap/dialect-text.ts';
import { codingFault, contentTypeOf, isXml } from './body.ts';
import { isBinaryCloudEvent, readBinary, readStructured } from './cloud-events.ts';
import { type Delivery, type Dialect, typeIn } from './delivery.ts';
import type { Fault, Read } from './fault.ts';
import { readForm } from './form.ts';
import { readFields, readNative } from './message.ts';

export interface Spoken {
  /** The mapping that the station is registered with: for XML. */
  readonly dialect?: string;
  /** Those of the realms file. */
  readonly mappings: Mappings;
}

/** What a delivery is in, by what it says of itself. A fault where it is nothing that is read here. */
export async function dialectOf(delivery: Delivery, { dialect, mappings }: Spoken): Promise<Dialect | Fault> {
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

async function soapOf(contentType: string, name: string | undefined, mappings: Mappings): Promise<Dialect | Fault> {
  if (name === undefined) {
    return { field: 'dialect', detail: 'is missing in the registration of this station: without it no XML is read' };
  }
  const soap = await import('../soap/soap-dialect.ts');
  return soap.soapOf(contentType, name, mappings);
}
