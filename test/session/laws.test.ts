import { describe, expect, test } from 'vitest';
import { JOBS_MAX } from '../../lib/session/jobs.ts';
import { CLOCK_MARGIN } from '../../lib/session/ladder.ts';
import { brokenLaws } from '../../lib/session/laws.ts';
import type { EndedSession, Ending, OpenSession, Seat, Session } from '../../lib/session/seat.ts';
import { DATES_MAX, NOTHING_HEARD, OTHERS_MAX, TURNS_MAX } from '../../lib/session/word.ts';
import { MINUTE } from '../../lib/time.ts';
import { ana, at, everyDeadline, NOON, session } from '../contract/sessions.ts';
import { counted, failing, given, journalRuns, login, ping } from '../support/story.ts';
import { World } from '../support/world.ts';

const seat = (differs: Partial<Seat> = {}): Seat => ({
  ...{ key: ana, epoch: NOON, revision: 1, heard: NOTHING_HEARD, session: session() },
  ...differs,
});
const next = (differs: Partial<OpenSession> = {}): Seat => seat({ revision: 2, session: session(differs) });
const ending: Ending = { at: at(20), reason: 'logout', by: 'station:lib-1' };
const ended = (differs: Partial<EndedSession> = {}): Session => {
  const { rung: _, due: __, ...facts } = session();
  return { ...facts, state: 'ended', ended: ending, ...differs };
};
const without: Seat = { key: ana, epoch: NOON, revision: 1, heard: NOTHING_HEARD };

describe('a write that holds every law', () => {
  test.each<[string, Seat | undefined, Seat]>([
    ['opens the first session', undefined, seat()],
    ['opens one where another was, under a larger epoch', seat({ revision: 7 }), seat({ epoch: NOON + 1 })],
    ['opens one where words were kept', { ...without, revision: 3 }, seat({ epoch: NOON + 1 })],
    ['renews', seat(), next({ heardAt: at(9), activeAt: at(9) })],
    ['makes its deadlines shorter', seat(), next({ deadlines: { ...session().deadlines, leaseAt: at(5) } })],
    ['ends', seat(), seat({ revision: 2, session: ended() })],
    ['keeps a word with a session that has ended', seat({ session: ended() }), seat({ revision: 2, session: ended() })],
    ['keeps the first word', undefined, without],
    ['keeps another, under a larger epoch', without, { ...without, epoch: NOON + 1, revision: 2 }],
  ])('%s', (_, old, now) => {
    expect(brokenLaws(old, now, MINUTE)).toEqual([]);
  });
});

describe('a law is broken', () => {
  test.each<[string, Seat | undefined, Seat, string]>([
    ['by a smaller epoch', seat(), seat({ epoch: NOON - 1 }), 'an epoch never gets smaller'],
    ['by a session under an epoch of words', without, seat(), 'a session that opens has an epoch of its own'],
    [
      'by a session that opens with another revision',
      undefined,
      seat({ revision: 2 }),
      'a session opens with revision 1',
    ],
    ['by the same revision', seat(), seat(), 'each write within an epoch counts one up'],
    ['by a revision that leaps', seat(), seat({ revision: 3 }), 'each write within an epoch counts one up'],
    [
      'by a session that is lost',
      seat(),
      { ...without, revision: 2 },
      'a session gives way to nothing but another that opens',
    ],
    [
      'by one that is lost under a larger epoch',
      seat(),
      { ...without, epoch: NOON + 1 },
      'a session gives way to nothing but another that opens',
    ],
    ['by one that is open again', seat({ session: ended() }), next(), 'what has ended is open no more'],
    [
      'by one that ended at another instant',
      seat({ session: ended() }),
      seat({ revision: 2, session: ended({ ended: { ...ending, at: at(21) } }) }),
      'what has ended stays ended as it was',
    ],
    [
      'by one that was ended by another',
      seat({ session: ended() }),
      seat({ revision: 2, session: ended({ ended: { ...ending, by: 'policy' } }) }),
      'what has ended stays ended as it was',
    ],
    [
      'by one that ended before it was heard of',
      seat(),
      seat({ revision: 2, session: ended({ heardAt: at(21) }) }),
      'no session ends before it was heard of',
    ],
    [
      'by a maximum that moves',
      seat(),
      next({ deadlines: { ...session().deadlines, maximumAt: at(43_201) } }),
      'nothing moves the maximum',
    ],
    [
      'by too many turns',
      undefined,
      seat({ heard: { ...NOTHING_HEARD, turns: Array(TURNS_MAX + 1).fill('t') } }),
      `no more than ${TURNS_MAX} turns are remembered`,
    ],
    [
      'by too many others',
      undefined,
      seat({ heard: { ...NOTHING_HEARD, others: Array(OTHERS_MAX + 1).fill('o') } }),
      `no more than ${OTHERS_MAX} others are remembered`,
    ],
    [
      'by too many dates',
      undefined,
      seat({ heard: { ...NOTHING_HEARD, dates: Array(DATES_MAX + 1).fill({ station: 's' }) } }),
      `no more than ${DATES_MAX} dates are remembered`,
    ],
    [
      'by too many jobs',
      undefined,
      seat({ session: session({ jobs: 1, jobNotes: Array(JOBS_MAX + 1).fill({ name: 'j' }) }) }),
      `no more than ${JOBS_MAX} jobs are remembered`,
    ],
  ])('%s', (_, old, now, law) => {
    expect(brokenLaws(old, now, MINUTE)).toEqual([law]);
  });

  test.each(['heardAt', 'activeAt', 'loggedOnAt', 'pingedAt', 'resumedAt'] as const)(
    'by %s that moves back',
    (instant) => {
      const old = seat({ session: session({ [instant]: at(5) }) });
      expect(brokenLaws(old, next({ [instant]: at(4.999) }), MINUTE)).toEqual([`${instant} never moves back`]);
      expect(brokenLaws(old, next({ [instant]: at(5) }), MINUTE)).toEqual([]);
    },
  );

  test.each([
    ['station', 'lib-2'],
    ['openedAt', at(1)],
    ['openedBy', 'other'],
    ['madeAnewOf', NOON - 1],
    ['seal', 'other'],
  ] as const)('by another %s', (fact, value) => {
    expect(brokenLaws(seat(), next({ [fact]: value }), MINUTE)).toEqual([`${fact} stays what it was`]);
  });

  test('by as many as it remembers: none', () => {
    const full = {
      turns: Array(TURNS_MAX).fill('t'),
      others: Array(OTHERS_MAX).fill('o'),
      dates: Array(DATES_MAX).fill({ station: 's' }),
    };
    const jobNotes = Array(JOBS_MAX).fill({ name: 'j' });
    expect(brokenLaws(undefined, seat({ heard: full, session: session({ jobNotes }) }), MINUTE)).toEqual([]);
  });
});

