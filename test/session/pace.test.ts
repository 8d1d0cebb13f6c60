import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { KEY_UNITS, paceAfter, type Stretch, SWEEP_LEAST, SWEEP_MOST } from '../../lib/session/pace.ts';
import { durationMs } from '../../lib/time.ts';

const wrote = (units: number, stretch: Partial<Stretch> = {}): Stretch => ({
  units,
  tookMs: durationMs(0),
  wasThrottled: false,
  ...stretch,
});

describe('a sweep', () => {
  test('waits until half of what its key takes would have been enough for what it wrote', () =>
    expect(paceAfter(SWEEP_MOST, wrote(100)).waitMs).toBe(200));

  test('does not wait for the time that its writes took themselves', () => {
    expect(paceAfter(SWEEP_MOST, wrote(100, { tookMs: durationMs(150) })).waitMs).toBe(50);
    expect(paceAfter(SWEEP_MOST, wrote(100, { tookMs: durationMs(900) })).waitMs).toBe(0);
  });

  test('that wrote nothing waits for nothing', () => expect(paceAfter(SWEEP_MOST, wrote(0)).waitMs).toBe(0));

  test('goes half as fast from the first write on that is throttled, and never stops', () => {
    const paces = [SWEEP_MOST];
    for (let n = 0; n < 6; n++) paces.push(paceAfter(paces.at(-1) ?? 0, wrote(100, { wasThrottled: true })).pace);
    expect(paces).toEqual([500, 250, 125, 62.5, 50, 50, 50]);
    expect(paceAfter(SWEEP_MOST, wrote(100, { wasThrottled: true })).waitMs).toBe(400);
  });

  test('is back at its share after ten seconds in which nothing is throttled', () => {
    let pace = SWEEP_LEAST;
    let ms = 0;
    while (pace < SWEEP_MOST) {
      const after = paceAfter(pace, wrote(10));
      ({ pace } = after);
      ms += after.waitMs;
    }
    expect(ms).toBeGreaterThanOrEqual(10_000);
    expect(ms).toBeLessThan(10_500);
  });

  test('takes no more than half of its key in any second, whatever its pages hold and however long they take', () =>
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            units: fc.integer({ min: 0, max: 200 }),
            tookMs: fc.integer({ min: 0, max: 500 }).map(durationMs),
            wasThrottled: fc.boolean(),
          }),
          { minLength: 1, maxLength: 200 },
        ),
        (stretches) => {
          let pace = SWEEP_MOST;
          let ms = 0;
          let units = 0;
          for (const stretch of stretches) {
            const after = paceAfter(pace, stretch);
            expect(after.pace).toBeGreaterThanOrEqual(SWEEP_LEAST);
            expect(after.pace).toBeLessThanOrEqual(KEY_UNITS / 2);
            ({ pace } = after);
            ms += stretch.tookMs + after.waitMs;
            units += stretch.units;
            expect(units).toBeLessThanOrEqual((KEY_UNITS / 2) * (ms / 1_000) + 1e-6);
          }
        },
      ),
    ));
});
