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

type Judged = Pick<Figure, 'values' | 'goal'>;

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
  const { min, max } = spreadOf(figure.values);
  const isCounted = figure.values.length === 1;
  return [
    figure.name,
    isCounted ? '' : inDigits(min),
    medianOf(figure),
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

/** By its median, as it was measured: 0.8495 is less than 0.85. What has no goal meets it. */
export const isMet = ({ values, goal }: Judged): boolean => meets(spreadOf(values).median, goal);

/** In as many digits as it takes to see whether it meets its goal: nobody is told that 0.85 is not at least 0.85. */
export function medianOf({ values, goal }: Judged): string {
  const { median } = spreadOf(values);
  const shown = [inDigits(median), ...MORE_DIGITS.map((digits) => String(Number(median.toPrecision(digits))))];
  return shown.find((text) => meets(Number(text), goal) === meets(median, goal)) ?? String(median);
}

/** Beyond the three that `inDigits` shows. */
const MORE_DIGITS = [4, 5, 6, 7, 8, 9, 10];

const meets = (value: number, goal: Goal | undefined): boolean =>
  goal === undefined || ('atMost' in goal ? value <= goal.atMost : value >= goal.atLeast);

/** One line a missed goal; none where all are met. */
export const missedGoals = (parts: readonly Measured[]): string[] =>
  parts.flatMap(({ name, figures }) =>
    figures
      .filter((figure) => !isMet(figure))
      .map(
        (figure) =>
          `${name}: ${figure.name} is ${medianOf(figure)}, and its goal is ${figure.goal && goalText(figure.goal)}`,
      ),
  );
