/** What the record writes into the pages about speed, between their marks. The rest of them is written by hand. */
import { summaryOf } from './summary.ts';
import { type Measured, tableOf } from './table.ts';

export const SUMMARY_PAGE = 'docs/performance.md';
export const TABLE_PAGE = 'docs/measurements.md';

/** The page for who asks whether it is fast enough, as it is when it says what the record says. Throws where there is no place for that. */
export const withSummary = (page: string, parts: readonly Measured[]): string =>
  inPlace(page, SUMMARY_PAGE, 'what npm run bench says', summaryOf(parts));

/** The page of every figure, and of where each comes from. */
export const withTable = (page: string, parts: readonly Measured[]): string =>
  inPlace(page, TABLE_PAGE, 'what npm run bench prints', [tableOf(parts), '', ...parts.map(originOf)].join('\n'));

function inPlace(page: string, file: string, mark: string, text: string): string {
  const place = new RegExp(`(?<=<!-- ${mark} -->\\n)[\\s\\S]*?(?=<!-- until here -->)`);
  if (!place.test(page)) throw new Error(`${file} has no place for ${mark}`);
  return page.replace(place, () => `\n${text}\n\n`);
}

function originOf({ name, about, at, command, seconds }: Measured): string {
  return `- **${name}**: ${about} \`${command}\`, ${seconds} s, ${at.slice(0, 10)}.`;
}
