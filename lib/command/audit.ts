/** `curfew audit`: what operators did, who, when and why. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { present } from '../present.ts';
import { ACTIONS } from '../service/ports.ts';
import { before, type DurationMs, fromRfc3339, parseDuration, toRfc3339 } from '../time.ts';
import type { ActionShown } from './answers.ts';
import type { Api } from './api.ts';
import { csvLine } from './csv.ts';
import { toSecond } from './moments.ts';
import { type OperatorOptions, operatorCommand, readCount, type Surroundings, type Told } from './operator-command.ts';
import { count, type Paint, table } from './terminal.ts';

interface AuditOptions extends OperatorOptions {
  readonly since?: Moment;
  readonly until?: Moment;
  readonly by?: string;
  readonly action?: string;
  readonly limit: number;
  readonly csv?: boolean;
}

/** An instant as it was said, or so long ago. */
type Moment = string | DurationMs;

/** As many as somebody looks through. */
const LIMIT = 50;

/** Of every command that changes something. */
export const reasonOption = (): Option => new Option('--reason <text>', 'why, for the trail: a ticket, say');

export function addAudit(program: Command, surroundings: Surroundings): void {
  operatorCommand<AuditOptions>(
    { surroundings, parent: program },
    'audit',
    'What operators did: who, when, to what and why. The newest first.',
    (api, _, options) => listActions(api, options, surroundings),
  )
    .option('--since <when>', 'from then on: "7d" ago, or an instant (default: as far back as it is kept)', readMoment)
    .option('--until <when>', 'before then', readMoment)
    .option('--by <who>', 'by whom: what stands in their ARN')
    .addOption(new Option('--action <kind>', 'only this').choices(ACTIONS))
    .option('--limit <number>', 'so many at the most', readCount, LIMIT)
    .addOption(new Option('--csv', 'as a table for other programs').conflicts('json'));
}

function readMoment(said: string): Moment {
  const moment = parseDuration(said) ?? (fromRfc3339(said) === undefined ? undefined : said);
  if (moment !== undefined) return moment;
  throw new InvalidArgumentError('It must be a length such as 7d or 12h, or an instant such as 2026-01-05T12:00:00Z.');
}

async function listActions(
  api: Api,
  { since, until, by, action, limit, csv = false }: AuditOptions,
  { paint, progress }: Surroundings,
): Promise<Told> {
  const instant = (moment: Moment | undefined) =>
    typeof moment === 'number' ? toRfc3339(before(api.now(), moment)) : moment;
  const actions = await api.list<ActionShown>('/v1/audit', 'actions', {
    query: present({ since: instant(since), until: instant(until), by, action }),
    most: limit,
    onPage: (found) => progress(`${count(found, 'action')} so far`),
  });
  progress('');
  return { json: { actions }, text: csv ? actionsAsCsv(actions) : actionTable(actions, limit, paint) };
}

const COLUMNS = ['at', 'by', 'action', 'on', 'outcome', 'note', 'reason', 'session'] as const;

/** All of each, by the names that the API has for it. */
const actionsAsCsv = (actions: readonly ActionShown[]): string =>
  [COLUMNS, ...actions.map((action: Partial<ActionShown>) => COLUMNS.map((name) => action[name] ?? ''))]
    .map(csvLine)
    .join('\n');

function actionTable(actions: readonly ActionShown[], limit: number, paint: Paint): string {
  if (actions.length === 0) return 'no actions';
  const rows = actions.map(({ at, by, action, on, session, note, reason, outcome }) => [
    toSecond(at),
    by,
    action,
    on,
    outcome === 'done' ? note : OUTCOMES[outcome],
    reason,
    session,
  ]);
  const more = actions.length === limit ? `; there may be more: --limit ${2 * limit}` : '';
  const heading = ['when', 'who', 'did', 'on', 'outcome', 'why', 'session'];
  return [...table(heading, rows, paint), '', `${count(actions.length, 'action')}${more}`].join('\n');
}

const OUTCOMES = { unknown: 'not known', nothing: 'changed nothing' } as const;
