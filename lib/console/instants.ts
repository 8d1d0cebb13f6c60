/** Instants and lengths as the dashboard's viewer reads them. */
import { inShort } from '../command/lengths.ts';
import { DAY, type DurationMs, durationMs, type EpochMs, epochMs, MINUTE, SECOND, since, toRfc3339 } from '../time.ts';
import { html, type Markup } from './markup.ts';

/** When it is, and where the viewer's clock stands. */
export interface Viewed {
  readonly now: EpochMs;
  /** How far the viewer's clock is ahead of UTC; negative where it is behind. */
  readonly aheadMs: number;
}

/** `14:23:05`, and of another day `2026-11-21 14:23:05`. */
export function clockTime(at: EpochMs, { now, aheadMs }: Viewed): string {
  const [day, time = ''] = localText(at, aheadMs);
  const [today] = localText(now, aheadMs);
  return day === today ? time : `${day} ${time}`;
}

const localText = (at: EpochMs, aheadMs: number): string[] =>
  toRfc3339(epochMs(at + aheadMs))
    .slice(0, 19)
    .split('T');

/** A sentence that has instants in it, with these as the viewer's clock has them. */
export const localized = (sentence: string, viewed: Viewed): string =>
  sentence.replace(INSTANT, (found) => clockTime(epochMs(Date.parse(found)), viewed));

const INSTANT = /\b\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{3})?Z/g;

export const instant = (at: EpochMs, viewed: Viewed): Markup =>
  html`<time datetime="${toRfc3339(at)}">${clockTime(at, viewed)}</time>`;

/** `3m 20s ago`, `in 8h 10m`: the two largest units, for nobody counts seconds of an hour. */
export function fromNow(at: EpochMs, now: EpochMs): string {
  const length = at < now ? since(at, now) : since(now, at);
  if (length < SECOND) return 'now';
  const told = inShort(coarsened(length));
  return at < now ? `${told} ago` : `in ${told}`;
}

/** Whole minutes of what lasts an hour, whole hours of what lasts days, whole seconds of the rest. */
function coarsened(length: DurationMs): DurationMs {
  const grain = length >= DAY ? 60 * MINUTE : length >= 60 * MINUTE ? MINUTE : SECOND;
  return durationMs(Math.floor(length / grain) * grain);
}
