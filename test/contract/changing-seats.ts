/** What every implementation of the port `Seats` keeps to: what a write that won leaves behind. */
import { beforeEach, describe, expect, test } from 'vitest';
import type { Seats } from '../../lib/service/ports.ts';
import {
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
export function describeChangingSeats(makeSeats: (shards: number) => Promise<Seats>): void {
  let seats: Seats;
  beforeEach(async () => {
    seats = await makeSeats(4);
  });

  describe('a session', () => {
    const opened = open({}, NOON, said('login-1', at(-1)));

    test('is renewed in what moves, and keeps the rest', async () => {
      const there = await given(seats, opened, renew());
      expect(there).toEqual({
        key: ana,
        epoch: NOON,
        revision: 2,
        latest: { station: 'lib-1', id: 'ping-1', occurredAt: at(-1) },
        recent: marks('ping-1', 'login-1'),
        session: session({ heardAt: at(10), deadlines: { ...deadlines, leaseAt: at(310) } }),
      });
      expect(await seats.read(ana)).toEqual(there);
    });

    test('is renewed by a ping, and the station’s last word stays', async () => {
      const there = await given(seats, opened, { do: 'renew', heardAt: at(10), leaseAt: at(310) });
      expect(there).toMatchObject({ revision: 2, latest: said('login-1', at(-1)), session: { heardAt: at(10) } });
    });

    test('is renewed in everything that can move', async () => {
      const there = await given(
        seats,
        opened,
        renew({
          activeAt: at(9),
          idleAt: at(39),
          jobAt: at(1_800),
          jobs: 1,
          due: at(120),
          latest: said('job-1', at(9)),
        }),
      );
      expect(there.latest).toEqual(said('job-1', at(9)));
      expect(there.session).toEqual(
        session({
          heardAt: at(10),
          activeAt: at(9),
          jobs: 1,
          due: at(120),
          deadlines: { idleAt: at(39), leaseAt: at(310), maximumAt: at(43_200), jobAt: at(1_800) },
        }),
      );
    });

    test('is renewed without the deadlines that are lifted', async () => {
      const there = await given(
        seats,
        opened,
        renew({ jobAt: at(1_800), jobs: 1 }),
        renew({ jobAt: null, idleAt: null, jobs: 0 }),
      );
      expect(there.session?.deadlines).toEqual({ leaseAt: at(310), maximumAt: at(43_200) });
    });

    test('ends, and shows how', async () => {
      const there = await given(seats, opened, end);
      const { due: _, rung: __, ...facts } = session();
      expect(there).toEqual({
        key: ana,
        epoch: NOON,
        revision: 2,
        latest: { station: 'lib-1', id: 'logout-1', occurredAt: at(-1) },
        session: { ...facts, state: 'ended', ended: { at: at(20), reason: 'logout', by: 'station:lib-1' } },
      });
      expect(await seats.read(ana)).toEqual(there);
    });

    test('ends by an operator’s hand with their words, and the station’s last word stays', async () => {
      const ended = { at: at(20), reason: 'operator', by: 'operator:kim', note: 'he went home' } as const;
      const there = await given(seats, opened, { do: 'end', ended });
      expect(there.session).toMatchObject({ ended });
      expect(there.latest).toEqual(said('login-1', at(-1)));
    });

    test('is put off for the sweep, and nothing else changes', async () => {
      const there = await given(seats, opened, { do: 'postpone', rung: 'active', due: at(600) });
      expect(there).toMatchObject({ revision: 2, latest: said('login-1', at(-1)), session: session({ due: at(600) }) });
    });

    test.each(['lingering', 'failover', 'remembered'] as const)(
      'comes down to %s, and nothing else changes but its sweep',
      async (rung) => {
        const there = await given(
          seats,
          open({ deadlines: everyDeadline }, NOON, said('login-1', at(-1))),
          descend(rung),
        );
        expect(there).toEqual({
          key: ana,
          epoch: NOON,
          revision: 2,
          latest: said('login-1', at(-1)),
          recent: marks('login-1'),
          session: session({ deadlines: everyDeadline, rung, due: at(960) }),
        });
        expect(await seats.read(ana)).toEqual(there);
      },
    );

    test('is active again once its user is back', async () => {
      const back = renew({ resumedAt: at(40), activeAt: at(40), lingerAt: at(70), leaseAt: at(340), heardAt: at(40) });
      const there = await given(seats, open({ deadlines: everyDeadline }), descend('lingering'), back);
      expect(there.session).toEqual(
        session({
          resumedAt: at(40),
          activeAt: at(40),
          heardAt: at(40),
          due: at(960),
          deadlines: { ...everyDeadline, lingerAt: at(70), leaseAt: at(340) },
        }),
      );
      expect(await seats.read(ana)).toEqual(there);
    });

    test('that lingers and is renewed without its user goes on lingering', async () => {
      const there = await given(seats, open({ deadlines: everyDeadline }), descend('lingering'), renew());
      expect(there.session).toMatchObject({ rung: 'lingering' });
    });

    test('has a new logon where its user has authenticated, and a token if there is one', async () => {
      const logon = { at: at(50), rememberedUntil: at(28_850) };
      const there = await given(seats, open({ deadlines: everyDeadline }), renew({ logon }));
      expect(there.session).toMatchObject({ loggedOnAt: at(50), deadlines: { rememberedUntil: at(28_850) } });
      const later = await given(
        { ...seats, write: (key, { change }) => seats.write(key, { condition: unchanged(there), change }) },
        renew({ logon: { at: at(60) } }),
      );
      expect(later.session).toMatchObject({ loggedOnAt: at(60), deadlines: { rememberedUntil: at(28_850) } });
    });

    test('goes from idling to lingering and back, as the policy does', async () => {
      const there = await given(seats, open(), renew({ idleAt: null, lingerAt: at(40) }));
      expect(there.session?.deadlines).toEqual({ lingerAt: at(40), leaseAt: at(310), maximumAt: at(43_200) });
      const back = renew({ idleAt: at(50), lingerAt: null });
      const later = await given(
        { ...seats, write: (key, { change }) => seats.write(key, { condition: unchanged(there), change }) },
        back,
      );
      expect(later.session?.deadlines).toEqual({ idleAt: at(50), leaseAt: at(310), maximumAt: at(43_200) });
    });

    test.each(['lingering', 'failover', 'remembered'] as const)(
      'ends while it is %s, and keeps no rung',
      async (rung) => {
        const there = await given(seats, open({ deadlines: everyDeadline }), descend(rung), end);
        const { due: _, rung: __, ...facts } = session({ deadlines: everyDeadline });
        const ended = { at: at(20), reason: 'logout', by: 'station:lib-1' };
        expect(there.session).toEqual({ ...facts, state: 'ended', ended });
        expect(await seats.read(ana)).toEqual(there);
      },
    );

    test('that goes on from another says so', async () => {
      const anew = open({ openedBy: 'activity-1', madeAnewOf: NOON, loggedOnAt: NOON, openedAt: at(400) }, at(400));
      const there = await given(seats, open({ deadlines: everyDeadline }), descend('failover'), anew);
      expect(there).toMatchObject({ epoch: at(400), previousId: 'login-1', session: { madeAnewOf: NOON } });
      expect(await seats.read(ana)).toEqual(there);
    });

    test('is taken over by another', async () => {
      const there = await given(seats, opened, open({ station: 'lib-2', openedBy: 'login-2' }, at(5)));
      expect(there).toMatchObject({ epoch: at(5), revision: 1, previousId: 'login-1' });
      expect(there.latest).toEqual(said('login-2', undefined, 'lib-2'));
    });
  });

  describe('a logout that overtook its login', () => {
    test('is remembered where nobody has ever sat', async () => {
      const there = await given(seats, { do: 'keep-word', epoch: NOON, latest: said('logout-1', at(1)) });
      expect(there).toEqual({ key: ana, epoch: NOON, revision: 1, latest: said('logout-1', at(1)) });
    });

    test('is remembered beside a session that has ended, and beside one that is over', async () => {
      const over = await given(seats, open());
      const remember = { do: 'keep-word', epoch: NOON, latest: said('logout-2', at(99)) } as const;
      const there = await seats.write(ana, { condition: unchanged(over), change: remember });
      expect(there).toEqual({ won: true, seat: { ...over, revision: 2, latest: said('logout-2', at(99)) } });
      const ended = await seats.write(ana, { condition: { if: 'live', now: NOON }, change: end });
      if (!ended.won) throw new Error('could not end');
      expect(await seats.write(ana, { condition: unchanged(ended.seat), change: remember })).toEqual({
        won: true,
        seat: { ...ended.seat, revision: 4, latest: said('logout-2', at(99)) },
      });
    });

    test('gives way to the next', async () => {
      const there = await given(
        seats,
        { do: 'keep-word', epoch: NOON, latest: said('logout-1', at(1)) },
        { do: 'keep-word', epoch: at(2), latest: said('logout-2', undefined, 'lib-2') },
      );
      expect(there).toEqual({ key: ana, epoch: at(2), revision: 2, latest: said('logout-2', undefined, 'lib-2') });
    });
  });
}
