/** The stations' side of the API: `POST /v1/stations/{station}/{event}`. Decodes, calls the keeper, encodes. */
import { randomUUID } from 'node:crypto';
import { assertNever } from '../assert.ts';
import { present } from '../present.ts';
import type { Answer, Keeper, Realms, StationEvent } from '../session/keeper.ts';
import type { Policy } from '../session/policy.ts';
import type { Past, StationRecord } from '../session/ports.ts';
import { callerOf } from '../station/caller.ts';
import { EVENT_TYPES, type EventType, isEventType, readMessage } from '../station/message.ts';
import type { Registry } from '../station/registry.ts';
import { type Clock, DAY, type EpochMs, toRfc3339 } from '../time.ts';
import { badRequest, problem } from './problem.ts';
import { type AppContext, type Complain, createApp, isStationId, readBody } from './request.ts';
import { boundView, holderView, pastOf, pastView, sessionView } from './views.ts';

export interface StationAppParts {
  readonly keeper: Keeper;
  readonly registry: Registry;
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
  const authorization = c.req.header('authorization');
  const caller = isStationId(id)
    ? await callerOf({ registry: parts.registry, master: await parts.master() }, { station: id, authorization, now })
    : undefined;
  if (caller === undefined) {
    const detail = 'send "Authorization: Bearer <key>" with the key of the station that the path names';
    return problem(c, 'not-authenticated', { detail });
  }
  const policy = parts.realms.get(caller.realm);
  if (policy === undefined) {
    return problem(c, 'forbidden', {
      detail: `the realm "${caller.realm}" of this station is no longer in the realms file`,
    });
  }
  if (event !== 'events' && !isEventType(event)) {
    return badRequest(c, [
      { field: 'event', detail: `must be one of ${EVENT_TYPES.join(', ')}, or events, in the path` },
    ]);
  }
  const body = await readBody(c);
  if (body instanceof Response) return body;
  const type = event === 'events' ? undefined : event;
  const message = readMessage(body, { type, hasPanel: caller.hasPanel, now });
  if (!message.ok) return badRequest(c, message.faults);

  const { id: delivery = randomUUID(), type: heard, ...fields } = message.value;
  const said: StationEvent = { ...present(fields), type: heard, station: caller, policy, now, id: delivery };
  const answer = await parts.keeper.hear(said);
  const response = await answerOf(c, parts, said, caller, answer);
  parts.observe({ station: id, event: heard, outcome: answer.is, status: response.status });
  return response;
}

async function answerOf(
  c: AppContext,
  parts: StationAppParts,
  { type, policy, now }: StationEvent,
  caller: StationRecord,
  answer: Answer,
): Promise<Response> {
  switch (answer.is) {
    case 'opened':
    case 'renewed':
    case 'repeated': {
      const view = { outcome: answer.is, ...sessionView(answer.seat, now), ...boundView(policy, caller) };
      return c.json(view, answer.is === 'opened' ? 201 : 200);
    }
    case 'taken':
      return refusal(c, parts, policy, answer, now);
    case 'ended':
      return c.json({ outcome: 'ended', ...pastView(pastOf(answer.seat)) });
    case 'gone':
      return goneView(c, type, answer.past);
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

const isFarewell = (type: EventType): boolean => type === 'logout' || type === 'boot';

async function refusal(
  c: AppContext,
  parts: StationAppParts,
  policy: Policy,
  { holder, retryAfterMs }: Extract<Answer, { is: 'taken' }>,
  now: EpochMs,
): Promise<Response> {
  // Its name and location are for people to read: as of yesterday will do.
  const station = await parts.registry.find(holder.session.station, now, DAY);
  const view = holderView(holder, station);
  const offered = policy.takeOver === 'offer';
  const where = view.location === '' ? view.name : `${view.name} (${view.location})`;
  return problem(c, 'seat-taken', {
    detail:
      `logged in at ${where} since ${view.openedAt}, last heard of ${view.heardAt}; ` +
      `free at ${view.freeAt} at the latest, if nothing more is heard` +
      (offered ? '; send "takeOver": true to end that session and log in here' : ''),
    members: { holders: [view], takeOver: offered ? 'offered' : 'refused' },
    retryAfter: retryAfterMs,
  });
}

function goneView(c: AppContext, type: EventType, past: Past | undefined): Response {
  if (isFarewell(type)) return c.json({ outcome: 'already-ended', ...(past === undefined ? {} : pastView(past)) });
  if (past === undefined) {
    return problem(c, 'session-ended', { detail: 'this session has ended: show the login screen' });
  }
  const view = pastView(past);
  return problem(c, 'session-ended', {
    detail: `this session ended at ${view.endedAt} (${view.reason}, by ${view.endedBy}): show the login screen`,
    members: view,
  });
}

function overtaken(c: AppContext, why: 'late' | 'newer-event', now: EpochMs): Response {
  const detail =
    why === 'late'
      ? `by its occurredAt this login is so old that its session would have ended; it is ${toRfc3339(now)} here. Leave occurredAt out if the station's clock is wrong`
      : 'by its occurredAt this login is older than what this station has said since; it opens nothing';
  return problem(c, 'login-overtaken', { detail });
}
