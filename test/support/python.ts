/** Programs and libraries of others, written in Python, that tests are held against. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/** With all that was installed below, wherever it was. */
export const PYTHON = '.venv/bin/python';

/** Installs these into `.venv`, which is made first where it is missing; says nothing where they are there already. */
export function installPython(...pinned: readonly string[]): void {
  if (!existsSync(PYTHON)) execFileSync('python3', ['-m', 'venv', '.venv'], { stdio: 'inherit' });
  const install = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...pinned];
  execFileSync(PYTHON, install, { stdio: 'inherit' });
}
