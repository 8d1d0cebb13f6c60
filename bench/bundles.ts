/** The functions as files, made as the stack has them made, and what they are measured beside. */
import { basename } from 'node:path';
import type { BuildOptions, Metafile } from 'esbuild';
import { bundleAsDeployed, TOP } from '../lib/build/functions.ts';

export interface Bundle {
  /** By their names. Who imports it imports `index.mjs`. */
  readonly files: ReadonlyMap<string, string>;
  /** What is read to start it. */
  readonly bytes: number;
  /** What is read when it is first needed, if ever. */
  readonly bytesLater: number;
  /** Of what is read to start it: bytes by package, or by folder of ours; the largest first. */
  readonly parts: readonly Share[];
  readonly partsLater: readonly Share[];
}

export interface Share {
  readonly of: string;
  readonly bytes: number;
}

export const bundleFunction = (name: string): Promise<Bundle> => bundle({ entryPoints: [`functions/${name}.ts`] });

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
    ...(asOurs ? {} : { external: [], alias: {}, plugins: [], splitting: false }),
  });

async function bundle(options: BuildOptions): Promise<Bundle> {
  const { outputFiles, metafile } = await bundleAsDeployed(options);
  const files = new Map(outputFiles.map(({ path, text }) => [basename(path), text]));
  const { outputs } = metafile;
  const atStart = loadedAtStart('index.mjs', outputs);
  const [now, later] = [true, false].map((isNow) =>
    Object.entries(outputs).flatMap(([file, output]) => (atStart.has(file) === isNow ? [output] : [])),
  );
  return {
    files,
    bytes: bytesOf(now),
    bytesLater: bytesOf(later),
    parts: partsOf(now),
    partsLater: partsOf(later),
  };
}

type Outputs = Metafile['outputs'];

/** A file, and what it imports by a statement. */
function loadedAtStart(file: string, outputs: Outputs, found = new Set<string>()): ReadonlySet<string> {
  if (outputs[file] === undefined || found.has(file)) return found;
  found.add(file);
  for (const { path, kind } of outputs[file].imports) {
    if (kind === 'import-statement') loadedAtStart(path, outputs, found);
  }
  return found;
}

const bytesOf = (outputs: readonly Outputs[string][] = []): number =>
  outputs.reduce((sum, { bytes }) => sum + bytes, 0);

function partsOf(outputs: readonly Outputs[string][] = []): Bundle['parts'] {
  const sums = new Map<string, number>();
  for (const { inputs } of outputs) {
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
