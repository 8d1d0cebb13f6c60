/** `curfew dialect try` and `curfew dialect list`: what a dialect makes of a message, and what there are. */

import { printable } from '../printable.ts';
import { readJson } from '../realms/json-text.ts';
import { type Finding, readRealms } from '../realms/realms-file.ts';
import { handleOf, sealedHandleOf } from '../session/handle.ts';
import { ANY_CASE } from '../session/user-key.ts';
import { checkDialect, type Mapping, type Mappings } from '../soap/dialect-text.ts';
import { dialectCalled, dialectNames } from '../soap/shipped-dialects.ts';
import { readCall } from '../soap/soap.ts';
import { soap } from '../soap/soap-dialect.ts';
import { bytesMaxOf } from '../station/body.ts';
import type { Dialect } from '../station/delivery.ts';
import { type Fault, fault, type Read } from '../station/fault.ts';
import { checkMessage, type Message } from '../station/message.ts';
import { type EpochMs, toRfc3339 } from '../time.ts';
import type { RealmsFileCheck } from './policy-check.ts';
import { aligned, type Paint } from './terminal.ts';

export interface NamedMapping {
  readonly name: string;
  readonly mapping: Mapping;
}

/**
 * The dialect that a file has: a realms file, or a mapping by itself, as they are shipped. What is wrong with the file
 * comes as the check of a realms file says it. Throws where the file has no such dialect, or several and none is asked for.
 */
export function mappingIn(file: string, text: string, wanted?: string): NamedMapping | RealmsFileCheck {
  const json = readJson(text);
  if (!('fault' in json) && isObject(json.value) && 'operations' in json.value) {
    const name = wanted ?? 'tried';
    const findings: Finding[] = json.repeated.map(({ name }) => ({
      level: 'error',
      message: `${JSON.stringify(name)} stands there twice`,
    }));
    const mapping = checkDialect(name, json.value, (place, message) =>
      findings.push({ level: 'error', message: place === '' ? message : `${place} ${message}` }),
    );
    return mapping === undefined || findings.length > 0 ? { file, findings, realms: [] } : { name, mapping };
  }
  const { dialects, errors } = readRealms(text);
  if (errors.length > 0) return { file, findings: errors, realms: [] };
  const [only, ...others] = wanted === undefined ? dialects.keys() : [wanted];
  if (only === undefined) throw new Error(`${printable(file)} has no dialects; name a shipped one with --dialect`);
  if (others.length > 0) {
    throw new Error(
      `${printable(file)} has several dialects; name one with --dialect: ${[...dialects.keys()].join(', ')}`,
    );
  }
  return mappingCalled(only, dialects);
}

/** Throws where there is none. */
export function mappingCalled(name: string, own: Mappings = new Map()): NamedMapping {
  const mapping = dialectCalled(name, own);
  if (mapping !== undefined) return { name, mapping };
  const known = [...dialectNames(own)].join(', ');
  throw new Error(`there is no dialect ${JSON.stringify(printable(name))}; there are ${known}`);
}

export interface Tried {
  readonly dialect: string;
  /** Absent where the message calls no operation of the dialect's. */
  readonly operation?: string;
  readonly version?: string;
  /** What is said; absent where nothing is, or something is wrong. */
  readonly said?: { readonly [field: string]: string };
  readonly faults: readonly Fault[];
  readonly answers: readonly TriedAnswer[];
}

