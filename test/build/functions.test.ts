/** What is built in a clone: by itself where it is old, and only there. */
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { buildFunctions, functionNames } from '../../lib/build/functions.ts';
import { version } from '../../lib/version.ts';

const DIST = 'dist/functions';
const madeFrom = join(DIST, 'sources.sha256');
const code = () =>
  Object.fromEntries(
    functionNames().map((name) => [
      name,
      readdirSync(join(DIST, name))
        .filter((file) => file.endsWith('.mjs'))
        .map((file) => [file, readFileSync(join(DIST, name, file), 'utf8')]),
    ]),
  );

test('functions that are older than what they are made from are made anew, each time to the same byte', {
  timeout: 60_000,
}, async () => {
  await buildFunctions();
  const before = code();
  const sources = readFileSync(madeFrom, 'utf8');
  writeFileSync(madeFrom, 'of another time');
  expect([...(await buildFunctions()).keys()].sort()).toEqual(functionNames());
  expect(code()).toEqual(before);
  expect(readFileSync(madeFrom, 'utf8')).toBe(sources);
});

test('functions that are not older are left as they are', async () => {
  await buildFunctions();
  const written = () => functionNames().map((name) => statSync(join(DIST, name, 'index.mjs')).mtimeMs);
  const before = written();
  expect(await buildFunctions()).toEqual(new Map());
  expect(written()).toEqual(before);
});

test('a clone says the version of its package and the commit', () => {
  const { version: ofPackage } = JSON.parse(readFileSync('package.json', 'utf8'));
  const [told, commit] = version().split('+');
  expect(told).toBe(ofPackage);
  // None in a source archive, which has no repository.
  if (commit !== undefined) expect(commit).toMatch(/^[0-9a-f]{7,40}(\.changed)?$/);
});
