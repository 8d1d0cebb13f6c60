/** What stands around every view of the widget, and what stands in several of them. */
import { count } from '../command/terminal.ts';
import { present } from '../present.ts';
import type { Rung } from '../session/seat.ts';
import type { StationRecord } from '../station/stations.ts';
import { type Dashboard, type Listing, listingTexts, type View } from './asked.ts';
import type { Viewed } from './instants.ts';
import { type Button, button, html, isolated, type Markup, styleSheet, theirs } from './markup.ts';
import { STYLE } from './style.ts';
import { RUNG_WORDS } from './words.ts';

/** For whom a view is drawn, and whom its buttons call. */
export interface Scene {
  readonly dashboard: Dashboard;
  readonly viewed: Viewed;
  readonly listing: Listing;
  /** The ARN of the function that shows. */
  readonly widget: string;
  /** The ARN of the function that ends. */
  readonly end: string;
}

/** Wide enough for lists as tables. */
export const isWide = ({ width }: Dashboard): boolean => width >= 760;

const STYLED = styleSheet(STYLE);

export const framed = ({ theme }: Pick<Dashboard, 'theme'>, ...contents: readonly Markup[]): Markup =>
  html`${STYLED}<div class="curfew ${theme}">${contents}</div>`;

const TABS: readonly (readonly [View, string])[] = [
  ['sessions', 'Logged in now'],
  ['stations', 'Stations'],
  ['earlier', 'Earlier'],
  ['trail', 'Operators'],
];

/** The lists; of a page that is none of them, the way back to the one from which it was opened. */
export function tabs(scene: Scene, is: 'list' | 'page'): Markup {
  const { view, realm } = scene.listing;
  const buttons = TABS.map(([name, label]) => {
    const isHere = name === view;
    const listing: Listing = isHere && is === 'page' ? scene.listing : { view: name, page: 1, ...present({ realm }) };
    const tab = { id: `curfew-tab-${name}`, look: 'tab', isCurrent: isHere && is === 'list' } as const;
    return lookButton(scene, { ...tab, label: isHere && is === 'page' ? `← ${label}` : label, says: {}, listing });
  });
  return html`<nav class="tabs" aria-label="Views">${buttons}</nav>`;
}

/** A heading with what can be done beside it. */
export const headed = (heading: Markup, action?: Markup): Markup =>
  html`<div class="head"><h2 id="curfew-heading" tabindex="-1">${heading}</h2>${action}</div>`;

export const notice = (kind: 'good' | 'bad' | 'plain', ...contents: readonly Markup[]): Markup =>
  html`<div class="notice notice-${kind}" role="status">${contents}</div>`;

export const rungBadge = (rung: Rung): Markup => html`<span class="rung rung-${rung}">${RUNG_WORDS[rung]}</span>`;

/** A name that is shortened where it is too long; in full where somebody points at it. */
export const shortened = (name: string): Markup => html`<span class="short">${theirs(name)}</span>`;

/** By its name, and by its id where that is another. */
export const stationText = (id: string, station: StationRecord | undefined): Markup =>
  station === undefined || station.name === id || station.name.trim() === ''
    ? theirs(id)
    : html`${theirs(station.name)} <span class="dim">${theirs(id)}</span>`;

/** A button that leads: to a list, or from one to a session, a user, a station. */
export const lookButton = (
  scene: Pick<Scene, 'widget' | 'listing'>,
  {
    says,
    listing = scene.listing,
    ...looks
  }: Omit<Button, 'endpoint'> & {
    readonly says: Looking;
    readonly listing?: Listing;
  },
): Markup =>
  button({ ...looks, endpoint: scene.widget, says: { ...listingTexts(listing), set: '1', ...present(says) } });

/** What such a button tells the widget beside where it stands; `readAsked` reads it. */
interface Looking {
  readonly session?: string | undefined;
  readonly ofUser?: string | undefined;
  readonly inRealm?: string | undefined;
  readonly ofStation?: string | undefined;
  readonly past?: string | undefined;
}

/** @param called as they typed it, where that is another spelling */
export const userLink = (
  scene: Scene,
  id: string,
  { realm, user }: { realm: string; user: string },
  called: string = user,
): Markup =>
  lookButton(scene, {
    id: `curfew-user-${id}`,
    label: called,
    face: shortened(called),
    title: isolated(called),
    look: 'link',
    says: { ofUser: user, inRealm: realm },
  });

/** What a station is called, as far as it is known. */
type Called = Pick<StationRecord, 'name' | 'location'> | undefined;

export const stationLink = (scene: Scene, id: string, station: string, record: Called): Markup =>
  lookButton(scene, {
    id: `curfew-station-${id}`,
    label: record?.name ?? station,
    face: shortened(record?.name || station),
    title: isolated(placeInFull(station, record)),
    look: 'link',
    says: { ofStation: station },
  });

