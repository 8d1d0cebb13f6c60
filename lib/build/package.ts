/** The rest of what ships: the command, the client, the construct, their types, and whose code they carry. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, posix } from 'node:path';
import { type BuildOptions, build, type Metafile } from 'esbuild';
import { version } from '../version.ts';
import { buildFunctions, put, TOP } from './functions.ts';

/** As `engines` in package.json has it. */
const NODE = 'node20';

/** What a package for Node is made as. Files lie as deep in `dist` as in the repository, for what they name relative to themselves. */
const forNode = (options: BuildOptions) =>
  bundle({
    platform: 'node',
    target: NODE,
    mainFields: ['module', 'main'],
    define: { CURFEW_VERSION: JSON.stringify(version()) },
    ...options,
  });

/** Of what there are types of. */
const TYPED = ['lib/client/station', 'lib/deploy/curfew'];

/** Makes `dist` anew. Who reads a function meanwhile, to deploy it, finds a whole one. */
export async function buildPackage(): Promise<void> {
  for (const made of ['command', 'deploy', 'client', 'types']) {
    rmSync(join(TOP, 'dist', made), { recursive: true, force: true });
  }
  const functions = await buildFunctions({ anew: true });
  const command = await forNode({
    entryPoints: ['bin/curfew.ts'],
    outdir: 'dist/command',
    // Only who asks AWS waits for the SDK to load.
    splitting: true,
    // Packages in the older form of modules ask for Node's own by it.
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  });
  const construct = await forNode({
    entryPoints: ['lib/deploy/curfew.ts'],
    outdir: 'dist/deploy',
    external: ['aws-cdk-lib', 'constructs'],
  });
  const client = await bundle({ entryPoints: ['lib/client/station.ts'], outdir: 'dist/client', target: 'es2022' });
  buildTypes();
  put(join(TOP, 'dist/THIRD-PARTY-LICENSES'), licencesOf([...functions.values(), command, construct, client]));
}

async function bundle(options: BuildOptions): Promise<Metafile> {
  const { metafile } = await build({
    ...options,
    absWorkingDir: TOP,
    bundle: true,
    minify: true,
    // In what people find in a stack trace or a log.
    keepNames: options.platform === 'node',
    format: 'esm',
    metafile: true,
    legalComments: 'none',
    logLevel: 'warning',
  });
  return metafile;
}

/** The declarations of what is typed, and of what these refer to. They name each other by `.js`, as every compiler understands. */
function buildTypes(): void {
  const folder = join(TOP, 'dist/types');
  const all = mkdtempSync(join(tmpdir(), 'curfew-types-'));
  const tsc = join(TOP, 'node_modules/.bin/tsc');
  execFileSync(tsc, ['-p', 'tsconfig.build.json', '--outDir', all], { cwd: TOP, stdio: 'inherit' });
  const reached = new Set<string>();
  const follow = (path: string): void => {
    if (reached.has(path)) return;
    reached.add(path);
    const text = readFileSync(join(all, `${path}.d.ts`), 'utf8');
    put(join(folder, `${path}.d.ts`), text.replace(OURS, '$1.js$2'));
    for (const [, from = ''] of text.matchAll(OURS)) {
      follow(posix.join(posix.dirname(path), from.slice(from.indexOf('.'))));
    }
  };
  for (const entry of TYPED) follow(entry);
  rmSync(all, { recursive: true });
}

const OURS = /((?:from |import\()'\.[^']+)\.ts(')/g;

/** Each package that is in one of these, with what its licence asks to be handed on. */
function licencesOf(made: readonly Metafile[]): string {
  const folders = made.flatMap(({ inputs }) =>
    Object.keys(inputs).flatMap((path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? []),
  );
  const byText = new Map<string, string[]>();
  for (const folder of [...new Set(folders)].sort()) {
    const { name, version, license } = JSON.parse(readFileSync(join(TOP, folder, 'package.json'), 'utf8'));
    const files = readdirSync(join(TOP, folder)).filter((file) =>
      /^(?:licen[cs]e|notice)(?:\.(?:md|txt))?$/i.test(file),
    );
    const text = files.map((file) => readFileSync(join(TOP, folder, file), 'utf8').trim()).join('\n\n');
    byText.set(text, [...(byText.get(text) ?? []), `${name} ${version} (${license})`]);
  }
  const parts = [...byText].map(([text, packages]) => [packages.join('\n'), text].join('\n\n'));
  return `${parts.join(`\n\n${'-'.repeat(80)}\n\n`)}\n`;
}
