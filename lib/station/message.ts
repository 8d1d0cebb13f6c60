/**
 * What a station said: the native JSON body of an event, checked field by field. Nothing of it is trusted; what is
 * wrong is said with the name of the field.
 */

import * as z from 'zod/mini';
import { stationId } from '../names.ts';
import { present } from '../present.ts';
import { readJson as readJsonText } from '../realms/json-text.ts';
import { parseHandle, sealIn } from '../session/handle.ts';
import type { SessionName } from '../session/seat.ts';
import { EVENT_TYPES, type EventType } from '../session/word.ts';
import { type EpochMs, fromRfc3339, MINUTE, toRfc3339 } from '../time.ts';

export const isEventType = (text: string): text is EventType => (EVENT_TYPES as readonly string[]).includes(text);

/** A body larger than any event needs is refused unread. */
export const BODY_BYTES_MAX = 16 * 1024;

/** A user's name is part of an item's key, and with the longest ids of stations and deliveries the item stays under 1 KB. */
const USER_BYTES_MAX = 200;

/** Room for a UUID, a ULID or a Standard Webhooks id. A seat's item holds four of them, within one write unit (1 KB). */
const ID_LENGTH_MAX = 48;

/** As in ids, there is room for a UUID; and for what people call a job. Of it an item keeps a mark. */
const JOB_LENGTH_MAX = 48;

/** A station's clock may be this far ahead of ours, and no more. */
const AHEAD_MAX = 5 * MINUTE;

/** What was said, in whichever dialect. */
export interface Said {
  /** Absent where neither path nor body say it. */
  readonly type?: EventType;
  readonly user?: string;
  readonly session?: NamedSession;
  readonly takeOver?: boolean | SessionName;
  /** What the station calls the job that has started or ended. */
  readonly job?: string;
  readonly occurredAt?: EpochMs;
  readonly id?: string;
  /** Whom a gateway speaks for. */
  readonly station?: string;
}

/** A session as its handle names it. Whether the seal is good is not looked at here. */
export interface NamedSession extends SessionName {
  readonly seal?: string;
}

/** What was said and may be said: it is known what it is, and of whom it speaks. */
export interface Message extends Said {
  readonly type: EventType;
}

/** One thing wrong with a request, by the field at fault. */
export interface Fault {
  readonly field: string;
  readonly detail: string;
}

export type Read<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly faults: readonly Fault[] };

export const fault = (field: string, detail: string): { ok: false; faults: Fault[] } => ({
  ok: false,
  faults: [{ field, detail }],
});

const text = (what: string) => z.string({ error: `must be ${what}, as a string` });
export const CONTROL = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/u;

/** One thing however its name was typed: Unicode NFC, without blanks around it. Case matters. */
const typedName = (what: string, isShort: (name: string) => boolean, most: string) =>
  z.pipe(
    text(what),
    z.pipe(
      z.transform((name: string) => name.normalize('NFC').trim()),
      z.string().check(
        z.minLength(1, 'must not be empty'),
        z.refine(isShort, `must have at most ${most}`),
        z.refine((name) => !CONTROL.test(name), 'must have no control characters'),
      ),
    ),
  );

export const userName = typedName(
  'the name of a user',
  (name) => Buffer.byteLength(name) <= USER_BYTES_MAX,
  `${USER_BYTES_MAX} bytes in UTF-8`,
);

const jobName = typedName(
  'what the station calls the job',
  (name) => [...name].length <= JOB_LENGTH_MAX,
  `${JOB_LENGTH_MAX} characters`,
);

const sessionName = z.pipe(
  text('the "session" of a login\'s answer'),
  z.transform((handle: string, context) => {
    const name = parseHandle(handle);
    if (name !== undefined) return { ...name, ...present({ seal: sealIn(handle) }) };
    context.issues.push({ code: 'custom', message: 'must be the "session" of a login\'s answer', input: handle });
    return z.NEVER;
  }),
);

const instant = z.pipe(
  text('an instant such as "2026-11-22T14:23:05Z" (RFC 3339)'),
  z.transform((given: string, context) => {
    const at = fromRfc3339(given);
    if (at !== undefined) return at;
    const message = 'must be an instant such as "2026-11-22T14:23:05Z" (RFC 3339)';
    context.issues.push({ code: 'custom', message, input: given });
    return z.NEVER;
  }),
);

