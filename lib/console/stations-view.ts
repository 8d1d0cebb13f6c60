/** The stations, those with whom something is wrong first: how each does, who is there, and when it was last heard. */
import type { StationHealth } from '../http/operator-refusals.ts';
import { type EpochMs, epochMs } from '../time.ts';
import {
  filterForm,
  findField,
  headed,
  isWide,
  type Paged,
  pager,
  realmChoice,
  type Scene,
  shortened,
  stationLink,
  tabs,
} from './frame.ts';
import { fromNow, instant, localized } from './instants.ts';
import { html, type Markup, theirs } from './markup.ts';

export interface Stationed {
  readonly page: Paged<StationHealth>;
  readonly realms: readonly string[];
  /** There are too many to look at the health of each: they are by their ids. */
  readonly isByHealth: boolean;
}

type State = StationHealth['health']['state'];

/** In words, for a colour alone says nothing to some. */
const STATE_WORDS: Readonly<Record<State, string>> = { red: 'wrong', amber: 'look at it', green: 'well' };
const STATES: readonly State[] = ['red', 'amber', 'green'];

export const worstFirst = (a: StationHealth, b: StationHealth): number =>
  STATES.indexOf(a.health.state) - STATES.indexOf(b.health.state) || (a.station < b.station ? -1 : 1);

export const healthBadge = ({ state }: { readonly state: State }): Markup =>
  html`<span class="state state-${state}">${STATE_WORDS[state]}</span>`;

export const instantOf = (text: string): EpochMs => epochMs(Date.parse(text));

export function stationsView(scene: Scene, { page, realms, isByHealth }: Stationed): Markup {
  const { find, realm } = scene.listing;
  return html`${[
    tabs(scene, 'list'),
    headed(html`Stations${isByHealth && html`<span class="dim">, what is wrong first</span>`}`),
    filterForm(
      scene,
      'Which stations',
      findField('A part of the id, the name or the place', find),
      realmChoice(realms, realm),
    ),
    page.count === 0
      ? html`<p>No station is registered that fits this.</p>`
      : html`${pager(scene, page, 'station', 'top')}${shown(scene, page.items)}${page.pages > 1 && pager(scene, page, 'station', 'bottom')}`,
  ]}`;
}

const shown = (scene: Scene, items: readonly StationHealth[]): Markup =>
  isWide(scene.dashboard)
    ? html`<table aria-labelledby="curfew-heading"><thead><tr>${[
        'Station',
        'Where',
        'How it does',
        'Who is there',
        'Last heard',
        'Ended in a day',
      ].map((name) => html`<th scope="col">${name}</th>`)}</tr></thead><tbody>${items.map((one) => {
        const told = toldOf(scene, one);
        return html`<tr><th scope="row">${told.link}<div class="dim">${shortened(one.station)}</div></th><td>${told.place}<div class="dim">${one.realm}</div></td><td>${told.health}</td><td>${told.user}</td><td class="nowrap">${told.heard}</td><td>${one.health.sessions}</td></tr>`;
      })}</tbody></table>`
    : html`<ul aria-labelledby="curfew-heading">${items.map((one) => {
        const told = toldOf(scene, one);
        return html`<li><strong>${told.link}</strong> <span class="dim">${one.station}</span><div>${told.place}</div><div>${told.health}</div><dl><div><dt>Who is there</dt><dd>${told.user}</dd></div><div><dt>Last heard</dt><dd>${told.heard}</dd></div></dl></li>`;
      })}</ul>`;

function toldOf(scene: Scene, { station, name, location, health }: StationHealth) {
  const { heardAt, user, why } = health;
  return {
    link: stationLink(scene, station, station, { name, location }),
    place: location === '' ? '–' : shortened(location),
    health: html`${healthBadge(health)} <span class="dim">${health.state === 'green' ? '' : theirs(localized(why, scene.viewed))}</span>`,
    user: user === undefined ? '–' : shortened(user),
    heard:
      heardAt === undefined
        ? 'never'
        : html`${instant(instantOf(heardAt), scene.viewed)}<div class="dim">${fromNow(instantOf(heardAt), scene.viewed.now)}</div>`,
  };
}
