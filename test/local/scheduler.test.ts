import { readdirSync } from 'node:fs';
import {
  ConflictException,
  CreateScheduleCommand,
  CreateScheduleGroupCommand,
  DeleteScheduleCommand,
  GetScheduleCommand,
  GetScheduleGroupCommand,
  InternalServerException,
  ListSchedulesCommand,
  ResourceNotFoundException,
  SchedulerClient,
  UpdateScheduleCommand,
  ValidationException,
} from '@aws-sdk/client-scheduler';
import { afterEach, describe, expect, test } from 'vitest';
import { listen } from '../../lib/local/loopback.ts';
import { type DeadLetter, Scheduler } from '../../lib/local/scheduler.ts';
import { type EndpointFault, schedulerEndpoint } from '../../lib/local/scheduler-endpoint.ts';
import { durationMs, type EpochMs, epochMs, HOUR, after as later, MINUTE, SECOND } from '../../lib/time.ts';
import { useTemporaryDirectories } from '../support/temporary-directory.ts';

const NOON = epochMs(Date.parse('2026-11-22T12:00:00Z'));
const SWEEP_ARN = 'arn:aws:lambda:us-east-1:000000000000:function:curfew-on-sweep';

const temporaryDirectory = useTemporaryDirectories();
const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

/** A Scheduler whose clock the test sets, and the SDK's own client of it. */
async function startScheduler(directory = temporaryDirectory()) {
  const world = {
    now: NOON,
    fired: [] as unknown[],
    letters: [] as DeadLetter[],
    /** What the target does. */
    onFire: async () => {},
    /** What becomes of a dead letter before it is kept. */
    onLetter: async () => {},
    fault: undefined as EndpointFault | undefined,
    losesFirings: false,
  };
  const clock = () => world.now;
  const sweep = async (input: string) => {
    world.fired.push(JSON.parse(input));
    await world.onFire();
  };
  const scheduler = await Scheduler.open({
    directory,
    clock,
    targets: new Map([[SWEEP_ARN, sweep]]),
    onDeadLetter: async (letter) => {
      await world.onLetter();
      world.letters.push(letter);
    },
    losesFirings: () => world.losesFirings,
  });
  const server = await listen(0, schedulerEndpoint({ scheduler, clock, fault: () => world.fault }));
  const client = new SchedulerClient({
    endpoint: server.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
  });
  closers.push(async () => {
    client.destroy();
    await server.close();
  });
  return {
    world,
    client,
    directory,
    async passes(length: number) {
      world.now = later(world.now, durationMs(length));
      await scheduler.tick();
    },
  };
}

const at = (instant: EpochMs) => `at(${new Date(instant).toISOString().slice(0, 19)})`;

function timer(name: string) {
  return {
    Name: name,
    ScheduleExpression: at(later(NOON, MINUTE)),
    ActionAfterCompletion: 'DELETE' as const,
    FlexibleTimeWindow: { Mode: 'OFF' as const },
    Target: {
      Arn: SWEEP_ARN,
      RoleArn: 'arn:aws:iam::000000000000:role/curfew-timers',
      Input: JSON.stringify({ shard: 's0' }),
      RetryPolicy: { MaximumRetryAttempts: 2, MaximumEventAgeInSeconds: 3600 },
    },
  };
}

type Changes = Partial<ConstructorParameters<typeof CreateScheduleCommand>[0]>;

const create = (name: string, changes: Changes = {}) => new CreateScheduleCommand({ ...timer(name), ...changes });

