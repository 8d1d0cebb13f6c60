/** Instants as the API writes them and as people read them, and how far they are from now. */
import { DAY, type EpochMs, epochMs, fromRfc3339, since, toRfc3339 } from '../time.ts';
import { leftInShort, passedInShort } from './lengths.ts';
import type { View } from './terminal.ts';

/** Whose clock instants are read by. */
type Clocked = Pick<View, 'now' | 'zone' | 'inUtc'>;

/** Of an instant that the API wrote. */
export const instantOf = (text: string): EpochMs => epochMs(Date.parse(text));

/** `4m 12s ago`. */
export const ago = (text: string, now: EpochMs): string => `${passedInShort(since(instantOf(text), now))} ago`;

/** `4m 12s`; nothing once it has passed. */
export const left = (text: string, now: EpochMs): string => leftInShort(since(now, instantOf(text)));

/** In UTC, where the second is enough: `2026-11-22T14:23:05Z`. */
export const toSecond = (text: string): string => text.replace(/\.\d{3}Z$/, 'Z');

/** By the viewer's clock: `15:23:05`, of another day `2026-11-21 15:23:05`; in UTC `2026-11-22T14:23:05Z`. */
export function moment(text: string, { now, zone, inUtc = false }: Clocked): string {
  if (inUtc) return toSecond(text);
  const [day, time] = clockOf(instantOf(text), zone);
  const [today] = clockOf(now, zone);
  return day === today ? time : `${day} ${time}`;
}

/** A sentence that has instants in it, with these as the viewer's clock has them. */
export const withMoments = (sentence: string, view: Clocked): string =>
  sentence.replace(INSTANT, (found) => moment(found, view));

const INSTANT = /\b\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{3})?Z/g;

const FORMATS = new Map<string | undefined, Intl.DateTimeFormat>();

/** Day and time of day, as a clock in this zone has them. */
function clockOf(at: EpochMs, zone: string | undefined): [day: string, time: string] {
  // Sweden writes dates as ISO 8601 does.
  const format =
    FORMATS.get(zone) ??
    new Intl.DateTimeFormat('sv-SE', {
      dateStyle: 'short',
      timeStyle: 'medium',
      ...(zone === undefined ? {} : { timeZone: zone }),
    });
  FORMATS.set(zone, format);
  const [day = '', time = ''] = format.format(at).split(' ');
  return [day, time];
}

const LOCAL = /^(?:(\d{4}-\d{2}-\d{2})[T ])?(\d{1,2}):(\d{2})(?::(\d{2}))?$/;

/**
 * What somebody at a terminal calls an instant: `14:00` (the last one that there was), `2026-11-22 14:00`, both by their
 * own clock, or RFC 3339. `undefined` where the text is none.
 */
export function readMoment(text: string, { now, zone }: Pick<View, 'now' | 'zone'>): EpochMs | undefined {
  const exact = fromRfc3339(text);
  if (exact !== undefined) return exact;
  const [, said, hour = '', minute = '', second = '00'] = LOCAL.exec(text.trim()) ?? [];
  if (hour === '') return undefined;
  const [today] = clockOf(now, zone);
  const onDay = (day: string) => {
    const asUtc = fromRfc3339(`${day}T${hour.padStart(2, '0')}:${minute}:${second}Z`);
    return asUtc === undefined ? undefined : inZone(asUtc, zone);
  };
  const at = onDay(said ?? today);
  if (said !== undefined || at === undefined || at <= now) return at;
  return onDay(toRfc3339(epochMs(Date.parse(`${today}T12:00:00Z`) - DAY)).slice(0, 10));
}

/** The instant at which a clock in this zone shows what one in UTC shows at `asUtc`. */
function inZone(asUtc: EpochMs, zone: string | undefined): EpochMs {
  const shownAt = (at: EpochMs) => Date.parse(`${clockOf(at, zone).join('T')}Z`);
  const guess = epochMs(asUtc - (shownAt(asUtc) - asUtc));
  // Where the clocks are changed between the two.
  return epochMs(guess - (shownAt(guess) - asUtc));
}

export const MOMENT_RULE = 'It must be "14:00", "2026-11-22 14:00" or RFC 3339, such as 2026-11-22T14:00:00Z.';
