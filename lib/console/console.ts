/**
 * The console: what two functions answer to a CloudWatch dashboard. One looks and one ends, so that the right to look and
 * the right to end are two grants. Nothing is decided here.
 */

import { present } from '../present.ts';
import type { Keeper } from '../service/keeper.ts';
import { listLive, lookUp } from '../service/live.ts';
import { BadCursor, type History, type Seats, Unavailable } from '../service/ports.ts';
import { sessionsOfUser } from '../service/user-sessions.ts';
import { parseHandle, sealedHandleOf } from '../session/handle.ts';
import type { Realms } from '../session/policy.ts';
import { nameOf } from '../session/seat.ts';
import type { StationRecord, Stations } from '../station/stations.ts';
import type { Clock } from '../time.ts';
import { type Asked, readAsked } from './asked.ts';
import { DESCRIPTION } from './description.ts';
import { type Ended, endedView, whyOf } from './ended-view.ts';
import { framed, lookButton, notice, type Scene } from './frame.ts';
import { listingView, PAGE } from './listing.ts';
import { html, type Markup } from './markup.ts';
import { backButton, HISTORY_PAGE, type Shown, sessionPage } from './session-page.ts';

/** Called with errors that nobody foresaw; the dashboard's viewer learns nothing of them. */
type Complain = (message: string, error: unknown) => void;

export interface ConsoleParts {
  readonly seats: Seats;
  readonly history: History;
  readonly stations: Pick<Stations, 'read'>;
  readonly realms: Realms;
  readonly shards: number;
  /** Over how many shards sessions may ever have been spread. */
  readonly shardsEver: number;
  readonly clock: Clock;
  readonly complain: Complain;
  /** The ARN of the function that ends sessions. */
  readonly end: string;
}

/** @param widget the ARN by which this function was called */
export type Widget = (event: unknown, widget: string) => Promise<string>;

/** Markdown for who is about to add the widget, otherwise HTML. */
export function createConsole(parts: ConsoleParts): Widget {
  return async (event, widget) => {
    if (isDescribing(event)) return DESCRIPTION;
    return answered(event, { ...parts, widget }, async (asked, scene) =>
      asked.session === undefined ? listing(parts, scene) : session(parts, scene, asked.session, asked.past),
    );
  };
}

const isDescribing = (event: unknown): boolean =>
  typeof event === 'object' && event !== null && 'describe' in event && event.describe !== false;

async function listing(parts: ConsoleParts, scene: Scene): Promise<Markup> {
  const { filter, cursor } = scene.listing;
  const fitsFew = filter.station !== undefined || filter.user !== undefined;
  const query = {
    shards: parts.shards,
    shardsEver: parts.shardsEver,
    limit: fitsFew ? 2 * PAGE : PAGE,
    now: scene.viewed.now,
  };
  let page = await listLive(parts.seats, filter, { ...query, ...present({ cursor }) });
  for (let look = 1; look < LOOKS_MAX && page.items.length === 0 && page.cursor !== undefined; look++) {
    page = await listLive(parts.seats, filter, { ...query, cursor: page.cursor });
  }
  const stations = await stationsNamed(
    parts,
    page.items.map((seat) => seat.session.station),
  );
  return listingView(scene, { page, stations, realms: [...parts.realms.keys()] });
}

/** How often it looks on for a filter that has found nothing yet. A look of two pages goes through 500 sessions. */
const LOOKS_MAX = 5;

/** Each read once. */
async function stationsNamed(
  { stations }: Pick<ConsoleParts, 'stations'>,
  ids: readonly string[],
): Promise<ReadonlyMap<string, StationRecord | undefined>> {
  return new Map(await Promise.all([...new Set(ids)].map(async (id) => [id, await stations.read(id)] as const)));
}

