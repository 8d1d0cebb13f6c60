/** Lengths and columns as people read them. */
import { expect, test } from 'vitest';
import { leftInShort, passedInShort } from '../../lib/command/lengths.ts';
import { table } from '../../lib/command/terminal.ts';
import { durationMs } from '../../lib/time.ts';

test.each([
  [0, '0s', '0s'],
  [1, '1s', '0s'],
  [59_999, '1m', '59s'],
  [251_500, '4m 12s', '4m 11s'],
  [3_599_001, '1h', '59m 59s'],
  [43_199_000, '12h', '11h 59m'],
  [86_399_999, '1d', '23h 59m'],
  [90_000_000, '1d 1h', '1d 1h'],
])('%i ms are still %s, and have been %s', (ms, left, passed) =>
  expect([leftInShort(durationMs(ms)), passedInShort(durationMs(ms))]).toEqual([left, passed]),
);

test('columns stand below each other, whatever is written in them', () =>
  expect(
    table(
      ['station', 'user'],
      [
        ['مكتبة', 'ana'],
        ['印刷', 'bo'],
        ['🖨️ 1', '\u001b[31mred\n'],
        ['lib-1', undefined],
      ],
      (_, plain) => plain,
    ),
  ).toEqual(['station  user', 'مكتبة    ana', '印刷     bo', '🖨️ 1     \\u{1b}[31mred\\u{a}', 'lib-1']));
