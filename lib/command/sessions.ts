/** `curfew sessions`: who holds a seat and until when, one of them in full, and ending one by hand. */
import { randomUUID } from 'node:crypto';
import { type Command, Option } from 'commander';
import { present } from '../present.ts';
import { printable, userShown } from '../printable.ts';
import { OPEN_RUNGS } from '../session/seat.ts';
import type { PastShown, SessionInFull, SessionShown } from './answers.ts';
import { type Api, pathOf } from './api.ts';
import { endMany, type Of } from './end-many.ts';
import { Misuse } from './exit-codes.ts';
import { handleMeant, shortHandle, shortHandles } from './handles.ts';
import type { Column } from './listing.ts';
import { ago, instantOf, left, moment } from './moments.ts';
import { demandKnown } from './names.ts';
import {
  type Found,
  instantSaid,
  type ListOptions,
  listCommand,
  type OperatorOptions,
  operatorCommand,
  pasted,
  type Surroundings,
  type Told,
} from './operator-command.ts';
import { count, factLines, linesOf, table, type View } from './terminal.ts';

interface SessionListOptions extends ListOptions {
  readonly realm?: string;
  readonly user?: string;
  readonly station?: string;
  readonly rung?: string;
  readonly find?: string;
  readonly at?: string;
  readonly ended?: boolean;
  readonly from?: string;
  readonly until?: string;
}

export function addSessions(program: Command, surroundings: Surroundings): void {
  const parent = program.command('sessions').description('Who is logged in where, until when; and ending that.');
  const under = { surroundings, parent };

  listCommand<SessionShown | PastShown, SessionListOptions>(
    under,
    'list',
    'Sessions that hold a seat; those of an instant; those that have ended.',
    (api, _, options, view) => listSessions(api, options, view(), surroundings),
  )
    .option('--realm <realm>', 'of this realm')
    .option('--user <user>', 'of this user')
    .option('--station <id>', 'at this station')
    .option('--find <text>', "where this is a part of the user's name, or of the station's id, name or place")
    .option('--at <instant>', 'who was here then: "14:00", "2026-11-22 14:00", or RFC 3339')
    .addOption(
      new Option('--rung <rung>', 'on this rung; in failover or remembered they hold no seat any more')
        .choices(OPEN_RUNGS)
        .conflicts(['at', 'ended']),
    )
    .addOption(new Option('--ended', 'those that have ended, the last one first').conflicts('at'))
    .option('--from <instant>', 'with --ended: that ended then or later')
    .option('--until <instant>', 'with --ended: that had ended by then');

  operatorCommand(under, 'show <session>', 'One session: where, its deadlines, its way down.', showSession);

  operatorCommand<OperatorOptions & Of & { readonly reason: string; readonly yes?: boolean }>(
    under,
    'end [session]',
    'Ends a session, or all of a station, a realm or a user: the seat is free at once, and nothing brings it back.',
    (api, said, { reason, yes, station, realm, user }, view) => {
      const of = present({ station, realm, user });
      const isOne = Object.keys(of).length === 0;
      if (isOne === (said === '')) throw new Misuse('say a session, or of what all: --station, --realm or --user');
      return isOne ? endSession(api, said, reason, view) : endMany(api, of, { reason, yes }, surroundings);
    },
  )
    .requiredOption('--reason <text>', 'why, for the history and for whoever asks later')
    .option('--station <id>', 'all sessions at this station')
    .option('--realm <realm>', 'all sessions of this realm')
    .option('--user <user>', 'all sessions of this user')
    .option('--yes', 'of several: without asking');
}

type Listed = SessionShown | PastShown;
const isPast = (session: Listed): session is PastShown => 'endedAt' in session;

/** More is not counted where few are asked for. */
const COUNTED_MAX = 10_000;

