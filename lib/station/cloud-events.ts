/**
 * CloudEvents 1.0 over HTTP, in binary and in structured mode.
 *
 * `id` names the delivery, `time` is when it happened, the last part of `type` (`login` of `com.example.login`) is the
 * event, `subject` is the user where `data` names none, and `data` has the other fields of native JSON. A gateway names
 * the station that it speaks for by the extension attribute `station`, a printer its job by `job`, or both in `data`.
 */
import { present } from '../present.ts';
import { codingFault, contentTypeOf, readJson } from './body.ts';
import type { Delivery } from './delivery.ts';
import { type Fault, fault, type Read } from './fault.ts';
import { eventIn, meantElsewhere } from './look-alikes.ts';
import { isUnsaid, saidOf } from './unsaid.ts';

const ATTRIBUTES = ['specversion', 'id', 'source', 'type', 'time', 'subject', 'station', 'job'] as const;
const REQUIRED = ['specversion', 'id', 'source', 'type'] as const;

type Attributes = { readonly [Name in (typeof ATTRIBUTES)[number]]?: string };

/** Binary mode says so in headers; a message that has not all of them is still one, and is told what it lacks. */
export const isBinaryCloudEvent = ({ header }: Pick<Delivery, 'header'>): boolean =>
  ['ce-specversion', 'ce-type', 'ce-subject'].some((name) => header(name) !== undefined);

/** The fields of an event, as `readFields` takes them. */
export function readBinary({ header, headerNames = ATTRIBUTES.map((name) => `ce-${name}`), body }: Delivery): Fields {
  const given: Record<string, unknown> = {};
  for (const name of headerNames.filter((name) => name.startsWith('ce-'))) {
    const value = header(name);
    if (value === undefined) continue;
    const decoded = decodeHeader(value);
    if (decoded === undefined) return fault(name.slice(0, 100), 'must be UTF-8, percent-encoded');
    given[name.slice('ce-'.length)] = decoded;
  }
  const data = body.length === 0 ? { ok: true as const, value: undefined } : readJson(body);
  return data.ok ? fieldsOf(given, data.value, 'ce-') : data;
}

type Fields = Read<Record<string, unknown>>;

/** Whether a body of JSON is one in structured mode, whatever type it was sent as. */
export function isStructured(body: Uint8Array): boolean {
  const json = readJson(body);
  return json.ok && isObject(json.value) && !isUnsaid(json.value.specversion);
}

/** The fields of an event, as `readFields` takes them. */
export function readStructured(body: Uint8Array): Fields {
  const json = readJson(body);
  if (!json.ok) return json;
  if (!isObject(json.value)) return fault('body', 'must be a JSON object');
  const { data, data_base64: binary, datacontenttype, ...attributes } = saidOf(json.value);
  if (binary !== undefined) return fault('data_base64', 'is not read; send "data" as JSON');
  if (datacontenttype !== undefined) {
    const header = () => (typeof datacontenttype === 'string' ? datacontenttype : '?');
    const { type } = contentTypeOf({ header });
    const isJson = /^application\/(?:[\w.-]+\+)?json$/.test(type);
    const coded = codingFault({ header: (name) => (name === 'content-type' ? header() : undefined), body });
    if (!isJson || coded !== undefined) return fault('datacontenttype', 'must be application/json, in UTF-8');
  }
  return fieldsOf(attributes, data, '');
}

function fieldsOf(given: Record<string, unknown>, data: unknown, prefix: string): Fields {
  const said = saidOf(given);
  const attributes: Attributes = said;
  const faults: Fault[] = [];
  for (const name of ATTRIBUTES) {
    const value: unknown = said[name];
    const isRequired = (REQUIRED as readonly string[]).includes(name);
    if (value === undefined ? isRequired : typeof value !== 'string') {
      const what = value === undefined ? 'is missing' : 'must be a text';
      faults.push({ field: prefix + name, detail: `${what}, as CloudEvents 1.0 has it` });
    }
  }
  if (typeof attributes.specversion === 'string' && attributes.specversion !== '1.0') {
    faults.push({ field: `${prefix}specversion`, detail: 'must be 1.0' });
  }
  if (!isUnsaid(data) && !isObject(data)) faults.push({ field: 'data', detail: 'must be a JSON object' });
  if (faults.length > 0) return { ok: false, faults };
  const fields = isObject(data) ? saidOf(data) : {};
  const { id, time, type, station = fields.station, subject = fields.user, job = fields.job } = attributes;
  if (fields.station !== undefined && fields.station !== station) return differs(`${prefix}station`, 'data.station');
  if (fields.job !== undefined && fields.job !== job) return differs(`${prefix}job`, 'data.job');
  if (fields.user !== undefined && fields.user !== subject) return differs(`${prefix}subject`, 'data.user');
  const inData = eventIn(fields.type);
  if (inData !== undefined && inData !== eventIn(type)) return differs(`${prefix}type`, 'data.type');
  const meant = { ...fields, ...present({ user: subject }) };
  const strange = meantElsewhere({ ...said, ...present({ user: subject, session: fields.session }) }, KNOWN);
  const [first] = [...OURS.flatMap((name) => strangeAttribute(name, said, meant)), ...strange];
  if (first !== undefined) return fault(prefix + first.field, NOT_READ);
  return {
    ok: true,
    value: {
      ...meant,
      ...present({ id, type: type?.split('.').at(-1), occurredAt: time ?? fields.occurredAt, station, job }),
    },
  };
}

/** Those that CloudEvents has, and those that its own extensions do; `user` and `session` are none of them. */
const KNOWN: ReadonlySet<string> = new Set([...ATTRIBUTES, 'user', 'session', 'dataschema', 'datacontenttype']);
const OURS = ['user', 'session', 'takeover'] as const;

const NOT_READ =
  'is no attribute that is read; the user is "subject" or "data.user", the session "data.session", and "takeOver" is in data too';

/** An extension attribute of this name, unless `data` or `subject` say the same. */
const strangeAttribute = (
  name: (typeof OURS)[number],
  given: Readonly<Record<string, unknown>>,
  meant: Readonly<Record<string, unknown>>,
): Fault[] => (isUnsaid(given[name]) || given[name] === meant[name] ? [] : [{ field: name, detail: NOT_READ }]);

const differs = (field: string, other: string) => fault(field, `differs from ${other}`);

/** As the HTTP binding has it: what stands in quotes is taken out, and what a header cannot hold is percent-encoded. */
function decodeHeader(value: string): string | undefined {
  if (!/^[\t\x20-\x7e]*$/.test(value)) return undefined;
  const bare = /^"(.*)"$/s.exec(value)?.[1]?.replace(/\\(.)/g, '$1') ?? value;
  try {
    return decodeURIComponent(bare);
  } catch {
    return undefined;
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
