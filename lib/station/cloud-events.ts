/**
 * CloudEvents 1.0 over HTTP, in binary and in structured mode.
 *
 * `id` names the delivery, `time` is when it happened, the last part of `type` (`login` of `com.example.login`) is the
 * event, `subject` is the user where `data` names none, and `data` has the other fields of native JSON. A gateway names
 * the station that it speaks for by the extension attribute `station`, or in `data`.
 */
import { present } from '../present.ts';
import type { Delivery } from './delivery.ts';
import { type Fault, fault, type Read, readJson } from './message.ts';

const ATTRIBUTES = ['specversion', 'id', 'source', 'type', 'time', 'subject', 'station'] as const;
const REQUIRED = ['specversion', 'id', 'source', 'type'] as const;

type Attributes = { readonly [Name in (typeof ATTRIBUTES)[number]]?: string };

/** Binary mode says so in headers; a message without an `id` or the like is still one, and is told what it lacks. */
export const isBinaryCloudEvent = ({ header }: Delivery): boolean => header('ce-specversion') !== undefined;

/** The fields of an event, as `readFields` takes them. */
export function readBinary(delivery: Delivery): Read<Record<string, unknown>> {
  const given: Record<string, unknown> = {};
  for (const name of ATTRIBUTES) {
    const value = delivery.header(`ce-${name}`);
    if (value === undefined) continue;
    const decoded = decodeHeader(value);
    if (decoded === undefined) return fault(`ce-${name}`, 'must be UTF-8, percent-encoded');
    given[name] = decoded;
  }
  const data = delivery.body.length === 0 ? { ok: true as const, value: undefined } : readJson(delivery.body);
  return data.ok ? fieldsOf(given, data.value, 'ce-') : data;
}

/** Whether a body of JSON is one in structured mode, whatever type it was sent as. */
export function isStructured(body: Uint8Array): boolean {
  const json = readJson(body);
  return json.ok && isObject(json.value) && json.value.specversion !== undefined;
}

/** The fields of an event, as `readFields` takes them. */
export function readStructured(body: Uint8Array): Read<Record<string, unknown>> {
  const json = readJson(body);
  if (!json.ok) return json;
  if (!isObject(json.value)) return fault('body', 'must be a JSON object');
  const { data, data_base64: binary, datacontenttype: type, ...attributes } = json.value;
  if (binary !== undefined) return fault('data_base64', 'is not read; send "data" as JSON');
  if (type !== undefined && !(typeof type === 'string' && /^application\/(?:[\w.-]+\+)?json\b/i.test(type))) {
    return fault('datacontenttype', 'must be application/json');
  }
  return fieldsOf(attributes, data, '');
}

function fieldsOf(given: Record<string, unknown>, data: unknown, prefix: string): Read<Record<string, unknown>> {
  const attributes: Attributes = given;
  const faults: Fault[] = [];
  for (const name of ATTRIBUTES) {
    const value: unknown = given[name];
    const isRequired = (REQUIRED as readonly string[]).includes(name);
    if (value === undefined ? isRequired : typeof value !== 'string' || value === '') {
      const what = value === undefined ? 'is missing' : 'must be a text that is not empty';
      faults.push({ field: prefix + name, detail: `${what}, as CloudEvents 1.0 has it` });
    }
  }
  if (typeof attributes.specversion === 'string' && attributes.specversion !== '1.0') {
    faults.push({ field: `${prefix}specversion`, detail: 'must be 1.0' });
  }
  if (data !== undefined && data !== null && !isObject(data)) {
    faults.push({ field: 'data', detail: 'must be a JSON object' });
  }
  if (faults.length > 0) return { ok: false, faults };
  const fields = isObject(data) ? data : {};
  const { id, time, type, station = fields.station, subject = fields.user } = attributes;
  if (fields.station !== undefined && fields.station !== station) return differs(`${prefix}station`, 'data.station');
  if (fields.user !== undefined && fields.user !== subject) return differs(`${prefix}subject`, 'data.user');
  return {
    ok: true,
    value: {
      ...fields,
      ...present({ id, type: type?.split('.').at(-1), occurredAt: time ?? fields.occurredAt, station, user: subject }),
    },
  };
}

const differs = (field: string, other: string) => fault(field, `differs from ${other}`);

/** As the HTTP binding has it: what a header cannot hold is percent-encoded. */
function decodeHeader(value: string): string | undefined {
  try {
    return decodeURIComponent(value);
  } catch {
    return undefined;
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
