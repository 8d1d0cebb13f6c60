/** The promises over two thousand worlds, and two of the faults that they found in this code, as long as they are found again. */
import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import { HOUR, MINUTE } from '../../lib/time.ts';
import { FAULTS } from './faults.ts';
import { planOf, policyOf } from './plan.ts';
import { run, type Summary } from './run.ts';
import { shorten } from './shorten.ts';
import { live } from './simulate.ts';

const SEEDS = 2_000;

describe(`${SEEDS} worlds in which everything goes wrong`, () => {
  let summary: Summary;
  beforeAll(async () => {
    summary = await run({ from: 0, goesOn: (count) => count < SEEDS });
  }, 4 * MINUTE);

  test('keep every promise', () => {
    const told = summary.broken.map(
      ({ seed, violations: [first] }) => `seed ${seed}: ${first?.promise}: ${first?.what}`,
    );
    expect(told).toEqual([]);
    expect(summary.seeds).toBe(SEEDS);
  });

  test('reach every answer that there is', () => {
    const answers =
      'opened made-anew logged-on-anew renewed resumed lingering invalidated repeated taken ended gone overtaken stale nothing-open ambiguous not-yours';
    expect([...summary.verdicts.keys()].toSorted()).toEqual(answers.split(' ').toSorted());
  });

  test.each(['release-station', 'enterprise'])(
    'come within one per cent of the bound of %s, and never past it',
    (profile) => {
      const share = summary.tightness.get(profile) ?? 0;
      expect(share).toBeGreaterThan(0.99);
      expect(share).toBeLessThanOrEqual(1);
    },
  );
});

/** Each was in the shipped code until a seed showed it; planted again, it must be seen again. */
describe.each([
  'a logout keeps on the panel whom it ended, too late',
  'a session that was taken over ended before it was last heard of',
])('%s', (name) => {
  test('is seen by a promise', { timeout: 2 * MINUTE }, async () => {
    const fault = FAULTS.find((one) => one.name === name);
    if (fault === undefined) throw new Error('there is no such fault');
    const { broken } = await run({ from: 0, goesOn: (count) => count < SEEDS, fault, untilBroken: true });
    expect(broken).not.toEqual([]);
  });
});

test.each(FAULTS)('the fault "$name" can be planted', async ({ file, find }) => {
  const text = await readFile(file, 'utf8');
  expect(text.split(find)).toHaveLength(2);
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
