/** The repository keeps its own rules; each message says why there is one. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { codeOf, findings, importsOf, RULES, type SourceFile, testsNamedIn } from './support/tidiness.ts';

const TOP = fileURLToPath(new URL('..', import.meta.url));
const FOLDERS = ['bin', 'lib', 'functions', 'examples', 'test', 'bench', 'docs'];
const TEXTS = /\.(?:ts|js|json|md|yml|yaml|html|svg|sh)$/;

function files(): SourceFile[] {
  const here = readdirSync(TOP).filter((name) => TEXTS.test(name));
  const below = FOLDERS.filter((folder) => existsSync(join(TOP, folder))).flatMap((folder) =>
    readdirSync(join(TOP, folder), { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)),
  );
  return [...here, ...below]
    .filter((path) => !path.includes('node_modules') && !path.endsWith('package-lock.json'))
    .filter((path) => TEXTS.test(path) && statSync(join(TOP, path)).isFile())
    .map((path) => ({ path: path.split(sep).join('/'), text: readFileSync(join(TOP, path), 'utf8') }));
}

const repository = files();

test.each(RULES)('$name', (rule) => expect(findings(repository, [rule])).toEqual([]));

test('a test that a text names is there', () => {
  const texts = repository.filter(({ path }) => path.endsWith('.md'));
  const missing = texts.flatMap(({ path, text }) =>
    testsNamedIn(text)
      .filter((named) => !existsSync(join(TOP, named)))
      .map((named) => `${path}: ${named}`),
  );
  expect(missing).toEqual([]);
});

test('tests are named in backticks, one by one or by their folder', () =>
  expect(testsNamedIn('held by `test/a/b.test.ts`, `test/a`; not `npm test` or test/c')).toEqual([
    'test/a/b.test.ts',
    'test/a',
  ]));

test('all of the repository is looked at', () => {
  const folders = new Set(repository.map(({ path }) => path.split('/').slice(0, -1).join('/')));
  for (const folder of ['lib', 'lib/session', 'lib/aws', 'lib/deploy', 'functions', 'bin', 'test/session', 'docs']) {
    expect(folders).toContain(folder);
  }
});

describe('a file that breaks a rule is found', () => {
  const machine = ['', 'home', 'ana', 'curfew'].join('/');
  test.each([
    [
      'lib/session/x.ts',
      `import { DynamoDBClient } from '@aws-sdk/client-dynamodb';`,
      'imports @aws-sdk/client-dynamodb',
    ],
    ['lib/session/x.ts', `import {\n  a,\n  b,\n} from '../aws/seats.ts';`, 'imports lib/aws/seats.ts'],
    ['lib/session/x.ts', `export * from 'zod';`, 'imports zod'],
    ['lib/session/x.ts', `import 'node:fs';`, 'imports node:fs'],
    ['lib/session/x.ts', `const x = await import('../table.ts');`, 'imports lib/table.ts'],
    ['lib/session/x.ts', 'const now = Date.now();', 'line 1: Date.now'],
    ['lib/session/x.ts', '\nconst now = new Date();', 'line 2: new Date'],
    ['lib/session/x.ts', 'const id = Math.random();', 'line 1: Math.random'],
    ['lib/session/x.ts', 'const realm = process.env.REALM;', 'line 1: process'],
    ['lib/memory/x.ts', `import { a } from '../http/problem.ts';`, 'imports lib/http/problem.ts'],
    ['lib/aws/x.ts', `import type { Stack } from 'aws-cdk-lib';`, 'imports aws-cdk-lib'],
    ['lib/aws/x.ts', `import { a } from '../http/problem.ts';`, 'imports lib/http/problem.ts'],
    ['lib/aws/x.ts', 'const table = process.env.CURFEW_TABLE;', 'line 1: process.env'],
    ['lib/deploy/x.ts', `import { seats } from '../aws/seats.ts';`, 'imports lib/aws/seats.ts'],
    ['lib/deploy/x.ts', `import { decide } from '../session/decide.ts';`, 'imports lib/session/decide.ts'],
    ['lib/http/x.ts', `import { a } from '../aws/seats.ts';`, 'imports lib/aws/seats.ts'],
    [
      'lib/station/x.ts',
      `import { S } from '@aws-sdk/client-secrets-manager';`,
      'imports @aws-sdk/client-secrets-manager',
    ],
    ['functions/x.ts', `import { memorySeats } from '../lib/memory/seats.ts';`, 'imports lib/memory/seats.ts'],
    ['functions/x.ts', `import { Duration } from 'aws-cdk-lib';`, 'imports aws-cdk-lib'],
    ['lib/local/x.ts', `import { handler } from '../../functions/on-sweep.ts';`, 'imports functions/on-sweep.ts'],
    ['examples/x/x.ts', `import { systemClock } from '../../lib/time.ts';`, 'imports lib/time.ts'],
    ['lib/client/x.ts', `import { systemClock } from '../time.ts';`, 'imports lib/time.ts'],
    ['lib/http/seat-utils.ts', '', 'the name seat-utils'],
    ['lib/http/x.ts', 'export class SessionManager {}', 'the name SessionManager'],
    ['lib/http/x.ts', 'export async function sweepHelper() {}', 'the name sweepHelper'],
    ['lib/http/x.ts', '// the session expires', 'line 1: expires'],
    ['functions/x.ts', 'const isTerminated = true;', 'line 1: isTerminated'],
    ['lib/session/x.ts', '/** A session that timed out. */', 'line 1: timed out'],
    ['test/session/x.test.ts', 'await new Promise((done) => setTimeout(done, 10));', 'line 1: setTimeout'],
    ['test/session/x.test.ts', 'await sleep(10);', 'line 1: sleep('],
    ['lib/http/x.ts', 'a;\n'.repeat(401), '401 lines'],
    ['docs/x.md', `cd ${machine}`, `line 1: ${machine}`],
  ])('%s: %j', (path, text, what) => {
    const found = findings([{ path, text }]);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(`${path}: ${what} (`);
  });

  test.each([
    ['lib/session/x.ts', '// Date.now() is for lib/time.ts'],
    ['lib/session/x.ts', `const text = 'never process.env';`],
    ['lib/session/x.ts', `// import { x } from '@aws-sdk/client-dynamodb';`],
    ['lib/session/x.ts', `import { type A, b } from './a.ts';\nimport * as z from 'zod/mini';`],
    ['lib/deploy/x.ts', `import { readRealms } from '../session/policy.ts';`],
    ['lib/http/x.ts', `import { SecretsManagerClient } from './elsewhere.ts';`],
    ['test/local/x.test.ts', 'await sleep(10);'],
    ['lib/http/x.ts', 'a;\n'.repeat(400)],
    ['docs/x.md', 'Put it under `lib/srv/out.ts` or ask https://example.org/home/ana.'],
  ])('and one that does not, is not: %s: %j', (path, text) => expect(findings([{ path, text }])).toEqual([]));
});

test('imports are read wherever they stand', () => {
  const text = `import a from 'a';\nimport type { B } from './b.ts';\nexport { c } from '../c.ts';\nexport const d = import('d');`;
  expect(importsOf({ path: 'lib/x/y.ts', text })).toEqual(['a', 'lib/x/b.ts', 'lib/c.ts', 'd']);
});

test('code is what is left without comments and quotes', () =>
  expect(codeOf("a('b'); // c\n/* d\n e */ f(`g`)").replace(/ +/g, ' ')).toBe('a( ); \n \n f( )'));
