/** The client on a device: one file, of nothing but the platform. */
import { build } from 'esbuild';
import { expect, test } from 'vitest';

test('it bundles into one ES2022 file that imports nothing', async () => {
  const { outputFiles, metafile, warnings } = await build({
    entryPoints: ['lib/client/station.ts'],
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'neutral',
    target: 'es2022',
    metafile: true,
    write: false,
  });
  const [file] = outputFiles;
  expect(warnings).toEqual([]);
  expect(Object.keys(metafile.inputs).filter((path) => !path.startsWith('lib/client/'))).toEqual([]);
  expect(file?.text).not.toMatch(/\bimport\b|\brequire\b|\bprocess\b|\bBuffer\b/);
  expect(file?.contents.length).toBeLessThan(12_000);
});
