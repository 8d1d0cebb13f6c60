import { describe, expect, test } from 'vitest';
import { Unavailable } from '../../lib/service/ports.ts';
import { allowsCurrentJob, journalOf } from '../../lib/session/journal.ts';
import {
  activity,
  at,
  boot,
  counted,
  failing,
  garbageIsCollected,
  given,
  history,
  jobStarted,
  journal,
  journalRuns,
  journalRunsTwice,
  login,
  logout,
  nth,
  operatorEnds,
  ping,
  type Step,
  sweeps,
} from '../support/story.ts';
import { into, type World } from '../support/world.ts';

describe('the journal announces', () => {
  test('an opening once, whatever renews the session', () =>
    given(login(), ping(), activity(), jobStarted()).when(login()).then(journal('opened ana lib-1 +0s')));

  test.each([
    ['logout', [logout()], 'logout station:lib-1'],
    ['boot', [boot()], 'boot station:lib-1'],
    ['next-user', [login({ user: 'ben', station: 'lib-1', said: '2s' })], 'next-user station:lib-1'],
    ['operator', [operatorEnds(1)], 'operator operator:olga'],
  ])('an end by %s with who did it', (_, end, by) =>
    given(login(), at('2s'))
      .when(...end)
      .then(async (world) => {
        await world.runJournal();
        expect(world.announced.find(({ type }) => type === 'ended')).toMatchObject({
          at: into('2s'),
          name: { user: 'ana' },
          ended: { reason: by.split(' ')[0], by: by.split(' ')[1] },
        });
      }),
  );

  test('a session whose seat was taken after its deadline, before any sweep, with the end that it had', () =>
    given(login(), at('32s'))
      .when(login({ station: 'lib-2' }))
      .then(
        journal('opened ana lib-1 +0s', 'ended ana lib-1 +30s idle policy', 'opened ana lib-2 +32s'),
        history('ana lib-1 +30s idle'),
      ));

  test('a session that was taken over a moment before its deadline as taken over', () =>
    given(login(), at(29_999))
      .when(login({ station: 'lib-2', takeOver: true }))
      .then(history('ana lib-1 +29.999s taken-over')));

  test('a session whose own station opened the next one within the margin, with the end that it had', () =>
    given(login(), at('31s')).when(login()).then(history('ana lib-1 +30s idle')));

  test('an unswept session whose item was collected as garbage', () =>
    given(login(), at('1h'))
      .when(garbageIsCollected())
      .then(journal('opened ana lib-1 +0s', 'ended ana lib-1 +30s idle policy')));

  test('nothing when a swept one is collected', () =>
    given(login(), at('1m'), sweeps(), journalRuns)
      .when(garbageIsCollected())
      .then(journal('opened ana lib-1 +0s', 'ended ana lib-1 +30s idle policy')));

  test('nothing of a logout that is only remembered', () =>
    given(logout({ said: 0 }))
      .when(garbageIsCollected())
      .then(journal()));

  test('nothing of a session that ended, when a late logout is remembered beside it', () =>
    given(login({ said: 0 }), at('1m'), sweeps())
      .when(logout({ said: '59s' }))
      .then(journal('opened ana lib-1 +0s', 'ended ana lib-1 +30s idle policy')));

  test('what it announced, the same, when the stream repeats itself, and history once', () =>
    given(login(), at('5s'), logout())
      .when(journalRunsTwice)
      .then(
        journal(
          ...['opened ana lib-1 +0s', 'ended ana lib-1 +5s logout station:lib-1'],
          ...['opened ana lib-1 +0s', 'ended ana lib-1 +5s logout station:lib-1'],
        ),
        history('ana lib-1 +5s logout'),
      ));

  test('an end no earlier than its opening, though the clocks of two functions differ', () =>
    given(at('10s'), login(), at('9s'))
      .when(login({ station: 'lib-2', takeOver: true }))
      .then(history('ana lib-1 +10s taken-over')));
});

describe('with an end, whether the job under way there may finish:', () => {
  const mayFinish = async (world: World): Promise<boolean | undefined> => {
    await world.runJournal();
    const end = world.announced.find((entry) => entry.type === 'ended');
    return end && allowsCurrentJob(end.session, end.ended);
  };

  test('yes, where none is known of', () =>
    given(login(), at('1m'))
      .when(sweeps())
      .then(async (world) => expect(await mayFinish(world)).toBe(true)));

  test('yes, where an operator ends the session of a job that the policy still gives time', () =>
    given(login(), jobStarted(), at('29m'))
      .when(operatorEnds(1))
      .then(async (world) => expect(await mayFinish(world)).toBe(true)));

  test('yes, where the user takes over from elsewhere meanwhile', () =>
    given(login(), jobStarted(), at('10s'))
      .when(login({ station: 'lib-2', takeOver: true }))
      .then(async (world) => expect(await mayFinish(world)).toBe(true)));

  test('no, where it has used up its time', () =>
    given(login(), jobStarted(), at('31m'))
      .when(sweeps())
      .then(async (world) => expect(await mayFinish(world)).toBe(false)));
});

