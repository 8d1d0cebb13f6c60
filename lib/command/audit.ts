/** `curfew audit`: what operators did, who, when and why. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { present } from '../present.ts';
import { ACTIONS } from '../service/ports.ts';
import { before, type DurationMs, fromRfc3339, parseDuration, toRfc3339 } from '../time.ts';
import type { ActionShown } from './answers.ts';
import type { Api } from './api.ts';
import { csvLine } from './csv.ts';
import { shortHandle } from './handles.ts';
import { type Column, listingText } from './listing.ts';
import { moment } from './moments.ts';
import { type OperatorOptions, operatorCommand, readCount, type Surroundings, type Told } from './operator-command.ts';
import { actorOf, count, type View } from './terminal.ts';

interface AuditOptions extends OperatorOptions {
  readonly since?: Moment;
  readonly until?: Moment;
  readonly by?: string;
  readonly action?: string;
  readonly limit: number;
  readonly csv?: boolean;
  readonly wide?: boolean;
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
    (api, _, options, view) => listActions(api, options, surroundings, view()),
  )
    .option('--since <when>', 'from then on: "7d" ago, or an instant (default: as far back as it is kept)', readMoment)
    .option('--until <when>', 'before then', readMoment)
    .option('--by <who>', 'by whom: what stands in their ARN')
    .addOption(new Option('--action <kind>', 'only this').choices(ACTIONS))
    .option('--limit <number>', 'so many at the most', readCount, LIMIT)
    .option('--wide', 'every column, and nothing shortened')
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
  { progress }: Surroundings,
  view: View,
): Promise<Told> {
  const instant = (moment: Moment | undefined) =>
    typeof moment === 'number' ? toRfc3339(before(api.now(), moment)) : moment;
  const actions = await api.list<ActionShown>('/v1/audit', 'actions', {
    query: present({ since: instant(since), until: instant(until), by, action }),
    most: limit,
    onPage: (found) => progress(`${count(found, 'action')} so far`),
  });
  progress('');
  return { json: { actions }, text: csv ? actionsAsCsv(actions) : actionTable(actions, limit, view) };
}

const COLUMNS = ['at', 'by', 'action', 'on', 'outcome', 'note', 'reason', 'session'] as const;

/** All of each, by the names that the API has for it. */
const actionsAsCsv = (actions: readonly ActionShown[]): string =>
  [COLUMNS, ...actions.map((action: Partial<ActionShown>) => COLUMNS.map((name) => action[name] ?? ''))]
    .map(csvLine)
    .join('\n');

const LEAST = 12;
const TABLE: readonly Column<ActionShown>[] = [
  { name: 'when', told: ({ at }, view) => moment(at, view) },
  // The beginning of an ARN is the same for everybody, and would be all that there is room for.
  { name: 'who', told: ({ by }, { isWide = false }) => (isWide ? by : actorOf(by)), least: LEAST },
  { name: 'did', told: ({ action }) => action, folds: true },
  { name: 'on', told: ({ on }) => on, least: LEAST },
  {
    name: 'outcome',
    told: ({ outcome, note }) => (outcome === 'done' ? note : OUTCOMES[outcome]),
    least: LEAST,
    goes: 2,
  },
  { name: 'why', told: ({ reason }) => reason, least: LEAST, goes: 3 },
  {
    name: 'session',
    told: ({ session }, { isWide = false }) => (session === undefined || isWide ? session : shortHandle(session)),
    goes: 1,
  },
];

function actionTable(actions: readonly ActionShown[], limit: number, view: View): string {
  const text = listingText({ noun: 'action', columns: TABLE, items: actions }, view);
  return actions.length === limit ? `${text}; there may be more: --limit ${2 * limit}` : text;
}

const OUTCOMES = { unknown: 'not known', nothing: 'changed nothing' } as const;
