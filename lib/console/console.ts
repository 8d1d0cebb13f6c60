/**
 * The console: what two functions answer to a CloudWatch dashboard. One looks and one ends, so that the right to look and
 * the right to end are two grants. Nothing is decided here.
 */

import type { Audit } from '../service/audit.ts';
import type { Keeper } from '../service/keeper.ts';
import { BadCursor, Unavailable } from '../service/ports.ts';
import { parseHandle, sealedHandleOf } from '../session/handle.ts';
import type { Clock } from '../time.ts';
import { type Asked, readAsked } from './asked.ts';
import { DESCRIPTION } from './description.ts';
import { type Ended, endedView, whyOf } from './ended-view.ts';
import { framed, lookButton, notice, type Scene } from './frame.ts';
import { type LookingParts, look } from './looking.ts';
import { html, type Markup } from './markup.ts';

/** Called with errors that nobody foresaw; the dashboard's viewer learns nothing of them. */
type Complain = (message: string, error: unknown) => void;

export interface ConsoleParts extends LookingParts {
  readonly complain: Complain;
  /** The ARN of the function that ends sessions. */
  readonly end: string;
}

/** @param widget the ARN by which this function was called */
export type Widget = (event: unknown, widget: string) => Promise<string>;

/** Markdown for who is about to add the widget, otherwise HTML. */
export function createConsole(parts: ConsoleParts): Widget {
  return async (event, widget) => {
    if (isDescribing(event)) return DESCRIPTION;
    return answered(event, { ...parts, widget }, (asked, scene) => look(parts, scene, asked));
  };
}

const isDescribing = (event: unknown): boolean =>
  typeof event === 'object' && event !== null && 'describe' in event && event.describe !== false;

export interface EndingParts {
  readonly keeper: Pick<Keeper, 'end'>;
  readonly clock: Clock;
  readonly complain: Complain;
  /** Around each end. */
  readonly audit: Audit;
}

/** @param requestId names this call, in the log and in CloudTrail: Lambda does not say who calls. */
export type EndingWidget = (event: unknown, requestId: string) => Promise<string>;

/** Ends the session that it is told, for the reason in the form, and says what came of it. */
export function createEnding(parts: EndingParts): EndingWidget {
  return (event, requestId) =>
    // Without its own look there is no way back but the dashboard's; with it, its buttons call the widget again.
    answered(event, parts, async (asked, scene) => endedView(scene, await end(parts, asked, requestId, scene)));
}

async function end(parts: EndingParts, asked: Asked, requestId: string, scene: Scene): Promise<Ended> {
  const reason = whyOf(asked.reason);
  const name = asked.session === undefined ? undefined : parseHandle(asked.session);
  if (!reason.ok) return { is: 'refused', because: reason.faults[0]?.detail ?? '', name };
  if (name === undefined) return { is: 'unknown' };
  const principal = `console/${requestId}`;
  const { now } = scene.viewed;
  const intent = { principal, action: 'end-session', on: name.realm, reason: reason.value } as const;
  return parts.audit(intent, async (done): Promise<Ended> => {
    const answer = await parts.keeper.end(name, { principal, id: requestId, note: reason.value, now });
    if (answer.is === 'ended') {
      done({ session: sealedHandleOf(name, answer.seat.session) });
      return { is: 'ended', name, station: answer.seat.session.station };
    }
    return answer.is === 'gone' && answer.past !== undefined
      ? { is: 'had-ended', name, past: answer.past }
      : { is: 'unknown' };
  });
}

/** Reads what is asked and frames the answer, whatever goes wrong. */
async function answered(
  event: unknown,
  {
    clock,
    complain,
    end,
    widget,
  }: Pick<ConsoleParts, 'clock' | 'complain'> & { readonly widget?: string; readonly end?: string },
  answer: (asked: Asked, scene: Scene) => Promise<Markup>,
): Promise<string> {
  const asked = readAsked(event);
  if (asked === undefined) {
    const text = html`The parameters of this widget are not its own. It takes <code>realm</code>, <code>find</code>, <code>user</code>, <code>station</code>, <code>rung</code>, <code>sort</code> and <code>view</code>, each a text, or none.`;
    return String(framed({ theme: 'light' }, notice('bad', text)));
  }
  const { dashboard, listing } = asked;
  const viewed = { now: clock(), aheadMs: dashboard.aheadMs };
  const functions = { widget: widget ?? asked.widget ?? '', end: end ?? asked.end ?? '' };
  const scene: Scene = { dashboard, listing, viewed, ...functions };
  try {
    return String(framed(dashboard, await answer(asked, scene)));
  } catch (error) {
    return String(framed(dashboard, notice('bad', html`${faultText(error, complain)}`), wayOn(scene)));
  }
}

/** To the listing's beginning: where somebody was may be what was wrong. */
const wayOn = (scene: Scene): Markup =>
  html`${scene.widget !== '' && lookButton(scene, { id: 'curfew-again', label: 'Show the sessions', says: {}, listing: { ...scene.listing, view: 'sessions', page: 1 } })}`;

function faultText(error: unknown, complain: Complain): string {
  if (error instanceof BadCursor) return 'This page is not known any more: begin again.';
  if (error instanceof Unavailable) {
    complain(error.message, error.cause);
    return 'The table does not answer just now; asking again is safe.';
  }
  complain('unexpected error', error);
  return 'Something went wrong here; the error is in the log of this function.';
}
