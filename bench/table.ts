/** The figures as one Markdown table, which is as well read in a terminal, and what is to be said of the goals. */
import type { Figure, Goal } from './part.ts';
import { spreadOf } from './statistics.ts';

/** What a part has measured. */
export interface Measured {
  readonly name: string;
  readonly about: string;
  /** RFC 3339. */
  readonly at: string;
  readonly command: string;
  readonly rounds: number;
  readonly seconds: number;
  readonly figures: readonly Figure[];
}

const COLUMNS = ['', 'min', 'median', 'max', 'unit', 'goal', ''] as const;
const RIGHT_ALIGNED = new Set([1, 2, 3]);

/** One row a figure, one heading row a part. */
export function tableOf(parts: readonly Measured[]): string {
  const rows = parts.flatMap(({ name, figures }) => [[`**${name}**`, '', '', '', '', '', ''], ...figures.map(rowOf)]);
  const widths = COLUMNS.map((title, n) => Math.max(3, title.length, ...rows.map((row) => row[n]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, n) => (RIGHT_ALIGNED.has(n) ? cell.padStart(widths[n] ?? 0) : cell.padEnd(widths[n] ?? 0))).join(' | ')} |`;
  const rule = `|${widths.map((width, n) => (RIGHT_ALIGNED.has(n) ? `${'-'.repeat(width + 1)}:` : '-'.repeat(width + 2))).join('|')}|`;
  return [line(COLUMNS), rule, ...rows.map(line)].join('\n');
}

function rowOf(figure: Figure): string[] {
  const { min, median, max } = spreadOf(figure.values);
  const isCounted = figure.values.length === 1;
  return [
    figure.name,
    isCounted ? '' : inDigits(min),
    inDigits(median),
    isCounted ? '' : inDigits(max),
    figure.unit,
    figure.goal === undefined ? '' : `${goalText(figure.goal)}${isMet(figure) ? ', met' : ', **missed**'}`,
    figure.beside ?? '',
  ];
}

/** Three digits say all that a measurement of this kind knows; a count is whole. */
export function inDigits(value: number): string {
  if (Number.isInteger(value) || Math.abs(value) >= 1_000) return String(Math.round(value));
  return String(Number(value.toPrecision(3)));
}

export const goalText = (goal: Goal): string =>
  'atMost' in goal ? `≤ ${inDigits(goal.atMost)}` : `≥ ${inDigits(goal.atLeast)}`;

/** As the table shows it: nobody is told that 0.85 is not at least 0.85. What has no goal meets it. */
export function isMet({ values, goal }: Pick<Figure, 'values' | 'goal'>): boolean {
  if (goal === undefined) return true;
  const median = Number(inDigits(spreadOf(values).median));
  return 'atMost' in goal ? median <= goal.atMost : median >= goal.atLeast;
}

/** One line a missed goal; none where all are met. */
export const missedGoals = (parts: readonly Measured[]): string[] =>
  parts.flatMap(({ name, figures }) =>
    figures
      .filter((figure) => !isMet(figure))
      .map(
        ({ name: figure, values, goal }) =>
          `${name}: ${figure} is ${inDigits(spreadOf(values).median)}, and its goal is ${goal && goalText(goal)}`,
      ),
  );
