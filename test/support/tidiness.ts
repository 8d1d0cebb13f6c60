/** The house rules that a program can check (see tidy.test.ts), as functions of a file's path and text. */
import { posix } from 'node:path';

export interface SourceFile {
  /** From the top of the repository, with slashes. */
  readonly path: string;
  readonly text: string;
}

export interface Rule {
  /** What holds, as a sentence. */
  readonly name: string;
  /** Said to whoever broke it. */
  readonly why: string;
  readonly covers: (path: string) => boolean;
  /** What breaks the rule in this file. */
  readonly broken: (file: SourceFile) => readonly string[];
}

/** What a folder may import: paths of ours end in `/` or in a file's name, packages are named or begun with `…*`. */
interface Layer {
  readonly folder: string;
  readonly may?: readonly string[];
  readonly never?: readonly string[];
  readonly why: string;
}

const SDK = ['@aws-sdk/*', '@smithy/*'];
const CDK = ['aws-cdk-lib', 'aws-cdk-lib/*', 'constructs', 'cdk-nag'];
const UNITS = ['lib/time.ts', 'lib/assert.ts', 'lib/present.ts'];

const LAYERS: readonly Layer[] = [
  {
    folder: 'lib/session/',
    may: ['lib/session/', ...UNITS, 'zod/mini'],
    why: 'the core is pure, so that it can be simulated: whatever it needs of the world comes in by ports.ts',
  },
  {
    folder: 'lib/memory/',
    may: ['lib/memory/', 'lib/session/', ...UNITS],
    why: 'the ports in memory are the reference for the others, so they rest on the core alone',
  },
  {
    folder: 'lib/aws/',
    may: ['lib/aws/', 'lib/session/', 'lib/table.ts', ...UNITS, ...SDK, '@aws-lambda-powertools/*', 'node:*'],
    why: 'an adapter knows the core and the SDK; what is deployed, and over which protocol it is asked, is none of its business',
  },
  {
    folder: 'lib/deploy/',
    may: [
      'lib/deploy/',
      'lib/session/policy.ts',
      'lib/session/ports.ts',
      'lib/table.ts',
      'lib/routes.ts',
      ...UNITS,
      ...CDK,
      'node:*',
    ],
    why: 'synth must not run the domain or an SDK: it knows the policy that it checks, and the names of table, routes and metrics',
  },
  {
    folder: 'lib/http/',
    never: [...SDK, ...CDK, 'lib/aws/', 'lib/deploy/', 'lib/local/', 'lib/memory/'],
    why: 'routes answer from ports, wherever these run',
  },
  {
    folder: 'lib/command/',
    never: [...SDK, ...CDK, 'lib/aws/', 'lib/deploy/', 'lib/local/', 'lib/memory/'],
    why: 'what a command prints does not depend on where Curfew runs',
  },
  {
    folder: 'lib/cost/',
    may: ['lib/cost/', 'lib/session/', 'lib/table.ts', ...UNITS],
    why: 'what things cost is arithmetic: counts, prices and what somebody says of their sessions',
  },
  {
    folder: 'lib/console/',
    never: [...SDK, ...CDK, 'lib/aws/', 'lib/deploy/', 'lib/local/', 'lib/memory/'],
    why: 'what a dashboard is shown does not depend on where Curfew runs',
  },
  {
    folder: 'lib/station/',
    never: [...SDK, ...CDK, 'lib/aws/', 'lib/deploy/', 'lib/local/', 'lib/memory/'],
    why: 'who calls and what they said does not depend on where Curfew runs',
  },
  {
    folder: 'lib/client/',
    may: ['lib/client/'],
    why: 'it is copied to devices: it needs nothing but the platform, and knows Curfew by its API',
  },
  {
    folder: 'functions/',
    never: [...CDK, 'lib/memory/', 'lib/local/', 'lib/deploy/'],
    why: 'a bundle carries what production needs: no constructs, no stand-ins',
  },
  {
    folder: 'examples/',
    may: [
      'examples/',
      'lib/client/station.ts',
      'hono',
      'hono/*',
      'commander',
      'node:*',
      'lib/local/event-reader.ts',
      'lib/local/terminal.ts',
    ],
    why: 'an example is what its reader could write: it knows the API; only what starts it shows what the local bus says',
  },
  {
    folder: 'lib/',
    never: ['functions/', 'bin/', 'examples/', 'test/', 'bench/'],
    why: 'a library is handed what it drives; it does not reach up for it',
  },
];

/** Comments and the text between quotes blanked out, so that a word there is not taken for code. Lines stay lines. */
export function codeOf(text: string): string {
  return text.replace(TEXTUAL, (found) => found.replace(/[^\n]/g, ' '));
}

/** As `codeOf`, but strings stay. */
function withoutComments(text: string): string {
  return text.replace(TEXTUAL, (found) => (found.startsWith('/') ? found.replace(/[^\n]/g, ' ') : found));
}

