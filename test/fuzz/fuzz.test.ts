/** Two hundred thousand requests, most of them hostile, through the real applications. */
import { beforeAll, describe, expect, test } from 'vitest';
import { chance } from '../simulation/chance.ts';
import { generate } from './generate.ts';
import { type Spread, spread } from './spread.ts';

const REQUESTS = 200_000;

describe(`${REQUESTS} requests`, () => {
  let run: Spread;
  beforeAll(async () => {
    run = await spread({ seed: 1, requests: REQUESTS });
  }, 600_000);

  // Never our fault; nothing of it by nobody known or by mistake; no key repeated; no answer that is not described;
  // nothing done twice by what is signed once.
  test('find nothing', () => {
    expect(run.findings.map(({ what, shot, seed, at }) => `seed ${seed}, request ${at}: ${what}: ${shot}`)).toEqual([]);
    expect(run.requests).toBeGreaterThanOrEqual(REQUESTS);
  });

  test('leave nothing behind', () => expect(run.heapGrowth).toBeLessThan(32 * 1024 * 1024));

  test('meet every answer that a request can get', () => {
    const met = Object.keys(run.statuses).toSorted();
    expect(met).toEqual(expect.arrayContaining('200 201 204 400 401 403 404 409 410 413 415 429'.split(' ')));
    expect(run.unproven).toBeGreaterThan(REQUESTS / 5);
    expect(run.changed).toBeGreaterThan(REQUESTS / 50);
    expect(run.heardAgain).toBeGreaterThan(REQUESTS / 200);
  });
});

test('a seed is the same requests each time', () => {
  const targets = (['bearer', 'basic', 'signature'] as const).map((proof) => ({
    id: proof,
    key: 'k',
    proof,
    speaksXml: true,
  }));
  const known = {
    targets,
    realms: ['campus'],
    sessions: [],
    cursors: [],
    sent: [],
    heard: [],
    nowMs: 1_800_000_000_000,
  };
  const requests = () => {
    const c = chance(7, 'fuzz');
    return Array.from({ length: 500 }, () => generate(c, known));
  };
  expect(requests()).toEqual(requests());
});
