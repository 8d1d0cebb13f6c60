/** docs/policy.md shows what the command prints and draws today: `npx vitest run test/command -u` draws the pictures anew. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { askTimeline } from '../../lib/command/policy-timeline.ts';
import { timelinePicture } from '../../lib/command/timeline-picture.ts';
import { PROFILES, realmText } from '../../lib/realms/realm-text.ts';
import { readRealms } from '../../lib/realms/realms-file.ts';

const TOP = fileURLToPath(new URL('../..', import.meta.url));
const DOCS = `${TOP}docs/policy.md`;
const PICTURES = `${TOP}docs/policy`;

const docs = readFileSync(DOCS, 'utf8');
const { realms, errors, warnings } = readRealms(readFileSync(`${PICTURES}/realms.json`, 'utf8'));

test('its realms are in order', () => expect([...errors, ...warnings]).toEqual([]));

describe('the picture', () => {
  test.each([...realms.values()])('of $realm is up to date, and shown', async (policy) => {
    expect(docs).toContain(`(policy/${policy.realm}.svg)`);
    await expect(timelinePicture(askTimeline({ policy }))).toMatchFileSnapshot(`${PICTURES}/${policy.realm}.svg`);
  });

  test('is of a realm that there is', () =>
    expect(readdirSync(PICTURES).toSorted()).toEqual(
      ['realms.json', ...[...realms.keys()].map((realm) => `${realm}.svg`)].toSorted(),
    ));
});

const quoted = [...docs.matchAll(/```\n\$ npx (curfew .+)\n([\s\S]*?)```/g)].map(([, command = '', output = '']) => ({
  command,
  output,
}));

test('it quotes the timeline and the check', () => expect(quoted).toHaveLength(2));

test.each(quoted)('it quotes what $command prints', ({ command, output }) => {
  const [, ...args] = command.split(' ');
  const { stdout } = spawnSync(process.execPath, [`${TOP}bin/curfew.js`, ...args], { cwd: TOP, encoding: 'utf8' });
  expect(output).toBe(stdout);
});

test('it explains every field, with the defaults of both profiles', () => {
  const rows = [...docs.matchAll(/^\| `(\w+)` \| .+ \| `(.+)` \| `(.+)` \|$/gm)].map(([, ...cells]) => cells);
  const told = (value: unknown = 'none') =>
    typeof value === 'string' && value !== 'unlimited' ? value : JSON.stringify(value);
  const fields = (Object.keys(realmText.shape) as (keyof typeof realmText.shape)[]).filter((one) => one !== 'profile');
  expect(rows).toEqual(
    fields.map((field) => [field, told(PROFILES['release-station'][field]), told(PROFILES.enterprise[field])]),
  );
});
