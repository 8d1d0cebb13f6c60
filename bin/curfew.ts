/** `npx curfew`: the operator's command. */
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { createInterface } from 'node:readline/promises';
import { buffer, text } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import { styleText } from 'node:util';
import { CommanderError, InvalidArgumentError, program } from 'commander';
import type { Connection } from '../lib/command/api.ts';
import { addCompletion } from '../lib/command/completion.ts';
import { addCost } from '../lib/command/cost.ts';
import {
  dialectsReport,
  mappingCalled,
  mappingIn,
  type NamedMapping,
  triedReport,
  tryDialect,
} from '../lib/command/dialect-try.ts';
import { EXIT_CODES, exitCodeOf } from '../lib/command/exit-codes.ts';
import { connectLocally, PORT } from '../lib/command/local-connection.ts';
import type { Surroundings, Where } from '../lib/command/operator-command.ts';
import { addOperatorCommands } from '../lib/command/operator-commands.ts';
import {
  checkRealmsFile,
  checkReport,
  isRefused,
  policyIn,
  type RealmsFileCheck,
  unreadable,
} from '../lib/command/policy-check.ts';
import { addPolicyDiff } from '../lib/command/policy-diff.ts';
import { askTimeline, timelineJson, timelineReport } from '../lib/command/policy-timeline.ts';
import type { Paint } from '../lib/command/terminal.ts';
import { timelinePicture } from '../lib/command/timeline-picture.ts';
import { stationId } from '../lib/names.ts';
import { present } from '../lib/present.ts';
import { printable } from '../lib/printable.ts';
import { readRealms } from '../lib/realms/realms-file.ts';
import { type EpochMs, fromRfc3339, systemClock } from '../lib/time.ts';
import { version } from '../lib/version.ts';

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
        `curfew: ${printable(
          said
            .replace(/^error: /, '')
            .trim()
            .replace(/\s*\n/g, ' '),
        )}\n`,
      ),
  })
  .option('-V, --version', 'which Curfew this is: the version of the package, and the commit that it was made from')
  // Asked only for who wants to know: a clone asks its repository.
  .on('option:version', () => {
    console.log(version());
    process.exit();
  })
  .exitOverride()
  .addHelpText(
    'after',
    `${EXIT_CODES}

sessions, users, stations, realms, explain, watch and audit ask the operators' API: in AWS that of a --stack, else the one
of the system that npm start has started here. Colours are for terminals only, and not where NO_COLOR is set.`,
  );

const EXAMPLE = `
Exits with 1 if the file is refused or has no such realm.

  npx curfew policy timeline realms.json --realm campus-print --from 2026-01-05T12:00:00Z --svg campus-print.svg`;

const TRY_EXAMPLE = `
Exits with 1 if the message is refused.

  npx curfew dialect try --dialect sharp-osa hello.xml
  npx curfew dialect try realms.json --dialect acme message.xml`;

const policy = program.command('policy').description('The realms file and the policies in it.');

