/** `curfew policy diff`: what a realms file changes for users, in sentences; and whom it would have touched lately. */
import { type Command, InvalidArgumentError } from 'commander';
import { printable } from '../printable.ts';
import { readRealms } from '../realms/realms-file.ts';
import { type Replayed, replay, type Shifts, type Stay } from '../realms/replay.ts';
import type { Hearing } from '../session/ladder.ts';
import type { Policy, Realms } from '../session/policy.ts';
import { hasPanel } from '../station/stations.ts';
import {
  before,
  type DurationMs,
  type EpochMs,
  formatDuration,
  fromIso8601,
  fromRfc3339,
  parseDuration,
  toRfc3339,
} from '../time.ts';
import type { PastShown, RealmShown, StationShown } from './answers.ts';
import { type Api, Refused } from './api.ts';
import { inShort, leftInShort } from './lengths.ts';
import { addWhere, type OperatorOptions, openApi, type Surroundings } from './operator-command.ts';
import { type Change, changesOf } from './policy-changes.ts';
import { realmsOf } from './realms.ts';
import { count, type Paint } from './terminal.ts';

interface DiffOptions extends OperatorOptions {
  readonly replay?: DurationMs;
}

/** Hands on a file's text; refuses one that cannot be read, or is no realms file in order, as `policy check` does. */
export type ReadRealmsFile = (file: string) => Promise<Realms | undefined>;

export function addPolicyDiff(policy: Command, surroundings: Surroundings, readFile: ReadRealmsFile): void {
  const command = policy
    .command('diff')
    .description('Says what a realms file changes for users, against another one, or against the policies in force.')
    .argument('<file>', 'the realms file that is to come')
    .argument('[from]', 'the one before it (default: the policies in force)')
    .option(
      '--replay <length>',
      'and whom it would have touched of those who came in the time before, such as 30d',
      readLength,
    )
    .option('--json', 'the answer as JSON');
  addWhere(command).action(async (file: string, other: string | undefined, options: DiffOptions) => {
    const to = await readFile(file);
    const from = other === undefined ? undefined : await readFile(other);
    if (to === undefined || (other !== undefined && from === undefined)) return;
    const api = from === undefined || options.replay !== undefined ? await openApi(surroundings, options) : undefined;
    const was = from ?? (api === undefined ? new Map() : await inForce(api));
    const realms = realmsDiff(was, to, from !== undefined);
    const replayed =
      api === undefined || options.replay === undefined
        ? []
        : await replayAll(api, { realms, was, to, over: options.replay, progress: surroundings.progress });
    surroundings.print(
      options.json === true
        ? JSON.stringify({ realms, ...(replayed.length === 0 ? {} : { replayed }) }, null, 2)
        : diffReport(realms, replayed, options.replay, surroundings.paint),
    );
  });
}

function readLength(said: string): DurationMs {
  const length = parseDuration(said);
  if (length === undefined || length === 0) throw new InvalidArgumentError('It must be a length such as 30d or 12h.');
  return length;
}

/** The policies that the API shows. Whom a webhook tells is not among what it shows. */
async function inForce(api: Api): Promise<Realms> {
  return new Map((await realmsOf(api)).map((shown) => [shown.realm, policyShown(shown)]));
}

export function policyShown({ realm, policy }: RealmShown): Policy {
  const { stations = {}, ...fields } = policy;
  const inTheFile = (value: unknown): unknown => {
    const length = typeof value === 'string' ? fromIso8601(value) : undefined;
    return length === undefined ? value : formatDuration(length);
  };
  const said = {
    ...Object.fromEntries(Object.entries(fields).map(([field, value]) => [field, inTheFile(value)])),
    stations: Object.fromEntries(Object.entries(stations).map(([id, { idle }]) => [id, { idle: inTheFile(idle) }])),
  };
  const { realms, errors } = readRealms(JSON.stringify({ realms: { [realm]: said } }));
  const read = realms.get(realm);
  if (read === undefined) throw new Error(`the policy in force is not understood: ${errors[0]?.message}`);
  return read;
}

export interface RealmDiff {
  readonly realm: string;
  readonly is: 'new' | 'gone' | 'changed';
  readonly changes: readonly Change[];
}

/** The realms that differ, by their names. */
export function realmsDiff(was: Realms, to: Realms, withWebhooks: boolean): RealmDiff[] {
  const names = [...new Set([...was.keys(), ...to.keys()])].sort();
  return names.flatMap((realm): RealmDiff[] => {
    const [before, now] = [was.get(realm), to.get(realm)];
    if (now === undefined) return [{ realm, is: 'gone', changes: [] }];
    if (before === undefined) return [{ realm, is: 'new', changes: [] }];
    const changes = [...changesOf(before, now), ...(withWebhooks ? webhookChange(before, now) : [])];
    return changes.length === 0 ? [] : [{ realm, is: 'changed', changes }];
  });
}

function webhookChange({ webhook: was }: Policy, { webhook: is }: Policy): Change[] {
  const told = (webhook: Policy['webhook']) => (webhook === undefined ? 'nobody' : webhook.url);
  if (JSON.stringify(was) === JSON.stringify(is)) return [];
  const says = is === undefined ? 'nobody is told by a webhook' : `${is.url} is told of ${is.events.join(', ')}`;
  return [{ field: 'webhook', from: told(was), to: told(is), says }];
}

