/** The stations' side of the API: `POST /v1/stations/{station}/{event}`. Decodes, calls the keeper, encodes. */

import { randomUUID } from 'node:crypto';
import * as z from 'zod/mini';
import { assertNever } from '../assert.ts';
import { present } from '../present.ts';
import type { Keeper } from '../service/keeper.ts';
import type { LiveSeat } from '../service/live.ts';
import type { Meter } from '../service/ports.ts';
import type { StationEvent, Verdict } from '../session/commands.ts';
import type { Policy, Realms } from '../session/policy.ts';
import type { Past } from '../session/seat.ts';
import { EVENT_TYPES, type EventType } from '../session/word.ts';
import type { Mappings } from '../soap/dialect-text.ts';
import { type Caller, callerOf } from '../station/caller.ts';
import { isBinaryCloudEvent, isStructured } from '../station/cloud-events.ts';
import type { Delivery } from '../station/delivery.ts';
import { type Dialect, dialectOf, native } from '../station/dialect.ts';
import type { Fairness } from '../station/fairness.ts';
import { spokenFor } from '../station/gateway.ts';
import type { Masters } from '../station/keys.ts';
import { checkMessage, deliveryId, fault, faultsOf, isEventType, type Read, type Said } from '../station/message.ts';
import type { Registry } from '../station/registry.ts';
import type { StationRecord } from '../station/stations.ts';
import { type Clock, DAY, type EpochMs, earliest, toRfc3339 } from '../time.ts';
import { badRequest, problem } from './problem.ts';
import { type AppContext, type Complain, createApp, isStationId, readBytes, thrown } from './request.ts';
import { countFailure } from './station-meter.ts';
import { boundView, holderView, passedView, pastOf, pastViewForStation, placeView, sessionView } from './views.ts';

