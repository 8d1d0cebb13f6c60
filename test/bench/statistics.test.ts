import { describe, expect, test } from 'vitest';
import { ratios, spreadOf } from '../../bench/statistics.ts';

describe('the spread of several rounds', () => {
  test('of an odd number has the one in the middle', () =>
    expect(spreadOf([5, 1, 3])).toEqual({ min: 1, median: 3, max: 5 }));

  test('of an even number has what lies between the two in the middle', () =>
    expect(spreadOf([4, 1, 3, 100])).toEqual({ min: 1, median: 3.5, max: 100 }));

  test('of a count is that count', () => expect(spreadOf([7])).toEqual({ min: 7, median: 7, max: 7 }));

  test('sorts as numbers, and leaves the rounds in their order', () => {
    const rounds = [10, 9, 2];
    expect(spreadOf(rounds)).toEqual({ min: 2, median: 9, max: 10 });
    expect(rounds).toEqual([10, 9, 2]);
  });

  test('of nothing there is none', () => expect(() => spreadOf([])).toThrow('no middle of nothing'));
});

test('a ratio is of two figures of the same round', () => expect(ratios([10, 30], [20, 20])).toEqual([0.5, 1.5]));
