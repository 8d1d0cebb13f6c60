/** What a panel is told in SOAP: the API's own answer, as a response of the operation's or as a Fault. */
import type { Answer } from '../answer.ts';
import { present } from '../present.ts';
import type { AnswerField, Mapping } from './dialect-text.ts';
import { type Call, ENVELOPES, type SoapVersion } from './soap.ts';
import { escapeXml } from './xml.ts';

/** What the fields of a template stand for; one that there is nothing for is empty. */
type Facts = { readonly [Field in AnswerField]?: string };

/** The members of the API's own answer that are told; an answer has some of them. */
interface NativeAnswer {
  readonly type?: string;
  readonly detail?: string;
  readonly outcome?: string;
  readonly session?: string;
  readonly user?: string;
  readonly station?: string;
  readonly heldUntil?: string;
  readonly errors?: readonly { readonly field: string }[];
  readonly holders?: readonly { readonly name: string; readonly location: string; readonly freeAt: string }[];
}

/** What a panel shows of a refusal, where the mapping has no text of its own. */
const FAULT_TEXTS: NonNullable<Mapping['faults']> = {
  'seat-taken': 'Already logged in at {place}. Log out there, or try again in {minutes} min.',
  'session-ended': 'Your session has ended. Please log in again.',
  'session-invalidated': 'Your session has ended. Please log in again.',
  'no-session': 'Nobody is logged in here. Please log in.',
  'logon-expired': 'Your session has ended. Please log in again.',
  'too-fast': 'Too much at once. Please try again in a moment.',
  unavailable: 'The login service does not answer. Please try again in a moment.',
};

/** The kinds of refusal that say how it stands with a session: who only gives notice has nothing to do about them. */
const OF_SESSIONS: ReadonlySet<string> = new Set([
  'seat-taken',
  'session-ended',
  'session-invalidated',
  'no-session',
  'logon-expired',
]);

export interface Telling {
  readonly mapping: Mapping;
  /** Of a message that could not be read, what is known is how it was sent. */
  readonly version: SoapVersion;
  readonly call?: Call;
  /** Of whom the message speaks: a refusal tells of the holders, and not of who asked. */
  readonly user?: string;
}

/** @param native an answer of the API's, in JSON */
export function soapAnswer(native: Answer, telling: Telling): Answer {
  const { version, call } = telling;
  const told = JSON.parse(native.body) as NativeAnswer;
  const kind = told.type?.split(':').at(-1) ?? '';
  const isHeard = native.status < 300 || (isTold(call) && OF_SESSIONS.has(kind));
  if (isHeard && call !== undefined) return envelope(200, version, responseOf(call, factsOf(told)));
  const code = codeOf(native, told);
  // Whatever went wrong, SOAP 1.1 wants 500; 1.2 tells the sender's faults from others.
  const answer = envelope(
    version === '1.2' && code === 'Client' ? 400 : 500,
    version,
    faultOf[version](code, textOf(native, told, kind, telling), kind),
  );
  const retryAfter = native.headers['retry-after'];
  return { ...answer, headers: { ...answer.headers, ...present({ 'retry-after': retryAfter }) } };
}

/** Its sender only tells, and does not ask. A job may come from elsewhere: whoever is logged in here is no reason to refuse it. */
const isTold = (call: Call | undefined): boolean => call?.meant.notice === true || call?.meant.about === 'job';

/** As SOAP 1.1 calls them. */
type FaultCode = 'VersionMismatch' | 'MustUnderstand' | 'Client' | 'Server';

function codeOf(native: Answer, { errors }: NativeAnswer): FaultCode {
  // Not by what the message says: the same one may be answered later.
  if (native.status >= 500 || native.status === 429) return 'Server';
  const field = errors?.[0]?.field;
  return field === 'Envelope' ? 'VersionMismatch' : field === 'Header' ? 'MustUnderstand' : 'Client';
}

interface FaultText {
  readonly text: string;
  readonly language: string;
}

function textOf(native: Answer, told: NativeAnswer, kind: string, { mapping, call, user }: Telling): FaultText {
  const { language = 'en' } = mapping;
  const refused = kind === 'bad-request' ? call?.meant.refuse : undefined;
  if (refused !== undefined) return { text: refused, language };
  const facts = { ...present({ user }), ...faultFactsOf(native, told) };
  const own = templateIn(mapping.faults, kind);
  if (own !== undefined) return { text: fill(own, facts), language };
  return { text: fill(templateIn(FAULT_TEXTS, kind) ?? '{detail}', facts), language: 'en' };
}

