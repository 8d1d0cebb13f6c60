/** The repository keeps its own rules; each message says why there is one. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { LAYERS, rowsOf } from './support/layers.ts';
import { circlesOf, codeOf, findings, importsOf, RULES, type SourceFile, testsNamedIn } from './support/tidiness.ts';

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

test('no files import each other in a circle', () => {
  const looked = repository.filter(({ path }) => /^(?:lib|functions|bin|examples|bench|test)\/.*\.ts$/.test(path));
  expect(circlesOf(looked).map((circle) => circle.join(' -> '))).toEqual([]);
});

test('a circle of files is found, and told from one of them round to it again', () => {
  const file = (path: string, ...imported: string[]): SourceFile => ({
    path,
    text: imported.map((name) => `import type { X } from '${name}';\n`).join(''),
  });
  const tree = [file('lib/a/a.ts', '../b/b.ts', './d.ts'), file('lib/b/b.ts', '../c.ts', 'zod'), file('lib/a/d.ts')];
  expect(circlesOf([...tree, file('lib/c.ts', './a/d.ts')])).toEqual([]);
  expect(circlesOf([...tree, file('lib/c.ts', './a/d.ts', './a/a.ts')])).toEqual([
    ['lib/a/a.ts', 'lib/b/b.ts', 'lib/c.ts', 'lib/a/a.ts'],
  ]);
  expect(circlesOf([file('lib/e.ts', './e.ts')])).toEqual([['lib/e.ts', 'lib/e.ts']]);
});

describe('the table of folders in CONTRIBUTING.md', () => {
  const rows = rowsOf(readFileSync(join(TOP, 'CONTRIBUTING.md'), 'utf8'));

  test('has a row for every folder of lib', () => {
    const folders = readdirSync(join(TOP, 'lib'), { withFileTypes: true }).filter((entry) => entry.isDirectory());
    expect(rows.map(({ folder }) => folder)).toEqual(expect.arrayContaining(folders.map(({ name }) => `lib/${name}/`)));
  });

  test('says of each folder what it may import and what it never may, as it is held to', () => {
    const sorted = (patterns: readonly string[] | undefined) => patterns?.toSorted();
    const said = rows.map(({ folder, may, never }) => ({ folder, may: sorted(may), never: sorted(never) }));
    const held = rows.map(({ folder }) => {
      const { may, never = [] } = LAYERS.find((layer) => layer.folder === folder) ?? {};
      return { folder, may: sorted(may), never: sorted(never) };
    });
    expect(said).toEqual(held);
    expect(rows.map(({ folder }) => folder)).toEqual(expect.arrayContaining(LAYERS.map(({ folder }) => folder)));
  });

  test('names what else is never in a folder, and a rule looks for it there', () => {
    const looks: Readonly<Record<string, string>> = {
      'the clock': 'the core reads no clock',
      chance: 'the core knows no process and no chance',
      '`process`': 'the core knows no process and no chance',
      '`process.env`': 'an adapter reads no environment',
      sleeping: 'no test waits for time to pass',
    };
    for (const { folder, rules } of rows) {
      for (const what of rules) {
        const rule = RULES.find(({ name }) => name === looks[what]);
        expect(rule?.covers(`${folder}x.ts`), `${folder}: ${what}`).toBe(true);
      }
    }
  });

  test('is read by its rows of one folder, cell by cell', () => {
    const head = '| folder | what | may import | never |\n|---|---|---|---|\n';
    const text = `${head}| \`lib/a\` | x, y | \`lib/b\`, \`lib/b/c.ts\`, CDK | |\n| \`lib/t.ts\` | z | | |\n| \`lib/d\` | | nothing else | the clock, \`zod\` |\n\nend`;
    expect(rowsOf(text)).toEqual([
      {
        folder: 'lib/a/',
        may: ['lib/b/', 'lib/b/c.ts', 'aws-cdk-lib', 'aws-cdk-lib/*', 'constructs', 'cdk-nag'],
        never: [],
        rules: [],
      },
      { folder: 'lib/d/', may: [], never: ['zod'], rules: ['the clock'] },
    ]);
  });
});

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
  for (const folder of [
    'lib',
    'lib/session',
    'lib/service',
    'lib/aws',
    'lib/deploy',
    'functions',
    'bin',
    'test/session',
    'docs',
  ]) {
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
    ['lib/session/x.ts', `import * as z from 'zod/mini';`, 'imports zod/mini'],
    ['lib/session/x.ts', `import type { Seats } from '../service/ports.ts';`, 'imports lib/service/ports.ts'],
    ['lib/service/x.ts', `import { readRealms } from '../realms/realms-file.ts';`, 'imports lib/realms/realms-file.ts'],
    ['lib/realms/x.ts', `export * from 'zod';`, 'imports zod'],
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
    ['lib/session/x.ts', `import { type A, b } from './a.ts';`],
    ['lib/realms/x.ts', `import { type A, b } from './a.ts';\nimport * as z from 'zod/mini';`],
    ['lib/deploy/x.ts', `import { readRealms } from '../realms/realms-file.ts';`],
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
