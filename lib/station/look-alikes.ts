/**
 * Fields that are not ours and look as if they named a user, a session or an event. A message that means somebody must not
 * be taken for one that names nobody, which is about whoever is at the panel.
 */
import { parseHandle } from '../session/handle.ts';
import { EVENT_TYPES, type EventType } from '../session/word.ts';
import type { Fault } from './fault.ts';
import { isUnsaid } from './unsaid.ts';

/** What makers put before the name of a field, and behind it. */
const BEFORE =
  '(?:the|my|old|new|current|active|last|logged(?:in|on|out|off)?|panel|print(?:er)?|job|auth(?:enticated)?|' +
  'windows|win|domain|ad|ldap|sam|os|sso|remote|external|x|ce|curfew|target|for|of|id|library|patron|staff|student|employee)*';
const BEHIND =
  '(?:principal|account|login|logon|display|full|short|real|name|names|id|ids|identifier|nr|no|num|number|key|code|uid|uuid|guid|sid|ref|token|handle|value|text|' +
  'info|data|details?|object|record|list|e?mail|address|upn|to(?:log(?:out|off)|end))*';

const matching = (words: string): RegExp => new RegExp(`^${BEFORE}(?:${words})${BEHIND}$`);

/** However deep it stands. */
const USER = matching(
  'users?|usr|username|uname|login|logon|signin|account|acct|nutzer|benutzer|utilisateur|usuario|utente',
);
/** In the message itself only: of a thing, these mean something else. */
const PERSON = matching(
  'uid|upn|e?mail(?:address)?|sub|subject|person|principal|owner|member|employee|staff|student|patron|customer|' +
    'card|badge|chip|rfid|barcode|pin|whom?|requester|identity|originator|author|submitter|initiator|creator|createdby|occupant|guest|visitor|nameid|cn',
);
/** `requestingUserName`, `userToLogout`, `endSession`: whatever stands before it. Deeper down it may be of a thing's settings. */
const ANY_USER = new RegExp(`(?:users?|usr)${BEHIND}$`);
const ANY_SESSION = new RegExp(`sess(?:ion)?${BEHIND}$`);
/** `printerName` is no person's. */
const NAME = /^(?:display|full|real|first|last|given|sur|family|nick|short|unique)?name$/;
/** What stands in these stands in the message itself. */
const WRAPPER =
  /^(?:data|payload|body|message|params?|parameters|arguments|args|attributes|content|request|properties|fields)?$/;
const SESSION = matching('session|sess|sid|jsession|handle|ticket|holder|token|accesstoken|authtoken');

/** Longer than any of these. */
const NAME_LENGTH_MAX = 48;

const letters = (name: string): string =>
  name
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/[^\p{L}]/gu, '');

/** Which field of ours somebody means who gives this one such a value. @param isTop it stands in the message itself */
function meantBy(name: string, value: unknown, isTop: boolean): 'user' | 'session' | undefined {
  if (typeof value === 'boolean' || saysNothing(value)) return undefined;
  if (typeof value === 'string' && parseHandle(value) !== undefined) return 'session';
  const plain = letters(name);
  if (plain.length > NAME_LENGTH_MAX) return undefined;
  if (SESSION.test(plain) && (isTop || plain.includes('session'))) return 'session';
  if (USER.test(plain)) return 'user';
  if (!isTop) return undefined;
  if (ANY_SESSION.test(plain)) return 'session';
  const isOfPerson = ANY_USER.test(plain) || PERSON.test(plain) || (NAME.test(plain) && eventIn(value) === undefined);
  return isOfPerson ? 'user' : undefined;
}

/** An object of nothing but nulls names nobody. */
const saysNothing = (value: unknown): boolean =>
  isUnsaid(value) || (typeof value === 'object' && value !== null && Object.values(value).every(saysNothing));

/**
 * Nothing where the message says its user or its session: then it is about nobody else. Firmware may say more than it is
 * asked, and a mail address beside a user harms nobody.
 *
 * @param known the fields of the message that are read
 */
export function meantElsewhere(fields: Readonly<Record<string, unknown>>, known: ReadonlySet<string>): Fault[] {
  if (!isUnsaid(fields.user) || !isUnsaid(fields.session)) return [];
  return lookAlikes(Object.entries(fields).filter(([name]) => !known.has(name)));
}

/** Of fields none of which is read: those that look as if they named a user or a session. */
export const lookAlikes = (fields: readonly (readonly [name: string, value: unknown])[]): Fault[] =>
  fields.flatMap(([name, value]) => strangeIn(name, value, [name])).slice(0, FAULTS_MAX);

/** Nobody reads on. */
const FAULTS_MAX = 5;
const PLACE_LENGTH_MAX = 100;

function strangeIn(name: string, value: unknown, place: readonly string[]): Fault[] {
  const isTop = place.slice(0, -1).every((step) => WRAPPER.test(letters(step)));
  const meant = meantBy(name, value, isTop);
  if (meant !== undefined) {
    return [{ field: place.join('.').slice(0, PLACE_LENGTH_MAX), detail: `is no field; "${meant}" is` }];
  }
  if (typeof value !== 'object' || value === null) return [];
  const within = Object.entries(value);
  // The places of a list are no names.
  return within.flatMap(([inner, one]) => strangeIn(Array.isArray(value) ? name : inner, one, [...place, inner]));
}

const TYPE =
  /^(?:event|events|eventtype|eventname|eventkind|action|actiontype|operation|op|command|cmd|method|verb|kind|messagetype|msgtype|notification|notificationtype|trigger|status)$/;

/**
 * What says under another name that something else has happened than the path does, or `type`; or, where neither says
 * anything, that anything has.
 */
export function typeElsewhere(fields: Readonly<Record<string, unknown>>, inPath: EventType | undefined): Fault[] {
  const inType = eventIn(fields.type);
  const said = inType ?? inPath;
  return Object.entries(fields).flatMap(([field, value]) => {
    const type = TYPE.test(letters(field)) ? eventIn(value) : undefined;
    if (type === undefined || type === said) return [];
    const where = inType === undefined ? 'the path says' : '"type" is';
    return [{ field, detail: said === undefined ? 'is no field; "type" is' : `is ${type}, but ${where} ${said}` }];
  });
}

/** `com.example.LogOut` is a logout. */
export function eventIn(value: unknown): EventType | undefined {
  if (typeof value !== 'string') return undefined;
  const plain = letters(value.split(/[.:/#]/).at(-1) ?? '');
  return EVENT_TYPES.find((type) => letters(type) === plain);
}