export interface StationAppParts {
  readonly keeper: Keeper;
  readonly registry: Registry;
  readonly fairness: Fairness;
  readonly realms: Realms;
  /** Those of the realms file. */
  readonly dialects: Mappings;
  /** The master secret, fetched when first needed. */
  readonly master: () => Promise<Masters>;
  readonly meter: Meter;
  readonly clock: Clock;
  readonly complain: Complain;
  /** Told what became of each delivery, for the log: never a user, never a key. */
  readonly observe: (seen: Seen & { readonly status: number }) => void;
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

export function createStationApp(parts: StationAppParts) {
  const app = createApp(parts.complain);
  app.post('/v1/stations/:station/:event', (c) => hear(c, parts, c.req.param()));
  app.post('/v1/stations/:station/with/:key/:event', (c) => hear(c, parts, c.req.param()));
  return app;
}

type Signed = NonNullable<Caller['signed']>;

interface Path {
  readonly station: string;
  readonly event: string;
  readonly key?: string;
}

async function hear(c: AppContext, parts: StationAppParts, path: Path): Promise<Response> {
  const event = path.event === 'events' || isEventType(path.event) ? path.event : 'other';
  const seen: Seen = { by: `?${claimed(path.station)}`, station: '', event, outcome: 'refused' };
  const response = await prove(c, parts, path, seen).catch(countFailure(parts.meter, seen));
  parts.observe({ ...seen, status: response.status });
  return response;
}

/** The name that somebody gave, unless it is none, or a key that has got into the wrong place. */
const claimed = (id: string): string => (isStationId(id) && !/^(?:curfew_|whsec_)/.test(id) ? id : '');

async function prove(
  c: AppContext,
  parts: StationAppParts,
  { station: id, event, key }: Path,
  seen: Seen,
): Promise<Response> {
  const now = parts.clock();
  const body = await readBytes(c);
  if (body instanceof Response) return body;
  const proofs = present({ urlKey: key, certificate: certificateOf(c) });
  const delivery: Delivery = { station: id, event, body, header: (name) => c.req.header(name), ...proofs };
  const caller = isStationId(id)
    ? await callerOf({ ...parts, masters: await parts.master() }, delivery, now)
    : undefined;
  if (caller === undefined) {
    const detail =
      'bring the key of the station that the path names, in the way in which it is registered; who signs sends all three ' +
      'webhook- headers, the time in seconds, within five minutes of the Date of this answer (docs/keys.md)';
    seen.outcome = 'not-authenticated';
    parts.meter.add('Unproven', 1);
    return problem(c, 'not-authenticated', { detail });
  }
  const { station } = caller;
  Object.assign(seen, { by: station.id, station: station.id });
  const dialect = dialectOf(delivery, { ...present({ dialect: station.dialect }), mappings: parts.dialects });
  const wait = parts.fairness.admit(station, now);
  if (wait > 0) {
    seen.outcome = 'too-fast';
    const detail = 'this station says more than one of its kind can mean';
    const refused = problem(c, 'too-fast', { detail, retryAfter: wait });
    return 'read' in dialect ? dialect.answer(refused) : refused;
  }
  if (!('read' in dialect)) {
    seen.outcome = 'unknown-dialect';
    return problem(c, 'unknown-dialect', {
      detail: `${dialect.field} ${dialect.detail}`,
      members: { errors: [dialect] },
    });
  }
  const heard = hearIn(c, parts, { dialect, delivery, caller, now, seen }).catch(countFailure(parts.meter, seen));
  return dialect.answer(await heard.catch((error: unknown) => thrown(c, error, parts.complain)));
}

const authenticationSchema = z.object({ clientCert: z.object({ clientCertPem: z.string() }) });

/** The client's, where the domain asks for one; PEM. */
function certificateOf(c: AppContext): string | undefined {
  const context = c.env?.event?.requestContext;
  const authentication: unknown = context !== undefined && 'authentication' in context ? context.authentication : null;
  const parsed = authenticationSchema.safeParse(authentication);
  return parsed.success ? parsed.data.clientCert.clientCertPem : undefined;
}

interface Heard {
  readonly dialect: Dialect;
  readonly delivery: Delivery;
  readonly caller: Caller;
  readonly now: EpochMs;
  readonly seen: Seen;
}

async function hearIn(
  c: AppContext,
  parts: StationAppParts,
  { dialect, delivery, caller, now, seen }: Heard,
): Promise<Response> {
  const { signed } = caller;
  const policy = parts.realms.get(caller.station.realm);
  if (policy === undefined) {
    const detail = `the realm "${caller.station.realm}" of this station is no longer in the realms file`;
    return problem(c, 'forbidden', { detail });
  }
  if (delivery.event !== 'events' && !isEventType(delivery.event)) {
    return badRequest(c, [
      { field: 'event', detail: `must be one of ${EVENT_TYPES.join(', ')}, or events, in the path` },
    ]);
  }
  const said = signed === undefined ? dialect.read(delivery) : readSigned(dialect, delivery, signed);
  if (!said.ok) return badRequest(c, said.faults);
  if (said.value === undefined) {
    seen.outcome = 'acknowledged';
    return c.json({ outcome: 'acknowledged' });
  }
  const { station: named = caller.station.id } = said.value;
  const spoken = await spokenFor(parts.registry, caller.station, named, now);
  if (!spoken.ok) {
    const detail =
      `this station does not speak for a station "${named}" of its realm: that one must be registered there, ` +
      "and a gateway's speaksFor must name it";
    seen.outcome = spoken.why;
    return forbidden(c, parts, caller.station, { reason: spoken.why, detail });
  }
  const { station } = spoken;
  Object.assign(seen, { station: station.id, event: said.value.type ?? seen.event });
  const message = checkMessage(said.value, { hasPanel: station.hasPanel, now });
  if (!message.ok) return badRequest(c, message.faults);

  const { id = randomUUID(), type, station: _, ...fields } = message.value;
  const heard = {
    ...present({ ...fields, signedAt: signed && earliest(signed.at, now) }),
    type,
    station,
    policy,
    now,
    id,
  };
  const answer = await parts.keeper.hear(heard);
  seen.outcome = answer.is;
  return answerOf(c, parts, heard, station, answer);
}

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
  const said = dialect.read({ ...delivery, event: 'events' });
  if (!said.ok || said.value === undefined) return said;
  if (dialect === native && isStructured(delivery.body)) {
    return fault('content-type', 'is not covered by the signature: send a CloudEvent as application/cloudevents+json');
  }
  const { type } = said.value;
  if (type === undefined)
    return fault('type', 'is missing: a signed delivery says it in its body, not in the path alone');
  if (isEventType(delivery.event) && delivery.event !== type) {
    return fault('type', `is ${type}, but the path says ${delivery.event}; send it to …/events`);
  }
  return { ok: true, value: { ...said.value, id: id.data } };
}

