/** The bill of materials that a release carries: whole, and made without a network. */
import { execSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

interface Locked {
  readonly name?: string;
  readonly link?: true;
  readonly version: string;
}

interface Component {
  readonly name: string;
  readonly version: string;
  readonly purl: string;
}

test('npm run sbom names everything that the lock file does', { timeout: 60_000 }, () => {
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8'));
  const [command, file] = scripts.sbom.split(' > ');
  expect(file).toBe('sbom.json');
  expect(readFileSync('.gitignore', 'utf8').split('\n')).toContain(file);

  const bill = JSON.parse(
    execSync(command, { encoding: 'utf8', stdio: 'pipe', env: { ...process.env, npm_config_offline: 'true' } }),
  );
  expect(bill).toMatchObject({ bomFormat: 'CycloneDX', specVersion: expect.stringMatching(/^1\.\d$/) });
  const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as { packages: Record<string, Locked> };
  const locked = Object.entries(packages)
    // A package of this repository is there twice: where it is, by whose folder npm names it, and as a link to that.
    .filter(([path, { link }]) => path !== '' && link !== true)
    .map(([path, { name, version }]) =>
      path.startsWith('node_modules/')
        ? `${name ?? path.split('node_modules/').at(-1)}@${version}`
        : `${path.split('/').at(-1)}@${version}`,
    );
  const named = (bill.components as Component[]).map(({ name, version }) => `${name}@${version}`);
  expect([...new Set(named)].sort()).toEqual([...new Set(locked)].sort());
  for (const { name, purl } of bill.components as Component[]) {
    expect(purl).toContain(`pkg:npm/${name.replace('@', '%40')}@`);
  }
});
