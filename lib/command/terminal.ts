/** What a terminal is shown: colours, columns, and names from elsewhere. */
import type { styleText } from 'node:util';
import { printable } from '../printable.ts';

/** Colours a text, or leaves it as it is. */
export type Paint = (format: 'red' | 'yellow' | 'green' | 'dim', text: string) => ReturnType<typeof styleText>;

export const count = (n: number, noun: string): string => `${n === 0 ? 'no' : n} ${noun}${n === 1 ? '' : 's'}`;

/** Columns as wide as their widest cell. */
export function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => widthOf(row[column] ?? ''))));
  return rows.map((row) =>
    row
      .map((cell, column) => cell + ' '.repeat(Math.max(0, (widths[column] ?? 0) - widthOf(cell))))
      .join('  ')
      .trimEnd(),
  );
}

/** What a row or a line says, by the name of its column or by itself. */
export type Row = readonly (string | undefined)[];

/** A heading and rows, whose cells may come from anywhere. */
export function table(heading: readonly string[], rows: readonly Row[], paint: Paint): string[] {
  const cells = rows.map((row) => row.map((cell = '') => printable(cell)));
  const [head = '', ...lines] = aligned([heading, ...cells]);
  return [paint('dim', head), ...lines];
}

const GRAPHEMES = new Intl.Segmenter('en', { granularity: 'grapheme' });
const WIDE =
  /\p{Emoji_Presentation}|\uFE0F|[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\u3000-\u303F\uFF01-\uFF60]/u;

/** In columns of a terminal, where an emoji or a Chinese character takes two. */
const widthOf = (text: string): number =>
  [...GRAPHEMES.segment(text)].reduce((width, { segment }) => width + (WIDE.test(segment) ? 2 : 1), 0);

/** Lines of at most so many characters, broken at blanks; a longer word has a line of its own. */
export function wrapped(text: string, charactersMax: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= charactersMax) lines.push(`${lines.pop()} ${word}`);
    else lines.push(word);
  }
  return lines;
}
