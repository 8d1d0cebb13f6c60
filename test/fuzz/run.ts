/** Shoots at the real applications, and looks at each answer. */
import type { Seat, SeatKey } from '../../lib/session/seat.ts';
import { OTHERS_MAX } from '../../lib/session/word.ts';
import { chance } from '../simulation/chance.ts';
import { readDescription } from '../support/description.ts';
import { createEdge, type Edge, type Reply, type SeatChange } from '../support/edge.ts';
import { type Fuzzed, generate, type Target } from './generate.ts';

export interface Finding {
  /** Which request of the seed it was. */
  readonly at: number;
  readonly what: string;
  readonly shot: string;
}

export interface Fuzz {
  readonly requests: number;
  readonly statuses: Readonly<Record<string, number>>;
  /** Requests that changed something. */
  readonly changed: number;
  /** Requests of nobody known. */
  readonly unproven: number;
  /** Signed deliveries that were heard before, and came again in time. */
  readonly heardAgain: number;
  readonly findings: readonly Finding[];
  readonly slowest: { readonly ms: number; readonly shot: string };
  /** Bytes, after a collection: when a tenth is done, and at the end. `undefined` where nothing can be collected. */
  readonly heap: { readonly early: number; readonly late: number } | undefined;
}

const FINDINGS_MAX = 20;

/** So many requests later the tables are emptied, as days go by: what grows then is the applications'. */
const ROUND = 10_000;

/** An answer that takes longer is asked for again, to see whether it was the request or the machine. */
const SUSPECT_MS = 100;
const TRIES = 5;
/** Of a median: more than any request needs by a thousand times, so that a busy machine fails nothing. */
const BUDGET_MS = 1_000;

const STORM_EVERY = 4_000;
const STORM = 200;

const REMEMBERED = 60;

const REALMS = {
  campus: { profile: 'release-station', secretUrls: 'allow' },
  strict: { profile: 'release-station', takeOver: 'refuse', job: '30m' },
  suite: { profile: 'enterprise', seats: 1, job: '30m' },
  office: { profile: 'enterprise', seats: 3, takeOver: 'replace' },
};

/** What no request of these answers may have done. */
const REFUSALS = new Set([400, 403, 404, 413, 415, 429]);

export async function fuzz(options: {
  readonly seed: number;
  readonly requests: number;
  readonly onProgress?: (done: number, findings: number) => void;
}): Promise<Fuzz> {
  const { seed, requests, onProgress } = options;
  const c = chance(seed, 'fuzz');
  const edge = createEdge({ realms: REALMS });
  const describedOr = describer();
  const known = {
    targets: await register(edge),
    realms: Object.keys(REALMS),
    sessions: [] as string[],
    cursors: [] as string[],
    sent: [] as Fuzzed[],
    heard: [] as Fuzzed[],
  };
  /** The signatures of what has been heard since the tables were new, and the seats as each left them. */
  const signaturesHeard = new Map<string, readonly Seat[]>();
  const statuses: Record<string, number> = {};
  const findings: Finding[] = [];
  let changed = 0;
  let unproven = 0;
  let heardAgain = 0;
  let slowest = { ms: 0, shot: '' };
  let early: number | undefined;
  const prototype = Object.getOwnPropertyNames(Object.prototype).length;

  for (let at = 0; at < requests; at++) {
    if (at % ROUND === 0 && at > 0) {
      edge.empty();
      await register(edge);
      signaturesHeard.clear();
      known.sent.length = 0;
      known.heard.length = 0;
    }
    if (at === Math.max(ROUND, Math.ceil(requests / 10 / ROUND) * ROUND)) early = heapAfterCollection();
    // Now and then one station says more than it may, while time stands still.
    const storming =
      at % STORM_EVERY < STORM ? known.targets[Math.floor(at / STORM_EVERY) % known.targets.length] : undefined;
    if (storming === undefined) edge.later(c.is(0.0005) ? c.int(0, 7_200_000) : c.is(0.3) ? c.skewed(0, 6_000) : 0);
    const shot = generate(c, { ...known, nowMs: edge.now, storming });
    const signature = shot.isUnproven ? undefined : shot.headers['webhook-signature'];
    const left = signature === undefined ? undefined : signaturesHeard.get(signature);
    const changes: SeatChange[] = [];
    edge.changes = signature === undefined ? undefined : changes;
    const writes = edge.writes;
    const startedAt = performance.now();
    const reply = await answered(edge, shot);
    const ms = performance.now() - startedAt;
    const wrote = edge.writes - writes;
    const faults = [...faultsOf(edge, shot, reply, wrote), ...describedOr(shot.url, reply)];
    if (left !== undefined) heardAgain++;
    faults.push(...changes.flatMap((change) => doneTwice(change, left ?? [])));
    if (Object.getOwnPropertyNames(Object.prototype).length !== prototype) faults.push('Object.prototype has grown');
    edge.complaints.length = 0;
    if (ms > slowest.ms) {
      const median = ms < SUSPECT_MS ? ms : await medianOf(edge, shot);
      if (median > slowest.ms) slowest = { ms: median, shot: told(shot) };
      if (median > BUDGET_MS) faults.push(`takes ${median.toFixed(0)} ms`);
    }
    // One of each sort: a fault that is met once is met a thousand times.
    const isNew = (what: string) => !findings.some((known) => known.what.slice(0, 80) === what.slice(0, 80));
    for (const what of faults.filter(isNew).slice(0, FINDINGS_MAX - findings.length)) {
      findings.push({ at, what, shot: told(shot) });
    }
    const status = reply instanceof Error ? 'thrown' : String(reply.status);
    statuses[status] = (statuses[status] ?? 0) + 1;
    if (wrote > 0) changed++;
    if (shot.isUnproven) unproven++;
    if (!(reply instanceof Error) && !shot.isUnproven && shot.secret !== undefined) {
      if (signature !== undefined && left === undefined && reply.status < 300) {
        signaturesHeard.set(
          signature,
          changes.map(({ after }) => after),
        );
      }
      keep(known.sent, shot);
      if (signature !== undefined && wrote > 0) keep(known.heard, shot);
    }
    remember(known, reply);
    if (at % 1_000 === 999) onProgress?.(at + 1, findings.length);
  }
  edge.empty();
  const late = heapAfterCollection();
  const heap = early === undefined || late === undefined ? undefined : { early, late };
  return { requests, statuses, changed, unproven, heardAgain, findings, slowest, heap };
}