async function session(parts: ConsoleParts, scene: Scene, handle: string, cursor?: string): Promise<Markup> {
  const { now } = scene.viewed;
  const name = parseHandle(handle);
  const found = name && (await lookUp(parts, name, now));
  if (found === undefined) {
    return html`${notice('bad', html`Nothing is known of such a session: it is not remembered any more, or never was.`)}${backButton(scene)}`;
  }
  const shown: Shown = 'key' in found ? { name: nameOf(found), session: found.session, ended: undefined } : found;
  const [station, user] = await Promise.all([
    parts.stations.read(shown.session.station),
    sessionsOfUser(parts, shown.name, { limit: HISTORY_PAGE, now, ...present({ cursor }) }),
  ]);
  return sessionPage(scene, { shown, station, user });
}

export interface EndingParts {
  readonly keeper: Pick<Keeper, 'end'>;
  readonly clock: Clock;
  readonly complain: Complain;
  /** Told of each session that was ended. */
  readonly audit: (did: { principal: string; action: 'end-session'; on: string; note: string }) => void;
}

/** @param requestId names this call, in the log and in CloudTrail: Lambda does not say who calls. */
export type EndingWidget = (event: unknown, requestId: string) => Promise<string>;

/** Ends the session that it is told, for the reason in the form, and says what came of it. */
export function createEnding(parts: EndingParts): EndingWidget {
  return (event, requestId) =>
    // Without its own look there is no way back but the dashboard's; with it, its buttons call the widget again.
    answered(event, parts, async (asked, scene) => endedView(scene, await end(parts, asked, requestId, scene)));
}

async function end(parts: EndingParts, asked: Asked, requestId: string, scene: Scene): Promise<Ended> {
  const reason = whyOf(asked.dashboard.form);
  const name = asked.session === undefined ? undefined : parseHandle(asked.session);
  if (!reason.ok) return { is: 'refused', because: reason.faults[0]?.detail ?? '', name };
  if (name === undefined) return { is: 'unknown' };
  const principal = `console/${requestId}`;
  const answer = await parts.keeper.end(name, { principal, id: requestId, note: reason.value, now: scene.viewed.now });
  if (answer.is === 'ended') {
    parts.audit({
      principal,
      action: 'end-session',
      on: sealedHandleOf(name, answer.seat.session),
      note: reason.value,
    });
    return { is: 'ended', name, station: answer.seat.session.station };
  }
  return answer.is === 'gone' && answer.past !== undefined
    ? { is: 'had-ended', name, past: answer.past }
    : { is: 'unknown' };
}

/** Reads what is asked and frames the answer, whatever goes wrong. */
async function answered(
  event: unknown,
  {
    clock,
    complain,
    end,
    widget,
  }: Pick<ConsoleParts, 'clock' | 'complain'> & { readonly widget?: string; readonly end?: string },
  answer: (asked: Asked, scene: Scene) => Promise<Markup>,
): Promise<string> {
  const asked = readAsked(event);
  if (asked === undefined) {
    const text = html`The parameters of this widget are not its own. It takes <code>realm</code>, <code>user</code>, <code>station</code> and <code>rung</code>, each a text, or none.`;
    return String(framed({ theme: 'light' }, notice('bad', text)));
  }
  const { dashboard, listing } = asked;
  const viewed = { now: clock(), aheadMs: dashboard.aheadMs };
  const functions = { widget: widget ?? asked.widget ?? '', end: end ?? asked.end ?? '' };
  const scene: Scene = { dashboard, listing, viewed, ...functions };
  try {
    return String(framed(dashboard, await answer(asked, scene)));
  } catch (error) {
    return String(framed(dashboard, notice('bad', html`${faultText(error, complain)}`), wayOn(scene)));
  }
}

/** To the listing's beginning: a cursor may be what was wrong. */
const wayOn = (scene: Scene): Markup =>
  html`${scene.widget !== '' && lookButton(scene, { id: 'curfew-again', label: 'Show the sessions', says: { listing: { filter: scene.listing.filter } } })}`;

function faultText(error: unknown, complain: Complain): string {
  if (error instanceof BadCursor) return 'This page is not known any more: begin again.';
  if (error instanceof Unavailable) {
    complain(error.message, error.cause);
    return 'The table does not answer just now; asking again is safe.';
  }
  complain('unexpected error', error);
  return 'Something went wrong here; the error is in the log of this function.';
}
