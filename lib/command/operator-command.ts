/** What the commands that ask the API have in common: where it is, JSON, and how what they learn is printed. */
import { type Command, Option } from 'commander';
import type { Clock } from '../time.ts';
import { type Api, type Connection, operatorApi } from './api.ts';
import { EXIT_CODES, Misuse } from './exit-codes.ts';
import { DATA } from './local-connection.ts';
import type { Paint } from './terminal.ts';

/** Where the command runs. */
export interface Surroundings {
  readonly connect: (where: Where) => Promise<Connection>;
  readonly clock: Clock;
  /** Resolves at once when `signal` says stop. */
  readonly wait: (ms: number) => Promise<void>;
  /** Somebody wants it to stop. */
  readonly signal: AbortSignal;
  readonly paint: Paint;
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
  act: (api: Api, subject: string, options: Options) => Promise<Told>,
): Command {
  const command = addWhere(parent.command(usage).description(description).option('--json', 'the answer as JSON'));
  return command.addHelpText('after', EXIT_CODES).action(async () => {
    const [subject = ''] = command.args;
    const [asked] = command.registeredArguments;
    // In a path, an empty part is another path.
    if (asked?.required === true && subject === '') throw new Misuse(`the ${asked.name()} must not be empty`);
    const options = command.opts<Options>();
    const api = await openApi(surroundings, options);
    const { json, text } = await act(api, subject, options);
    surroundings.print(options.json === true ? JSON.stringify(json, null, 2) : text);
  });
}

export async function openApi({ connect, clock, wait, signal }: Surroundings, where: Where): Promise<Api> {
  return operatorApi({ connection: await connect(where), clock, wait, signal });
}

/** `npx curfew` and what follows, to be pasted: with the way to the same Curfew. */
export const pasted = ({ connection }: Api, ...words: readonly string[]): string =>
  ['npx', 'curfew', ...words, ...connection.options].map(quoted).join(' ');

const quoted = (word: string): string => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`);
