/**
 * EventBridge Scheduler on one machine: keeps schedules on disk, fires them when they are due and says so in its own
 * REST protocol (lib/local/scheduler-endpoint.ts). A schedule's file is deleted only once its target has answered, so
 * a crash fires it again: at least once, as the Scheduler itself.
 */
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import {
  after,
  type Clock,
  type DurationMs,
  durationMs,
  type EpochMs,
  epochMs,
  MINUTE,
  SECOND,
  since,
} from '../time.ts';
import { readState, removeFile, replaceFile } from './data.ts';
import {
  afterFiring,
  type Definition,
  dueAtBy,
  firstDueAt,
  type Schedule,
  scheduleId,
  scheduleSchema,
} from './schedule.ts';
import { reasonOf } from './startup-error.ts';

/** What a schedule fires. */
export type Target = (input: string) => Promise<unknown>;

export interface DeadLetter {
  readonly schedule: string;
  readonly target: string;
  readonly input: string;
  readonly attempts: number;
  readonly reason: string;
}

export interface SchedulerOptions {
  /** Where schedules are kept; made if it is not there. */
  readonly directory: string;
  readonly clock: Clock;
  /** By ARN. */
  readonly targets: ReadonlyMap<string, Target>;
  /** Takes what could not be delivered. */
  readonly onDeadLetter: (letter: DeadLetter) => Promise<void>;
  /** Told in one line of each file that is damaged. @default nobody is told */
  readonly say?: (line: string) => void;
  /** Whether a firing gets lost on its way, for tests. @default none does */
  readonly losesFirings?: () => boolean;
}

/** The wait before the first retry; it doubles with each. */
const RETRY_AFTER = SECOND;
const RETRY_AFTER_MAX = MINUTE;

/** So many overdue schedules fire at once after a long stop; the others wait for one of them. */
const FIRING_MAX = 8;

interface Entry {
  schedule: Schedule;
  /** Being written or fired. */
  busy: boolean;
  attempts: number;
  /** When the first attempt of this firing was made. */
  triedAt?: EpochMs;
  retryAt?: EpochMs;
}

export class Scheduler {
  readonly #options: SchedulerOptions;
  readonly #entries = new Map<string, Entry>();
  readonly #groups: Map<string, EpochMs>;
  #timer: NodeJS.Timeout | undefined;
  #isRunning = false;

  private constructor(options: SchedulerOptions, groups: Map<string, EpochMs>) {
    this.#options = options;
    this.#groups = groups;
  }

  static async open(options: SchedulerOptions): Promise<Scheduler> {
    const { directory, say = () => {} } = options;
    await mkdir(directory, { recursive: true, mode: 0o700 });
    const groups = await readState({
      file: join(directory, GROUPS_FILE),
      read: (json) => groupsSchema.parse(json),
      say,
      without: 'the groups are those of the schedules that there are',
    });
    const scheduler = new Scheduler(options, new Map(groups));
    for (const name of await readdir(directory)) {
      if (!name.endsWith('.json') || name === GROUPS_FILE) continue;
      const schedule = await readState({
        file: join(directory, name),
        read: (json) => scheduleSchema.parse(json),
        say,
        without: 'its timer is forgotten, and the sweep of all shards, every minute, announces in its place',
      });
      if (schedule === undefined) continue;
      const { GroupName } = schedule.definition;
      if (!scheduler.hasGroup(GroupName)) await scheduler.createGroup(GroupName);
      const id = scheduleId(schedule.definition.GroupName, schedule.name);
      scheduler.#entries.set(id, { schedule, busy: false, attempts: 0 });
    }
    return scheduler;
  }

  /** Fires what is due from now on, beginning with what is overdue. */
  start(): void {
    this.#isRunning = true;
    this.#wake();
  }

