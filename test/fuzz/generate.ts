/** Requests that nobody would send, and requests that somebody would, nearly: of a seed, and so the same each time. */
import { createHash, createHmac } from 'node:crypto';
import type { Chance } from '../simulation/chance.ts';
import type { Shot } from '../support/edge.ts';
import { CONTENT_TYPES, FORM_TEXTS, HEADER_NAMES, HEADER_VALUES, JSON_TEXTS, TEXTS, XML_TEXTS } from './hostile.ts';

/** A registered station, and what it proves itself by. */
export interface Target {
  readonly id: string;
  readonly key: string;
  readonly proof: 'bearer' | 'basic' | 'signature' | 'url';
  /** Whether XML is read of it. */
  readonly speaksXml: boolean;
}

/** What the fuzzer knows of the world that it shoots at. */
export interface Known {
  readonly targets: readonly Target[];
  readonly realms: readonly string[];
  /** Handles and cursors that were answered. */
  readonly sessions: readonly string[];
  readonly cursors: readonly string[];
  readonly nowMs: number;
  /** What stations have sent of late, having proven who they are; and of that, what was signed and has changed something. */
  readonly sent: readonly Fuzzed[];
  readonly heard: readonly Fuzzed[];
  /** A station that has gone mad: all requests are its own. */
  readonly storming?: Target | undefined;
}

export interface Fuzzed extends Shot {
  /** Whoever sends it has not proven who they are: nothing may come of it. */
  readonly isUnproven: boolean;
  /** What no answer may repeat. */
  readonly secret?: string;
  /** Where it is signed by its own station: when. */
  readonly signedAtMs?: number;
}

/** Logins more often: of them the others speak. */
const EVENTS = ['login', 'login', 'login', 'logout', 'ping', 'activity', 'job-started', 'job-ended', 'boot', 'events'];
const USERS = ['ana', 'bo', 'cleo', 'dora', 'egon', 'José', 'Jose\u0301', 'a/b', 'a#b?c', '..', '李雷', '👩‍🔬'];

export function generate(c: Chance, known: Known): Fuzzed {
  const draw = known.storming === undefined ? c.next() : 0;
  if (draw < 0.57) return stationShot(c, known);
  if (draw < 0.65) return known.sent.length === 0 ? stationShot(c, known) : sentAgain(c, known);
  if (draw < 0.93) return operatorShot(c, known);
  return strangeAddress(c, known);
}

// --- what stations send

function stationShot(c: Chance, known: Known): Fuzzed {
  const target = known.storming ?? c.one(known.targets);
  const event = c.is(0.95) ? c.one(EVENTS) : pathText(c);
  const said = saidBy(c, known, target, event);
  return prove(c, known, target, event, said);
}

interface Said {
  readonly headers: Record<string, string>;
  readonly body: Buffer;
}

function saidBy(c: Chance, known: Known, target: Target, event: string): Said {
  const draw = c.next();
  const xmlShare = target.speaksXml ? 0.4 : 0.06;
  let said: Said;
  if (draw < xmlShare) {
    said = {
      headers: { 'content-type': c.is(0.8) ? 'text/xml' : 'application/soap+xml' },
      body: c.one(XML_BODIES),
    };
  } else if (draw < xmlShare + 0.08) {
    const body = c.is(0.5)
      ? c.one(FORM_BODIES)
      : Buffer.from(new URLSearchParams(textsOf(eventFields(c, known, target, event))).toString());
    said = { headers: { 'content-type': 'application/x-www-form-urlencoded' }, body };
  } else if (draw < xmlShare + 0.16) said = cloudEvent(c, known, event);
  else if (draw < xmlShare + 0.24) said = { headers: json(), body: c.one(JSON_BODIES) };
  else {
    const body = c.is(0.1) ? '' : JSON.stringify(eventFields(c, known, target, event));
    said = { headers: c.is(0.05) ? {} : json(), body: Buffer.from(body) };
  }
  const headers = c.is(0.08) ? { ...said.headers, ...strangeHeader(c) } : said.headers;
  return { headers, body: c.is(0.06) ? broken(c, said.body) : said.body };
}

