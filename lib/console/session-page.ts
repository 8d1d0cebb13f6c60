/** One session: where it stands, its way down, its user's history, and the button that ends it. */

import { personView, placeView } from '../http/views.ts';
import { userShown } from '../printable.ts';
import type { LiveSeat } from '../service/live.ts';
import type { UserSessions } from '../service/user-sessions.ts';
import { handleOf, sealedHandleOf } from '../session/handle.ts';
import { descentOf, endOf, freeAt, isCounted, rungAt } from '../session/ladder.ts';
import type { Ending, Past, Rung, Session, SessionName } from '../session/seat.ts';
import type { StationRecord } from '../station/stations.ts';
import { largeBar } from './deadline-bar.ts';
import { isWide, lookButton, notice, rungBadge, type Scene, stationText } from './frame.ts';
import { fromNow, instant } from './instants.ts';
import { button, html, isolated, type Markup, theirs } from './markup.ts';

/** A session as it goes on, or as it ended. */
export interface Shown {
  readonly name: SessionName;
  readonly session: Session;
  readonly ended: Ending | undefined;
}

export interface SessionPage {
  readonly shown: Shown;
  readonly station: StationRecord | undefined;
  readonly user: UserSessions;
}

/** What is left of the widget's width beside its own edges. */
const EDGES = 32;
const PICTURE_MAX = 1_100;

export function sessionPage(scene: Scene, { shown, station, user }: SessionPage): Markup {
  const { viewed, dashboard } = scene;
  const { name, session, ended } = shown;
  const rung: Rung = ended === undefined ? rungAt({ deadlines: session.deadlines }, viewed.now) : 'ended';
  const width = Math.min(PICTURE_MAX, Math.floor(dashboard.width) - EDGES);
  return html`<h2 id="curfew-heading" tabindex="-1">${theirs(session.userAsTyped ?? name.user)} at ${theirs(placeView(session.station, station).name)} ${rungBadge(rung)}</h2>${[
    ended !== undefined && endedNotice(scene, ended),
    largeBar({ session, ended, viewed }, width),
    html`<p class="dim">Lengths of time are drawn by their logarithm.</p>`,
    facts(scene, shown, station, rung),
    ended === undefined && timeline(scene, session),
    ended === undefined && endForm(scene, name, { station, rung }),
    alsoLive(scene, user.live, handleOf(name)),
    history(scene, name, user),
  ]}<div class="bar">${backButton(scene)}</div>`;
}

export const backButton = (scene: Pick<Scene, 'widget' | 'listing'>): Markup =>
  lookButton(scene, { id: 'curfew-back', label: 'Back to the sessions', says: { listing: scene.listing } });

const endedNotice = ({ viewed }: Scene, { at, reason, by, note }: Ending): Markup =>
  notice(
    'plain',
    html`It ended at ${instant(at, viewed)} (${fromNow(at, viewed.now)}): ${reason}, by ${theirs(by)}${note !== undefined && html`: “${theirs(note)}”`}.`,
  );

function facts(
  { viewed }: Scene,
  { name, session, ended }: Shown,
  station: StationRecord | undefined,
  rung: Rung,
): Markup {
  const { openedAt, loggedOnAt, activeAt, heardAt, jobs, deadlines } = session;
  const when = (at: typeof openedAt) =>
    html`${instant(at, viewed)} <span class="dim">${fromNow(at, viewed.now)}</span>`;
  const rows: readonly (readonly [string, Markup | string] | false)[] = [
    ['User', theirs(userShown(personView(name.user, session.userAsTyped)))],
    ['Realm', name.realm],
    ['Station', stationText(session.station, station)],
    [
      'Location',
      station === undefined ? 'no longer registered' : station.location === '' ? '–' : theirs(station.location),
    ],
    ['Opened', when(openedAt)],
    loggedOnAt !== openedAt && ['Logged on', when(loggedOnAt)],
    ['Last activity', when(activeAt)],
    ['Last heard', when(heardAt)],
    ended === undefined && jobs > 0 && ['Jobs running', String(jobs)],
    ended === undefined && isCounted(rung) && ['Held until', when(endOf(deadlines).at)],
    ended === undefined && [
      isCounted(rung) ? 'Free for others from' : 'Free for others since',
      when(freeAt(deadlines)),
    ],
    ['Handle', html`<code>${sealedHandleOf(name, session)}</code>`],
  ];
  return html`<dl>${rows.map((row) => row !== false && html`<div><dt>${row[0]}</dt><dd>${row[1]}</dd></div>`)}</dl>`;
}

/** Each rung from when until when, and the deadline by which it comes, if nothing more is heard. */
function timeline({ viewed }: Scene, { openedAt, deadlines }: Session): Markup {
  const steps = [{ rung: 'active' as Rung, at: openedAt, by: undefined }, ...descentOf(deadlines)];
  return html`<h3 id="curfew-timeline">Its way down, if nothing more is heard</h3><table aria-labelledby="curfew-timeline"><thead><tr><th scope="col">Rung</th><th scope="col">From</th><th scope="col">From now</th><th scope="col">By the deadline</th></tr></thead><tbody>${steps.map(
    ({ rung, at, by }) =>
      html`<tr><td>${rungBadge(rung)}</td><td class="nowrap">${instant(at, viewed)}</td><td class="dim">${fromNow(at, viewed.now)}</td><td>${by ?? 'opened'}</td></tr>`,
  )}</tbody></table>`;
}

