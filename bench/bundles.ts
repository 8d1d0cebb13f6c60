/** The functions as files, made as the stack has them made, and what they are measured beside. */
import type { BuildOptions, Metafile } from 'esbuild';
import { bundleAsDeployed, TOP } from '../lib/build/functions.ts';

export interface Bundle {
  readonly text: string;
  readonly bytes: number;
  /** Bytes by package, or by folder of ours; the largest first. */
  readonly parts: readonly { readonly of: string; readonly bytes: number }[];
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
    ...(asOurs ? {} : { external: [], alias: {} }),
  });

async function bundle(options: BuildOptions): Promise<Bundle> {
  const { outputFiles, metafile } = await bundleAsDeployed(options);
  const [file] = outputFiles;
  if (file === undefined) throw new Error('the bundler made nothing');
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
