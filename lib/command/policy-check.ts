/** `curfew policy check`: what is wrong with a realms file, and the bounds that it promises. */
import type { styleText } from 'node:util';
import { realmView } from '../http/views.ts';
import { type Finding, readRealms } from '../session/policy.ts';

export interface RealmsFileCheck {
  readonly file: string;
  /** Errors first. */
  readonly findings: readonly Finding[];
  /** As `GET /v1/realms` shows them. None where there is an error. */
  readonly realms: readonly ReturnType<typeof realmView>[];
}

/** Colours a text, or leaves it as it is. */
export type Paint = (format: 'red' | 'yellow' | 'green' | 'dim', text: string) => ReturnType<typeof styleText>;

export function checkRealmsFile(file: string, text: string): RealmsFileCheck {
  const { realms, errors, warnings } = readRealms(text);
  return { file, findings: [...errors, ...warnings], realms: [...realms.values()].map(realmView) };
}

/** Of a file whose text nobody has. */
export const unreadable = (file: string, { message }: Error): RealmsFileCheck => ({
  file,
  findings: [{ level: 'error', message: `cannot be read: ${message}` }],
  realms: [],
});

export const isRefused = ({ findings }: RealmsFileCheck): boolean => findings.some(({ level }) => level === 'error');

/** One line for each finding, one that sums up, and for a file in order a table of its bounds. */
export function checkReport(check: RealmsFileCheck, paint: Paint): string {
  const { findings, realms } = check;
  const file = printable(check.file);
  const told = findings.map(
    ({ level, message }) => `${file}: ${paint(level === 'error' ? 'red' : 'yellow', level)}: ${printable(message)}`,
  );
  const of = (level: Finding['level']) => count(findings.filter((finding) => finding.level === level).length, level);
  const sum = isRefused(check)
    ? `${paint('red', 'refused')}, ${of('error')}, ${of('warning')}`
    : `${paint('green', 'in order')}, ${count(realms.length, 'realm')}, ${of('warning')}`;
  const bounds = isRefused(check) ? [] : ['', ...boundsOf(realms, paint)];
  return [...told, `${file}: ${sum}`, ...bounds].join('\n');
}

/** A name or value comes from the file; it must neither steer the terminal nor break the line. */
const printable = (text: string): string =>
  text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (found) => `\\u{${found.codePointAt(0)?.toString(16)}}`);

const count = (n: number, noun: string): string => `${n === 0 ? 'no' : n} ${noun}${n === 1 ? '' : 's'}`;

/** Two lines a realm, in the words and lengths of `GET /v1/realms`. */
function boundsOf(realms: RealmsFileCheck['realms'], paint: Paint): string[] {
  const rows = realms.flatMap(({ realm, bound, boundWithJob, whereActivityIsReported: reported }) => [
    [realm, 'any station', bound, boundWithJob],
    ['', 'where activity is reported', reported.bound, reported.boundWithJob],
  ]);
  const [head = '', ...lines] = aligned([['realm', '', 'bound', 'boundWithJob'], ...rows]);
  return [paint('dim', head), ...lines];
}

function aligned(rows: readonly (readonly string[])[]): string[] {
  const widthOf = (column: number) => Math.max(...rows.map((row) => row[column]?.length ?? 0));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widthOf(column)))
      .join('  ')
      .trimEnd(),
  );
}
