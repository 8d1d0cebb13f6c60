/** Timers on EventBridge Scheduler: one-shots named for their shard and second, which delete themselves. */
import { createHash } from 'node:crypto';
import { CreateScheduleCommand, SchedulerClient, type SchedulerClientConfig } from '@aws-sdk/client-scheduler';
import type { Timer, Timers } from '../service/ports.ts';
import { LEAD } from '../session/firing.ts';
import { after, type Clock, type EpochMs, latest, roundUp, SECOND, since, toRfc3339 } from '../time.ts';
import { patience } from './clients.ts';
import { ask, isConflict, isInvalid } from './faults.ts';

/** About 2 s at worst: a login waits for its timer, and can do without it. */
export const schedulerClient = (config: SchedulerClientConfig = {}): SchedulerClient =>
  new SchedulerClient({ maxAttempts: 2, requestHandler: patience(500, 1_000), ...config });

export interface SchedulerTarget {
  readonly groupName: string;
  /** The function that a timer fires. */
  readonly sweepArn: string;
  /** The role in which the Scheduler fires it. */
  readonly roleArn: string;
  /** Where a firing goes that could not be delivered. */
  readonly deadLetterArn: string;
}

/** A sweep that comes later than the backstop (every five minutes) finds nothing to do: by default it is 185 tries in a day. */
const RETRIES = { MaximumRetryAttempts: 3, MaximumEventAgeInSeconds: 300 };

export function schedulerTimers(client: SchedulerClient, target: SchedulerTarget, clock: Clock): Timers {
  /** What this container has armed, or is arming. */
  const armed = new Map<string, { readonly at: EpochMs; readonly arming: Promise<void> }>();

  return { arm };

  function arm(timer: Timer): Promise<void> {
    const name = nameOf(timer);
    const known = armed.get(name);
    if (known !== undefined) return known.arming;
    forgetPassed();
    const arming = ask('timer', () => armOrPutOff(timer)).catch((error) => {
      armed.delete(name);
      throw error;
    });
    armed.set(name, { at: timer.at, arming });
    return arming;
  }

  function forgetPassed(): void {
    const now = clock();
    for (const [name, { at }] of armed) {
      if (at < now) armed.delete(name);
    }
  }

  /** Sources differ on whether an instant that has just passed is taken. Where it is not, a little later will be. */
  async function armOrPutOff(timer: Timer): Promise<void> {
    try {
      await create(timer);
    } catch (error) {
      const now = clock();
      if (!isInvalid(error) || since(now, timer.at) > LEAD) throw error;
      await create({ ...timer, at: roundUp(after(latest(now, timer.at), LEAD), LEAD) });
    }
  }

  async function create(timer: Timer): Promise<void> {
    const { shard, at: slot, cursor } = timer;
    const command = new CreateScheduleCommand({
      Name: nameOf(timer),
      GroupName: target.groupName,
      ScheduleExpression: `at(${toSecond(timer.at)})`,
      ScheduleExpressionTimezone: 'UTC',
      FlexibleTimeWindow: { Mode: 'OFF' },
      ActionAfterCompletion: 'DELETE',
      Target: {
        Arn: target.sweepArn,
        RoleArn: target.roleArn,
        Input: JSON.stringify({ shard, slot, cursor }),
        RetryPolicy: RETRIES,
        DeadLetterConfig: { Arn: target.deadLetterArn },
      },
    });
    try {
      await client.send(command);
    } catch (error) {
      // Somebody has armed it already.
      if (!isConflict(error)) throw error;
    }
  }
}

/** `2026-11-22T14:23:05`: whole seconds of UTC, rounded toward late. */
const toSecond = (at: EpochMs): string => toRfc3339(roundUp(at, SECOND)).slice(0, 19);

/** `s0-20261122T142305`; a sweep that goes on somewhere is another one than the slot's own, and says so. */
function nameOf({ shard, at, cursor }: Timer): string {
  const name = `${shard}-${toSecond(at).replaceAll(/[-:]/g, '')}`;
  return cursor === undefined ? name : `${name}-${createHash('sha256').update(cursor).digest('hex').slice(0, 8)}`;
}
