/** What each folder may import. CONTRIBUTING.md has the same in its table, for people; tidy.test.ts holds one to the other. */

/** Paths of ours end in `/` or in a file's name, packages are named or begun with `…*`. */
export interface Layer {
  readonly folder: string;
  /** Beside itself. Where it is absent: anything but what it may never. */
  readonly may?: readonly string[];
  readonly never?: readonly string[];
  readonly why: string;
}

const SDK = ['@aws-sdk/*', '@smithy/*'];
const CDK = ['aws-cdk-lib', 'aws-cdk-lib/*', 'constructs', 'cdk-nag'];
const UNITS = ['lib/time.ts', 'lib/assert.ts', 'lib/present.ts'];
/** Where Curfew runs. */
const PLATFORM = [...SDK, ...CDK, 'lib/aws/', 'lib/deploy/', 'lib/local/', 'lib/memory/'];

/** Words of the table that stand for several. */
const WORDS: ReadonlyMap<string, readonly string[]> = new Map([
  ['the units', UNITS],
  ['the SDK', SDK],
  ['CDK', CDK],
]);

export const LAYERS: readonly Layer[] = [
  {
    folder: 'lib/session/',
    may: UNITS,
    why: 'the core is arithmetic on what it is given: it knows no port, no parser and no text, so that it can be simulated',
  },
  {
    folder: 'lib/service/',
    may: ['lib/session/', ...UNITS],
    why: 'it puts the core’s decisions into an order over ports, wherever these run: what it needs of the world is in ports.ts',
  },
  {
    folder: 'lib/realms/',
    may: ['lib/session/', 'lib/soap/dialect-text.ts', 'lib/names.ts', 'lib/printable.ts', ...UNITS, 'zod/mini'],
    why: 'it reads a text and says what is wrong with it: whoever checks a policy needs nothing that runs',
  },
  {
    folder: 'lib/soap/',
    may: [
      'lib/session/',
      'lib/station/body.ts',
      'lib/station/delivery.ts',
      'lib/station/fault.ts',
      'lib/station/form.ts',
      'lib/station/look-alikes.ts',
      'lib/station/message.ts',
      'lib/station/unsaid.ts',
      'lib/answer.ts',
      'lib/names.ts',
      'lib/printable.ts',
      ...UNITS,
      'dialects/*',
      'saxes',
      'zod/mini',
    ],
    why: 'it turns what a maker’s printers say into what any station may say, and knows no more of either',
  },
  {
    folder: 'lib/memory/',
    may: ['lib/session/', 'lib/service/ports.ts', 'lib/station/stations.ts', 'lib/station/refusals.ts', ...UNITS],
    why: 'the ports in memory are the reference for the others, so they rest on the core alone',
  },
  {
    folder: 'lib/aws/',
    may: [
      'lib/session/',
      'lib/service/ports.ts',
      'lib/station/stations.ts',
      'lib/station/refusals.ts',
      'lib/station/keys.ts',
      'lib/table.ts',
      ...UNITS,
      ...SDK,
      'node:*',
    ],
    why: 'an adapter knows the core and the SDK; what is deployed, and over which protocol it is asked, is none of its business',
  },
  {
    folder: 'lib/deploy/',
    may: [
      'lib/session/policy.ts',
      'lib/realms/compiled.ts',
      'lib/realms/realms-file.ts',
      'lib/realms/realm-text.ts',
      'lib/service/ports.ts',
      'lib/table.ts',
      'lib/routes.ts',
      'lib/version.ts',
      ...UNITS,
      ...CDK,
      'node:*',
    ],
    why: 'synth must not run the domain or an SDK: it knows the policy that it checks, and the names of table, routes and metrics',
  },
  {
    folder: 'lib/build/',
    may: ['lib/version.ts', 'esbuild', 'node:*'],
    why: 'what makes the bundles is in none of them, and knows the rest as files only',
  },
  { folder: 'lib/http/', never: PLATFORM, why: 'routes answer from ports, wherever these run' },
  { folder: 'lib/command/', never: PLATFORM, why: 'what a command prints does not depend on where Curfew runs' },
  {
    folder: 'lib/cost/',
    may: ['lib/session/', 'lib/table.ts', ...UNITS],
    why: 'what things cost is arithmetic: counts, prices and what somebody says of their sessions',
  },
  { folder: 'lib/console/', never: PLATFORM, why: 'what a dashboard is shown does not depend on where Curfew runs' },
  {
    folder: 'lib/station/',
    never: PLATFORM,
    why: 'who calls and what they said does not depend on where Curfew runs',
  },
  {
    folder: 'lib/client/',
    may: [],
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
      'lib/client/station.ts',
      'lib/local/event-reader.ts',
      'lib/local/terminal.ts',
      'hono',
      'hono/*',
      'commander',
      'node:*',
    ],
    why: 'an example is what its reader could write: it knows the API; only what starts it shows what the local bus says',
  },
  {
    folder: 'lib/',
    never: ['functions/', 'bin/', 'examples/', 'test/', 'bench/'],
    why: 'a library is handed what it drives; it does not reach up for it',
  },
];

export const mayImport = ({ folder, may, never = [] }: Layer, imported: string): boolean =>
  !never.some((pattern) => names(pattern, imported)) &&
  (may === undefined || [folder, ...may].some((pattern) => names(pattern, imported)));

const names = (pattern: string, imported: string): boolean =>
  pattern.endsWith('*')
    ? imported.startsWith(pattern.slice(0, -1))
    : pattern.endsWith('/')
      ? imported.startsWith(pattern)
      : imported === pattern;

/** A row of the table of folders, as far as it is about imports. */
export interface Row {
  readonly folder: string;
  /** Absent where the cell is empty. */
  readonly may?: readonly string[];
  readonly never: readonly string[];
  /** What else the cell forbids, in its words. */
  readonly rules: readonly string[];
}

/**
 * The rows of single folders in the table of CONTRIBUTING.md. A cell is a list with commas: of folders, files and packages in
 * backticks, of words that stand for several, and, of what is never there, of names of other things, such as the clock.
 */
export function rowsOf(text: string): Row[] {
  const lines = text.split('\n');
  const head = lines.findIndex((line) => line.startsWith('| folder |'));
  const end = lines.findIndex((line, n) => n > head && !line.startsWith('|'));
  return lines.slice(head + 2, end).flatMap((line): Row[] => {
    const [, name = '', , may = '', never = ''] = line.split('|').map((cell) => cell.trim());
    const folder = /^`([^`.]+)`$/.exec(name)?.[1];
    if (folder === undefined) return [];
    const nevers = listed(never);
    return [
      {
        folder: `${folder}/`,
        ...(may === '' ? {} : { may: listed(may).flatMap(patternsOf).filter(isNamed) }),
        never: nevers.flatMap(patternsOf).filter(isNamed),
        rules: nevers.filter((item) => patternsOf(item).length === 0),
      },
    ];
  });
}

const listed = (cell: string): string[] =>
  cell
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');

/** Nothing where it names no code. */
function patternsOf(item: string): readonly string[] {
  const word = WORDS.get(item);
  if (word !== undefined) return word;
  if (item === 'nothing else') return [ITSELF];
  const path = /^`([^`]+)`$/.exec(item)?.[1];
  if (path === undefined || path.startsWith('process')) return [];
  return [/^(?:lib|functions|bin|examples|test|bench)(?:\/[\w-]+)?$/.test(path) ? `${path}/` : path];
}

/** Of a folder that may import only from itself. */
const ITSELF = '';
const isNamed = (pattern: string): boolean => pattern !== ITSELF;
