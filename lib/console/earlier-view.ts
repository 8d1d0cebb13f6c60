/** Who has been here: sessions that have ended, found by user, station and instant. */
import type { Past } from '../session/seat.ts';
import type { StationRecord } from '../station/stations.ts';
import { field, filterForm, findField, headed, type Paged, pager, realmChoice, type Scene, tabs } from './frame.ts';
import { pastShown } from './history.ts';
import { html, type Markup } from './markup.ts';

export interface Earlier {
  readonly page: Paged<Past>;
  readonly stations: ReadonlyMap<string, StationRecord | undefined>;
  readonly realms: readonly string[];
}

export function earlierView(scene: Scene, { page, stations, realms }: Earlier): Markup {
  const { find, realm, at } = scene.listing;
  return html`${[
    tabs(scene, 'list'),
    headed(html`Earlier sessions, the last one first`),
    filterForm(
      scene,
      'Which earlier sessions',
      findField('A part of a user’s name, or of a station’s name, id or place', find),
      realmChoice(realms, realm),
      field('at', 'Who was there at', at, 'datetime-local'),
    ),
    page.count === 0
      ? html`<p>${page.more ? 'None among those looked through. Say more of the name, or when.' : 'No session that is remembered has ended so.'}</p>`
      : html`${pager(scene, page, 'session', 'top')}${pastShown(scene, { items: page.items, stations, labelledBy: 'curfew-heading' })}${page.pages > 1 && pager(scene, page, 'session', 'bottom')}`,
    at !== undefined && html`<p class="dim">Whoever is still there is under “Logged in now”.</p>`,
  ]}`;
}
