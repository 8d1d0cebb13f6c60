/** The command as a process of its own: its arguments, what it reads, where it prints, and how it exits. */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { useTemporaryDirectories } from '../support/temporary-directory.ts';

const TOP = fileURLToPath(new URL('../..', import.meta.url));
/** What `npx curfew` runs. */
const COMMAND = join(TOP, JSON.parse(readFileSync(join(TOP, 'package.json'), 'utf8')).bin.curfew);
const newDirectory = useTemporaryDirectories();

/** From a directory that is not the repository's, where an operator may well stand. */
function curfew(args: readonly string[], input = '') {
  const directory = newDirectory();
  writeFileSync(join(directory, 'warned.json'), '{"realms": {"a": {"profile": "release-station", "ping": "3m"}}}');
  writeFileSync(join(directory, 'broken.json'), '{"realms": {}}');
  const { status, stdout, stderr } = spawnSync(process.execPath, [COMMAND, ...args], {
    cwd: directory,
    encoding: 'utf8',
    input,
  });
  return { status, stdout, stderr };
}

test('warnings are no errors', () => {
  const { status, stdout, stderr } = curfew(['policy', 'check', 'warned.json']);
  expect([status, stderr]).toEqual([0, '']);
  expect(stdout).toBe(
    `warned.json: warning: realm "a": the profile's lease "5m" is shorter than two pings (ping "3m"): one lost ping ends a session
warned.json: in order, 1 realm, 1 warning

realm                              bound   boundWithJob
a      any station                 PT5M2S  PT30M2S
       where activity is reported  PT32S   PT30M2S
`,
  );
});

test('an error is exit 1', () =>
  expect(curfew(['policy', 'check', 'broken.json'])).toEqual({
    status: 1,
    stdout: 'broken.json: error: the realms file names no realm\nbroken.json: refused, 1 error, no warnings\n',
    stderr: '',
  }));

test('so is a file that is not there', () => {
  const { status, stdout } = curfew(['policy', 'check', 'gone.json']);
  expect(status).toBe(1);
  expect(stdout).toMatch(
    /^gone\.json: error: cannot be read: ENOENT: .+\ngone\.json: refused, 1 error, no warnings\n$/,
  );
});

test('standard input is checked too, and told as JSON to whoever asks for it', () => {
  const input = '{"realms": {"a": {"profile": "release-station", "ping": "3m", "lease": "3m"}}}';
  const { status, stdout } = curfew(['policy', 'check', '--json', '-'], input);
  expect(status).toBe(1);
  const message = 'realm "a": lease "3m" must be longer than ping "3m": a session would end between two pings';
  expect(JSON.parse(stdout)).toEqual({
    file: '<stdin>',
    findings: [{ level: 'error', realm: 'a', field: 'lease', message }],
    realms: [],
  });
});

test('a command that is none is refused in one line', () =>
  expect(curfew(['policy', 'chek'])).toEqual({
    status: 1,
    stdout: '',
    stderr: "curfew: unknown command 'chek' (Did you mean check?)\n",
  }));
