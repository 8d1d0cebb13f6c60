/** A part of the bench: what a day of a million users asks of partitions, of the Scheduler and of the largest sweep, by the number of shards. */
import { QUOTAS } from '../../lib/cost/quotas.ts';
import { SHARDS_DEFAULT } from '../../lib/table.ts';
import type { Figure, Part } from '../part.ts';
import { liveThrough } from './live-through.ts';
import type { Day } from './outcome.ts';

const USERS = 1_000_000;
const STATIONS = 100_000;
const SHARDS = [1, 2, 4, 16];

export const day: Part = {
  name: 'day',
  about: `A day of ${USERS} users and ${STATIONS} stations in virtual time: a rush at eight, a power cut, a web application that is away.`,
  run: async (_, report) =>
    figuresOf(await liveThrough({ users: USERS, stations: STATIONS, seed: 1, shards: SHARDS }, report)),
};

export function figuresOf({ sessions, liveMost, requests, writes, backstop, byShards }: Day): readonly Figure[] {
  const figure = (name: string, unit: string, value: number, beside?: string): Figure => ({
    name,
    unit,
    values: [value],
    ...(beside === undefined ? {} : { beside }),
  });
  return [
    figure('all day / sessions', 'sessions', sessions, `${liveMost} at once`),
    figure('busiest second / requests', 'a second', requests.count, `at ${requests.at}`),
    figure(
      'busiest second / write units of the table',
      'a second',
      writes.count,
      `at ${writes.at}; the table has ${QUOTAS.table.limit.toLocaleString('en-US')}`,
    ),
    figure(
      'backstop / seconds',
      'seconds',
      backstop.seconds,
      `${backstop.looks} sessions looked at, all that are live counted; it has ${QUOTAS.sweep.limit}, then timers go on`,
    ),
    ...byShards.flatMap(
      ({
        shards,
        indexKey,
        stationsKey,
        throttled,
        throttledUnpaced,
        sweep,
        createSchedule,
        callsPerSession,
        firings,
        waitingMost,
      }) => {
        const of = shards === 1 ? '1 shard' : `${shards} shards`;
        // Nobody is given fewer than the default: one is there for comparison.
        const held = (atMost: number) => (shards < SHARDS_DEFAULT ? {} : { goal: { atMost } });
        return [
          {
            ...figure(
              `hottest key of the index / ${of}`,
              'write units a second',
              indexKey.count,
              `at ${indexKey.at}, sweeps among them: they take half at most`,
            ),
            ...held(QUOTAS.indexKey.limit),
          },
          {
            ...figure(
              `hottest key by stations / ${of}`,
              'write units a second',
              stationsKey.count,
              `at ${stationsKey.at}; half of a key is for sweeps`,
            ),
            goal: { atMost: QUOTAS.indexKey.limit / 2 },
          },
          {
            ...figure(
              `throttled by sweeps / ${of}`,
              'write units a day',
              throttled,
              `${Math.round(throttledUnpaced)} if sweeps did not pace themselves`,
            ),
            ...held(0),
          },
          {
            ...figure(
              `largest sweep / ${of}`,
              'seconds',
              sweep.seconds,
              `at ${sweep.at}: ${sweep.looks} sessions, ${sweep.writes} of them written; after ${QUOTAS.sweep.limit} another goes on`,
            ),
            goal: { atMost: QUOTAS.sweep.limit },
          },
          {
            ...figure(
              `CreateSchedule / ${of}`,
              'a second',
              createSchedule.count,
              `at ${createSchedule.at}; ${callsPerSession.toFixed(3)} a session`,
            ),
            goal: { atMost: QUOTAS.createSchedule.limit },
          },
          {
            ...figure(`firings / ${of}`, 'a second', firings.count, `${waitingMost} timers at once`),
            goal: { atMost: QUOTAS.firings.limit },
          },
        ];
      },
    ),
  ];
}