const buffersOf = (texts: readonly string[]) => texts.map((one) => Buffer.from(one));
const XML_BODIES = buffersOf(XML_TEXTS);
const FORM_BODIES = buffersOf(FORM_TEXTS);
const JSON_BODIES = buffersOf(JSON_TEXTS);

const json = () => ({ 'content-type': 'application/json' });

/** What says which event it is, where the path does not or nobody has signed the path, and the fields. */
function eventFields(c: Chance, known: Known, { proof }: Target, event: string): Record<string, unknown> {
  const isSaid = event === 'events' || (proof === 'signature' && c.is(0.9));
  return { ...(isSaid ? { type: event === 'events' ? c.one(EVENTS) : event } : {}), ...fields(c, known) };
}

/** The fields of an event, some of them wrong. */
function fields(c: Chance, known: Known): Record<string, unknown> {
  const said: Record<string, unknown> = {};
  if (c.is(0.75)) said.user = c.one(USERS);
  if (c.is(0.4)) said.session = known.sessions.length > 0 && c.is(0.9) ? handle(c, known) : text(c);
  if (c.is(0.2)) said.job = c.is(0.9) ? `job-${c.int(0, 12)}` : text(c);
  if (c.is(0.3)) said.id = `d-${c.int(0, 500)}`;
  if (c.is(0.15)) said.takeOver = c.is(0.5) || known.sessions.length === 0 ? c.is(0.7) : c.one(known.sessions);
  if (c.is(0.15)) said.occurredAt = new Date(known.nowMs + c.int(-900_000, 400_000)).toISOString();
  if (c.is(0.06)) said.station = c.is(0.8) ? c.one(known.targets).id : text(c);
  if (c.is(0.18)) said[c.is(0.8) ? c.one(FIELDS) : text(c)] = strangeValue(c);
  return said;
}

/** As its station was told it, or without the seal: that one is asked about, whoever asks. */
const handle = (c: Chance, { sessions }: Known): string => c.one(sessions).replace(c.is(0.4) ? /\.[\w-]{10}$/ : '', '');

const FIELDS = ['user', 'session', 'job', 'id', 'takeOver', 'occurredAt', 'type', 'station', 'takeover', 'occurred_at'];

function strangeValue(c: Chance): unknown {
  return c.one<() => unknown>([
    () => text(c),
    () => text(c),
    () => c.int(-5, 5),
    () => 1e308 * c.next(),
    () => null,
    () => c.is(0.5),
    () => [text(c)],
    () => ({ [text(c)]: text(c) }),
    () => ({ toString: 1, valueOf: 2, length: -1 }),
    () => nested(c.int(2, 300)),
  ])();
}

function nested(depth: number): unknown {
  let value: unknown = 1;
  for (let n = 0; n < depth; n++) value = n % 2 === 0 ? [value] : { a: value };
  return value;
}

/** Not every value can be made a text by `String`. */
const plain = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

const textsOf = (said: Record<string, unknown>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(said).map(([name, value]) => [name, plain(value)].map(wellFormed) as [string, string]),
  );

function cloudEvent(c: Chance, known: Known, event: string): Said {
  const name = event === 'events' || c.is(0.1) ? c.one(EVENTS) : event;
  const type = c.is(0.5) ? name : `com.example.${name}`;
  const attributes: Record<string, unknown> = {
    specversion: '1.0',
    id: `c-${c.int(0, 500)}`,
    source: '/printers',
    type,
  };
  if (c.is(0.5)) attributes.subject = c.one(USERS);
  if (c.is(0.3))
    attributes[c.one(['time', 'id', 'type', 'specversion', 'subject', 'data_base64', 'station'])] = strangeValue(c);
  if (c.is(0.5)) {
    const data = c.is(0.8) ? fields(c, known) : strangeValue(c);
    return {
      headers: { 'content-type': 'application/cloudevents+json' },
      body: Buffer.from(JSON.stringify({ ...attributes, ...(c.is(0.7) ? { data } : {}) })),
    };
  }
  const headers = Object.entries(attributes).map(([name, value]) => [
    `ce-${name}`,
    c.is(0.5) ? encoded(plain(value)) : carried(plain(value)),
  ]);
  return {
    headers: { ...json(), ...Object.fromEntries(headers) },
    body: Buffer.from(JSON.stringify(fields(c, known))),
  };
}

