/** The promises over two thousand worlds, and two of the faults that they found in this code, as long as they are found again. */
import { beforeAll, describe, expect, test } from 'vitest';
import { MINUTE } from '../../lib/time.ts';
import { FAULTS } from './faults.ts';
import { run, type Summary } from './run.ts';

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
  'whoever logs in again where they are pays no debt',
  'a session that was taken over ended before it was last heard of',
])('%s', (name) => {
  test('is seen by a promise', { timeout: 2 * MINUTE }, async () => {
    const fault = FAULTS.find((one) => one.name === name);
    if (fault === undefined) throw new Error('there is no such fault');
    const { broken } = await run({ from: 0, goesOn: (count) => count < SEEDS, fault, untilBroken: true });
    expect(broken).not.toEqual([]);
  });
});

describe('a campus over nine days', () => {
  /** A seed in whose first days everything occurs. */
  const SEED = 9;
  const DAYS = 9;

  test('keeps every promise, with all that a campus has', { timeout: MINUTE }, async () => {
    const { broken, happenings, sessions, stationYears } = await run({
      from: SEED,
      fleet: { days: DAYS },
      goesOn: (count) => count < 1,
    });
    expect(broken).toEqual([]);
    expect(sessions).toBeGreaterThan(1_000);
    expect(stationYears).toBeGreaterThan(1);
    const all = ['power cut', 'restart', 'burst of a gateway', 'repeated by a gateway'];
    expect([...happenings.keys()]).toEqual(expect.arrayContaining([...all, 'garbage collection']));
  });
});
