import { describe, expect, test } from 'vitest';
import { chartOf } from '../../bench/chart.ts';
import type { Figure } from '../../bench/part.ts';
import { measured } from './measured.ts';

const ratio = (name: string, values: number[], atLeast?: number): Figure => ({
  name,
  unit: 'ratio',
  values,
  ...(atLeast === undefined ? {} : { goal: { atLeast } }),
});

const centres = (svg: string): number[] => [...svg.matchAll(/<circle[^>]* cx="([\d.]+)"/g)].map(([, x]) => Number(x));

describe('the chart', () => {
  test('shows ratios alone', () => {
    const svg = chartOf([measured(ratio('login', [1]), { name: 'requests', unit: 'requests', values: [2] })]);
    expect(svg).toContain('>login<');
    expect(svg).not.toContain('>requests<');
  });

  test('puts the larger ratio further to the right, all of them inside', () => {
    const svg = chartOf([measured(ratio('a', [0.5]), ratio('b', [1]), ratio('c', [7.3]))]);
    const [a = 0, b = 0, c = 0] = centres(svg);
    expect(a).toBeLessThan(b);
    expect(b).toBeLessThan(c);
    expect(c).toBeLessThan(Number(/width="(\d+)"/.exec(svg)?.[1]));
  });

  test('marks goals, and what misses one', () => {
    const svg = chartOf([measured(ratio('met', [0.9], 0.85), ratio('missed', [0.5], 0.85), ratio('shown', [0.5]))]);
    expect(svg.match(/class="goal"/g)).toHaveLength(2);
    expect(svg.match(/class="median"/g)).toHaveLength(2);
    expect(svg.match(/class="missed"/g)).toHaveLength(1);
  });

  test('says once what several names begin with', () => {
    const svg = chartOf([measured(ratio('near / login', [1]), ratio('near / ping', [1]), ratio('far / ping', [1]))]);
    expect([...svg.matchAll(/class="h"[^>]*>([^<]*)/g)].map(([, text]) => text)).toEqual([
      'operations, near',
      'operations, far',
    ]);
    expect(svg.match(/>ping</g)).toHaveLength(2);
  });

  test('takes a name for text, whatever stands in it', () =>
    expect(chartOf([measured(ratio('<b> & "c"', [1]))])).toContain('&lt;b&gt; &amp; &quot;c&quot;'));

  test('has a line for 1, where both are as fast, however large or small the ratios are', () =>
    expect(chartOf([measured(ratio('a', [23, 0]))])).toContain('class="one"'));

  test('of no ratio at all is an empty one', () => expect(chartOf([])).toContain('</svg>'));
});