describe('a one-shot', () => {
  test('fires at its instant, not before, and is gone afterwards', async () => {
    const { client, world, passes } = await startScheduler();
    const { ScheduleArn } = await client.send(create('s0-20261122T120100'));
    expect(ScheduleArn).toBe('arn:aws:scheduler:us-east-1:000000000000:schedule/default/s0-20261122T120100');
    await passes(59 * SECOND);
    expect(world.fired).toEqual([]);
    await passes(SECOND);
    expect(world.fired).toEqual([{ shard: 's0' }]);
    await passes(HOUR);
    expect(world.fired).toHaveLength(1);
    await expect(client.send(new GetScheduleCommand({ Name: 's0-20261122T120100' }))).rejects.toThrow(
      ResourceNotFoundException,
    );
    await client.send(create('s0-20261122T120100', { ScheduleExpression: at(later(world.now, MINUTE)) }));
  });

  test('of a taken name is a conflict, but its repeated delivery is none', async () => {
    const { client } = await startScheduler();
    await client.send(create('a', { ClientToken: 'first' }));
    await client.send(create('a', { ClientToken: 'first' }));
    await expect(client.send(create('a', { ClientToken: 'second' }))).rejects.toThrow(ConflictException);
    await expect(client.send(create('a'))).rejects.toThrow(ConflictException);
  });

  test('keeps its name until its target has answered', async () => {
    const { client, world, passes } = await startScheduler();
    await client.send(create('a'));
    let error: unknown;
    world.onFire = async () => {
      error = await client.send(create('a', { ScheduleExpression: at(later(NOON, HOUR)) })).catch((thrown) => thrown);
    };
    await passes(MINUTE);
    expect(error).toBeInstanceOf(ConflictException);
  });

  test('that is kept after completion fires once', async () => {
    const { client, world, passes } = await startScheduler();
    await client.send(create('a', { ActionAfterCompletion: 'NONE' }));
    await passes(MINUTE);
    await passes(HOUR);
    expect(world.fired).toHaveLength(1);
    expect((await client.send(new GetScheduleCommand({ Name: 'a' }))).ScheduleExpression).toBe(at(later(NOON, MINUTE)));
  });

  test('that is disabled fires only once it is enabled', async () => {
    const { client, world, passes } = await startScheduler();
    await client.send(create('a', { State: 'DISABLED' }));
    await passes(30 * SECOND);
    await client.send(new UpdateScheduleCommand({ ...timer('a'), State: 'ENABLED' }));
    await passes(30 * SECOND);
    expect(world.fired).toHaveLength(1);
  });

  test('that is deleted does not fire', async () => {
    const { client, world, passes } = await startScheduler();
    await client.send(create('a'));
    await client.send(new DeleteScheduleCommand({ Name: 'a' }));
    await passes(MINUTE);
    expect(world.fired).toEqual([]);
    await expect(client.send(new DeleteScheduleCommand({ Name: 'a' }))).rejects.toThrow(ResourceNotFoundException);
  });
});

test.each([
  ['an instant in the past', { ScheduleExpression: at(NOON) }],
  ['an instant with a fraction', { ScheduleExpression: 'at(2026-11-22T12:01:00.500)' }],
  ['an instant with a zone', { ScheduleExpression: 'at(2026-11-22T12:01:00Z)' }],
  ['a day that does not exist', { ScheduleExpression: 'at(2027-02-31T12:01:00)' }],
  ['an interval of seconds', { ScheduleExpression: 'rate(30 seconds)' }],
  ['an interval of nothing', { ScheduleExpression: 'rate(0 minutes)' }],
  ['a zone that is not kept', { ScheduleExpressionTimezone: 'Europe/Berlin' }],
  ['a bound that is not kept', { EndDate: new Date(NOON) }],
  ['a target without a role', { Target: { Arn: SWEEP_ARN, RoleArn: 'none' } }],
])('%s is refused', async (_, changes) => {
  const { client } = await startScheduler();
  await expect(client.send(create('a', changes))).rejects.toThrow(ValidationException);
});

test('a name that the Scheduler does not take is refused', async () => {
  const { client } = await startScheduler();
  await expect(client.send(create('s0/12:01'))).rejects.toThrow(ValidationException);
  await expect(client.send(create('a'.repeat(65)))).rejects.toThrow(ValidationException);
});