const placeInFull = (id: string, record: Called): string =>
  [record?.name, record?.location, id].filter((part) => part !== undefined && part !== '').join(', ');

/** Which part of a list stands on a page. */
export interface Paged<T> {
  readonly items: readonly T[];
  readonly page: number;
  readonly pages: number;
  readonly count: number;
  /** There are more than were counted. */
  readonly more: boolean;
}

/** A page of these is drawn well within a widget's patience, and is as much as people look through. */
export const PAGE = 25;

export function paged<T>(all: readonly T[], page: number, more: boolean): Paged<T> {
  const pages = Math.max(1, Math.ceil(all.length / PAGE));
  const shown = Math.min(page, pages);
  return { items: all.slice((shown - 1) * PAGE, shown * PAGE), page: shown, pages, count: all.length, more };
}

/** How many there are, and the way through them. @param where names it: a view has one above and one below */
export function pager<T>(
  scene: Scene,
  { items, page, pages, count: all, more }: Paged<T>,
  noun: string,
  where: 'top' | 'bottom',
) {
  const first = (page - 1) * PAGE + 1;
  const total = more ? `more than ${all.toLocaleString('en')} ${noun}s` : count(all, noun);
  const told = pages === 1 && !more ? total : `${first}–${first + items.length - 1} of ${total}`;
  const to = (name: string, label: string, target: number, isThere: boolean) =>
    isThere &&
    lookButton(scene, {
      id: `curfew-${name}-${where}`,
      label,
      says: {},
      listing: { ...scene.listing, page: target },
    });
  return html`<div class="bar pager"><span>${told}</span>${[
    to('first', 'First', 1, page > 2),
    to('previous', 'Previous', page - 1, page > 1),
    to('next', 'Next', page + 1, page < pages),
    to('last', 'Last', pages, page < pages - 1),
  ]}</div>`;
}

/** The heading of a column by which a list is sorted: a click sorts it by that one, another the other way round. */
export function sortHeading(scene: Scene, name: string, label: string, isDefault = false): Markup {
  const { sort } = scene.listing;
  const isAscending = sort === name || (sort === undefined && isDefault);
  const isDescending = sort === `-${name}`;
  const arrow = isAscending ? '▲' : isDescending ? '▼' : '';
  return html`<th scope="col"${[
    isAscending && html` aria-sort="ascending"`,
    isDescending && html` aria-sort="descending"`,
  ]}>${lookButton(scene, {
    id: `curfew-sort-${name}`,
    label,
    face: html`${label}${arrow !== '' && html` <span aria-hidden="true">${arrow}</span>`}`,
    look: 'link',
    says: {},
    listing: { ...scene.listing, sort: isAscending ? `-${name}` : name, page: 1 },
  })}</th>`;
}

/** A field of the form above a list. */
export const field = (name: string, label: string, value: string | undefined, type = 'text'): Markup =>
  html`<label>${label}<input type="${type}" name="${name}" id="curfew-${name}" value="${value}" maxlength="256" autocomplete="off"></label>`;

/** A part of a name; `find` of the listing. */
export const findField = (label: string, value: string | undefined): Markup =>
  html`<label class="wide">${label}<input type="search" name="find" id="curfew-find" value="${value}" maxlength="256" autocomplete="off"></label>`;

export const choice = (
  name: string,
  label: string,
  options: readonly (readonly [value: string, label: string])[],
  chosen: string | undefined,
): Markup =>
  html`<label>${label}<select name="${name}" id="curfew-${name}">${options.map(
    ([value, text]) => html`<option value="${value}"${value === (chosen ?? '') && html` selected`}>${text}</option>`,
  )}</select></label>`;

/** Also one that has left the realms file: it can still have sessions, and a widget may be pinned to it. */
export const realmChoice = (realms: readonly string[], chosen: string | undefined): Markup | false => {
  const all = [...new Set([...realms, ...(chosen === undefined ? [] : [chosen])])];
  return (
    all.length > 1 && choice('realm', 'Realm', [['', 'all'], ...all.map((realm) => [realm, realm] as const)], chosen)
  );
};

/** The form above a list, with its button; and, where it narrows something down, the way to all of it. */
export function filterForm(scene: Scene, label: string, ...fields: readonly (Markup | false)[]): Markup {
  const { view, sort, page: _, ...filter } = scene.listing;
  const isNarrowed = Object.keys(filter).length > 0;
  const find = button({
    id: 'curfew-filter',
    label: 'Find',
    look: 'primary',
    endpoint: scene.widget,
    says: { form: '1', ...listingTexts({ view, page: 1, ...present({ sort }) }) },
  });
  const all = lookButton(scene, { id: 'curfew-all', label: 'Show all', says: {}, listing: { view, page: 1 } });
  return html`<form aria-label="${label}">${fields}<div class="bar">${find}${isNarrowed && all}</div></form>`;
}
