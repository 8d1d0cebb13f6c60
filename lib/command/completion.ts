/** `curfew completion`: what a shell completes, made of the commands themselves, so that it knows all of them. */
import { Argument, type Command } from 'commander';

/** Names of commands, options and their choices are all of these characters: nothing in a script needs a quote. */
const PLAIN = /^[\w-]+$/;

interface Level {
  /** The commands that lead here: `sessions list`. */
  readonly path: string;
  readonly words: readonly string[];
  readonly options: readonly ValueOption[];
}

/** An option that takes a value, and what it may be: nothing where it may be anything. */
interface ValueOption {
  readonly name: string;
  readonly choices: readonly string[];
}

export function addCompletion(program: Command, print: (text: string) => void): void {
  program
    .command('completion')
    .description('Prints what makes a shell complete `curfew`.')
    .addArgument(new Argument('<shell>').choices(['bash', 'zsh']))
    .addHelpText(
      'after',
      `
For a shell that knows curfew as a command, by an alias say:

  alias curfew='npx curfew'
  source <(npx curfew completion bash)`,
    )
    .action((shell: 'bash' | 'zsh') => print(shell === 'bash' ? bashOf(program) : zshOf(program)));
}

function levelsOf(command: Command, path: readonly string[] = []): Level[] {
  const options = command.options.filter(({ hidden }) => !hidden);
  const choices = command.registeredArguments.flatMap(({ argChoices = [] }) => argChoices);
  const names = command.commands.map((one) => one.name());
  const level: Level = {
    path: path.join(' '),
    words: [...names, ...choices, ...options.flatMap(({ long }) => long ?? []), '--help'],
    options: options
      .filter(({ required, optional }) => required || optional)
      .map(({ long = '', argChoices = [] }) => ({
        name: long,
        choices: argChoices.filter((word) => PLAIN.test(word)),
      })),
  };
  return [level, ...command.commands.flatMap((one) => levelsOf(one, [...path, one.name()]))];
}

/** As each shell says it: the words before the one that is completed, and how words or files are offered. */
interface Shell {
  readonly before: string;
  readonly previous: string;
  readonly offer: (words: readonly string[]) => string;
  readonly files: string;
}

function completion(program: Command, { before, previous, offer, files }: Shell): string {
  const levels = levelsOf(program);
  const paths = levels.flatMap(({ path }) => (path === '' ? [] : [`'${path}'`]));
  const options = levels.flatMap((level) => level.options.map((option) => ({ path: level.path, ...option })));
  const chosen = options.filter(({ choices }) => choices.length > 0);
  const free = new Set(options.flatMap(({ name, choices }) => (choices.length === 0 ? [`*' ${name}'`] : [])));
  return `  local at='' word
  for word in ${before}; do
    case "\${at:+$at }$word" in
      ${paths.join('|')}) at="\${at:+$at }$word" ;;
    esac
  done
  case "$at ${previous}" in
${chosen.map(({ path, name, choices }) => `    '${path} ${name}') ${offer(choices)}; return ;;`).join('\n')}
    ${[...free].join('|')}) ${files}; return ;;
  esac
  case "$at" in
${levels.map(({ path, words }) => `    '${path}') ${offer(words)} ;;`).join('\n')}
  esac`;
}

const bashOf = (program: Command): string => `_curfew() {
${completion(program, {
  before: `"\${COMP_WORDS[@]:1:COMP_CWORD-1}"`,
  previous: `\${COMP_WORDS[COMP_CWORD-1]}`,
  offer: (words) => `COMPREPLY=($(compgen -W '${words.join(' ')}' -- "\${COMP_WORDS[COMP_CWORD]}"))`,
  files: 'COMPREPLY=()',
})}
}
complete -o default -F _curfew curfew`;

const zshOf = (program: Command): string => `#compdef curfew
_curfew() {
${completion(program, {
  before: `"\${(@)words[2,CURRENT-1]}"`,
  previous: `\${words[CURRENT-1]}`,
  offer: (words) => `compadd -- ${words.join(' ')} || _files`,
  files: '_files',
})}
}
compdef _curfew curfew`;
