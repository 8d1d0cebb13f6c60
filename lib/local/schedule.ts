/** What EventBridge Scheduler takes for a schedule, checked as it checks it, and when that is due. */
import * as z from 'zod';
import { after, DAY, type DurationMs, type EpochMs, epochMs, HOUR, MINUTE, SECOND } from '../time.ts';

export const NAME = /^[0-9a-zA-Z\-_.]{1,64}$/;

const AT = /^at\((\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})\)$/;
const RATE = /^rate\(([1-9]\d{0,5}) (seconds?|minutes?|hours?|days?)\)$/;
/** The Scheduler itself counts in minutes at least, and its endpoint takes nothing less: seconds are for our own tests. */
const UNITS: Record<string, DurationMs> = { second: SECOND, minute: MINUTE, hour: HOUR, day: DAY };

/** Once at an instant, or again and again since the schedule was made. */
export type Expression = { readonly at: EpochMs } | { readonly every: DurationMs };

/** `undefined` for anything else, `cron()` too: nothing of Curfew's is due by the calendar. */
export function parseExpression(text: string): Expression | undefined {
  const at = AT.exec(text)?.[1];
  if (at !== undefined) {
    const instant = Date.parse(`${at}Z`);
    // `Date` takes the 31st of February for the 3rd of March; the Scheduler does not.
    const isReal = !Number.isNaN(instant) && new Date(instant).toISOString().startsWith(at);
    return isReal ? { at: epochMs(instant) } : undefined;
  }
  const rate = RATE.exec(text);
  const unit = UNITS[rate?.[2]?.replace(/s$/, '') ?? ''];
  return rate === null || unit === undefined ? undefined : { every: (Number(rate[1]) * unit) as DurationMs };
}

export const definitionSchema = z.object({
  ScheduleExpression: z.string().refine((text) => parseExpression(text) !== undefined, 'Invalid Schedule Expression'),
  ScheduleExpressionTimezone: z.literal('UTC').optional(),
  State: z.enum(['ENABLED', 'DISABLED']).default('ENABLED'),
  ActionAfterCompletion: z.enum(['NONE', 'DELETE']).default('NONE'),
  FlexibleTimeWindow: z.object({
    Mode: z.enum(['OFF', 'FLEXIBLE']),
    MaximumWindowInMinutes: z.int().min(1).max(1440).optional(),
  }),
  Description: z.string().max(512).optional(),
  GroupName: z.string().regex(NAME).default('default'),
  ClientToken: z.string().min(1).max(64).optional(),
  // Bounds in time are not kept here, and ignoring one would fire what was not asked for.
  StartDate: z.undefined().optional(),
  EndDate: z.undefined().optional(),
  Target: z.object({
    Arn: z.string().min(1).max(1600),
    RoleArn: z.string().regex(/^arn:aws(-[a-z]+)*:iam::\d{12}:role\/[\w+=,.@/-]+$/),
    Input: z.string().min(1).optional(),
    DeadLetterConfig: z.object({ Arn: z.string().min(1).optional() }).optional(),
    RetryPolicy: z
      .object({
        MaximumEventAgeInSeconds: z.int().min(60).max(86_400).default(86_400),
        MaximumRetryAttempts: z.int().min(0).max(185).default(185),
      })
      .prefault({}),
  }),
});

export type Definition = z.infer<typeof definitionSchema>;

export const scheduleSchema = z.object({
  name: z.string(),
  definition: definitionSchema,
  createdAt: z.number().transform(epochMs),
  modifiedAt: z.number().transform(epochMs),
  /** When it fires next; absent once a one-shot that is kept has fired. */
  dueAt: z.number().transform(epochMs).optional(),
});

/** A schedule as it is kept on disk. */
export type Schedule = z.infer<typeof scheduleSchema>;

export const scheduleId = (group: string, name: string): string => `${group}@${name}`;

export function firstDueAt(definition: Definition, now: EpochMs): EpochMs | undefined {
  const expression = parseExpression(definition.ScheduleExpression);
  if (expression === undefined) return undefined;
  return 'at' in expression ? expression.at : after(now, expression.every);
}

/**
 * When it fires next, as seen from this instant. What comes again and again is never further away than its length: if it
 * seems to be, the clock has gone back since it was noted, and it is due.
 */
export function dueAtBy(schedule: Schedule, now: EpochMs): EpochMs | undefined {
  const expression = parseExpression(schedule.definition.ScheduleExpression);
  const { dueAt } = schedule;
  if (dueAt === undefined || expression === undefined || !('every' in expression)) return dueAt;
  return dueAt > after(now, expression.every) ? now : dueAt;
}

/** What is left of the schedule after it has fired: `undefined` when it is to be deleted. */
export function afterFiring(schedule: Schedule, now: EpochMs): Schedule | undefined {
  const expression = parseExpression(schedule.definition.ScheduleExpression);
  if (expression !== undefined && 'every' in expression) {
    // Firings that were missed while nothing ran are one firing.
    const last = dueAtBy(schedule, now) ?? now;
    const missed = Math.max(0, Math.floor((now - last) / expression.every));
    const dueAt = epochMs(last + (missed + 1) * expression.every);
    return { ...schedule, dueAt };
  }
  if (schedule.definition.ActionAfterCompletion === 'DELETE') return undefined;
  const { dueAt: _, ...fired } = schedule;
  return fired;
}
