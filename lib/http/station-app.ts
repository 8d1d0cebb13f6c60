/** The stations' side of the API: `POST /v1/stations/{station}/{event}`. Decodes, calls the keeper, encodes. */

import { randomUUID } from 'node:crypto';
import { type Answer, json } from '../answer.ts';
import { isStationId } from '../names.ts';
import { present } from '../present.ts';
import type { Keeper } from '../service/keeper.ts';
import type { StationEvent, Verdict } from '../session/commands.ts';
import type { Realms } from '../session/policy.ts';
import type { SessionName } from '../session/seat.ts';
import { EVENT_TYPES, type EventType } from '../session/word.ts';
import type { Mappings } from '../soap/dialect-text.ts';
import { repairFault, saidBody } from '../station/body.ts';
import { type Caller, callerOf } from '../station/caller.ts';
import { isBinaryCloudEvent, isStructured } from '../station/cloud-events.ts';
import type { Delivery, Dialect } from '../station/delivery.ts';
import { dialectOf, native } from '../station/dialect.ts';
import type { Fairness } from '../station/fairness.ts';
import { type Fault, fault, faultsOf, type Read } from '../station/fault.ts';
import { spokenFor } from '../station/gateway.ts';
import type { Refused } from '../station/keep-refusals.ts';
import type { Masters } from '../station/keys.ts';
import {
  checkMessage,
  deliveryId,
  isAboutEvent,
  isEventType,
  type NamedSession,
  type Said,
} from '../station/message.ts';
import type { RefusedFor } from '../station/refusals.ts';
import { isSealed, sealOf } from '../station/seals.ts';
import type { StationRecord } from '../station/stations.ts';
import { isUnsaid } from '../station/unsaid.ts';
import { type Clock, type EpochMs, epochMs } from '../time.ts';
import { badRequest, problem, problemIn } from './problem.ts';
import { type App, type Complain, type HttpRequest, refusedSize, thrown } from './request.ts';
import { type AnswerParts, answerOf, forbidden, NOT_YOURS } from './station-answer.ts';
import { countFailure } from './station-meter.ts';
import type { holderView } from './views.ts';

export interface StationAppParts extends AnswerParts {
  readonly keeper: Keeper;
  readonly fairness: Fairness;
  readonly realms: Realms;
  /** Those of the realms file. */
  readonly dialects: Mappings;
  /** The master secret, fetched when first needed. */
  readonly master: () => Promise<Masters>;
  readonly clock: Clock;
  readonly complain: Complain;
  /** Told what became of each delivery, for the log: never a user, never a key. */
  readonly observe: (seen: Seen & { readonly status: number }) => void;
  /** Told of each refusal, to keep it. It never fails, and takes no longer than somebody at a panel can wait. */
  readonly refused: (refused: Refused) => Promise<void>;
}

/** What is known of a delivery, as it is found out. */
type Seen = {
  /** Whose proof it brought; `?` and the name that it claimed where it proved nothing. */
  by: string;
  /** Of which station it spoke. */
  station: string;
  event: string;
  outcome: string;
};

/** What a refusal is kept with, as it is found out. */
type Known = {
  /** The API's own answer, before its dialect has put it in other words. */
  answer?: Answer;
  delivery?: Delivery;
  station?: StationRecord;
  user?: string;
};

export const createStationApp = (parts: StationAppParts): App<'station'> => ({
  'POST /v1/stations/{station}/{event}': (request, path) => hear(request, parts, path),
  'POST /v1/stations/{station}/with/{key}/{event}': (request, path) => hear(request, parts, path),
});

type Signed = NonNullable<Caller['signed']>;

interface Path {
  readonly station: string;
  readonly event: string;
  readonly key?: string;
}

async function hear(request: HttpRequest, parts: StationAppParts, path: Path): Promise<Answer> {
  const event = path.event === 'events' || isEventType(path.event) ? path.event : 'other';
  const seen: Seen = { by: `?${claimed(path.station)}`, station: '', event, outcome: 'refused' };
  const known: Known = {};
  const answer = await prove(request, parts, { path, seen, known }).catch(countFailure(parts.meter, seen));
  parts.observe({ ...seen, status: answer.status });
  await noteRefusal(parts, { seen, known, answer });
  return answer;
}

