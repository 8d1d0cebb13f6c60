/**
 * What is listed: sorted, counted, and as wide as the terminal. A column that says the same in every row is said once
 * below them; where there is no room, cells are shortened, and columns that matter least go. `--wide` shortens nothing.
 */
import { printable } from '../printable.ts';
import { Misuse } from './exit-codes.ts';
import { aligned, count, cut, type Paint, type View, widthOf, wrapped } from './terminal.ts';

export interface Column<T> {
  /** Its heading, and what `--sort` and the first line of `--csv` call it. */
  readonly name: string;
  /** As people read it. */
  readonly told: (item: T, view: View) => string | undefined;
  /** As programs do. @default as it is told */
  readonly raw?: (item: T) => string | number | undefined;
  /** Of its cells, where it comes first. @default as all others */
  readonly colour?: (item: T) => Parameters<Paint>[0];
  /** What it is sorted by. @default as programs read it */
  readonly order?: (item: T) => string | number | undefined;
  /** How narrow it may become, where there is no room. @default it is never shortened */
  readonly least?: number;
  /** Where shortening was not enough: which column goes first. @default it stays */
  readonly goes?: number;
  /** Shown with `--wide` alone. */
  readonly isExtra?: boolean;
  /** Where every row says the same, it is said once, below them. */
  readonly folds?: boolean;
}

export interface Listing<T> {
  readonly noun: string;
  readonly columns: readonly Column<T>[];
  readonly items: readonly T[];
  /** How many there are, where not all of them are here; `more` of which nobody has counted the rest. */
  readonly of?: { readonly count: number; readonly more?: boolean };
}

/** `opened`, or `-opened` for the last one first. Throws `Misuse` where there is no such column. */
export function sorted<T>(items: readonly T[], columns: readonly Column<T>[], by: string, view: View): T[] {
  const isReversed = by.startsWith('-');
  const name = isReversed ? by.slice(1) : by;
  const column = columns.find((one) => one.name === name);
  if (column === undefined) {
    const names = columns.map((one) => one.name).join(', ');
    throw new Misuse(`there is no column ${JSON.stringify(name)} to sort by; there are ${names}`);
  }
  const valueIn = column.order ?? column.raw ?? ((item: T) => column.told(item, view));
  const placed = items.map((item) => ({ item, value: valueIn(item) ?? '' }));
  placed.sort((a, b) => compared(a.value, b.value));
  if (isReversed) placed.reverse();
  return placed.map(({ item }) => item);
}

const NAMES = new Intl.Collator('en', { numeric: true });
const compared = (a: string | number, b: string | number): number =>
  typeof a === 'number' && typeof b === 'number' ? a - b : NAMES.compare(String(a), String(b));

export function listingText<T>(listing: Listing<T>, view: View): string {
  const { items, noun, of = { count: items.length } } = listing;
  const total = of.more === true ? `more than ${of.count} ${noun}s` : count(of.count, noun);
  const counted = of.count > items.length || of.more === true ? `${items.length} of ${total}` : total;
  if (items.length === 0) return counted;
  const { shown, alike } = shownOf(listing, view);
  const last = alike === '' ? counted : `${counted}, all: ${alike}`;
  const below = view.columns === undefined ? [last] : wrapped(last, view.columns);
  return [...linesOf(items, shown, view), '', ...below].join('\n');
}

/** Without a line below that counts them. */
export const listingLines = <T>(listing: Pick<Listing<T>, 'columns' | 'items'>, view: View): string[] =>
  linesOf(
    listing.items,
    shownOf({ ...listing, columns: listing.columns.map((one) => ({ ...one, folds: false })) }, view).shown,
    view,
  );

