/** What operators did: who, when, to what and why. */
import { actorOf } from '../command/terminal.ts';
import type { Action, ActionKind } from '../service/ports.ts';
import type { StationRecord } from '../station/stations.ts';
import {
  field,
  filterForm,
  findField,
  headed,
  isWide,
  lookButton,
  type Paged,
  pager,
  type Scene,
  stationLink,
  tabs,
} from './frame.ts';
import { fromNow, instant } from './instants.ts';
import { html, isolated, type Markup, theirs } from './markup.ts';
import { ACTION_WORDS } from './words.ts';

export interface TrailPage {
  readonly page: Paged<Action>;
  /** Those that the actions name, as far as they are registered. */
  readonly stations: ReadonlyMap<string, StationRecord | undefined>;
}

export function trailView(scene: Scene, { page, stations }: TrailPage): Markup {
  const { find, realm, at } = scene.listing;
  return html`${[
    tabs(scene, 'list'),
    headed(html`What operators did, the last thing first`),
    filterForm(
      scene,
      'Which of what operators did',
      findField('A part of who, of what they did, or of a station’s id or a realm', find),
      field('at', 'Before', at, 'datetime-local'),
    ),
    realm !== undefined && html`<p class="dim">In all realms: a trail is not narrowed down to one.</p>`,
    page.count === 0
      ? html`<p>${page.more ? 'Nothing among what was looked through. Say more of it, or before when.' : 'Operators have done nothing that fits this.'}</p>`
      : html`${pager(scene, page, 'action', 'top')}${shown(scene, page.items, stations)}${page.pages > 1 && pager(scene, page, 'action', 'bottom')}`,
  ]}`;
}

const ON_STATIONS: readonly ActionKind[] = [
  'register-station',
  'change-station',
  'remove-station',
  'issue-key',
  'revoke-keys',
];

/** Which station it was done to, where it was one. */
export const stationIn = ({ action, on }: Action): string | undefined =>
  ON_STATIONS.includes(action) ? on : undefined;

const OUTCOME_WORDS = { unknown: 'nobody knows whether it was done', nothing: 'it changed nothing' } as const;

const shown = (scene: Scene, items: readonly Action[], stations: TrailPage['stations']): Markup =>
  isWide(scene.dashboard)
    ? html`<table aria-labelledby="curfew-heading"><thead><tr>${['When', 'Who', 'What', 'To what', 'Why'].map(
        (name) => html`<th scope="col">${name}</th>`,
      )}</tr></thead><tbody>${items.map((action) => {
        const told = toldOf(scene, action, stations);
        return html`<tr><td class="nowrap">${told.when}</td><th scope="row">${told.who}</th><td>${told.what}</td><td>${told.on}</td><td>${told.why}</td></tr>`;
      })}</tbody></table>`
    : html`<ul aria-labelledby="curfew-heading">${items.map((action) => {
        const told = toldOf(scene, action, stations);
        return html`<li><strong>${told.who}</strong><div>${told.when}</div><div>${told.what}</div><div>${told.on}</div><dl><div><dt>Why</dt><dd>${told.why}</dd></div></dl></li>`;
      })}</ul>`;

function toldOf(scene: Scene, action: Action, stations: TrailPage['stations']) {
  const { at, id, principal, outcome, note, reason, session, on } = action;
  const place = `${at}-${id}`;
  const came = outcome === 'done' ? note : OUTCOME_WORDS[outcome];
  const station = stationIn(action);
  const opened =
    session !== undefined &&
    lookButton(scene, {
      id: `curfew-open-${place}`,
      label: 'Open',
      about: `the session that ${isolated(actorOf(principal))} ended`,
      says: { session },
    });
  return {
    when: html`${instant(at, scene.viewed)}<div class="dim">${fromNow(at, scene.viewed.now)}</div>`,
    who: html`<span title="${isolated(principal)}">${theirs(actorOf(principal))}</span>`,
    what: html`${ACTION_WORDS[action.action]}${came !== undefined && html`<div class="dim">${theirs(came)}</div>`}`,
    on: html`${station === undefined ? theirs(on) : stationLink(scene, place, station, stations.get(station))}${opened && html`<div>${opened}</div>`}`,
    why: reason === undefined ? '–' : html`“${theirs(reason)}”`,
  };
}
