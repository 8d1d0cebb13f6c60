/** What stands around every view of the widget, and what stands in several of them. */
import { present } from '../present.ts';
import type { Rung } from '../session/seat.ts';
import type { StationRecord } from '../station/stations.ts';
import type { Dashboard, Listing } from './asked.ts';
import type { Viewed } from './instants.ts';
import { type Button, button, html, type Markup, styleSheet, theirs } from './markup.ts';
import { STYLE } from './style.ts';

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

/** Wide enough for the listing as a table. */
export const isWide = ({ width }: Dashboard): boolean => width >= 760;

const STYLED = styleSheet(STYLE);

export const framed = ({ theme }: Pick<Dashboard, 'theme'>, ...contents: readonly Markup[]): Markup =>
  html`${STYLED}<div class="curfew ${theme}">${contents}</div>`;

export const notice = (kind: 'good' | 'bad' | 'plain', ...contents: readonly Markup[]): Markup =>
  html`<div class="notice notice-${kind}" role="status">${contents}</div>`;

export const rungBadge = (rung: Rung): Markup => html`<span class="rung rung-${rung}">${rung}</span>`;

/** By its name, and by its id where that is another. */
export const stationText = (id: string, station: StationRecord | undefined): Markup =>
  station === undefined || station.name === id || station.name.trim() === ''
    ? theirs(id)
    : html`${theirs(station.name)} <span class="dim">${theirs(id)}</span>`;

/** A button that shows: the listing, or with `session` that one. */
export const lookButton = (
  { widget }: Pick<Scene, 'widget'>,
  { says, ...looks }: Omit<Button, 'endpoint' | 'confirmation'> & { readonly says: Looking },
): Markup => button({ ...looks, endpoint: widget, says: present(says) });

/** What such a button tells the widget; `readAsked` reads it. */
interface Looking {
  readonly listing?: Listing | undefined;
  readonly form?: true | undefined;
  readonly session?: string | undefined;
  readonly past?: string | undefined;
}
