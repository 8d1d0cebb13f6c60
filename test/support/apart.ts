/**
 * Packages that few need, in a folder of their own: installed there, as its lock file says, when they are first asked for.
 * `tsx test/support/apart.ts FOLDER` does it from a script.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const TOP = fileURLToPath(new URL('../..', import.meta.url));

/**
 * Says so in one line; does and says nothing where they are there already.
 * @param folder from the top of the repository, with a `package.json` and its lock file
 */
export function installApart(folder: string): void {
  const cwd = join(TOP, folder);
  const installed = join(cwd, 'node_modules/.package-lock.json');
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(join(cwd, 'package-lock.json')).mtimeMs) return;
  console.error(`Installing what ${folder}/package.json names: nothing else needs it.`);
  execFileSync('npm', ['ci', '--no-audit', '--no-fund'], { cwd, stdio: ['ignore', 'ignore', 'inherit'] });
}

const [, script = '', ...folders] = process.argv;
if (script === fileURLToPath(import.meta.url)) for (const folder of folders) installApart(folder);
