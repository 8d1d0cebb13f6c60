import type { Figure } from '../../bench/part.ts';
import type { Measured } from '../../bench/table.ts';

/** A part that has been measured. */
export const part = (name: string, ...figures: Figure[]): Measured => ({
  name,
  about: 'How fast.',
  at: '2026-11-22T14:23:10Z',
  command: 'npm run bench',
  rounds: 3,
  seconds: 9,
  figures,
});

export const measured = (...figures: Figure[]): Measured => part('operations', ...figures);
