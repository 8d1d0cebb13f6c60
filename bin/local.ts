/** `npm start`: the whole system on this machine. */
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { InvalidArgumentError, Option, program } from 'commander';
import { CHANGES_BYTES_MAX, WAITING_BYTES_MAX } from '../lib/local/changes.ts';
import type { DataDirectory } from '../lib/local/data.ts';
import type { Handlers } from '../lib/local/lambda.ts';
import { LOG_BYTES_MAX, MEGABYTE } from '../lib/local/log.ts';
import { StartupError } from '../lib/local/startup-error.ts';
import { startSystem } from '../lib/local/system.ts';
import { banner, eventLine, moveOutputTo, refusalLine } from '../lib/local/terminal.ts';

interface Arguments {
  readonly host: string;
  readonly port: number;
  readonly data: string;
  readonly realms: string;
}

const DEFAULT_REALMS = fileURLToPath(new URL('../realms.json', import.meta.url));

/** By then everything has stopped, or never will. */
const STOP_WITHIN_MS = 2_000;

const PARENT_EVERY_MS = 500;

const mib = (bytes: number): string => `${bytes / MEGABYTE} MiB`;

// Whatever is written from here on, by the engine too, is for the owner's eyes, wherever it is put.
process.umask(0o077);

const options = program
  .name('npm start --')
  .description(
    'Runs Curfew on this machine: the real functions on a real DynamoDB engine, durable, for this machine only.',
  )
  .addOption(
    new Option('--host <address>', 'where to listen; 0.0.0.0 for whoever reaches this machine')
      .env('CURFEW_HOST')
      .default('127.0.0.1'),
  )
  .addOption(
    new Option('--port <number>', 'where to listen; 0 for any free port')
      .env('CURFEW_PORT')
      .default(4600)
      .argParser(toPort),
  )
  .addOption(new Option('--data <directory>', 'what outlives a run').env('CURFEW_DATA').default('.curfew'))
  .addOption(
    new Option('--realms <file>', 'the realms file').env('CURFEW_REALMS').default(DEFAULT_REALMS, 'realms.json'),
  )
  .addHelpText(
    'after',
    `
Also in the environment:
  CURFEW_OPERATOR_KEY       the operator key (else made once and kept in the data directory)
  CURFEW_DYNAMODB_ENDPOINT  any DynamoDB to use instead of the engine; called with AWS_ACCESS_KEY_ID and
                            AWS_SECRET_ACCESS_KEY if they are set
  CURFEW_TABLE              the table's name, where others use that DynamoDB too (default: "curfew")

What is kept is bounded. Each log (events.ndjson, functions.log, dead-letters.ndjson) begins anew at ${mib(LOG_BYTES_MAX)}, and the one
before it is kept as .old. So does changes.ndjson at ${mib(CHANGES_BYTES_MAX)}; while the journal is behind it grows to ${mib(WAITING_BYTES_MAX)}, and then no
write is taken until the journal goes on. table.db holds what the realms' retention asks for. A file that is damaged is set
aside as .damaged, and the start says so.`,
  )
  .parse()
  .opts<Arguments>();

// Whoever reads us may have seen enough (`npm start | head`): nobody is logged out for that.
for (const output of [process.stdout, process.stderr]) {
  output.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') fail(error);
  });
}
const print = process.stdout.write.bind(process.stdout);
const complain = process.stderr.write.bind(process.stderr);
// Said once per run by the SDK on this Node; the versions in the lock file are fine with it.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';

const starting = startSystem({
  host: options.host,
  port: options.port,
  data: options.data,
  realmsFile: options.realms,
  operatorKey: process.env.CURFEW_OPERATOR_KEY,
  dynamodbEndpoint: process.env.CURFEW_DYNAMODB_ENDPOINT || undefined,
  table: process.env.CURFEW_TABLE || undefined,
  loadHandlers,
  say,
  onEvent: (event) => void print(`${eventLine(event)}\n`),
  onFatal: fail,
});

function say(line: string): void {
  print(`${line}\n`);
}

let isStopping = false;
function stop(): void {
  // A terminal's Ctrl-C comes more than once, from the terminal and from npm.
  if (isStopping) return;
  isStopping = true;
  setTimeout(() => process.exit(0), STOP_WITHIN_MS).unref();
  starting.then((system) => system.stop()).finally(() => print('Stopped.\n', () => process.exit(0)));
}
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);

// The shell in which npm starts us passes no signal on: where npm is gone, so are we.
const parent = process.ppid;
if (process.env.npm_lifecycle_event !== undefined) {
  setInterval(() => process.ppid !== parent && stop(), PARENT_EVERY_MS).unref();
}

starting.then((system) => {
  print(banner(system, shortPath(options.data), process.env.CURFEW_OPERATOR_KEY === undefined));
}, fail);

/** As a person would name it from here. */
function shortPath(path: string): string {
  const fromHere = relative('.', path);
  return fromHere === '' || fromHere.startsWith('..') ? path : fromHere;
}

function toPort(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535) throw new InvalidArgumentError('A port is a number from 0 to 65535.');
  return port;
}

/** The functions read their environment when they are imported, and print for CloudWatch, not for a terminal. */
async function loadHandlers(environment: Readonly<Record<string, string>>, data: DataDirectory): Promise<Handlers> {
  // Nothing that is set here for other work must lead the functions to a real account.
  delete process.env.AWS_PROFILE;
  delete process.env.AWS_SESSION_TOKEN;
  delete process.env.AWS_IGNORE_CONFIGURED_ENDPOINT_URLS;
  Object.assign(process.env, environment);
  const onLine = (line: string) => {
    const refusal = refusalLine(line);
    if (refusal !== undefined) say(refusal);
  };
  moveOutputTo(data.file('functions.log'), onLine, say);
  const [onStationEvent, onOperatorRequest, onSweep, onSeatChange, onSessionEvent, consoleWidget, consoleEnd] =
    await Promise.all([
      import('../functions/on-station-event.ts'),
      import('../functions/on-operator-request.ts'),
      import('../functions/on-sweep.ts'),
      import('../functions/on-seat-change.ts'),
      import('../functions/on-session-event.ts'),
      import('../functions/console-widget.ts'),
      import('../functions/console-end.ts'),
    ]);
  return {
    onStationEvent: onStationEvent.handler,
    onOperatorRequest: onOperatorRequest.handler,
    onSweep: onSweep.handler,
    onSeatChange: onSeatChange.handler,
    onSessionEvent: onSessionEvent.handler,
    consoleWidget: consoleWidget.handler,
    consoleEnd: consoleEnd.handler,
  };
}

function fail(error: unknown): void {
  const said =
    error instanceof StartupError ? `curfew: ${error.message}` : error instanceof Error ? error.stack : error;
  complain(`${said}\n`, () => process.exit(1));
}
