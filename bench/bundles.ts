/** The functions as files, made as the stack has them made, and what they are measured beside. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, build, type Metafile } from 'esbuild';
import { BUNDLING } from '../lib/deploy/bundling.ts';

const TOP = fileURLToPath(new URL('..', import.meta.url));

export interface Bundle {
  readonly text: string;
  readonly bytes: number;
  /** Bytes by package, or by folder of ours; the largest first. */
  readonly parts: readonly { readonly of: string; readonly bytes: number }[];
}

/** The files of `functions/` that Lambda calls, without extension. */
export const functionNames = (): string[] =>
  readdirSync(join(TOP, 'functions'))
    .filter((file) =>
      /^export (?:const|async function) handler\b/m.test(readFileSync(join(TOP, 'functions', file), 'utf8')),
    )
    .map((file) => file.replace(/\.ts$/, ''))
    .sort();

/** With the realms file that comes with Curfew. */
export function bundleFunction(name: string): Promise<Bundle> {
  const realms = JSON.stringify(JSON.parse(readFileSync(join(TOP, 'realms.json'), 'utf8')));
  return bundle({
    entryPoints: [`functions/${name}.ts`],
    define: { 'process.env.CURFEW_REALMS_JSON': JSON.stringify(realms) },
    external: [...BUNDLING.external],
    alias: BUNDLING.alias,
  });
}

/** Two clients and the four requests that stations' events come to, as everybody writes it. */
const BARE = `
  import { DynamoDBClient, GetItemCommand, QueryCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
  import { CreateScheduleCommand, SchedulerClient } from '@aws-sdk/client-scheduler';
  export const dynamodb = new DynamoDBClient({});
  export const scheduler = new SchedulerClient({});
  export { CreateScheduleCommand, GetItemCommand, QueryCommand, UpdateItemCommand };
`;

/** @param asOurs with what our own bundles leave out left out */
export const bundleBareClients = ({ asOurs = false } = {}): Promise<Bundle> =>
  bundle({
    stdin: { contents: BARE, resolveDir: TOP, loader: 'ts' },
    ...(asOurs ? { external: [...BUNDLING.external], alias: BUNDLING.alias } : {}),
  });

async function bundle(options: BuildOptions): Promise<Bundle> {
  const { format, minify, mainFields } = BUNDLING;
  const { outputFiles, metafile } = await build({
    ...options,
    absWorkingDir: TOP,
    outfile: 'index.mjs',
    bundle: true,
    write: false,
    metafile: true,
    platform: 'node',
    // The stack's runtime, as its bundler says it.
    target: 'node24',
    format,
    minify,
    mainFields: [...mainFields],
    logLevel: 'warning',
  });
  const [file] = outputFiles ?? [];
  if (file === undefined || metafile === undefined) throw new Error('the bundler made nothing');
  return { text: file.text, bytes: file.contents.length, parts: partsOf(metafile) };
}

function partsOf({ outputs }: Metafile): Bundle['parts'] {
  const sums = new Map<string, number>();
  for (const { inputs } of Object.values(outputs)) {
    for (const [path, { bytesInOutput }] of Object.entries(inputs)) {
      const of = partOf(path);
      sums.set(of, (sums.get(of) ?? 0) + bytesInOutput);
    }
  }
  return [...sums].map(([of, bytes]) => ({ of, bytes })).sort((a, b) => b.bytes - a.bytes);
}

function partOf(path: string): string {
  const [, inPackages] = /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path) ?? [];
  return (
    inPackages ??
    path
      .split('/')
      .slice(0, path.startsWith('lib/') ? 2 : 1)
      .join('/')
  );
}
