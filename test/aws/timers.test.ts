import { describe, expect, test } from 'vitest';
import { schedulerClient, schedulerTimers } from '../../lib/aws/timers.ts';
import { Unavailable } from '../../lib/service/ports.ts';
import type { EpochMs } from '../../lib/time.ts';
import { at, NOON } from '../contract/sessions.ts';
import { useEndpoint } from './endpoint.ts';

const endpoint = useEndpoint();

const target = {
  groupName: 'curfew-timers',
  sweepArn: 'arn:aws:lambda:us-east-1:000000000000:function:sweep',
  roleArn: 'arn:aws:iam::000000000000:role/fire',
  deadLetterArn: 'arn:aws:sqs:us-east-1:000000000000:unfired',
};

/** A container's timers; the test sets its clock. */
function container(clock: { now: EpochMs } = { now: NOON }) {
  const client = schedulerClient({ ...endpoint.config, maxAttempts: 1 });
  return schedulerTimers(client, target, () => clock.now);
}

const slot = { shard: 's0', at: at(60) };
const names = () => endpoint.asked.map(({ path }) => path.slice('/schedules/'.length));

describe('a timer', () => {
  test('is a one-shot that is named for its shard and second, fires the sweep and deletes itself', async () => {
    await container().arm(slot);
    expect(endpoint.asked).toEqual([
      {
        method: 'POST',
        path: '/schedules/s0-20261119T140100',
        body: {
          ClientToken: expect.any(String),
          GroupName: 'curfew-timers',
          ScheduleExpression: 'at(2026-11-19T14:01:00)',
          ScheduleExpressionTimezone: 'UTC',
          FlexibleTimeWindow: { Mode: 'OFF' },
          ActionAfterCompletion: 'DELETE',
          Target: {
            Arn: target.sweepArn,
            RoleArn: target.roleArn,
            Input: JSON.stringify({ shard: 's0', slot: at(60) }),
            RetryPolicy: { MaximumRetryAttempts: 3, MaximumEventAgeInSeconds: 300 },
            DeadLetterConfig: { Arn: target.deadLetterArn },
          },
        },
      },
    ]);
  });

  test('never fires before its instant, though the Scheduler knows no fractions of a second', async () => {
    await container().arm({ shard: 's0', at: (at(60) + 1) as EpochMs });
    expect(endpoint.asked[0]?.body.ScheduleExpression).toBe('at(2026-11-19T14:01:01)');
  });

  test('of a sweep that goes on somewhere has a name of its own, and says where', async () => {
    const timers = container();
    await timers.arm(slot);
    await timers.arm({ ...slot, cursor: 'x'.repeat(1_000) });
    await timers.arm({ ...slot, cursor: 'y' });
    expect(new Set(names()).size).toBe(3);
    for (const name of names()) expect(name).toMatch(/^[0-9a-zA-Z\-_.]{1,64}$/);
    expect(JSON.parse(endpoint.asked[2]?.body.Target.Input)).toEqual({ shard: 's0', slot: at(60), cursor: 'y' });
  });

  test('that somebody else has armed is armed', async () => {
    endpoint.answer = () => ({ status: 409, error: 'ConflictException' });
    await container().arm(slot);
  });

  test('that is armed again costs no request', async () => {
    const timers = container();
    await timers.arm(slot);
    await timers.arm(slot);
    expect(endpoint.asked).toHaveLength(1);
  });

  test('that many sessions want at once is armed in one request, and none goes on before it is', async () => {
    const timers = container();
    await Promise.all(Array.from({ length: 20 }, () => timers.arm(slot)));
    expect(endpoint.asked).toHaveLength(1);
  });

  test('that could not be armed is tried again', async () => {
    const timers = container();
    endpoint.answer = () => ({ status: 500, error: 'InternalServerException' });
    await expect(Promise.all([timers.arm(slot), timers.arm(slot)])).rejects.toThrow(Unavailable);
    expect(endpoint.asked).toHaveLength(1);
    endpoint.answer = () => ({});
    await timers.arm(slot);
    expect(endpoint.asked).toHaveLength(2);
  });

  test('whose instant has passed is forgotten', async () => {
    const clock = { now: NOON };
    const timers = container(clock);
    await timers.arm(slot);
    clock.now = at(61);
    await timers.arm({ ...slot, at: at(120) });
    await timers.arm(slot);
    expect(names()).toEqual(['s0-20261119T140100', 's0-20261119T140200', 's0-20261119T140100']);
  });

  test('for an instant that the Scheduler calls past fires a little later', async () => {
    const clock = { now: at(60) };
    endpoint.answer = ({ path }) => (path.endsWith('140100') ? { error: 'ValidationException' } : {});
    await container(clock).arm(slot);
    expect(names()).toEqual(['s0-20261119T140100', 's0-20261119T140105']);
    expect(JSON.parse(endpoint.asked[1]?.body.Target.Input)).toEqual({ shard: 's0', slot: at(65) });
  });

  test('that is refused for another reason is a fault that asking again does not mend', async () => {
    endpoint.answer = () => ({ error: 'ValidationException' });
    await expect(container().arm(slot)).rejects.toMatchObject({ name: 'ValidationException' });
    expect(endpoint.asked).toHaveLength(1);
  });

  test.each(['ThrottlingException', 'ServiceQuotaExceededException'])('waits for nothing after %s', async (error) => {
    endpoint.answer = () => ({ status: 429, error });
    await expect(container().arm(slot)).rejects.toThrow(Unavailable);
  });

  test('that may not be created says so', async () => {
    endpoint.answer = () => ({ status: 403, error: 'AccessDeniedException' });
    await expect(container().arm(slot)).rejects.toMatchObject({ name: 'AccessDeniedException' });
  });
});
