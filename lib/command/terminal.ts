/** What a terminal is shown: colours, columns, and names from elsewhere. */
import type { styleText } from 'node:util';

/** Colours a text, or leaves it as it is. */
export type Paint = (format: 'red' | 'yellow' | 'green' | 'dim', text: string) => ReturnType<typeof styleText>;

/** A name or value comes from the file; it must neither steer the terminal nor break the line. */
export const printable = (text: string): string =>
  text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (found) => `\\u{${found.codePointAt(0)?.toString(16)}}`);

export const count = (n: number, noun: string): string => `${n === 0 ? 'no' : n} ${noun}${n === 1 ? '' : 's'}`;

/** Columns as wide as their widest cell. */
export function aligned(rows: readonly (readonly string[])[]): string[] {
  const widthOf = (column: number) => Math.max(...rows.map((row) => row[column]?.length ?? 0));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widthOf(column)))
      .join('  ')
      .trimEnd(),
  );
}

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
