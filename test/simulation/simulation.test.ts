/** The promises over a few hundred worlds, and what a world is. `simulation.long.test.ts` lives through thousands. */
import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { HOUR, MINUTE } from '../../lib/time.ts';
import { START } from './cloud.ts';
import { FAULTS } from './faults.ts';
import { fleetPlanOf } from './fleet.ts';
import { planOf, policyOf } from './plan.ts';
import { run } from './run.ts';
import { shorten } from './shorten.ts';
import { live } from './simulate.ts';

/** So many that `npm test` stays short: a few seconds of two cores. */
const SEEDS = 300;

test(`every promise is kept in ${SEEDS} worlds in which everything goes wrong`, { timeout: 2 * MINUTE }, async () => {
  const { broken, seeds } = await run({ from: 0, goesOn: (count) => count < SEEDS });
  expect(broken.map(({ seed, violations: [first] }) => `seed ${seed}: ${first?.promise}: ${first?.what}`)).toEqual([]);
  expect(seeds).toBe(SEEDS);
});

test.each(FAULTS)('the fault "$name" can be planted', async ({ file, find }) => {
  const text = await readFile(file, 'utf8');
  expect(text.split(find)).toHaveLength(2);
});

test('a campus has dozens of stations of every kind, hundreds of users, and nobody there at weekends', () => {
  for (let seed = 0; seed < 5; seed++) {
    const { stations, users, actions, fleet } = fleetPlanOf(seed, 9);
    expect(new Set(stations.map(({ kind }) => kind))).toEqual(new Set(['application', 'hosted', 'pinging']));
    expect(stations.length).toBeGreaterThanOrEqual(40);
    expect(users.length).toBeGreaterThanOrEqual(150);
    expect(fleet?.gateways.length).toBeGreaterThan(0);
    const logins = actions.filter(({ what }) => what === 'login').map(({ at }) => new Date(START + at));
    expect(logins.filter((at) => [0, 6].includes(at.getUTCDay()))).toEqual([]);
    const rush = logins.filter((at) => at.getUTCHours() === 8).length;
    const night = logins.filter((at) => at.getUTCHours() < 6).length;
    expect(rush).toBeGreaterThan(10 * night);
  }
});

describe('a seed', () => {
  test('is the same world each time', async () => {
    const stories = await Promise.all(
      [1, 2].map(async () => {
        const story: string[] = [];
        await live(planOf(42), (line) => story.push(line));
        return story;
      }),
    );
    expect(stories[0]?.length).toBeGreaterThan(20);
    expect(stories[1]).toEqual(stories[0]);
  });

  test('stands for a policy in order and for people who have something to do', () => {
    for (let seed = 0; seed < 300; seed++) {
      const plan = planOf(seed);
      expect(policyOf(plan.fields).seats).toBeDefined();
      expect(plan.actions.length).toBeGreaterThan(2);
      expect(plan.length).toBeLessThan(49 * HOUR);
    }
  });

  test('that breaks no promise has no shorter story to tell', async () => {
    const plan = planOf(7);
    expect(await shorten(plan, () => {})).toEqual(plan);
  });
});
