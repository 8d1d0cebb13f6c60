/** Keeps the functions as this version ships them, in one file: `node --import tsx test/recorded/record-code.ts [version]`. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { bundleAsDeployed, TOP } from '../../lib/build/functions.ts';

const { version: current } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
const [, , version = current] = process.argv;

/** What a test calls, by the names that it has for them (test/support/functions.ts). */
const ALL = Object.entries({
  station: 'on-station-event',
  operator: 'on-operator-request',
  sweep: 'on-sweep',
  seatChange: 'on-seat-change',
});
const contents = ALL.map(([name, file]) => `export { handler as ${name} } from './functions/${file}.ts';`).join('\n');

const { outputFiles } = await bundleAsDeployed({
  stdin: { contents, resolveDir: TOP, loader: 'ts' },
  // In one file, that reads the realms as tests hand them over.
  splitting: false,
  define: {},
  target: 'node20',
});
const folder = new URL(`${version}/`, import.meta.url);
mkdirSync(folder, { recursive: true });
writeFileSync(new URL('functions.mjs.gz', folder), gzipSync(outputFiles[0]?.contents ?? '', { level: 9 }));