/** One of each proof and of each kind, in realms with different rules; some speak SOAP. */
async function register(edge: Edge): Promise<Target[]> {
  const targets: Target[] = [];
  const add = async (id: string, entry: Parameters<Edge['register']>[1]) => {
    const { key } = await edge.register(id, entry);
    targets.push({ id, key, proof: entry.proof ?? 'bearer', speaksXml: entry.dialect !== undefined });
  };
  await add('lib-1', { realm: 'campus', kind: 'hosted' });
  await add('lib-2', { realm: 'campus', kind: 'pinging', proof: 'basic', reportsActivity: true });
  await add('lib-3', { realm: 'campus', kind: 'hosted', proof: 'url' });
  await add('lib-4', { realm: 'campus', kind: 'hosted', dialect: 'sharp-osa' });
  await add('lib-5', { realm: 'strict', kind: 'hosted', proof: 'basic', dialect: 'xerox-convenience-authentication' });
  await add('lib-6', { realm: 'strict', kind: 'pinging', proof: 'signature' });
  await add('gate', { realm: 'campus', kind: 'gateway', proof: 'signature', speaksFor: ['lib-*', 'suite-1'] });
  await add('suite-1', { realm: 'suite', kind: 'application', reportsActivity: true });
  await add('suite-2', { realm: 'suite', kind: 'application', proof: 'signature', reportsActivity: true });
  await add('office-1', { realm: 'office', kind: 'application' });
  return targets;
}

const answered = (edge: Edge, shot: Fuzzed): Promise<Reply | Error> =>
  edge.call(shot).catch((error: unknown) => (error instanceof Error ? error : new Error(String(error))));

function faultsOf({ complaints }: Edge, shot: Fuzzed, reply: Reply | Error, wrote: number): string[] {
  if (reply instanceof Error) return [`throws ${reply.stack ?? reply.message}`];
  const { status, text, headers } = reply;
  const faults: string[] = [];
  // SOAP 1.1 has no other status for a Fault than 500.
  const isFault = status === 500 && /^(text|application\/soap)[/+]xml/.test(headers['content-type'] ?? '');
  if (status >= 500 && !isFault) faults.push(`answers ${status}: ${text.slice(0, 300)}`);
  faults.push(...complaints);
  if (shot.isUnproven && ![400, 401, 403, 404, 413].includes(status)) faults.push(`answers ${status} to nobody known`);
  if (wrote > 0 && (shot.isUnproven || REFUSALS.has(status))) {
    faults.push(`answers ${status}, and has written`);
  }
  if (shot.secret !== undefined && shot.secret.length > 20 && text.includes(shot.secret)) faults.push('repeats a key');
  return faults;
}

