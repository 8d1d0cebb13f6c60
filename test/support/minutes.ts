/** A clock in minutes for stories on the real functions: it stands still, and begins again with each test. */
import { afterAll, beforeAll, beforeEach, vi } from 'vitest';
import { epochMs, MINUTE, toRfc3339 } from '../../lib/time.ts';

export interface Minutes {
  /** The test's minute 0, in milliseconds since 1970. */
  readonly start: number;
  /** So many minutes into the test, as answers write it. */
  at(minutes: number): string;
  /** Sets the clock. */
  later(minutes: number): void;
}

/** Call it at the top of a test file. */
export function useMinutes(): Minutes {
  let start = 0;
  // Not over yet: the engine collects garbage by its own clock.
  beforeAll(() => void vi.useFakeTimers({ toFake: ['Date'], now: Math.ceil(Date.now() / MINUTE) * MINUTE }));
  afterAll(() => void vi.useRealTimers());
  const later = (minutes: number) => void vi.setSystemTime(start + minutes * MINUTE);
  beforeEach(() => {
    start = Date.now() + MINUTE;
    later(0);
  });
  return {
    get start() {
      return start;
    },
    at: (minutes) => toRfc3339(epochMs(start + minutes * MINUTE)),
    later,
  };
}
