import { describe, expect, test } from 'vitest';
import { createFairness } from '../../lib/station/fairness.ts';
import { type EpochMs, epochMs } from '../../lib/time.ts';

const NOON = epochMs(Date.UTC(2026, 10, 22, 12));
const at = (ms: number): EpochMs => epochMs(NOON + ms);
const printer = { id: 'lib-1', hasPanel: true };

/** How many of so many deliveries at one instant are heard. */
function heardOf(fairness: ReturnType<typeof createFairness>, station: typeof printer, count: number, now: EpochMs) {
  return Array.from({ length: count }, () => fairness.admit(station, now)).filter((wait) => wait === 0).length;
}

describe('a station that speaks without end', () => {
  test('is heard a hundred times at once, then twenty times a second', () => {
    const fairness = createFairness();
    expect(heardOf(fairness, printer, 500, at(0))).toBe(100);
    expect(heardOf(fairness, printer, 500, at(1_000))).toBe(20);
    expect(heardOf(fairness, printer, 500, at(61_000))).toBe(100);
  });

  test('is told how long to wait, and is heard then', () => {
    const fairness = createFairness();
    heardOf(fairness, printer, 100, at(0));
    const wait = fairness.admit(printer, at(0));
    expect(wait).toBe(50);
    expect(fairness.admit(printer, at(wait - 1))).toBeGreaterThan(0);
    expect(fairness.admit(printer, at(wait))).toBe(0);
  });

  test('takes nothing from another', () => {
    const fairness = createFairness();
    heardOf(fairness, printer, 1_000, at(0));
    expect(fairness.admit({ ...printer, id: 'lib-2' }, at(0))).toBe(0);
  });

  test('is given no more by a clock that goes back', () => {
    const fairness = createFairness();
    heardOf(fairness, printer, 100, at(0));
    expect(heardOf(fairness, printer, 100, at(-10_000))).toBe(0);
    expect(heardOf(fairness, printer, 100, at(0))).toBe(0);
  });
});

test('a gateway or a web application may say as much as twenty panels', () =>
  expect(heardOf(createFairness(), { id: 'floor-3', hasPanel: false }, 5_000, at(0))).toBe(2_000));

test('a container that hears from ever more stations forgets the oldest', () => {
  const fairness = createFairness();
  heardOf(fairness, printer, 100, at(0));
  for (let n = 0; n < 10_000; n++) fairness.admit({ id: `other-${n}`, hasPanel: true }, at(0));
  expect(fairness.admit(printer, at(0))).toBe(0);
});