/** In SOAP a refusal may be answered with 200: what counts is what the API itself says. */
async function noteRefusal(
  { refused, clock }: StationAppParts,
  { seen, known, answer: said }: { readonly seen: Seen; readonly known: Known; readonly answer: Answer },
): Promise<void> {
  const { answer = said, delivery, station, user } = known;
  const kind = problemIn(answer);
  if (kind === undefined || delivery === undefined) return;
  const { detail, holders } = JSON.parse(answer.body) as {
    readonly detail: string;
    readonly holders?: readonly Holder[];
  };
  const [first] = holders ?? [];
  await refused({
    now: clock(),
    delivery,
    event: seen.event,
    problem: kind,
    // What is told of others' seats is kept as such; whoever proves nothing is told nothing.
    ...(kind === 'seat-taken' || kind === 'not-authenticated' ? {} : { detail }),
    ...(kind === 'forbidden' ? { reason: seen.outcome } : {}),
    ...present({ station, user, holder: first && holderOf(first) }),
  });
}

type Holder = ReturnType<typeof holderView>;

const holderOf = ({ session, station, freeAt }: Holder): RefusedFor => ({
  session,
  station,
  freeAt: epochMs(Date.parse(freeAt)),
});

/** The name that somebody gave, unless it is none, or a key that has got into the wrong place. */
const claimed = (id: string): string => (isStationId(id) && !/^(?:curfew_|whsec_)/.test(id) ? id : '');

async function prove(
  request: HttpRequest,
  parts: StationAppParts,
  { path: { station: id, event, key }, seen, known }: { path: Path; seen: Seen; known: Known },
): Promise<Answer> {
  const now = parts.clock();
  const { header, headerNames, query, body, certificate } = request;
  const asCame: Delivery = { station: id, event, body, header, ...present({ urlKey: key, certificate }) };
  if (isStationId(id)) known.delivery = asCame;
  const tooLarge = refusedSize(request);
  if (tooLarge !== undefined) return tooLarge;
  const masters = await parts.master();
  // A signature is over the bytes as they came; what they say begins where nothing ends.
  const caller = isStationId(id) ? await callerOf({ ...parts, masters }, asCame, now) : undefined;
  const delivery: Delivery = { ...asCame, headerNames, query, body: saidBody(body) };
  if (caller === undefined) {
    const detail =
      'bring the key of the station that the path names, in the way in which it is registered; who signs sends all three ' +
      'webhook- headers, the time in seconds, within five minutes of the Date of this answer (docs/keys.md)';
    seen.outcome = 'not-authenticated';
    parts.meter.add('Unproven', 1);
    return problem('not-authenticated', { detail });
  }
  const { station } = caller;
  known.station = station;
  Object.assign(seen, { by: station.id, station: station.id });
  const dialect = await dialectOf(delivery, { ...present({ dialect: station.dialect }), mappings: parts.dialects });
  const wait = parts.fairness.admit(station, now);
  if (wait > 0) {
    seen.outcome = 'too-fast';
    const detail = 'this station says more than one of its kind can mean';
    const refused = problem('too-fast', { detail, retryAfter: wait });
    known.answer = refused;
    return 'read' in dialect ? dialect.answer(refused) : refused;
  }
  if (!('read' in dialect)) {
    seen.outcome = 'unknown-dialect';
    return problem('unknown-dialect', {
      detail: `${dialect.field} ${dialect.detail}`,
      members: { errors: [dialect] },
    });
  }
  const repaired = repairFault(request);
  if (repaired !== undefined) {
    known.answer = badRequest([repaired]);
    return dialect.answer(known.answer);
  }
  const heard = hearIn(parts, { dialect, delivery, caller, masters, now, seen, known });
  const counted = heard.catch(countFailure(parts.meter, seen));
  known.answer = await counted.catch((error: unknown) => thrown(error, parts.complain));
  return dialect.answer(known.answer);
}

interface Heard {
  readonly dialect: Dialect;
  readonly delivery: Delivery;
  readonly caller: Caller;
  readonly masters: Masters;
  readonly now: EpochMs;
  readonly seen: Seen;
  readonly known: Known;
}

