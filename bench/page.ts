/** `docs/performance.md`: what the record writes into it, between its marks. The rest is written by hand. */
import { summaryOf } from './summary.ts';
import { type Measured, tableOf } from './table.ts';

/** The page as it is when it says what the record says. Throws where there is no place for that. */
export function withRecord(page: string, parts: readonly Measured[]): string {
  const table = [tableOf(parts), '', ...parts.map(originOf)].join('\n');
  return inPlace(inPlace(page, 'what npm run bench says', summaryOf(parts)), 'what npm run bench prints', table);
}

function inPlace(page: string, mark: string, text: string): string {
  const place = new RegExp(`(?<=<!-- ${mark} -->\\n)[\\s\\S]*?(?=<!-- until here -->)`);
  if (!place.test(page)) throw new Error(`docs/performance.md has no place for ${mark}`);
  return page.replace(place, () => `\n${text}\n\n`);
}

function originOf({ name, about, at, command, seconds }: Measured): string {
  return `- **${name}**: ${about} \`${command}\`, ${seconds} s, ${at.slice(0, 10)}.`;
}
