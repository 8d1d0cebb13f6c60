/** Finding people, stations and sessions from the terminal, over the functions' real handlers. */
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { connectionTo, runCurfew } from '../support/command.ts';
import { useFunctions } from '../support/functions.ts';

const functions = useFunctions({
  'campus-print': { profile: 'release-station', lease: '4h' },
  suite: { profile: 'enterprise' },
});
const START = new Date('2026-11-22T12:00:00Z');
const later = (minutes: number) => vi.setSystemTime(START.getTime() + minutes * 60_000);

const connection = connectionTo((method, path, body) => functions.operator(method, path, body ?? ''));
const curfew = (...args: string[]) => runCurfew(connection, args, { columns: 100 });
async function printed(...args: string[]): Promise<string> {
  const { exit, printed, said } = await curfew(...args);
  expect({ exit, said }).toEqual({ exit: 0, said: [] });
  return printed;
}
const lastLine = (text: string) => text.split('\n').at(-1);
const usersIn = (text: string) =>
  text
    .split('\n\n')[0]
    ?.split('\n')
    .slice(1)
    .map((line) => line.split(' ')[0]);

type Station = Awaited<ReturnType<typeof functions.register>>;
const handles = new Map<string, string>();
async function logIn(station: Station, user: string): Promise<void> {
  const { status, body } = await functions.say(station, 'login', { user });
  expect(status).toBe(201);
  handles.set(user, body.session);
}
const short = (user: string) => handles.get(user)?.split('.')[0] ?? '';

beforeAll(async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: START });
  const place = (name: string, location: string) => ({ realm: 'campus-print', kind: 'hosted', name, location });
  const law = await functions.register(place('Law faculty', 'Room 0.14'), 'cp-05');
  const library = await functions.register(place('Library 1', 'Ground floor'), 'cp-06');
  const portal = await functions.register({ realm: 'suite', kind: 'application', name: 'Reports' }, 'reports');
  await logIn(law, 'vera.meyer');
  later(30);
  await functions.say(law, 'logout');
  await logIn(library, 'ana');
  later(60);
  for (let n = 1; n <= 20; n++) await logIn(portal, `user-${n}`);
  later(61);
  await functions.journal();
}, 60_000);
afterAll(() => void vi.useRealTimers());

test('five of twenty sessions are told to be that', async () =>
  expect(lastLine(await printed('sessions', 'list', '--realm', 'suite', '--limit', '5'))).toBe(
    '5 of 20 sessions, all: realm suite, station reports, rung active',
  ));

test('sessions are sorted by the column that is asked for', async () => {
  expect(usersIn(await printed('sessions', 'list', '--limit', '2'))).toEqual(['ana', 'user-1']);
  expect(usersIn(await printed('sessions', 'list', '--sort', '-user', '--limit', '2'))).toEqual(['user-20', 'user-19']);
  expect(usersIn(await printed('sessions', 'list', '--sort', 'opened', '--limit', '1'))).toEqual(['ana']);
  expect(await curfew('sessions', 'list', '--sort', 'colour')).toMatchObject({ exit: 2 });
});

test.each([
  ['a part of the user’s name', 'AN', ['ana']],
  ['the station’s name', 'library', ['ana']],
  ['where it stands', 'ground', ['ana']],
])('a session is found by %s', async (_, text, users) =>
  expect(usersIn(await printed('sessions', 'list', '--find', text))).toEqual(users),
);

test('who was here at an instant is told, whether they have left or not', async () => {
  const at = (instant: string) => printed('sessions', 'list', '--realm', 'campus-print', '--at', instant);
  expect(await at('12:10')).toContain(`vera.meyer  campus-print  cp-05    12:00:00  12:30:00  logout  station:cp-05`);
  expect(usersIn(await at('12:45'))).toEqual(['ana']);
  expect(await at('12:45')).toContain('goes on');
  expect(await at('11:59')).toBe('no sessions');
});

test('what has ended is listed by user, by station and by when', async () => {
  const ended = async (...args: string[]) => usersIn(await printed('sessions', 'list', '--ended', ...args));
  expect(await ended()).toEqual(['vera.meyer']);
  expect(await ended('--station', 'cp-05')).toEqual(['vera.meyer']);
  expect(await ended('--find', 'meyer', '--from', '12:15')).toEqual(['vera.meyer']);
  expect(await printed('sessions', 'list', '--ended', '--from', '12:45')).toBe('no sessions');
  expect(await printed('sessions', 'list', '--ended', '--station', 'cp-06')).toBe('no sessions');
});

