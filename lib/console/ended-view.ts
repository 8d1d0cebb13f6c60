/** What is said to whoever has ended a session, or could not. */

import { endSchema } from '../http/operator-bodies.ts';
import { handleOf } from '../session/handle.ts';
import type { Past, SessionName } from '../session/seat.ts';
import { fault, faultsOf, type Read } from '../station/fault.ts';
import { REASON } from './asked.ts';
import { headed, lookButton, notice, type Scene, tabs } from './frame.ts';
import { fromNow, instant } from './instants.ts';
import { html, type Markup, theirs } from './markup.ts';
import { endForm } from './session-page.ts';
import { byWhom, REASON_WORDS } from './words.ts';

export type Ended =
  | { readonly is: 'ended'; readonly name: SessionName; readonly station: string }
  | { readonly is: 'had-ended'; readonly name: SessionName; readonly past: Past }
  | { readonly is: 'unknown' }
  | { readonly is: 'refused'; readonly because: string; readonly name: SessionName | undefined };

/** The reason as the API takes it. */
export function whyOf(reason: string): Read<string> {
  const read = endSchema.safeParse({ reason });
  return read.success ? { ok: true, value: read.data.reason } : fault(REASON, faultsOf(read.error)[0]?.detail ?? '');
}

export function endedView(scene: Scene, ended: Ended): Markup {
  const hasWay = scene.widget !== '';
  return html`${hasWay && tabs(scene, 'page')}${headed(html`Ending a session`)}${told(scene, ended)}${formAgain(scene, ended)}<div class="bar">${hasWay && sessionButton(scene, ended)}</div>`;
}

function told({ viewed }: Scene, ended: Ended): Markup {
  switch (ended.is) {
    case 'ended':
      return notice(
        'good',
        html`<p>The session of ${theirs(ended.name.user)} has ended.</p><p>They can log in elsewhere now. Station ${theirs(ended.station)} learns of it with the next thing that it says.</p>`,
      );
    case 'had-ended': {
      const { at, reason, by, note } = ended.past.ended;
      return notice(
        'plain',
        html`The session of ${theirs(ended.name.user)} had ended before: at ${instant(at, viewed)} (${fromNow(at, viewed.now)}), ${REASON_WORDS[reason]}, by ${theirs(byWhom(by))}${note !== undefined && html`: “${theirs(note)}”`}. Nothing was changed.`,
      );
    }
    case 'unknown':
      return notice('bad', html`Nothing is known of such a session. Nothing was changed.`);
    case 'refused':
      return notice('bad', html`Nothing was ended: the reason ${ended.because}.`);
  }
}

/** For a better reason. Where the session stands by now is not read for that. */
function formAgain(scene: Scene, ended: Ended): Markup | undefined {
  if (ended.is !== 'refused' || ended.name === undefined || scene.widget === '' || scene.end === '') return undefined;
  return endForm(scene, ended.name);
}

/** Back to it, to look again; or to how it ended. */
function sessionButton(scene: Scene, ended: Ended): Markup | undefined {
  if (ended.is === 'unknown' || ended.name === undefined) return undefined;
  const label = ended.is === 'refused' ? 'Back to the session' : 'How it ended';
  return lookButton(scene, { id: 'curfew-session', label, says: { session: handleOf(ended.name) } });
}
