/** What the simulation leaves out is what the mechanism's page says that it does not cover, word for word. */
import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { JOBS_MAX } from '../../lib/session/jobs.ts';
import { DATES_MAX, OTHERS_MAX, TURNS_MAX } from '../../lib/session/word.ts';
import { JOBS_REMEMBERED, LEFT_OUT, REMEMBERED } from './left-out.ts';

test('the page on the mechanism does not cover what the simulation leaves out, and covers all else', async () => {
  const page = await readFile('docs/mechanism.md', 'utf8');
  const [, part = ''] = /\nWhat this does not cover[^\n]*\n\n((?:- [^\n]*\n)+)/.exec(page) ?? [];
  const said = part.trimEnd().split('\n');
  expect(said).toEqual(Object.values(LEFT_OUT).map(({ what }) => `- ${what}`));
});

test('the simulation expects an item to remember as much as it does', () => {
  expect(REMEMBERED).toEqual({ turns: TURNS_MAX, others: OTHERS_MAX, comings: DATES_MAX });
  expect(JOBS_REMEMBERED).toBe(JOBS_MAX);
});