test('somebody who has left is found by a part of their name', async () => {
  expect(await printed('users', 'list', 'meyer')).toBe(
    'user        realm         left\nvera.meyer  campus-print  31m ago\n\n1 user',
  );
  expect(await printed('users', 'list', 'an')).toContain('ana   campus-print  cp-06');
});

test('a station is found by a part of its id, its name or its place', async () => {
  for (const text of ['cp-05', 'law', 'room 0']) {
    expect(lastLine(await printed('stations', 'list', '--find', text))).toBe('1 station');
  }
  expect(await printed('stations', 'list', '--find', 'nowhere')).toBe('no stations');
});

test.each([
  [
    ['sessions', 'list', '--station', 'Library 1'],
    'no station "Library 1" is registered; near to that: cp-06 (Library 1)',
  ],
  [['stations', 'show', 'cp-5'], 'no station "cp-5" is registered; near to that: cp-05 (Law faculty)'],
  [
    ['sessions', 'list', '--user', 'vera.mayer'],
    'nothing is known of a user "vera.mayer" in campus-print, suite; near to that: vera.meyer',
  ],
  [['users', 'show', 'anna'], 'nothing is known of a user "anna" in campus-print, suite; near to that: ana'],
  [['users', 'list', 'meier'], 'nothing is known of a user "meier" in campus-print, suite; near to that: vera.meyer'],
  [['sessions', 'list', '--realm', 'campus'], 'the realms file has no realm "campus"; it has campus-print, suite'],
  [['sessions', 'show', 'mwsd13ck'], 'nothing is known of a session "mwsd13ck"'],
])('whoever asks for what there is not is told so, with what is near to it: %j', async (args, said) =>
  expect(await curfew(...args)).toEqual({ exit: 1, printed: '', said: [said] }),
);

test('a user and a station that there are, and that nobody is at, are no mistake', async () => {
  expect(await printed('sessions', 'list', '--station', 'cp-05')).toBe('no sessions');
  expect(await printed('sessions', 'list', '--user', 'vera.meyer')).toBe('no sessions');
});

test('a handle is accepted as lists write it, of a session that goes on and of one that has ended', async () => {
  expect(await printed('sessions', 'show', short('ana'))).toContain('at          Library 1, Ground floor (cp-06)');
  expect(await printed('sessions', 'show', short('vera.meyer'))).toMatch(
    /^vera\.meyer's session [\s\S]+ logout, by\s+station:cp-05$/,
  );
  expect(await printed('sessions', 'end', short('ana'), '--reason', 'tried')).toMatch(/^ended; ana's seat/);
  await functions.journal();
  expect(await printed('sessions', 'end', short('ana'), '--reason', 'again')).toMatch(/^nothing to end\n/);
});

test('a handle that several sessions share is written longer, and asked for', async () => {
  const portal = await functions.register({ realm: 'suite', kind: 'application' }, 'twins');
  for (const user of ['castor', 'pollux']) await logIn(portal, user);
  expect(short('castor')).toBe(short('pollux'));
  const { exit, said } = await curfew('sessions', 'show', short('castor'));
  expect([exit, said[0]?.startsWith(`2 sessions are called ${short('castor')}; say which: `)]).toEqual([1, true]);
  const told = await printed('sessions', 'list', '--station', 'twins', '--wide');
  expect(told).toContain(handles.get('castor'));
  const [, line = ''] = (await runCurfew(connection, ['sessions', 'list', '--station', 'twins'])).printed.split('\n');
  expect(await printed('sessions', 'show', line.split(/ +/).at(-1) ?? '')).toContain('castor (suite)');
});

test('as CSV a list has whole handles and instants in UTC', async () => {
  const [heading, row] = (await printed('sessions', 'list', '--user', 'castor', '--csv')).split('\r\n');
  expect(heading).toBe('user,realm,station,rung,opened,heard,free,session');
  expect(row).toBe(
    `castor,suite,twins,active,2026-11-22T13:01:00.000Z,2026-11-22T13:01:00.000Z,2026-11-22T13:11:02.000Z,${handles.get('castor')}`,
  );
});
