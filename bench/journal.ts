/** What the journal makes of the stream's records: how many in a second, and what it asks of the table and the bus. */
import { apart } from './apart.ts';
import { KINDS, type Kind } from './journal-records.ts';
import type { Figure, Part } from './part.ts';

export interface JournalTask {
  /** Of each kind. */
  readonly records: number;
}

export type JournalRun = Readonly<Record<Kind, Heard>>;

export interface Heard {
  readonly ms: number;
  readonly requests: Readonly<Record<string, number>>;
}

const TASK: JournalTask = { records: 2_000 };

export const journal: Part = {
  name: 'journal',
  about:
    'The journal’s handler, a hundred records at a time, as the stack’s event source hands them over; an engine for history, a bus that takes all.',
  run: async ({ rounds }, report) => {
    const runs: JournalRun[] = [];
    for (let round = 1; round <= rounds; round++) {
      const about = `round ${round} of ${rounds}`;
      runs.push(await apart('journal-run.ts', TASK, (line) => report(`${about}: ${line}`)));
    }
    return KINDS.flatMap((kind) => figuresOf(kind, runs));
  },
};

function figuresOf(kind: Kind, runs: readonly JournalRun[]): Figure[] {
  const requests = runs[0]?.[kind].requests ?? {};
  const each = (count: number): number => count / TASK.records;
  const sum = Object.values(requests).reduce((total, count) => total + count, 0);
  return [
    {
      name: `records a second / ${kind}`,
      unit: 'a second',
      values: runs.map((run) => (1_000 * TASK.records) / run[kind].ms),
    },
    {
      name: `requests a record / ${kind}`,
      unit: 'requests',
      values: [each(sum)],
      beside: Object.entries(requests)
        .map(([operation, count]) => `${each(count)} ${operation}`)
        .join(', '),
    },
  ];
}