async function listSessions(
  api: Api,
  options: SessionListOptions,
  view: View,
  { progress }: Surroundings,
): Promise<Found<Listed>> {
  const { realm, user, station, rung, find, ended = false } = options;
  const [at, from, until] = [options.at, options.from, options.until].map((said) => said && instantSaid(said, view));
  if (!ended && (from ?? until) !== undefined) throw new Misuse('--from and --until are of those that have --ended');
  const most = options.limit === undefined ? {} : { most: Math.max(options.limit, COUNTED_MAX) };
  const list = async <T extends Listed>(path: string, query: Record<string, string>) =>
    api.list<T>(path, 'sessions', { ...most, query, onPage: (found) => progress(`${count(found, 'session')} so far`) });
  const filter = present({ realm, user, station, find, at });
  const [live, past] = await Promise.all([
    ended ? [] : list<SessionShown>('/v1/sessions', { ...filter, ...present({ rung }) }),
    ended || at !== undefined ? list<PastShown>('/v1/history', { ...filter, ...present({ from, until }) }) : [],
  ]);
  // One that ended between the two answers is in both.
  const sessions = [...new Map<string, Listed>([...live, ...past].map((one) => [one.session, one])).values()];
  if (sessions.length === 0) await demandKnown(api, options);
  const more = options.limit !== undefined && sessions.length >= COUNTED_MAX;
  const shape = ended || at !== undefined ? pastColumns(sessions) : liveColumns(sessions);
  return { noun: 'session', field: 'sessions', items: sessions, columns: shape, more, sort: ended ? '-ended' : 'user' };
}

const LEAST = 12;

function whoAndWhere(): Column<Listed>[] {
  return [
    { name: 'user', told: ({ user }) => user, least: LEAST },
    { name: 'realm', told: ({ realm }) => realm, least: 8, goes: 2, folds: true },
    { name: 'station', told: ({ station }) => station, least: LEAST, folds: true },
  ];
}

function handleColumn(sessions: readonly Listed[]): Column<Listed> {
  const short = shortHandles(sessions.map(({ session }) => session));
  return {
    name: 'session',
    told: ({ session }, { isWide }) => (isWide === true ? session : short.get(session)),
    raw: ({ session }) => session,
    least: 8,
  };
}

const opened: Column<Listed> = {
  name: 'opened',
  told: ({ openedAt }, view) => moment(openedAt, view),
  raw: ({ openedAt }) => openedAt,
  goes: 3,
};

const ofLive =
  <T>(of: (session: SessionShown) => T) =>
  (session: Listed) =>
    isPast(session) ? undefined : of(session);

function liveColumns(sessions: readonly Listed[]): Column<Listed>[] {
  return [
    ...whoAndWhere(),
    { name: 'rung', told: ({ rung }) => rung, goes: 4, folds: true },
    opened,
    {
      name: 'heard',
      told: ({ heardAt }, { now }) => ago(heardAt, now),
      raw: ({ heardAt }) => heardAt,
      goes: 1,
    },
    {
      name: 'free',
      told: (session, { now }) =>
        ofLive(({ freeAt }) => (instantOf(freeAt) > now ? `in ${left(freeAt, now)}` : 'now'))(session),
      raw: ofLive(({ freeAt }) => freeAt),
    },
    handleColumn(sessions),
  ];
}

function pastColumns(sessions: readonly Listed[]): Column<Listed>[] {
  const ofPast =
    <T>(of: (session: PastShown) => T) =>
    (session: Listed) =>
      isPast(session) ? of(session) : undefined;
  return [
    ...whoAndWhere(),
    { ...opened },
    {
      name: 'ended',
      told: (session, view) => (isPast(session) ? moment(session.endedAt, view) : 'goes on'),
      raw: ofPast(({ endedAt }) => endedAt),
    },
    { name: 'reason', told: ofPast(({ reason }) => reason), folds: true },
    { name: 'by', told: ofPast(({ endedBy }) => endedBy), least: LEAST, goes: 1, folds: true },
    { name: 'said', told: ofPast(({ note }) => note), least: LEAST, goes: 2, folds: true },
    handleColumn(sessions),
  ];
}

