/** A thousand, ten thousand and a hundred thousand sessions that are all due at once, swept by the real function. */
import { apart } from './apart.ts';
import type { Figure, Part } from './part.ts';
import { ratios } from './statistics.ts';
import type { SweepRun, SweepTask } from './sweep-run.ts';

const SIZES = [1_000, 10_000, 100_000];
const [LEAST = 0] = SIZES;
const MOST = SIZES.at(-1) ?? LEAST;

/** One whose time is out after three pages, on as many sessions as ten pages hold. */
const INTERRUPTED: SweepTask = { sessions: LEAST, pagesPerRun: 3 };

const named = (sessions: number): string => `${sessions.toLocaleString('en')} sessions`;

export const sweep: Part = {
  name: 'sweep',
  about:
    'The sweep over the real adapter, without the pauses of its pace, each time in a new process on a new engine; beside it the engine alone, at the same writes on as many items.',
  run: async ({ rounds }, report) => {
    const runs = new Map<number, SweepRun[]>(SIZES.map((sessions) => [sessions, []]));
    for (let round = 1; round <= rounds; round++) {
      for (const [sessions, done] of runs) {
        const about = `round ${round} of ${rounds}: ${named(sessions)}`;
        report(about);
        done.push(await apart('sweep-run.ts', { sessions } satisfies SweepTask, (line) => report(`${about}: ${line}`)));
      }
    }
    const interrupted = await apart<SweepTask, SweepRun>('sweep-run.ts', INTERRUPTED, report);
    return [
      ...[...runs].flatMap(([sessions, done]) => figuresOf(sessions, done)),
      ...growth('time a session', timesOf(runs.get(MOST)), timesOf(runs.get(LEAST)), { atMost: 1.2 }),
      ...growth('time a session, in bare UpdateItems', bareTimes(runs.get(MOST)), bareTimes(runs.get(LEAST))),
      ...growth('one bare UpdateItem', bareOf(runs.get(MOST)), bareOf(runs.get(LEAST))),
      ...continuation(interrupted),
    ];
  },
};

type Of = (run: SweepRun) => number;
const ofAll = (runs: readonly SweepRun[] | undefined, of: Of): number[] => (runs ?? []).map(of);
const sessionsOf: Of = ({ requests }) => requests.UpdateItem ?? 0;
const timesOf = (runs?: readonly SweepRun[]) => ofAll(runs, (run) => run.ms / sessionsOf(run));
const bareOf = (runs?: readonly SweepRun[]) => ofAll(runs, (run) => run.bareMs);
const bareTimes = (runs?: readonly SweepRun[]) => ratios(timesOf(runs), bareOf(runs));

const all = ({ requests }: SweepRun): number => Object.values(requests).reduce((sum, count) => sum + count, 0);

function figuresOf(sessions: number, runs: readonly SweepRun[]): Figure[] {
  const of = named(sessions);
  const [first] = runs;
  if (first === undefined) return [];
  const most = Math.max(...runs.map(({ runs: count }) => count));
  return [
    {
      name: `sessions a second / ${of}`,
      unit: 'a second',
      values: ofAll(runs, ({ ms }) => (1_000 * sessions) / ms),
      beside: `${most} ${most === 1 ? 'run' : 'runs of a minute at most, each going on where the last had stopped'}`,
    },
    {
      name: `writes a session / ${of}`,
      unit: 'requests',
      values: [Math.max(...runs.map(sessionsOf)) / sessions],
      goal: { atMost: 1.05 },
    },
    { name: `requests a session / ${of}`, unit: 'requests', values: [Math.max(...runs.map(all)) / sessions] },
    {
      name: `heap / ${of}`,
      unit: 'MB',
      values: ofAll(runs, ({ heap }) => heap.during / 1e6),
      beside: 'the most in use between pages, after a collection',
    },
    {
      name: `heap, over that before / ${of}`,
      unit: 'ratio',
      values: ofAll(runs, ({ heap }) => heap.during / heap.before),
      goal: { atMost: 1.1 },
    },
  ];
}

const growth = (what: string, most: readonly number[], least: readonly number[], goal?: Figure['goal']): Figure[] => [
  {
    name: `${what} / ${named(MOST)} by ${named(LEAST)}`,
    unit: 'ratio',
    values: ratios(most, least),
    ...(goal === undefined ? {} : { goal }),
  },
];

function continuation(run: SweepRun): Figure[] {
  const about = `${named(INTERRUPTED.sessions)}, three pages a run`;
  return [
    {
      name: `sessions left / ${about}`,
      unit: 'sessions',
      values: [run.left],
      goal: { atMost: 0 },
      beside: `${run.runs} runs, ${sessionsOf(run)} writes, ${run.requests.CreateSchedule ?? 0} timers to go on`,
    },
  ];
}
