/** Scheduler calls a session, by how many log in each second: counted in virtual time, so once and exactly. */

import { SHARDS_DEFAULT } from '../lib/table.ts';
import { type DurationMs, durationMs, MINUTE } from '../lib/time.ts';
import { type Arrivals, type Counted, countArrivals } from './arrivals.ts';
import type { Figure, Goal, Part } from './part.ts';

/** Enough for containers and slots to be as on any other day, and for a count that chance hardly moves. */
const RUSHES: readonly (Omit<Arrivals, 'shards' | 'seed'> & { readonly goal?: Goal })[] = [
  { at: 'printers', perSecond: 1, warmUpMs: minutes(12), countedMs: minutes(60) },
  { at: 'printers', perSecond: 10, warmUpMs: minutes(12), countedMs: minutes(12) },
  { at: 'printers', perSecond: 100, warmUpMs: minutes(3), countedMs: minutes(3), goal: { atMost: 0.01 } },
  { at: 'printers', perSecond: 1_000, warmUpMs: minutes(1), countedMs: minutes(1) },
  // Long enough for its first sessions to be found alive, to come down, and to be looked at again.
  { at: 'portal', perSecond: 100, warmUpMs: minutes(3), countedMs: minutes(10), goal: { atMost: 0.01 } },
];

/** What the stack has unless it is told otherwise, and twice that. The goal is for as many as so many logins need. */
const SHARDS = [SHARDS_DEFAULT, 2 * SHARDS_DEFAULT];

export const timers: Part = {
  name: 'timers',
  about:
    'Requests to the Scheduler a session, in virtual time over as many containers as answer at once: at printers, whose users are gone in a minute, and in a web application that pings.',
  run: async (_, report) => {
    const figures: Figure[] = [];
    for (const { goal, ...rush } of RUSHES) {
      for (const shards of SHARDS) {
        const name = `${rush.perSecond} a second, ${rush.at}, ${shards} ${shards === 1 ? 'shard' : 'shards'}`;
        report(name);
        const counted = await countArrivals({ ...rush, shards, seed: 1 });
        figures.push({
          name: `Scheduler calls a session / ${name}`,
          unit: 'requests',
          values: [callsPerSession(counted)],
          ...(goal === undefined || shards !== SHARDS_DEFAULT ? {} : { goal }),
          beside: besides(counted, rush),
        });
      }
    }
    return figures;
  },
};

export const callsPerSession = ({ schedulerCalls, sessions }: Counted): number => schedulerCalls / sessions;

function besides(
  { sessions, schedulerCalls, inVain, containers }: Counted,
  { countedMs }: Pick<Arrivals, 'countedMs'>,
): string {
  const share = Math.round((100 * inVain) / schedulerCalls);
  return `${containers.stations} containers; ${sessions} sessions in ${countedMs / MINUTE} min; ${share} % of the calls found it armed`;
}

function minutes(count: number): DurationMs {
  return durationMs(count * MINUTE);
}
