/** `curfew users`: what one user has open and what has ended; and forgetting the latter. */
import type { Command } from 'commander';
import { present } from '../present.ts';
import { printable } from '../printable.ts';
import type { EpochMs } from '../time.ts';
import type { PastShown, UserShown } from './answers.ts';
import { type Api, pathOf, withQuery } from './api.ts';
import { reasonOption } from './audit.ts';
import { Misuse } from './exit-codes.ts';
import { ago, toSecond } from './moments.ts';
import { type OperatorOptions, operatorCommand, type Surroundings, type Told } from './operator-command.ts';
import { realmsOf } from './realms.ts';
import { refusalLines } from './refusals.ts';
import { readCount, sessionReport } from './sessions.ts';
import { count, type Paint, table } from './terminal.ts';

interface ShowOptions extends OperatorOptions {
  readonly realm?: string;
  readonly history: number;
}

interface ForgetOptions extends OperatorOptions {
  readonly realm: string;
  readonly yes?: boolean;
  readonly reason?: string;
}

/** As many as fit on a screen below what is open. */
const HISTORY = 10;

export function addUsers(program: Command, surroundings: Surroundings): void {
  const parent = program.command('users').description('What single users have open, and what has ended.');
  const under = { surroundings, parent };
  operatorCommand<ShowOptions>(
    under,
    'show <user>',
    'What a user has open, and what ended, newest first.',
    (api, user, options) => showUser(api, user, options, surroundings),
  )
    .option('--realm <realm>', 'in this realm (default: in all)')
    .option('--history <number>', 'so many that ended, of each realm', readCount, HISTORY);

  operatorCommand<ForgetOptions>(
    under,
    'forget <user>',
    'Erases the history of a user: what sessions they had, where and when. There is no way back.',
    (api, user, options) => forgetUser(api, user, options, surroundings),
  )
    .requiredOption('--realm <realm>', 'in which realm')
    .addOption(reasonOption())
    .option('--yes', 'without asking');
}

async function usersOf(
  api: Api,
  user: string,
  realm: string | undefined,
  history: number,
): Promise<readonly UserShown[]> {
  const realms = realm === undefined ? (await realmsOf(api)).map((one) => one.realm) : [realm];
  return Promise.all(realms.map((name) => userOf(api, user, name, history)));
}

/** A user in one realm, with as much history as is asked for. */
export async function userOf(api: Api, user: string, realm: string, history: number): Promise<UserShown> {
  // In the query: not every name can stand in a path safely.
  const path = pathOf('realms', realm, 'users');
  const page = (more: object = {}) => withQuery(path, { user, limit: String(limit), ...more });
  // Each page tells the seats again; those of the first one are from the same instant as its history.
  const limit = Math.min(100, history);
  const { body: first } = await api.ask<UserShown>('GET', page());
  let last = first;
  const past = [...first.history];
  while (last.cursor !== undefined && past.length < history) {
    last = (await api.ask<UserShown>('GET', page({ cursor: last.cursor }))).body;
    past.push(...last.history);
  }
  const { cursor: _, ...rest } = first;
  return { ...rest, history: past.slice(0, history) };
}

async function showUser(api: Api, user: string, options: ShowOptions, { paint }: Surroundings): Promise<Told> {
  const users = await usersOf(api, user, options.realm, options.history);
  const known = users.filter(({ seats, history, refusals }) => seats.length + history.length + refusals.length > 0);
  if (known.length === 0) {
    const where = users.map(({ realm }) => realm).join(', ');
    return { json: { realms: users }, text: `${printable(user)} has nothing open in ${where}, and no history there` };
  }
  const text = known.map((one) => userReport(api, one, paint)).join('\n\n');
  return { json: { realms: users }, text };
}

function userReport(api: Api, { user, realm, seats, history, refusals }: UserShown, paint: Paint): string {
  const now = api.now();
  const refused = refusals.length === 0 ? [] : ['', ...refusalLines(api, refusals, paint)];
  const open = seats.flatMap((session) => ['', sessionReport(session, now, paint)]);
  const past = history.length === 0 ? [] : ['', ...pastTable(history, now, paint)];
  return [`${printable(user)} in ${realm}: ${count(seats.length, 'session')} open`, ...refused, ...open, ...past].join(
    '\n',
  );
}

export function pastTable(history: readonly PastShown[], now: EpochMs, paint: Paint): string[] {
  const rows = history.map((past) => [
    toSecond(past.openedAt),
    toSecond(past.endedAt),
    ago(past.endedAt, now),
    past.station,
    past.reason,
    past.endedBy,
    past.note,
  ]);
  return table(['opened', 'ended', '', 'station', 'reason', 'by', 'said'], rows, paint);
}

/** What `DELETE …/history?user=…` answers. */
interface Forgetting {
  readonly user: string;
  readonly realm: string;
  readonly erased: number;
  readonly more: boolean;
  readonly open: readonly string[];
  readonly inSeats: readonly string[];
}

async function forgetUser(
  api: Api,
  user: string,
  { realm, yes = false, reason }: ForgetOptions,
  { confirm, progress }: Surroundings,
): Promise<Told> {
  if (!yes) {
    if (confirm === undefined) throw new Misuse('nobody can be asked here: say --yes if that is meant');
    const question = `Erase the history of ${printable(user)} in ${realm}, for good?`;
    if (!(await confirm(question))) return { json: { erased: 0 }, text: 'nothing was erased' };
  }
  const path = withQuery(pathOf('realms', realm, 'history'), { user });
  let erased = 0;
  for (;;) {
    const { body } = await api.ask<Forgetting>('DELETE', path, { body: present({ reason }) });
    erased += body.erased;
    progress(`${count(erased, 'session')} erased so far`);
    if (body.more) continue;
    progress('');
    return { json: { ...body, erased }, text: forgettingReport({ ...body, erased }) };
  }
}

function forgettingReport({ user, realm, erased, open, inSeats }: Forgetting): string {
  const lines = [`${count(erased, 'session')} of ${printable(user)} erased from the history of ${realm}`];
  if (open.length > 0) {
    lines.push(
      `not yet: ${count(open.length, 'session')} that ${open.length === 1 ? 'goes' : 'go'} on, and will be history: ${open.join(', ')}`,
    );
  }
  if (inSeats.length > 0) {
    lines.push(
      `not yet: how the last session of ${count(inSeats.length, 'seat')} ended, which guards against late messages and goes by itself in about a week: ${inSeats.join(', ')}`,
    );
  }
  return lines.join('\n');
}
