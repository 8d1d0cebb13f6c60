/** The client in Python, by tests in Python that say the same as those of the client in TypeScript. */
import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';

const python = (...args: string[]) => spawnSync('python3', args, { encoding: 'utf8' });
const isThere = python('-c', 'import sys; sys.exit(sys.version_info < (3, 9))').status === 0;

test.skipIf(!isThere)('the client in Python does what that in TypeScript does', { timeout: 60_000 }, () => {
  const { stderr } = python('-B', 'test/client/test_curfew.py');
  expect(stderr).toMatch(/\nOK\n$/);
  expect(Number(/^Ran (\d+) tests/m.exec(stderr)?.[1])).toBeGreaterThan(40);
});
