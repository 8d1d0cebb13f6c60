/** The live sessions, a page at a time, with the filters above them. */

import { personView, placeView } from '../http/views.ts';
import { userShown } from '../printable.ts';
import type { LiveFilter, LiveSeat } from '../service/live.ts';
import type { Page } from '../service/ports.ts';
import { handleOf } from '../session/handle.ts';
import { endOf, freeAt, isCounted, rungAt } from '../session/ladder.ts';
import { nameOf, OPEN_RUNGS } from '../session/seat.ts';
import type { StationRecord } from '../station/stations.ts';
import { smallBar } from './deadline-bar.ts';
import { isWide, lookButton, rungBadge, type Scene, stationText } from './frame.ts';
import { fromNow, instant } from './instants.ts';
import { html, isolated, type Markup, theirs } from './markup.ts';

/** A page of these is read and drawn well within a widget's patience, and is as much as people look through. */
export const PAGE = 25;

export interface Listed {
  readonly page: Page<LiveSeat>;
  readonly stations: ReadonlyMap<string, StationRecord | undefined>;
  /** Those that can be chosen. */
  readonly realms: readonly string[];
}

export function listingView(scene: Scene, listed: Listed): Markup {
  const { items } = listed.page;
  return html`<h2 id="curfew-heading" tabindex="-1">Live sessions</h2>${[
    filterForm(scene, listed.realms),
    items.length === 0
      ? nothingFound(scene, listed)
      : isWide(scene.dashboard)
        ? asTable(scene, listed)
        : asList(scene, listed),
    pager(scene, listed),
  ]}`;
}

function filterForm(scene: Scene, realms: readonly string[]): Markup {
  const { filter } = scene.listing;
  const option = (value: string, label: string, chosen: string | undefined) =>
    html`<option value="${value}"${value === (chosen ?? '') && html` selected`}>${label}</option>`;
  return html`<form aria-label="Which sessions"><label>Realm<select name="realm" id="curfew-realm">${[
    option('', 'all', filter.realm),
    // One that has left the realms file can still have sessions, and a widget may be pinned to it.
    ...[...new Set([...realms, ...(filter.realm === undefined ? [] : [filter.realm])])].map((realm) =>
      option(realm, realm, filter.realm),
    ),
  ]}</select></label><label>User<input name="user" id="curfew-user" value="${filter.user}" maxlength="256" autocomplete="off"></label>${html`<label>Station (its id)<input name="station" id="curfew-station" value="${filter.station}" maxlength="56" autocomplete="off"></label>`}<label>On the rung<select name="rung" id="curfew-rung">${[
    option('', 'holding a seat', filter.rung),
    ...OPEN_RUNGS.map((rung) => option(rung, rung, filter.rung)),
  ]}</select></label>${lookButton(scene, { id: 'curfew-filter', label: 'Filter', look: 'primary', says: { form: true } })}</form>`;
}

function nothingFound({ listing }: Scene, { page }: Listed): Markup {
  if (page.cursor !== undefined) return html`<p>None among those looked through so far; there are more.</p>`;
  return isFiltered(listing.filter)
    ? html`<p>No live session fits. What has ended is in its user’s history.</p>`
    : html`<p>Nobody is logged in anywhere.</p>`;
}

const isFiltered = (filter: LiveFilter): boolean => Object.keys(filter).length > 0;

function asTable(scene: Scene, { page, stations }: Listed): Markup {
  return html`<table aria-labelledby="curfew-heading"><thead><tr><th scope="col">User</th><th scope="col">Station</th><th scope="col">Rung</th><th scope="col">Opened</th><th scope="col">Last heard</th><th scope="col">Deadlines</th><th scope="col">Session</th></tr></thead><tbody>${page.items.map(
    (seat) => {
      const told = toldOf(scene, seat, stations);
      return html`<tr><th scope="row">${told.user}<div class="dim">${seat.key.realm}</div></th><td>${told.station}</td><td>${told.rung}</td><td class="nowrap">${told.opened}</td><td class="nowrap">${told.heard}</td><td>${told.bar}${told.held}</td><td>${told.open}</td></tr>`;
    },
  )}</tbody></table>`;
}

/** The same where a table would have to be pushed to and fro. */
function asList(scene: Scene, { page, stations }: Listed): Markup {
  return html`<ul aria-labelledby="curfew-heading">${page.items.map((seat) => {
    const told = toldOf(scene, seat, stations);
    return html`<li><strong>${told.user}</strong> ${told.rung} <span class="dim">${seat.key.realm}</span><div>${told.station}</div><dl><div><dt>Opened</dt><dd>${told.opened}</dd></div><div><dt>Last heard</dt><dd>${told.heard}</dd></div></dl>${told.bar}${told.held}<div class="bar">${told.open}</div></li>`;
  })}</ul>`;
}

function toldOf(scene: Scene, seat: LiveSeat, stations: Listed['stations']) {
  const { viewed, listing } = scene;
  const { session } = seat;
  const station = stations.get(session.station);
  const location = station?.location ?? '';
  const rung = rungAt(session, viewed.now);
  const handle = handleOf(nameOf(seat));
  const { name: named } = placeView(session.station, station);
  return {
    user: theirs(userShown(personView(seat.key.user, session.userAsTyped))),
    station: html`${stationText(session.station, station)}${location !== '' && html`<div class="dim">${theirs(location)}</div>`}`,
    rung: rungBadge(rung),
    opened: html`${instant(session.openedAt, viewed)}<div class="dim">${fromNow(session.openedAt, viewed.now)}</div>`,
    heard: html`${instant(session.heardAt, viewed)}<div class="dim">${fromNow(session.heardAt, viewed.now)}</div>`,
    bar: smallBar({ session, ended: undefined, viewed }),
    held: isCounted(rung)
      ? html`<div class="dim">held until ${instant(endOf(session.deadlines).at, viewed)}, ${fromNow(endOf(session.deadlines).at, viewed.now)}</div>`
      : html`<div class="dim">seat free since ${instant(freeAt(session.deadlines), viewed)}</div>`,
    open: lookButton(scene, {
      id: `curfew-open-${handle}`,
      label: 'Open',
      about: `the session of ${isolated(seat.key.user)} at ${isolated(named)}`,
      says: { session: handle, listing },
    }),
  };
}

function pager(scene: Scene, { page }: Listed): Markup {
  const { filter, cursor } = scene.listing;
  return html`<div class="bar">${[
    cursor !== undefined &&
      lookButton(scene, { id: 'curfew-first', label: 'First page', says: { listing: { filter } } }),
    page.cursor !== undefined &&
      lookButton(scene, { id: 'curfew-next', label: 'Next page', says: { listing: { filter, cursor: page.cursor } } }),
    isFiltered(filter) &&
      lookButton(scene, { id: 'curfew-all', label: 'All sessions', says: { listing: { filter: {} } } }),
  ]}</div>`;
}
