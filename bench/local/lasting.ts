/** Whether the system of one machine is as fast after a million events as at first, and has lost none, though it was killed. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Figure, Part, Report } from '../part.ts';
import { openSystem, type System } from './system.ts';
import {
  type Answer,
  EVENTS_A_SESSION,
  followAnnouncements,
  quantile,
  type Told,
  type Users,
  usersOf,
  verdictOn,
} from './users.ts';

const EVENTS = 1_000_000;
const AT_ONCE = 8;
const KILLS = 5;

/** What is compared: so many at first, so many at last. A shorter run compares a tenth. */
const WINDOW = 10_000;
/** Not counted: until then the system compiles. */
const WARM_UP = 2_000;

/** All sessions of the last so many before each kill are looked at afterwards, and each so-manieth of the others. */
const LOOKED_AT_BEFORE_KILL = 2_000;
const LOOKED_AT_EACH = 50;

const MEGABYTE = 1024 * 1024;

export const lasting: Part = {
  name: 'lasting',
  about: `${EVENTS.toLocaleString('en')} events (logins, pings, logouts) through \`npm start\`, ${AT_ONCE} at once, with ${KILLS} kills (-9) of it and its engine in between.`,
  isLong: true,
  run: async ({ events = EVENTS }, report) => {
    const system = await openSystem();
    const users = usersOf(system);
    const announced = followAnnouncements(system);
    try {
      const run = await live(system, users, events, report);
      report(`looking at what was told: ${users.told.length} sessions`);
      const looked = users.told.filter(
        (_, n) =>
          n % LOOKED_AT_EACH === 0 ||
          run.kills.some((at) => at - LOOKED_AT_BEFORE_KILL / EVENTS_A_SESSION <= n && n <= at),
      );
      const verdict = await verdictOn(system, users, looked, announced);
      for (const line of [...verdict.lost, ...verdict.silent, ...users.surprises].slice(0, 10)) report(`! ${line}`);
      return figuresOf(system, users, run, verdict, events);
    } finally {
      await announced.stop();
      users.close();
      await system.stop();
    }
  },
};

interface Run {
  /** How many sessions had been told of at each kill. */
  readonly kills: readonly number[];
  readonly recoveredAfterMs: readonly number[];
  readonly largest: ReadonlyMap<string, number>;
  readonly memory: { readonly system: number; readonly engine: number };
}

async function live(system: System, users: Users, events: number, report: Report): Promise<Run> {
  const { answers, told } = users;
  const startedAt = performance.now();
  const kills: number[] = [];
  const recoveredAfterMs: number[] = [];
  const largest = new Map<string, number>();
  const memory = { system: 0, engine: 0 };
  let isUp = true;

  const worker = async (n: number) => {
    while (answers.length < events) {
      // Whoever asks a machine that is down only makes it slower to come up.
      if (isUp) await users.step(n);
      else await sleep(10);
    }
  };
  const watch = async () => {
    for (let done = answers.length, saidAt = startedAt; answers.length < events; await sleep(1_000)) {
      for (const [name, size] of system.sizes()) largest.set(name, Math.max(size, largest.get(name) ?? 0));
      const { system: ours, engine } = system.memory();
      memory.system = Math.max(memory.system, ours);
      memory.engine = Math.max(memory.engine, engine);
      if (performance.now() - saidAt < 10_000) continue;
      const recent = answers.slice(done);
      report(
        `${answers.length} of ${events}: ${Math.round(paceOf(recent))} a second, p50 ${inMs(recent, 0.5)}, p99 ${inMs(recent, 0.99)}, ${inMegabytes(largest)}`,
      );
      [done, saidAt] = [answers.length, performance.now()];
    }
  };
  const kill = async () => {
    for (let n = 1; n <= KILLS; n += 1) {
      while (answers.length < (events * n) / (KILLS + 1)) await sleep(20);
      await system.kill();
      isUp = false;
      kills.push(told.length);
      const at = performance.now();
      const refused = await system.start();
      if (refused !== undefined) throw new Error(`after kill ${n}, npm start refused: ${refused}`);
      isUp = true;
      recoveredAfterMs.push(performance.now() - at);
      report(`kill ${n} of ${KILLS}: answers again after ${Math.round(recoveredAfterMs.at(-1) ?? 0)} ms`);
    }
  };
  await Promise.all([...Array.from({ length: AT_ONCE }, (_, n) => worker(n)), watch(), kill()]);
  return { kills, recoveredAfterMs, largest, memory };
}

