/** Programs of others, written in Python, that tests are held against. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/** Installs these into `.venv`, which is made first where it is missing; says nothing where they are there already. */
export function installPython(...pinned: readonly string[]): void {
  if (!existsSync('.venv/bin/python')) execFileSync('python3', ['-m', 'venv', '.venv'], { stdio: 'inherit' });
  const install = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...pinned];
  execFileSync('.venv/bin/python', install, { stdio: 'inherit' });
}
