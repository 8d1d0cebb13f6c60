/** What the commands that ask the API have in common: where it is, JSON, and how what they learn is printed. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { present } from '../present.ts';
import { type Clock, toRfc3339 } from '../time.ts';
import { type Api, type Connection, operatorApi } from './api.ts';
import { commandLine } from './command-line.ts';
import { EXIT_CODES, Misuse } from './exit-codes.ts';
import { type Column, type Listing, listingCsv, listingText, sorted } from './listing.ts';
import { DATA } from './local-connection.ts';
import { MOMENT_RULE, readMoment } from './moments.ts';
import type { Paint, View } from './terminal.ts';

/** Where the command runs. */
export interface Surroundings {
  readonly connect: (where: Where) => Promise<Connection>;
  readonly clock: Clock;
  /** Resolves at once when `signal` says stop. */
  readonly wait: (ms: number) => Promise<void>;
  /** Somebody wants it to stop. */
  readonly signal: AbortSignal;
  readonly paint: Paint;
  /** How wide the terminal is; absent where what is printed goes into a pipe or a file. */
  readonly columns?: number;
  /** Whose clock is read. @default this machine's zone */
  readonly zone?: string;
  /** What was asked for: whole lines. */
  readonly print: (text: string) => void;
  /** What is said beside it, to whoever looks. */
  readonly remark: (text: string) => void;
  /** Replaces what it said before; where nobody looks, it says nothing. */
  readonly progress: (text: string) => void;
  /** Absent where nobody can be asked. */
  readonly confirm?: (question: string) => Promise<boolean>;
}

/** Where Curfew is, as the options say it. */
export interface Where {
  readonly stack?: string;
  readonly url?: string;
  readonly data: string;
}

export interface OperatorOptions extends Where {
  readonly json?: boolean;
  readonly utc?: boolean;
}

export interface ListOptions extends OperatorOptions {
  readonly sort?: string;
  readonly limit?: number;
  readonly wide?: boolean;
  readonly csv?: boolean;
}

/** What a command has learnt, for programs and for people. */
export interface Told {
  readonly json: unknown;
  readonly text: string;
}

const PLACES = 'Where Curfew is:';

/** Options of every command that asks the API. */
export function addWhere(command: Command): Command {
  return command
    .addOption(
      new Option('--stack <name>', 'in AWS, this CloudFormation stack; requests are signed for IAM')
        .env('CURFEW_STACK')
        .helpGroup(PLACES),
    )
    .addOption(
      new Option('--url <url>', `the API's address (default: the stack's, or the local system's)`)
        .env('CURFEW_URL')
        .helpGroup(PLACES),
    )
    .addOption(
      new Option('--data <directory>', 'the local system whose operator key is used, unless CURFEW_OPERATOR_KEY is set')
        .env('CURFEW_DATA')
        .default(DATA)
        .helpGroup(PLACES),
    );
}

/** A command that asks the API and tells what it has learnt. */
export function operatorCommand<Options extends OperatorOptions>(
  { surroundings, parent }: { surroundings: Surroundings; parent: Command },
  usage: string,
  description: string,
  act: (api: Api, subject: string, options: Options, view: () => View) => Promise<Told>,
): Command {
  const command = addWhere(
    parent
      .command(usage)
      .description(description)
      .option('--json', 'the answer as JSON')
      .option('--utc', 'instants in UTC, as the API writes them'),
  );
  return command.addHelpText('after', EXIT_CODES).action(async () => {
    const [subject = ''] = command.args;
    const [asked] = command.registeredArguments;
    // In a path, an empty part is another path.
    if (asked?.required === true && subject === '') throw new Misuse(`the ${asked.name()} must not be empty`);
    const options = command.opts<Options>();
    const api = await openApi(surroundings, options);
    const { json, text } = await act(api, subject, options, () => viewOf(surroundings, api, options));
    surroundings.print(options.json === true ? JSON.stringify(json, null, 2) : text);
  });
}

/** How this is looked at, now. */
export const viewOf = (
  { paint, columns, zone }: Surroundings,
  api: Pick<Api, 'now'>,
  { utc = false, wide = false }: { readonly utc?: boolean; readonly wide?: boolean },
): View => ({ paint, ...present({ columns, zone }), inUtc: utc, isWide: wide, now: api.now() });

/** What was found, and which of it there is to be shown. */
export interface Found<T> extends Omit<Listing<T>, 'of'> {
  /** The name of the list in the answer as JSON. */
  readonly field: string;
  readonly columns: readonly Column<T>[];
  /** Some were not counted. */
  readonly more?: boolean;
  /** By which column, where nobody says. */
  readonly sort: string;
  /** Said below it. */
  readonly remark?: string;
}

/** A command that lists what it has learnt: sorted, limited, counted, and as wide as the terminal. */
export function listCommand<T, Options extends ListOptions>(
  under: { surroundings: Surroundings; parent: Command },
  usage: string,
  description: string,
  act: (api: Api, subject: string, options: Options, view: () => View) => Promise<Found<T>>,
): Command {
  return operatorCommand<Options>(under, usage, description, async (api, subject, options, view) => {
    const found = await act(api, subject, options, view);
    under.surroundings.progress('');
    return toldOf(found, options, view());
  })
    .option('--sort <column>', 'by this column; "-opened" for the last one first')
    .option('--limit <number>', 'so many at the most', readCount)
    .option('--wide', 'every column, and nothing shortened')
    .addOption(new Option('--csv', 'as comma-separated values, every column in full').conflicts('json'));
}

function toldOf<T>(found: Found<T>, { sort, limit, csv = false }: ListOptions, view: View): Told {
  const { columns, noun, items: all, more = false, remark } = found;
  const items = sorted(all, columns, sort ?? found.sort, view).slice(0, limit);
  const listing = { noun, columns, items, of: { count: all.length, more } };
  const text = csv ? listingCsv(listing, view) : [listingText(listing, view), ...(remark ? [remark] : [])].join('\n');
  return { json: { [found.field]: items, count: all.length, ...(more ? { more } : {}) }, text };
}

export function readCount(said: string): number {
  if (/^[1-9]\d{0,8}$/.test(said)) return Number(said);
  throw new InvalidArgumentError('It must be a whole number, 1 or more.');
}

/** An instant that an option names, as the API takes it. */
export function instantSaid(said: string, view: View): string {
  const at = readMoment(said, view);
  if (at === undefined) throw new Misuse(`${JSON.stringify(said)} is no instant. ${MOMENT_RULE}`);
  return toRfc3339(at);
}

export async function openApi({ connect, clock, wait, signal }: Surroundings, where: Where): Promise<Api> {
  return operatorApi({ connection: await connect(where), clock, wait, signal });
}

/** `npx curfew` and what follows, to be pasted: with the way to the same Curfew. */
export const pasted = ({ connection }: Api, ...words: readonly string[]): string =>
  commandLine([...words, ...connection.options]);
