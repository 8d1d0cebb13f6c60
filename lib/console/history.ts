/** Sessions that have ended, as a table or a list: of one user, of one station, or of all. */
import { handleOf } from '../session/handle.ts';
import type { Past } from '../session/seat.ts';
import type { StationRecord } from '../station/stations.ts';
import { isWide, lookButton, type Scene, stationLink, userLink } from './frame.ts';
import { fromNow, instant } from './instants.ts';
import { html, isolated, type Markup, theirs } from './markup.ts';
import { byWhom, REASON_WORDS } from './words.ts';

export interface Shown {
  readonly items: readonly Past[];
  readonly stations: ReadonlyMap<string, StationRecord | undefined>;
  /** What is the same in all of them, and stands in the heading. */
  readonly same?: 'user' | 'station';
  /** The element whose text names the table. */
  readonly labelledBy: string;
}

export function pastShown(scene: Scene, shown: Shown): Markup {
  const { items, same, labelledBy } = shown;
  if (!isWide(scene.dashboard)) {
    return html`<ul aria-labelledby="${labelledBy}">${items.map((past) => card(scene, past, shown))}</ul>`;
  }
  const headings = [
    ...(same === 'user' ? [] : ['User']),
    ...(same === 'station' ? [] : ['Station']),
    'Opened',
    'Ended',
    'Why',
    'By',
    'Session',
  ];
  return html`<table aria-labelledby="${labelledBy}"><thead><tr>${headings.map((name) => html`<th scope="col">${name}</th>`)}</tr></thead><tbody>${items.map((past) => row(scene, past, shown))}</tbody></table>`;
}

function toldOf(scene: Scene, past: Past, { stations }: Shown) {
  const { viewed } = scene;
  const { name, session, ended } = past;
  const handle = handleOf(name);
  return {
    user: html`${userLink(scene, handle, name)}<div class="dim">${name.realm}</div>`,
    station: stationLink(scene, handle, session.station, stations.get(session.station)),
    opened: instant(session.openedAt, viewed),
    ended: html`${instant(ended.at, viewed)}<div class="dim">${fromNow(ended.at, viewed.now)}</div>`,
    why: REASON_WORDS[ended.reason],
    note: ended.note !== undefined && html`<div class="dim">“${theirs(ended.note)}”</div>`,
    by: theirs(byWhom(ended.by)),
    open: lookButton(scene, {
      id: `curfew-open-${handle}`,
      label: 'Open',
      about: `the session of ${isolated(name.user)} at ${isolated(session.station)}, which has ended`,
      says: { session: handle },
    }),
  };
}

function row(scene: Scene, past: Past, shown: Shown): Markup {
  const told = toldOf(scene, past, shown);
  const { same } = shown;
  return html`<tr>${[
    same !== 'user' && html`<th scope="row">${told.user}</th>`,
    same !== 'station' && html`<td>${told.station}</td>`,
  ]}<td class="nowrap">${told.opened}</td><td class="nowrap">${told.ended}</td><td>${told.why}${told.note}</td><td>${told.by}</td><td>${told.open}</td></tr>`;
}

function card(scene: Scene, past: Past, shown: Shown): Markup {
  const told = toldOf(scene, past, shown);
  const { same } = shown;
  return html`<li>${[
    same !== 'user' && html`<strong>${told.user}</strong>`,
    same !== 'station' && html`<div>${told.station}</div>`,
  ]}<div>${told.opened} until ${told.ended}</div><div>${told.why}, by ${told.by}</div>${told.note}<div class="bar">${told.open}</div></li>`;
}

/** What opens the next page of a history. */
export const olderButton = (scene: Scene, says: Parameters<typeof lookButton>[1]['says']): Markup =>
  html`<div class="bar">${lookButton(scene, { id: 'curfew-older', label: 'Older sessions', says })}</div>`;