export const deliveryId = text('the id of this delivery').check(
  z.minLength(1, 'must not be empty'),
  z.maxLength(ID_LENGTH_MAX, `must have at most ${ID_LENGTH_MAX} characters`),
  z.refine((id) => /^[\x21-\x7e]*$/.test(id), 'must be printable ASCII without blanks'),
);

/** Fields that are not named here are let pass, for firmware says more than it is asked; but see `misspelt`. */
export const messageSchema = z.object(
  {
    type: z.optional(z.enum(EVENT_TYPES, `must be one of ${EVENT_TYPES.join(', ')}`)),
    user: z.optional(userName),
    session: z.optional(sessionName),
    takeOver: z.optional(
      z.union([z.boolean(), sessionName], 'must be true or false, or the "session" of the holder that is to end'),
    ),
    job: z.optional(jobName),
    occurredAt: z.optional(instant),
    id: z.optional(deliveryId),
    station: z.optional(stationId),
  },
  'must be a JSON object',
);

/**
 * Reads a body of native JSON. An empty one says nothing more than the path, which is enough for a station with a panel to
 * log out, ping or boot.
 *
 * @param type what the path says; absent where the body says it
 */
export function readNative(body: Uint8Array, type?: EventType): Read<Said> {
  const json = body.length === 0 ? { ok: true as const, value: {} } : readJson(body);
  if (!json.ok) return json;
  const said = readFields(json.value);
  return said.ok ? { ok: true, value: { ...said.value, ...present({ type: type ?? said.value.type }) } } : said;
}

/** The fields of an event, in whichever dialect they came. */
export function readFields(fields: unknown): Read<Said> {
  const parsed = messageSchema.safeParse(fields);
  if (!parsed.success) return { ok: false, faults: faultsOf(parsed.error) };
  const misspelt = misspeltFields(Object.keys(fields as object));
  return misspelt.length > 0 ? { ok: false, faults: misspelt } : { ok: true, value: present(parsed.data) };
}

/** Whether this may be said by such a station, now. */
export function checkMessage(said: Said, about: { readonly hasPanel: boolean; readonly now: EpochMs }): Read<Message> {
  const { type } = said;
  if (type === undefined) return fault('type', `is missing: one of ${EVENT_TYPES.join(', ')}`);
  const message: Message = { ...said, type };
  const faults = [...addressFaults(message, about.hasPanel), ...timeFaults(message, about.now)];
  return faults.length === 0 ? { ok: true, value: message } : { ok: false, faults };
}

/** A `takeover` that is let pass would be a refusal that nobody can explain. */
function misspeltFields(given: readonly string[]): Fault[] {
  return given.flatMap((field) => {
    const meant = MEANT.get(plain(field));
    return meant === undefined || given.includes(meant) ? [] : [{ field, detail: `is no field; "${meant}" is` }];
  });
}

const plain = (name: string): string => name.toLowerCase().replaceAll(/[_-]/g, '');
const MEANT = new Map(Object.keys(messageSchema.def.shape).map((name) => [plain(name), name]));

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

export const faultsOf = (error: z.core.$ZodError): Fault[] =>
  error.issues.map(({ path, message }) => ({ field: path.length === 0 ? 'body' : path.join('.'), detail: message }));

function addressFaults({ type, user, session, takeOver }: Message, hasPanel: boolean): Fault[] {
  if (type === 'login') {
    if (user === undefined) return [{ field: 'user', detail: 'is missing: a login names its user' }];
    return typeof takeOver === 'object' && takeOver.user !== user
      ? [{ field: 'takeOver', detail: 'names a session of another user than "user" says' }]
      : [];
  }
  if (user !== undefined && session !== undefined && session.user !== user) {
    return [{ field: 'session', detail: 'belongs to another user than "user" says' }];
  }
  if (hasPanel || type === 'boot' || user !== undefined || session !== undefined) return [];
  return [
    { field: 'session', detail: 'is missing: this station has no panel, so an event names its session or its user' },
  ];
}

function timeFaults({ occurredAt }: Message, now: EpochMs): Fault[] {
  if (occurredAt === undefined || occurredAt - now <= AHEAD_MAX) return [];
  const detail = `is more than five minutes in the future: it is ${toRfc3339(now)} here; leave it out if the station's clock is wrong`;
  return [{ field: 'occurredAt', detail }];
}
