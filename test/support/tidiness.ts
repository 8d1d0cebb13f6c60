/** The house rules that a program can check (see tidy.test.ts), as functions of a file's path and text. */
import { posix } from 'node:path';
import { LAYERS, mayImport } from './layers.ts';

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

const layerRules: readonly Rule[] = LAYERS.map((layer) => ({
  name: `${layer.folder} imports only what it may`,
  why: layer.why,
  covers: (path) => path.startsWith(layer.folder),
  broken: (file) =>
    importsOf(file)
      .filter((imported) => !mayImport(layer, imported))
      .map((imported) => `imports ${imported}`),
}));

/**
 * Circles of files that import each other, each from one file round to it again. Imports of types count: who reads one
 * file of a circle has to read all of it. Where circles share files, at least one of them is told.
 */
export function circlesOf(files: readonly SourceFile[]): string[][] {
  const imports = new Map(files.map((file) => [file.path, importsOf(file)]));
  const circles: string[][] = [];
  const done = new Set<string>();
  const follow = (path: string, way: readonly string[]): void => {
    const start = way.indexOf(path);
    if (start !== -1) circles.push([...way.slice(start), path]);
    if (start !== -1 || done.has(path)) return;
    for (const imported of imports.get(path) ?? []) follow(imported, [...way, path]);
    done.add(path);
  };
  for (const path of [...imports.keys()].sort()) follow(path, []);
  return circles;
}

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

/** Where the same facts lead to the same end. */
const PURE = ['lib/session/', 'lib/service/', 'lib/realms/', 'lib/soap/', 'lib/memory/'];

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
const OTHER_WORDS =
  /\bExpiredIteratorException\b|\bExpiredToken(?:Exception)?\b|\bRequestExpired\b|\bterminationProtection\b|\blogon-expired\b/g;

export const RULES: readonly Rule[] = [
  ...layerRules,
  {
    name: 'the core reads no clock',
    why: 'now is a parameter, read once per request by lib/time.ts: a clock inside the logic cannot be simulated',
    covers: within(...PURE),
    broken: matches(/\bDate\.now\b|\bnew Date\b|\bDate\(|\bperformance\b/g, codeOf),
  },
  {
    name: 'the core knows no process and no chance',
    why: 'the same facts must lead to the same decision, on every machine and in every simulation',
    covers: within(...PURE),
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
    covers: (path) =>
      within('test/')(path) && !within('test/local/', 'test/deployed/', 'test/outside/', 'test/support/')(path),
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