async function showSession(api: Api, said: string, _: OperatorOptions, view: () => View): Promise<Told> {
  const path = pathOf('sessions', await handleMeant(api, said));
  const { status, body } = await api.ask<SessionInFull | PastShown>('GET', path, { also: [410] });
  if (status === 410 || !('deadlines' in body)) {
    // What a program is told of an ended session is what it is told of others, without the problem around it.
    return { json: body, text: pastLines(body as PastShown, view()) };
  }
  const end = pasted(api, 'sessions', 'end', shortHandle(body.session), '--reason', 'say why');
  return { json: body, text: [sessionReport(body, view()), '', `To end it: ${end}`].join('\n') };
}

/** A session that goes on: where, since when, and what is ahead of it. */
export function sessionReport(session: SessionInFull, view: View): string {
  const { now } = view;
  const { realm, rung, openedAt, activeAt, heardAt, freeAt, timeline, jobs, invalidatedAt } = session;
  const since = (at: string) => `${moment(at, view)}  (${ago(at, now)})`;
  const facts = factLines(
    [
      ['session', session.session],
      ['user', `${printable(userShown(session))} (${realm})`],
      ['at', stationInWords(session)],
      ['rung', rung],
      ['opened', since(openedAt)],
      ['active', since(activeAt)],
      ['last heard', since(heardAt)],
      invalidatedAt === undefined
        ? ['seat free', `${moment(freeAt, view)}  (in ${left(freeAt, now)}) if nothing more is heard`]
        : ['seat lost', `${since(invalidatedAt)} by ${session.invalidatedBy}`],
      ...(jobs === undefined ? [] : [['jobs', `${jobs}: idle and lease wait for it`] as const]),
    ],
    view,
  );
  const rows = timeline.map((step) => [
    step.rung,
    moment(step.from, view),
    'until' in step && step.until !== undefined ? moment(step.until, view) : '',
    'reason' in step ? step.reason : '',
  ]);
  return [...facts, '', ...table(['rung', 'from', 'until', 'by'], rows, view.paint)].join('\n');
}

/** `Library 1, Ground floor (lib-1)`; just the id of one that has no name. */
export function stationInWords(place: {
  readonly station: string;
  readonly name: string;
  readonly location: string;
}): string {
  const { station, name, location } = place;
  const told = [name, location].filter((text) => text !== '').join(', ');
  return told === station ? station : printable(`${told} (${station})`);
}

/** How a session ended, in one sentence. */
export function pastReport(past: PastShown, view: View): string {
  const { user, realm, session, station, endedAt } = past;
  return printable(
    `${user}'s session ${shortHandle(session)} (${realm}) at ${station} ended at ${moment(endedAt, view)} (${ago(endedAt, view.now)}): ${causeOf(past)}`,
  );
}

const pastLines = (past: PastShown, view: View): string => linesOf(pastReport(past, view), view).join('\n');

/** `lease, by policy`; `by hand, by arn:aws:iam::123456789012:user/olga: printer removed`. */
export function causeOf({ reason, endedBy, note }: PastShown): string {
  const cause = reason === 'operator' ? `by hand, by ${endedBy.replace(/^operator:/, '')}` : `${reason}, by ${endedBy}`;
  return note === undefined ? cause : `${cause}: ${note}`;
}

type EndAnswer = PastShown & { readonly outcome: 'ended' | 'already-ended' };

async function endSession(api: Api, said: string, reason: string, view: () => View): Promise<Told> {
  // An end that was written, and whose answer was lost, is told as such to whoever asks again.
  const asked = { reason, id: randomUUID() };
  const path = pathOf('sessions', await handleMeant(api, said));
  const { body } = await api.ask<EndAnswer>('DELETE', path, { body: asked });
  const { outcome, user, realm } = body;
  if (outcome === 'ended') {
    const text = `ended; ${printable(user)}'s seat in ${realm} is free\n${pastLines(body, view())}`;
    return { json: body, text };
  }
  return { json: body, text: `nothing to end\n${pastLines(body, view())}` };
}
