/**
 * A thousand sessions that are left alone come down the whole ladder on a real table: by the timers that the functions
 * armed and nothing else, and what each change of rung costs.
 */
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { BusEvent } from '../../lib/local/bus.ts';
import { epochMs, MINUTE, toRfc3339 } from '../../lib/time.ts';
import { type Reply, useFunctions } from '../support/functions.ts';
import type { Recorded } from '../support/recording-proxy.ts';

// The pace of sweeps is told by test/service/pace.test.ts; here nobody waits for it.
vi.mock('../../functions/environment.ts', async (original) => ({
  ...(await original<object>()),
  pause: async () => {},
}));

const functions = useFunctions({
  'bi-portal': { profile: 'enterprise', idle: '20m', lease: '30m', failover: '30m', logonToken: '8h' },
});

/** At a whole minute that is not over yet: the engine collects garbage by its own clock. */
const START = Math.ceil(Date.now() / MINUTE) * MINUTE;
const minutes = (count: number) => toRfc3339(epochMs(START + count * MINUTE));

let portal: { id: string; key: string };
beforeAll(async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: START });
  portal = await functions.register({ realm: 'bi-portal', kind: 'application', reportsActivity: true });
});
afterAll(() => void vi.useRealTimers());

async function logIn(users: readonly string[]): Promise<string[]> {
  const handles: string[] = [];
  for (let n = 0; n < users.length; n += 50) {
    const wave = users.slice(n, n + 50).map((user) => functions.say(portal, 'login', { user }));
    handles.push(...(await Promise.all(wave)).map(({ body }: Reply) => String(body.session)));
  }
  return handles;
}

interface Timer {
  readonly shard: string;
  readonly slot: number;
}

/** Those that were armed since this was last asked, each by its name. */
const armed = (): Timer[] =>
  functions.scheduler.take().flatMap(({ operation }) => {
    const [, shard, day, hour, minute, second] = /schedules\/([sd]\d)-(\d{8})T(\d\d)(\d\d)(\d\d)/.exec(operation) ?? [];
    if (shard === undefined || day === undefined) return [];
    const date = day.replace(/(\d{4})(\d\d)/, '$1-$2-');
    return [{ shard, slot: Date.parse(`${date}T${hour}:${minute}:${second}Z`) }];
  });

/** Fires every timer in its order, and those that are armed by that, until none is left. Returns how many fired. */
async function fireAll(after: (timer: Timer) => Promise<void>): Promise<number> {
  const waiting = armed();
  let fired = 0;
  for (;;) {
    waiting.sort((a, b) => a.slot - b.slot);
    const timer = waiting.shift();
    if (timer === undefined) return fired;
    vi.setSystemTime(Math.max(Date.now(), timer.slot));
    await functions.sweep(timer);
    fired++;
    waiting.push(...armed());
    await after(timer);
  }
}

const count = (requests: readonly Recorded[], operation: string) =>
  requests.filter((request) => request.operation === operation).length;
const units = (requests: readonly Recorded[], kind: 'writeUnits' | 'readUnits') =>
  requests.reduce((sum, request) => sum + request[kind], 0);

/** What was announced of each session, in its order. */
async function announcedOf(handles: readonly string[]): Promise<BusEvent['detail'][][]> {
  const events = await functions.events();
  const announced = new Map<string, BusEvent['detail'][]>(handles.map((handle) => [handle, []]));
  for (const { detail, 'detail-type': type } of events)
    announced.get(String(detail.session))?.push({ ...detail, type });
  return [...announced.values()];
}

const told = (details: readonly BusEvent['detail'][]) =>
  details.map(({ type, oldRung, newRung, at, reason }) => [type, oldRung, newRung, reason, at]);

const wholeLadder = (opened: number) => [
  ['session.opened', undefined, 'active', undefined, minutes(opened)],
  ['session.lingering', 'active', 'lingering', 'idle', minutes(opened + 20)],
  ['session.invalidated', 'lingering', 'failover', 'lease', minutes(opened + 30)],
  ['session.remembered', 'failover', 'remembered', 'failover', minutes(opened + 60)],
  ['session.ended', 'remembered', 'ended', 'logon-token', minutes(opened + 480)],
];

describe('a thousand sessions that are left alone', () => {
  const SESSIONS = 1_000;
  /** As many minutes in which they log in: a slot has more of a shard than one page. */
  const MINUTES = 2;
  const CHANGES = 4 * SESSIONS;
  const handles: string[][] = [];
  let sweeps = 0;
  const swept: Recorded[] = [];

  beforeAll(async () => {
    for (let minute = 0; minute < MINUTES; minute++) {
      vi.setSystemTime(START + minute * MINUTE);
      const users = Array.from({ length: SESSIONS / MINUTES }, (_, n) => `user-${minute}-${n}`);
      handles.push(await logIn(users));
    }
    await functions.journal();
    functions.dynamodb.take();
    sweeps = await fireAll(async () => {
      swept.push(...functions.dynamodb.take());
      await functions.journal();
      functions.dynamodb.take();
    });
  }, 120_000);

  test('are announced on each rung exactly once, in order, at its very instant', async () => {
    for (const [minute, those] of handles.entries()) {
      for (const announced of await announcedOf(those)) expect(told(announced)).toEqual(wholeLadder(minute));
    }
    const events = await functions.events();
    expect(events).toHaveLength(CHANGES + SESSIONS);
    expect(new Set(events.map(({ detail }) => detail.id)).size).toBe(events.length);
  });

  test('cost one write a change of rung, and a share of the pages that name them', () => {
    const [writes, queries, reads] = [count(swept, 'UpdateItem'), count(swept, 'Query'), count(swept, 'BatchGetItem')];
    expect(writes).toBe(CHANGES);
    expect(swept).toHaveLength(writes + queries + reads);
    // A page of a hundred is one query and one read; a page that is full asks once more.
    expect(reads).toBeLessThanOrEqual(sweeps + CHANGES / 100);
    expect(queries).toBeLessThanOrEqual(sweeps + CHANGES / 100);
    const perChange = (total: number) => (total / CHANGES).toFixed(3);
    process.stdout.write(
      `${CHANGES} changes of rung, ${sweeps} sweeps: ${writes} writes, ${queries} queries, ${reads} batch reads; ` +
        `a change: ${perChange(swept.length)} requests, ${perChange(units(swept, 'writeUnits'))} write units, ` +
        `${perChange(units(swept, 'readUnits'))} read units\n`,
    );
  });

  test('leave nothing to sweep and nothing to list', async () => {
    functions.dynamodb.take();
    await functions.sweep({ backstop: true });
    expect(count(functions.dynamodb.take(), 'UpdateItem')).toBe(0);
    for (const rung of ['active', 'lingering', 'failover', 'remembered']) {
      expect((await functions.operator('GET', `/v1/sessions?rung=${rung}`)).body).toEqual({ sessions: [] });
    }
  });
});

test('sessions that no sweep came by, until long after they ended, are announced as if one had; a write each', async () => {
  const openedAt = Math.ceil((Date.now() - START) / MINUTE);
  vi.setSystemTime(START + openedAt * MINUTE);
  const handles = await logIn(Array.from({ length: 150 }, (_, n) => `late-${n}`));
  await functions.journal();
  vi.setSystemTime(START + (openedAt + 1_000) * MINUTE);
  functions.dynamodb.take();
  await functions.sweep({ backstop: true });
  expect(count(functions.dynamodb.take(), 'UpdateItem')).toBe(150);
  await functions.journal();
  for (const announced of await announcedOf(handles)) expect(told(announced)).toEqual(wholeLadder(openedAt));
});
