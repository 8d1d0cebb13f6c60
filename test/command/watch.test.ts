/** `curfew watch`, over the functions' real handlers: what changes between two times that it asks. */
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { Connection } from '../../lib/command/api.ts';
import { connectionTo, runCurfew } from '../support/command.ts';
import { useFunctions } from '../support/functions.ts';

const functions = useFunctions({
  'campus-print': { profile: 'release-station' },
  suite: { profile: 'enterprise', ping: '2m' },
});
const START = new Date('2026-11-22T14:00:00Z');

beforeAll(() => void vi.useFakeTimers({ toFake: ['Date'], now: START }));
afterAll(() => void vi.useRealTimers());

const later = (seconds: number) => vi.setSystemTime(START.getTime() + seconds * 1_000);
const api = connectionTo((method, path, body) => functions.operator(method, path, body ?? ''));

/** Watches while these things happen, each between two times that it asks, and is then stopped. */
async function watched(
  args: readonly string[],
  happenings: readonly (() => unknown)[],
  connection: Connection = api,
  at: { zone?: string } = {},
) {
  const stop = new AbortController();
  const left = [...happenings];
  const wait = async () => {
    const happens = left.shift();
    if (happens === undefined) stop.abort();
    await happens?.();
  };
  return runCurfew(connection, ['watch', ...args], { ...at, wait, signal: stop.signal });
}

test('each session that opens, ends or loses its seat is a line', async () => {
  const printer = await functions.register({ realm: 'campus-print', kind: 'hosted' }, 'lib-1');
  const reports = await functions.register({ realm: 'suite', kind: 'application', reportsActivity: true }, 'reports');
  await functions.say(printer, 'login', { user: 'ana' });
  let ben = '';
  const { exit, printed, said } = await watched(
    [],
    [
      async () => {
        later(1);
        ben = (await functions.say(reports, 'login', { user: 'ben' })).body.session;
      },
      async () => {
        later(20);
        await functions.say(printer, 'logout');
      },
      () => {},
      // His application sends pings while he does nothing.
      async () => {
        for (const minute of [8, 16]) {
          later(minute * 60);
          await functions.say(reports, 'ping', { session: ben });
        }
        later(21 * 60);
      },
      async () => {
        later(22 * 60);
        await functions.say(reports, 'activity', { session: ben });
      },
      () => later(40 * 60),
    ],
  );
  expect({ exit, said }).toEqual({ exit: 0, said: ['1 session now; waiting for what changes'] });
  expect(printed.split('\n')).toEqual([
    '14:00:01  opened       ben at reports (suite)',
    '14:00:20  ended        ana at lib-1 (campus-print): logout, by station:lib-1',
    '14:20:01  lingering    ben at reports (suite)',
    '14:22:00  resumed      ben at reports (suite)',
    '14:32:00  invalidated  ben at reports (suite): lease, comes back until 22:00:01',
  ]);
});

test('lines are dated by the clock of whoever watches, and in UTC for who asks for it', async () => {
  later(3_600);
  const kiosk = await functions.register({ realm: 'suite', kind: 'application' }, 'kiosk');
  let seconds = 3_600;
  const dated = async (...args: string[]) => {
    const happens = async () => {
      later(++seconds);
      await functions.say(kiosk, 'login', { user: `user-${seconds}` });
    };
    const { printed } = await watched(args, [happens], api, { zone: 'Asia/Tokyo' });
    return printed.split('  ')[0];
  };
  expect(await dated()).toBe('00:00:01');
  expect(await dated('--utc')).toBe('2026-11-22T15:00:02Z');
});

test('a program gets a line of JSON each', async () => {
  later(5_000);
  const printer = await functions.register({ realm: 'campus-print', kind: 'hosted' }, 'lib-2');
  const { printed } = await watched(
    ['--json', '--station', 'lib-2'],
    [() => functions.say(printer, 'login', { user: 'cleo' })],
  );
  expect(JSON.parse(printed)).toMatchObject({ change: 'opened', session: { user: 'cleo', station: 'lib-2' } });
});

test('an API that is away for a while is waited for', async () => {
  let isAway = false;
  const connection: Connection = {
    ...api,
    send: (path, asking) => (isAway ? Promise.reject(new Error('connect ECONNREFUSED')) : api.send(path, asking)),
  };
  const { exit, said } = await watched(
    ['--realm', 'suite'],
    [
      () => {
        isAway = true;
      },
      () => {},
      () => {
        isAway = false;
      },
    ],
    connection,
  );
  expect({ exit, said }).toEqual({
    exit: 0,
    said: [
      'no sessions now; waiting for what changes',
      'nothing answers at https://api.example: connect ECONNREFUSED; asking on',
      'it answers again',
    ],
  });
});

test('what never worked is no passing fault', async () => {
  const { exit, said } = await watched(['--realm', 'nope'], []);
  expect({ exit, said }).toEqual({
    exit: 1,
    said: ['the realms file has no realm "nope"; it has campus-print, suite'],
  });
});