test('a recurring schedule fires at each interval, and once for those that it missed', async () => {
  const { client, world, passes } = await startScheduler();
  await client.send(create('backstop', { ScheduleExpression: 'rate(5 minutes)' }));
  await passes(5 * MINUTE);
  await passes(5 * MINUTE);
  expect(world.fired).toHaveLength(2);
  await passes(17 * MINUTE);
  expect(world.fired).toHaveLength(3);
  await passes(3 * MINUTE);
  expect(world.fired).toHaveLength(4);
});

describe('a target that fails', () => {
  test('is tried again, and the schedule is gone once it succeeds', async () => {
    const { client, world, passes } = await startScheduler();
    await client.send(create('a'));
    world.onFire = async () => {
      if (world.fired.length < 3) throw new Error('down');
    };
    await passes(MINUTE);
    await passes(MINUTE);
    await passes(MINUTE);
    await passes(MINUTE);
    expect(world.fired).toHaveLength(3);
    expect(world.letters).toEqual([]);
  });

  test('for longer than its retry policy allows ends in a dead letter', async () => {
    const { client, world, passes } = await startScheduler();
    await client.send(create('a'));
    world.onFire = async () => {
      throw new Error('down');
    };
    for (let minute = 0; minute < 6; minute += 1) await passes(MINUTE);
    expect(world.fired).toHaveLength(3);
    expect(world.letters).toMatchObject([{ schedule: 'default@a', attempts: 3, reason: 'down' }]);
    expect((await client.send(new ListSchedulesCommand({}))).Schedules).toEqual([]);
  });

  test('for good, and whose dead letter cannot be written, is tried once more later; others are not affected', async () => {
    const { client, world, passes } = await startScheduler();
    for (const name of ['a', 'b']) {
      const { Target } = timer(name);
      Target.RetryPolicy.MaximumRetryAttempts = 0;
      await client.send(create(name, { Target }));
    }
    world.onFire = async () => {
      throw new Error('down');
    };
    world.onLetter = async () => {
      world.onLetter = async () => {};
      throw new Error('the disk is full');
    };
    await passes(MINUTE);
    expect(world.letters).toHaveLength(1);
    await passes(MINUTE);
    expect(world.letters.map(({ schedule }) => schedule).sort()).toEqual(['default@a', 'default@b']);
    expect((await client.send(new ListSchedulesCommand({}))).Schedules).toEqual([]);
  });

  test('does not hold up another', async () => {
    const { client, world, passes } = await startScheduler();
    for (const name of ['a', 'b', 'c']) await client.send(create(name));
    world.onFire = async () => {
      throw new Error('down');
    };
    await passes(MINUTE);
    expect(world.fired).toHaveLength(3);
  });
});

test('what was overdue when the Scheduler was started again fires, and what was acknowledged is there', async () => {
  const first = await startScheduler();
  await first.client.send(new CreateScheduleGroupCommand({ Name: 'timers' }));
  await first.client.send(create('a', { GroupName: 'timers' }));
  await first.client.send(create('b', { GroupName: 'timers', ScheduleExpression: at(later(NOON, HOUR)) }));

  const second = await startScheduler(first.directory);
  expect((await second.client.send(new GetScheduleGroupCommand({ Name: 'timers' }))).CreationDate).toEqual(
    new Date(NOON),
  );
  await second.passes(10 * MINUTE);
  expect(second.world.fired).toHaveLength(1);
  const { Schedules } = await second.client.send(new ListSchedulesCommand({ GroupName: 'timers' }));
  expect(Schedules).toMatchObject([{ Name: 'b', GroupName: 'timers', State: 'ENABLED', Target: { Arn: SWEEP_ARN } }]);
});

