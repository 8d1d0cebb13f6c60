/** The command as a process of its own: its arguments, what it reads, where it prints, and how it exits. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
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
  const svg = join(directory, 'out.svg');
  return { status, stdout, stderr, ...(existsSync(svg) ? { svg: readFileSync(svg, 'utf8') } : {}) };
}

test('warnings are no errors', () => {
  const { status, stdout, stderr } = curfew(['policy', 'check', 'warned.json']);
  expect([status, stderr]).toEqual([0, '']);
  expect(stdout).toBe(
    `warned.json: warning: realm "a": the profile's lease "5m" is shorter than two pings (ping "3m"): one lost ping ends a session
warned.json: in order, 1 realm, 1 warning

realm                              bound  boundWithJob
a      any station                 5m 2s  30m 2s
       where activity is reported  32s    30m 2s
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
    status: 2,
    stdout: '',
    stderr: "curfew: unknown command 'chek' (Did you mean check?)\n",
  }));

describe('a timeline', () => {
  const input =
    '{"realms": {"suite": {"profile": "enterprise", "logonToken": "off", "sweep": "10m"}, "a": {"profile": "enterprise"}}}';
  const timeline = (...options: string[]) => curfew(['policy', 'timeline', '-', ...options], input);

  test('is printed, and drawn where asked for', () => {
    const { status, stdout, stderr, svg } = timeline('--realm', 'suite', '--svg', 'out.svg');
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toContain('\nThe user is out after 60 to 70 minutes: by arithmetic after 1 hour');
    expect(svg).toMatch(/^<svg [\s\S]+<\/svg>\n$/);
  });

  test('is told to programs, with instants and for one station', () => {
    const { stdout } = timeline('--realm', 'a', '--json', '--from', '2026-01-05T12:00:00+01:00', '--station', 'bi-1');
    expect(JSON.parse(stdout)).toMatchObject({ station: 'bi-1', outAt: '2026-01-05T19:00:00.000Z' });
  });

  test.each([
    [['--realm', 'b'], 1, 'curfew: <stdin> has no realm "b"; it has suite, a\n'],
    [[], 2, "curfew: required option '--realm <realm>' not specified\n"],
    [
      ['--realm', 'a', '--from', '12:00'],
      2,
      "curfew: option '--from <instant>' argument '12:00' is invalid. It must be RFC 3339 with a zone, such as 2026-01-05T12:00:00Z.\n",
    ],
    [
      ['--realm', 'a', '--station', 'no id'],
      2,
      `curfew: option '--station <id>' argument 'no id' is invalid. It must be 1 to 56 of a-z, A-Z, 0-9, ".", "_" and "-", and begin with a letter or a digit.\n`,
    ],
  ])('cannot be told with %j', (options, status, stderr) =>
    expect(timeline(...options)).toEqual({ status, stdout: '', stderr }),
  );

  test('of a picture that cannot be written says so', () => {
    const { status, stdout, stderr } = timeline('--realm', 'a', '--svg', 'none/out.svg');
    expect([status, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^curfew: ENOENT: .+\n$/);
  });

  test('of a file that is refused says why', () =>
    expect(curfew(['policy', 'timeline', 'broken.json', '--realm', 'a'])).toEqual({
      status: 1,
      stdout: 'broken.json: error: the realms file names no realm\nbroken.json: refused, 1 error, no warnings\n',
      stderr: '',
    }));
});
