import { describe, expect, test } from 'vitest';
import {
  DAY,
  durationMs,
  earliest,
  epochMs,
  formatDuration,
  fromIso8601,
  fromRfc3339,
  HOUR,
  latest,
  MINUTE,
  NEVER,
  parseDuration,
  roundUp,
  SECOND,
  since,
  toIso8601,
  toRfc3339,
} from '../lib/time.ts';

describe('a duration in a policy', () => {
  test.each([
    ['30s', 30_000],
    ['5m', 300_000],
    ['8h', 28_800_000],
    ['2d', 172_800_000],
    ['1500ms', 1_500],
    ['0s', 0],
  ])('%s is %i ms', (text, ms) => expect(parseDuration(text)).toBe(ms));

  test.each(['', '30', 's', '-5s', '1.5h', '5 m', '5M', '1h30m', ' 5s', '5s\n', '1234567890123s', '٣s'])(
    '%j is none',
    (text) => expect(parseDuration(text)).toBeUndefined(),
  );

  test.each([
    [0, '0s'],
    [1, '1ms'],
    [1_500, '1500ms'],
    [90_000, '90s'],
    [120_000, '2m'],
    [12 * HOUR, '12h'],
    [48 * HOUR, '2d'],
  ])('%i ms is written as %s, and read back the same', (ms, text) => {
    expect(formatDuration(durationMs(ms))).toBe(text);
    expect(parseDuration(text)).toBe(ms);
  });
});

describe('a length in an answer', () => {
  test.each([
    [0, 'PT0S'],
    [100, 'PT0.1S'],
    [32_000, 'PT32S'],
    [MINUTE, 'PT1M'],
    [30 * MINUTE + 2 * SECOND, 'PT30M2S'],
    [12 * HOUR, 'PT12H'],
    [48 * HOUR, 'P2D'],
    [48 * HOUR + 1_500, 'P2DT1.5S'],
  ])('%i ms is %s, and read as it', (ms, text) => {
    expect(toIso8601(durationMs(ms))).toBe(text);
    expect(fromIso8601(text)).toBe(ms);
  });

  test.each([
    ['PT24H', DAY],
    ['P1DT1M', DAY + MINUTE],
    ['PT90M', 90 * MINUTE],
  ])('%s is read in whichever units', (text, ms) => expect(fromIso8601(text)).toBe(ms));

  test.each(['', 'P', 'PT', 'P1DT', 'P1M', 'P1Y', 'P1W', 'PT1H2', '1h', 'PT-1S', 'pt1s', ' PT1S', 'PT1.2345S'])(
    '%j is none',
    (text) => expect(fromIso8601(text)).toBeUndefined(),
  );
});

describe('an instant', () => {
  test('is written in UTC with milliseconds', () =>
    expect(toRfc3339(epochMs(1_795_343_100_120))).toBe('2026-11-22T10:25:00.120Z'));

  test.each([
    ['2026-11-22T10:25:00.120Z', 1_795_343_100_120],
    ['2026-11-22 10:25:00z', 1_795_343_100_000],
    ['2026-11-22T12:25:00+02:00', 1_795_343_100_000],
    ['2026-11-22T10:25:00.123456Z', 1_795_343_100_123],
  ])('%s is read', (text, at) => expect(fromRfc3339(text)).toBe(at));

  test.each([
    '',
    'now',
    '2026-11-22',
    '2026-11-22T10:25:00',
    '2026-13-01T00:00:00Z',
    '2026-02-30T00:00:00Z',
    '2026-11-22T24:00:00Z',
    '1795343100120',
  ])('%j names none', (text) => expect(fromRfc3339(text)).toBeUndefined());
});

describe('arithmetic', () => {
  test.each([
    [0, 0],
    [1, 60_000],
    [59_999, 60_000],
    [60_000, 60_000],
    [60_001, 120_000],
  ])('a deadline at %i rounds up to the slot at %i', (at, slot) => expect(roundUp(epochMs(at), MINUTE)).toBe(slot));

  test('the earliest of no instants is never', () => expect(earliest()).toBe(NEVER));
  test('earliest and latest choose', () => {
    expect(earliest(epochMs(3), epochMs(1), epochMs(2))).toBe(1);
    expect(latest(epochMs(3), epochMs(1), epochMs(2))).toBe(3);
  });
  test('no time has passed since an instant to come', () => expect(since(epochMs(5), epochMs(3))).toBe(0));
});