async function hearIn(
  parts: StationAppParts,
  { dialect, delivery, caller, masters, now, seen, known }: Heard,
): Promise<Answer> {
  const { signed } = caller;
  const policy = parts.realms.get(caller.station.realm);
  if (policy === undefined) {
    const detail = `the realm "${caller.station.realm}" of this station is no longer in the realms file`;
    return problem('forbidden', { detail });
  }
  if (delivery.event !== 'events' && !isEventType(delivery.event)) {
    return badRequest([{ field: 'event', detail: `must be one of ${EVENT_TYPES.join(', ')}, or events, in the path` }]);
  }
  const inAddress = addressFault(delivery);
  if (inAddress !== undefined) return badRequest([inAddress]);
  const said = signed === undefined ? dialect.read(delivery) : readSigned(dialect, delivery, signed);
  if (!said.ok) return badRequest(said.faults);
  if (said.value === undefined) {
    seen.outcome = 'acknowledged';
    return json({ outcome: 'acknowledged' });
  }
  if (said.value.user !== undefined) known.user = said.value.user;
  const { station: spokenOf = caller.station.id } = said.value;
  const spoken = await spokenFor(parts.registry, caller.station, spokenOf, now);
  if (!spoken.ok) {
    const detail =
      `this station does not speak for a station "${spokenOf}" of its realm: that one must be registered there, ` +
      "and a gateway's speaksFor must name it";
    seen.outcome = spoken.why;
    return forbidden(parts, caller.station, { reason: spoken.why, detail });
  }
  const { station } = spoken;
  known.station = station;
  Object.assign(seen, { station: station.id, event: said.value.type ?? seen.event });
  const message = checkMessage(said.value, { hasPanel: station.hasPanel, now, users: policy.users });
  if (!message.ok) return badRequest(message.faults);

  const { id = randomUUID(), station: _, session: named, ...fields } = message.value;
  const session = SPEAKS_OF_NONE.has(fields.type) ? undefined : named;
  if (session?.seal !== undefined && !isSealed(masters, session, station.id, session.seal)) {
    seen.outcome = 'not-yours';
    return forbidden(parts, station, { reason: 'wrong-seal', detail: NOT_YOURS });
  }
  const heard: StationEvent = {
    ...present({ ...fields, session: session && nameIn(session), signedAt: signed?.at }),
    ...(session !== undefined && session.seal === undefined ? { isUnsealed: true } : {}),
    station,
    policy,
    // What came before may have waited: for a body, for a secret, for the registration.
    now: parts.clock(),
    id,
    sealOf: (name) => sealOf(masters, name, station.id),
  };
  const verdict = await parts.keeper.hear(heard);
  seen.outcome = verdict.is;
  Object.assign(known, present({ user: known.user ?? userIn(heard, verdict) }));
  return answerOf(parts, heard, station, verdict);
}

/** Whom a verdict is about where the event did not name them. Of a session that is not theirs nothing is kept. */
function userIn({ session }: StationEvent, verdict: Verdict): string | undefined {
  if (verdict.is === 'not-yours') return undefined;
  const past = 'past' in verdict ? verdict.past?.name : undefined;
  return session?.user ?? past?.user ?? ('seat' in verdict ? verdict.seat.key.user : undefined);
}

/** Of what is said in the address nothing is read: it must not be taken for nothing. */
function addressFault({ query = '' }: Delivery): Fault | undefined {
  const name = [...new URLSearchParams(query)].find(([field, value]) => !isUnsaid(value) && isAboutEvent(field))?.[0];
  return name === undefined
    ? undefined
    : { field: name.slice(0, 100), detail: 'stands in the address, where nothing is read: send it in the body' };
}

/** Whoever sends the same fields with every event may name one here too: it says nothing. */
const SPEAKS_OF_NONE: ReadonlySet<EventType> = new Set(['login', 'boot']);

const nameIn = ({ epoch, seat, realm, user }: NamedSession): SessionName => ({ epoch, seat, realm, user });

/**
 * A signature covers the body and neither path nor headers: what is said must stand there, or a recorded ping could be sent
 * to the address of a logout.
 */
function readSigned(dialect: Dialect, delivery: Delivery, signed: Signed): Read<Said | undefined> {
  if (isBinaryCloudEvent(delivery)) {
    return fault('ce-type', 'is not covered by the signature: send the event in structured mode');
  }
  const id = deliveryId.safeParse(signed.id);
  if (!id.success)
    return { ok: false, faults: faultsOf(id.error).map(({ detail }) => ({ field: 'webhook-id', detail })) };
  if (dialect === native && isStructured(delivery.body)) {
    return fault('content-type', 'is not covered by the signature: send a CloudEvent as application/cloudevents+json');
  }
  const said = dialect.read({ ...delivery, event: 'events' });
  if (!said.ok || said.value === undefined) return said;
  const { type } = said.value;
  if (type === undefined)
    return fault('type', 'is missing: a signed delivery says it in its body, not in the path alone');
  if (isEventType(delivery.event) && delivery.event !== type) {
    return fault('type', `is ${type}, but the path says ${delivery.event}; send it to …/events`);
  }
  return { ok: true, value: { ...said.value, id: id.data } };
}