/** The columns that tell rows apart, and what all of them say. */
function shownOf<T>({ columns, items }: Pick<Listing<T>, 'columns' | 'items'>, view: View) {
  const isWide = view.isWide === true;
  const all = columns
    .filter(({ isExtra = false }) => isWide || !isExtra)
    .map((column) => ({ ...column, cells: items.map((item) => printable(column.told(item, view) ?? '')) }))
    .filter(({ cells }) => isWide || cells.some((cell) => cell !== ''));
  const isSame = ({ cells, folds = false }: Shown<T>) =>
    !isWide && folds && cells.length > 1 && cells.every((cell) => cell === cells[0]);
  return {
    shown: all.filter((column) => !isSame(column)),
    alike: all
      .filter(isSame)
      .map(({ name, cells: [cell = ''] }) => `${name} ${cell}`)
      .join(', '),
  };
}

function linesOf<T>(items: readonly T[], shown: readonly Shown<T>[], view: View): string[] {
  const fitting = fitted(shown, view);
  const [head = '', ...lines] = aligned([
    fitting.map(({ name }) => name),
    ...items.map((_, row) => fitting.map(({ cells }) => cells[row] ?? '')),
  ]);
  const [first] = fitting;
  const painted = lines.map((line, row) => {
    const [cell = '', item] = [first?.cells[row], items[row]];
    const colour = item === undefined ? undefined : first?.colour?.(item);
    return colour === undefined ? line : view.paint(colour, cell) + line.slice(cell.length);
  });
  return [view.paint('dim', head), ...painted];
}

interface Shown<T> extends Pick<Column<T>, 'name' | 'least' | 'goes' | 'folds' | 'colour'> {
  readonly cells: readonly string[];
}

const GAP = 2;

/** The columns for which there is room, their cells no wider than it. */
function fitted<T>(columns: readonly Shown<T>[], { columns: room, isWide = false }: View): Shown<T>[] {
  if (room === undefined || isWide) return [...columns];
  let kept = [...columns];
  for (;;) {
    const widths = kept.map(({ name, cells }) => Math.max(widthOf(name), ...cells.map(widthOf)));
    const least = kept.map((column, n) =>
      Math.min(widths[n] ?? 0, Math.max(column.least ?? Number.POSITIVE_INFINITY, widthOf(column.name))),
    );
    const gaps = GAP * (kept.length - 1);
    if (sum(least) + gaps <= room) return narrowed(kept, widths, least, room - gaps);
    const going = kept.filter(({ goes }) => goes !== undefined).sort((a, b) => (a.goes ?? 0) - (b.goes ?? 0))[0];
    if (going === undefined) return narrowed(kept, widths, least, room - gaps);
    kept = kept.filter((column) => column !== going);
  }
}

/** The widest is shortened first, until all of them fit. */
function narrowed<T>(
  columns: readonly Shown<T>[],
  widths: readonly number[],
  least: readonly number[],
  room: number,
): Shown<T>[] {
  const fit = [...widths];
  while (sum(fit) > room) {
    const widest = fit.reduce(
      (best, width, n) => (width - (least[n] ?? 0) > 0 && width > (fit[best] ?? 0) ? n : best),
      fit.findIndex((width, n) => width > (least[n] ?? 0)),
    );
    if (widest === -1) break;
    fit[widest] = (fit[widest] ?? 0) - 1;
  }
  return columns.map((column, n) => ({ ...column, cells: column.cells.map((cell) => cut(cell, fit[n] ?? 0)) }));
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);

/** RFC 4180, every column in full. What a spreadsheet would take for a formula begins with an apostrophe there. */
export function listingCsv<T>({ columns, items }: Listing<T>, view: View): string {
  const rows = items.map((item) => columns.map(({ raw, told }) => (raw === undefined ? told(item, view) : raw(item))));
  return [columns.map(({ name }) => name), ...rows].map((row) => row.map(csvCell).join(',')).join('\r\n');
}

function csvCell(value: string | number | undefined): string {
  const text = printable(String(value ?? ''));
  const inert = typeof value === 'string' && /^[=+\-@]/.test(text) ? `'${text}` : text;
  return /[",]/.test(inert) ? `"${inert.replaceAll('"', '""')}"` : inert;
}
