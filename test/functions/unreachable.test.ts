import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { useFunctions } from '../support/functions.ts';

const functions = useFunctions({ 'campus-print': { profile: 'release-station' } });

/** What Lambda gives the function (lib/deploy/stack.ts). */
const BUDGET_MS = 10_000;

let printer: { id: string; key: string };
beforeAll(async () => {
  printer = await functions.register({ realm: 'campus-print', kind: 'hosted' });
  await functions.say(printer, 'boot');
});
afterEach(() => {
  functions.dynamodb.fault = undefined;
  functions.scheduler.fault = undefined;
});

describe('while the table does not answer', () => {
  test.each(['cut', 'silent'] as const)(
    '(%s) a login is told to try again, in time, and the next one opens',
    async (fault) => {
      const user = `ana-${fault}`;
      functions.dynamodb.fault = fault;
      const startedAt = performance.now();
      const refused = await functions.say(printer, 'login', { user, id: `first-${fault}` });
      expect(performance.now() - startedAt).toBeLessThan(BUDGET_MS);
      expect(refused.status).toBe(503);
      expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
      expect(refused.body.type).toBe('urn:curfew:problem:unavailable');

      functions.dynamodb.fault = undefined;
      const opened = await functions.say(printer, 'login', { user, id: `first-${fault}` });
      expect(opened.status).toBe(201);
    },
  );

  test('an operator is told to try again', async () => {
    functions.dynamodb.fault = 'cut';
    const { status, headers } = await functions.operator('GET', '/v1/sessions');
    expect([status, headers['retry-after']]).toEqual([503, '2']);
  });
});

describe('while the Scheduler does not answer', () => {
  // Each in a minute of its own, whose slots nobody has armed.
  let minute = 0;
  beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + ++minute * 60_000 }));
  afterEach(() => void vi.useRealTimers());

  test.each(['cut', 'silent'] as const)(
    '(%s) logins open all the same, and the unarmed slot is counted',
    async (fault) => {
      functions.scheduler.fault = fault;
      const metrics = await functions.metricsOf(async () => {
        const { status } = await functions.say(printer, 'login', { user: `bo-${fault}` });
        expect(status).toBe(201);
      });
      expect(metrics).toContain('UnarmedSlot');
    },
  );

  test('once it is back, the next login arms what was not armed', async () => {
    functions.scheduler.fault = 'cut';
    await functions.say(printer, 'login', { user: 'cleo' });
    functions.scheduler.fault = undefined;
    functions.scheduler.take();
    const metrics = await functions.metricsOf(async () => {
      // The same user, so the same shard.
      await functions.say(printer, 'logout', { user: 'cleo' });
      await functions.say(printer, 'login', { user: 'cleo' });
    });
    expect(metrics).not.toContain('UnarmedSlot');
    expect(functions.scheduler.take().map(({ operation }) => operation)).toEqual([
      expect.stringMatching(/^POST \/schedules\/s\d-/),
    ]);
  });
});