function figuresOf(
  system: System,
  users: Users,
  run: Run,
  { looked, lost, silent }: Awaited<ReturnType<typeof verdictOn>>,
  events: number,
): Figure[] {
  const { answers, told } = users;
  const length = Math.min(WINDOW, Math.floor(events / 10));
  const warm = Math.min(WARM_UP, length);
  const [first, last] = [answers.slice(warm, warm + length), answers.slice(-length)];
  const p99 = (window: readonly Answer[]) =>
    quantile(
      window.map(({ ms }) => ms),
      0.99,
    );
  const sizes = [...run.largest].filter(([name]) => !name.startsWith('table.db'));
  const table = system.sizes().get('table.db') ?? 0;
  const over = told.filter(({ isEnded }: Told) => isEnded === true).length;
  const one = (name: string, unit: string, value: number, rest: Partial<Figure> = {}): Figure => ({
    name,
    unit,
    values: [value],
    ...rest,
  });
  const count = length.toLocaleString('en');
  return [
    one(`pace / last ${count} beside the first`, 'ratio', paceOf(last) / paceOf(first), { goal: { atLeast: 1 / 1.5 } }),
    one(`p99 / last ${count} beside the first`, 'ratio', p99(last) / p99(first), { goal: { atMost: 1.5 } }),
    one('pace, first', 'a second', paceOf(first)),
    one('pace, last', 'a second', paceOf(last)),
    one('p99, first', 'ms', p99(first)),
    one('p99, last', 'ms', p99(last)),
    one('acknowledged, and not so', 'sessions', lost.length, {
      goal: { atMost: 0 },
      beside: `of ${looked} looked at; ${told.length} opened`,
    }),
    one('acknowledged, and not announced', 'sessions', silent.length, {
      goal: { atMost: 0 },
      beside: `of ${told.length}`,
    }),
    one('answered otherwise than with yes or 503', 'events', users.surprises.length, { goal: { atMost: 0 } }),
    one('not answered, or 503', 'events', answers.filter(({ status }) => status === 0 || status === 503).length, {
      beside: `${run.kills.length} kills`,
    }),
    one('up again after a kill', 's', Math.max(...run.recoveredAfterMs) / 1_000, { beside: 'the longest' }),
    one('data directory without the table, at most', 'MB', sizes.reduce((sum, [, size]) => sum + size, 0) / MEGABYTE, {
      goal: { atMost: 128 },
    }),
    one('the table, for each session in its history', 'bytes', table / Math.max(1, over)),
    one('memory, at most', 'MB', run.memory.system / MEGABYTE, {
      beside: `the engine ${Math.round(run.memory.engine / MEGABYTE)}`,
    }),
  ];
}

/** Events a second. */
function paceOf(window: readonly Answer[]): number {
  const [first, last] = [window[0]?.at ?? 0, window.at(-1)?.at ?? 0];
  return (window.length - 1) / ((last - first) / 1_000);
}

const inMs = (answers: readonly Answer[], share: number): string =>
  `${quantile(
    answers.map(({ ms }) => ms),
    share,
  ).toFixed(1)} ms`;

const inMegabytes = (sizes: ReadonlyMap<string, number>): string =>
  `${Math.round([...sizes.values()].reduce((sum, size) => sum + size, 0) / MEGABYTE)} MB`;