/** Bytes lost, changed, or put in. */
function broken(c: Chance, body: Buffer): Buffer {
  if (body.length === 0) return Buffer.from([c.int(0, 255)]);
  const at = c.int(0, body.length - 1);
  return c.one([
    () => body.subarray(0, at),
    () => Buffer.concat([body.subarray(0, at), Buffer.from([c.int(0, 255)]), body.subarray(at + 1)]),
    () => Buffer.concat([body.subarray(0, at), Buffer.from(wellFormed(text(c))), body.subarray(at)]),
    () => Buffer.concat([body, body]),
  ])();
}

/** Not those by which a station proves itself: whether it has is known. */
const STRANGE_HEADERS = HEADER_NAMES.filter((one) => one !== 'authorization' && !one.startsWith('webhook-'));

function strangeHeader(c: Chance): Record<string, string> {
  const name = c.one(STRANGE_HEADERS);
  return Object.fromEntries([[name, name === 'content-type' ? c.one(CONTENT_TYPES) : c.one(HEADER_VALUES)]]);
}

// --- how they prove who they are

function prove(c: Chance, known: Known, target: Target, event: string, { headers, body }: Said): Fuzzed {
  const isUnproven = c.is(0.25);
  const other = c.one(known.targets.filter(({ id }) => id !== target.id));
  const post = (proof: Record<string, string>, url = `/v1/stations/${target.id}/${event}`): Fuzzed => ({
    method: 'POST',
    url,
    headers: { ...headers, ...proof },
    body,
    isUnproven,
    secret: target.key,
  });
  if (!isUnproven) return proven(target, post, known, event, body);
  return c.one<() => Fuzzed>([
    () => post({}),
    () => post({ authorization: c.one(HEADER_VALUES) }),
    () => post({ authorization: `Bearer ${other.key}` }),
    () => post({ authorization: `Bearer ${target.key.slice(0, -1)}` }),
    () => post({ authorization: `Bearer ${target.key}A` }),
    () => post({ authorization: `Bearer ${target.key.replace(/_1_/, '_2_').replace(/^whsec_./, 'whsec_')}x` }),
    () => post({ authorization: basic(other.id, target.key) }),
    () => post({ authorization: basic(target.id, other.key) }),
    // The right key, brought in another way than the station is registered for.
    () => post({ authorization: target.proof === 'bearer' ? basic(target.id, target.key) : `Bearer ${target.key}` }),
    () => post(signature(other.key, `m-${c.int(0, 99)}`, known.nowMs, body)),
    () => post(signature(target.key, `m-${c.int(0, 99)}`, known.nowMs + c.one([-1, 1]) * c.int(302_000, 1e9), body)),
    () => post(signature(target.key, 'm-1', known.nowMs, Buffer.concat([body, Buffer.from(' ')]))),
    () => post({ ...signature(target.key, 'm-1', known.nowMs, body), 'webhook-id': 'm-2' }),
    () =>
      post({
        'webhook-id': c.one(HEADER_VALUES),
        'webhook-timestamp': c.one(HEADER_VALUES),
        'webhook-signature': c.one(HEADER_VALUES),
      }),
    () => post({}, `/v1/stations/${target.id}/with/${other.key.replaceAll('/', '%2F')}/${event}`),
    () => post({}, `/v1/stations/${target.id}/with/${pathText(c)}/${event}`),
    () => post({}, `/v1/stations/${pathText(c)}/${event}`),
    () => post({ authorization: `Bearer ${target.key}` }, `/v1/stations/${other.id}/${event}`),
  ])();
}

