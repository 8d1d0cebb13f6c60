/** docs/cost.md shows what the command prints today. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { billOf } from '../../lib/cost/bill.ts';
import { shardsFor } from '../../lib/cost/shards.ts';
import { EXAMPLES } from '../../lib/cost/workload.ts';
import { runCost } from './command.ts';

const TOP = fileURLToPath(new URL('../..', import.meta.url));
const docs = readFileSync(`${TOP}docs/cost.md`, 'utf8');

const quoted = [...docs.matchAll(/```\n\$ npx curfew (cost.*?)(?: \| grep '(.+)')?\n([\s\S]*?)```/g)].map(
  ([, command = '', sought = '', output = '']) => ({ command, sought, output }),
);

test('it quotes every example, and a month in which nobody logs in', () => {
  for (const example of Object.keys(EXAMPLES)) {
    expect(quoted.map(({ command }) => command)).toContain(`cost --example ${example}`);
  }
  expect(quoted).toHaveLength(5);
});

test.each(quoted)('it quotes what "$command" prints', ({ command, sought, output }) => {
  const lines = runCost(command.split(' ').slice(1)).split('\n');
  expect(output).toBe(`${lines.filter((line) => line.includes(sought)).join('\n')}\n`);
});

test('what it says of pings is so', () => {
  const { portal } = EXAMPLES;
  const { usd, byFeature } = billOf(portal);
  const pings = byFeature.find(({ name }) => name === 'pings')?.usd ?? 0;
  expect(pings / usd).toBeCloseTo(2 / 3, 1);
  const perMillion = pings / ((portal.sessionsPerDay * portal.daysPerMonth * portal.pingsPerSession) / 1e6);
  expect(perMillion).toBeCloseTo(2.5, 1);
  expect(1 - billOf({ ...portal, pingsPerSession: 60 }).usd / usd).toBeCloseTo(1 / 3, 1);
});

test('its table of shards follows its rule', () => {
  const rows = [...docs.matchAll(/^\| (?:up to )?([\d,]+) \| (?:up to )?([\d,]+) \| (\d+) \|$/gm)].map((row) =>
    row.slice(1).map((cell) => Number(cell.replaceAll(',', ''))),
  );
  expect(rows).toHaveLength(5);
  for (const [loginsPerSecond = 0, open = 0, shards] of rows) expect(shardsFor({ loginsPerSecond, open })).toBe(shards);
});

test('what it says of a small system is so', () => {
  const { usd, idleUsd } = billOf(EXAMPLES.campus);
  expect(idleUsd / usd).toBeGreaterThan(1 / 3);
  expect(idleUsd / usd).toBeLessThan(1 / 2);
});
