/**
 * Instants and lengths of time. The only file that reads the clock: everything else is handed `now`.
 *
 * Inside Curfew an instant is an `EpochMs` and a length a `DurationMs`; both are plain numbers at run time and
 * cannot be mixed up at compile time. Text (RFC 3339, ISO 8601, `"30s"`) is converted here and nowhere else.
 */
declare const unit: unique symbol;

/** Milliseconds since 1970-01-01T00:00:00Z. */
export type EpochMs = number & { readonly [unit]: 'instant' };

/** A length of time in milliseconds, never negative. */
export type DurationMs = number & { readonly [unit]: 'length' };

/** Reads the clock of this machine. Called once per request, at the edge. */
export type Clock = () => EpochMs;

export const systemClock: Clock = () => Date.now() as EpochMs;

/** Further than any deadline: what `earliest` of nothing is. */
export const NEVER = Number.MAX_SAFE_INTEGER as EpochMs;

export const epochMs = (value: number): EpochMs => value as EpochMs;
export const durationMs = (value: number): DurationMs => value as DurationMs;

export const SECOND = durationMs(1_000);
export const MINUTE = durationMs(60_000);
export const HOUR = durationMs(3_600_000);
export const DAY = durationMs(86_400_000);

export const after = (at: EpochMs, length: DurationMs): EpochMs => (at + length) as EpochMs;
export const before = (at: EpochMs, length: DurationMs): EpochMs => (at - length) as EpochMs;
export const since = (from: EpochMs, to: EpochMs): DurationMs => Math.max(0, to - from) as DurationMs;
export const earliest = (...instants: readonly EpochMs[]): EpochMs => Math.min(NEVER, ...instants) as EpochMs;
export const latest = (...instants: readonly EpochMs[]): EpochMs => Math.max(...instants) as EpochMs;

/** The first multiple of `grain` that is not before `at`: deadlines round toward late. */
export const roundUp = (at: EpochMs, grain: DurationMs): EpochMs => (Math.ceil(at / grain) * grain) as EpochMs;

/** RFC 3339 in UTC with milliseconds: `2026-11-22T14:23:05.120Z`. */
export const toRfc3339 = (at: EpochMs): string => new Date(at).toISOString();

const RFC_3339 = /^(\d{4}-\d{2}-\d{2})[Tt ]([01]\d|2[0-3])(:[0-5]\d:[0-5]\d(?:\.\d+)?)([Zz]|[+-]\d{2}:\d{2})$/;

/** `undefined` when the text is no RFC 3339 date-time (a zone is required: a time without one names no instant). */
export function fromRfc3339(text: string): EpochMs | undefined {
  const [, day, hour, rest, zone] = RFC_3339.exec(text) ?? [];
  if (day === undefined || zone === undefined) return undefined;
  const at = Date.parse(`${day}T${hour}${rest}${zone.toUpperCase()}`);
  // Date would read the 30th of February as the 2nd of March.
  const isDay = !Number.isNaN(at) && new Date(`${day}T00:00:00Z`).toISOString().startsWith(day);
  return isDay ? epochMs(at) : undefined;
}

const UNITS = { ms: 1, s: SECOND, m: MINUTE, h: HOUR, d: DAY } as const;

/** Reads `"30s"`, `"5m"`, `"8h"`, `"2d"`, `"1500ms"`. `undefined` when the text is no such duration. */
export function parseDuration(text: string): DurationMs | undefined {
  const match = /^(\d{1,12})(ms|s|m|h|d)$/.exec(text);
  if (match === null) return undefined;
  return durationMs(Number(match[1]) * UNITS[match[2] as keyof typeof UNITS]);
}

/** Reads what `toIso8601` writes: `PT32S`, `PT24H`, `P1D`. `undefined` when the text is no such length; months have none. */
export function fromIso8601(text: string): DurationMs | undefined {
  const match = /^P(?=.)(?:(\d{1,6})D)?(?:T(?=.)(?:(\d{1,6})H)?(?:(\d{1,6})M)?(?:(\d{1,9}(?:\.\d{1,3})?)S)?)?$/.exec(
    text,
  );
  if (match === null) return undefined;
  const [days = 0, hours = 0, minutes = 0, seconds = 0] = match.slice(1).map((count) => Number(count ?? 0));
  return durationMs(Math.round(days * DAY + hours * HOUR + minutes * MINUTE + seconds * SECOND));
}

/** The inverse of `parseDuration`, in the largest unit that divides it: 90 000 is `"90s"`, 120 000 is `"2m"`. */
export function formatDuration(length: DurationMs): string {
  for (const name of ['d', 'h', 'm', 's'] as const) {
    if (length > 0 && length % UNITS[name] === 0) return `${length / UNITS[name]}${name}`;
  }
  return length === 0 ? '0s' : `${length}ms`;
}

/** ISO 8601: 32 000 is `PT32S`, 1 802 000 is `PT30M2S`, 90 days are `P90D`. Days are the largest unit. */
export function toIso8601(length: DurationMs): string {
  const parts = [
    [Math.floor(length / DAY), 'D'],
    [Math.floor((length % DAY) / HOUR), 'H'],
    [Math.floor((length % HOUR) / MINUTE), 'M'],
    [(length % MINUTE) / SECOND, 'S'],
  ] as const;
  const [days, ...time] = parts.map(([count, unit]) => (count > 0 ? `${count}${unit}` : ''));
  const clock = time.join('');
  return clock === '' && days !== '' ? `P${days}` : `P${days}T${clock === '' ? '0S' : clock}`;
}
