/** A function as it is deployed, but for this Node, and in one file: each that imports it anew has all modules of its own. */
import { writeFileSync } from 'node:fs';
import { BUNDLING } from '../../lib/build/bundling.ts';
import { bundleAsDeployed } from '../../lib/build/functions.ts';

/** @param entry of `functions/`, without its extension; its realms file is in the environment */
export async function bundle(
  entry: string,
  outfile: string,
  { minify = BUNDLING.minify as boolean } = {},
): Promise<void> {
  const { outputFiles } = await bundleAsDeployed({
    entryPoints: [`functions/${entry}.ts`],
    target: `node${process.versions.node.split('.')[0]}`,
    define: {},
    splitting: false,
    minify,
  });
  for (const { contents } of outputFiles) writeFileSync(outfile, contents);
}
