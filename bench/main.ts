/**
 * `npm run bench`: measures Curfew beside what people would use instead and prints one table. See docs/measurements.md,
 * into which it writes that table too, and docs/performance.md, into which it writes what the table says.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { InvalidArgumentError, Option, program } from 'commander';
import { present } from '../lib/present.ts';
import { chartOf } from './chart.ts';
import { coldStart } from './cold-start.ts';
import { counts } from './counts.ts';
import { day } from './day/day.ts';
import { death } from './death.ts';
import { journal } from './journal.ts';
import { lasting } from './local/lasting.ts';
import { smallDisk } from './local/small-disk.ts';
import { steady } from './local/steady.ts';
import { operations } from './operations.ts';
import { SUMMARY_PAGE, TABLE_PAGE, withSummary, withTable } from './page.ts';
import { type Part, type Options as PartOptions, ROUNDS_MIN } from './part.ts';
import { sweep } from './sweep.ts';
import { type Measured, missedGoals, tableOf } from './table.ts';
import { timers } from './timers.ts';

/** In the order of the table. */
const PARTS: readonly Part[] = [
  operations,
  death,
  counts,
  timers,
  sweep,
  journal,
  coldStart,
  day,
  lasting,
  steady,
  smallDisk,
];

const TOP = fileURLToPath(new URL('..', import.meta.url));
const RECORD = join(TOP, 'bench/results/latest.json');

interface Options {
  readonly rounds: number;
  readonly events?: number;
  readonly minutes?: number;
  readonly only?: readonly string[];
  readonly out?: string;
  readonly writePage?: true;
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
  .addOption(
    new Option('--only <part...>', 'these parts alone; those that last run only if they are named').choices(
      PARTS.map(({ name }) => name),
    ),
  )
  .option('--events <number>', 'so many in `lasting`, for a shorter run', toCount)
  .option('--minutes <number>', 'so many in `steady`, for a shorter run', toCount)
  .option('--out <directory>', 'write latest.json, performance.svg and table.md there, not into the repository')
  .option('--write-page', 'measure nothing: write both pages and the chart from the record')
  .parse()
  .opts<Options>();

process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';
// Engines end with us only if we end of our own accord.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
if (options.writePage) writePage(readRecord());
else await bench(options);
// What was measured may have left a connection open.
process.exit();

async function bench({ rounds, events, minutes, only, out }: Options): Promise<void> {
  const chosen = PARTS.filter(({ name, isLong }) => only?.includes(name) ?? isLong !== true);
  const measured: Measured[] = [];
  for (const part of chosen) measured.push(await measure(part, { rounds, ...present({ events, minutes }) }));

  console.log(tableOf(measured));
  const missed = missedGoals(measured);
  const goals = measured.flatMap(({ figures }) => figures).filter(({ goal }) => goal !== undefined).length;
  if (missed.length > 0) console.log(`\nGOALS MISSED: ${missed.length} of ${goals}\n${missed.join('\n')}`);
  else if (goals > 0) console.log(`\nAll ${goals} goals of what was measured are met.`);
  if (rounds < ROUNDS_MIN) console.log(`\nNo record: that takes ${ROUNDS_MIN} rounds, and this was ${rounds}.`);
  if (out !== undefined) writeTo(out, measured);
  // What was cut short is no record either.
  else if (rounds >= ROUNDS_MIN && events === undefined && minutes === undefined) writeRecord(measured);
}

async function measure(part: Part, options: PartOptions): Promise<Measured> {
  const { name, about } = part;
  const startedAt = performance.now();
  const seconds = () => Math.round((performance.now() - startedAt) / 1_000);
  console.error(`${name}: ${about}`);
  const figures = await part.run(options, (line) => console.error(`  ${seconds()} s: ${line}`));
  const { rounds } = options;
  const given = Object.entries(options).map(([option, value]) => `--${option} ${value} `);
  const command = `npm run bench -- ${given.join('')}--only ${name}`;
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
  const known = readRecord();
  const parts = PARTS.flatMap(({ name }) => [...measured, ...known].find((part) => part.name === name) ?? []);
  mkdirSync(dirname(RECORD), { recursive: true });
  write(RECORD, `${JSON.stringify({ parts }, undefined, 2)}\n`);
  // It stands in the repository, which `npm run check` looks through.
  execFileSync('npx', ['biome', 'format', '--write', RECORD], { cwd: TOP, stdio: 'ignore' });
  writePage(parts);
}

function readRecord(): readonly Measured[] {
  return existsSync(RECORD) ? (JSON.parse(readFileSync(RECORD, 'utf8')) as { parts: Measured[] }).parts : [];
}

function writePage(parts: readonly Measured[]): void {
  write(join(TOP, 'docs/performance.svg'), chartOf(parts));
  for (const [page, withRecord] of [
    [join(TOP, SUMMARY_PAGE), withSummary],
    [join(TOP, TABLE_PAGE), withTable],
  ] as const) {
    write(page, withRecord(readFileSync(page, 'utf8'), parts));
  }
}

function write(file: string, text: string): void {
  writeFileSync(file, text);
  console.error(`written: ${file}`);
}