/** Somebody speaks of what is not theirs: counted, for an honest fleet does so only while it is misconfigured. */
function forbidden(
  c: AppContext,
  { meter }: StationAppParts,
  { realm }: StationRecord,
  { reason, detail }: { readonly reason: string; readonly detail: string },
): Response {
  meter.add('Forbidden', 1, { realm, reason });
  return problem(c, 'forbidden', { detail });
}

async function answerOf(
  c: AppContext,
  parts: StationAppParts,
  { type, policy, now, id, session }: StationEvent,
  caller: StationRecord,
  answer: Verdict,
): Promise<Response> {
  switch (answer.is) {
    case 'opened':
    case 'made-anew':
    case 'logged-on-anew':
    case 'renewed':
    case 'resumed':
    case 'lingering':
    case 'repeated': {
      const view = { outcome: answer.is, ...sessionView(answer.seat, now), ...stateLostView(answer, id) };
      return c.json({ ...view, ...boundView(policy, caller) }, OPENED.has(answer.is) ? 201 : 200);
    }
    case 'invalidated': {
      const view = sessionView(answer.seat, now);
      const detail =
        `this session lost its seat at ${view.invalidatedAt} (${view.invalidatedBy}); ` +
        `it is made anew if its user comes back before ${view.resumableUntil}`;
      return problem(c, 'session-invalidated', { detail, members: view });
    }
    case 'ambiguous':
      return badRequest(c, [
        { field: 'session', detail: 'is missing: this user has several sessions at this station' },
      ]);
    case 'taken':
      return refusal(c, parts, policy, answer, now);
    case 'ended':
      return c.json({ outcome: 'ended', ...pastViewForStation(pastOf(answer.seat)) });
    case 'gone':
      return goneView(c, type, caller, answer.past);
    case 'overtaken':
      return overtaken(c, answer.why, now);
    case 'stale':
      return c.json({ outcome: 'stale', detail: 'something newer has happened since; this ended nothing' });
    case 'nothing-open':
      return isFarewell(type)
        ? c.json({ outcome: 'nothing-open' })
        : problem(c, 'no-session', {
            detail: 'no session of this user is open at this station: show the login screen',
          });
    case 'not-yours':
      return forbidden(c, parts, caller, {
        reason: session === undefined || session.realm === caller.realm ? 'other-station' : 'other-realm',
        detail: 'this session belongs to another station',
      });
    default:
      return assertNever(answer);
  }
}

const OPENED: ReadonlySet<Verdict['is']> = new Set(['opened', 'made-anew', 'logged-on-anew']);

type LiveAnswer = Extract<Verdict, { seat: LiveSeat }>;

/**
 * What the station itself kept of a session is lost where its user came back to it after it had lingered or lost its seat.
 * A repeat is told what its first try was.
 */
function stateLostView({ is, seat: { session } }: LiveAnswer, delivery: string): { stateLost?: true } {
  const cameBack =
    session.openedBy === delivery ? session.madeAnewOf !== undefined : session.resumedAt === session.activeAt;
  const isLost = is === 'repeated' ? cameBack : CAME_BACK.has(is);
  return isLost ? { stateLost: true } : {};
}

const CAME_BACK: ReadonlySet<Verdict['is']> = new Set(['made-anew', 'logged-on-anew', 'resumed']);

const isFarewell = (type: EventType): boolean => type === 'logout' || type === 'boot';

