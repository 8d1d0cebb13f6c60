/**
 * `curfew watch`: what changes, by asking again and again who holds a seat. In AWS there is only the API to ask; on one
 * machine it is the same, so that both show the same.
 */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { present } from '../present.ts';
import { printable } from '../printable.ts';
import { type DurationMs, formatDuration, MINUTE, parseDuration, SECOND } from '../time.ts';
import type { PastShown, SessionInFull, SessionShown } from './answers.ts';
import { type Api, pathOf, Refused, Unreachable } from './api.ts';
import { EXIT_CODES } from './exit-codes.ts';
import { moment } from './moments.ts';
import { addWhere, openApi, type Surroundings, viewOf, type Where } from './operator-command.ts';
import { causeOf } from './sessions.ts';
import { count, type View } from './terminal.ts';

interface WatchOptions extends Where {
  readonly realm?: string;
  readonly user?: string;
  readonly station?: string;
  readonly every: DurationMs;
  readonly json?: boolean;
  readonly utc?: boolean;
}

/** Something that has changed since it was last asked. */
export interface Change {
  readonly at: string;
  readonly change: 'opened' | 'lingering' | 'resumed' | 'invalidated' | 'ended';
  readonly session: SessionShown | PastShown;
}

const EVERY = parseDuration('2s') as DurationMs;

const NOTES = `
It asks the API for the sessions that hold a seat, again and again. So a session that opens and ends in between is not
shown, a change is shown up to that much later than it happened, and one that has lost its seat is not followed any
further. All that happens is on the event bus. Ctrl-C ends it.
`;

export function addWatch(program: Command, surroundings: Surroundings): void {
  addWhere(
    program
      .command('watch')
      .description('Shows each session that opens, lingers, resumes, loses its seat or ends, as it happens.')
      .option('--realm <realm>', 'of this realm')
      .option('--user <user>', 'of this user')
      .option('--station <id>', 'at this station')
      .addOption(
        new Option('--every <length>', 'how often it asks, from "1s" to "1m"')
          .default(EVERY, formatDuration(EVERY))
          .argParser(readEvery),
      )
      .option('--json', 'each change as a line of JSON')
      .option('--utc', 'instants in UTC, as the API writes them'),
  )
    .addHelpText('after', NOTES + EXIT_CODES.trimStart())
    .action((options: WatchOptions) => watch(surroundings, options));
}

function readEvery(said: string): DurationMs {
  const every = parseDuration(said);
  if (every !== undefined && every >= SECOND && every <= MINUTE) return every;
  throw new InvalidArgumentError('It must be from "1s" to "1m".');
}

async function watch(surroundings: Surroundings, options: WatchOptions): Promise<void> {
  const { wait, signal, print, remark } = surroundings;
  const { realm, user, station, every, json = false } = options;
  const api = await openApi(surroundings, options);
  const query = present({ realm, user, station });
  let known: ReadonlyMap<string, SessionShown> | undefined;
  let isLost = false;
  while (!signal.aborted) {
    try {
      const found = await changesSince(api, known, query);
      if (known === undefined) remark(`${count(found.now.size, 'session')} now; waiting for what changes`);
      const view = viewOf(surroundings, api, options);
      for (const change of found.changes) print(json ? JSON.stringify(change) : changeLine(change, view));
      known = found.now;
      if (isLost) remark('it answers again');
      isLost = false;
    } catch (error) {
      if (signal.aborted) return;
      // What never worked is no passing fault.
      if (known === undefined || !mayPass(error)) throw error;
      if (!isLost) remark(`${error.message}; asking on`);
      isLost = true;
    }
    await wait(every);
  }
}

const mayPass = (error: unknown): error is Error =>
  error instanceof Unreachable || (error instanceof Refused && (error.status >= 500 || error.status === 429));

/** Who holds a seat now, and what that means after who did. */
async function changesSince(
  api: Api,
  before: ReadonlyMap<string, SessionShown> | undefined,
  query: Readonly<Record<string, string>>,
): Promise<{ now: ReadonlyMap<string, SessionShown>; changes: readonly Change[] }> {
  const listed = await api.list<SessionShown>('/v1/sessions', 'sessions', { query });
  const now = new Map(listed.map((session) => [session.session, session]));
  if (before === undefined) return { now, changes: [] };

  const changes: Change[] = [];
  for (const session of listed) {
    const last = before.get(session.session);
    const change = await changeOf(api, last, session);
    // It has moved on since it was listed: what it is by then counts next time.
    if (change === 'moved-on') now.set(session.session, last ?? session);
    else if (change !== undefined) changes.push(change);
  }
  for (const [handle, last] of before) {
    if (now.has(handle)) continue;
    const gone = await goneOf(api, handle);
    // Listings are as of a moment ago, page by page: one that is not there may have moved on while it was read.
    if (gone === 'holds') now.set(handle, last);
    else if (gone !== undefined) changes.push(gone);
  }
  return { now, changes: changes.sort((a, b) => (a.at < b.at ? -1 : 1)) };
}

async function changeOf(
  api: Api,
  last: SessionShown | undefined,
  session: SessionShown,
): Promise<Change | 'moved-on' | undefined> {
  if (last === undefined) return { at: session.openedAt, change: 'opened', session };
  if (last.rung === session.rung) return undefined;
  if (session.rung === 'active') return { at: session.activeAt, change: 'resumed', session };
  // Only its timeline tells when a rung came.
  const { body } = await api.ask<SessionInFull | PastShown>('GET', pathOf('sessions', session.session), {
    also: [404, 410],
  });
  const steps = body.rung === 'lingering' && 'timeline' in body ? body.timeline : [];
  const lingers = steps.find(({ rung }) => rung === 'lingering');
  return lingers === undefined ? 'moved-on' : { at: lingers.from, change: 'lingering', session };
}

/** `undefined` where nobody knows what became of it. */
async function goneOf(api: Api, handle: string): Promise<Change | 'holds' | undefined> {
  const also = [404, 410];
  const { status, body } = await api.ask<SessionInFull | PastShown>('GET', pathOf('sessions', handle), { also });
  if (status === 404) return undefined;
  if ('endedAt' in body) return { at: body.endedAt, change: 'ended', session: body };
  if (body.invalidatedAt === undefined) return 'holds';
  return { at: body.invalidatedAt, change: 'invalidated', session: body };
}

/** `15:23:05  ended        ana at lib-1 (campus-print): lease, by policy` */
function changeLine({ at, change, session }: Change, view: View): string {
  const who = `${session.user} at ${session.station} (${session.realm})`;
  return printable(`${moment(at, view)}  ${change.padEnd(11)}  ${who}${whyOf(session, view)}`);
}

function whyOf(session: SessionShown | PastShown, view: View): string {
  if ('endedAt' in session) return `: ${causeOf(session)}`;
  const { invalidatedBy, resumableUntil } = session;
  if (session.invalidatedAt !== undefined) {
    const until = resumableUntil === undefined ? '' : `, comes back until ${moment(resumableUntil, view)}`;
    return `: ${invalidatedBy}${until}`;
  }
  return session.previous === undefined ? '' : `, in place of ${session.previous}`;
}
