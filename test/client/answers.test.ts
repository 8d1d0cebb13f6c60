/** What a station's client makes of what it is told, and what a panel can show. */
import { describe, expect, test } from 'vitest';
import { curfew, opened, problem, renewed } from './scripted-curfew.ts';

const holder = (n: number, freeAt = `2026-11-22T14:0${n}:00.000Z`) => ({
  session: `s${n}`,
  station: `lib-${n}`,
  name: `Library ${n}`,
  location: n === 1 ? 'First floor' : '',
  openedAt: '2026-11-22T13:00:00.000Z',
  heardAt: '2026-11-22T13:59:00.000Z',
  freeAt,
});
const taken = (takeOver: string, retryAfter: number, ...holders: object[]) =>
  problem(409, 'seat-taken', { holders, takeOver }, { 'retry-after': String(retryAfter) });

describe('a refused login says', () => {
  test('who holds the seat, until when, what can be done, and what to show', async () => {
    const { station } = curfew([taken('offered', 299, holder(1))]);
    expect(await station.login('ana')).toEqual({
      is: 'refused',
      holders: [holder(1)],
      takeOver: 'offered',
      freeAt: '2026-11-22T14:01:00.000Z',
      retryAfterMs: 299_000,
      detail: 'why seat-taken',
      sentence:
        'You are logged in at Library 1 (First floor). Log out there; or, if nothing more happens there, log in here in 5 minutes. ' +
        'You may also end that session now and log in here.',
    });
  });

  test('of several seats which is free first, and names no more than fit', async () => {
    const holders = [4, 3, 2, 1].map((n) => holder(n));
    const { station } = curfew([taken('refused', 60, ...holders)]);
    expect(await station.login('ana')).toMatchObject({
      freeAt: '2026-11-22T14:01:00.000Z',
      sentence:
        'All of your 4 sessions are in use: at Library 4, Library 3, Library 2 and 1 more. ' +
        'Log out at one of them; or, if nothing more happens there, log in here in 60 seconds.',
    });
  });

  test.each([
    [1, 'in a second.'],
    [59, 'in 59 seconds.'],
    [61, 'in 2 minutes.'],
    [43_000, 'in 12 hours.'],
  ])('%d s as people do', async (seconds, text) => {
    const { station } = curfew([taken('refused', seconds, holder(1))]);
    expect((await station.login('ana')) as object).toMatchObject({ sentence: expect.stringContaining(text) });
  });
});

describe('where there is no session to go on with', () => {
  test.each([
    [410, 'session-ended', { reason: 'taken-over' }, 'You have ended this session by logging in elsewhere.'],
    [410, 'session-ended', { reason: 'operator' }, 'An administrator has ended your session.'],
    [410, 'session-ended', {}, 'Your session has ended. Please log in again.'],
    [
      410,
      'session-invalidated',
      { invalidatedBy: 'lease' },
      'Your session has ended, for nothing was heard of you for a while.',
    ],
    [410, 'no-session', {}, 'You are not logged in here. Please log in.'],
    [410, 'login-overtaken', {}, 'You are not logged in here. Please log in.'],
    [401, 'logon-expired', { passed: [] }, 'You have been away for too long. Please log in again.'],
  ])('%d %s %o', async (status, kind, members, sentence) => {
    const { station } = curfew([problem(status, kind, members)]);
    expect(await station.activity({ session: 's1' })).toMatchObject({
      is: 'ended',
      kind,
      sentence,
      detail: `why ${kind}`,
    });
  });

  test('it is said why, when and where', async () => {
    const facts = {
      reason: 'operator',
      endedAt: '2026-11-22T14:00:00.000Z',
      name: 'Library 1',
      location: '',
      passed: [{ deadline: 'lease', at: '2026-11-22T14:00:00.000Z' }],
    };
    const { station } = curfew([problem(410, 'session-ended', facts)]);
    expect(await station.activity({ session: 's1' })).toMatchObject(facts);
  });
});

test.each([
  ['resumed', renewed({ outcome: 'resumed', stateLost: true }), { session: 's1', stateLost: true }],
  [
    'made anew',
    opened({ outcome: 'made-anew', session: 's2', previous: 's1', stateLost: true }),
    { session: 's2', previous: 's1' },
  ],
  ['lingering', renewed({ outcome: 'lingering' }), { outcome: 'lingering', stateLost: false }],
])('a session that is %s goes on', async (_, answer, expected) => {
  const { station } = curfew([answer]);
  expect(await station.activity({ session: 's1' })).toMatchObject({ is: 'open', ...expected });
});
