/** The stations' side of the API: `POST /v1/stations/{station}/{event}`. Decodes, calls the keeper, encodes. */
import { randomUUID } from 'node:crypto';
import { assertNever } from '../assert.ts';
import { present } from '../present.ts';
import type { Answer, Keeper, Realms, StationEvent } from '../session/keeper.ts';
import type { LiveSeat } from '../session/live.ts';
import type { Policy } from '../session/policy.ts';
import type { Past, StationRecord } from '../session/ports.ts';
import { type Caller, callerOf } from '../station/caller.ts';
import type { Delivery } from '../station/delivery.ts';
import { type Dialect, native } from '../station/dialect.ts';
import type { Fairness } from '../station/fairness.ts';
import { checkMessage, EVENT_TYPES, type EventType, isEventType } from '../station/message.ts';
import type { Registry } from '../station/registry.ts';
import { type Clock, DAY, type EpochMs, toRfc3339 } from '../time.ts';
import { badRequest, problem } from './problem.ts';
import { type AppContext, type Complain, createApp, isStationId, readBytes, refusedType } from './request.ts';
import { boundView, holderView, passedView, pastOf, pastView, placeView, sessionView } from './views.ts';

export interface StationAppParts {
  readonly keeper: Keeper;
  readonly registry: Registry;
  readonly fairness: Fairness;
  readonly realms: Realms;
  /** The master secret, fetched when first needed. */
  readonly master: () => Promise<string>;
  readonly clock: Clock;
  readonly complain: Complain;
  /** Told what became of each event, for the log: never a user, never a key. */
  readonly observe: (seen: { station: string; event: string; outcome: string; status: number }) => void;
}

export function createStationApp(parts: StationAppParts) {
  const app = createApp(parts.complain);
  app.post('/v1/stations/:station/:event', (c) => hear(c, parts, c.req.param('station'), c.req.param('event')));
  return app;
}

async function hear(c: AppContext, parts: StationAppParts, id: string, event: string): Promise<Response> {
  const now = parts.clock();
  const body = await readBytes(c);
  if (body instanceof Response) return body;
  const delivery: Delivery = { station: id, event, body, header: (name) => c.req.header(name) };
  const caller = isStationId(id)
    ? await callerOf({ registry: parts.registry, master: await parts.master() }, delivery, now)
    : undefined;
  if (caller === undefined) {
    const detail = 'send "Authorization: Bearer <key>" with the key of the station that the path names';
    return problem(c, 'not-authenticated', { detail });
  }
  const { station } = caller;
  const wait = parts.fairness.admit({ id, isGateway: station.kind === 'gateway' }, now);
  if (wait > 0) {
    parts.observe({ station: id, event, outcome: 'too-fast', status: 429 });
    return problem(c, 'too-fast', { detail: 'this station says more than one of its kind can mean', retryAfter: wait });
  }
  const refused = refusedType(c, body);
  if (refused !== undefined) return refused;
  const dialect = native;
  return dialect.answer(await hearIn(c, parts, dialect, delivery, caller, now));
}

async function hearIn(
  c: AppContext,
  parts: StationAppParts,
  dialect: Dialect,
  delivery: Delivery,
  { station }: Caller,
  now: EpochMs,
): Promise<Response> {
  const policy = parts.realms.get(station.realm);
  if (policy === undefined) {
    const detail = `the realm "${station.realm}" of this station is no longer in the realms file`;
    return problem(c, 'forbidden', { detail });
  }
  if (delivery.event !== 'events' && !isEventType(delivery.event)) {
    return badRequest(c, [
      { field: 'event', detail: `must be one of ${EVENT_TYPES.join(', ')}, or events, in the path` },
    ]);
  }
  const said = dialect.read(delivery);
  if (!said.ok) return badRequest(c, said.faults);
  const message = checkMessage(said.value, { hasPanel: station.hasPanel, now });
  if (!message.ok) return badRequest(c, message.faults);

  const { id = randomUUID(), type, ...fields } = message.value;
  const heard: StationEvent = { ...present(fields), type, station, policy, now, id };
  const answer = await parts.keeper.hear(heard);
  const response = await answerOf(c, parts, heard, station, answer);
  parts.observe({ station: station.id, event: type, outcome: answer.is, status: response.status });
  return response;
}

async function answerOf(
  c: AppContext,
  parts: StationAppParts,
  { type, policy, now, id }: StationEvent,
  caller: StationRecord,
  answer: Answer,
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
      return c.json({ outcome: 'ended', ...pastView(pastOf(answer.seat)) });
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
      return problem(c, 'forbidden', { detail: 'this session belongs to another station' });
    default:
      return assertNever(answer);
  }
}

const OPENED: ReadonlySet<Answer['is']> = new Set(['opened', 'made-anew', 'logged-on-anew']);

type LiveAnswer = Extract<Answer, { seat: LiveSeat }>;

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

const CAME_BACK: ReadonlySet<Answer['is']> = new Set(['made-anew', 'logged-on-anew', 'resumed']);

const isFarewell = (type: EventType): boolean => type === 'logout' || type === 'boot';

async function refusal(
  c: AppContext,
  parts: StationAppParts,
  policy: Policy,
  { holders, retryAfterMs }: Extract<Answer, { is: 'taken' }>,
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
  if (isFarewell(type)) return c.json({ outcome: 'already-ended', ...(past === undefined ? {} : pastView(past)) });
  if (past === undefined) {
    return problem(c, 'session-ended', { detail: 'this session has ended: show the login screen' });
  }
  const view = pastView(past);
  if (mustLogOn(type, past)) {
    const place = placeView(caller.id, caller);
    const passed = passedView(past);
    const steps = passed.map(({ deadline, at }) => `${deadline} at ${at}`).join(', ');
    const detail = `the session at ${whereIs(place)} has ended by its deadlines (${steps}): the user must log in again`;
    return problem(c, 'logon-expired', { detail, members: { ...view, ...place, passed } });
  }
  return problem(c, 'session-ended', {
    detail: `this session ended at ${view.endedAt} (${view.reason}, by ${view.endedBy}): show the login screen`,
    members: view,
  });
}

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
