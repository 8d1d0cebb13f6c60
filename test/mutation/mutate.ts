/**
 * `npm run mutate`: StrykerJS changes the core and its expressions, one small thing at a time, and sees whether a fast test
 * notices. A mutant that survives is listed in survivors.json with the reason why no test can or need notice it; one that
 * is not listed there fails the run, and so does a score below the threshold.
 *
 * It goes on from its last run, as far as neither code nor tests have changed. What follows `--` is StrykerJS's own:
 * `npm run mutate -- --mutate lib/session/word.ts`.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const TOP = fileURLToPath(new URL('../..', import.meta.url));
const REPORT = `${HERE}report.json`;

/** Percent of the mutants of the core that a test must notice. */
const SCORE_MIN = 90;

interface Mutant {
  readonly id: string;
  readonly mutatorName: string;
  readonly replacement?: string;
  readonly status: string;
  readonly location: { readonly start: { readonly line: number }; readonly end: { readonly line: number } };
}

interface Report {
  readonly files: Readonly<Record<string, { readonly source: string; readonly mutants: readonly Mutant[] }>>;
}

/** One that no test notices, by what a reader sees: its file, the line as it stands, and what it becomes. */
interface Survivor {
  readonly file: string;
  readonly line: string;
  readonly becomes: string;
}

const NOTICED = new Set(['Killed', 'Timeout']);
const SURVIVED = new Set(['Survived', 'NoCoverage']);

rmSync(REPORT, { force: true });
const stryker = `${HERE}node_modules/.bin/stryker`;
const run = spawnSync(process.execPath, [stryker, 'run', `${HERE}stryker.config.json`, ...process.argv.slice(2)], {
  cwd: TOP,
  stdio: 'inherit',
});
if (run.status !== 0 || !existsSync(REPORT)) process.exit(run.status ?? 1);

const report: Report = JSON.parse(readFileSync(REPORT, 'utf8'));
const known: readonly (Survivor & { readonly why: string })[] = JSON.parse(
  readFileSync(`${HERE}survivors.json`, 'utf8'),
);
const keyOf = ({ file, line, becomes }: Survivor): string => JSON.stringify([file, line, becomes]);
const listed = new Set(known.map(keyOf));

const rows = Object.entries(report.files).map(([file, { source, mutants }]) => {
  const lines = source.split('\n');
  const survivors = mutants
    .filter(({ status }) => SURVIVED.has(status))
    .map(({ location, replacement = '' }) => ({
      file,
      line: (lines[location.start.line - 1] ?? '').trim(),
      becomes: replacement.replaceAll(/\s+/g, ' '),
    }));
  const noticed = mutants.filter(({ status }) => NOTICED.has(status)).length;
  return { file, noticed, survivors };
});

console.log('\nscore   noticed  survived  file');
const sum = { noticed: 0, survived: 0 };
for (const { file, noticed, survivors } of rows) {
  sum.noticed += noticed;
  sum.survived += survivors.length;
  console.log(
    `${percent(noticed, survivors.length)}  ${String(noticed).padStart(7)}  ${String(survivors.length).padStart(8)}  ${file}`,
  );
}
console.log(
  `${percent(sum.noticed, sum.survived)}  ${String(sum.noticed).padStart(7)}  ${String(sum.survived).padStart(8)}  all\n`,
);

const unlisted = rows.flatMap(({ survivors }) => survivors).filter((survivor) => !listed.has(keyOf(survivor)));
for (const survivor of unlisted) console.log(`survived, and is not listed: ${JSON.stringify(survivor)}`);
const score = (100 * sum.noticed) / (sum.noticed + sum.survived);
if (score < SCORE_MIN) console.log(`The score is below ${SCORE_MIN} %.`);
process.exit(unlisted.length === 0 && score >= SCORE_MIN ? 0 : 1);

function percent(noticed: number, survived: number): string {
  return `${((100 * noticed) / Math.max(1, noticed + survived)).toFixed(1)} %`.padStart(7);
}
