/** `curfew sessions`: who holds a seat and until when, one of them in full, and ending one by hand. */
import { randomUUID } from 'node:crypto';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { present } from '../present.ts';
import { printable, userShown } from '../printable.ts';
import { OPEN_RUNGS } from '../session/seat.ts';
import type { EpochMs } from '../time.ts';
import type { PastShown, SessionInFull, SessionShown } from './answers.ts';
import { type Api, pathOf } from './api.ts';
import { endMany, type Of } from './end-many.ts';
import { Misuse } from './exit-codes.ts';
import { ago, left, toSecond } from './moments.ts';
import { type OperatorOptions, operatorCommand, pasted, type Surroundings, type Told } from './operator-command.ts';
import { aligned, count, type Paint, table } from './terminal.ts';

interface ListOptions extends OperatorOptions {
  readonly realm?: string;
  readonly user?: string;
  readonly station?: string;
  readonly rung?: string;
  readonly limit?: number;
}

export function addSessions(program: Command, surroundings: Surroundings): void {
  const { paint } = surroundings;
  const parent = program.command('sessions').description('Who is logged in where, until when; and ending that.');
  const under = { surroundings, parent };

  operatorCommand<ListOptions>(under, 'list', 'Sessions that hold a seat.', (api, _, options) =>
    listSessions(api, options, surroundings),
  )
    .option('--realm <realm>', 'of this realm')
    .option('--user <user>', 'of this user')
    .option('--station <id>', 'at this station')
    .addOption(
      new Option('--rung <rung>', 'on this rung; in failover or remembered they hold no seat any more').choices(
        OPEN_RUNGS,
      ),
    )
    .option('--limit <number>', 'so many at the most', readCount);

  operatorCommand(under, 'show <session>', 'One session: where, its deadlines, its way down.', (api, handle) =>
    showSession(api, handle, paint),
  );

  operatorCommand<OperatorOptions & Of & { readonly reason: string; readonly yes?: boolean }>(
    under,
    'end [session]',
    'Ends a session, or all of a station, a realm or a user: the seat is free at once, and nothing brings it back.',
    (api, handle, { reason, yes, station, realm, user }) => {
      const of = present({ station, realm, user });
      const isOne = Object.keys(of).length === 0;
      if (isOne === (handle === '')) throw new Misuse('say a session, or of what all: --station, --realm or --user');
      return isOne ? endSession(api, handle, reason) : endMany(api, of, { reason, yes }, surroundings);
    },
  )
    .requiredOption('--reason <text>', 'why, for the history and for whoever asks later')
    .option('--station <id>', 'all sessions at this station')
    .option('--realm <realm>', 'all sessions of this realm')
    .option('--user <user>', 'all sessions of this user')
    .option('--yes', 'of several: without asking');
}

export function readCount(said: string): number {
  if (/^[1-9]\d{0,8}$/.test(said)) return Number(said);
  throw new InvalidArgumentError('It must be a whole number, 1 or more.');
}

async function listSessions(api: Api, options: ListOptions, { paint, progress }: Surroundings): Promise<Told> {
  const { realm, user, station, rung, limit: most } = options;
  const sessions = await api.list<SessionShown>('/v1/sessions', 'sessions', {
    query: present({ realm, user, station, rung }),
    ...present({ most }),
    onPage: (found) => progress(`${count(found, 'session')} so far`),
  });
  progress('');
  return { json: { sessions }, text: sessionTable(sessions, api.now(), paint) };
}

export function sessionTable(sessions: readonly SessionShown[], now: EpochMs, paint: Paint): string {
  if (sessions.length === 0) return 'no sessions';
  const heading = ['user', 'realm', 'station', 'rung', 'opened', 'last heard', 'held for', 'session'];
  const rows = sessions.map(({ realm, station, rung, openedAt, heardAt, heldUntil, session, user }) => [
    user,
    realm,
    station,
    rung,
    toSecond(openedAt),
    ago(heardAt, now),
    left(heldUntil, now),
    session,
  ]);
  return [...table(heading, rows, paint), '', count(sessions.length, 'session')].join('\n');
}

async function showSession(api: Api, handle: string, paint: Paint): Promise<Told> {
  const { status, body } = await api.ask<SessionInFull | PastShown>('GET', pathOf('sessions', handle), { also: [410] });
  if (status === 410 || !('deadlines' in body)) {
    // What a program is told of an ended session is what it is told of others, without the problem around it.
    return { json: body, text: pastReport(body as PastShown, api.now()) };
  }
  const end = pasted(api, 'sessions', 'end', body.session, '--reason', 'say why');
  return { json: body, text: [sessionReport(body, api.now(), paint), '', `To end it: ${end}`].join('\n') };
}

/** A session that goes on: where, since when, and what is ahead of it. */
export function sessionReport(session: SessionInFull, now: EpochMs, paint: Paint): string {
  const { realm, rung, openedAt, activeAt, heardAt, freeAt, timeline, jobs, invalidatedAt } = session;
  const facts = aligned([
    ['session', session.session],
    ['user', `${printable(userShown(session))} (${realm})`],
    ['at', stationInWords(session)],
    ['rung', rung],
    ['opened', `${openedAt}  (${ago(openedAt, now)})`],
    ['active', `${activeAt}  (${ago(activeAt, now)})`],
    ['last heard', `${heardAt}  (${ago(heardAt, now)})`],
    invalidatedAt === undefined
      ? ['seat free', `${freeAt}  (in ${left(freeAt, now)}) if nothing more is heard`]
      : ['seat lost', `${invalidatedAt}  (${ago(invalidatedAt, now)}) by ${session.invalidatedBy}`],
    ...(jobs === undefined ? [] : [['jobs', `${jobs}: idle and lease wait for it`]]),
  ]);
  const rows = timeline.map((step) => [
    step.rung,
    step.from,
    'until' in step && step.until !== undefined ? step.until : '',
    'reason' in step ? step.reason : '',
  ]);
  return [...facts, '', ...table(['rung', 'from', 'until', 'by'], rows, paint)].join('\n');
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
export function pastReport(past: PastShown, now: EpochMs): string {
  const { user, realm, session, station, endedAt } = past;
  return printable(
    `${user}'s session ${session} (${realm}) at ${station} ended at ${endedAt} (${ago(endedAt, now)}): ${causeOf(past)}`,
  );
}

/** `lease, by policy`; `by hand, by arn:aws:iam::123456789012:user/olga: printer removed`. */
export function causeOf({ reason, endedBy, note }: PastShown): string {
  const cause = reason === 'operator' ? `by hand, by ${endedBy.replace(/^operator:/, '')}` : `${reason}, by ${endedBy}`;
  return note === undefined ? cause : `${cause}: ${note}`;
}

type EndAnswer = PastShown & { readonly outcome: 'ended' | 'already-ended' };

async function endSession(api: Api, handle: string, reason: string): Promise<Told> {
  // An end that was written, and whose answer was lost, is told as such to whoever asks again.
  const asked = { reason, id: randomUUID() };
  const { body } = await api.ask<EndAnswer>('DELETE', pathOf('sessions', handle), { body: asked });
  const { outcome, user, realm } = body;
  if (outcome === 'ended') {
    const text = `ended; ${printable(user)}'s seat in ${realm} is free\n${pastReport(body, api.now())}`;
    return { json: body, text };
  }
  return { json: body, text: `nothing to end\n${pastReport(body, api.now())}` };
}