test('an item that did not change announces nothing', () => {
  expect(journalOf(undefined, undefined)).toEqual([]);
});

describe('announcing', () => {
  const twoEnds: Step[] = [
    login(),
    login({ user: 'ben', station: 'lib-2' }),
    at('5s'),
    logout(),
    logout({ user: 'ben', station: 'lib-2' }),
  ];

  /** Once, the bus takes all but what concerns one user, or is of one type. */
  const busRefuses =
    (what: string): Step =>
    (world: World) => {
      const { announce } = world.bus;
      let refusals = 1;
      Object.assign(world.bus, {
        announce: async (entries: Parameters<typeof announce>[0]) => {
          const refused = entries.filter(({ name, type }) => [name.user, type].includes(what) && refusals > 0);
          refusals = 0;
          await announce(entries.filter((entry) => !refused.includes(entry)));
          return { failed: refused };
        },
      });
    };

  test('again what the bus did not take and all that stands behind it, and counts each once', () =>
    given(...twoEnds, busRefuses('ben'))
      .when(journalRuns)
      .then(
        // ben's opening stands before ana's end.
        (world) => expect(world.changes).toHaveLength(3),
        (world) => expect([world.meter.sum('SessionOpened'), world.meter.sum('SessionEnded')]).toEqual([1, 0]),
        (world) => world.runJournal(),
        (world) => expect(world.changes).toEqual([]),
        counted('SessionOpened', 2),
        counted('SessionEnded', 2),
        counted('AnnouncedLateMs', 0),
      ));

  test('again the whole of a change when the bus does not take a part of it, and counts it once', () =>
    given(login(), at('32s'), journalRuns, login({ station: 'lib-2' }), busRefuses('opened'))
      .when(journalRuns)
      .then(
        (world) => expect(world.changes).toHaveLength(1),
        (world) => expect([world.meter.sum('SessionOpened'), world.meter.sum('SessionEnded')]).toEqual([1, 0]),
        journal(
          ...['opened ana lib-1 +0s', 'ended ana lib-1 +30s idle policy'],
          ...['ended ana lib-1 +30s idle policy', 'opened ana lib-2 +32s'],
        ),
        counted('SessionOpened', 2),
        counted('SessionEnded', 1),
      ));

  test('though a panel does not take that its user has left, which it counts', () =>
    given(...twoEnds, failing({ call: 'panels.write' }))
      .when(journalRuns)
      .then(
        (world) => expect(world.changes).toEqual([]),
        history('ana lib-1 +5s logout', 'ben lib-2 +5s logout'),
        counted('SessionEnded', 2),
        counted('PanelNotVacated', 1),
      ));

  test('nothing that counts, and everything again, where a panel’s fault does not pass', () =>
    given(login(), logout(), failing({ call: 'panels.write', error: new Error('no such right') }))
      .when((world) => expect(world.runJournal()).rejects.toThrow('no such right'))
      .then((world) => expect([world.changes.length, world.meter.sum('SessionEnded')]).toEqual([2, 0])));

  test.each(['history.keep', 'bus.announce'])('again everything when %s does not answer', (call) =>
    given(...twoEnds, failing({ call }))
      .when(journalRuns)
      .then(
        (world) => expect(world.announced).toEqual([]),
        (world) => expect(world.changes).toHaveLength(4),
        history('ana lib-1 +5s logout', 'ben lib-2 +5s logout'),
        counted('SessionEnded', 2),
      ),
  );

  test('puts an end in history before the bus hears of it', () =>
    given(...twoEnds, failing({ call: 'bus.announce', times: 99 }))
      .when(journalRuns)
      .then(
        async (world) => expect(await world.history.find(nth(world, 1))).toMatchObject({ ended: { reason: 'logout' } }),
        (world) => expect(world.announced).toEqual([]),
      ));

  test('counts ends by their reason, and how late they are announced', () =>
    given(login(), at('1m'), sweeps(), at('65s'))
      .when(journalRuns)
      .then(
        counted('SessionOpened', 1),
        counted('SessionEnded', 1, { reason: 'idle' }),
        counted('SessionEnded', 0, { reason: 'logout' }),
        counted('AnnouncedLateMs', 35_000),
      ));

  test('lets a fault that does not pass be seen', () =>
    given(login(), failing({ call: 'bus.announce', error: new Error('no such bus') }))
      .when((world) => expect(world.runJournal()).rejects.toThrow('no such bus'))
      .then((world) => expect(world.changes).toHaveLength(1)));

  test('of nothing asks nobody', () =>
    given()
      .when(journalRuns)
      .then((world) => expect([...world.calls.keys()]).toEqual([])));
});

test('a port that does not answer names itself', () =>
  expect(new Unavailable('seat').message).toBe('seat does not answer; try again'));
