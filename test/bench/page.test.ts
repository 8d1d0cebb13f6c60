/** The pages about speed say what `bench/results/latest.json` says. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { chartOf } from '../../bench/chart.ts';
import { SUMMARY_PAGE, TABLE_PAGE, withSummary, withTable } from '../../bench/page.ts';
import { type Measured, tableOf } from '../../bench/table.ts';

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

describe('the pages of the record', () => {
  const { parts } = JSON.parse(read('bench/results/latest.json')) as { parts: Measured[] };
  const page = read(SUMMARY_PAGE);
  const table = read(TABLE_PAGE);
  const about = '`npm run bench -- --write-page` writes it anew';

  test('have its table', () => {
    const [, after = ''] = table.split('<!-- what npm run bench prints -->\n\n');
    expect(after.slice(0, after.indexOf('\n\n')), about).toBe(tableOf(parts));
  });

  test('say what it says, and where each part of it comes from', () => {
    expect(page, about).toBe(withSummary(page, parts));
    expect(table, about).toBe(withTable(table, parts));
  });

  test('have its chart', () => expect(read('docs/performance.svg'), about).toBe(chartOf(parts)));

  test('have a line for each part that it is to have one for', () => {
    const measured = new Set(parts.map(({ name }) => name));
    const lines = { operations: 'Beside the bare SDK', counts: 'Round trips', sweep: 'Sweeps' };
    for (const [part, begins] of Object.entries(lines)) {
      expect(page.includes(`\n- **${begins}`), part).toBe(measured.has(part));
    }
  });
});

test('what stands beside the marks stays as it is', () => {
  const marked = (mark: string, text: string) => `# Before\n<!-- ${mark} -->\n${text}<!-- until here -->\nAfter`;
  const said = (text: string) => marked('what npm run bench says', text);
  const printed = (text: string) => marked('what npm run bench prints', text);
  expect(withSummary(said('old'), [])).toBe(said('\n- **Goals.** 0 of 0 are met.\n\n'));
  expect(withTable(printed('older'), [])).toBe(printed(`\n${tableOf([])}\n\n\n`));
});

test('a page that has no place for the record is said', () => {
  expect(() => withSummary('<!-- until here -->', [])).toThrow('docs/performance.md has no place');
  expect(() => withTable('<!-- until here -->', [])).toThrow('docs/measurements.md has no place');
});
