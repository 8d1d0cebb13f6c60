/** What every implementation of the port `Seats` keeps to: when a write wins. */
import { beforeEach, describe, expect, test } from 'vitest';
import type { Seats } from '../../lib/service/ports.ts';
import { type Heard, markOf, type Word } from '../../lib/session/word.ts';
import type { Change, Condition } from '../../lib/session/write.ts';
import { type EpochMs, epochMs } from '../../lib/time.ts';
import {
  absent,
  ana,
  at,
  dated,
  deadlines,
  descend,
  end,
  everyDeadline,
  free,
  given,
  heard,
  keepWord,
  live,
  marks,
  NOON,
  on,
  open,
  renew,
  said,
  session,
  unchanged,
} from './sessions.ts';

type Live = Extract<Condition, { if: 'live' }>;
const before1ms = (at: EpochMs): EpochMs => epochMs(at - 1);

/** Of what an item remembers: whether this word is news there. */
const everything: Heard = {
  turns: marks('login-6', 'logout-5', 'login-4', 'logout-3', 'login-2', 'logout-1'),
  others: marks('activity-4', 'activity-3', 'job-started-2', 'login-1'),
  dates: [dated('lib-1', at(4)), dated('lib-2'), dated('lib-3', at(3)), dated('lib-1', at(5))],
};
const NEWS: readonly [what: string, word: Word][] = [
  ['has never been heard', said('login-7')],
  ['has the id of one of another type', said('logout-6')],
  ['has the id of another station’s', said('login-6', undefined, 'lib-2')],
  ['is as old as the newest of its station', said('login-7', at(5))],
  ['is of a station that dated nothing', said('login-7', NOON, 'lib-2')],
  ['is as old as the newest of a station that spoke before', said('login-7', at(3), 'lib-3')],
  ['is of a station that nobody remembers', said('login-7', NOON, 'lib-4')],
];
const NO_NEWS: readonly [what: string, word: Word][] = [
  ['was the last turn', said('login-6')],
  ['was the sixth turn from the last', said('logout-1')],
  ['was the last that turned nothing', said('activity-4')],
  ['was the fourth from the last that turned nothing', said('login-1')],
  ['is older by a millisecond than the newest of its station', said('login-7', before1ms(at(5)))],
  ['is older than the newest of a station that spoke before', said('login-7', before1ms(at(3)), 'lib-3')],
  ['has been heard, and is newer than all', said('login-6', at(6))],
];

