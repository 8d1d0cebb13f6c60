/** `docs/performance.md` says what `bench/results/latest.json` says. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { chartOf } from '../../bench/chart.ts';
import { withRecord } from '../../bench/page.ts';
import { type Measured, tableOf } from '../../bench/table.ts';

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

describe('the page of the record', () => {
  const { parts } = JSON.parse(read('bench/results/latest.json')) as { parts: Measured[] };
  const page = read('docs/performance.md');
  const about = '`npm run bench -- --write-page` writes it anew';

  test('has its table', () => {
    const [, after = ''] = page.split('<!-- what npm run bench prints -->\n\n');
    expect(after.slice(0, after.indexOf('\n\n')), about).toBe(tableOf(parts));
  });

  test('says what it says, and where each part of it comes from', () =>
    expect(page, about).toBe(withRecord(page, parts)));

  test('has its chart', () => expect(read('docs/performance.svg'), about).toBe(chartOf(parts)));

  test('has a line for each part that it is to have one for', () => {
    const measured = new Set(parts.map(({ name }) => name));
    const lines = { operations: 'Beside the bare SDK', counts: 'Round trips', sweep: 'Sweeps' };
    for (const [part, begins] of Object.entries(lines)) {
      expect(page.includes(`\n- **${begins}`), part).toBe(measured.has(part));
    }
  });
});

test('what stands beside the marks stays as it is', () => {
  const marks = (said: string, printed: string) =>
    `# Before\n<!-- what npm run bench says -->\n${said}<!-- until here -->\nBetween\n<!-- what npm run bench prints -->\n${printed}<!-- until here -->\nAfter`;
  const empty = marks('\n- **Goals.** 0 of 0 are met.\n\n', `\n${tableOf([])}\n\n\n`);
  expect(withRecord(marks('old', 'older'), [])).toBe(empty);
});

test('a page that has no place for the table is said', () =>
  expect(() => withRecord('<!-- until here -->', [])).toThrow('docs/performance.md has no place'));
