/** What was refused: when, where, why, and what would mend it. */
import { commandLine } from '../command/command-line.ts';
import type { refusalView } from '../http/refusal-view.ts';
import { epochMs } from '../time.ts';
import { lookButton, type Scene, shortened } from './frame.ts';
import { fromNow, instant, localized } from './instants.ts';
import { html, isolated, type Markup, theirs } from './markup.ts';

export type RefusalShown = ReturnType<typeof refusalView>;

/** Nothing where nothing was refused. */
export function refusalList(scene: Scene, refusals: readonly RefusalShown[], heading: string): Markup | undefined {
  if (refusals.length === 0) return undefined;
  return html`<h3 id="curfew-refusals">${heading}</h3><ul aria-labelledby="curfew-refusals">${refusals.map(
    (refusal, n) => {
      const { user, station, name, proven, why, mend, command } = refusal;
      const at = epochMs(Date.parse(refusal.at));
      const who = user !== undefined && html`${theirs(user)}${!proven && ' (as somebody claims)'} `;
      const where = lookButton(scene, {
        id: `curfew-refused-${n}`,
        label: name || station,
        face: shortened(name || station),
        title: isolated(name || station),
        look: 'link',
        says: { ofStation: station },
      });
      return html`<li>${instant(at, scene.viewed)} <span class="dim">${fromNow(at, scene.viewed.now)}</span> ${who}at ${where}: ${theirs(localized(why, scene.viewed))}.<div>${theirs(mend)}${command !== undefined && html` <code>${theirs(commandLine(command))}</code>`}</div></li>`;
    },
  )}</ul>`;
}
