/** `npx curfew`: the operator's command. */
import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { styleText } from 'node:util';
import { program } from 'commander';
import { checkRealmsFile, checkReport, isRefused, type Paint, unreadable } from '../lib/command/policy-check.ts';

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

const policy = program.command('policy').description('The realms file and the policies in it.');

policy
  .command('check')
  .description('Says everything that is wrong with a realms file, and for one in order how long a seat can stay taken.')
  .argument('<file>', `the realms file, or "${STDIN}" for standard input`)
  .option('--json', 'findings and realms as JSON')
  .addHelpText('after', '\nExits with 1 if there is an error or the file cannot be read; warnings are no errors.')
  .action(async (file: string, { json = false }: { readonly json?: boolean }) => {
    const name = file === STDIN ? '<stdin>' : file;
    const check = await (file === STDIN ? text(process.stdin) : readFile(file, 'utf8')).then(
      (content) => checkRealmsFile(name, content),
      (error: Error) => unreadable(name, error),
    );
    console.log(json ? JSON.stringify(check, null, 2) : checkReport(check, paint));
    process.exitCode = isRefused(check) ? 1 : 0;
  });

await program.parseAsync();
