/** A release: which version may follow, and what becomes of the changelog. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { isNewer, releasedIn } from '../../lib/build/release.ts';

test.each([
  ['0.2.0', '0.1.0', true],
  ['0.10.0', '0.9.9', true],
  ['1.0.0', '1.0.0-beta.2', true],
  ['1.0.0-beta.10', '1.0.0-beta.2', true],
  ['0.1.0', '0.1.0', false],
  ['0.1.0', '0.2.0', false],
  ['1.0.0-beta.1', '1.0.0', false],
  ['v1.0.0', '0.1.0', false],
  ['1.0', '0.1.0', false],
  ['', '0.1.0', false],
])('%j may follow %j: %j', (version, than, may) => expect(isNewer(version, than)).toBe(may));

describe('the changelog', () => {
  const of = (unreleased: string) =>
    `# Changelog\n\n## [Unreleased]\n${unreleased}\n## [0.1.0] - 2026-01-01\n\n- Old.\n`;

  test('has what was unreleased under the version, of that day', () =>
    expect(releasedIn(of('\n- New.\n'), '0.2.0', '2026-11-29')).toBe(of('\n## [0.2.0] - 2026-11-29\n\n- New.\n')));

  test.each(['', '\n### Added\n'])('that says nothing makes no release: %j', (unreleased) =>
    expect(releasedIn(of(unreleased), '0.2.0', '2026-11-29')).toBeUndefined(),
  );

  test('says what an upgrade asks of operators', () =>
    expect(readFileSync('CHANGELOG.md', 'utf8')).toMatch(/^## \[[^\n]+\n+### Upgrading\n/m));
});
