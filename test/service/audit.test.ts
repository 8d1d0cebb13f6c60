/** What operators do is written down before it is done, whatever becomes of it. */
import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { memoryTrail } from '../../lib/memory/trail.ts';
import { createAudit, daysLong } from '../../lib/service/audit.ts';
import { type Action, TRAIL_DAYS, type Trail, Unavailable } from '../../lib/service/ports.ts';
import { epochMs } from '../../lib/time.ts';

const NOW = epochMs(Date.UTC(2026, 10, 22, 14));
const intent = { principal: 'olga', action: 'issue-key', on: 'lib-1', reason: 'stolen' } as const;

/** A trail that does not answer at these of its writings, counted from 1. */
function world(...lost: readonly number[]) {
  const trail = memoryTrail();
  let writings = 0;
  const keep: Trail['keep'] = async (action, until) => {
    if (lost.includes(++writings)) throw new Unavailable('trail');
    await trail.keep(action, until);
  };
  const logged: object[] = [];
  const complaints: string[] = [];
  const audit = createAudit({
    trail: { ...trail, keep },
    realms: new Map(),
    clock: () => NOW,
    keptFor: daysLong(TRAIL_DAYS),
    log: (did) => void logged.push(did),
    complain: (message) => void complaints.push(message),
    newId: randomUUID,
  });
  const told = async (): Promise<readonly Action[]> =>
    (await trail.list({ from: NOW, to: epochMs(NOW + 1), limit: 9 })).items;
  return { audit, told, logged, complaints };
}

test('an action is in the trail while it is under way, and nobody knows yet what comes of it', async () => {
  const { audit, told, logged } = world();
  await audit(intent, async (done) => {
    expect(await told()).toMatchObject([{ principal: 'olga', action: 'issue-key', on: 'lib-1', outcome: 'unknown' }]);
    expect(logged).toEqual([]);
    done({ note: 'generation 2' });
  });
  expect(await told()).toMatchObject([{ outcome: 'done', note: 'generation 2', reason: 'stolen' }]);
  expect(logged).toEqual([{ principal: 'olga', action: 'issue-key', on: 'lib-1', note: 'generation 2: stolen' }]);
});

test('nothing is done that cannot be written down', async () => {
  const { audit } = world(1);
  let isDone = false;
  const act = async () => {
    isDone = true;
  };
  await expect(audit(intent, act)).rejects.toThrow(Unavailable);
  expect(isDone).toBe(false);
});

test('of an action in whose middle the table was lost the trail says that it was asked for, and not whether it was done', async () => {
  const { audit, told, logged } = world();
  const act = () => Promise.reject(new Unavailable('station'));
  await expect(audit(intent, act)).rejects.toThrow(Unavailable);
  expect(await told()).toMatchObject([{ action: 'issue-key', on: 'lib-1', outcome: 'unknown' }]);
  expect(logged).toEqual([]);
});

test('an action that was done is answered, and logged, also where the trail cannot say what came of it', async () => {
  const { audit, told, logged, complaints } = world(2);
  const act = async (done: () => void) => {
    done();
    return 'the key';
  };
  expect(await audit(intent, act)).toBe('the key');
  expect(await told()).toMatchObject([{ outcome: 'unknown' }]);
  expect([logged.length, complaints.length]).toEqual([1, 1]);
});

test('an action that changed nothing is in the trail, and not in the log', async () => {
  const { audit, told, logged } = world();
  await audit(intent, async () => {});
  expect(await told()).toMatchObject([{ outcome: 'nothing' }]);
  expect(logged).toEqual([]);
});
