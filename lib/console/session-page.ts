/** One session: where it stands, its way down, its user's history, and the button that ends it. */

import { personView, placeView } from '../http/views.ts';
import { userShown } from '../printable.ts';
import type { UserSessions } from '../service/user-sessions.ts';
import { handleOf, sealedHandleOf } from '../session/handle.ts';
import { descentOf, endOf, freeAt, isCounted, rungAt } from '../session/ladder.ts';
import { type Ending, nameOf, type Rung, type Session, type SessionName } from '../session/seat.ts';
import type { StationRecord } from '../station/stations.ts';
import { listingTexts, REASON } from './asked.ts';
import { largeBar, legend } from './deadline-bar.ts';
import { headed, isWide, lookButton, notice, rungBadge, type Scene, stationText, tabs } from './frame.ts';
import { fromNow, instant } from './instants.ts';
import { seatsShown } from './listing.ts';
import { button, html, isolated, type Markup, theirs } from './markup.ts';
import { byWhom, REASON_WORDS } from './words.ts';

/** A session as it goes on, or as it ended. */
export interface Shown {
  readonly name: SessionName;
  readonly session: Session;
  readonly ended: Ending | undefined;
}

export interface SessionPage {
  /** Of those that are shown, by their ids. */
  readonly stations: ReadonlyMap<string, StationRecord | undefined>;
  readonly shown: Shown;
  readonly station: StationRecord | undefined;
  readonly user: UserSessions;
}

/** What is left of the widget's width beside its own edges. */
const EDGES = 32;
const PICTURE_MAX = 1_100;

export function sessionPage(scene: Scene, { shown, station, user, stations }: SessionPage): Markup {
  const { viewed, dashboard } = scene;
  const { name, session, ended } = shown;
  const rung: Rung = ended === undefined ? rungAt({ deadlines: session.deadlines }, viewed.now) : 'ended';
  const width = Math.min(PICTURE_MAX, Math.floor(dashboard.width) - EDGES);
  const heading = html`${theirs(session.userAsTyped ?? name.user)} at ${theirs(placeView(session.station, station).name)} ${rungBadge(rung)}`;
  const others = user.live.filter((seat) => handleOf(nameOf(seat)) !== handleOf(name));
  return html`${[
    tabs(scene, 'page'),
    headed(heading, ended === undefined ? endForm(scene, name) : undefined),
    ended !== undefined && endedNotice(scene, ended),
    largeBar({ session, ended, viewed }, width),
    legend(),
    facts(scene, shown, station, rung),
    ended === undefined && timeline(scene, session),
    others.length > 0 &&
      html`<h3>This user’s other sessions</h3>${seatsShown(scene, { page: { items: others }, stations })}`,
    html`<div class="bar">${lookButton(scene, {
      id: 'curfew-user',
      label: 'All of this user',
      says: { ofUser: name.user, inRealm: name.realm },
    })}${lookButton(scene, { id: 'curfew-place', label: 'All of this station', says: { ofStation: session.station } })}</div>`,
  ]}`;
}

const endedNotice = ({ viewed }: Scene, { at, reason, by, note }: Ending): Markup =>
  notice(
    'plain',
    html`It ended at ${instant(at, viewed)} (${fromNow(at, viewed.now)}): ${REASON_WORDS[reason]}, by ${theirs(byWhom(by))}${note !== undefined && html`: “${theirs(note)}”`}.`,
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
function timeline({ viewed, dashboard }: Scene, { openedAt, deadlines }: Session): Markup {
  const first = { rung: 'active' as Rung, at: openedAt, by: undefined };
  const steps = [first, ...descentOf(deadlines)].map(({ rung, at, by }) => ({
    rung: rungBadge(rung),
    from: instant(at, viewed),
    fromNow: fromNow(at, viewed.now),
    why: by === undefined ? 'logged in' : REASON_WORDS[by],
  }));
  const heading = html`<h3 id="curfew-timeline">What comes next, if nothing more is heard</h3>`;
  if (!isWide(dashboard)) {
    return html`${heading}<ul aria-labelledby="curfew-timeline">${steps.map(
      (step) =>
        html`<li>${step.rung}<div>${step.from} <span class="dim">${step.fromNow}</span></div><div>${step.why}</div></li>`,
    )}</ul>`;
  }
  return html`${heading}<table aria-labelledby="curfew-timeline"><thead><tr><th scope="col">State</th><th scope="col">From</th><th scope="col">From now</th><th scope="col">Why</th></tr></thead><tbody>${steps.map(
    (step) =>
      html`<tr><td>${step.rung}</td><td class="nowrap">${step.from}</td><td class="dim">${step.fromNow}</td><td>${step.why}</td></tr>`,
  )}</tbody></table>`;
}

/** Why, and the button that asks whether it is to be; with what its viewer has typed before. */
export const endForm = (scene: Scene, name: SessionName): Markup =>
  html`<form aria-label="End this session"><label class="wide">Why it is to end (is kept)<input name="${REASON}" id="curfew-reason" value="${scene.dashboard.form[REASON]}" maxlength="256" autocomplete="off" required></label>${button(
    {
      id: 'curfew-ask',
      label: 'End the session…',
      endpoint: scene.widget,
      says: { ...listingTexts(scene.listing), set: '1', session: handleOf(name), ask: 'end' },
      look: 'danger',
    },
  )}</form>`;

/** The question, once there is a reason; what whoever says yes should know before. */
export function endQuestion(
  scene: Scene,
  { name, session, ended }: Shown,
  station: StationRecord | undefined,
  reason: string,
): Markup {
  const rung: Rung = ended === undefined ? rungAt({ deadlines: session.deadlines }, scene.viewed.now) : 'ended';
  const where = station?.name || session.station;
  const seat = isCounted(rung)
    ? html`The seat in ${name.realm} is free at once: ${theirs(name.user)} can log in elsewhere.`
    : html`It has lost its seat already; from now on ${theirs(name.user)} cannot come back to it.`;
  const end = button({
    id: 'curfew-end',
    label: 'End the session',
    about: `of ${isolated(name.user)} at ${isolated(where)}`,
    endpoint: scene.end,
    says: {
      ...listingTexts(scene.listing),
      set: '1',
      session: handleOf(name),
      reason,
      widget: scene.widget,
      end: scene.end,
    },
    look: 'danger',
  });
  const keep = lookButton(scene, { id: 'curfew-keep', label: 'Leave it as it is', says: { session: handleOf(name) } });
  return html`${headed(html`End the session of ${theirs(name.user)} at ${theirs(where)}?`)}${notice(
    'plain',
    html`<p>${seat}</p><p>The station learns of it with the next thing that it says; a job that runs there is not stopped. Nothing brings the session back: its user must log in again.</p>`,
  )}<p>Why: “${theirs(reason)}”</p><div class="bar">${end}${keep}</div>`;
}
