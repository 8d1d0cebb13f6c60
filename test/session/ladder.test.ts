import { describe, expect, test } from 'vitest';
import { handleOf, parseHandle } from '../../lib/session/handle.ts';
import {
  bound,
  CLOCK_MARGIN,
  deadlinesOf,
  endingOf,
  endOf,
  freeAt,
  type Hearing,
  isOver,
  rungAt,
  slotOf,
} from '../../lib/session/ladder.ts';
import { nextEpoch } from '../../lib/session/seat.ts';
import { before, type DurationMs, epochMs, toIso8601 } from '../../lib/time.ts';
import { into, lengthOf, type Offset, policyOf, START, seatOf } from '../support/world.ts';

const ACTIVE = { id: 'lib-1', hasPanel: true, reportsActivity: true };
const QUIET = { ...ACTIVE, reportsActivity: false };

interface Facts {
  readonly openedAt?: Offset;
  readonly activeAt?: Offset;
  readonly heardAt?: Offset;
  readonly jobStartedAt?: Offset;
}

const deadlines = (fields: object, station: Hearing, facts: Facts = {}) => {
  const { openedAt = 0, heardAt = openedAt, activeAt = openedAt, jobStartedAt } = facts;
  return deadlinesOf(policyOf(fields), station, {
    openedAt: into(openedAt),
    activeAt: into(activeAt),
    loggedOnAt: into(openedAt),
    heardAt: into(heardAt),
    ...(jobStartedAt === undefined ? {} : { jobStartedAt: into(jobStartedAt) }),
  });
};

/** One row per deadline that can be the first: the facts, the instant, the reason. */
describe.each([
  ['idle', {}, ACTIVE, {}, '30s', 'idle'],
  ['idle, from the last activity', {}, ACTIVE, { activeAt: '20s', heardAt: '20s' }, '50s', 'idle'],
  ['idle, whatever pings say', {}, ACTIVE, { heardAt: '29s' }, '30s', 'idle'],
  ['idle and lease at once', { idle: '5m' }, ACTIVE, {}, '5m', 'idle'],
  ['the lease, where no activity is reported', {}, QUIET, {}, '5m', 'lease'],
  ['the lease, from the last sign of life', {}, QUIET, { heardAt: '4m' }, '9m', 'lease'],
  [
    'the lease, where it is shorter than idle',
    { lease: '10s' },
    ACTIVE,
    { activeAt: '5s', heardAt: '7s' },
    '17s',
    'lease',
  ],
  ['the maximum, whatever pings say', { maximum: '10m' }, QUIET, { heardAt: '9m' }, '10m', 'maximum'],
  [
    'the maximum, whatever the user does',
    { maximum: '10m' },
    ACTIVE,
    { heardAt: '599s', activeAt: '599s' },
    '10m',
    'maximum',
  ],
  ['lease and maximum at once', { maximum: '5m' }, QUIET, {}, '5m', 'maximum'],
  ['idle, after the cap of a job', {}, ACTIVE, { jobStartedAt: '10s' }, '1810s', 'idle'],
  ['the lease, after the cap of a job', {}, QUIET, { jobStartedAt: '10s' }, '1810s', 'lease'],
  ['idle, where the cap of the job is sooner', { job: '5s' }, ACTIVE, { jobStartedAt: '10s' }, '30s', 'idle'],
  ['idle, in a realm whose jobs do not wait', { job: 'off' }, ACTIVE, { jobStartedAt: '10s' }, '30s', 'idle'],
  ['the maximum, during a job', { maximum: '10m' }, ACTIVE, { jobStartedAt: '10s' }, '10m', 'maximum'],
  ['job cap and maximum at once', { maximum: '30m' }, ACTIVE, { jobStartedAt: '0s' }, '30m', 'maximum'],
] as const)('a session ends by %s', (_, fields, station, facts, at, reason) => {
  const its = deadlines(fields, station, facts);

  test(`at +${at}, and for that reason`, () => expect(endOf(its)).toEqual({ at: into(at), reason }));

  test.each([
    ['one before', -1, false, false],
    ['at', 0, true, false],
    ['one after', 1, true, false],
    ['one before the margin is over', CLOCK_MARGIN - 1, true, false],
    ['at the end of the margin', CLOCK_MARGIN, true, true],
    ['one after the margin', CLOCK_MARGIN + 1, true, true],
  ])('%s: over %s', (_, ms, over, free) => {
    const now = epochMs(into(at) + ms);
    expect(isOver(its, now)).toBe(over);
    expect(freeAt(its) <= now).toBe(free);
  });
});

