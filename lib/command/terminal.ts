/** What a terminal is shown: colours, columns, and names from elsewhere. */
import type { styleText } from 'node:util';
import { printable } from '../printable.ts';
import type { EpochMs } from '../time.ts';

/** Colours a text, or leaves it as it is. */
export type Paint = (format: 'red' | 'yellow' | 'green' | 'dim', text: string) => ReturnType<typeof styleText>;

/** Who looks at what is printed, and when. */
export interface View {
  readonly paint: Paint;
  /** How wide their terminal is; absent where it is a pipe or a file, which shortens nothing. */
  readonly columns?: number;
  /** Whose clock they read: `Europe/Berlin`. @default the zone of this machine */
  readonly zone?: string;
  /** They want instants in UTC, as the API writes them. */
  readonly inUtc?: boolean;
  /** They want every column, and nothing shortened. */
  readonly isWide?: boolean;
  readonly now: EpochMs;
}

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

/** Names and what is said of them; what has no room beside its name goes on below. */
export function factLines(facts: readonly (readonly string[])[], { columns, isWide = false }: View): string[] {
  const named = Math.max(...facts.map(([name = '']) => widthOf(name)));
  const lines = facts.flatMap(([name = '', told = '']) => {
    const room = columns === undefined || isWide ? Number.POSITIVE_INFINITY : columns - named - 2;
    return wrapped(told, room).map((line, n) => [n === 0 ? name : '', line]);
  });
  return aligned(lines);
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
const graphemesOf = (text: string): string[] => [...GRAPHEMES.segment(text)].map(({ segment }) => segment);

/** What Unicode calls wide or full width (UAX 11), by its blocks; emoji by how they are presented. */
const WIDE =
  /\p{Emoji_Presentation}|\uFE0F|[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Bopomofo}\p{Script=Yi}\p{Script=Tangut}\u3000-\u303E\u3190-\u31EF\uFE30-\uFE6F\uFF01-\uFF60\uFFE0-\uFFE6]/u;

const gapOf = (grapheme: string): number => (WIDE.test(grapheme) ? 2 : 1);

/** In columns of a terminal, where an emoji or a Chinese character takes two. */
export const widthOf = (text: string): number => graphemesOf(text).reduce((width, one) => width + gapOf(one), 0);

/** As much of it as so many columns hold, the last of which then says that there was more. */
export function cut(text: string, columns: number): string {
  if (widthOf(text) <= columns) return text;
  let [kept, width] = ['', 0];
  for (const grapheme of graphemesOf(text)) {
    width += gapOf(grapheme);
    if (width > columns - 1) break;
    kept += grapheme;
  }
  return `${kept.trimEnd()}…`;
}

/** A sentence, in as many lines as it needs; `indent` columns from the left. */
export const linesOf = (sentence: string, { columns }: View, indent = 0): string[] =>
  (columns === undefined ? [sentence] : wrapped(sentence, columns - indent)).map((line) => ' '.repeat(indent) + line);

/** Lines of at most so many columns, broken at blanks; a longer word is broken where it must be. */
export function wrapped(text: string, columns: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && widthOf(last) + 1 + widthOf(word) <= columns) lines.push(`${lines.pop()} ${word}`);
    else lines.push(...broken(word, columns));
  }
  return lines;
}

function broken(word: string, columns: number): string[] {
  if (widthOf(word) <= columns) return [word];
  const pieces = [''];
  for (const grapheme of graphemesOf(word)) {
    if (widthOf(pieces.at(-1) ?? '') + gapOf(grapheme) > columns) pieces.push('');
    pieces.push(`${pieces.pop()}${grapheme}`);
  }
  return pieces;
}

/** Of an ARN what tells people apart: `assumed-role/Admin/ana`. */
export const actorOf = (principal: string): string => principal.replace(/^arn:[^:]*:[^:]*:[^:]*:[^:]*:/, '');
