import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { connectionTo, runCurfew } from '../support/command.ts';
import { useFunctions } from '../support/functions.ts';

const functions = useFunctions(
  {
    'campus-print': { profile: 'release-station' },
    told: { profile: 'release-station', webhook: { url: 'https://gateway.example.org/curfew' } },
  },
  { logLevel: 'INFO' },
);
const START = new Date('2026-11-22T14:23:10Z');

const lines: string[] = [];
beforeAll(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: START });
  vi.spyOn(process.stdout, 'write').mockImplementation((line) => lines.push(String(line)) > 0);
});
afterAll(() => void vi.useRealTimers());

/** What the log says that operators did to this. */
const auditOf = (on: string): { principal: string; action: string; note: string }[] =>
  lines.map((line) => JSON.parse(line)).filter((line) => line.message === 'operator' && line.on === on);

const later = (seconds: number) => vi.setSystemTime(START.getTime() + seconds * 1_000);
const ana = () => functions.operator('GET', '/v1/realms/campus-print/users/ana');

test('"why can ana not log in, and until when?" is answered by one request, before and after her session ran out', async () => {
  const entry = { realm: 'campus-print', kind: 'hosted', name: 'Library 1', location: 'Ground floor' };
  const printer = await functions.register(entry, 'lib-1');
  const { body: opened } = await functions.say(printer, 'login', { user: 'ana' });

  later(60);
  expect((await ana()).body.seats).toMatchObject([
    {
      session: opened.session,
      name: 'Library 1',
      location: 'Ground floor',
      heldUntil: '2026-11-22T14:28:10.000Z',
      freeAt: '2026-11-22T14:28:12.000Z',
      deadlines: { leaseAt: '2026-11-22T14:28:10.000Z', maximumAt: '2026-11-23T02:23:10.000Z' },
    },
  ]);

  // No sweep has come by, and no stream runs here: the seat itself knows.
  later(301);
  const { body } = await ana();
  expect(body.seats).toEqual([]);
  expect(body.history).toMatchObject([
    { session: opened.session, endedAt: '2026-11-22T14:28:10.000Z', reason: 'lease', endedBy: 'policy' },
  ]);
  const { status, body: gone } = await functions.operator('GET', `/v1/sessions/${opened.session}`);
  expect([status, gone.reason]).toEqual([410, 'lease']);
});

test('a session that two operators end at once ends once, and both are told how', async () => {
  const portal = await functions.register({ realm: 'campus-print', kind: 'application' });
  const { body } = await functions.say(portal, 'login', { user: 'bo' });
  later(400);
  const end = (reason: string) => functions.operator('DELETE', `/v1/sessions/${body.session}`, { reason });
  const answers = await Promise.all([end('first'), end('second')]);
  expect(answers.map(({ status }) => status)).toEqual([200, 200]);
  expect(answers.map((answer) => answer.body.outcome).sort()).toEqual(['already-ended', 'ended']);
  const [note, ...others] = new Set(answers.map((answer) => answer.body.note));
  expect(others).toEqual([]);
  expect(auditOf(body.session)).toMatchObject([
    { principal: expect.stringMatching(/olga$/), action: 'end-session', note },
  ]);
  expect((await functions.say(portal, 'login', { user: 'bo' })).status).toBe(201);
});

test('the station of a session that an operator ended is told that, and not by whom or in what words', async () => {
  const portal = await functions.register({ realm: 'campus-print', kind: 'application' });
  const { body } = await functions.say(portal, 'login', { user: 'cy' });
  const { session } = body;
  await functions.operator('DELETE', `/v1/sessions/${session}`, { reason: 'fraud suspected' });
  const gone = await functions.say(portal, 'ping', { session });
  expect(gone).toMatchObject({
    status: 410,
    body: { reason: 'operator', endedBy: 'operator', endedAt: expect.anything() },
  });
  const late = await functions.say(portal, 'logout', { session });
  expect(late).toMatchObject({
    status: 200,
    body: { outcome: 'already-ended', reason: 'operator', endedBy: 'operator' },
  });
  for (const told of [gone, late]) expect(JSON.stringify(told.body)).not.toMatch(/olga|arn:|fraud/);
  const { body: shown } = await functions.operator('GET', `/v1/sessions/${session}`);
  expect(shown).toMatchObject({ endedBy: expect.stringMatching(/^operator:arn:.*olga$/), note: 'fraud suspected' });
});

test('an end whose answer was lost is told as such to the command, which asks again, and is audited', async () => {
  const portal = await functions.register({ realm: 'campus-print', kind: 'application' });
  const { body } = await functions.say(portal, 'login', { user: 'dan' });
  let asked = 0;
  const connection = connectionTo(async (method, path, said) => {
    const answer = await functions.operator(method, path, said ?? '');
    later(500 + ++asked);
    return asked === 1 ? { status: 503, body: { title: 'lost' } } : answer;
  });
  const ran = await runCurfew(connection, ['sessions', 'end', body.session, '--reason', ' left ']);
  expect(asked).toBe(2);
  expect(ran.printed).toMatch(/^ended; dan's seat in campus-print is free\n.*: left$/);
  expect(auditOf(body.session).at(-1)).toMatchObject({ action: 'end-session', note: 'left' });
});

test('each thing that an operator does is in the log once, with who did it and to what', async () => {
  const printer = { realm: 'campus-print', kind: 'hosted' };
  const did: [action: string, on: string, method: string, path: string, body?: object][] = [
    ['register-station', 'lib-9', 'PUT', '/v1/stations/lib-9', printer],
    ['change-station', 'lib-9', 'PUT', '/v1/stations/lib-9', { ...printer, name: 'Library 9' }],
    ['issue-key', 'lib-9', 'POST', '/v1/stations/lib-9/key'],
    ['issue-key', 'lib-9', 'POST', '/v1/stations/lib-9/key', { rotate: '1h' }],
    ['revoke-keys', 'lib-9', 'DELETE', '/v1/stations/lib-9/key'],
    ['remove-station', 'lib-9', 'DELETE', '/v1/stations/lib-9'],
    ['forget-user', 'campus-print/fay', 'DELETE', '/v1/realms/campus-print/users/fay/history'],
    ['show-webhook-secret', 'told', 'POST', '/v1/realms/told/webhook/secret'],
  ];
  for (const [action, on, method, path, body] of did) {
    lines.length = 0;
    expect((await functions.operator(method, path, body)).status, action).toBeLessThan(300);
    expect(auditOf(on), action).toMatchObject([{ principal: expect.stringMatching(/olga$/), action }]);
  }
});

test.each(['', '   ', '\u3000'])('a reason that says nothing is none: %j', async (reason) => {
  const portal = await functions.register({ realm: 'campus-print', kind: 'application' });
  const { body } = await functions.say(portal, 'login', { user: 'emil' });
  const { status, body: refused } = await functions.operator('DELETE', `/v1/sessions/${body.session}`, { reason });
  expect([status, refused.errors]).toEqual([400, [{ field: 'reason', detail: 'must say why' }]]);
  expect((await functions.say(portal, 'logout', { session: body.session })).body.outcome).toBe('ended');
});
