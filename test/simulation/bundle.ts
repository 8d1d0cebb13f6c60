/** The simulation as one file of plain JavaScript, of the shipped code as it stands or with a fault planted in it. */
import { readFile } from 'node:fs/promises';
import { resolve, sep } from 'node:path';
import { build } from 'esbuild';
import type { Fault } from './faults.ts';

const TOP = resolve(import.meta.dirname, '../..');

/** Writes it to `file`. Throws where the fault's text does not stand exactly once in its file: it would not be planted. */
export async function bundle(file: string, fault?: Fault): Promise<void> {
  let planted = 0;
  await build({
    entryPoints: [resolve(import.meta.dirname, 'worker.ts')],
    outfile: file,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    logLevel: 'silent',
    mainFields: ['module', 'main'],
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    plugins: [
      {
        name: 'plant',
        setup(building) {
          building.onLoad({ filter: /lib[\\/].*\.ts$/ }, async ({ path }) => {
            if (fault === undefined || path !== resolve(TOP, fault.file.split('/').join(sep))) return undefined;
            const text = await readFile(path, 'utf8');
            const parts = text.split(fault.find);
            if (parts.length !== 2)
              throw new Error(`"${fault.find}" stands ${parts.length - 1} times in ${fault.file}`);
            planted++;
            return { contents: parts.join(fault.replace), loader: 'ts' };
          });
        },
      },
    ],
  });
  if (fault !== undefined && planted !== 1) throw new Error(`${fault.file} is not part of the simulation`);
}
