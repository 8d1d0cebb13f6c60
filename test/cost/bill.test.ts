/** Quantities, prices and needs: what must hold of any workload. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { billOf } from '../../lib/cost/bill.ts';
import { batchesPerSecond, monthOf } from '../../lib/cost/month.ts';
import { PRICES, type Priced, usdFor } from '../../lib/cost/prices.ts';
import { QUOTAS } from '../../lib/cost/quotas.ts';
import { EXAMPLES, looksOf, type Workload } from '../../lib/cost/workload.ts';
import { concurrencyFor } from '../../lib/deploy/concurrency.ts';
import { STATION_RATE } from '../../lib/deploy/throttles.ts';
import { runCost } from './command.ts';

const { campus, portal, million } = EXAMPLES;
const workloads = fc
  .record({
    base: fc.constantFrom<Workload>(campus, portal, million),
    sessionsPerDay: fc.integer({ min: 1, max: 50_000_000 }),
    minutesPerSession: fc.double({ min: 0.1, max: 600, noNaN: true }),
    pingsPerSession: fc.integer({ min: 0, max: 300 }),
    shards: fc.integer({ min: 1, max: 64 }),
    freeTier: fc.boolean(),
  })
  .map(({ base, ...said }) => ({ ...base, ...said }));

const sum = (parts: readonly { readonly usd: number }[]) => parts.reduce((total, { usd }) => total + usd, 0);

describe('a bill', () => {
  test('is the same by platform and by feature, and nothing in it is negative', () =>
    fc.assert(
      fc.property(workloads, (workload) => {
        const { usd, byPlatform, byFeature, idleUsd } = billOf(workload);
        expect(sum(byPlatform)).toBeCloseTo(usd, 6);
        expect(sum(byFeature)).toBeCloseTo(usd, 6);
        for (const part of [...byPlatform, ...byFeature]) expect(part.usd).toBeGreaterThanOrEqual(0);
        expect(idleUsd).toBeLessThanOrEqual(usd);
      }),
    ));

  test('grows with whatever is done more', () => {
    const more: Partial<Workload>[] = [
      { sessionsPerDay: campus.sessionsPerDay * 2 },
      { pingsPerSession: 10 },
      { activitiesPerSession: 10 },
      { jobsPerSession: 10 },
      { historyDays: 900 },
      { realms: 10 },
      { webhook: true },
      { customerKey: true },
      { consoleHours: 8 },
    ];
    for (const each of more) expect(billOf({ ...campus, ...each }).usd).toBeGreaterThan(billOf(campus).usd);
    expect(billOf({ ...campus, alarms: false }).usd).toBeLessThan(billOf(campus).usd);
    expect(billOf({ ...campus, freeTier: true }).usd).toBeLessThan(billOf(campus).usd);
  });

  test('has no cost of sessions in a month without any', () => {
    const priced = new Set(
      monthOf({ ...campus, stations: 0, users: 0, sessionsPerDay: 0 }).map((usage) => usage.priced),
    );
    for (const absent of ['request', 'writeUnit', 'event', 'stored'] satisfies Priced[])
      expect(priced).not.toContain(absent);
  });
});

describe('a price', () => {
  test.each([
    ['request', 1e6, 1],
    ['request', 300e6, 300],
    ['request', 400e6, 390],
    ['writeUnit', 1e6, 0.625],
    ['readUnit', 8e6, 1],
    ['metric', 10_010, 3_001],
    ['logged', 20 * 1_024, 10 * 1_024 * 0.75],
  ] as const)('of %s, %d of them, is %d dollars', (priced, quantity, usd) =>
    expect(usdFor(priced, quantity, { freeTier: false })).toBeCloseTo(usd, 6),
  );

  test('is nothing for what an account has for nothing', () => {
    expect(usdFor('firing', 14e6, { freeTier: true })).toBe(0);
    expect(usdFor('firing', 15e6, { freeTier: true })).toBe(1);
  });

  test('names where it can be looked up', () => {
    for (const { page } of Object.values(PRICES)) expect(page).toMatch(/^https:\/\/aws\.amazon\.com\//);
  });
});

describe('what the busiest second needs', () => {
  const of = (workload: Workload, quota: keyof typeof QUOTAS) =>
    billOf(workload).needs.find((need) => need.quota === quota && !need.atReboot)?.need ?? 0;

  test('of a key of the index is less with more shards, of the Scheduler more', () => {
    expect(of({ ...million, shards: 64 }, 'indexKey')).toBeCloseTo(of(million, 'indexKey') / 4, 6);
    expect(of({ ...million, shards: 64 }, 'firings')).toBe(64);
  });

  test('is told by the scarcest first', () => {
    const shares = billOf(million).needs.map(({ share }) => share);
    expect(shares).toEqual(shares.toSorted((a, b) => b - a));
  });

  test('is compared with what the stack has', () => {
    expect(QUOTAS.stationRate.limit).toBe(STATION_RATE);
    expect(QUOTAS.reserved.limit).toBe(concurrencyFor(4).stations);
  });
});

describe('the rule for shards', () => {
  test('is what the examples have', () => {
    for (const example of [campus, portal, million]) expect(billOf(example).shards).toBe(example.shards);
  });

  test('leaves no key of the index near its limit, and no sweep without time', () =>
    fc.assert(
      fc.property(workloads, (workload) => {
        const { shards, needs } = billOf({ ...workload, leftShare: 0.2 });
        fc.pre(shards < 64);
        const fitting = billOf({ ...workload, leftShare: 0.2, shards }).needs;
        for (const { quota, share } of fitting)
          if (quota === 'indexKey' || quota === 'sweep') expect(share).toBeLessThan(1);
        expect(needs.length).toBe(fitting.length);
      }),
    ));
});

test('a session that is heard of every other minute is read again now and then, and moved where its slot is far', () => {
  const { alive, moved } = looksOf({ ...portal, leaseMinutes: 20 });
  expect(moved).toBeGreaterThan(0);
  expect(alive).toBeGreaterThan(moved);
  // Where the lease is shorter than twenty slots no entry moves.
  expect(looksOf(portal).moved).toBe(0);
  expect(looksOf(campus)).toEqual({ alive: expect.closeTo(0.4, 6), moved: 0 });
});

test('changes go to the journal one by one where they are few, and by the hundred where they are many', () => {
  expect(batchesPerSecond(0.01)).toBeCloseTo(0.01, 3);
  expect(batchesPerSecond(100_000)).toBeGreaterThanOrEqual(100_000 / 100);
  expect(batchesPerSecond(100_000)).toBeLessThan(100_000 / 50);
});

describe('the command', () => {
  test('tells the same to programs', () => {
    const told = JSON.parse(runCost(['--example', 'portal', '--json']));
    expect(told.usdPerMonth).toBeCloseTo(billOf(portal).usd, 6);
    expect(told.workload).toEqual(portal);
    expect(told.quotas[0]).toMatchObject({ quota: QUOTAS.stationRate.name, limit: 1_000, raise: expect.any(String) });
  });

  test('takes every number by its option', () => {
    const args = '--stations 7 --sessions-per-day 1_000 --shards 8 --left 0.5 --webhook yes --panels no'.split(' ');
    expect(JSON.parse(runCost([...args, '--json'])).workload).toEqual({
      ...campus,
      stations: 7,
      sessionsPerDay: 1_000,
      shards: 8,
      leftShare: 0.5,
      webhook: true,
      panels: false,
    });
  });

  test.each([
    ['--stations', '1.5'],
    ['--stations', '-1'],
    ['--left', '2'],
    ['--hours-per-day', 'all'],
    ['--webhook', 'perhaps'],
    ['--example', 'town'],
  ])('refuses %s %s', (...args) => expect(() => runCost(args)).toThrow());
});
