/** A user's history is erased, and what cannot be erased yet is named. */
import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { connectionTo, runCurfew } from '../support/command.ts';
import { useFunctions } from '../support/functions.ts';

const functions = useFunctions({
  'campus-print': { profile: 'release-station' },
  office: { profile: 'enterprise', seats: 3 },
});
const START = new Date('2026-11-22T14:00:00Z');

beforeAll(() => void vi.useFakeTimers({ toFake: ['Date'], now: START }));
afterAll(() => void vi.useRealTimers());

const later = (minutes: number) => vi.setSystemTime(START.getTime() + minutes * 60_000);
const userAt = (realm: string, user: string) => `/v1/realms/${realm}/users/${user}`;
const forget = (realm: string, user: string) => functions.operator('DELETE', `${userAt(realm, user)}/history`);
const historyOf = async (realm: string, user: string): Promise<{ session: string }[]> =>
  (await functions.operator('GET', userAt(realm, user))).body.history;

type Station = Awaited<ReturnType<typeof functions.register>>;

/** Logs in and out, so many times, and lets history know. */
async function visits(station: Station, user: string, times: number): Promise<string[]> {
  const sessions: string[] = [];
  for (let n = 0; n < times; n++) {
    sessions.push((await functions.say(station, 'login', { user })).body.session);
    await functions.say(station, 'logout', { session: sessions.at(-1) });
  }
  await functions.journal();
  return sessions;
}

test('what ended is erased; how the last session of a seat ended stands in the seat for a while', async () => {
  const printer = await functions.register({ realm: 'campus-print', kind: 'hosted' });
  const anas = await visits(printer, 'ana', 3);
  await visits(printer, 'bo', 1);
  const last = anas.at(-1);
  expect(await historyOf('campus-print', 'ana')).toHaveLength(3);
  const expected = { user: 'ana', realm: 'campus-print', more: false, open: [], inSeats: [last] };
  expect((await forget('campus-print', 'ana')).body).toEqual({ ...expected, erased: 3 });
  expect((await historyOf('campus-print', 'ana')).map(({ session }) => session)).toEqual([last]);
  expect((await functions.operator('GET', `/v1/sessions/${anas[0]}`)).status).toBe(404);
  expect(await historyOf('campus-print', 'bo')).toHaveLength(1);
  expect((await forget('campus-print', 'ana')).body).toEqual({ ...expected, erased: 0 });
});

test('a session that goes on is not ended by it, and will be history', async () => {
  const mail = await functions.register({ realm: 'office', kind: 'application' });
  await visits(mail, 'cleo', 1);
  const { body } = await functions.say(mail, 'login', { user: 'cleo' });
  const answer = await forget('office', 'cleo');
  expect(answer.body).toMatchObject({ erased: 1, open: [body.session] });
  expect((await functions.say(mail, 'ping', { session: body.session })).status).toBe(200);
});

test('so will one that has ended and that no sweep has come by to record', async () => {
  later(60);
  const printer = await functions.register({ realm: 'campus-print', kind: 'hosted' });
  const { body } = await functions.say(printer, 'login', { user: 'dan' });
  later(120);
  expect((await forget('campus-print', 'dan')).body).toMatchObject({ erased: 0, open: [body.session], inSeats: [] });
});

test('whatever still has the name after that goes by itself: the seat, and the panel', async () => {
  later(150);
  const printer = await functions.register({ realm: 'campus-print', kind: 'hosted' });
  await functions.say(printer, 'login', { user: 'anabel' });
  await functions.say(printer, 'logout');
  await functions.journal();
  await forget('campus-print', 'anabel');
  const table = new DynamoDBClient(functions.engine.config);
  const { Items = [] } = await table.send(new ScanCommand({ TableName: process.env.CURFEW_TABLE ?? '' }));
  table.destroy();
  const named = Items.filter((item) => JSON.stringify(item).includes('anabel'));
  expect(named.map(({ sk }) => sk?.S).sort()).toEqual(['panel', 'seat#0']);
  const week = 7 * 86_400;
  for (const { ttl } of named) {
    const left = Number(ttl?.N) - Date.now() / 1_000;
    expect(left).toBeGreaterThan(week);
    expect(left).toBeLessThan(2 * week);
  }
});

test('a realm or a user that cannot be is refused', async () => {
  expect((await forget('nowhere', 'ana')).status).toBe(404);
  expect((await forget('campus-print', '%00')).status).toBe(400);
});

test('the command asks first, goes on until all is erased, and says what is not', async () => {
  later(180);
  const mail = await functions.register({ realm: 'office', kind: 'application' }, 'mail');
  const [session] = await visits(mail, 'emil', 1);
  const connection = connectionTo((method, path, body) => functions.operator(method, path, body ?? ''));
  const args = ['users', 'forget', 'emil', '--realm', 'office'];
  const asked: string[] = [];
  const confirm = (answer: boolean) => async (question: string) => {
    asked.push(question);
    return answer;
  };
  expect((await runCurfew(connection, args, { confirm: confirm(false) })).printed).toBe('nothing was erased');
  expect(await runCurfew(connection, args, { confirm: confirm(true) })).toEqual({
    exit: 0,
    said: [],
    printed: `1 session of emil erased from the history of office
not yet: how the last session of 1 seat ended, which guards against late messages and goes by itself in about a week: ${session}`,
  });
  expect(asked).toEqual([
    'Erase the history of emil in office, for good?',
    'Erase the history of emil in office, for good?',
  ]);
});