function proven(
  target: Target,
  post: (proof: Record<string, string>, url?: string) => Fuzzed,
  { nowMs }: Known,
  event: string,
  body: Buffer,
): Fuzzed {
  switch (target.proof) {
    case 'bearer':
      return post({ authorization: `Bearer ${target.key}` });
    case 'basic':
      return post({ authorization: basic(target.id, target.key) });
    case 'signature':
      return { ...post(signature(target.key, `m-${hash(body)}`, nowMs, body)), signedAtMs: nowMs };
    case 'url':
      return post({}, `/v1/stations/${target.id}/with/${target.key}/${event}`);
  }
}

const basic = (user: string, password: string) => `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;

/** A delivery that is sent again has the same id. */
const hash = (body: Buffer): string => createHash('sha1').update(body).digest('hex').slice(0, 12);

function signature(key: string, id: string, atMs: number, body: Buffer): Record<string, string> {
  const seconds = Math.floor(atMs / 1_000);
  const secret = Buffer.from(key.replace(/^whsec_/, ''), 'base64');
  const seal = createHmac('sha256', secret).update(`${id}.${seconds}.`).update(body).digest('base64');
  return { 'webhook-id': id, 'webhook-timestamp': String(seconds), 'webhook-signature': `v1,${seal}` };
}

// --- what was sent before

/** Beyond this a signature is too old, or too far ahead, with a second of grace for the rounding. */
const SIGNED_MAX_MS = 301_000;

/** As whoever has listened may send it: the same, or the same bytes to another address or as another type. */
function sentAgain(c: Chance, known: Known): Fuzzed {
  const shot = c.one(known.heard.length > 0 && c.is(0.6) ? known.heard : known.sent);
  const isOver = shot.signedAtMs !== undefined && known.nowMs - shot.signedAtMs > SIGNED_MAX_MS;
  const same = { ...shot, isUnproven: isOver };
  if (c.is(0.5)) return same;
  const { 'content-type': _, ...typeless } = shot.headers;
  return c.one<() => Fuzzed>([
    () => ({ ...same, url: shot.url.replace(/[^/]*$/, c.is(0.9) ? c.one(EVENTS) : pathText(c)) }),
    () => ({ ...same, url: elsewhere(c, known, shot), isUnproven: true }),
    () => ({ ...same, headers: { ...typeless, 'content-type': c.one(CONTENT_TYPES) } }),
    () => ({ ...same, headers: typeless }),
    () => ({ ...same, headers: { ...shot.headers, ...strangeHeader(c) } }),
  ])();
}

function elsewhere(c: Chance, { targets }: Known, { url }: Fuzzed): string {
  const [, version, stations, station, ...rest] = url.split('/');
  const other = c.one(targets.filter(({ id }) => id !== station));
  return ['', version, stations, other.id, ...rest].join('/');
}

// --- what operators send

function operatorShot(c: Chance, known: Known): Fuzzed {
  const isOperator = c.is(0.8);
  const session = known.sessions.length > 0 && c.is(0.7) ? c.one(known.sessions) : pathText(c);
  const realm = c.is(0.8) ? c.one(known.realms) : pathText(c);
  const user = c.is(0.7) ? encoded(c.one(USERS)) : pathText(c);
  // Targets keep their keys: what is changed are others.
  const station = c.is(0.8) ? `scratch-${c.int(0, 40)}` : pathText(c);
  const [method, path, body] = c.one<() => [string, string, unknown?]>([
    () => ['GET', c.is(0.05) ? '/openapi.json' : '/v1/realms'],
    () => ['GET', '/v1/sessions'],
    () => ['GET', `/v1/sessions/${session}`],
    () => ['DELETE', `/v1/sessions/${session}`, strangely(c, { reason: 'because' })],
    () => ['GET', `/v1/realms/${realm}`],
    () => ['GET', `/v1/realms/${realm}/users/${user}`],
    () => ['GET', '/v1/stations'],
    () => ['GET', `/v1/stations/${c.is(0.5) ? c.one(known.targets).id : station}`],
    () => ['PUT', `/v1/stations/${station}`, registration(c, known)],
    () => ['DELETE', `/v1/stations/${station}`],
    () => ['POST', `/v1/stations/${station}/key`, strangely(c, { rotate: c.one(['0s', '24h', 'PT5M']) })],
    () => ['DELETE', `/v1/stations/${station}/key`],
  ])();
  const bytes = body === undefined ? Buffer.of() : c.is(0.15) ? c.one(JSON_BODIES) : Buffer.from(JSON.stringify(body));
  return {
    method,
    url: c.is(0.5) ? path : `${path}?${query(c, known)}`,
    headers: { ...(c.is(0.85) ? json() : {}), ...(c.is(0.1) ? strangeHeader(c) : {}) },
    body: c.is(0.05) ? broken(c, bytes) : bytes,
    isOperator,
    isUnproven: !isOperator && path !== '/openapi.json',
  };
}

function registration(c: Chance, { realms, targets }: Known): Record<string, unknown> {
  const proof = c.one(['bearer', 'basic', 'signature', 'url']);
  const entry = { realm: c.one(realms), kind: c.one(['hosted', 'pinging', 'application', 'gateway']), proof };
  return strangely(c, { ...entry, ...(c.is(0.2) ? { speaksFor: [c.one(targets).id, 'lib-*'] } : {}) });
}

const strangely = (c: Chance, said: Record<string, unknown>): Record<string, unknown> =>
  c.is(0.6) ? said : { ...said, [c.is(0.7) ? c.one([...Object.keys(said), ...REGISTERED]) : text(c)]: strangeValue(c) };
const REGISTERED = ['name', 'location', 'reportsActivity', 'speaksFor', 'dialect', 'certificate', 'proof'];

function query(c: Chance, known: Known): string {
  const parameters = Array.from({ length: c.int(1, 3) }, () => {
    const name = c.is(0.9) ? c.one(['realm', 'user', 'station', 'rung', 'limit', 'cursor']) : pathText(c);
    const value = c.one([
      () => encoded(c.one([...known.realms, ...USERS, 'active', 'failover', '1', '100', '1e2', '０'])),
      () => (known.cursors.length > 0 ? encoded(c.one(known.cursors)) : ''),
      () => pathText(c),
    ])();
    return `${name}=${value}`;
  });
  return parameters.join(c.is(0.95) ? '&' : ';');
}

// --- addresses

function strangeAddress(c: Chance, known: Known): Fuzzed {
  const target = c.one(known.targets);
  const parts = Array.from({ length: c.int(0, 7) }, () =>
    c.one([
      () => 'v1',
      () => 'stations',
      () => 'realms',
      () => 'sessions',
      () => 'with',
      () => 'key',
      () => target.id,
      () => pathText(c),
    ])(),
  );
  const isOperator = c.is(0.3);
  const carriesKey = c.is(0.5);
  return {
    method: c.one(['GET', 'PUT', 'POST', 'DELETE']),
    url: `/${parts.join('/')}${c.is(0.1) ? '/' : ''}${c.is(0.2) ? `?${query(c, known)}` : ''}`,
    headers: carriesKey ? { authorization: `Bearer ${target.key}` } : {},
    body: c.is(0.5) ? Buffer.of() : Buffer.from(JSON.stringify(fields(c, known))),
    isOperator,
    isUnproven: !isOperator && !carriesKey,
    secret: target.key,
  };
}

const text = (c: Chance): string => (c.is(0.85) ? c.one(TEXTS) : c.one(TEXTS) + c.one(TEXTS));

/** A part of a path, escaped, half escaped or not at all, but without what no client can send. */
function pathText(c: Chance): string {
  const part = text(c).slice(0, 2_000);
  return c.is(0.7)
    ? encoded(part)
    : wellFormed(part).replaceAll(/[^\x21-\x7e]|[?#]/gu, (char) => encodeURIComponent(char));
}

/** What HTTP can carry in a header. */
const carried = (value: string): string => wellFormed(value).replaceAll(/[\0\r\n]/g, ' ');
const encoded = (part: string): string => encodeURIComponent(wellFormed(part));
const wellFormed = (part: string): string => Buffer.from(part, 'utf8').toString('utf8');
