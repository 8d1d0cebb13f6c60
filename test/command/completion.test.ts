/** What a shell completes. Bash itself is asked, as it asks when somebody presses Tab. */
import { execFileSync, spawnSync } from 'node:child_process';
import { Command } from 'commander';
import { expect, test } from 'vitest';
import { addCompletion } from '../../lib/command/completion.ts';
import { addOperatorCommands } from '../../lib/command/operator-commands.ts';
import { systemClock } from '../../lib/time.ts';

function script(shell: string): string {
  const printed: string[] = [];
  const program = new Command('curfew');
  addOperatorCommands(program, {
    connect: () => Promise.reject(new Error('nothing is asked here')),
    clock: systemClock,
    wait: async () => {},
    signal: new AbortController().signal,
    paint: (_, plain) => plain,
    print: () => {},
    remark: () => {},
    progress: () => {},
  });
  addCompletion(program, (text) => printed.push(text));
  program.parse(['completion', shell], { from: 'user' });
  return printed.join('\n');
}

const ASK = `
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=(); _curfew; printf '%s\\n' "\${COMPREPLY[@]}"`;

const completed = (...words: string[]): string[] =>
  execFileSync('bash', ['-c', script('bash') + ASK, 'bash', 'curfew', ...words], { encoding: 'utf8' })
    .split('\n')
    .filter((word) => word !== '');

test.each([
  [['s'], ['sessions', 'stations']],
  [
    ['sessions', ''],
    ['list', 'show', 'end', '--help'],
  ],
  [
    ['sessions', 'list', '--r'],
    ['--realm', '--rung'],
  ],
  [['sessions', 'list', '--rung', 'l'], ['lingering']],
  [
    ['stations', 'add', 'lib-1', '--kind', ''],
    ['hosted', 'pinging', 'application', 'gateway'],
  ],
  [
    ['sessions', 'list', '--json', '--st'],
    ['--stack', '--station'],
  ],
  [
    ['completion', ''],
    ['bash', 'zsh', '--help'],
  ],
  // What may be anything is left to the shell.
  [['stations', 'add', 'lib-1', '--certificate', ''], []],
])('bash, after %j', (words, expected) => expect(completed(...words)).toEqual(expected));

test('what zsh is given is balanced, and says nothing of bash', (context) => {
  const text = script('zsh');
  expect(text).toMatch(/^#compdef curfew\n/);
  expect(text).not.toMatch(/COMP|compgen|\bpath=/);
  expect(text.match(/\bcase\b/g)).toHaveLength((text.match(/\besac\b/g) ?? []).length);
  if (spawnSync('zsh', ['--version']).error !== undefined) context.skip('there is no zsh here');
  expect(spawnSync('zsh', ['-n', '-c', text], { encoding: 'utf8' }).stderr).toBe('');
});