/**
 * What a delivery that was heard before has done again: it may only be told of it. In the session that it was about, while
 * no more words have been said there than a seat keeps the marks of: decision 17 says what is left.
 */
function doneTwice({ before, after }: SeatChange, left: readonly Seat[]): string[] {
  const first = left.find(({ key, epoch }) => before?.epoch === epoch && isSameSeat(key, after.key));
  if (before === undefined || first === undefined || before.revision - first.revision >= OTHERS_MAX) return [];
  const [then, now] = [before.session, after.session];
  if (now === undefined) return [];
  if (then === undefined || before.epoch !== after.epoch) {
    return first.revision === 1 ? ['signed, comes again and opens a session'] : [];
  }
  const names = Object.keys({ ...then.deadlines, ...now.deadlines }) as (keyof typeof now.deadlines)[];
  const moved = names.filter((name) => then.deadlines[name] !== now.deadlines[name]);
  return [
    ...(moved.length > 0 ? [`signed, comes again and moves ${moved.join(', ')}`] : []),
    ...(then.jobs === now.jobs ? [] : [`signed, comes again and has ${now.jobs} jobs running, not ${then.jobs}`]),
    ...(then.state === 'open' && now.state === 'ended' && now.ended.by !== 'policy'
      ? ['signed, comes again and ends a session']
      : []),
  ];
}

const isSameSeat = (a: SeatKey, b: SeatKey): boolean => a.realm === b.realm && a.user === b.user && a.seat === b.seat;

/** Of each sort of answer so many are looked at, then every so manieth. */
const DESCRIBED_ALL = 100;
const DESCRIBED_EVERY = 20;

/** What of an answer the API's description does not say. */
function describer(): (url: string, reply: Reply | Error) => string[] {
  const { deviations } = readDescription();
  const met = new Map<string, number>();
  return (url, reply) => {
    if (reply instanceof Error) return [];
    const { route, status, headers, text } = reply;
    // HTTP API itself answers what is no route; the functions must all the same.
    if (route === undefined)
      return [400, 401, 403, 404].includes(status) ? [] : [`answers ${status} to what is no route`];
    const [, kind] = /^\{"(?:type|outcome)":"([^"]*)"/.exec(text) ?? [];
    const sort = `${route} ${status} ${headers['content-type']} ${kind}`;
    const count = (met.get(sort) ?? 0) + 1;
    met.set(sort, count);
    return count <= DESCRIBED_ALL || count % DESCRIBED_EVERY === 0 ? deviations({ route, url }, reply) : [];
  };
}

async function medianOf(edge: Edge, shot: Fuzzed): Promise<number> {
  const times: number[] = [];
  for (let n = 0; n < TRIES; n++) {
    const startedAt = performance.now();
    await answered(edge, shot);
    times.push(performance.now() - startedAt);
  }
  return times.sort((a, b) => a - b)[Math.floor(TRIES / 2)] ?? 0;
}

function remember(known: { sessions: string[]; cursors: string[] }, reply: Reply | Error): void {
  if (reply instanceof Error || reply.status >= 300) return;
  // Read as JSON, this would cost more than the request did.
  const [session, cursor] = [/"session":"([^"]+)"/, /"cursor":"([^"]+)"/].map((one) => one.exec(reply.text)?.[1]);
  if (session !== undefined) keep(known.sessions, session);
  if (cursor !== undefined) keep(known.cursors, cursor);
}

function keep<T>(newest: T[], one: T): void {
  newest.unshift(one);
  newest.splice(REMEMBERED);
}

const heapAfterCollection = (): number | undefined => {
  if (globalThis.gc === undefined) return undefined;
  globalThis.gc();
  return process.memoryUsage().heapUsed;
};

const told = ({ method, url, headers, body, isOperator }: Fuzzed): string =>
  `${method} ${url.slice(0, 300)}${isOperator === true ? ' (operator)' : ''} ${JSON.stringify(headers).slice(0, 400)} ${JSON.stringify(body.toString('latin1').slice(0, 400))}`;
