/** docs/cost.md shows what the command prints today. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { billOf } from '../../lib/cost/bill.ts';
import { shardsFor } from '../../lib/cost/shards.ts';
import { EXAMPLES } from '../../lib/cost/workload.ts';
import { SHARDS_DEFAULT } from '../../lib/table.ts';
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

const record = JSON.parse(readFileSync(`${TOP}bench/results/latest.json`, 'utf8')) as {
  parts: { name: string; figures: { name: string; values: number[]; beside?: string }[] }[];
};

/** A figure of the day on record, and what is said beside it. */
function ofDay(name: string): { readonly value: number; readonly beside: string } {
  const figures = record.parts.find((part) => part.name === 'day')?.figures ?? [];
  const found = figures.find((figure) => figure.name === name);
  if (found?.values[0] === undefined) throw new Error(`the record has no ${name}`);
  return { value: found.values[0], beside: found.beside ?? '' };
}

const whole = (value: number): string => Math.round(value).toLocaleString('en-US');
const numbersIn = (text: string): number[] => [...text.matchAll(/\d+(?:\.\d+)?/g)].map(([number]) => Number(number));

test('its table of a day is the one on record, and the default is in it', () => {
  const rows = [...docs.matchAll(/^\| (\d+) \| (.* s) \| (.*) \|$/gm)].map(([, shards = '']) => Number(shards));
  expect(rows).toEqual([1, 2, 4, 16]);
  expect(rows).toContain(SHARDS_DEFAULT);
  for (const shards of rows) {
    const of = shards === 1 ? '1 shard' : `${shards} shards`;
    const sweep = ofDay(`largest sweep / ${of}`);
    const [looks = 0, writes = 0] = numbersIn(sweep.beside.replace(/^at [\d:]+/, ''));
    const throttled = ofDay(`throttled by sweeps / ${of}`);
    const [unpaced = 0] = numbersIn(throttled.beside);
    const calls = ofDay(`CreateSchedule / ${of}`);
    const cells = [
      shards,
      whole(ofDay(`hottest key by stations / ${of}`).value),
      whole(ofDay(`hottest key of the index / ${of}`).value),
      whole(throttled.value),
      whole(unpaced),
      `${sweep.value.toFixed(1)} s`,
      `${whole(looks)}, ${whole(writes)}`,
      whole(calls.value),
      (/([\d.]+) a session/.exec(calls.beside) ?? [])[1],
      whole(ofDay(`firings / ${of}`).value),
    ];
    expect(docs).toContain(`\n| ${cells.join(' | ')} |\n`);
  }
});

test('what it says of that day is on record', () => {
  const sessions = ofDay('all day / sessions');
  const requests = ofDay('busiest second / requests');
  const writes = ofDay('busiest second / write units of the table');
  const backstop = ofDay('backstop / seconds');
  const at = requests.beside.replace('at ', '');
  expect(writes.beside).toContain(at);
  const [atOnce = 0] = numbersIn(sessions.beside);
  const [looks = 0] = numbersIn(backstop.beside);
  for (const said of [
    `It opened ${whole(sessions.value)} sessions, ${whole(atOnce)} of them at once; its busiest second (${at}) had ` +
      `${whole(requests.value)} requests and ${whole(writes.value)} write units`,
    `The largest backstop looked at ${whole(looks)} sessions, in ${backstop.value.toFixed(1)} seconds`,
  ])
    expect(docs.replaceAll('\n', ' ')).toContain(said);
  // The largest sweep is the one after the outage.
  for (const of of ['1 shard', '2 shards', '4 shards', '16 shards'])
    expect(ofDay(`largest sweep / ${of}`).beside).toContain('at 15:09:');
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
