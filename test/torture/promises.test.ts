import { describe, expect, test } from 'vitest';
import { PROMISES, type SeenUser, takenBack } from './promises.ts';
import type { Operation, Told, View } from './record.ts';

const X: Told = {
  user: 'ana',
  seat: '0',
  epoch: 10_000,
  station: 'one-a',
  openedAt: 10_000,
  heardAt: 10_500,
  endedAt: 12_000,
  reason: 'idle',
  invalidatedAt: 0,
};
const Y: Told = {
  ...X,
  epoch: 14_000,
  station: 'one-b',
  openedAt: 14_000,
  heardAt: 14_000,
  endedAt: 15_000,
  reason: 'logout',
};

const viewOf = ({ seat, epoch, station, openedAt, heardAt }: Told): View => ({
  user: 'ana',
  seat,
  epoch,
  station,
  rung: 'active',
  openedAt,
  activeAt: openedAt,
  heardAt,
  loggedOnAt: openedAt,
  heldUntil: openedAt + 2_000,
  freeAt: openedAt + 4_000,
  previous: 0,
  jobs: 0,
});

const operation = (said: Partial<Operation>): Operation => ({
  n: 1,
  client: 0,
  realm: 'one',
  user: 'ana',
  partition: 'one/ana',
  kind: 'login',
  station: 'one-a',
  id: 'x',
  call: 0,
  return: 1,
  now: [10_000, 10_000],
  sweptBy: 10_000,
  status: 201,
  outcome: 'opened',
  ...said,
});

const announcedOf = ({ seat, epoch, endedAt, reason }: Told) => [
  { user: 'ana', seat, epoch, type: 'session.opened', endedAt: Number.NaN, reason: '' },
  { user: 'ana', seat, epoch, type: 'session.ended', endedAt, reason },
];

const loginX = operation({ view: viewOf({ ...X, heardAt: X.openedAt }) });
const ping = operation({ n: 2, kind: 'ping', session: X, status: 200, outcome: 'renewed', view: viewOf(X) });
const loginY = operation({ n: 3, id: 'y', station: 'one-b', now: [14_000, 14_000], sweptBy: 13_500, view: viewOf(Y) });
const logout = operation({
  n: 4,
  kind: 'logout',
  session: Y,
  status: 200,
  outcome: 'ended',
  past: Y,
  now: [15_000, 15_000],
});

const kept: SeenUser = {
  realm: 'one',
  user: 'ana',
  operations: [loginX, ping, loginY, logout],
  atPanels: [],
  live: [],
  history: [X, Y],
  announced: [...announcedOf(X), ...announcedOf(Y)],
};

const brokenBy = (seen: SeenUser): string[] =>
  Object.entries(PROMISES).flatMap(([promise, check]) => (check(seen).length > 0 ? [promise] : []));

/** The history has this instead of Y, and has announced it so. */
const withY = (changed: Partial<Told>): SeenUser => {
  const other = { ...Y, ...changed };
  const operations = [loginX, ping, { ...loginY, view: viewOf(other) }, { ...logout, session: other, past: other }];
  return { ...kept, operations, history: [X, other], announced: [...announcedOf(X), ...announcedOf(other)] };
};

test('a run in which all went well breaks no promise', () => expect(brokenBy(kept)).toEqual([]));

describe('nor does what its own first try has opened', () => {
  test('told to a login', () => {
    const again: Operation = { ...loginY, status: 200, outcome: 'repeated' };
    expect(brokenBy({ ...kept, operations: [loginX, ping, again, logout] })).toEqual([]);
  });

  test('told to activity', () => {
    const over: Told = { ...X, endedAt: 14_000, reason: 'made-anew' };
    const again: Operation = { ...loginY, kind: 'activity', session: X, status: 200, outcome: 'repeated' };
    const announced = [...announcedOf(over), ...announcedOf(Y)];
    expect(brokenBy({ ...kept, operations: [loginX, ping, again, logout], history: [over, Y], announced })).toEqual([]);
  });
});

describe('what is broken is named', () => {
  test.each<[string, SeenUser, string]>([
    ['an acknowledged login that history has lost', { ...kept, history: [Y] }, 'no session is lost'],
    ['a session twice in history', { ...kept, history: [X, X, Y] }, 'no session is lost'],
    ['a session that still goes on', { ...kept, live: [viewOf(Y)] }, 'no session is lost'],
    ['a session that nobody opened', { ...kept, operations: [loginX, ping, logout] }, 'no session is lost'],
    ['a holder within the margin of the last', withY({ openedAt: 13_999, epoch: 13_999 }), 'never two'],
    [
      'a login that was given two sessions',
      { ...kept, operations: [loginX, ping, loginY, { ...loginY, id: 'x' }, logout] },
      'a login opens one session',
    ],
    ['an epoch that is not what it should be', withY({ epoch: 14_001 }), 'epochs grow'],
    [
      'an end before the acknowledged sign of life',
      { ...kept, operations: [loginX, { ...ping, view: viewOf({ ...X, heardAt: 10_600 }) }, loginY, logout] },
      'never early, and for no reason that did not happen',
    ],
    [
      'a logout that nobody sent',
      { ...kept, operations: [loginX, ping, loginY] },
      'never early, and for no reason that did not happen',
    ],
    [
      'an end by the lease before the lease',
      withY({ reason: 'lease' }),
      'never early, and for no reason that did not happen',
    ],
    ['an end in silence', { ...kept, announced: announcedOf(X) }, 'never silent'],
    [
      'an announcement of another end',
      { ...kept, announced: [...kept.announced, ...announcedOf({ ...X, endedAt: 12_001 })] },
      'never silent',
    ],
    [
      'a logout that was acknowledged as at another instant',
      { ...kept, operations: [loginX, ping, loginY, { ...logout, past: { ...Y, endedAt: 14_900 } }] },
      'an end that was told is the end',
    ],
  ])('%s', (_, seen, promise) => expect(brokenBy(seen)).toContain(promise));
});

