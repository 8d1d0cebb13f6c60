/** `curfew realms`: the policies in force, how long a seat can stay taken by them, and the secrets of their webhooks. */
import type { Command } from 'commander';
import type { RealmShown } from './answers.ts';
import { type Api, pathOf } from './api.ts';
import { isoInShort } from './lengths.ts';
import { operatorCommand, type Surroundings, type Told } from './operator-command.ts';
import { aligned, type Paint, table } from './terminal.ts';

export function addRealms(program: Command, surroundings: Surroundings): void {
  const parent = program.command('realms').description('The policies in force.');
  operatorCommand({ surroundings, parent }, 'show [realm]', 'One realm, or all of them.', (api, realm) =>
    showRealms(api, realm, surroundings.paint),
  );
  operatorCommand(
    { surroundings, parent },
    'webhook <realm>',
    'Who is told what becomes of its sessions, and the secret to give to them. It is recorded who asks.',
    showWebhook,
  );
}

/** All realms, by their names. */
export async function realmsOf(api: Api): Promise<readonly RealmShown[]> {
  return (await api.ask<{ realms: readonly RealmShown[] }>('GET', pathOf('realms'))).body.realms;
}

export const realmOf = async (api: Api, realm: string): Promise<RealmShown> =>
  (await api.ask<RealmShown>('GET', pathOf('realms', realm))).body;

async function showRealms(api: Api, name: string, paint: Paint): Promise<Told> {
  if (name !== '') {
    const realm = await realmOf(api, name);
    return { json: realm, text: realmReport(realm, paint) };
  }
  const realms = await realmsOf(api);
  return { json: { realms }, text: realms.map((realm) => realmReport(realm, paint)).join('\n\n') };
}

interface WebhookShown {
  readonly realm: string;
  readonly url: string;
  readonly events: readonly string[];
  readonly secret: string;
}

async function showWebhook(api: Api, name: string): Promise<Told> {
  const { body } = await api.ask<WebhookShown>('POST', pathOf('realms', name, 'webhook', 'secret'));
  const { url, events, secret } = body;
  const rows = [
    ['url', url],
    ['events', events.join(', ')],
    ['secret', secret],
  ];
  return { json: body, text: aligned(rows).join('\n') };
}

function realmReport(
  { realm, bound, boundWithJob, whereActivityIsReported: reported, policy }: RealmShown,
  paint: Paint,
) {
  const { stations = {}, ...fields } = policy;
  const own = Object.entries(stations).map(([station, { idle }]) => ['idle', `${isoInShort(idle)} at ${station}`]);
  const bounds = [
    ['any station', isoInShort(bound), isoInShort(boundWithJob)],
    ['where activity is reported', isoInShort(reported.bound), isoInShort(reported.boundWithJob)],
  ];
  return [
    realm,
    ...indented(table(['a seat stays taken', 'at most', 'while a job runs'], bounds, paint)),
    '',
    ...indented(aligned([...Object.entries(fields).map(([field, value]) => [field, plain(value)]), ...own])),
  ].join('\n');
}

const plain = (value: unknown): string => (typeof value === 'string' ? isoInShort(value) : JSON.stringify(value));

export const indented = (lines: readonly string[]): string[] => lines.map((line) => (line === '' ? '' : `  ${line}`));
