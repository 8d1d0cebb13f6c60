/** One station: how it does, who is there, what it was told, and who has left it. */
import { commandLine } from '../command/command-line.ts';
import type { StationShown } from '../http/operator-refusals.ts';
import type { LiveSeat } from '../service/live.ts';
import type { Page } from '../service/ports.ts';
import type { Past, Reason } from '../session/seat.ts';
import type { StationRecord } from '../station/stations.ts';
import { legend } from './deadline-bar.ts';
import { headed, notice, type Scene, tabs } from './frame.ts';
import { olderButton, pastShown } from './history.ts';
import { fromNow, instant, localized } from './instants.ts';
import { seatsShown } from './listing.ts';
import { html, type Markup, theirs } from './markup.ts';
import { refusalList } from './refusal-list.ts';
import { healthBadge, instantOf } from './stations-view.ts';
import { REASON_WORDS } from './words.ts';

export interface StationPage {
  readonly id: string;
  /** Absent where it is registered no more: its sessions may go on, and have been. */
  readonly shown: StationShown | undefined;
  readonly there: readonly LiveSeat[];
  readonly past: Page<Past>;
  readonly stations: ReadonlyMap<string, StationRecord | undefined>;
}

export function stationPage(scene: Scene, { id, shown, there, past, stations }: StationPage): Markup {
  return html`${[
    tabs(scene, 'page'),
    headed(html`${theirs(shown?.name || id)}${shown !== undefined && html` ${healthBadge(shown.health)}`}`),
    shown === undefined
      ? notice('bad', html`No station ${theirs(id)} is registered.`)
      : html`<p>${theirs(localized(shown.health.why, scene.viewed))}${shown.health.command !== undefined && html` <code>${theirs(commandLine(shown.health.command))}</code>`}</p>${facts(scene, shown)}`,
    html`<h3 id="curfew-there">Who is there now</h3>`,
    there.length === 0
      ? html`<p>Nobody.</p>`
      : html`${legend()}${seatsShown(scene, { page: { items: there }, stations })}`,
    shown !== undefined && refusalList(scene, shown.refusals, 'What it was told in the last day'),
    shown !== undefined && caused(scene, shown),
    html`<h3 id="curfew-left">Who has left, the last one first</h3>`,
    past.items.length === 0
      ? html`<p>No session there that is remembered has ended.</p>`
      : pastShown(scene, { items: past.items, stations, same: 'station', labelledBy: 'curfew-left' }),
    past.cursor !== undefined && olderButton(scene, { ofStation: id, past: past.cursor }),
  ]}`;
}

function facts({ viewed }: Scene, shown: StationShown): Markup {
  const when = (at: string | undefined, otherwise: string) =>
    at === undefined
      ? otherwise
      : html`${instant(instantOf(at), viewed)} <span class="dim">${fromNow(instantOf(at), viewed.now)}</span>`;
  const { health } = shown;
  const ends = Object.entries(health.ended) as [Reason, number][];
  const rows: readonly (readonly [string, Markup | string])[] = [
    ['Its id', html`<code>${shown.station}</code>`],
    ['Where', shown.location === '' ? '–' : theirs(shown.location)],
    ['Realm', shown.realm],
    ['Kind', shown.kind],
    ['Last heard', when(health.heardAt, 'never')],
    ['Key made', when(shown.keyIssuedAt, 'it has none')],
    ['Ended in the last day', String(health.sessions)],
    ...ends.map(([reason, n]) => [`of these: ${REASON_WORDS[reason]}`, String(n)] as const),
    ['Refused there in the last day', String(health.refused)],
    ['Refused elsewhere because of it', String(health.caused)],
  ];
  return html`<dl>${rows.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
}

/** Who was held up by a session there. */
function caused(scene: Scene, { caused: all }: StationShown): Markup | undefined {
  if (all.length === 0) return undefined;
  return html`<h3>Refused elsewhere, because somebody was still logged in here</h3><ul>${all.map(
    ({ at, user, name }) =>
      html`<li>${instant(instantOf(at), scene.viewed)} <span class="dim">${fromNow(instantOf(at), scene.viewed.now)}</span> ${user !== undefined && theirs(user)} at ${theirs(name)}</li>`,
  )}</ul>`;
}
