/** RFC 4180 and what spreadsheets make of it: which row stands on which line, and rows as text again. By hand: it is a page. */

export interface CsvRow {
  /** Counted from 1: where it begins. */
  readonly line: number;
  readonly cells: readonly string[];
}

/** A text that is no CSV: on which line, and why. */
export class BadCsv extends Error {
  override readonly name = 'BadCsv';
  readonly line: number;

  constructor(line: number, message: string) {
    super(message);
    this.line = line;
  }
}

/** What spreadsheets put between cells, by the language that they speak. */
const SEPARATORS = [',', ';', '\t'] as const;

/** Rows that are not empty. The first line says what separates cells. */
export function readCsv(text: string): CsvRow[] {
  const rest = text.replace(/^\uFEFF/, '');
  const [head = ''] = rest.split(/\r\n|\n|\r/, 1);
  const separator = SEPARATORS.find((one) => head.includes(one)) ?? ',';
  const token = new RegExp(`"((?:[^"]|"")*)"|[^"\\r\\n${separator}][^\\r\\n${separator}]*|`, 'y');
  const rows: CsvRow[] = [];
  let cells: string[] = [];
  let [line, startedAt, at] = [1, 1, 0];
  while (at <= rest.length) {
    token.lastIndex = at;
    const [cell = '', quoted] = token.exec(rest) ?? [];
    cells.push(quoted === undefined ? cell : quoted.replaceAll('""', '"'));
    at += cell.length;
    line += cell.match(/\r\n|\n|\r/g)?.length ?? 0;
    const next = rest.startsWith('\r\n', at) ? '\r\n' : rest.charAt(at);
    at += Math.max(1, next.length);
    if (next === separator) continue;
    if (next !== '' && !/[\r\n]/.test(next)) {
      throw new BadCsv(
        line,
        next === '"' && quoted === undefined
          ? 'a quote is opened and not closed'
          : `${JSON.stringify(next)} stands behind a quote`,
      );
    }
    if (cells.some((one) => one !== '')) rows.push({ line: startedAt, cells });
    cells = [];
    line++;
    startedAt = line;
  }
  return rows;
}

export const csvLine = (cells: readonly string[]): string =>
  cells.map((cell) => (/[",;\t\r\n]|^\s|\s$/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)).join(',');
