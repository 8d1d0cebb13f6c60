/** Lengths of time as people read them. */
import { DAY, type DurationMs, durationMs, fromIso8601, HOUR, MINUTE, SECOND } from '../time.ts';

const UNITS = [
  { ms: DAY, short: 'd', word: 'day' },
  { ms: HOUR, short: 'h', word: 'hour' },
  { ms: MINUTE, short: 'm', word: 'minute' },
  { ms: SECOND, short: 's', word: 'second' },
  { ms: durationMs(1), short: 'ms', word: 'millisecond' },
] as const;

type Unit = (typeof UNITS)[number];

function inUnits(length: DurationMs, told: (n: number, unit: Unit) => string): string {
  const parts: string[] = [];
  let rest: number = length;
  for (const unit of UNITS) {
    const n = Math.floor(rest / unit.ms);
    rest -= n * unit.ms;
    if (n > 0) parts.push(told(n, unit));
  }
  return parts.join(' ') || '0';
}

const worded = (n: number, { word }: Unit) => `${n} ${word}${n === 1 ? '' : 's'}`;

/** `8h 10m`, `30m 2s`; nothing is `0`. */
export const inShort = (length: DurationMs): string => inUnits(length, (n, { short }) => `${n}${short}`);

/** What the API writes as ISO 8601 (`PT5M2S`), in short; anything else (`off`) as it is. */
export function isoInShort(text: string): string {
  const length = fromIso8601(text);
  return length === undefined ? text : inShort(length);
}

/** Of an hour nobody needs the seconds, of days not the minutes. */
const grainOf = (length: DurationMs): DurationMs => (length < HOUR ? SECOND : length < DAY ? MINUTE : HOUR);

/** How long it is still, in short and rounded up: `4m 12s`, `11h 59m`. */
export const leftInShort = (length: DurationMs): string =>
  inShort(durationMs(Math.ceil(length / grainOf(length)) * grainOf(length))).replace(/^0$/, '0s');

/** How long it has been, in short and rounded down. */
export const passedInShort = (length: DurationMs): string =>
  inShort(durationMs(Math.floor(length / grainOf(length)) * grainOf(length))).replace(/^0$/, '0s');

/** `8 hours 10 minutes`. */
export const inWords = (length: DurationMs): string => inUnits(length, worded);

/** More of one unit is hard to read. */
const COUNT_MAX = 99;

/** `60 to 70 minutes`; `8 hours to 8 hours 10 minutes`. */
export function rangeInWords(from: DurationMs, to: DurationMs): string {
  const unit = UNITS.find(({ ms }) => from % ms === 0 && to % ms === 0);
  return unit !== undefined && from > 0 && to / unit.ms <= COUNT_MAX
    ? `${from / unit.ms} to ${worded(to / unit.ms, unit)}`
    : `${inWords(from)} to ${inWords(to)}`;
}