  /** Fires nothing more. What is being fired goes on. */
  stop(): void {
    this.#isRunning = false;
    clearTimeout(this.#timer);
  }

  hasGroup(group: string): boolean {
    return group === 'default' || this.#groups.has(group);
  }

  groupCreatedAt(group: string): EpochMs | undefined {
    return this.#groups.get(group);
  }

  async createGroup(group: string): Promise<void> {
    this.#groups.set(group, this.#options.clock());
    await replaceFile(join(this.#options.directory, GROUPS_FILE), JSON.stringify([...this.#groups]));
  }

  get(group: string, name: string): Schedule | undefined {
    return this.#entries.get(scheduleId(group, name))?.schedule;
  }

  list(): Schedule[] {
    return [...this.#entries.values()].map((entry) => entry.schedule);
  }

  /** Creates the schedule, or gives it a new definition. Once it resolves, a crash does not lose it. */
  async put(name: string, definition: Definition): Promise<void> {
    const now = this.#options.clock();
    const id = scheduleId(definition.GroupName, name);
    const old = this.#entries.get(id);
    const dueAt = firstDueAt(definition, now);
    const createdAt = old?.schedule.createdAt ?? now;
    const schedule = { name, definition, createdAt, modifiedAt: now, ...(dueAt === undefined ? {} : { dueAt }) };
    const entry: Entry = { schedule, busy: true, attempts: 0 };
    this.#entries.set(id, entry);
    try {
      await this.#save(entry.schedule);
    } catch (error) {
      if (old === undefined) this.#entries.delete(id);
      else this.#entries.set(id, old);
      throw error;
    }
    entry.busy = false;
    this.#wake();
  }

  async delete(group: string, name: string): Promise<void> {
    const id = scheduleId(group, name);
    this.#entries.delete(id);
    await removeFile(this.#file(id));
  }

  /** Fires everything that is due; resolves once every target has answered. */
  async tick(): Promise<void> {
    const now = this.#options.clock();
    const due = [...this.#entries.entries()]
      .filter(([, entry]) => !entry.busy && nextAttemptAt(entry, now) <= now)
      .sort(([, a], [, b]) => nextAttemptAt(a, now) - nextAttemptAt(b, now));
    for (const [, entry] of due) entry.busy = true;
    const lane = async () => {
      for (let next = due.shift(); next !== undefined; next = due.shift()) {
        const [id, entry] = next;
        await this.#fire(id, entry).catch(() => this.#putOff(entry));
      }
    };
    await Promise.all(Array.from({ length: FIRING_MAX }, lane));
  }

  #wake(): void {
    if (!this.#isRunning) return;
    clearTimeout(this.#timer);
    const now = this.#options.clock();
    const waiting = [...this.#entries.values()].filter((entry) => !entry.busy);
    const next = Math.min(...waiting.map((entry) => nextAttemptAt(entry, now)));
    const wait = Math.max(0, Math.min(MINUTE, next - now));
    this.#timer = setTimeout(() => {
      void this.tick();
      this.#wake();
    }, wait);
  }

  async #fire(id: string, entry: Entry): Promise<void> {
    const { definition } = entry.schedule;
    const { Arn, Input = '{}' } = definition.Target;
    entry.triedAt ??= this.#options.clock();
    entry.attempts += 1;
    try {
      if (this.#options.losesFirings?.() !== true) await this.#deliver(Arn, Input);
    } catch (error) {
      const retryAt = this.#retryAt(entry);
      if (retryAt !== undefined) {
        entry.retryAt = retryAt;
        entry.busy = false;
        this.#wake();
        return;
      }
      const { attempts } = entry;
      await this.#options.onDeadLetter({ schedule: id, target: Arn, input: Input, attempts, reason: reasonOf(error) });
    }
    await this.#settle(id, entry);
  }

  /** What became of the firing could not be written down (the disk is full, say): it is fired again, and fails alone. */
  #putOff(entry: Entry): void {
    entry.retryAt = after(this.#options.clock(), RETRY_AFTER_MAX);
    entry.busy = false;
    this.#wake();
  }

  async #deliver(arn: string, input: string): Promise<void> {
    const target = this.#options.targets.get(arn);
    if (target === undefined) throw new Error(`there is no target ${arn}`);
    await target(input);
  }

  /** `undefined` when the retry policy allows no more. */
  #retryAt(entry: Entry): EpochMs | undefined {
    const { MaximumRetryAttempts, MaximumEventAgeInSeconds } = entry.schedule.definition.Target.RetryPolicy;
    const now = this.#options.clock();
    const age = since(entry.triedAt ?? now, now);
    if (entry.attempts > MaximumRetryAttempts || age >= MaximumEventAgeInSeconds * SECOND) return undefined;
    return after(now, backoff(entry.attempts));
  }

  /** After the last attempt. Whoever changed or deleted the schedule meanwhile has the last word. */
  async #settle(id: string, fired: Entry): Promise<void> {
    if (this.#entries.get(id) !== fired) return;
    const rest = afterFiring(fired.schedule, this.#options.clock());
    if (rest === undefined) {
      this.#entries.delete(id);
      await removeFile(this.#file(id));
      return;
    }
    this.#entries.set(id, { schedule: rest, busy: false, attempts: 0 });
    this.#wake();
    await this.#save(rest);
  }

  #save(schedule: Schedule): Promise<void> {
    const id = scheduleId(schedule.definition.GroupName, schedule.name);
    return replaceFile(this.#file(id), JSON.stringify(schedule));
  }

  #file(id: string): string {
    return join(this.#options.directory, `${id}.json`);
  }
}

const GROUPS_FILE = 'groups.json';
const groupsSchema = z.array(z.tuple([z.string(), z.number().transform(epochMs)]));

function nextAttemptAt({ schedule, retryAt }: Entry, now: EpochMs): number {
  if (schedule.definition.State === 'DISABLED' || schedule.dueAt === undefined) return Number.POSITIVE_INFINITY;
  // Further away than any retry, it is of a clock that has since gone back.
  if (retryAt !== undefined) return retryAt > after(now, RETRY_AFTER_MAX) ? now : retryAt;
  return dueAtBy(schedule, now) ?? Number.POSITIVE_INFINITY;
}

const backoff = (attempts: number): DurationMs =>
  durationMs(Math.min(RETRY_AFTER_MAX, RETRY_AFTER * 2 ** (attempts - 1)));
