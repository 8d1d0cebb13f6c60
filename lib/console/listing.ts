/** Who is logged in now, a page at a time: found, sorted, counted. */

import { personView, placeView } from '../http/views.ts';
import { userShown } from '../printable.ts';
import type { LiveSeat } from '../service/live.ts';
import { handleOf } from '../session/handle.ts';
import { endOf, freeAt, isCounted, rungAt } from '../session/ladder.ts';
import { nameOf, OPEN_RUNGS, type OpenRung } from '../session/seat.ts';
import type { StationRecord } from '../station/stations.ts';
import type { EpochMs } from '../time.ts';
import type { Listing } from './asked.ts';
import { legend, smallBar } from './deadline-bar.ts';
import {
  choice,
  filterForm,
  findField,
  headed,
  isWide,
  lookButton,
  type Paged,
  pager,
  realmChoice,
  rungBadge,
  type Scene,
  shortened,
  sortHeading,
  stationLink,
  tabs,
  userLink,
} from './frame.ts';
import { fromNow, instant } from './instants.ts';
import { html, isolated, type Markup } from './markup.ts';
import { RUNG_CHOICES } from './words.ts';

export interface Listed {
  readonly page: Paged<LiveSeat>;
  readonly stations: ReadonlyMap<string, StationRecord | undefined>;
  /** Those that can be chosen. */
  readonly realms: readonly string[];
}

export const SORTS = ['user', 'station', 'state', 'opened', 'heard', 'free'] as const;
const SORT_LABELS: Readonly<Record<(typeof SORTS)[number], string>> = {
  user: 'User',
  station: 'Station',
  state: 'State',
  opened: 'Opened',
  heard: 'Last heard',
  free: 'Free for others',
};

const NAMES = new Intl.Collator('en', { numeric: true });

/** By the column that is asked for, and by users where that is the same. */
export function sortedSeats(seats: readonly LiveSeat[], sort: string | undefined, now: EpochMs): LiveSeat[] {
  const [, sign = '', name = 'user'] = /^(-?)(.*)$/.exec(sort ?? 'user') ?? [];
  const valueIn = ({ key, session }: LiveSeat): string | number => {
    switch (name) {
      case 'station':
        return session.station;
      case 'state':
        return OPEN_RUNGS.indexOf(rungAt(session, now) as OpenRung);
      case 'opened':
        return session.openedAt;
      case 'heard':
        return session.heardAt;
      case 'free':
        return freeAt(session.deadlines);
      default:
        return key.user;
    }
  };
  const byName = (a: LiveSeat, b: LiveSeat) => NAMES.compare(a.key.user, b.key.user) || a.epoch - b.epoch;
  const order = (a: LiveSeat, b: LiveSeat) => {
    const [one, other] = [valueIn(a), valueIn(b)];
    return typeof one === 'number' && typeof other === 'number'
      ? one - other
      : NAMES.compare(String(one), String(other));
  };
  return seats.toSorted((a, b) => (sign === '-' ? order(b, a) : order(a, b)) || byName(a, b));
}

export function listingView(scene: Scene, listed: Listed): Markup {
  const { page } = listed;
  return html`${[
    tabs(scene, 'list'),
    headed(html`Logged in now`),
    form(scene, listed.realms),
    page.count === 0 ? nothingFound(scene.listing, page.more) : found(scene, listed),
    scene.listing.find !== undefined && earlierToo(scene),
  ]}`;
}

const found = (scene: Scene, listed: Listed): Markup =>
  html`${[
    pager(scene, listed.page, 'session', 'top'),
    legend(),
    seatsShown(scene, listed, true),
    listed.page.pages > 1 && pager(scene, listed.page, 'session', 'bottom'),
  ]}`;

/** A table, or where that would have to be pushed to and fro, a list. @param isSortable its headings sort it */
export const seatsShown = (
  scene: Scene,
  listed: Pick<Listed, 'stations'> & { readonly page: Pick<Paged<LiveSeat>, 'items'> },
  isSortable = false,
): Markup => (isWide(scene.dashboard) ? asTable(scene, listed, isSortable) : asList(scene, listed));

