/** `npx curfew`: the operator's command. */
import { readFile, writeFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { styleText } from 'node:util';
import { InvalidArgumentError, program } from 'commander';
import {
  checkRealmsFile,
  checkReport,
  isRefused,
  policyIn,
  type RealmsFileCheck,
  unreadable,
} from '../lib/command/policy-check.ts';
import { askTimeline, timelineJson, timelineReport } from '../lib/command/policy-timeline.ts';
import type { Paint } from '../lib/command/terminal.ts';
import { timelinePicture } from '../lib/command/timeline-picture.ts';
import { present } from '../lib/present.ts';
import { stationId } from '../lib/session/realm-text.ts';
import { type EpochMs, fromRfc3339 } from '../lib/time.ts';

const STDIN = '-';

/** Colours for a terminal that has them and a person who has not set NO_COLOR. */
const paint: Paint = process.stdout.isTTY && process.stdout.hasColors() ? styleText : (_, plain) => plain;

program
  .name('npx curfew')
  .description('Sessions that always end: what an operator asks and does from a terminal.')
  // One line, also where commander adds a guess at what was meant in a second one.
  .configureOutput({
    outputError: (said, write) =>
      write(
        `curfew: ${said
          .replace(/^error: /, '')
          .trim()
          .replace(/\s*\n/g, ' ')}\n`,
      ),
  });

const EXAMPLE = `
Exits with 1 if the file is refused or has no such realm.

  npx curfew policy timeline realms.json --realm campus-print --from 2026-01-05T12:00:00Z --svg campus-print.svg`;

const policy = program.command('policy').description('The realms file and the policies in it.');

policy
  .command('check')
  .description('Says everything that is wrong with a realms file, and for one in order how long a seat can stay taken.')
  .argument('<file>', `the realms file, or "${STDIN}" for standard input`)
  .option('--json', 'findings and realms as JSON')
  .addHelpText('after', '\nExits with 1 if there is an error or the file cannot be read; warnings are no errors.')
  .action(async (file: string, { json = false }: { readonly json?: boolean }) => {
    answer(await ask(file, checkRealmsFile), json);
  });

interface TimelineOptions {
  readonly realm: string;
  readonly from?: EpochMs;
  readonly station?: string;
  readonly svg?: string;
  readonly json?: boolean;
}

policy
  .command('timeline')
  .description(
    "Says how a session comes down after its user's last activity: each rung, until when, and what activity does.",
  )
  .argument('<file>', `the realms file, or "${STDIN}" for standard input`)
  .requiredOption('--realm <realm>', 'whose policy')
  .option('--from <instant>', "the user's last activity, in RFC 3339: tells instants too", readInstant)
  .option('--station <id>', 'a station, which may have an idle time of its own', readStation)
  .option('--svg <out>', 'draws it into this file too')
  .option('--json', 'rungs and totals as JSON')
  .addHelpText('after', EXAMPLE)
  .action(async (file: string, { realm, svg, json = false, ...options }: TimelineOptions) => {
    const found = await ask(file, (name, content) => policyIn(name, content, realm));
    if ('findings' in found) return answer(found, json);
    const told = askTimeline({ policy: found, ...present(options) });
    if (svg !== undefined) await writeFile(svg, timelinePicture(told));
    console.log(json ? JSON.stringify(timelineJson(told), null, 2) : timelineReport(told, paint));
  });

/** Hands on the file's name and text. */
async function ask<Told>(file: string, tell: (name: string, content: string) => Told): Promise<Told | RealmsFileCheck> {
  const name = file === STDIN ? '<stdin>' : file;
  return (file === STDIN ? text(process.stdin) : readFile(file, 'utf8')).then(
    (content) => tell(name, content),
    (error: Error) => unreadable(name, error),
  );
}

function answer(check: RealmsFileCheck, json: boolean): void {
  console.log(json ? JSON.stringify(check, null, 2) : checkReport(check, paint));
  process.exitCode = isRefused(check) ? 1 : 0;
}

function readInstant(said: string): EpochMs {
  const at = fromRfc3339(said);
  if (at === undefined)
    throw new InvalidArgumentError('It must be RFC 3339 with a zone, such as 2026-01-05T12:00:00Z.');
  return at;
}

function readStation(said: string): string {
  const [issue] = stationId.safeParse(said).error?.issues ?? [];
  if (issue !== undefined) throw new InvalidArgumentError(`It ${issue.message}.`);
  return said;
}

await program.parseAsync().catch((error: Error) => {
  console.error(`curfew: ${error.message}`);
  process.exitCode = 1;
});
