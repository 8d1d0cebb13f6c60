/**
 * `npm run bench`: measures Curfew beside what people would use instead and prints one table. See docs/performance.md,
 * into which it writes that table too.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { InvalidArgumentError, Option, program } from 'commander';
import { chartOf } from './chart.ts';
import { coldStart } from './cold-start.ts';
import { counts } from './counts.ts';
import { day } from './day/day.ts';
import { death } from './death.ts';
import { journal } from './journal.ts';
import { operations } from './operations.ts';
import type { Part } from './part.ts';
import { sweep } from './sweep.ts';
import { type Measured, missedGoals, tableOf } from './table.ts';
import { timers } from './timers.ts';

/** In the order of the table. */
const PARTS: readonly Part[] = [operations, death, counts, timers, sweep, journal, coldStart, day];

/** Less, and a median is nobody's. */
const ROUNDS_MIN = 5;

const TABLE_PLACE = /(?<=<!-- what npm run bench prints -->\n)[\s\S]*(?=<!-- until here -->)/;

const TOP = fileURLToPath(new URL('..', import.meta.url));

interface Options {
  readonly rounds: number;
  readonly only?: readonly string[];
  readonly out?: string;
}

const options = program
  .name('npm run bench --')
  .description('Measures Curfew beside what people would use instead, and prints one table.')
  .option(
    '--rounds <number>',
    `how often what takes time is measured; ${ROUNDS_MIN} at least for the record`,
    toCount,
    5,
  )
  .addOption(new Option('--only <part...>', 'these parts alone').choices(PARTS.map(({ name }) => name)))
  .option('--out <directory>', 'write latest.json, performance.svg and table.md there, not into the repository')
  .parse()
  .opts<Options>();

process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';
// Engines end with us only if we end of our own accord.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
await bench(options);
// What was measured may have left a connection open.
process.exit();

async function bench({ rounds, only, out }: Options): Promise<void> {
  const chosen = PARTS.filter(({ name }) => only === undefined || only.includes(name));
  const measured: Measured[] = [];
  for (const part of chosen) measured.push(await measure(part, rounds));

  console.log(tableOf(measured));
  const missed = missedGoals(measured);
  console.log(missed.length === 0 ? '\nEvery goal is met.' : `\nGOALS MISSED: ${missed.length}\n${missed.join('\n')}`);
  if (out !== undefined) writeTo(out, measured);
  else if (rounds >= ROUNDS_MIN) writeRecord(measured);
  else console.error(`not written down: ${rounds} rounds say too little`);
}

async function measure(part: Part, rounds: number): Promise<Measured> {
  const { name, about } = part;
  const startedAt = performance.now();
  const seconds = () => Math.round((performance.now() - startedAt) / 1_000);
  console.error(`${name}: ${about}`);
  const figures = await part.run({ rounds }, (line) => console.error(`  ${seconds()} s: ${line}`));
  const command = `npm run bench -- --rounds ${rounds} --only ${name}`;
  return { name, about, at: new Date().toISOString(), command, rounds, seconds: seconds(), figures };
}

function toCount(text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1) throw new InvalidArgumentError('It must be a whole number from 1 on.');
  return count;
}

function writeTo(directory: string, measured: readonly Measured[]): void {
  mkdirSync(directory, { recursive: true });
  write(join(directory, 'latest.json'), `${JSON.stringify({ parts: measured }, undefined, 2)}\n`);
  write(join(directory, 'performance.svg'), chartOf(measured));
  write(join(directory, 'table.md'), `${tableOf(measured)}\n`);
}

/** A part that was measured alone takes the place of what was known of it; what is known of the others stays. */
function writeRecord(measured: readonly Measured[]): void {
  const file = join(TOP, 'bench/results/latest.json');
  const known = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as { parts: Measured[] }).parts : [];
  const parts = PARTS.flatMap(({ name }) => [...measured, ...known].find((part) => part.name === name) ?? []);
  mkdirSync(dirname(file), { recursive: true });
  write(file, `${JSON.stringify({ parts }, undefined, 2)}\n`);
  write(join(TOP, 'docs/performance.svg'), chartOf(parts));
  const page = join(TOP, 'docs/performance.md');
  write(page, withTable(readFileSync(page, 'utf8'), [tableOf(parts), '', ...parts.map(originOf)].join('\n')));
}

function originOf({ name, about, at, command, seconds }: Measured): string {
  return `- **${name}**: ${about} \`${command}\`, ${seconds} s, ${at.slice(0, 10)}.`;
}

function withTable(page: string, table: string): string {
  if (!TABLE_PLACE.test(page)) throw new Error('docs/performance.md has no place for the table');
  return page.replace(TABLE_PLACE, () => `\n${table}\n\n`);
}

function write(file: string, text: string): void {
  writeFileSync(file, text);
  console.error(`written: ${file}`);
}
