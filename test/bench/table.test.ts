import { describe, expect, test } from 'vitest';
import type { Figure, Goal } from '../../bench/part.ts';
import { inDigits, isMet, medianOf, missedGoals, tableOf } from '../../bench/table.ts';
import { present } from '../../lib/present.ts';
import { measured } from './measured.ts';

const pace: Figure = {
  name: 'login, by bare SDK',
  unit: 'ratio',
  values: [0.9, 0.8512, 0.84],
  goal: { atLeast: 0.85 },
  beside: '412 by 484 a second',
};
const count: Figure = { name: 'login / requests', unit: 'requests', values: [2], goal: { atMost: 1 } };

test('the table has a line for each part and each figure, and says of each goal whether it is met', () =>
  expect(tableOf([measured(pace, count)])).toBe(
    [
      '|                    |  min | median | max | unit     | goal            |                     |',
      '|--------------------|-----:|-------:|----:|----------|-----------------|---------------------|',
      '| **operations**     |      |        |     |          |                 |                     |',
      '| login, by bare SDK | 0.84 |  0.851 | 0.9 | ratio    | ≥ 0.85, met     | 412 by 484 a second |',
      '| login / requests   |      |      2 |     | requests | ≤ 1, **missed** |                     |',
    ].join('\n'),
  ));

describe('a goal', () => {
  test('is held by the median', () => {
    expect(isMet({ values: [0.1, 0.9, 1], goal: { atLeast: 0.85 } })).toBe(true);
    expect(isMet({ values: [0.1, 0.2, 1], goal: { atLeast: 0.85 } })).toBe(false);
    expect(isMet({ values: [1, 2, 90], goal: { atMost: 2 } })).toBe(true);
  });

  test('is held by what was measured, not by what three digits say of it', () => {
    expect(isMet({ values: [0.8495], goal: { atLeast: 0.85 } })).toBe(false);
    expect(isMet({ values: [0.85], goal: { atLeast: 0.85 } })).toBe(true);
    expect(isMet({ values: [1.0501], goal: { atMost: 1.05 } })).toBe(false);
    expect(isMet({ values: [5000.4], goal: { atMost: 5_000 } })).toBe(false);
  });

  test('that is absent is met', () => expect(isMet({ values: [0] })).toBe(true));

  test('that is missed is said in a line', () =>
    expect(missedGoals([measured(pace, count)])).toEqual(['operations: login / requests is 2, and its goal is ≤ 1']));
});

test.each([
  [0.123456, '0.123'],
  [12.3456, '12.3'],
  [999.6, '1000'],
  [123456.7, '123457'],
  [2, '2'],
  [1234, '1234'],
  [0, '0'],
])('%d is shown as %s', (value, text) => expect(inDigits(value)).toBe(text));

test.each<[number, Goal | undefined, string]>([
  [0.8495, { atLeast: 0.85 }, '0.8495'],
  [0.849_999_96, { atLeast: 0.85 }, '0.84999996'],
  [0.8512, { atLeast: 0.85 }, '0.851'],
  [0.6968, { atLeast: 0.85 }, '0.697'],
  [1.0501, { atMost: 1.05 }, '1.0501'],
  [5000.4, { atMost: 5_000 }, '5000.4'],
  [0.8495, undefined, '0.85'],
])(
  'a median of %d beside %o is shown as %s, which meets its goal or misses it as the median does',
  (value, goal, text) => expect(medianOf({ values: [value], ...present({ goal }) })).toBe(text),
);
