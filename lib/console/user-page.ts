/** One user in one realm: where they are, what they were refused, and what has ended. */
import type { LiveSeat } from '../service/live.ts';
import type { UserSessions } from '../service/user-sessions.ts';
import { isCounted, rungAt } from '../session/ladder.ts';
import { nameOf } from '../session/seat.ts';
import type { StationRecord } from '../station/stations.ts';
import { legend } from './deadline-bar.ts';
import { headed, type Scene, tabs } from './frame.ts';
import { olderButton, pastShown } from './history.ts';
import { seatsShown } from './listing.ts';
import { html, type Markup, theirs } from './markup.ts';
import { type RefusalShown, refusalList } from './refusal-list.ts';
import { endForm } from './session-page.ts';

export interface UserPage {
  readonly realm: string;
  readonly user: string;
  readonly sessions: UserSessions;
  readonly refusals: readonly RefusalShown[];
  readonly stations: ReadonlyMap<string, StationRecord | undefined>;
}

export function userPage(scene: Scene, page: UserPage): Markup {
  const { realm, user, sessions, refusals, stations } = page;
  const { live, past } = sessions;
  const [only, ...others] = live;
  // Of several it is one of them that is ended: on its own page.
  const action = only !== undefined && others.length === 0 ? endForm(scene, nameOf(only)) : undefined;
  return html`${[
    tabs(scene, 'page'),
    headed(html`${theirs(user)} <span class="dim">${realm}</span>`, action),
    whereNow(live, scene),
    refusalList(scene, refusals, 'Refused in the last day'),
    live.length > 0 && html`${legend()}${seatsShown(scene, { page: { items: live }, stations })}`,
    html`<h3 id="curfew-history">History, newest first</h3>`,
    past.items.length === 0
      ? html`<p>No session of theirs that is remembered has ended.</p>`
      : pastShown(scene, { items: past.items, stations, same: 'user', labelledBy: 'curfew-history' }),
    past.cursor !== undefined && olderButton(scene, { ofUser: user, inRealm: realm, past: past.cursor }),
  ]}`;
}

function whereNow(live: readonly LiveSeat[], { viewed }: Scene): Markup {
  const held = live.filter(({ session }) => isCounted(rungAt(session, viewed.now)));
  if (live.length === 0) return html`<p>Not logged in anywhere.</p>`;
  if (held.length === 0) return html`<p>Holds no seat, and may come back to a session without being asked.</p>`;
  return html`<p>${held.length === 1 ? 'Logged in at one station.' : `Logged in, with ${held.length} sessions.`}</p>`;
}
