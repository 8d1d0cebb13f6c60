/** A function as it is deployed: one file, made as the stack has it made, but for this Node. */
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { BUNDLING } from '../../lib/build/bundling.ts';

const TOP = fileURLToPath(new URL('../..', import.meta.url));

/** @param entry of `functions/`, without its extension */
export async function bundle(
  entry: string,
  outfile: string,
  { minify = BUNDLING.minify as boolean } = {},
): Promise<void> {
  await build({
    absWorkingDir: TOP,
    entryPoints: [`functions/${entry}.ts`],
    outfile,
    bundle: true,
    platform: 'node',
    target: `node${process.versions.node.split('.')[0]}`,
    format: BUNDLING.format,
    minify,
    mainFields: [...BUNDLING.mainFields],
    external: [...BUNDLING.external],
    alias: BUNDLING.alias,
    logLevel: 'warning',
  });
}
