/** Which Curfew this is: what the command, the stack's output, the functions' log and the API's description say. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Put in by the build: what was built asks no repository. */
declare const CURFEW_VERSION: string | undefined;

/** The package's version and the commit, as Semantic Versioning has build metadata: `1.2.0+1a2b3c4`, with `.changed` where files differ from it. */
export const version = (): string => (typeof CURFEW_VERSION === 'string' ? CURFEW_VERSION : versionOfClone());

let known: string | undefined;

function versionOfClone(): string {
  known ??= [packageVersion(), ...commitOf(fileURLToPath(new URL('..', import.meta.url)))].join('+');
  return known;
}

function packageVersion(): string {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  return version;
}

/** None where there is no repository, or no git: a source archive. */
function commitOf(top: string): string[] {
  // Not the repository of a folder further up.
  const git = ['--git-dir=.git', '--work-tree=.'];
  const describe = ['describe', '--always', '--exclude=*', '--abbrev=7', '--dirty=.changed'];
  try {
    return [execFileSync('git', [...git, ...describe], { cwd: top, encoding: 'utf8', stdio: 'pipe' }).trim()];
  } catch {
    return [];
  }
}
