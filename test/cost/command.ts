/** `npx curfew cost` inside a test: what it prints. */
import { Command } from 'commander';
import { addCost } from '../../lib/command/cost.ts';

export function runCost(args: readonly string[]): string {
  const printed: string[] = [];
  const program = new Command('curfew').exitOverride().configureOutput({ writeErr: () => {} });
  addCost(program, { paint: (_, plain) => plain, print: (told) => void printed.push(told) });
  // The options of a command are its parent's matter: so that a test sees a refusal.
  for (const command of program.commands) command.exitOverride().configureOutput({ writeErr: () => {} });
  program.parse(['cost', ...args], { from: 'user' });
  return printed.join('\n');
}
