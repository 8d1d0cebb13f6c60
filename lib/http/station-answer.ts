/** What a station is told: each verdict as an answer of the API, with sentences for whoever reads it. */
import { type Answer, json } from '../answer.ts';
import { assertNever } from '../assert.ts';
import type { LiveSeat } from '../service/live.ts';
import type { Meter } from '../service/ports.ts';
import type { StationEvent, Verdict } from '../session/commands.ts';
import type { Policy } from '../session/policy.ts';
import type { Past } from '../session/seat.ts';
import { type EventType, markOf } from '../session/word.ts';
import type { Registry } from '../station/registry.ts';
import type { StationRecord } from '../station/stations.ts';
import { DAY, type EpochMs, toRfc3339 } from '../time.ts';
import { badRequest, problem } from './problem.ts';
import { boundView, holderView, passedView, pastOf, pastViewForStation, placeView, sessionView } from './views.ts';

export interface AnswerParts {
  readonly registry: Registry;
  readonly meter: Meter;
}

/** One text for whatever there is. */
export const NOT_YOURS = 'this session belongs to another station';

/** Somebody speaks of what is not theirs: counted, for an honest fleet does so only while it is misconfigured. */
export function forbidden(
  { meter }: Pick<AnswerParts, 'meter'>,
  { realm }: StationRecord,
  { reason, detail }: { readonly reason: string; readonly detail: string },
): Answer {
  meter.add('Forbidden', 1, { realm, reason });
  return problem('forbidden', { detail });
}

/** What became of what was said, as the API answers it. */
export async function answerOf(
  parts: AnswerParts,
  heard: StationEvent,
  caller: StationRecord,
  verdict: Verdict,
): Promise<Answer> {
  const { type, policy, now, session } = heard;
  switch (verdict.is) {
    case 'opened':
    case 'made-anew':
    case 'logged-on-anew':
    case 'renewed':
    case 'resumed':
    case 'lingering':
    case 'repeated': {
      const view = { outcome: verdict.is, ...sessionView(verdict.seat, now), ...stateLostView(verdict, heard) };
      return json({ ...view, ...boundView(policy, caller) }, OPENED.has(verdict.is) ? 201 : 200);
    }
    case 'invalidated': {
      const view = sessionView(verdict.seat, now);
      const detail =
        `this session lost its seat at ${view.invalidatedAt} (${view.invalidatedBy}); ` +
        `it is made anew if its user comes back before ${view.resumableUntil}`;
      return problem('session-invalidated', { detail, members: view });
    }
    case 'ambiguous':
      return badRequest([{ field: 'session', detail: 'is missing: this user has several sessions at this station' }]);
    case 'taken':
      return refusal(parts, policy, verdict, now);
    case 'ended':
      return json({ outcome: 'ended', ...pastViewForStation(pastOf(verdict.seat)) });
    case 'gone':
      return goneView(type, caller, verdict.past);
    case 'overtaken':
      return overtaken(verdict.why, now);
    case 'stale':
      return json({ outcome: 'stale', detail: 'something newer has happened since; this ended nothing' });
    case 'nothing-open':
      return isFarewell(type)
        ? json({ outcome: 'nothing-open' })
        : problem('no-session', {
            detail: 'no session of this user is open at this station: show the login screen',
          });
    case 'not-yours':
      return forbidden(parts, caller, {
        reason: session === undefined || session.realm === caller.realm ? 'other-station' : 'other-realm',
        detail: NOT_YOURS,
      });
    default:
      return assertNever(verdict);
  }
}

const OPENED: ReadonlySet<Verdict['is']> = new Set(['opened', 'made-anew', 'logged-on-anew']);

type GoingOn = Extract<Verdict, { seat: LiveSeat }>;

/**
 * What the station itself kept of a session is lost where its user came back to it after it had lingered or lost its seat.
 * A repeat is told what its first try was.
 */
function stateLostView({ is, seat: { session } }: GoingOn, { type, station, id }: StationEvent): { stateLost?: true } {
  const cameBack = () =>
    session.openedBy === markOf({ type, station: station.id, id })
      ? session.madeAnewOf !== undefined
      : session.resumedAt === session.activeAt;
  const isLost = is === 'repeated' ? cameBack() : CAME_BACK.has(is);
  return isLost ? { stateLost: true } : {};
}

const CAME_BACK: ReadonlySet<Verdict['is']> = new Set(['made-anew', 'logged-on-anew', 'resumed']);

const isFarewell = (type: EventType): boolean => type === 'logout' || type === 'boot';

async function refusal(
  parts: AnswerParts,
  policy: Policy,
  { holders, retryAfterMs }: Extract<Verdict, { is: 'taken' }>,
  now: EpochMs,
): Promise<Answer> {
  // Its name and location are for people to read: as of yesterday will do.
  const views = await Promise.all(
    holders.map(async (seat) => holderView(seat, await parts.registry.find(seat.session.station, now, DAY))),
  );
  const offered = policy.takeOver === 'offer';
  return problem('seat-taken', {
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
function goneView(type: EventType, caller: StationRecord, past: Past | undefined): Answer {
  if (isFarewell(type))
    return json({ outcome: 'already-ended', ...(past === undefined ? {} : pastViewForStation(past)) });
  if (past === undefined) {
    return problem('session-ended', { detail: 'this session has ended: show the login screen' });
  }
  const view = pastViewForStation(past);
  if (mustLogOn(type, past)) {
    const place = placeView(caller.id, caller);
    const passed = passedView(past);
    const steps = passed.map(({ deadline, at }) => `${deadline} at ${at}`).join(', ');
    const detail = `the session at ${whereIs(place)} has ended by its deadlines (${steps}): the user must log in again`;
    return problem('logon-expired', { detail, members: { ...view, ...place, passed } });
  }
  return problem('session-ended', {
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

function overtaken(why: 'late' | 'newer-event', now: EpochMs): Answer {
  const detail =
    why === 'late'
      ? 'by its occurredAt this login is so old that its session would have ended'
      : 'by its occurredAt this login is older than what this station has said since; it opens nothing';
  const hint = `it is ${toRfc3339(now)} here. Leave occurredAt out if the station's clock is wrong`;
  return problem('login-overtaken', { detail: `${detail}; ${hint}` });
}
