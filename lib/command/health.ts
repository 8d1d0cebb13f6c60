/** How stations do: all of them, the worst and longest silent first; one of them in full. */
import { printable } from '../printable.ts';
import type { EpochMs } from '../time.ts';
import type { HealthShown, StationInFull, StationShown } from './answers.ts';
import type { Api } from './api.ts';
import { ago, instantOf } from './moments.ts';
import { pasted } from './operator-command.ts';
import { refusalLines } from './refusals.ts';
import { count, type Paint, table } from './terminal.ts';
import { pastTable } from './users.ts';

export type WithHealth = StationShown & { readonly health: HealthShown };

const WORST_FIRST = ['red', 'amber', 'green'] as const;
const COLOURS = { red: 'red', amber: 'yellow', green: 'green' } as const;

/** Those of which nothing was ever heard before the longest silent. */
export const worstFirst = (stations: readonly WithHealth[]): WithHealth[] =>
  stations.toSorted(
    ({ health: a }, { health: b }) =>
      WORST_FIRST.indexOf(a.state) - WORST_FIRST.indexOf(b.state) || heardAt(a) - heardAt(b),
  );

const heardAt = ({ heardAt }: HealthShown): number => (heardAt === undefined ? 0 : instantOf(heardAt));

export function healthTable(stations: readonly WithHealth[], now: EpochMs, paint: Paint): string {
  if (stations.length === 0) return 'no stations';
  const rows = worstFirst(stations).map(({ station, name, health }) => [
    health.state,
    station,
    name,
    health.heardAt === undefined ? 'never' : ago(health.heardAt, now),
    health.user,
    endedInWords(health),
    health.why,
  ]);
  const sums = WORST_FIRST.map((state) => {
    const number = stations.filter(({ health }) => health.state === state).length;
    return paint(COLOURS[state], `${number} ${state}`);
  });
  const heading = ['health', 'station', 'name', 'last heard', 'there now', 'ended in a day', 'why'];
  return [...table(heading, rows, paint), '', `${count(stations.length, 'station')}: ${sums.join(', ')}`].join('\n');
}

/** `12: 9 logout, 3 lease`. */
const endedInWords = ({ sessions, ended }: HealthShown): string =>
  sessions === 0
    ? ''
    : `${sessions}: ${Object.entries(ended)
        .sort(([, a = 0], [, b = 0]) => b - a)
        .map(([reason, number]) => `${number} ${reason}`)
        .join(', ')}`;

/** Its colour and why, then who is there, what ended, and what was refused. */
export function healthReport(api: Api, station: StationInFull, paint: Paint): string {
  const { health, there, past, refusals, caused } = station;
  const now = api.now();
  const { state, why, command } = health;
  const users = there.map(({ user, rung, openedAt }) => `${printable(user)} (${rung}, since ${ago(openedAt, now)})`);
  const told = refusalLines(api, refusals, paint);
  const elsewhere = refusalLines(api, caused, paint);
  return [
    `${paint(COLOURS[state], state)}: ${printable(why)}`,
    ...(command === undefined || command.join(' ') === `stations show ${station.station}`
      ? []
      : [`  ${pasted(api, ...command)}`]),
    '',
    `There now: ${users.length === 0 ? 'nobody' : users.join(', ')}.`,
    `Ended in the last day: ${endedInWords(health) || 'nothing'}.`,
    ...(past.length === 0 ? [] : ['', ...pastTable(past, now, paint)]),
    ...(told.length === 0 ? [] : ['', 'What it was told:', '', ...told]),
    ...(elsewhere.length === 0 ? [] : ['', 'What its users were refused elsewhere because of it:', '', ...elsewhere]),
  ].join('\n');
}