function form(scene: Scene, realms: readonly string[]): Markup {
  const { realm, find, rung, sort } = scene.listing;
  const states = OPEN_RUNGS.map((name) => [name, RUNG_CHOICES[name]] as const);
  const sorts = SORTS.flatMap((name) => [
    [name === 'user' ? '' : name, SORT_LABELS[name]] as const,
    [`-${name}`, `${SORT_LABELS[name]}, the other way round`] as const,
  ]);
  return filterForm(
    scene,
    'Which sessions',
    findField('A part of a user’s name, or of a station’s name, id or place', find),
    realmChoice(realms, realm),
    choice('rung', 'State', [['', 'holding a seat'], ...states], rung),
    !isWide(scene.dashboard) && choice('sort', 'Sorted by', sorts, sort),
  );
}

function nothingFound(listing: Listing, more: boolean): Markup {
  if (more) return html`<p>None among those looked through. Say more of the name.</p>`;
  const { view: _, page: __, sort: ___, ...filter } = listing;
  return Object.keys(filter).length > 0
    ? html`<p>Nobody is logged in who fits this.</p>`
    : html`<p>Nobody is logged in anywhere.</p>`;
}

/** Somebody who is out is not in this list. */
const earlierToo = (scene: Scene): Markup =>
  html`<div class="bar">${lookButton(scene, {
    id: 'curfew-look-earlier',
    label: 'Look among those who have left',
    says: {},
    listing: { ...scene.listing, view: 'earlier', page: 1 },
  })}</div>`;

function asTable(
  scene: Scene,
  { page, stations }: Pick<Listed, 'stations'> & { page: Pick<Paged<LiveSeat>, 'items'> },
  isSortable: boolean,
): Markup {
  const headings = SORTS.map((name) =>
    isSortable
      ? sortHeading(scene, name, SORT_LABELS[name], name === 'user')
      : html`<th scope="col">${SORT_LABELS[name]}</th>`,
  );
  return html`<table aria-labelledby="curfew-heading"><thead><tr>${headings}<th scope="col">Session</th></tr></thead><tbody>${page.items.map(
    (seat) => {
      const told = toldOf(scene, seat, stations);
      return html`<tr><th scope="row">${told.user}<div class="dim">${seat.key.realm}</div></th><td>${told.station}</td><td>${told.rung}</td><td class="nowrap">${told.opened}</td><td class="nowrap">${told.heard}</td><td>${told.bar}${told.held}</td><td>${told.open}</td></tr>`;
    },
  )}</tbody></table>`;
}

/** The same where a table would have to be pushed to and fro. */
function asList(
  scene: Scene,
  { page, stations }: Pick<Listed, 'stations'> & { page: Pick<Paged<LiveSeat>, 'items'> },
): Markup {
  return html`<ul aria-labelledby="curfew-heading">${page.items.map((seat) => {
    const told = toldOf(scene, seat, stations);
    return html`<li><strong>${told.user}</strong> ${told.rung} <span class="dim">${seat.key.realm}</span><div>${told.station}</div><dl><div><dt>Opened</dt><dd>${told.opened}</dd></div><div><dt>Last heard</dt><dd>${told.heard}</dd></div></dl>${told.bar}${told.held}<div class="bar">${told.open}</div></li>`;
  })}</ul>`;
}

function toldOf(scene: Scene, seat: LiveSeat, stations: Listed['stations']) {
  const { viewed } = scene;
  const { session } = seat;
  const station = stations.get(session.station);
  const location = station?.location ?? '';
  const rung = rungAt(session, viewed.now);
  const handle = handleOf(nameOf(seat));
  const { name: named } = placeView(session.station, station);
  return {
    user: userLink(scene, handle, seat.key, userShown(personView(seat.key.user, session.userAsTyped))),
    station: html`${stationLink(scene, handle, session.station, station)}${location !== '' && html`<div class="dim">${shortened(location)}</div>`}`,
    rung: rungBadge(rung),
    opened: html`${instant(session.openedAt, viewed)}<div class="dim">${fromNow(session.openedAt, viewed.now)}</div>`,
    heard: html`${instant(session.heardAt, viewed)}<div class="dim">${fromNow(session.heardAt, viewed.now)}</div>`,
    bar: smallBar({ session, ended: undefined, viewed }),
    held: isCounted(rung)
      ? html`<div class="dim">${fromNow(freeAt(session.deadlines), viewed.now)}, at ${instant(freeAt(session.deadlines), viewed)}, if nothing more is heard</div>`
      : html`<div class="dim">since ${instant(endOf(session.deadlines).at, viewed)}</div>`,
    open: lookButton(scene, {
      id: `curfew-open-${handle}`,
      label: 'Open',
      about: `the session of ${isolated(seat.key.user)} at ${isolated(named)}`,
      says: { session: handle },
    }),
  };
}
