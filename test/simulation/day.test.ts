/** A small day: the million users of `npm run bench -- --only day` live through the same one. */
import { beforeAll, expect, test } from 'vitest';
import { figuresOf } from '../../bench/day/day.ts';
import { liveThrough } from '../../bench/day/live-through.ts';
import type { Day } from '../../bench/day/outcome.ts';
import { at, DAY_SECONDS, visitsOf } from '../../bench/day/plan.ts';
import { ShardLoad } from '../../bench/day/shard-load.ts';
import { QUOTAS } from '../../lib/cost/quotas.ts';

const SMALL = { users: 3_000, stations: 300, seed: 7, shards: [1, 4] } as const;
let day: Day;
const told: string[] = [];

beforeAll(async () => {
  day = await liveThrough(SMALL, (line) => told.push(line));
}, 120_000);

const ofShards = (shards: number) => {
  const found = day.byShards.find((each) => each.shards === shards);
  if (found === undefined) throw new Error(`nothing is told of ${shards} shards`);
  return found;
};

test('it tells how far it is', () => {
  expect(told).toHaveLength(12);
  expect(told[4]).toMatch(/^08:00, \d+ sessions so far$/);
});

test('most come in the rush at eight', () => {
  const visits = visitsOf(SMALL);
  const between = (from: number, to: number) =>
    visits.slice(from * 3_600, to * 3_600).reduce((sum, { length }) => sum + length, 0);
  expect(visits).toHaveLength(DAY_SECONDS);
  expect(between(7.5, 8.5)).toBeGreaterThan(1.5 * between(9.5, 10.5));
  expect(between(9.5, 10.5)).toBeGreaterThan(5 * between(23, 24));
  expect(day.requests.at).toMatch(/^0[78]:/);
});

test('whoever comes opens a session, and what nobody logs out is announced by sweeps', () => {
  expect(day.sessions).toBeGreaterThan(SMALL.users);
  expect(day.announced).toBeGreaterThan(day.sessions / 10);
  expect(day.looks).toBeGreaterThan(day.announced);
});

test('more shards cool the hottest key and shorten the longest sweep, and cost requests to the Scheduler', () => {
  const [one, four] = [ofShards(1), ofShards(4)];
  expect(four.indexKey.count).toBeLessThan(one.indexKey.count);
  expect(four.sweep.looks).toBeLessThan(one.sweep.looks);
  expect(four.callsPerSession).toBeGreaterThan(one.callsPerSession);
});

test('the hottest key has what sweeps write, beside what stations do', () => {
  for (const { indexKey, stationsKey } of day.byShards) {
    expect(stationsKey.count).toBeGreaterThan(0);
    expect(indexKey.count).toBeGreaterThan(stationsKey.count);
  }
});

const ENDS = { isDormant: false, looks: 500, written: 500, units: 500, unitsOfDormant: 0 };

/** A sweep of 2,000 ends begins, and stations write so much beside it in each second, for a minute. */
function minuteBeside(stations: number, paced: boolean): ShardLoad {
  const load = new ShardLoad({ shards: 1, paced });
  load.swept(
    at(10),
    [0, 1, 2, 3].map((shard) => ({ ...ENDS, shard })),
  );
  for (let second = 10; second < 70; second++) {
    load.indexed(at(second), 0, false, stations);
    load.sweepOn(at(second));
  }
  return load;
}

test('a sweep takes half of its key, for as long as it needs, and throttles no station that keeps to the other half', () => {
  const load = minuteBeside(500, true);
  expect(load.throttled).toBe(0);
  expect(load.hottest).toEqual({ count: 1_000, at: '00:00:10' });
  expect(load.hottestByStations).toEqual({ count: 500, at: '00:00:10' });
  // It begins, writes a hundred in each 200 ms, and has nothing to wait for after the last.
  expect(load.largest).toEqual({ looks: 2_000, writes: 2_000, seconds: 3.84, at: '00:00:10' });
  expect(minuteBeside(500, false).throttled).toBeGreaterThan(1_000);
});

test('a sweep beside stations that need more than half of its key yields, and ends what it has to', () => {
  const load = minuteBeside(850, true);
  expect(load.largest.writes).toBe(2_000);
  expect(load.largest.seconds).toBeGreaterThan(2_000 / 500);
  expect(load.throttled).toBeLessThan(minuteBeside(850, false).throttled / 2);
});

test('the largest sweep comes after everybody has fallen silent at once', () => {
  expect(ofShards(4).sweep.at).toMatch(/^(10:1|15:[01])|^08/);
  expect(ofShards(4).sweep.writes).toBeGreaterThan(0);
});

test('nothing of it is near a quota', () => {
  for (const { goal, values } of figuresOf(day)) {
    if (goal !== undefined && 'atMost' in goal) expect(values[0]).toBeLessThanOrEqual(goal.atMost / 10);
  }
  expect(day.backstop.seconds).toBeLessThan(QUOTAS.sweep.limit);
});
