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

test('a sweep takes what stations leave of its key, for as long as it needs', () => {
  const load = new ShardLoad(1);
  const sweep = { isDormant: false, looks: 500, written: 500, units: 500, unitsOfDormant: 500 };
  load.indexed(at(10), 0, false, 500);
  load.swept(at(10), [
    { ...sweep, shard: 0 },
    { ...sweep, shard: 1 },
  ]);
  for (const second of [10, 11, 12]) load.sweepOn(at(second));
  // At its first pace it would take 0.265 + 1,000 / 500 seconds, at its second 0.265 + 1,000 / 1,000.
  expect(load.hottest).toEqual({ count: expect.closeTo(500 + 1_000 / 2.265, 6), at: '00:00:10' });
  expect(load.hottestByStations).toEqual({ count: 500, at: '00:00:10' });
  const seconds = 1 + (1 - 1 / 2.265) * 1.265;
  expect(load.largest).toEqual({ looks: 1_000, writes: 1_000, seconds: expect.closeTo(seconds, 6), at: '00:00:10' });
});

test('the largest sweep comes after everybody has fallen silent at once', () => {
  expect(ofShards(4).sweep.at).toMatch(/^(10:1|15:[01])|^08/);
  expect(ofShards(4).sweep.writes).toBeGreaterThan(0);
});

test('nothing of it is near a quota', () => {
  for (const { goal, values } of figuresOf(day)) {
    if (goal !== undefined && 'atMost' in goal) expect(values[0]).toBeLessThan(goal.atMost / 10);
  }
  expect(day.backstop.seconds).toBeLessThan(QUOTAS.sweep.limit);
});
