/** What a release makes of the changelog, and which version may follow which. */

/** `1.2.0`, or `1.2.0-beta.1`. */
const VERSION = /^(\d+)\.(\d+)\.(\d+)(?:-([0-9A-Za-z.-]+))?$/;

/** Whether it is a version, and comes after the other by the rules of Semantic Versioning. */
export function isNewer(version: string, than: string): boolean {
  const [a, b] = [VERSION.exec(version), VERSION.exec(than)];
  if (a === null || b === null) return false;
  for (const part of [1, 2, 3]) {
    const difference = Number(a[part]) - Number(b[part]);
    if (difference !== 0) return difference > 0;
  }
  // What comes before a version is older than it; of two of these the later one in its order of text and numbers.
  if (a[4] === undefined || b[4] === undefined) return a[4] === undefined && b[4] !== undefined;
  return a[4].localeCompare(b[4], 'en', { numeric: true }) > 0;
}

/** The changelog with what is unreleased under this version. `undefined` where nothing is. */
export function releasedIn(changelog: string, version: string, date: string): string | undefined {
  const heading = '## [Unreleased]\n';
  const [before, after] = [changelog.indexOf(heading), changelog.indexOf(heading) + heading.length];
  const next = changelog.indexOf('\n## [', after);
  const said = changelog.slice(after, next === -1 ? undefined : next);
  if (before === -1 || !/^- /m.test(said)) return undefined;
  return `${changelog.slice(0, after)}\n## [${version}] - ${date}\n${changelog.slice(after)}`;
}
