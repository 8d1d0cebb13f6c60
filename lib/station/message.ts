/**
 * What a station said: the native JSON body of an event, checked field by field. Nothing of it is trusted; what is
 * wrong is said with the name of the field.
 */

import * as z from 'zod/mini';
import { stationId } from '../names.ts';
import { present } from '../present.ts';
import { parseHandle, sealIn } from '../session/handle.ts';
import type { SessionName } from '../session/seat.ts';
import { isUserOf, keptBeside, USER_BYTES_MAX, type Users, userKey } from '../session/user-key.ts';
import { EVENT_TYPES, type EventType } from '../session/word.ts';
import { type EpochMs, fromRfc3339, MINUTE, toRfc3339 } from '../time.ts';
import { readJson } from './body.ts';
import { type Fault, fault, faultsOf, type Read } from './fault.ts';
import { meantElsewhere, typeElsewhere } from './look-alikes.ts';
import { isUnsaid, saidOf, withoutFiller } from './unsaid.ts';

/** For those who know a message and not its bytes. */
export { BODY_BYTES_MAX } from './body.ts';

export const isEventType = (text: string): text is EventType => (EVENT_TYPES as readonly string[]).includes(text);

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
  /** The key of the user. */
  readonly user?: string;
  /** Their name as it was typed, where it is to be kept. */
  readonly userAsTyped?: string;
}

const text = (what: string) => z.string({ error: `must be ${what}, as a string` });
export const CONTROL = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/u;

/** A name as it was typed: Unicode NFC, without blanks around it. @param faultIn goes on after the name of the field */
const typedName = (what: string, faultIn: (name: string) => string | undefined) =>
  z.pipe(
    text(what),
    z.transform((given: string, context) => {
      const name = given.normalize('NFC').trim();
      const message = CONTROL.test(name)
        ? 'must have no control characters'
        : name.includes('\ufffd')
          ? 'must not have U+FFFD, which stands for bytes that were no UTF-8: what was meant is not known'
          : faultIn(name);
      if (name !== '' && message === undefined) return name;
      context.issues.push({ code: 'custom', message: message ?? 'must not be empty', input: given });
      return z.NEVER;
    }),
  );

export const userName = typedName('the name of a user', (name) =>
  Buffer.byteLength(name) > USER_BYTES_MAX ? `must have at most ${USER_BYTES_MAX} bytes in UTF-8` : undefined,
);

const jobName = typedName('what the station calls the job', (name) =>
  [...name].length > JOB_LENGTH_MAX ? `must have at most ${JOB_LENGTH_MAX} characters` : undefined,
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
  return json.ok ? readFields(json.value, type) : json;
}

/**
 * The fields of an event, in whichever dialect they came. A path and a body that disagree are refused, and so is what names
 * somebody in a field that is not read: it must not be taken to mean whoever is at the panel.
 *
 * @param inPath what the path says has happened, where it does
 */
export function readFields(fields: unknown, inPath?: EventType): Read<Said> {
  const isObject = typeof fields === 'object' && fields !== null && !Array.isArray(fields);
  const given = isUnsaid(fields)
    ? {}
    : isObject
      ? Object.fromEntries(Object.entries(saidOf(fields)).map(([name, value]) => [name, withoutFiller(value)]))
      : fields;
  const parsed = messageSchema.safeParse(given);
  if (!parsed.success) return { ok: false, faults: faultsOf(parsed.error) };
  const others = given as Record<string, unknown>;
  const said = present(parsed.data);
  const misspelt = misspeltFields(others);
  const strange =
    misspelt.length > 0 ? misspelt : [...meantElsewhere(others, FIELDS), ...typeElsewhere(others, inPath)];
  if (strange.length > 0) return { ok: false, faults: strange };
  const { type = inPath } = said;
  if (inPath !== undefined && type !== inPath) {
    return fault('type', `is ${type}, but the path says ${inPath}; send it to …/events`);
  }
  return { ok: true, value: { ...said, ...present({ type }) } };
}

/** Whether a field of this name says something of an event, or looks as if it did. */
export const isAboutEvent = (field: string): boolean =>
  MEANT.has(plain(field)) || meantElsewhere({ [field]: '?' }, FIELDS).length > 0;

/** Of what station, and when, something is said, and how its realm names its users. */
export interface Circumstances {
  readonly hasPanel: boolean;
  readonly now: EpochMs;
  readonly users: Users;
}

/** Whether this may be said by such a station, now. */
export function checkMessage(said: Said, about: Circumstances): Read<Message> {
  const { type, user } = said;
  if (type === undefined) return fault('type', `is missing: one of ${EVENT_TYPES.join(', ')}`);
  const faults = [...addressFaults(said, about), ...timeFaults(said, about.now)];
  if (faults.length > 0) return { ok: false, faults };
  if (user === undefined) return { ok: true, value: { ...said, type } };
  const meant = userKey(user, about.users);
  if ('fault' in meant) return fault('user', meant.fault);
  return {
    ok: true,
    value: { ...said, type, user: meant.key, ...present({ userAsTyped: keptBeside(meant.key, user) }) },
  };
}

/** A `takeover` that is let pass would be a refusal that nobody can explain; a `User` beside `user` may be somebody else. */
function misspeltFields(given: Readonly<Record<string, unknown>>): Fault[] {
  return Object.keys(given).flatMap((field) => {
    const meant = MEANT.get(plain(field));
    if (meant === undefined || meant === field || given[meant] === given[field]) return [];
    const detail = meant in given ? `differs from "${meant}"` : `is no field; "${meant}" is`;
    return [{ field, detail }];
  });
}

const plain = (name: string): string => name.toLowerCase().replaceAll(/[_-]/g, '');
const FIELDS: ReadonlySet<string> = new Set(Object.keys(messageSchema.def.shape));
const MEANT = new Map([...FIELDS].map((name) => [plain(name), name]));

function addressFaults({ type, user, session, takeOver }: Said, { hasPanel, users }: Circumstances): Fault[] {
  if (type === 'login') {
    if (user === undefined) return [{ field: 'user', detail: 'is missing: a login names its user' }];
    return typeof takeOver === 'object' && !isUserOf(takeOver.user, user, users)
      ? [{ field: 'takeOver', detail: 'names a session of another user than "user" says' }]
      : [];
  }
  if (user !== undefined && session !== undefined && !isUserOf(session.user, user, users)) {
    return [{ field: 'session', detail: 'belongs to another user than "user" says' }];
  }
  if (hasPanel || type === 'boot' || user !== undefined || session !== undefined) return [];
  return [
    { field: 'session', detail: 'is missing: this station has no panel, so an event names its session or its user' },
  ];
}

function timeFaults({ occurredAt }: Said, now: EpochMs): Fault[] {
  if (occurredAt === undefined || occurredAt - now <= AHEAD_MAX) return [];
  const detail = `is more than five minutes in the future: it is ${toRfc3339(now)} here; leave it out if the station's clock is wrong`;
  return [{ field: 'occurredAt', detail }];
}
