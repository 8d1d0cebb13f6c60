/**
 * `npm run release -- <version>`: checks, writes down and tags a release, and publishes nothing. Each step says what it does, and
 * the first that fails ends it, with what it has written left to be looked at: `git diff`, `git restore .`.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { program } from 'commander';
import { isNewer, releasedIn } from '../lib/build/release.ts';

const [version = ''] = program
  .name('npm run release --')
  .description('Checks, writes down and tags a release. Publishes nothing.')
  .argument('<version>', 'as Semantic Versioning has it: 1.2.0')
  .option('--without-ci', 'takes it that .ci/run has passed on this very commit')
  .parse().args;
const { withoutCi = false } = program.opts<{ readonly withoutCi?: boolean }>();

const run = (command: string, ...args: string[]): void => {
  console.log(`\n$ ${[command, ...args].join(' ')}`);
  execFileSync(command, args, { stdio: 'inherit' });
};
const told = (command: string, ...args: string[]): string => execFileSync(command, args, { encoding: 'utf8' }).trim();

if (told('git', 'status', '--porcelain') !== '') refuse('there are changes that are not committed');
const { version: current } = JSON.parse(readFileSync('package.json', 'utf8'));
if (!isNewer(version, current)) refuse(`${version} is no version after ${current}`);
if (told('git', 'tag', '--list', `v${version}`) !== '') refuse(`v${version} is tagged already`);
const changelog = releasedIn(readFileSync('CHANGELOG.md', 'utf8'), version, new Date().toISOString().slice(0, 10));
if (changelog === undefined) refuse('CHANGELOG.md says nothing under [Unreleased]');

// Of what ships all is bundled, so all of the lock file may be in it. A registry without audits says so, and is no reason to stop.
try {
  run('npm', 'audit');
} catch {
  console.log('Look at what npm audit said, or could not say, before you push the tag.');
}
if (!withoutCi) run('bash', '.ci/run');

writeFileSync('CHANGELOG.md', changelog);
run('npm', 'version', version, '--no-git-tag-version');
for (const kept of ['record', 'record-code', 'record-directory']) {
  run(process.execPath, '--import', 'tsx', `test/recorded/${kept}.ts`);
}
run('npm', 'run', 'sbom');
run('git', 'add', '--all');
run('git', 'commit', '--quiet', '--message', `Release ${version}`);
run('git', 'tag', '--annotate', `v${version}`, '--message', `Curfew ${version}`);
// After the tag: what it builds says that commit.
run('npm', 'pack');
if (!existsSync('sbom.json')) refuse('sbom.json is not there');
console.log(`
v${version} is tagged here. curfew-${version}.tgz and sbom.json go with it. Deploy it once more in an account
(npx cdk deploy -c stage=dev), then: git push --follow-tags`);

function refuse(reason: string): never {
  console.error(`release: ${reason}`);
  process.exit(1);
}
