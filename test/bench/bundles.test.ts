/** Functions stay small: what a cold start must read. `node --import tsx bench/cold-start.ts --explain` shows what is in each. */
import { expect, test } from 'vitest';
import { bundleFunction } from '../../bench/bundles.ts';
import { functionNames } from '../../lib/build/functions.ts';
import { BUNDLE_BYTES, BUNDLE_BYTES_MAX } from './limits.ts';

test('each function has a limit, and each limit a function', () =>
  expect(functionNames()).toEqual(Object.keys(BUNDLE_BYTES).sort()));

test('no limit is above the one for all', () =>
  expect(Math.max(...Object.values(BUNDLE_BYTES))).toBeLessThanOrEqual(BUNDLE_BYTES_MAX));

test.each(Object.entries(BUNDLE_BYTES))(
  '%s is bundled into at most %i bytes',
  { timeout: 30_000 },
  async (name, most) => {
    const { bytes, parts } = await bundleFunction(name);
    const largest = parts.slice(0, 5).map(({ of, bytes: each }) => `${of} ${each}`);
    expect(bytes, `the largest parts are ${largest.join(', ')}`).toBeLessThanOrEqual(most);
    // So much room hides what the next change adds.
    expect(bytes, 'the limit can be lowered').toBeGreaterThan(most * 0.9);
  },
);

test('what is in a bundle is known by package', async () => {
  const { bytes, parts } = await bundleFunction('on-sweep');
  expect(parts.map(({ of }) => of)).toEqual(expect.arrayContaining(['@aws-sdk/client-dynamodb', 'lib/session']));
  const sum = parts.reduce((total, part) => total + part.bytes, 0);
  expect(sum).toBeLessThanOrEqual(bytes);
  expect(sum).toBeGreaterThan(0.95 * bytes);
});
