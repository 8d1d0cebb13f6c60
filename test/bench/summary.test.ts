import { expect, test } from 'vitest';
import type { Figure } from '../../bench/part.ts';
import { summaryOf } from '../../bench/summary.ts';
import { part } from './measured.ts';

const ratio = (name: string, value: number, goal?: Figure['goal']): Figure => ({
  name,
  unit: 'ratio',
  values: [value],
  ...(goal === undefined ? {} : { goal }),
});
const goal = { atLeast: 0.85 } as const;

test('goals are counted; what is missed is told by what it holds, with where and by how much', () =>
  expect(
    summaryOf([
      part('operations', ratio('near / ping', 0.68, goal), ratio('far / ping', 0.9, goal), ratio('far / login', 0.1)),
      part('sweep', ratio('many / ping', 0.8495, goal), ratio('writes', 2, { atMost: 1 })),
      part('counts'),
    ]).split('\n'),
  ).toEqual([
    '- **Goals.** 1 of 4 are met. Missed:',
    '  - operations: ping, goal ≥ 0.85: 0.68 (near), 20 % off',
    '  - sweep: ping, goal ≥ 0.85: 0.8495 (many), 0.059 % off',
    '  - sweep: writes, goal ≤ 1: 2, 100 % off',
  ]));

test('where all are met there is nothing more to say of them', () =>
  expect(summaryOf([part('operations', ratio('ping', 1, goal))])).toBe('- **Goals.** 1 of 1 are met.'));

test('a sentence is there if all that it tells is in the record', () => {
  const figures = ['sessions a second', 'writes a session', 'heap, over that before'].map((name, n) =>
    ratio(`${name} / 100,000 sessions`, n + 1),
  );
  expect(summaryOf([part('sweep', ...figures)])).not.toContain('Sweeps');
  const growth = ratio('time a session / 100,000 sessions by 1,000 sessions', 1.08);
  expect(summaryOf([part('sweep', ...figures, growth)])).toContain(
    '\n- **Sweeps.** Without the pauses of their pace, 100,000 sessions that are due at once end at 1 a second (writes a session: 2); one of them takes 1.08 times as long as one of 1,000, and the heap is at most 3 times what it was before.',
  );
});
