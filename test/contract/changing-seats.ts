/** What every implementation of the port `Seats` keeps to: what a write that won leaves behind. */
import { beforeEach, describe, expect, test } from 'vitest';
import type { Seats } from '../../lib/service/ports.ts';
import type { Job } from '../../lib/session/jobs.ts';
import {
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
  NOON,
  on,
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
    const { due: _, rung: __, ...facts } = session();

    test('is renewed in what moves, and keeps the rest', async () => {
      const there = await given(seats, opened, renew({ word: said('activity-1') }));
      expect(there).toEqual({
        key: ana,
        epoch: NOON,
        revision: 2,
        heard: heard(['login-1'], ['activity-1'], at(-1)),
        session: session({ heardAt: at(10), deadlines: { ...deadlines, leaseAt: at(310) } }),
      });
      expect(await seats.read(ana)).toEqual(there);
    });

    test('is renewed by a ping, and no word is kept of that', async () => {
      const there = await given(seats, opened, renew());
      expect(there).toMatchObject({ revision: 2, heard: heard(['login-1'], [], at(-1)), session: { heardAt: at(10) } });
    });

    test('is renewed in everything that can move', async () => {
      const jobs = { jobs: 1, jobSaidAt: at(9), jobAt: at(1_800), jobDue: at(1_860) };
      const moves = { pingedAt: at(8), activeAt: at(9), idleAt: at(39), jobs, due: at(120) };
      const there = await given(seats, opened, renew(moves));
      expect(there.session).toEqual(
        session({
          heardAt: at(10),
          pingedAt: at(8),
          activeAt: at(9),
          jobs: 1,
          jobSaidAt: at(9),
          jobDue: at(1_860),
          due: at(120),
          deadlines: { idleAt: at(39), leaseAt: at(310), maximumAt: at(43_200), jobAt: at(1_800) },
        }),
      );
      expect(await seats.read(ana)).toEqual(there);
    });

    test('is renewed without the deadlines that are lifted', async () => {
      const there = await given(seats, opened, renew({ idleAt: null }));
      expect(there.session?.deadlines).toEqual({ leaseAt: at(310), maximumAt: at(43_200) });
    });

    test('ends, and shows how', async () => {
      const there = await given(seats, opened, end);
      expect(there).toEqual({
        key: ana,
        epoch: NOON,
        revision: 2,
        heard: heard(['logout-1', 'login-1'], [], at(-1)),
        session: { ...facts, state: 'ended', ended: { at: at(20), reason: 'logout', by: 'station:lib-1' } },
      });
      expect(await seats.read(ana)).toEqual(there);
    });

    test('ends by an operator’s hand with their words, and what was heard stays', async () => {
      const ended = {
        at: at(20),
        reason: 'operator',
        by: 'operator:kim',
        note: 'he went home',
        request: 'r1',
      } as const;
      const there = await given(seats, opened, { do: 'end', ended });
      expect(there.session).toEqual({ ...facts, state: 'ended', ended });
      expect(there.heard).toEqual(heard(['login-1'], [], at(-1)));
      expect(await seats.read(ana)).toEqual(there);
    });

    test('is put off for the sweep, and nothing else changes', async () => {
      const there = await given(seats, opened, { do: 'postpone', rung: 'active', due: at(600) });
      expect(there).toEqual({
        key: ana,
        epoch: NOON,
        revision: 2,
        heard: heard(['login-1'], [], at(-1)),
        session: session({ due: at(600) }),
      });
    });

    test.each(['lingering', 'failover', 'remembered'] as const)(
      'comes down to %s, and nothing else changes but its sweep',
      async (rung) => {
        const there = await given(seats, open({ deadlines: everyDeadline }), descend(rung));
        expect(there).toEqual({
          key: ana,
          epoch: NOON,
          revision: 2,
          heard: heard(['login-1']),
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
      const later = await on(seats, unchanged(there), renew({ logon: { at: at(60) } }));
      expect(later.session).toMatchObject({ loggedOnAt: at(60), deadlines: { rememberedUntil: at(28_850) } });
    });

    test('goes from idling to lingering and back, as the policy does', async () => {
      const there = await given(seats, open(), renew({ idleAt: null, lingerAt: at(40) }));
      expect(there.session?.deadlines).toEqual({ lingerAt: at(40), leaseAt: at(310), maximumAt: at(43_200) });
      const later = await on(seats, unchanged(there), renew({ idleAt: at(50), lingerAt: null }));
      expect(later.session?.deadlines).toEqual({ idleAt: at(50), leaseAt: at(310), maximumAt: at(43_200) });
    });

    test.each(['lingering', 'failover', 'remembered'] as const)(
      'ends while it is %s, and keeps no rung',
      async (rung) => {
        const there = await given(seats, open({ deadlines: everyDeadline }), descend(rung), end);
        const ended = { at: at(20), reason: 'logout', by: 'station:lib-1' };
        expect(there.session).toEqual({ ...facts, deadlines: everyDeadline, state: 'ended', ended });
        expect(await seats.read(ana)).toEqual(there);
      },
    );

    test('that goes on from others says from which, and from which first', async () => {
      const went = { madeAnewOf: NOON, chainFrom: NOON - 5, openedSaidAt: at(399), seal: 'abcdefghij' };
      const anew = open({ ...went, loggedOnAt: NOON, openedAt: at(400) }, at(400), said('activity-1', at(399)));
      const there = await given(seats, open({ deadlines: everyDeadline }), descend('failover'), anew);
      expect(there).toMatchObject({ epoch: at(400), session: went });
      expect(await seats.read(ana)).toEqual(there);
    });

    test('is taken over by another', async () => {
      const there = await given(seats, opened, open({}, at(5), said('login-2', undefined, 'lib-2')));
      expect(there).toMatchObject({ epoch: at(5), revision: 1, session: { station: 'lib-2' } });
    });

    test('leaves nothing of the session before it, whatever that had', async () => {
      const full = open({
        deadlines: { ...everyDeadline, idleAt: at(30), jobAt: at(100) },
        openedSaidAt: at(-1),
        madeAnewOf: NOON - 1,
        chainFrom: NOON - 2,
        resumedAt: at(3),
        pingedAt: at(2),
        jobs: 1,
        jobSaidAt: at(1),
        jobNotes: [{ name: 'a', until: at(100) }],
        jobDue: at(120),
        seal: 'abcdefghij',
        rung: 'remembered',
      });
      const ended = { at: at(20), reason: 'operator', by: 'operator:kim', note: 'left', request: 'r1' } as const;
      const { idleAt: _, ...leaseOnly } = deadlines;
      const next = open({ deadlines: leaseOnly }, at(40), said('login-2'));
      await given(seats, full, { do: 'end', ended });
      expect((await on(seats, free({ word: said('login-2') }), next)).session).toEqual(next.session);
      expect((await seats.read(ana))?.session).toEqual(next.session);
      const again = await given({ ...seats, write: (key, one) => seats.write({ ...key, seat: '1' }, one) }, full, next);
      expect(again.session).toEqual(next.session);
    });
  });

  describe('jobs', () => {
    const until = at(1_800);
    const jobs = { jobAt: until, jobDue: at(1_860) };
    const noted: readonly Job[] = [
      { name: '1x2y3z', until },
      { name: '4x5y6z', at: at(3), until },
      { at: at(4), until: at(1_700) },
      { until: at(1_700) },
      { name: '7x8y9z' },
      { at: at(5) },
    ];

    test.each<[string, readonly Job[]]>([
      ['one of a name', [{ name: '1x2y3z', until }]],
      ['one whose end came first', [{ name: '7x8y9z' }]],
      ['one without a name whose dated end came first', [{ at: at(5) }]],
      ['one beyond those that are remembered', [{ name: '+', until }]],
      ['as many as there can be, of every kind', [...noted, { name: '+', until }, { name: 'a' }]],
    ])('are noted one by one: %s', async (_, jobNotes) => {
      const there = await given(seats, open(), renew({ jobs: { jobs: 3, jobNotes, ...jobs } }));
      expect(there.session).toMatchObject({ jobs: 3, jobNotes, jobDue: at(1_860), deadlines: { jobAt: until } });
      expect(await seats.read(ana)).toEqual(there);
    });

    test('stay as they are where a renewal says nothing of them', async () => {
      const there = await given(seats, open(), renew({ jobs: { jobs: 4, jobNotes: noted, ...jobs } }), renew());
      expect(there.session).toMatchObject({ jobs: 4, jobNotes: noted, jobDue: at(1_860), deadlines: { jobAt: until } });
    });

    test('leave nothing behind where they are replaced by fewer', async () => {
      const many = renew({ jobs: { jobs: 4, jobSaidAt: at(1), jobNotes: noted, ...jobs } });
      const one = renew({ jobs: { jobs: 1, ...jobs } });
      const there = await given(seats, open(), many, one);
      const lease = { ...deadlines, leaseAt: at(310) };
      const after = { heardAt: at(10), deadlines: { ...lease, jobAt: until } };
      expect(there.session).toEqual(session({ ...after, jobs: 1, jobDue: at(1_860) }));
      const none = await on(seats, unchanged(there), renew({ jobs: { jobs: 0 } }));
      expect(none.session).toEqual(session({ heardAt: at(10), deadlines: lease }));
      expect(await seats.read(ana)).toEqual(none);
    });

    test('are kept by a session that ends, but for the sweep that comes no more', async () => {
      const there = await given(seats, open(), renew({ jobs: { jobs: 4, jobNotes: noted, ...jobs } }), end);
      expect(there.session).toMatchObject({ jobs: 4, jobNotes: noted, deadlines: { jobAt: until } });
      expect(there.session).not.toHaveProperty('jobDue');
      expect(await seats.read(ana)).toEqual(there);
    });
  });

  describe('a word that found nobody', () => {
    test('is kept where nobody has ever sat', async () => {
      const there = await given(seats, keepWord());
      expect(there).toEqual({ key: ana, epoch: NOON, revision: 1, heard: heard(['logout-1'], [], at(1)) });
      expect(await seats.read(ana)).toEqual(there);
    });

    test('is kept beside a session that has ended, which stays known', async () => {
      const there = await given(seats, open(), end);
      const what = heard(['logout-2', 'logout-1', 'login-1'], [], at(99));
      expect(await on(seats, unchanged(there), keepWord(what))).toEqual({ ...there, revision: 3, heard: what });
    });

    test('gives way to the next', async () => {
      const next = { ...heard(['logout-2']), dates: [dated('lib-2')] };
      const there = await given(seats, keepWord(), keepWord(next, at(2)));
      expect(there).toEqual({ key: ana, epoch: at(2), revision: 2, heard: next });
    });
  });
}
