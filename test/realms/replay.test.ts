/**
 * A month of visits, played under one policy and replayed under another: what is said of it is what becomes of the same month
 * played under that other.
 */
import { describe, expect, test } from 'vitest';
import { fatesOf, replay, type Stay } from '../../lib/realms/replay.ts';
import { after, type EpochMs } from '../../lib/time.ts';
import { type Outcome, PATIENCE, play, visitsOf } from '../support/month.ts';
import { into, lengthOf, type Offset, policyOf, stationOf } from '../support/world.ts';

const FROM = { idle: '30s', lease: '5m', job: '30m', takeOver: 'refuse' };

describe('a month is replayed as it would have been played', () => {
  const visits = visitsOf(18, { users: 6 });
  const from = policyOf(FROM);
  const playedBefore = play(visits, from);

  test.each([
    ['a longer lease', { lease: '10m' }, { later: 80, heldUp: 20 }],
    ['a shorter lease', { lease: '2m' }, { earlier: 80, spared: 10 }],
    ['a longer idle time', { idle: '2m' }, { later: 60, heldUp: 4 }],
    ['a shorter job', { job: '7m' }, { earlier: 60, spared: 10 }],
    ['a second seat', { seats: 2 }, { spared: 30 }],
    ['the same policy', {}, {}],
  ])('with %s', { timeout: 60_000 }, async (_what, change, atLeast) => {
    const policies = { from, to: policyOf({ ...FROM, ...change }) };
    const { stays, outcomes: before } = await playedBefore;
    const { outcomes: then } = await play(visits, policies.to);
    const told = replay([...stays.values()], policies);
    expect(told).toMatchObject({ sessions: visits.length, unexplained: 0 });

    const visitOf = new Map([...stays].map(([visit, stay]) => [stay, visit]));
    const outcomeOf = (outcomes: ReadonlyMap<number, Outcome>, stay: Stay): Outcome => {
      const outcome = outcomes.get(visitOf.get(stay) ?? -1);
      if (outcome === undefined) throw new Error('everybody gets in at last');
      return outcome;
    };
    for (const { stay, openedAt, lostAt, sparedMs } of fatesOf([...stays.values()], policies)) {
      const was = outcomeOf(before, stay);
      const is = outcomeOf(then, stay);
      if (is.openedAt < was.openedAt) {
        // When they came first, history does not say: only how much sooner they can have been let in.
        expect(was.openedAt - is.openedAt).toBeLessThan(sparedMs + PATIENCE);
      } else {
        expect([within(PATIENCE, is.openedAt, openedAt), within(PATIENCE, is.lostAt, lostAt)]).toEqual([true, true]);
      }
    }
    for (const [what, count] of Object.entries(atLeast)) {
      expect(told[what as 'later'].count, what).toBeGreaterThanOrEqual(count);
    }
    for (const what of ['earlier', 'later', 'heldUp', 'spared'] as const) {
      if (!(what in atLeast)) expect(told[what].count, what).toBe(0);
    }
  });
});

const within = (length: number, one: EpochMs, other: EpochMs): boolean => Math.abs(one - other) <= length;

/** Opened then, last heard at once, and lost its seat so much later. */
const stay = (
  user: string,
  station: string,
  opened: Offset,
  lasted: Offset,
  reason: Stay['reason'] = 'lease',
): Stay => {
  const openedAt = into(opened);
  const signs = { openedAt, activeAt: openedAt, heardAt: openedAt, loggedOnAt: openedAt };
  return { user, station: stationOf(station), ...signs, lostAt: after(openedAt, lengthOf(lasted)), reason };
};
const under = (from: object, to: object) => ({ from: policyOf(from), to: policyOf(to) });
const lengths = (stays: readonly Stay[], policies: ReturnType<typeof under>): number[] =>
  fatesOf(stays, policies).map(({ openedAt, lostAt }) => (lostAt - openedAt) / 1_000);

test('whoever comes to a panel next ends what would have been there longer', () => {
  const stays = [stay('ana', 'quiet-1', 0, '5m'), stay('ben', 'quiet-1', '7m', '1m', 'logout')];
  expect(lengths(stays, under({ lease: '5m' }, { lease: '10m' }))).toEqual([7 * 60, 60]);
});

test('a logout ends what a longer deadline would have let live', () => {
  const stays = [stay('ana', 'quiet-1', 0, '4m', 'logout')];
  expect(lengths(stays, under({ lease: '5m' }, { lease: '10m' }))).toEqual([240]);
  expect(lengths(stays, under({ lease: '5m' }, { lease: '3m' }))).toEqual([180]);
});

test('what the policy before does not explain is left as it was, and counted', () => {
  const stays = [stay('ana', 'quiet-1', 0, '4m'), stay('ben', 'quiet-2', 0, '40m', 'logout')];
  const policies = under({ lease: '5m' }, { lease: '10m' });
  expect(replay(stays, policies)).toMatchObject({ unexplained: 2, later: { count: 0 }, earlier: { count: 0 } });
});

test('a user at two places is held up where there is one seat, and not where there is no limit', () => {
  const stays = [stay('ana', 'quiet-1', 0, '5m'), stay('ana', 'quiet-2', '6m', '5m')];
  const heldUp = (to: object) => replay(stays, under({ lease: '5m' }, { lease: '10m', ...to })).heldUp;
  expect(heldUp({})).toEqual({ count: 1, halfMs: 242_000, mostMs: 242_000 });
  expect(heldUp({ seats: 'unlimited' }).count).toBe(0);
  expect(heldUp({ takeOver: 'replace' }).count).toBe(0);
});