describe('a sweep that looks too late breaks a law', () => {
  const law = 'a sweep looks no later than in the slot of the next change of rung';
  const due = (milliseconds: number, differs: Partial<OpenSession> = {}) =>
    brokenLaws(
      undefined,
      seat({ session: session({ due: at((milliseconds + CLOCK_MARGIN) / 1_000), ...differs }) }),
      MINUTE,
    );

  test('from a whole slot after the next change of rung on', () => {
    expect(due(30_000 + 59_999)).toEqual([]);
    expect(due(30_000 + 60_000)).toEqual([law]);
  });

  test('which is the next after the rung that was announced', () => {
    const deep = { deadlines: everyDeadline };
    expect(due(300_000 + 59_999, { ...deep, rung: 'lingering' })).toEqual([]);
    expect(due(300_000 + 60_000, { ...deep, rung: 'lingering' })).toEqual([law]);
    expect(due(30_000 + 60_000, deep)).toEqual([law]);
    expect(due(28_800_000 + 59_999, { ...deep, rung: 'remembered' })).toEqual([]);
  });

  test('but not where nothing is known of slots, or it has ended', () => {
    expect(brokenLaws(undefined, seat({ session: session({ due: at(999_999) }) }), 'any')).toEqual([]);
    expect(brokenLaws(seat(), seat({ revision: 2, session: ended() }), MINUTE)).toEqual([]);
  });
});

describe('a write that breaks a law', () => {
  test('throws in memory', async () => {
    const world = new World();
    await login()(world);
    const key = { realm: 'campus', user: 'ana', seat: '0' };
    const there = await world.seats.read(key);
    if (there?.session === undefined) throw new Error('nobody is there');
    const change = { do: 'renew', heardAt: at(-9e9), leaseAt: at(0) } as const;
    const condition = { if: 'unchanged', epoch: there.epoch, revision: there.revision } as const;
    await expect(world.seats.write(key, { condition, change })).rejects.toThrow('heardAt never moves back');
  });

  const broken = async (world: World) => {
    const [change] = world.changes;
    if (change?.now === undefined) throw new Error('nothing was written');
    world.changes = [{ ...change, now: { ...change.now, revision: 5 } }];
  };

  test('is counted by the journal, and complained of, and announced all the same', () =>
    given(login(), broken)
      .when(journalRuns)
      .then(counted('BrokenLaw', 1), counted('SessionOpened', 1), (world) => {
        expect(world.complaints).toHaveLength(1);
        expect(world.complaints[0]).toContain('a session opens with revision 1');
        expect(world.complaints[0]).not.toContain('ana');
      }));

  test('is counted once where the bus does not take it at first', () =>
    given(login(), broken, failing({ call: 'bus.announce' }))
      .when(journalRuns, counted('BrokenLaw', 0), journalRuns)
      .then(counted('BrokenLaw', 1)));

  test('is none of those that stations bring about', () =>
    given(login(), ping()).when(journalRuns).then(counted('BrokenLaw', 0)));
});