/** @param makeSeats makes empty seats with this many shards */
export function describeSeats(makeSeats: (shards: number) => Promise<Seats>): void {
  let seats: Seats;
  beforeEach(async () => {
    seats = await makeSeats(4);
  });

  const tries = (condition: Condition, change: Change = renew()) => seats.write(ana, { condition, change });

  describe('a login that guesses that the seat is free', () => {
    const opening = open({ openedAt: at(40) }, at(40), said('login-2', undefined, 'lib-2'));

    test('opens a session on a seat that nobody has ever held', async () => {
      const opened = await tries(free({ epoch: 1 }), opening);
      expect(opened).toMatchObject({ won: true, seat: { key: ana, epoch: at(40), revision: 1 } });
      expect(opened.seat?.session).toEqual(opening.session);
    });

    test('opens one where the last session has ended', async () => {
      await given(seats, open(), end);
      expect(await tries(free({ now: at(1) }), opening)).toMatchObject({ won: true });
    });

    test('opens one where only words are remembered', async () => {
      await given(seats, keepWord());
      expect(await tries(free(), opening)).toMatchObject({ won: true });
    });

    test.each<[what: string, is: typeof deadlines, free: EpochMs]>([
      ['its idle time is over', { ...deadlines, idleAt: at(30) }, at(32)],
      ['its lease is over', { idleAt: at(900), leaseAt: at(300), maximumAt: at(43_200) }, at(302)],
      ['its maximum is over', { idleAt: at(900), leaseAt: at(300), maximumAt: at(200) }, at(202)],
      ['its maximum is over, although a job runs', { ...deadlines, maximumAt: at(200), jobAt: at(900) }, at(202)],
      ['its job has run for too long', { ...deadlines, jobAt: at(100) }, at(102)],
      [
        'its job is over the limit and then its lease',
        { leaseAt: at(300), maximumAt: at(43_200), jobAt: at(100) },
        at(302),
      ],
    ])('takes the seat of a session once %s, and the margin too; not a millisecond earlier', async (_, is, isFree) => {
      const there = await given(seats, open({ deadlines: is }));
      expect(await tries(free({ now: before1ms(isFree) }), opening)).toEqual({ won: false, seat: there });
      expect(await tries(free({ now: isFree }), opening)).toMatchObject({ won: true });
    });

    test('takes the seat of one that is dormant, announced or not, and not that of one that lingers', async () => {
      await given(seats, open({ deadlines: everyDeadline }), descend('lingering'));
      expect(await tries(free({ now: before1ms(at(302)) }), opening)).toMatchObject({ won: false });
      await on(seats, live({ now: NOON }), descend('failover'));
      expect(await tries(free({ now: at(302) }), opening)).toMatchObject({ won: true });
    });

    test('is refused while a session is live, and learns whose', async () => {
      const there = await given(seats, open());
      expect(await tries(free({ now: at(1) }), opening)).toEqual({ won: false, seat: there });
    });

    test('is refused where the seat has reached its epoch', async () => {
      const there = await given(seats, open(), end);
      expect(await tries(free({ epoch: NOON }), opening)).toEqual({ won: false, seat: there });
      expect(await tries(free({ epoch: NOON + 1 }), opening)).toMatchObject({ won: true });
    });

    test.each(NEWS)('opens a session where its word %s', async (_, word) => {
      await given(seats, keepWord(everything));
      expect(await tries(free({ word }), opening)).toMatchObject({ won: true });
    });

    test.each(NO_NEWS)('is refused where its word %s', async (_, word) => {
      const there = await given(seats, keepWord(everything));
      expect(await tries(free({ word }), opening)).toEqual({ won: false, seat: there });
    });
  });

  describe('a word that guesses that the session is live', () => {
    test('finds no session on a seat that nobody has ever held', async () => {
      expect(await tries(live())).toEqual({ won: false, seat: undefined });
      expect(await seats.read(ana)).toBeUndefined();
    });

    test('finds none where it has ended', async () => {
      const there = await given(seats, open(), end);
      expect(await tries(live())).toEqual({ won: false, seat: there });
    });

    test('finds none where only words are remembered', async () => {
      const there = await given(seats, keepWord());
      expect(await tries(live())).toEqual({ won: false, seat: there });
    });

    test.each<[what: string, is: typeof deadlines, over: EpochMs]>([
      ['idle time', deadlines, at(30)],
      ['lease, where the station reports no activity', { leaseAt: at(300), maximumAt: at(43_200) }, at(300)],
      ['lease, where that is first', { idleAt: at(900), leaseAt: at(300), maximumAt: at(43_200) }, at(300)],
      ['maximum', { ...deadlines, idleAt: at(600), maximumAt: at(200) }, at(200)],
      ['job', { ...deadlines, jobAt: at(100) }, at(100)],
      ['maximum, although a job runs', { ...deadlines, maximumAt: at(200), jobAt: at(900) }, at(200)],
      ['idle time, although a job ended by itself before', { ...deadlines, jobAt: at(20) }, at(30)],
    ])('is refused from the end of its %s on; not a millisecond earlier', async (_, is, over) => {
      const there = await given(seats, open({ deadlines: is }));
      expect(await tries(live({ now: over }))).toEqual({ won: false, seat: there });
      expect(await tries(live({ now: before1ms(over) }))).toMatchObject({ won: true });
    });

    test.each<[what: string, fits: Partial<Live>, not: Partial<Live>]>([
      ['epoch is the one that it names', { epoch: NOON }, { epoch: NOON + 1 }],
      ['epoch is no newer', { epoch: NOON }, { epoch: NOON - 1 }],
      ['epoch is no greater than the greatest that is meant', { epochAtMost: NOON }, { epochAtMost: NOON - 1 }],
      ['first word is the one that is meant', { openedBy: markOf(said('login-1')) }, { openedBy: 'login-1' }],
      ['station is its own', { station: 'lib-1' }, { station: 'lib-2' }],
      ['first word is not itself', { word: said('activity-1') }, { word: said('login-1', at(9)) }],
      ['last word is not itself', { word: said('activity-4', at(3)) }, { word: said('activity-3', at(3)) }],
      ['newest date is no newer', { word: said('activity-4', at(3)) }, { word: said('activity-4', before1ms(at(3))) }],
      ['last sign of life is no later', { heardAtMost: NOON }, { heardAtMost: before1ms(NOON) }],
      ['last signed ping is older', { pingedBefore: epochMs(at(2) + 1) }, { pingedBefore: at(2) }],
      ['jobs are as many', { jobs: { running: 1 } }, { jobs: { running: 0 } }],
      [
        'job began no later than it is said to have ended',
        { jobs: { running: 1, saidAt: at(5) } },
        { jobs: { running: 1, saidAt: before1ms(at(5)) } },
      ],
      ['sweep comes soon enough', { dueAtMost: at(60) }, { dueAtMost: before1ms(at(60)) }],
    ])('wins only if the session’s %s', async (_, fits, not) => {
      const activity = renew({ heardAt: NOON, pingedAt: at(2), word: said('activity-3', at(3)) });
      const there = await given(seats, open({ jobs: 1, jobSaidAt: at(5) }), activity);
      expect(await tries(live(not))).toEqual({ won: false, seat: there });
      expect(await tries(live(fits))).toMatchObject({ won: true });
    });

    test.each(NEWS)('wins where it %s', async (_, word) => {
      await given(seats, open(), renew({ heard: everything }));
      expect(await tries(live({ word }))).toMatchObject({ won: true });
    });

    test.each(NO_NEWS)('is refused where it %s', async (_, word) => {
      const there = await given(seats, open(), renew({ heard: everything }));
      expect(await tries(live({ word }))).toEqual({ won: false, seat: there });
    });

    test.each<[what: string, is: typeof deadlines, lingersAt: EpochMs]>([
      ['idle time', everyDeadline, at(30)],
      ['job, where that is longer', { ...everyDeadline, jobAt: at(100) }, at(100)],
      ['idle time, where its job is over before', { ...everyDeadline, jobAt: at(20) }, at(30)],
      ['lease, where it never lingers', { ...everyDeadline, lingerAt: at(600) }, at(300)],
      ['idle time, where an idle session ends', deadlines, at(30)],
    ])('that needs an active one is refused from the end of its %s on', async (_, is, lingersAt) => {
      await given(seats, open({ deadlines: is }));
      expect(await tries(live({ isActive: true, now: lingersAt }))).toMatchObject({ won: false });
      expect(await tries(live({ isActive: true, now: before1ms(lingersAt) }))).toMatchObject({ won: true });
    });

    test('that needs no active one wins while it lingers', async () => {
      await given(seats, open({ deadlines: everyDeadline }));
      expect(await tries(live({ now: at(299) }))).toMatchObject({ won: true });
    });

    test('minds no far sweep that comes no later than the latest cap of its jobs is announced', async () => {
      const job = { deadlines: { ...deadlines, jobAt: at(100) }, jobs: 1 };
      await given(seats, open({ ...job, due: at(120), jobDue: at(120) }));
      expect(await tries(live({ dueAtMost: at(60) }))).toMatchObject({ won: false });
      expect(await tries(live({ dueAtMost: at(60), orJobDue: true }))).toMatchObject({ won: true });
    });

    test('minds a sweep that comes later than the latest cap of its jobs is announced', async () => {
      const job = { deadlines: { ...deadlines, jobAt: at(100) }, jobs: 1 };
      await given(seats, open({ ...job, due: at(120), jobDue: before1ms(at(120)) }));
      expect(await tries(live({ dueAtMost: before1ms(at(120)), orJobDue: true }))).toMatchObject({ won: false });
      expect(await tries(live({ dueAtMost: at(120), orJobDue: true }))).toMatchObject({ won: true });
    });

    test('minds a far sweep where no job runs', async () => {
      await given(seats, open());
      expect(await tries(live({ dueAtMost: before1ms(at(60)), orJobDue: true }))).toMatchObject({ won: false });
    });

    test('about jobs is refused where they are noted one by one', async () => {
      const until = at(1_800);
      await given(seats, open({ jobs: 1, jobNotes: [{ name: 'a', until }] }));
      expect(await tries(live({ jobs: { running: 1 } }))).toMatchObject({ won: false });
      expect(await tries(live())).toMatchObject({ won: true });
    });

    test('about a job of before its session opened, by the station’s clock, is refused', async () => {
      await given(seats, open({ openedSaidAt: at(-3) }));
      const jobs = { running: 0 } as const;
      expect(await tries(live({ jobs: { ...jobs, saidAt: before1ms(at(-3)) } }))).toMatchObject({ won: false });
      expect(await tries(live({ jobs: { ...jobs, saidAt: at(-3) } }))).toMatchObject({ won: true });
      expect(await tries(live({ jobs }))).toMatchObject({ won: true });
    });

    test('about jobs is compared with no date where neither the job’s nor the session’s start had one', async () => {
      await given(seats, open({ jobs: 1 }));
      expect(await tries(live({ jobs: { running: 1, saidAt: at(-100) } }))).toMatchObject({ won: true });
    });

    test('about a session that no signed ping was heard of is no replay', async () => {
      await given(seats, open());
      expect(await tries(live({ pingedBefore: at(-100) }))).toMatchObject({ won: true });
    });

    test('wins only if all of it holds', async () => {
      await given(seats, open());
      const all = {
        epoch: NOON,
        epochAtMost: NOON,
        openedBy: markOf(said('login-1')),
        station: 'lib-1',
        word: said('activity-1', at(1)),
        heardAtMost: NOON,
        pingedBefore: NOON,
        jobs: { running: 0, saidAt: at(1) },
        dueAtMost: at(60),
        isActive: true,
      } as const;
      expect(await tries(live({ ...all, jobs: { running: 1 } }))).toMatchObject({ won: false });
      expect(await tries(live({ ...all, word: said('login-1') }))).toMatchObject({ won: false });
      expect(await tries(live(all))).toMatchObject({ won: true });
    });
  });

  describe('a decision on what was read', () => {
    test('is carried out if nothing has changed since', async () => {
      const there = await given(seats, open());
      expect(await tries(unchanged(there))).toMatchObject({ won: true, seat: { revision: 2 } });
    });

    test('is refused if the session was renewed since', async () => {
      const there = await given(seats, open());
      const now = await on(seats, unchanged(there), renew());
      expect(await tries(unchanged(there))).toEqual({ won: false, seat: now });
    });

    test('is refused if another session has the same revision', async () => {
      const there = await given(seats, open(), end, open({}, at(25)));
      expect(await tries(unchanged({ ...there, epoch: NOON }))).toEqual({ won: false, seat: there });
    });

    test('that nothing is there is refused if something is', async () => {
      const there = await given(seats, open());
      expect(await tries(absent, open())).toEqual({ won: false, seat: there });
    });

    test('about a seat that is not there is refused', async () => {
      expect(await tries({ if: 'unchanged', epoch: NOON, revision: 1 })).toEqual({ won: false, seat: undefined });
    });
  });

  test('a write leaves the seat that it answers with', async () => {
    const written = await tries(absent, open());
    expect(written).toEqual({
      won: true,
      seat: { key: ana, epoch: NOON, revision: 1, heard: heard(['login-1']), session: session() },
    });
    expect(await seats.read(ana)).toEqual(written.seat);
  });
}
