/** How stations do: all of them, the worst and longest silent first; one of them in full. */
import { printable } from '../printable.ts';
import type { HealthShown, StationInFull, StationShown } from './answers.ts';
import type { Api } from './api.ts';
import type { Column } from './listing.ts';
import { ago, instantOf, withMoments } from './moments.ts';
import { pasted } from './operator-command.ts';
import { refusalLines } from './refusals.ts';
import { linesOf, type View } from './terminal.ts';
import { pastTable } from './users.ts';

export type WithHealth = StationShown & { readonly health: HealthShown };

const WORST_FIRST = ['red', 'amber', 'green'] as const;
const COLOURS = { red: 'red', amber: 'yellow', green: 'green' } as const;

const heardAt = ({ heardAt }: HealthShown): number => (heardAt === undefined ? 0 : instantOf(heardAt));

const LEAST = 12;
export const HEALTH_COLUMNS: readonly Column<WithHealth>[] = [
  {
    name: 'health',
    told: ({ health }) => health.state,
    colour: ({ health }) => COLOURS[health.state],
    order: ({ health }) => WORST_FIRST.indexOf(health.state) * Number.MAX_SAFE_INTEGER + heardAt(health),
  },
  { name: 'station', told: ({ station }) => station, least: LEAST },
  { name: 'name', told: ({ name }) => name, least: LEAST, goes: 3 },
  {
    name: 'heard',
    told: ({ health }, { now }) => (health.heardAt === undefined ? 'never' : ago(health.heardAt, now)),
    raw: ({ health }) => health.heardAt,
    order: ({ health }) => heardAt(health),
  },
  { name: 'there', told: ({ health }) => health.user, least: LEAST, goes: 2 },
  { name: 'ended in a day', told: ({ health }) => endedInWords(health), raw: ({ health }) => health.sessions, goes: 1 },
  {
    name: 'why',
    told: ({ health }, view) => (health.state === 'green' ? '' : withMoments(health.why, view)),
    least: 20,
  },
];

/** How many there are of each colour. */
export const healthSums = (stations: readonly WithHealth[], { paint }: View): string =>
  WORST_FIRST.map((state) => {
    const number = stations.filter(({ health }) => health.state === state).length;
    return paint(COLOURS[state], `${number} ${state}`);
  }).join(', ');

/** `12: 9 logout, 3 lease`. */
const endedInWords = ({ sessions, ended }: HealthShown): string =>
  sessions === 0
    ? ''
    : `${sessions}: ${Object.entries(ended)
        .sort(([, a = 0], [, b = 0]) => b - a)
        .map(([reason, number]) => `${number} ${reason}`)
        .join(', ')}`;

/** Its colour and why, then who is there, what ended, and what was refused. */
export function healthReport(api: Api, station: StationInFull, view: View): string {
  const { health, there, past, refusals, caused } = station;
  const { now, paint } = view;
  const { state, why, command } = health;
  const users = there.map(({ user, rung, openedAt }) => `${printable(user)} (${rung}, since ${ago(openedAt, now)})`);
  const told = refusalLines(api, refusals, view);
  const elsewhere = refusalLines(api, caused, view);
  return [
    ...linesOf(`${paint(COLOURS[state], state)}: ${printable(withMoments(why, view))}`, view),
    ...(command === undefined || command.join(' ') === `stations show ${station.station}`
      ? []
      : [`  ${pasted(api, ...command)}`]),
    '',
    ...linesOf(`There now: ${users.length === 0 ? 'nobody' : users.join(', ')}.`, view),
    ...linesOf(`Ended in the last day: ${endedInWords(health) || 'nothing'}.`, view),
    ...(past.length === 0 ? [] : ['', ...pastTable(past, view)]),
    ...(told.length === 0 ? [] : ['', 'What it was told:', '', ...told]),
    ...(elsewhere.length === 0 ? [] : ['', 'What its users were refused elsewhere because of it:', '', ...elsewhere]),
  ].join('\n');
}