const TEXTUAL = /\/\*[\s\S]*?\*\/|\/\/[^\n]*|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`/g;

/** What a file imports or exports from: packages by name, files of ours by their path from the top. */
export function importsOf({ path, text }: SourceFile): string[] {
  const specifiers = [...withoutComments(text).matchAll(IMPORT)].map((match) => match[1] ?? match[2] ?? match[3] ?? '');
  return specifiers.map((specifier) =>
    specifier.startsWith('.') ? posix.join(posix.dirname(path), specifier) : specifier,
  );
}

const IMPORT =
  /\b(?:import|export)\s[^'"`;]*?\bfrom\s*['"]([^'"]+)['"]|\bimport\s*['"]([^'"]+)['"]|\bimport\s*\(\s*['"`]([^'"`]+)['"`]/g;

const names = (pattern: string, imported: string): boolean =>
  pattern.endsWith('*')
    ? imported.startsWith(pattern.slice(0, -1))
    : pattern.endsWith('/')
      ? imported.startsWith(pattern)
      : imported === pattern;

const layerRules: readonly Rule[] = LAYERS.map(({ folder, may, never = [], why }) => ({
  name: `${folder} imports only what it may`,
  why,
  covers: (path) => path.startsWith(folder),
  broken: (file) =>
    importsOf(file)
      .filter(
        (imported) =>
          never.some((pattern) => names(pattern, imported)) ||
          (may !== undefined && !may.some((pattern) => names(pattern, imported))),
      )
      .map((imported) => `imports ${imported}`),
}));

/** The tests, and folders of them, that a text names in backticks. */
export const testsNamedIn = (text: string): string[] =>
  [...text.matchAll(/`(test\/[\w./-]+)`/g)].map(([, path = '']) => path);

/** Every match of a pattern in what `of` makes of the file, with its line. */
const matches =
  (pattern: RegExp, of: (text: string) => string = (text) => text) =>
  ({ text }: SourceFile): string[] =>
    of(text)
      .split('\n')
      .flatMap((line, n) => [...line.matchAll(pattern)].map(([found]) => `line ${n + 1}: ${found.trim()}`));

const isTypeScript = (path: string): boolean => path.endsWith('.ts');
const within =
  (...folders: readonly string[]) =>
  (path: string): boolean =>
    isTypeScript(path) && folders.some((folder) => path.startsWith(folder));

const LINES_MAX = 400;

/** The parts of a name: `SeatManager` and `seat-manager` are both seat and manager. */
const partsOf = (name: string): string[] =>
  name
    .replace(/([a-z0-9])([A-Z])/g, '$1-$2')
    .toLowerCase()
    .split(/[^a-z0-9]+/);

const EMPTY_NOUNS = /^(?:util(?:s|ity|ities)?|helpers?|managers?|services?|impls?|misc|common)$/;
const EXPORTED =
  /\bexport\s+(?:default\s+)?(?:async\s+)?(?:abstract\s+)?(?:const|let|function\*?|class|interface|type)\s+(\w+)/g;

const PRODUCTS = /secretsManager/gi;
/** The platform's, and what is said of a logon: that is no session. */
const OTHER_WORDS = /\bExpiredIteratorException\b|\bterminationProtection\b|\blogon-expired\b/g;

export const RULES: readonly Rule[] = [
  ...layerRules,
  {
    name: 'the core reads no clock',
    why: 'now is a parameter, read once per request by lib/time.ts: a clock inside the logic cannot be simulated',
    covers: within('lib/session/', 'lib/memory/'),
    broken: matches(/\bDate\.now\b|\bnew Date\b|\bDate\(|\bperformance\b/g, codeOf),
  },
  {
    name: 'the core knows no process and no chance',
    why: 'the same facts must lead to the same decision, on every machine and in every simulation',
    covers: within('lib/session/', 'lib/memory/'),
    broken: matches(
      /\bprocess\b(?!\s*:)|\bMath\.random\b|\brandomUUID\b|\brandomBytes\b|\bgetRandomValues\b|\bcrypto\b/g,
      codeOf,
    ),
  },
  {
    name: 'an adapter reads no environment',
    why: 'functions/runtime.ts is the one place that knows the environment; an adapter is handed what it needs',
    covers: within('lib/aws/'),
    broken: matches(/\bprocess\.env\b/g, codeOf),
  },
  {
    name: 'nothing is named for having no name',
    why: 'what has no noun of its own has no file: say what it keeps, decides or carries',
    covers: isTypeScript,
    broken: ({ path, text }) =>
      [posix.basename(path, '.ts'), ...[...codeOf(text).matchAll(EXPORTED)].map((match) => match[1] ?? '')]
        .filter((name) => partsOf(name.replace(PRODUCTS, '')).some((part) => EMPTY_NOUNS.test(part)))
        .map((name) => `the name ${name}`),
  },
  {
    name: 'a session ends',
    why: 'one word per idea: a session ends. what is said of something else is listed in OTHER_WORDS',
    covers: within('lib/', 'functions/'),
    broken: matches(/\w*(?:expir|terminat)\w*|\btim(?:ed|es) out\b/gi, (text) => text.replace(OTHER_WORDS, '')),
  },
  {
    name: 'no test waits for time to pass',
    why: 'time is set, never waited for; only end-to-end tests poll, for a condition and with a deadline',
    covers: (path) => within('test/')(path) && !within('test/local/', 'test/deployed/', 'test/support/')(path),
    broken: matches(/\bsetTimeout\b|\bsetInterval\b|\bsleep\s*\(/g, codeOf),
  },
  {
    name: `a file has at most ${LINES_MAX} lines`,
    why: 'a file is two or three screens about one thing; what has grown longer is about two',
    covers: isTypeScript,
    broken: ({ text }) => {
      const lines = text.trimEnd().split('\n').length;
      return lines > LINES_MAX ? [`${lines} lines`] : [];
    },
  },
  {
    name: 'no path of somebody’s machine',
    why: 'the repository works wherever it is cloned',
    covers: () => true,
    broken: matches(/(?<![\w.}*-])\/(?:work|root|Users|home\/\w+)\/[\w.-]+|\b[A-Z]:\\\\?Users\\/g),
  },
];

/** Everything in these files that breaks a rule, each with the reason for the rule. */
export const findings = (files: readonly SourceFile[], rules: readonly Rule[] = RULES): string[] =>
  rules.flatMap((rule) =>
    files
      .filter(({ path }) => rule.covers(path))
      .flatMap((file) => rule.broken(file).map((what) => `${file.path}: ${what} (${rule.name}: ${rule.why})`)),
  );