const templateIn = (templates: Mapping['faults'], kind: string): string | undefined =>
  templates !== undefined && Object.hasOwn(templates, kind) ? templates[kind as keyof typeof templates] : undefined;

const factsOf = ({ session, user, station, heldUntil, outcome, detail }: NativeAnswer): Facts => ({
  ...(session === undefined ? {} : { session }),
  ...(user === undefined ? {} : { user }),
  ...(station === undefined ? {} : { station }),
  ...(heldUntil === undefined ? {} : { until: heldUntil }),
  ...(outcome === undefined ? {} : { outcome }),
  ...(detail === undefined ? {} : { detail }),
});

/** The holder that frees its seat first is who a person can do something about. */
function faultFactsOf(native: Answer, told: NativeAnswer): Facts {
  const first = told.holders?.toSorted((one, other) => one.freeAt.localeCompare(other.freeAt))[0];
  const retryAfter = native.headers['retry-after'];
  return {
    ...factsOf(told),
    ...(first === undefined ? {} : { until: first.freeAt, place: placeText(first) }),
    ...(retryAfter === undefined ? {} : { minutes: String(Math.ceil(Number(retryAfter) / 60)) }),
  };
}

const placeText = ({ name, location }: { readonly name: string; readonly location: string }): string =>
  location === '' ? name : `${name} (${location})`;

const fill = (template: string, facts: Facts): string =>
  template.replace(/\{(\w+)\}/g, (_, field: AnswerField) => facts[field] ?? '');

interface Node {
  readonly name: string;
  readonly attributes: Map<string, string>;
  readonly nodes: Node[];
  text: string;
}

const node = (name: string): Node => ({ name, attributes: new Map(), nodes: [], text: '' });

function responseOf({ operation, meant }: Call, facts: Facts): string {
  const { name = `${operation.name}Response`, fields = {} } = meant.answer ?? {};
  const root = node(name);
  if (operation.namespace !== '') root.attributes.set('xmlns', operation.namespace);
  for (const [path, template] of Object.entries(fields)) {
    const [steps, attribute] = path.split(/\/?@/);
    const at = (steps === undefined || steps === '' ? [] : steps.split('/')).reduce(within, root);
    const text = fill(template, facts);
    if (attribute === undefined) at.text = text;
    else at.attributes.set(attribute, text);
  }
  return written(root);
}

/** The element of that name, made where there is none yet: fields that share a path share its elements. */
function within(parent: Node, name: string): Node {
  const known = parent.nodes.find((one) => one.name === name);
  if (known !== undefined) return known;
  const made = node(name);
  parent.nodes.push(made);
  return made;
}

function written({ name, attributes, nodes, text }: Node): string {
  const told = [...attributes].map(([attribute, value]) => ` ${attribute}="${escapeXml(value)}"`).join('');
  return `<${name}${told}>${escapeXml(text)}${nodes.map(written).join('')}</${name}>`;
}

/** Which problem of the API it is, for programs. */
const detailOf = (kind: string): string => `<problem xmlns="urn:curfew:problem">${escapeXml(kind)}</problem>`;

const CODES_OF_1_2: { readonly [Code in FaultCode]: string } = {
  VersionMismatch: 'VersionMismatch',
  MustUnderstand: 'MustUnderstand',
  Client: 'Sender',
  Server: 'Receiver',
};

const faultOf: { readonly [Version in SoapVersion]: (code: FaultCode, told: FaultText, kind: string) => string } = {
  '1.1': (code, { text }, kind) =>
    `<soap:Fault><faultcode>soap:${code}</faultcode><faultstring>${escapeXml(text)}</faultstring>` +
    `<detail>${detailOf(kind)}</detail></soap:Fault>`,
  '1.2': (code, { text, language }, kind) =>
    `<soap:Fault><soap:Code><soap:Value>soap:${CODES_OF_1_2[code]}</soap:Value></soap:Code>` +
    `<soap:Reason><soap:Text xml:lang="${escapeXml(language)}">${escapeXml(text)}</soap:Text></soap:Reason>` +
    `<soap:Detail>${detailOf(kind)}</soap:Detail></soap:Fault>`,
};

const envelope = (status: number, version: SoapVersion, body: string): Answer => ({
  status,
  headers: { 'content-type': `${MEDIA_TYPES[version]}; charset=utf-8` },
  body: `<?xml version="1.0" encoding="UTF-8"?><soap:Envelope xmlns:soap="${ENVELOPES[version]}"><soap:Body>${body}</soap:Body></soap:Envelope>`,
});

export const MEDIA_TYPES: { readonly [Version in SoapVersion]: string } = {
  '1.1': 'text/xml',
  '1.2': 'application/soap+xml',
};
