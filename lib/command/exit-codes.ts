/** How the command ends: few codes, for scripts. */
import { CommanderError } from 'commander';
import { Refused } from './api.ts';

export const FINE = 0;
export const FAILED = 1;
export const MISUSED = 2;

export const EXIT_CODES = `
Exits with 0 if what was asked is done or told, 1 if it was refused, not found or failed, 2 if it was not understood:
then nothing was done.`;

/** What was asked for makes no sense, and why. */
export class Misuse extends Error {
  override readonly name = 'Misuse';
}

export function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? FINE : MISUSED;
  return error instanceof Misuse || (error instanceof Refused && error.status === 400) ? MISUSED : FAILED;
}