describe('the slot of a session', () => {
  test.each([
    ['1m', '28s', '1m'],
    ['1m', 28_001, '2m'],
    ['1m', '30s', '2m'],
    ['10m', '30s', '10m'],
    ['1s', '30s', '62s'],
  ] as const)('of %s, active at %s, is at %s: after the margin, rounded toward late', (sweep, activeAt, slot) =>
    expect(slotOf(deadlines({ sweep }, ACTIVE, { activeAt }), policyOf({ sweep }).sweepMs)).toBe(into(slot)),
  );
});

describe('how a session ended', () => {
  const open = {
    state: 'open',
    rung: 'active',
    station: 'lib-1',
    onPanel: true,
    openedAt: START,
    activeAt: START,
    heardAt: START,
    loggedOnAt: START,
    deadlines: deadlines({}, ACTIVE),
    jobs: 0,
    openedBy: 'a',
    due: into('1m'),
  } as const;

  test('is not known while it has not', () => {
    expect(endingOf(open, into(29_999))).toBeUndefined();
    expect(rungAt(open, into(29_999))).toBe('active');
  });

  test('is arithmetic until somebody records it', () => {
    expect(endingOf(open, into('1h'))).toEqual({ at: into('30s'), reason: 'idle', by: 'policy' });
    expect(rungAt(open, into('1h'))).toBe('ended');
  });

  test('is what was recorded, from then on', () => {
    const ended = { at: into('5s'), reason: 'logout', by: 'station:lib-1' } as const;
    expect(endingOf({ ...open, state: 'ended', ended }, into('1h'))).toEqual(ended);
  });
});

describe('the bound', () => {
  const bounds = (fields: object, station: Hearing): [string, string] => {
    const { withoutJob, withJob } = bound(policyOf(fields), station);
    return [toIso8601(withoutJob), toIso8601(withJob)];
  };

  test.each([
    [{}, ACTIVE, ['PT32S', 'PT30M2S']],
    [{}, QUIET, ['PT5M2S', 'PT30M2S']],
    [{ idle: '10m' }, ACTIVE, ['PT5M2S', 'PT30M2S']],
    [{ job: 'off' }, ACTIVE, ['PT32S', 'PT32S']],
    [{ job: '1m' }, QUIET, ['PT5M2S', 'PT5M2S']],
    [{ maximum: '10m' }, QUIET, ['PT5M2S', 'PT10M2S']],
    [{ maximum: '5m' }, QUIET, ['PT5M2S', 'PT5M2S']],
  ])('of %j with %j', (fields, station, expected) => expect(bounds(fields, station)).toEqual(expected));
});

describe("a session's handle", () => {
  const name = (user: string, epoch = START as number) => ({ ...seatOf(user), epoch });

  test.each(['ana', 'Ана Иванова', 'a@b.c', 'with.dots.and#hash', '€'.repeat(80), '0'])(
    'of %j carries its name there and back',
    (user) => expect(parseHandle(handleOf(name(user)))).toEqual(name(user)),
  );

  test.each([
    '',
    'x',
    'a.0.campus',
    'mk0.0.campus.YW5h=',
    'MK0.0.campus.YW5h',
    '0mk0.0.campus.YW5h',
    'mk0.0.Campus.YW5h',
    'mk0..campus.YW5h',
    'mk0.0.campus.YW5h.x',
    'zzzzzzzzzzz.0.campus.YW5h',
    'mk0.0.campus.YW5',
    'mk0.0.campus._w',
    ' mk0.0.campus.YW5h',
    'mk0.0.campus.YW5h\n',
  ])('%j is none', (text) => expect(parseHandle(text)).toBeUndefined());
});

test('epochs only grow, whatever the clock does', () => {
  expect(nextEpoch(START)).toBe(START);
  expect(nextEpoch(START, START - 1)).toBe(START);
  expect(nextEpoch(START, START)).toBe(START + 1);
  expect(nextEpoch(before(START, lengthOf('1h') as DurationMs), START)).toBe(START + 1);
});
