/** `curfew users`: what one user has open and what has ended; and forgetting the latter. */
import type { Command } from 'commander';
import { present } from '../present.ts';
import { printable } from '../printable.ts';
import { includes } from '../service/live.ts';
import type { PastShown, SessionShown, UserListed, UserShown } from './answers.ts';
import { type Api, pathOf, Refused, withQuery } from './api.ts';
import { reasonOption } from './audit.ts';
import { Misuse } from './exit-codes.ts';
import { type Column, listingLines } from './listing.ts';
import { ago, moment } from './moments.ts';
import { unknownUser } from './names.ts';
import {
  type Found,
  type ListOptions,
  listCommand,
  type OperatorOptions,
  operatorCommand,
  readCount,
  type Surroundings,
  type Told,
} from './operator-command.ts';
import { realmsOf } from './realms.ts';
import { refusalLines } from './refusals.ts';
import { sessionReport } from './sessions.ts';
import { count, linesOf, type View } from './terminal.ts';

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
  operatorCommand<ShowOptions>(under, 'show <user>', 'What a user has open, and what ended, newest first.', showUser)
    .option('--realm <realm>', 'in this realm (default: in all)')
    .option('--history <number>', 'so many that ended, of each realm', readCount, HISTORY);

  listCommand<UserListed, ListOptions & { readonly realm?: string }>(
    under,
    'list [text]',
    'Users who are here or have been; with a text, those in whose names it is. By when they left last.',
    (api, find, { realm }) => listUsers(api, find, realm, surroundings),
  ).option('--realm <realm>', 'in this realm (default: in all)');

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

const LEAST = 12;
const USER_COLUMNS: readonly Column<UserListed>[] = [
  { name: 'user', told: ({ user }) => user, least: LEAST },
  { name: 'realm', told: ({ realm }) => realm, least: 8, goes: 1, folds: true },
  { name: 'at', told: ({ at = [] }) => at.join(', '), least: LEAST },
  {
    name: 'left',
    told: ({ lastEndedAt, at }, { now }) =>
      at !== undefined || lastEndedAt === undefined ? '' : ago(lastEndedAt, now),
    raw: ({ lastEndedAt }) => lastEndedAt,
  },
];

/** So many sessions that ended are looked at for their users, at the most: of a large campus, those of some days. */
const USERS_MAX = 1_000;

async function listUsers(
  api: Api,
  find: string,
  realm: string | undefined,
  { progress }: Surroundings,
): Promise<Found<UserListed>> {
  const query = present({ realm, find: find || undefined });
  const live = await api.list<SessionShown>('/v1/sessions', 'sessions', { query });
  const past = await api.list<UserListed>('/v1/users', 'users', {
    query,
    most: USERS_MAX,
    onPage: (found) => progress(`${count(found, 'user')} so far`),
  });
  const users = new Map<string, UserListed>();
  const keyOf = (one: { readonly user: string; readonly realm: string }) => JSON.stringify([one.realm, one.user]);
  // A station may be what the text is a part of.
  for (const { user, realm: its, station } of live.filter((one) => includes(one.user, find))) {
    const at = [...new Set([...(users.get(keyOf({ user, realm: its }))?.at ?? []), station])];
    users.set(keyOf({ user, realm: its }), { user, realm: its, at });
  }
  for (const one of past) {
    const known = users.get(keyOf(one));
    if (known?.lastEndedAt === undefined) users.set(keyOf(one), { ...one, ...known });
  }
  const items = [...users.values()];
  if (items.length === 0 && find !== '')
    throw new Refused(404, await unknownUser(api, find, await realmNames(api, realm)));
  return { noun: 'user', field: 'users', items, columns: USER_COLUMNS, more: past.length >= USERS_MAX, sort: 'user' };
}

const realmNames = async (api: Api, realm: string | undefined): Promise<readonly string[]> =>
  realm === undefined ? (await realmsOf(api)).map((one) => one.realm) : [realm];

async function usersOf(
  api: Api,
  user: string,
  realm: string | undefined,
  history: number,
): Promise<readonly UserShown[]> {
  const realms = await realmNames(api, realm);
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

async function showUser(api: Api, user: string, options: ShowOptions, view: () => View): Promise<Told> {
  const users = await usersOf(api, user, options.realm, options.history);
  const known = users.filter(({ seats, history, refusals }) => seats.length + history.length + refusals.length > 0);
  if (known.length === 0) {
    throw new Refused(
      404,
      await unknownUser(
        api,
        user,
        users.map(({ realm }) => realm),
      ),
    );
  }
  const text = known.map((one) => userReport(api, one, view())).join('\n\n');
  return { json: { realms: users }, text };
}

function userReport(api: Api, { user, realm, seats, history, refusals }: UserShown, view: View): string {
  const refused = refusals.length === 0 ? [] : ['', ...refusalLines(api, refusals, view)];
  const open = seats.flatMap((session) => ['', sessionReport(session, view)]);
  const past = history.length === 0 ? [] : ['', ...pastTable(history, view)];
  const heading = `${printable(user)} in ${realm}: ${count(seats.length, 'session')} open`;
  return [...linesOf(heading, view), ...refused, ...open, ...past].join('\n');
}

const PAST_COLUMNS: readonly Column<PastShown>[] = [
  { name: 'opened', told: ({ openedAt }, view) => moment(openedAt, view) },
  { name: 'ended', told: ({ endedAt }, view) => moment(endedAt, view) },
  { name: 'ago', told: ({ endedAt }, { now }) => ago(endedAt, now).replace(/ ago$/, ''), goes: 2 },
  { name: 'station', told: ({ station }) => station, least: LEAST, folds: true },
  { name: 'reason', told: ({ reason }) => reason, folds: true },
  { name: 'by', told: ({ endedBy }) => endedBy, least: LEAST, goes: 1, folds: true },
  { name: 'said', told: ({ note }) => note, least: LEAST, folds: true },
];

/** Without a count below it: there may be more. */
export const pastTable = (history: readonly PastShown[], view: View): string[] =>
  listingLines({ columns: PAST_COLUMNS, items: history }, view);

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
