/** The operator's command inside a test: what it is asked, over which API, and what it prints. */
import { Command } from 'commander';
import type { Connection } from '../../lib/command/api.ts';
import { exitCodeOf } from '../../lib/command/exit-codes.ts';
import type { Surroundings } from '../../lib/command/operator-command.ts';
import { addOperatorCommands } from '../../lib/command/operator-commands.ts';
import { present } from '../../lib/present.ts';
import { systemClock } from '../../lib/time.ts';

export interface Ran {
  readonly exit: number;
  /** Standard output. */
  readonly printed: string;
  /** Standard error. */
  readonly said: readonly string[];
}

export interface RunOptions {
  readonly wait?: (ms: number) => Promise<void>;
  readonly signal?: AbortSignal;
  readonly confirm?: (question: string) => Promise<boolean>;
  readonly progress?: (text: string) => void;
  /** How wide the terminal is. @default none: what is printed goes into a file */
  readonly columns?: number;
  /** Whose clock is read. @default UTC */
  readonly zone?: string;
  /** Commands beside those that ask the operators' API. */
  readonly add?: (program: Command, surroundings: Surroundings) => void;
}

/** An API that is answered by a function instead of a network. */
export const connectionTo = (
  answer: (method: string, path: string, body: object | undefined) => Promise<{ status: number; body: unknown }>,
): Connection => ({
  send: async (path, { method, body }) => {
    const { status, body: told } = await answer(method, path, body === undefined ? undefined : JSON.parse(body));
    return new Response(told === undefined ? null : JSON.stringify(told), { status });
  },
  where: 'https://api.example',
  options: [],
});

/** Runs `npx curfew` with these arguments. */
export async function runCurfew(
  connection: Connection,
  args: readonly string[],
  options: RunOptions = {},
): Promise<Ran> {
  const printed: string[] = [];
  const said: string[] = [];
  const {
    wait = async () => {},
    signal = new AbortController().signal,
    confirm,
    progress = () => {},
    columns,
    zone = 'UTC',
    add,
  } = options;
  const program = new Command('curfew').exitOverride().configureOutput({
    writeOut: (text) => void printed.push(text.trimEnd()),
    writeErr: (text) => void said.push(text.trimEnd()),
  });
  const surroundings: Surroundings = {
    connect: async () => connection,
    clock: systemClock,
    wait,
    signal,
    paint: (_, plain) => plain,
    print: (text) => void printed.push(text),
    remark: (text) => void said.push(text),
    progress,
    zone,
    ...present({ columns }),
    ...(confirm === undefined ? {} : { confirm }),
  };
  addOperatorCommands(program, surroundings);
  add?.(program, surroundings);
  let exit = 0;
  try {
    await program.parseAsync(args, { from: 'user' });
  } catch (error) {
    exit = exitCodeOf(error);
    if (error instanceof Error && !error.name.startsWith('Commander')) said.push(error.message);
  }
  return { exit, printed: printed.join('\n'), said };
}