policy
  .command('check')
  .description('Says everything that is wrong with a realms file, and for one in order how long a seat can stay taken.')
  .argument('<file>', `the realms file, or "${STDIN}" for standard input`)
  .option('--before <file>', 'the realms file as it is obeyed now: warns where users are named otherwise')
  .option('--json', 'findings and realms as JSON')
  .addHelpText('after', '\nExits with 1 if there is an error or the file cannot be read; warnings are no errors.')
  .action(async (file: string, { before, json = false }: { readonly before?: string; readonly json?: boolean }) => {
    const old = before === undefined ? undefined : await readFile(before, 'utf8');
    answer(await ask(file, (name, content) => checkRealmsFile(name, content, old)), json);
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

const dialect = program.command('dialect').description('How the SOAP messages of printers become events.');

dialect
  .command('try')
  .description('Says what a message becomes, and what each answer to it looks like. Nothing is sent.')
  .usage('[options] [file] <message>')
  .argument(
    '<files...>',
    `a realms file or a mapping, unless a shipped dialect is named; and the message, or "${STDIN}"`,
  )
  .option('--dialect <name>', 'a shipped dialect, or which one of the realms file')
  .option('--json', 'event, fields and answers as JSON')
  .addHelpText('after', TRY_EXAMPLE)
  .action(
    async (files: string[], { dialect, json = false }: { readonly dialect?: string; readonly json?: boolean }) => {
      const [message = '', file, ...others] = files.toReversed();
      if (others.length > 0) throw new Error('one message is tried at a time: [file] <message>');
      const found = await findMapping(file, dialect);
      if ('findings' in found) return answer(found, json);
      const tried = await tryDialect(
        found,
        await (message === STDIN ? buffer(process.stdin) : readFile(message)),
        systemClock(),
      );
      console.log(
        json ? JSON.stringify(tried, null, 2) : triedReport(message === STDIN ? '<stdin>' : message, tried, paint),
      );
      process.exitCode = tried.faults.length > 0 ? 1 : 0;
    },
  );

dialect
  .command('list')
  .description('The dialects that there are, and their operations.')
  .argument('[file]', 'a realms file, which may have dialects of its own')
  .action(async (file?: string) => {
    const { dialects, errors } =
      file === undefined ? { dialects: new Map(), errors: [] } : readRealms(await readFile(file, 'utf8'));
    if (file !== undefined && errors.length > 0) return answer({ file, findings: errors, realms: [] }, false);
    console.log(dialectsReport(dialects, file, paint));
  });

async function findMapping(file?: string, name?: string): Promise<NamedMapping | RealmsFileCheck> {
  if (file !== undefined) return ask(file, (told, content) => mappingIn(told, content, name));
  if (name !== undefined) return mappingCalled(name);
  throw new Error('name a file with the dialect in it, or a shipped one with --dialect');
}

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

/** The way to the API: signed for IAM where a stack is named, with the operator key everywhere else. */
async function connect({ stack, url, data }: Where): Promise<Connection> {
  process.once('SIGINT', () => stopping.abort());
  const { CURFEW_OPERATOR_KEY: key, CURFEW_PORT: port = PORT } = process.env;
  if (stack === undefined) return connectLocally({ url, key, data, port });
  // Said by the SDK on this Node; the versions in the lock file are fine with it.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';
  // Only who asks AWS waits for the SDK to load.
  const { stackApi } = await import('../lib/aws/operator-api.ts');
  const found = await stackApi(stack, url).catch((error: Error) => {
    throw new Error(`cannot look up the stack ${stack}: ${error.message}`);
  });
  const options = ['--stack', stack, ...(url === undefined ? [] : ['--url', url])];
  return { send: found.send, where: `${found.url}, signed for IAM`, options };
}

const stopping = new AbortController();
const isWatched = process.stderr.isTTY === true;

const surroundings: Surroundings = {
  connect,
  clock: systemClock,
  wait: (ms) => pause(ms, undefined, { signal: stopping.signal }).catch(() => {}),
  signal: stopping.signal,
  paint,
  ...(process.stdout.isTTY ? { columns: process.stdout.columns } : {}),
  print: (told) => console.log(told),
  remark: (said) => console.error(printable(said)),
  progress,
  ...(isWatched && process.stdin.isTTY ? { confirm } : {}),
};
addOperatorCommands(program, surroundings);
addPolicyDiff(policy, surroundings, async (file) => {
  const found = await ask(file, (name, content) => ({
    ...checkRealmsFile(name, content),
    read: readRealms(content).realms,
  }));
  if ('read' in found && !isRefused(found)) return found.read;
  answer(found, false);
  return undefined;
});
addCost(program, { paint, print: (told) => console.log(told) });
addCompletion(program, (script) => console.log(script));

/** In the place of what it said before. */
function progress(said: string): void {
  if (isWatched) process.stderr.write(`\r\u001b[K${said}`);
}

async function confirm(question: string): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  // A terminal in which somebody types hands over no signal.
  terminal.once('SIGINT', () => stopping.abort());
  const closed = once(terminal, 'close').then(() => '');
  try {
    const said = await Promise.race([terminal.question(`${question} [y/N] `, { signal: stopping.signal }), closed]);
    return /^y(es)?$/i.test(said.trim());
  } finally {
    terminal.close();
  }
}

// Whoever reads only the beginning has what they want.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit();
  throw error;
});

await program.parseAsync().catch((error: Error) => {
  progress('');
  if (stopping.signal.aborted) {
    process.exitCode = 130;
    return;
  }
  // Commander has said what it has to say.
  if (!(error instanceof CommanderError)) console.error(`curfew: ${printable(error.message)}`);
  process.exitCode = exitCodeOf(error);
});