/** The field in which the reason is given. */
export const REASON = 'reason';

/** What is known of a session where its form is shown. */
interface Known {
  readonly station?: StationRecord | undefined;
  readonly rung?: Rung;
}

/** With what its viewer has put into it before. */
export function endForm(scene: Scene, name: SessionName, known: Known = {}): Markup {
  const { form } = scene.dashboard;
  return html`<h3 id="curfew-end-heading">End this session</h3><form aria-labelledby="curfew-end-heading"><label class="wide">Why (kept in the history and the audit)<input name="${REASON}" id="curfew-reason" value="${form[REASON]}" maxlength="256" autocomplete="off" required></label>${button(
    {
      id: 'curfew-end',
      label: 'End the session',
      endpoint: scene.end,
      says: { session: handleOf(name), widget: scene.widget, end: scene.end, listing: scene.listing },
      confirmation: whatWillHappen(name, known),
      look: 'danger',
    },
  )}</form>`;
}

/** What whoever confirms should know before. */
function whatWillHappen({ user, realm }: SessionName, { station, rung }: Known): string {
  const where = station === undefined ? 'its station' : isolated(station.name);
  const held = rung === undefined || isCounted(rung);
  const seat = held
    ? `The seat in ${realm} is free for a login elsewhere at once.`
    : 'It has lost its seat already; from now on its user cannot come back to it.';
  return `End the session of ${isolated(user)} at ${where}? ${seat} The station learns of it with the next thing that it says; a job that runs there is not stopped. Nothing brings the session back: the user must log in again.`;
}

function alsoLive(scene: Scene, live: readonly LiveSeat[], shown: string): Markup | undefined {
  const others = live.map((seat) => ({ seat, handle: handleOf({ ...seat.key, epoch: seat.epoch }) }));
  const rest = others.filter(({ handle }) => handle !== shown);
  if (rest.length === 0) return undefined;
  return html`<h3>This user’s other sessions</h3><ul>${rest.map(
    ({ seat, handle }) =>
      html`<li>${theirs(seat.session.station)} ${rungBadge(rungAt(seat.session, scene.viewed.now))} <span class="dim">opened ${instant(seat.session.openedAt, scene.viewed)}</span> ${lookButton(
        scene,
        {
          id: `curfew-open-${handle}`,
          label: 'Open',
          about: `the session at ${isolated(seat.session.station)}`,
          says: { session: handle, listing: scene.listing },
        },
      )}</li>`,
  )}</ul>`;
}

/** How many of a user's ended sessions stand on one page. */
export const HISTORY_PAGE = 10;

function history(scene: Scene, name: SessionName, { past }: UserSessions): Markup {
  const { listing } = scene;
  const next =
    past.cursor !== undefined &&
    html`<div class="bar">${lookButton(scene, {
      id: 'curfew-older',
      label: 'Older sessions',
      says: { session: handleOf(name), past: past.cursor, listing },
    })}</div>`;
  const heading = html`<h3 id="curfew-history">History of ${theirs(name.user)} in ${name.realm}, newest first</h3>`;
  if (past.items.length === 0) return html`${heading}<p>No session of theirs that is remembered has ended.</p>${next}`;
  const row = isWide(scene.dashboard) ? historyRow : historyCard;
  const rows = past.items.map((one) => row(scene, one));
  return isWide(scene.dashboard)
    ? html`${heading}<table aria-labelledby="curfew-history"><thead><tr><th scope="col">Ended</th><th scope="col">Why</th><th scope="col">By</th><th scope="col">Station</th><th scope="col">Opened</th></tr></thead><tbody>${rows}</tbody></table>${next}`
    : html`${heading}<ul aria-labelledby="curfew-history">${rows}</ul>${next}`;
}

const why = ({ ended }: Past): Markup =>
  html`${ended.reason}${ended.note !== undefined && html`<div class="dim">“${theirs(ended.note)}”</div>`}`;

const historyRow = ({ viewed }: Scene, past: Past): Markup =>
  html`<tr><td class="nowrap">${instant(past.ended.at, viewed)}</td><td>${why(past)}</td><td>${theirs(past.ended.by)}</td><td>${theirs(past.session.station)}</td><td class="nowrap">${instant(past.session.openedAt, viewed)}</td></tr>`;

const historyCard = ({ viewed }: Scene, past: Past): Markup =>
  html`<li>${instant(past.ended.at, viewed)} ${why(past)}<div class="dim">by ${theirs(past.ended.by)}; at ${theirs(past.session.station)} since ${instant(past.session.openedAt, viewed)}</div></li>`;
