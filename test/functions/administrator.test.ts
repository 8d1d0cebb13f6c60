import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { useFunctions } from '../support/functions.ts';

const functions = useFunctions({ 'campus-print': { profile: 'release-station' } });
const START = new Date('2026-11-22T14:23:10Z');

beforeAll(() => void vi.useFakeTimers({ toFake: ['Date'], now: START }));
afterAll(() => void vi.useRealTimers());

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
  expect(new Set(answers.map((answer) => answer.body.note)).size).toBe(1);
  expect((await functions.say(portal, 'ping', { session: body.session })).body).toMatchObject({ reason: 'operator' });
  expect((await functions.say(portal, 'login', { user: 'bo' })).status).toBe(201);
});