interface RealmReplayed extends Replayed {
  readonly realm: string;
}

async function replayAll(
  api: Api,
  asked: {
    readonly realms: readonly RealmDiff[];
    readonly was: Realms;
    readonly to: Realms;
    readonly over: DurationMs;
    readonly progress: (said: string) => void;
  },
): Promise<RealmReplayed[]> {
  const { was, to, over, progress } = asked;
  const stations = await stationsOf(api);
  const replayed: RealmReplayed[] = [];
  for (const { realm } of asked.realms) {
    const [before_, now] = [was.get(realm), to.get(realm)];
    if (before_ === undefined || now === undefined) continue;
    const onPage = (n: number) => progress(`${realm}: ${count(n, 'session')} so far`);
    const query = { realm, from: toRfc3339(before(api.now(), over)) };
    const past = await api.list<PastShown>('/v1/history', 'sessions', { query, onPage }).catch(withoutHistory);
    const stays = past.map((one) => stayOf(one, stations, before_));
    replayed.push({ realm, ...replay(stays, { from: before_, to: now }) });
  }
  progress('');
  return replayed;
}

function withoutHistory(error: Error): never {
  if (!(error instanceof Refused) || error.status !== 404) throw error;
  throw new Error('this Curfew is of a version that lists no history: there is nothing to replay');
}

async function stationsOf(api: Api): Promise<ReadonlyMap<string, Hearing>> {
  const stations = await api.list<StationShown>('/v1/stations', 'stations');
  return new Map(
    stations.map(({ station: id, kind, reportsActivity }) => [id, { id, reportsActivity, hasPanel: hasPanel(kind) }]),
  );
}

/** A station that is registered no more is taken for what its realm's mostly are. */
export function stayOf(past: PastShown, stations: ReadonlyMap<string, Hearing>, { profile }: Policy): Stay {
  const { user, station: id, openedAt, heardAt, activeAt, endedAt, reason } = past;
  const lost = 'invalidatedAt' in past && past.invalidatedAt !== undefined ? past : undefined;
  const opened = instant(openedAt);
  return {
    user,
    station: stations.get(id) ?? { id, reportsActivity: false, hasPanel: profile === 'release-station' },
    openedAt: opened,
    heardAt: instant(heardAt),
    activeAt: instant(activeAt),
    loggedOnAt: opened,
    lostAt: instant(lost?.invalidatedAt ?? endedAt),
    reason: lost?.invalidatedBy ?? reason,
  };
}

function instant(text: string): EpochMs {
  const at = fromRfc3339(text);
  if (at === undefined)
    throw new Error(`the API has answered ${JSON.stringify(printable(text))} where an instant should be`);
  return at;
}

export function diffReport(
  realms: readonly RealmDiff[],
  replayed: readonly RealmReplayed[],
  over: DurationMs | undefined,
  paint: Paint,
): string {
  if (realms.length === 0) return 'nothing changes';
  const lines = realms.flatMap(({ realm, is, changes }) => {
    if (is !== 'changed')
      return [
        `${realm}: ${is === 'new' ? 'a new realm' : 'is gone: its stations are refused, and its sessions run out'}`,
      ];
    return changes.map(
      ({ field, from, to, says }) => `${realm}: ${field} ${paint('red', from)} → ${paint('green', to)}: ${says}`,
    );
  });
  const past = replayed.flatMap((one) => ['', ...replayReport(one, over)]);
  return [
    ...lines,
    '',
    'Sessions that are open keep the deadlines that they have; the next sign of life counts by the new policy.',
    ...past,
    ...(replayed.length === 0 ? [] : ['', ...ASSUMED]),
  ].join('\n');
}

function replayReport({ realm, sessions, ...told }: RealmReplayed, over: DurationMs | undefined): string[] {
  if (sessions === 0) return [`${realm}: no session ended in the last ${over === undefined ? 'days' : inShort(over)}`];
  const by = ({ count: n, halfMs, mostMs }: Shifts): string =>
    n === 0
      ? ''
      : n === 1
        ? `, by ${leftInShort(mostMs)}`
        : `, half of them by no more than ${leftInShort(halfMs)}, none by more than ${leftInShort(mostMs)}`;
  return [
    `${realm}, the last ${over === undefined ? '' : inShort(over)}: of ${count(sessions, 'session')}`,
    `  ${told.earlier.count || 'no'} would have lost ${its(told.earlier)} earlier after the login${by(told.earlier)}`,
    `  ${told.later.count || 'no'} would have lost ${its(told.later)} later after the login${by(told.later)}`,
    `  ${told.heldUp.count || 'no'} would have been let in later, for the seat would have been taken still${by(told.heldUp)}`,
    `  ${told.spared.count || 'no'} came as the seat became free elsewhere, probably refused before, and would have been let in earlier${by(told.spared)}`,
    ...(told.unexplained === 0
      ? []
      : [`  ${told.unexplained} ended as the policy before does not explain, and count as they were`]),
  ];
}

const its = ({ count: n }: Shifts): string => (n === 1 ? 'its seat' : 'their seats');

/** What a replay cannot know. */
const ASSUMED = [
  'Assumed: everybody would have done what they did, at the same instants; who finds the seat taken waits for it.',
  'History has the last sign of life of each session and not those before: where a deadline becomes shorter, more sessions',
  'than these may have met it. It has no logins that were refused, and nothing of what somebody did who was out.',
];
