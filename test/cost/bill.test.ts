/** Quantities, prices and needs: what must hold of any workload. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { NUMBERS } from '../../lib/command/cost.ts';
import { BURST } from '../../lib/cost/assumptions.ts';
import { billOf } from '../../lib/cost/bill.ts';
import { STATION_COUNTS, SWEEP_COUNTS } from '../../lib/cost/counts.ts';
import { batchesPerSecond, monthOf } from '../../lib/cost/month.ts';
import { indexKeyOf, sweepSeconds } from '../../lib/cost/needs.ts';
import { PRICES, type Priced, usdFor } from '../../lib/cost/prices.ts';
import { QUOTAS } from '../../lib/cost/quotas.ts';
import { LOGINS_A_SHARD, OPEN_A_SHARD } from '../../lib/cost/shards.ts';
import { EXAMPLES, looksOf, type Workload } from '../../lib/cost/workload.ts';
import { concurrencyFor } from '../../lib/deploy/concurrency.ts';
import { STATION_RATE } from '../../lib/deploy/throttles.ts';
import { SHARDS_MAX } from '../../lib/table.ts';
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
      { insights: true },
      { silent: true },
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
    expect(indexKeyOf({ ...million, shards: 64 }).stations).toBeCloseTo(indexKeyOf(million).stations / 4, 6);
    expect(of({ ...million, shards: 64 }, 'indexKey')).toBeLessThan(of(million, 'indexKey'));
    expect(of({ ...million, shards: 64 }, 'firings')).toBe(64);
  });

  test('of a key of the index is what stations write, and what sweeps get of the rest', () => {
    const { stations, sweep } = indexKeyOf(million);
    expect(of(million, 'indexKey')).toBe(stations + sweep);
    // One unit for a login, and one for the logout of four in five.
    const logins = (million.sessionsPerDay * million.busiestHourShare * BURST) / 3_600;
    expect(stations).toBeCloseTo((logins * 1.8) / million.shards, 6);
    expect(sweep).toBeGreaterThan(100);
    expect(stations + sweep).toBeLessThan(QUOTAS.indexKey.limit);
    expect(indexKeyOf({ ...million, leftShare: 0 }).sweep).toBe(0);
    // Too few shards: it has a twentieth of the key nevertheless, which is more than there is.
    const crowded = indexKeyOf({ ...million, shards: 1 });
    expect(crowded.stations).toBeGreaterThan(QUOTAS.indexKey.limit);
    expect(crowded.seconds).toBeGreaterThan(QUOTAS.sweep.limit);
    expect(crowded.seconds).toBeLessThan(Number.POSITIVE_INFINITY);
  });

  test('of a sweep is the time to read, and to write at half of what the key takes, or at what stations leave of it', () => {
    const sweep = { looks: 10_000, units: 10_000, beside: 0 };
    expect(sweepSeconds(sweep)).toBeCloseTo(22.515, 6);
    expect(sweepSeconds({ ...sweep, beside: 500 })).toBeCloseTo(22.515, 6);
    expect(sweepSeconds({ ...sweep, beside: 750 })).toBeCloseTo(42.515, 6);
    expect(sweepSeconds({ ...sweep, beside: 5_000 })).toBeCloseTo(202.515, 6);
  });

  test('of a sweep grows with what is moved', () => {
    const far = { ...portal, leaseMinutes: 30 };
    expect(looksOf(far).moved).toBeGreaterThan(0);
    expect(indexKeyOf({ ...far, leftShare: 0 }).sweep).toBeGreaterThan(0);
  });

  test('of the bus is two events a session, whoever ends it, and two more where it comes down before', () => {
    const sessions = (portal.sessionsPerDay * portal.busiestHourShare * BURST) / 3_600;
    for (const leftShare of [0, 0.5, 1]) {
      expect(of({ ...portal, rungs: false, leftShare }, 'putEvents')).toBeCloseTo(2 * sessions, 9);
      expect(of({ ...portal, rungs: true, leftShare }, 'putEvents')).toBeCloseTo((2 + 2 * leftShare) * sessions, 9);
    }
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

  test('leaves half of each key of the index to sweeps, and each sweep its time', () =>
    fc.assert(
      fc.property(workloads, fc.double({ min: 0, max: 1, noNaN: true }), (workload, leftShare) => {
        const { shards } = billOf({ ...workload, leftShare });
        fc.pre(shards < SHARDS_MAX);
        const { stations, sweep, seconds } = indexKeyOf({ ...workload, leftShare, shards });
        expect(stations).toBeLessThanOrEqual(QUOTAS.indexKey.limit / 2);
        expect(stations + sweep).toBeLessThanOrEqual(QUOTAS.indexKey.limit);
        expect(seconds).toBeLessThanOrEqual(QUOTAS.sweep.limit);
      }),
    ));

  test('leaves the sweep its time when all of a full shard have fallen silent in one slot', () => {
    const sweep = { looks: OPEN_A_SHARD, units: OPEN_A_SHARD * SWEEP_COUNTS.ended.indexUnits };
    const { login, logout } = STATION_COUNTS;
    const beside = LOGINS_A_SHARD * (login.indexUnits + logout.indexUnits);
    expect(beside).toBe(QUOTAS.indexKey.limit / 2);
    expect(sweepSeconds({ ...sweep, beside })).toBeLessThan(QUOTAS.sweep.limit);
    expect(sweepSeconds({ ...sweep, beside })).toBeGreaterThan(0.9 * QUOTAS.sweep.limit);
  });
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
    ['--shards', '0'],
    ['--shards', '65'],
    ['--realms', '0'],
    ['--hours-per-day', '0'],
    ['--hours-per-day', '25'],
    ['--days-per-month', '0'],
    ['--days-per-month', '32'],
    ['--sweep-minutes', '0'],
    ['--sweep-minutes', '11'],
    ['--lease-minutes', '0'],
    ['--minutes-per-session', '0'],
    ['--busiest-hour', '0'],
    ['--sessions-per-day', '1e10'],
  ])('refuses %s %s', (...args) => expect(() => runCost(args)).toThrow());

  test('says what it would take instead', () => {
    expect(() => runCost(['--shards', '65'])).toThrow('It must be a number from 1 to 64.');
    expect(() => runCost(['--hours-per-day', '0'])).toThrow('It must be a number from 1 to 24.');
    expect(() => runCost(['--stations', '1e10'])).toThrow('It must be a number from 0 to 1,000,000,000.');
    expect(() => runCost(['--shards', '1.5'])).toThrow('It must be a whole number.');
  });

  test('prints numbers, at the least and at the most of every option', () => {
    const options = Object.values(NUMBERS);
    const ends = fc.tuple(...options.map(({ least = 0, most }) => fc.constantFrom(undefined, least, most)));
    fc.assert(
      fc.property(fc.constantFrom(...Object.keys(EXAMPLES)), ends, (example, said) => {
        const args = options.flatMap(({ option }, n) =>
          said[n] === undefined ? [] : [`--${option}`, String(said[n])],
        );
        expect(runCost(['--example', example, ...args])).not.toMatch(/NaN|Infinity|undefined|∞|\s-\d/);
      }),
    );
  });
});

test('whoever says how many users there are, and not how many sessions, is told what is supposed', () => {
  const told = runCost(['--users', '250']);
  expect(told.replaceAll('\n', ' ')).toContain('250 users, 125 sessions a day');
  expect(told.split('\n').at(-1)).toBe(
    'Sessions a day: 0.5 a user, as in the example campus; --sessions-per-day says how many there are.',
  );
  expect(runCost(['--example', 'portal', '--users', '250']).replaceAll('\n', ' ')).toContain('500 sessions a day');
  expect(runCost(['--users', '250', '--sessions-per-day', '900'])).not.toContain('Sessions a day:');
});