export interface TriedAnswer {
  readonly when: string;
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

/** What a message becomes, and what each answer to it looks like. Of a panel: other stations name a session or user. */
export async function tryDialect({ name, mapping }: NamedMapping, body: Uint8Array, now: EpochMs): Promise<Tried> {
  const dialect = soap(name, mapping, '1.1');
  const heard = hear(dialect, body, now);
  const call = readCall(body, mapping);
  const user = (heard.ok && heard.value?.user) || 'ana';
  const answers: TriedAnswer[] = [];
  for (const [when, status, members] of samplesOf(heard, user)) {
    const headers = status === 409 ? { 'retry-after': '299' } : {};
    const answer = dialect.answer({ status, headers, body: JSON.stringify(members) });
    answers.push({ when, status: answer.status, contentType: answer.headers['content-type'] ?? '', body: answer.body });
  }
  return {
    dialect: name,
    ...(call.ok && { operation: call.value.operation.name, version: call.value.version }),
    ...(heard.ok && heard.value !== undefined && { said: shownFields(heard.value) }),
    faults: heard.ok ? [] : heard.faults,
    answers,
  };
}

function hear(dialect: Dialect, body: Uint8Array, now: EpochMs): Read<Message | undefined> {
  const most = bytesMaxOf({ header: () => 'text/xml' });
  if (body.length > most) return fault('body', `has ${body.length} bytes; at most ${most} are read`);
  const said = dialect.read({ station: 'printer', event: 'events', header: () => undefined, body });
  if (!said.ok) return said;
  return said.value === undefined
    ? { ok: true, value: undefined }
    : checkMessage(said.value, { hasPanel: true, now, users: ANY_CASE });
}

/** A user as they were typed: which key that is, a realm says. */
function shownFields({ session, takeOver, occurredAt, user, userAsTyped = user, ...plain }: Message): {
  [field: string]: string;
} {
  return {
    ...plain,
    ...(userAsTyped !== undefined && { user: userAsTyped }),
    ...(session && { session: sealedHandleOf(session, session) }),
    ...(takeOver !== undefined && {
      takeOver: typeof takeOver === 'object' ? handleOf(takeOver) : String(takeOver),
    }),
    ...(occurredAt !== undefined && { occurredAt: toRfc3339(occurredAt) }),
  };
}

type Sample = readonly [when: string, status: number, members: object];

/** The API's own answers, with as much of them as a dialect can tell. */
function samplesOf(heard: Read<Message | undefined>, user: string): Sample[] {
  if (!heard.ok) {
    const detail = heard.faults.map(({ field, detail }) => `${field} ${detail}`).join('; ');
    return [['refused', 400, { type: 'urn:curfew:problem:bad-request', detail, errors: heard.faults }]];
  }
  const name = { realm: 'campus-print', user, seat: '0', epoch: 1795374000000 };
  const session = sealedHandleOf(name, { seal: 'k3V9wQ2xZp' });
  const held = { session, user, station: 'printer', heldUntil: '2026-11-22T19:20:00.000Z' };
  const none: Sample = [
    'nobody is logged in',
    410,
    { type: 'urn:curfew:problem:no-session', detail: 'no session is open' },
  ];
  switch (heard.value?.type) {
    case undefined:
      return [['whatever is open', 200, { outcome: 'acknowledged' }]];
    case 'login': {
      const holders = [{ name: 'Library 2', location: 'second floor', freeAt: '2026-11-22T19:04:59.000Z' }];
      const taken = { type: 'urn:curfew:problem:seat-taken', detail: 'logged in at Library 2 (second floor)', holders };
      return [
        ['opened', 201, { outcome: 'opened', ...held }],
        ['the seat is taken', 409, taken],
      ];
    }
    case 'logout':
    case 'boot':
      return [
        ['ended', 200, { outcome: 'ended', session, user, station: 'printer' }],
        ['nothing was open', 200, { outcome: 'nothing-open' }],
      ];
    default:
      return [['renewed', 200, { outcome: 'renewed', ...held }], none];
  }
}

export function triedReport(message: string, tried: Tried, paint: Paint): string {
  const { dialect, operation, version, said, faults, answers } = tried;
  const head = operation === undefined ? '' : `: ${printable(operation)}, in SOAP ${version}`;
  const { type = 'none: this is answered, and nothing has happened', ...fields } = said ?? {};
  const rows = Object.entries({ event: type, ...fields }).map(([field, value]) => [field, printable(value)]);
  const told =
    faults.length > 0
      ? faults.map(({ field, detail }) => `${paint('red', 'refused')}: ${printable(field)} ${printable(detail)}`)
      : aligned(rows);
  const answered = answers.map(
    ({ when, status, contentType, body }) =>
      `\n${paint('dim', `${when}: HTTP ${status}, ${contentType}`)}\n${printable(body)}`,
  );
  return [`${printable(message)} in ${dialect}${head}`, ...told, ...answered].join('\n');
}

/** Each dialect, where it is from, and what its operations are. */
export function dialectsReport(own: Mappings, file: string | undefined, paint: Paint): string {
  const rows = [...dialectNames(own)].map((name) => [
    name,
    own.has(name) ? printable(file ?? '') : 'shipped',
    operationsOf(name, own),
  ]);
  const [head = '', ...lines] = aligned([['dialect', 'from', 'operations'], ...rows]);
  return [paint('dim', head), ...lines].join('\n');
}

const operationsOf = (name: string, own: Mappings): string =>
  Object.entries(mappingCalled(name, own).mapping.operations)
    .map(([operation, cases]) => {
      const events = cases.flatMap(({ event }) => event ?? []);
      return `${operation}: ${events.length === 0 ? 'no event' : [...new Set(events)].join(' or ')}`;
    })
    .join(', ');

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
