/** What must hold of any number of requests, most of them hostile, through the real applications. */
import { beforeAll, describe, expect, test } from 'vitest';
import { type Spread, spread } from './spread.ts';

export function holdsOf(requests: number): void {
  describe(`${requests} requests`, () => {
    let run: Spread;
    beforeAll(async () => {
      run = await spread({ seed: 1, requests });
    }, 600_000);

    // Never our fault; nothing of it by nobody known or by mistake; no key repeated; no answer that is not described;
    // nothing done twice by what is signed once.
    test('find nothing', () => {
      expect(run.findings.map(({ what, shot, seed, at }) => `seed ${seed}, request ${at}: ${what}: ${shot}`)).toEqual(
        [],
      );
      expect(run.requests).toBeGreaterThanOrEqual(requests);
    });

    test('leave nothing behind', () => expect(run.heapGrowth).toBeLessThan(32 * 1024 * 1024));

    test('meet every answer that a request can get', () => {
      const met = Object.keys(run.statuses).toSorted();
      expect(met).toEqual(expect.arrayContaining('200 201 204 400 401 403 404 409 410 413 415 429'.split(' ')));
      expect(run.unproven).toBeGreaterThan(requests / 5);
      expect(run.changed).toBeGreaterThan(requests / 50);
      expect(run.heardAgain).toBeGreaterThan(requests / 200);
    });
  });
}
