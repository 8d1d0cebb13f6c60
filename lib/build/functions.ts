/** The functions as they ship: a folder each, made once, whatever stage they are deployed as. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, type BuildResult, build, type Metafile, type Plugin } from 'esbuild';
import { BUNDLING } from './bundling.ts';

export const TOP = fileURLToPath(new URL('../..', import.meta.url));

/** The files of `functions/` that Lambda calls, without extension. */
export const functionNames = (): string[] =>
  readdirSync(join(TOP, 'functions'))
    .filter((file) =>
      /^export (?:const|async function) handler\b/m.test(readFileSync(join(TOP, 'functions', file), 'utf8')),
    )
    .map((file) => file.replace(/\.ts$/, ''))
    .sort();

/** As it is deployed, but for what `options` says: `index.mjs`, and beside it what it loads when it is needed. */
export const bundleAsDeployed = (options: BuildOptions): Promise<BuildResult<{ write: false; metafile: true }>> =>
  build({
    external: [...BUNDLING.external],
    alias: BUNDLING.alias,
    define: BUNDLING.define,
    plugins: [leftOut],
    splitting: BUNDLING.splitting,
    minify: BUNDLING.minify,
    // The stack's runtime.
    target: 'node24',
    ...options,
    absWorkingDir: TOP,
    outdir: '.',
    entryNames: 'index',
    chunkNames: '[name]-[hash]',
    outExtension: { '.js': '.mjs' },
    bundle: true,
    write: false,
    metafile: true,
    platform: 'node',
    format: BUNDLING.format,
    mainFields: [...BUNDLING.mainFields],
    logLevel: 'warning',
  });

/** Files of @smithy, by their paths' ends, and what stands in for each. */
const STUBS = {
  // For platforms without one of their own.
  'sha256/Sha256Js.js': 'export const Sha256Js = undefined;',
  // Of retries that learn, and of another service.
  'retry/util-retry/AdaptiveRetryStrategy.js':
    "export class AdaptiveRetryStrategy { constructor() { throw new Error('AWS_RETRY_MODE: there is no adaptive mode in this bundle'); } }",
  'service-customizations/index.js': 'export const resolveParamsForS3 = async () => {};',
  // Of event streams.
  'signature-v4/dist-es/HeaderFormatter.js': 'export class HeaderFormatter {}\nexport class Int64 {}',
  // In Lambda the environment has it.
  'regionConfig/getInstanceMetadataRegion.js': 'export const getInstanceMetadataRegion = async () => undefined;',
  'util-stream/sdk-stream-mixin.browser.js':
    'export const sdkStreamMixin = undefined, isReadableStreamInstance = undefined;',
};

/** What the SDK carries and no function of ours can come to: the stubs' files, and most of a client's package.json. */
const leftOut: Plugin = {
  name: 'left-out',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]@aws-sdk[\\/]client-[^\\/]+[\\/]package\.json$/ }, ({ path }) => {
      const { version } = JSON.parse(readFileSync(path, 'utf8'));
      return { loader: 'json', contents: JSON.stringify({ version }) };
    });
    for (const [end, contents] of Object.entries(STUBS)) {
      const filter = new RegExp(`@smithy/.*${end.replaceAll('.', '\\.')}$`.replaceAll('/', '[\\\\/]'));
      onLoad({ filter }, () => ({ contents }));
    }
  },
};

/** What a function is made from, as one text that changes with it. */
function sourcesNow(): string {
  const hash = createHash('sha256');
  const files = ['lib', 'functions', 'dialects'].flatMap((folder) =>
    readdirSync(join(TOP, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.(?:ts|json)$/.test(name))
      .map((name) => join(folder, name)),
  );
  for (const file of ['package-lock.json', ...files.sort()]) hash.update(`${file}\0${readFileSync(join(TOP, file))}\0`);
  return hash.digest('hex');
}

/**
 * Makes `dist/functions` where it is missing, or older than what it is made from; says and does nothing otherwise. Several
 * may do so at once: each file is put in its place whole, and all make the same.
 * @returns what went into each, by the function's name, if they were made
 */
export async function buildFunctions({ anew = false } = {}): Promise<ReadonlyMap<string, Metafile>> {
  const folder = join(TOP, 'dist/functions');
  const madeFrom = join(folder, 'sources.sha256');
  const sources = sourcesNow();
  if (!anew && existsSync(madeFrom) && readFileSync(madeFrom, 'utf8') === sources) return new Map();
  const made = await Promise.all(
    functionNames().map(async (name) => {
      const { outputFiles, metafile } = await bundleAsDeployed({ entryPoints: [`functions/${name}.ts`] });
      const files = outputFiles.map(({ path, contents }) => ({ file: basename(path), contents }));
      for (const { file, contents } of files) put(join(folder, name, file), contents);
      const isOld = (file: string) => /^[\w-]+\.mjs$/.test(file) && !files.some((made) => made.file === file);
      for (const old of readdirSync(join(folder, name)).filter(isOld)) rmSync(join(folder, name, old), { force: true });
      return [name, metafile] as const;
    }),
  );
  // Last: a build that broke off is done again.
  put(madeFrom, sources);
  return new Map(made);
}

/** A reader finds the former file or this one, never half of it. */
export function put(file: string, content: string | Uint8Array): void {
  mkdirSync(dirname(file), { recursive: true });
  const beside = `${file}.${process.pid}`;
  writeFileSync(beside, content);
  renameSync(beside, file);
}