test('where a sweep whose clock is ahead has recorded the end, the margin has passed', () => {
  const seen = withY({ openedAt: 13_999, epoch: 13_999 });
  const operations = seen.operations.map((one) => (one.n === loginY.n ? { ...one, sweptBy: 14_000 } : one));
  expect(brokenBy({ ...seen, operations })).toEqual([]);
});

test('an end by a deadline, told by a clock ahead and taken back by one behind, is counted and breaks nothing', () => {
  const told = { ...X, endedAt: 11_900 };
  const early = operation({ n: 5, kind: 'ping', session: X, status: 410, outcome: 'session-ended', past: told });
  const seen = { ...kept, operations: [...kept.operations, early] };
  expect(brokenBy(seen)).toEqual([]);
  expect(takenBack(seen)).toBe(1);

  const wanted = { ...early, kind: 'end', status: 200, outcome: 'already-ended' } as const;
  expect(brokenBy({ ...seen, operations: [...kept.operations, wanted] })).toEqual(['an end that was told is the end']);
});

describe('at a panel', () => {
  const P: Told = { ...Y, station: 'one-panel-1', seat: '0', reason: 'next-user' };
  const login = operation({
    n: 3,
    id: 'y',
    station: P.station,
    now: [14_000, 14_000],
    call: 10,
    return: 20,
    view: viewOf(P),
  });
  const ben = operation({
    n: 4,
    id: 'ben',
    user: 'ben',
    station: P.station,
    now: [15_000, 15_000],
    call: 30,
    return: 40,
  });
  const seen: SeenUser = {
    ...kept,
    operations: [login],
    atPanels: [ben],
    history: [P],
    announced: announcedOf(P),
  };
  const sign = operation({ n: 5, kind: 'ping', session: P, status: 200, outcome: 'renewed', view: viewOf(P) });

  test('the next user puts out the last', () => expect(brokenBy(seen)).toEqual([]));

  test('so does one who is refused', () => {
    const refused = { ...ben, status: 409, outcome: 'seat-taken' };
    const late = { ...sign, call: 50, return: 60 };
    expect(brokenBy({ ...seen, operations: [login, late], atPanels: [refused] })).toEqual([
      'the last user of a panel is out',
    ]);
  });

  test('the last user goes on until the next one is answered, and no longer', () => {
    expect(brokenBy({ ...seen, operations: [login, { ...sign, call: 35, return: 60 }] })).toEqual([]);
    expect(brokenBy({ ...seen, operations: [login, { ...sign, call: 41, return: 60 }] })).toEqual([
      'the last user of a panel is out',
    ]);
  });

  test('a repeat of a login puts nobody out who has come since its first try', () => {
    const first = { ...ben, n: 2, call: 1, return: 0, status: 0, outcome: 'no answer' };
    const late = { ...sign, call: 50, return: 60 };
    expect(brokenBy({ ...seen, operations: [login, late], atPanels: [first, ben] })).toEqual([]);
  });

  test('nobody is put out where nobody came', () =>
    expect(brokenBy({ ...seen, atPanels: [] })).toContain('never early, and for no reason that did not happen'));

  test('a boot ends, and nothing else is called so', () => {
    const booted = { ...P, reason: 'boot' };
    const boot = operation({ n: 4, kind: 'boot', bare: true, user: '', station: P.station, now: [15_000, 15_000] });
    const ended = { ...seen, history: [booted], announced: announcedOf(booted) };
    expect(brokenBy({ ...ended, atPanels: [boot] })).toEqual([]);
    expect(brokenBy(ended)).toEqual(['never early, and for no reason that did not happen']);
  });
});

describe('a job', () => {
  /** Its idle time is two seconds, its jobs hold for three. */
  const held: Told = { ...X, heardAt: 10_500, endedAt: 13_200, reason: 'idle' };
  const ofJob = (said: Partial<Operation>): Operation =>
    operation({
      n: 6,
      status: 200,
      outcome: 'renewed',
      session: X,
      view: viewOf(held),
      job: 'scan',
      now: [10_200, 10_200],
      ...said,
    });
  const start = ofJob({ kind: 'job-started' });
  const end = ofJob({ kind: 'job-ended', now: [10_500, 10_500] });
  const seen = (...jobs: readonly Operation[]): SeenUser => ({
    ...kept,
    operations: [loginX, ping, ...jobs, loginY, logout],
    history: [held, Y],
    announced: [...announcedOf(held), ...announcedOf(Y)],
  });
  const broken = (...jobs: readonly Operation[]) =>
    brokenBy(seen(...jobs)).filter((promise) => promise !== 'never two');

  test('holds its session past idle', () => expect(broken(start)).toEqual([]));
  test('that nobody started holds nothing', () =>
    expect(broken()).toEqual(['never early, and for no reason that did not happen', 'no job holds past its end']));
  test('that has ended holds nothing', () => expect(broken(start, end)).toEqual(['no job holds past its end']));
  test('that ended before it started holds nothing', () =>
    expect(broken({ ...end, n: 7, now: [10_100, 10_100] }, start)).toEqual(['no job holds past its end']));
  test('holds until its own end is heard, and not until that of another', () =>
    expect(broken(start, { ...end, job: 'copy' })).toEqual([]));
});