test.each([
  ['answers', async () => {}],
  ['fails for the last time', async () => Promise.reject(new Error('down'))],
])('a schedule is kept until its target %s: killed in the middle, it fires again', async (_, finish) => {
  const { client, world, passes, directory } = await startScheduler();
  const { Target } = timer('a');
  Target.RetryPolicy.MaximumRetryAttempts = 0;
  await client.send(create('a', { Target }));
  const kept = () => readdirSync(directory).filter((name) => name.startsWith('default@'));
  let killed: Awaited<ReturnType<typeof startScheduler>> | undefined;
  world.onFire = async () => {
    expect(kept()).toEqual(['default@a.json']);
    // The next run finds what a kill at this instant leaves.
    killed = await startScheduler(directory);
    await finish();
  };
  world.onLetter = async () => expect(kept()).toEqual(['default@a.json']);
  await passes(MINUTE);
  expect(world.fired).toHaveLength(1);
  expect(kept()).toEqual([]);
  await killed?.passes(MINUTE);
  expect(killed?.world.fired).toEqual([{ shard: 's0' }]);
});

describe('a clock that goes back an hour', () => {
  test('does not keep what comes again and again waiting for an hour', async () => {
    const { client, world, passes } = await startScheduler();
    await client.send(create('backstop', { ScheduleExpression: 'rate(1 minute)' }));
    await passes(MINUTE);
    expect(world.fired).toHaveLength(1);
    await passes(-HOUR);
    expect(world.fired).toHaveLength(2);
    await passes(SECOND);
    expect(world.fired).toHaveLength(2);
    await passes(MINUTE);
    expect(world.fired).toHaveLength(3);
  });

  test('does not keep a firing that failed waiting for an hour either', async () => {
    const { client, world, passes } = await startScheduler();
    await client.send(create('a'));
    world.onFire = async () => {
      throw new Error('down');
    };
    await passes(MINUTE);
    world.onFire = async () => {};
    await passes(-HOUR);
    expect(world.fired).toHaveLength(2);
  });
});

test('a group must exist before its schedules, and exists once', async () => {
  const { client } = await startScheduler();
  await expect(client.send(create('a', { GroupName: 'timers' }))).rejects.toThrow(ResourceNotFoundException);
  await client.send(new CreateScheduleGroupCommand({ Name: 'timers' }));
  await client.send(create('a', { GroupName: 'timers' }));
  await client.send(create('a'));
  await expect(client.send(new CreateScheduleGroupCommand({ Name: 'timers' }))).rejects.toThrow(ConflictException);
});

test('schedules are listed page by page, by name', async () => {
  const { client } = await startScheduler();
  for (const name of ['s1-b', 's0-a', 's1-a', 's2-a']) await client.send(create(name));
  const first = await client.send(new ListSchedulesCommand({ MaxResults: 3 }));
  const second = await client.send(new ListSchedulesCommand({ MaxResults: 3, NextToken: first.NextToken }));
  const names = [...(first.Schedules ?? []), ...(second.Schedules ?? [])].map((schedule) => schedule.Name);
  expect(names).toEqual(['s0-a', 's1-a', 's1-b', 's2-a']);
  expect(second.NextToken).toBeUndefined();
  const prefixed = await client.send(new ListSchedulesCommand({ NamePrefix: 's1-' }));
  expect(prefixed.Schedules?.map((schedule) => schedule.Name)).toEqual(['s1-a', 's1-b']);
});

describe('faults that tests ask for', () => {
  test('refused connections and server errors reach the client as such', async () => {
    const { client, world } = await startScheduler();
    world.fault = 'refuse';
    await expect(client.send(create('a'))).rejects.toMatchObject({ code: expect.stringMatching(/ECONN|EPIPE/) });
    world.fault = 'error';
    await expect(client.send(create('a'))).rejects.toThrow(InternalServerException);
  });

  test('a lost firing reaches no target', async () => {
    const { client, world, passes } = await startScheduler();
    await client.send(create('a'));
    world.losesFirings = true;
    await passes(MINUTE);
    world.losesFirings = false;
    await passes(MINUTE);
    expect(world.fired).toEqual([]);
  });
});
