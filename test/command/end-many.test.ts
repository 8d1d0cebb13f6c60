/** Every session of a station, a realm or a user, ended by one command. */
import { beforeEach, expect, test } from 'vitest';
import { connectionTo, type RunOptions, runCurfew } from '../support/command.ts';
import { createEdge, type Edge } from '../support/edge.ts';

let edge: Edge;
let breaks: (path: string) => boolean;
beforeEach(async () => {
  breaks = () => false;
  edge = createEdge({ portal: { profile: 'enterprise' }, other: { profile: 'enterprise', seats: 1 } });
  for (const [id, realm] of [
    ['mail', 'portal'],
    ['reports', 'portal'],
    ['wiki', 'other'],
  ] as const) {
    const station = await edge.register(id, { realm, kind: 'application', reportsActivity: true });
    for (const user of ['ana', 'ben', 'cleo']) await edge.say(station, 'login', { user });
  }
});

const connection = connectionTo(async (method, path, body) =>
  method === 'DELETE' && breaks(path)
    ? { status: 500, body: { detail: 'the table is away' } }
    : edge.ask(method, path, body),
);
const end = (args: readonly string[], options: RunOptions = {}) =>
  runCurfew(connection, ['sessions', 'end', '--reason', 'fire drill', ...args], options);
const left = async (query = '') =>
  (await edge.ask('GET', `/v1/sessions${query}`)).body.sessions.map(
    ({ user, station }: Record<string, string>) => `${user}@${station}`,
  );

test('all of a station end after a question with their number, and the others go on', async () => {
  const questions: string[] = [];
  const progress: string[] = [];
  const confirm = async (question: string) => questions.push(question) > 0;
  const { exit, printed } = await end(['--station', 'mail'], { confirm, progress: (text) => progress.push(text) });
  expect({ exit, printed, questions }).toEqual({
    exit: 0,
    printed: '3 sessions at mail ended',
    questions: ['End 3 sessions of 3 users at mail? Nothing brings them back.'],
  });
  expect(progress).toContain('3 of 3 ended');
  expect(await left('?station=mail')).toEqual([]);
  expect(await left()).toHaveLength(6);
});

test('all of a realm, all of a user, and all of a user in a realm end', async () => {
  expect((await end(['--user', 'ana', '--realm', 'portal', '--yes'])).printed).toBe(
    '2 sessions in portal of ana ended',
  );
  expect((await end(['--user', 'ana', '--yes'])).printed).toBe('1 session of ana ended');
  expect((await end(['--realm', 'portal', '--yes'])).printed).toBe('4 sessions in portal ended');
  expect((await left()).sort()).toEqual(['ben@wiki', 'cleo@wiki']);
});

test('those that have lost their seats end too: nobody comes back to them', async () => {
  edge.later(40 * 60_000);
  await edge.ask('GET', '/v1/sessions?rung=failover');
  const { printed } = await end(['--user', 'ana', '--realm', 'other', '--yes']);
  expect(printed).toMatch(/^(1 session in other of ana ended|no session in other of ana goes on)$/);
  const { body } = await edge.ask('GET', '/v1/realms/other/users/ana');
  expect(body.seats.length + body.history.length).toBe(1);
});

test('without a yes none ends', async () => {
  expect((await end(['--realm', 'portal'], { confirm: async () => false })).printed).toBe('no session was ended');
  expect(await end(['--realm', 'portal'])).toMatchObject({
    exit: 2,
    said: ['nobody can be asked here: say --yes if that is meant'],
  });
  expect(await left()).toHaveLength(9);
});

test('after a break the same command goes on', async () => {
  let count = 0;
  breaks = () => ++count > 2;
  const broken = await end(['--realm', 'portal', '--yes']);
  expect(broken.exit).toBe(1);
  expect(broken.said[0]).toMatch(/^the table is away\n2 of 6 are ended: the same command goes on from there$/);
  breaks = () => false;
  expect((await end(['--realm', 'portal', '--yes'])).printed).toBe('4 sessions in portal ended');
});

test('of a station that is none it is said, and of one at which nobody is', async () => {
  expect(await end(['--station', 'cellar', '--yes'])).toMatchObject({
    exit: 1,
    said: ['no station "cellar" is registered'],
  });
  await end(['--station', 'mail', '--yes']);
  expect(await end(['--station', 'mail', '--yes'])).toMatchObject({ exit: 0, printed: 'no session at mail goes on' });
});

test.each([[[]], [['some-session', '--user', 'ana']]])('%j is not understood', async (args) =>
  expect(await end(args)).toMatchObject({
    exit: 2,
    said: ['say a session, or of what all: --station, --realm or --user'],
  }),
);
