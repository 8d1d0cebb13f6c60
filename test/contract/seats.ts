/** What every implementation of the port `Seats` keeps to: its writes. */
import { beforeEach, describe, expect, test } from 'vitest';
import type { Seats } from '../../lib/service/ports.ts';
import type { Change, Condition } from '../../lib/session/write.ts';
import { type EpochMs, epochMs } from '../../lib/time.ts';
import {
  absent,
  ana,
  at,
  deadlines,
  descend,
  end,
  everyDeadline,
  given,
  marks,
  NOON,
  open,
  renew,
  said,
  session,
  unchanged,
} from './sessions.ts';

/** @param makeSeats makes empty seats with this many shards */
export function describeSeats(makeSeats: (shards: number) => Promise<Seats>): void {
  let seats: Seats;
  beforeEach(async () => {
    seats = await makeSeats(4);
  });

  const tries = (condition: Condition, change: Change = renew()) => seats.write(ana, { condition, change });

  describe('a login that guesses that the seat is free', () => {
    const login = said('login-2', undefined, 'lib-2');
    const guess = (differs: Partial<Extract<Condition, { if: 'free' }>> = {}): Condition => ({
      if: 'free',
      now: at(40),
      epoch: at(40),
      login,
      ...differs,
    });
    const opening = open({ station: 'lib-2', openedBy: 'login-2', openedAt: at(40) }, at(40));

    test('opens a session on a seat that nobody has ever held', async () => {
      expect(await tries(guess(), opening)).toEqual({
        won: true,
        seat: {
          key: ana,
          epoch: at(40),
          revision: 1,
          latest: login,
          recent: marks('login-2'),
          session: session({ station: 'lib-2', openedBy: 'login-2', openedAt: at(40) }),
        },
      });
    });

    test('opens one where the last session has ended, and remembers which login opened that', async () => {
      await given(seats, open(), end);
      const written = await tries(guess(), opening);
      expect(written.won).toBe(true);
      expect(written.seat?.previousId).toBe('login-1');
      expect(written.seat?.session).toEqual(session({ station: 'lib-2', openedBy: 'login-2', openedAt: at(40) }));
    });

    test('leaves nothing of the session before it', async () => {
      const busy = open({ deadlines: { ...deadlines, jobAt: at(100) }, jobs: 1 }, NOON, said('login-1', NOON));
      await given(seats, busy, {
        ...end,
        ended: { at: at(20), reason: 'operator', by: 'operator:kim', note: 'left' },
      } as Change);
      const { idleAt: _, ...leaseOnly } = deadlines;
      const written = await tries(
        guess(),
        open({ station: 'lib-2', openedBy: 'login-2', deadlines: leaseOnly }, at(40)),
      );
      expect(written).toEqual({
        won: true,
        seat: {
          key: ana,
          epoch: at(40),
          revision: 1,
          latest: login,
          recent: marks('login-2'),
          previousId: 'login-1',
          previousLatest: { station: 'lib-1', id: 'logout-1', occurredAt: NOON },
          session: session({ station: 'lib-2', openedBy: 'login-2', deadlines: leaseOnly }),
        },
      });
    });

    test('leaves nothing of a session that had come down every rung, and come back', async () => {
      const busy = open({ deadlines: everyDeadline, madeAnewOf: NOON - 1, loggedOnAt: at(-60) });
      await given(
        seats,
        busy,
        descend('lingering'),
        renew({ resumedAt: at(40), lingerAt: at(70) }),
        descend('failover'),
      );
      const written = await tries(
        guess({ now: at(400), epoch: at(400) }),
        open({ station: 'lib-2', openedBy: 'login-2' }, at(400)),
      );
      expect(written).toMatchObject({ won: true });
      expect(written.seat?.session).toEqual(session({ station: 'lib-2', openedBy: 'login-2' }));
      expect((await seats.read(ana))?.session).toEqual(session({ station: 'lib-2', openedBy: 'login-2' }));
    });

    test('takes the seat of one that is dormant, announced or not, and not that of one that lingers', async () => {
      await given(seats, open({ deadlines: everyDeadline }), descend('lingering'));
      const next = open({ station: 'lib-2', openedBy: 'login-2' }, at(400));
      expect(await tries(guess({ now: epochMs(at(302) - 1), epoch: at(400) }), next)).toMatchObject({ won: false });
      await given(
        { ...seats, write: (key, { change }) => seats.write(key, { condition: { if: 'live', now: NOON }, change }) },
        descend('failover'),
      );
      expect(await tries(guess({ now: at(302), epoch: at(400) }), next)).toMatchObject({ won: true });
    });

    test('opens one where only a logout is remembered', async () => {
      await given(seats, { do: 'keep-word', epoch: NOON, latest: said('logout-1', at(1)) });
      const written = await tries(guess(), opening);
      expect(written.won).toBe(true);
      expect(written.seat).not.toHaveProperty('previousId');
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
    ])('takes the seat of a session once %s, and the margin too; not a millisecond earlier', async (_, is, free) => {
      const before1ms = epochMs(free - 1);
      const there = await given(seats, open({ deadlines: is }));
      expect(await tries(guess({ now: before1ms }), opening)).toEqual({ won: false, seat: there });
      expect(await tries(guess({ now: free }), opening)).toMatchObject({ won: true });
    });

    test('is refused while a session is live, and learns whose', async () => {
      const there = await given(seats, open());
      expect(await tries(guess({ now: at(1) }), opening)).toEqual({ won: false, seat: there });
    });

    test('is refused where the seat has reached its epoch', async () => {
      const there = await given(seats, open(), end);
      expect(await tries(guess({ epoch: NOON }), opening)).toEqual({ won: false, seat: there });
      expect(await tries(guess({ epoch: NOON + 1 }), opening)).toMatchObject({ won: true });
    });

    test('is refused where it has opened the session that was there', async () => {
      await given(seats, open(), end);
      expect(await tries(guess({ login: said('login-1') }), opening)).toMatchObject({ won: false });
    });

    test('is refused where it has opened the session before that', async () => {
      await given(seats, open(), end, open({ openedBy: 'login-2' }, at(25)), end);
      expect(await tries(guess({ login: said('login-1') }), opening)).toMatchObject({ won: false });
      expect(await tries(guess({ login: said('login-0') }), opening)).toMatchObject({ won: true });
    });

    test('is refused where its own station has said something newer since', async () => {
      await given(seats, { do: 'keep-word', epoch: NOON, latest: said('logout-1', at(5)) });
      expect(await tries(guess({ login: said('login-2', at(4)) }), opening)).toMatchObject({ won: false });
      expect(await tries(guess({ login: said('login-2', at(5)) }), opening)).toMatchObject({ won: true });
    });

    test('is not compared with what another station said', async () => {
      await given(seats, { do: 'keep-word', epoch: NOON, latest: said('logout-1', at(5)) });
      expect(await tries(guess({ login: said('login-2', at(4), 'lib-2') }), opening)).toMatchObject({ won: true });
    });

    test('is not compared with what its station did not date', async () => {
      await given(seats, { do: 'keep-word', epoch: NOON, latest: said('logout-1') });
      expect(await tries(guess({ login: said('login-2', at(4)) }), opening)).toMatchObject({ won: true });
    });

    test('is not compared where it is not dated itself', async () => {
      await given(seats, { do: 'keep-word', epoch: NOON, latest: said('logout-1', at(5)) });
      expect(await tries(guess({ login: said('login-2') }), opening)).toMatchObject({ won: true });
    });
  });

  describe('a sign of life that guesses that the session is live', () => {
    const live = (differs: Partial<Extract<Condition, { if: 'live' }>> = {}): Condition => ({
      if: 'live',
      now: at(10),
      ...differs,
    });

    test('finds no session on a seat that nobody has ever held', async () => {
      expect(await tries(live())).toEqual({ won: false, seat: undefined });
      expect(await seats.read(ana)).toBeUndefined();
    });

    test('finds none where it has ended', async () => {
      const there = await given(seats, open(), end);
      expect(await tries(live())).toEqual({ won: false, seat: there });
    });

    test('finds none where only a logout is remembered', async () => {
      const there = await given(seats, { do: 'keep-word', epoch: NOON, latest: said('logout-1', at(1)) });
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
      await given(seats, open({ deadlines: is }));
      expect(await tries(live({ now: over }))).toMatchObject({ won: false });
      expect(await tries(live({ now: epochMs(over - 1) }))).toMatchObject({ won: true });
    });

    test.each<
      [
        what: string,
        fits: Partial<Extract<Condition, { if: 'live' }>>,
        not: Partial<Extract<Condition, { if: 'live' }>>,
      ]
    >([
      ['epoch is the one that it names', { epoch: NOON }, { epoch: NOON + 1 }],
      ['epoch is no newer', { epoch: NOON }, { epoch: NOON - 1 }],
      ['station is its own', { station: 'lib-1' }, { station: 'lib-2' }],
      ['newest delivery is not itself', { unlessId: 'activity-2' }, { unlessId: 'activity-1' }],
      ['delivery before the newest is not itself', { unlessId: 'activity-3' }, { unlessId: 'activity-0' }],
      ['first delivery is not itself', { unlessId: 'activity-2' }, { unlessId: 'login-1' }],
      ['predecessor did not end by this', { unlessPreviousId: 'other' }, { unlessPreviousId: 'logout-0' }],
      ['newest word is no newer', { notAfter: at(3) }, { notAfter: at(2) }],
      ['last sign of life is no later', { heardAtMost: NOON }, { heardAtMost: epochMs(NOON - 1) }],
      ['last signed ping is older', { pingedBefore: at(3) }, { pingedBefore: at(2) }],
      ['jobs are as many', { jobs: 2 }, { jobs: 1 }],
      ['sweep comes soon enough', { dueAtMost: at(60) }, { dueAtMost: epochMs(at(60) - 1) }],
    ])('renews only if the session’s %s', async (_, fits, not) => {
      const activity = renew({ heardAt: NOON, pingedAt: at(2), latest: said('activity-1', at(3)) });
      const before: Change = { do: 'keep-word', epoch: NOON - 1, latest: said('logout-0') };
      const earlier = renew({ latest: said('activity-0') });
      const there = await given(seats, before, open({ jobs: 2 }, NOON), earlier, activity);
      expect(await tries(live(not))).toEqual({ won: false, seat: there });
      expect(await tries(live(fits))).toMatchObject({ won: true });
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
      expect(await tries(live({ isActive: true, now: epochMs(lingersAt - 1) }))).toMatchObject({ won: true });
    });

    test('that needs none is not', async () => {
      await given(seats, open({ deadlines: everyDeadline }));
      expect(await tries(live({ now: at(299) }))).toMatchObject({ won: true });
    });

    test('minds no far sweep while a job puts its end off anyway', async () => {
      const job = { ...everyDeadline, jobAt: at(100) };
      await given(seats, open({ deadlines: job, due: at(120) }));
      const far = { dueAtMost: at(60), orJobWaits: true } as const;
      expect(await tries(live({ dueAtMost: at(60), now: at(99) }))).toMatchObject({ won: false });
      expect(await tries(live({ ...far, now: at(100) }))).toMatchObject({ won: false });
      expect(await tries(live({ ...far, now: at(99) }))).toMatchObject({ won: true });
    });

    test('is not compared with what the station did not date', async () => {
      await given(seats, open());
      expect(await tries(live({ notAfter: at(-100) }))).toMatchObject({ won: true });
    });

    test('is ordered by its own station’s words, not by another’s', async () => {
      await given(seats, open({ station: 'lib-1' }, NOON, said('login-1', at(9), 'lib-2')));
      expect(await tries(live({ notAfter: at(2) }))).toMatchObject({ won: true });
    });

    test('renews only if all of it holds', async () => {
      await given(seats, open());
      const all = { epoch: NOON, station: 'lib-1', unlessId: 'ping-1', notAfter: at(1), jobs: 0, dueAtMost: at(60) };
      expect(await tries(live({ ...all, jobs: 1 }))).toMatchObject({ won: false });
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
      const now = await given(
        { ...seats, write: (key, { change }) => seats.write(key, { condition: unchanged(there), change }) },
        renew(),
      );
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
}