async function refusal(
  c: AppContext,
  parts: StationAppParts,
  policy: Policy,
  { holders, retryAfterMs }: Extract<Verdict, { is: 'taken' }>,
  now: EpochMs,
): Promise<Response> {
  // Its name and location are for people to read: as of yesterday will do.
  const views = await Promise.all(
    holders.map(async (seat) => holderView(seat, await parts.registry.find(seat.session.station, now, DAY))),
  );
  const offered = policy.takeOver === 'offer';
  return problem(c, 'seat-taken', {
    detail: [...told(views), ...(offered ? [offer(views)] : [])].join('; '),
    members: { holders: views, takeOver: offered ? 'offered' : 'refused' },
    retryAfter: retryAfterMs,
  });
}

type Holder = ReturnType<typeof holderView>;

/** Nobody reads on; `holders` has them all. */
const TOLD_MAX = 3;

function told(holders: readonly Holder[]): string[] {
  const [only, ...others] = holders
    .slice(0, TOLD_MAX)
    .map(
      (holder) =>
        `logged in at ${whereIs(holder)} since ${holder.openedAt}, last heard of ${holder.heardAt}; ` +
        `free at ${holder.freeAt} at the latest, if nothing more is heard`,
    );
  const untold = holders.length - TOLD_MAX;
  if (only === undefined || others.length === 0) return only === undefined ? [] : [only];
  return [`all ${holders.length} seats are taken: ${only}`, ...others, ...(untold > 0 ? [`and ${untold} more`] : [])];
}

function offer([longestSilent, ...others]: readonly Holder[]): string {
  if (longestSilent === undefined || others.length === 0) {
    return 'send "takeOver": true to end that session and log in here';
  }
  return (
    `send "takeOver": true to end the one at ${whereIs(longestSilent)}, which has been silent the longest, ` +
    'or "takeOver": "<its session>" to end another, and log in here'
  );
}

const whereIs = ({ name, location }: { name: string; location: string }): string =>
  location === '' ? name : `${name} (${location})`;

/** Only a session's own station is told of it, so the station of which this tells is the one that asked. */
function goneView(c: AppContext, type: EventType, caller: StationRecord, past: Past | undefined): Response {
  if (isFarewell(type))
    return c.json({ outcome: 'already-ended', ...(past === undefined ? {} : pastViewForStation(past)) });
  if (past === undefined) {
    return problem(c, 'session-ended', { detail: 'this session has ended: show the login screen' });
  }
  const view = pastViewForStation(past);
  if (mustLogOn(type, past)) {
    const place = placeView(caller.id, caller);
    const passed = passedView(past);
    const steps = passed.map(({ deadline, at }) => `${deadline} at ${at}`).join(', ');
    const detail = `the session at ${whereIs(place)} has ended by its deadlines (${steps}): the user must log in again`;
    return problem(c, 'logon-expired', { detail, members: { ...view, ...place, passed } });
  }
  return problem(c, 'session-ended', {
    detail: `this session ended at ${view.endedAt} (${causeOf(view)}): show the login screen`,
    members: view,
  });
}

/** `lease, by policy`; `operator`. */
const causeOf = ({ reason, endedBy }: ReturnType<typeof pastViewForStation>): string =>
  reason === endedBy ? reason : `${reason}, by ${endedBy}`;

/** Its user is there, but everything by which the session might have gone on has run out. */
const mustLogOn = (type: EventType, { session: { deadlines }, ended }: Past): boolean =>
  (type === 'activity' || type === 'job-started') &&
  ended.by === 'policy' &&
  [deadlines.lingerAt, deadlines.failoverMs, deadlines.rememberedUntil].some((rung) => rung !== undefined);

function overtaken(c: AppContext, why: 'late' | 'newer-event', now: EpochMs): Response {
  const detail =
    why === 'late'
      ? `by its occurredAt this login is so old that its session would have ended; it is ${toRfc3339(now)} here. Leave occurredAt out if the station's clock is wrong`
      : 'by its occurredAt this login is older than what this station has said since; it opens nothing';
  return problem(c, 'login-overtaken', { detail });
}
