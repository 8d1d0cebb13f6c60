/** `curfew stations`: who may open sessions, and their keys. */
import { X509Certificate } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { present } from '../present.ts';
import { printable } from '../printable.ts';
import { PROOFS, STATION_KINDS } from '../station/stations.ts';
import type { StationInFull, StationShown } from './answers.ts';
import { type Api, pathOf, Refused } from './api.ts';
import { reasonOption } from './audit.ts';
import { Misuse } from './exit-codes.ts';
import { HEALTH_COLUMNS, healthReport, healthSums, type WithHealth } from './health.ts';
import { openKeysFile } from './keys-file.ts';
import type { Column } from './listing.ts';
import { isAgreed } from './many.ts';
import { ago, left, moment } from './moments.ts';
import { demandStation } from './names.ts';
import {
  type Found,
  type ListOptions,
  listCommand,
  type OperatorOptions,
  operatorCommand,
  pasted,
  type Surroundings,
  type Told,
} from './operator-command.ts';
import { realmOf } from './realms.ts';
import { addStationFiles, makeKeys } from './station-import.ts';
import { count, factLines, type View } from './terminal.ts';

interface AddOptions extends OperatorOptions {
  readonly realm: string;
  readonly kind: string;
  readonly name?: string;
  readonly location?: string;
  readonly reportsActivity?: true;
  readonly proof?: string;
  readonly speaksFor?: readonly string[];
  readonly dialect?: string;
  readonly certificate?: string;
  readonly replace?: boolean;
  readonly reason?: string;
}

interface StationListOptions extends ListOptions {
  readonly find?: string;
  readonly realm?: string;
  readonly health?: boolean;
}

interface KeyOptions extends OperatorOptions {
  readonly rotate?: string | true;
  readonly revoke?: boolean;
  readonly allOf?: string;
  readonly keys?: string;
  readonly missing?: boolean;
  readonly yes?: boolean;
  readonly reason?: string;
}

export function addStations(program: Command, surroundings: Surroundings): void {
  const parent = program.command('stations').description('Who may open sessions, and their keys.');
  const under = { surroundings, parent };

  listCommand<WithHealth, StationListOptions>(under, 'list', 'The registered stations.', (api, _, options, view) =>
    listStations(api, options, surroundings, view()),
  )
    .option('--find <text>', 'where this is a part of the id, the name or the place')
    .option('--realm <realm>', 'of this realm')
    .option('--health', 'how they do, the worst and the longest silent first: when they were last heard, who is there');

  operatorCommand<AddOptions>(under, 'add <station>', 'Registers a station under this id.', addStation)
    .requiredOption('--realm <realm>', 'whose users log in there')
    .addOption(new Option('--kind <kind>', 'what it is').choices(STATION_KINDS).makeOptionMandatory())
    .option('--name <name>', 'as people know it (default: its id)')
    .option('--location <place>', 'where it stands')
    .option('--reports-activity', 'it reports every touch, so that idle counts')
    .addOption(new Option('--proof <proof>', 'how it proves who it is (default: bearer)').choices(PROOFS))
    .option('--speaks-for <ids...>', 'of a gateway: stations, or how their ids begin, such as "lib-*"')
    .option('--dialect <name>', 'of the realms file: how it says things')
    .option(
      '--certificate <file>',
      "its TLS client certificate: a PEM file, or that one's SHA-256 fingerprint",
      readCertificate,
    )
    .addOption(reasonOption())
    .option('--replace', 'also where one is registered already: what is not said now goes back to its default');

  operatorCommand(
    under,
    'show <station>',
    'How a station is registered and how it does: who is there, what ended, what was refused.',
    async (api, id, _, view) => {
      await demandStation(api, id);
      const { body } = await api.ask<StationInFull>('GET', pathOf('stations', id, 'health'));
      return { json: body, text: `${stationReport(body, view())}\n\n${healthReport(api, body, view())}` };
    },
  );

  operatorCommand<OperatorOptions & { readonly reason?: string }>(
    under,
    'remove <station>',
    'Removes a station: its keys open nothing any more. Its sessions are not ended by that.',
    removeStation,
  ).addOption(reasonOption());

  addStationFiles(under);

  operatorCommand<KeyOptions>(
    under,
    'key [station]',
    'Makes a new key, and prints it, once. The one before it opens too for a while.',
    (api, id, options) =>
      options.allOf === undefined
        ? makeKey(api, id, options, surroundings)
        : makeManyKeys(api, id, options, surroundings),
  )
    .addOption(reasonOption())
    .option(
      '--all-of <what>',
      'of all stations of a realm, or whose ids begin so ("lib-*"): new keys for all of them, into --keys',
    )
    .option(
      '--keys <file>',
      'of --all-of: where the keys go, which only its owner may read; those that are there are not made again',
    )
    .option('--missing', 'of --all-of: only for those that have none')
    .option('--yes', 'of --all-of: without asking')
    .option(
      '--rotate [length]',
      'how long the key before opens too (default: 24h); with "0s" it stops within 5 minutes, as older ones do',
    )
    .addOption(new Option('--revoke', 'makes no key: all keys so far open nothing any more').conflicts('rotate'));
}

function readCertificate(said: string): string {
  if (!existsSync(said)) return said;
  try {
    return new X509Certificate(readFileSync(said)).fingerprint256;
  } catch {
    throw new InvalidArgumentError('It is no certificate in PEM or DER.');
  }
}

async function listStations(
  api: Api,
  { find, realm, health = false }: StationListOptions,
  { progress }: Surroundings,
  view: View,
): Promise<Found<WithHealth>> {
  if (realm !== undefined) await realmOf(api, realm);
  const stations = await api.list<WithHealth>('/v1/stations', 'stations', {
    query: present({ find, health: health ? 'true' : undefined }),
    onPage: (found) => progress(`${count(found, 'station')} so far`),
  });
  const items = stations.filter((station) => (realm ?? station.realm) === station.realm);
  const found = { noun: 'station', field: 'stations', items } as const;
  return health
    ? { ...found, columns: HEALTH_COLUMNS, sort: 'health', ...present({ remark: healthSums(items, view) }) }
    : { ...found, columns: COLUMNS, sort: 'station' };
}

const LEAST = 12;
const COLUMNS: readonly Column<StationShown>[] = [
  { name: 'station', told: ({ station }) => station, least: LEAST },
  { name: 'realm', told: ({ realm }) => realm, least: 8, goes: 3, folds: true },
  { name: 'kind', told: ({ kind }) => kind, goes: 4, folds: true },
  { name: 'name', told: ({ name }) => name, least: LEAST },
  { name: 'location', told: ({ location }) => location, least: LEAST, goes: 5 },
  { name: 'proof', told: ({ proof }) => proof, goes: 2, folds: true },
  {
    name: 'key',
    told: ({ keyIssuedAt }, { now }) => (keyIssuedAt === undefined ? 'none' : ago(keyIssuedAt, now)),
    raw: ({ keyIssuedAt }) => keyIssuedAt,
  },
  {
    name: 'registered',
    told: ({ registeredAt }, view) => moment(registeredAt, view),
    raw: ({ registeredAt }) => registeredAt,
    goes: 1,
  },
];

function stationReport(station: StationShown, view: View): string {
  const { previousKeyUntil, speaksFor, ...rest } = station;
  const since = (at: string) => `${moment(at, view)}  (${ago(at, view.now)})`;
  const facts: readonly (readonly [string, string | undefined])[] = [
    ['station', rest.station],
    ['realm', rest.realm],
    ['kind', rest.kind],
    ['name', rest.name],
    ['location', rest.location || undefined],
    ['reports activity', rest.reportsActivity ? 'yes' : 'no: only its lease counts'],
    ['proof', rest.proof],
    ['speaks for', rest.kind === 'gateway' ? (speaksFor?.join(', ') ?? 'itself alone') : undefined],
    ['dialect', rest.dialect],
    ['certificate', rest.certificate],
    ['key', rest.keyIssuedAt === undefined ? 'none' : `of ${since(rest.keyIssuedAt)}`],
    [
      'key before',
      previousKeyUntil && `until ${moment(previousKeyUntil, view)}  (in ${left(previousKeyUntil, view.now)})`,
    ],
    ['registered', since(rest.registeredAt)],
  ];
  return factLines(
    facts.flatMap(([name, value]) => (value === undefined ? [] : [[name, printable(value)]])),
    view,
  ).join('\n');
}

async function addStation(api: Api, id: string, options: AddOptions, view: () => View): Promise<Told> {
  const { realm, kind, name, location, reportsActivity, proof, speaksFor, dialect, certificate, replace, reason } =
    options;
  const path = pathOf('stations', id);
  const before = await api.ask<Partial<StationShown>>('GET', path, { also: [404] });
  if (replace !== true && before.status !== 404) {
    throw new Refused(409, `a station ${id} is registered already: say --replace to register it anew`);
  }
  const registration = present({
    realm,
    kind,
    name,
    location,
    reportsActivity,
    proof,
    speaksFor,
    dialect,
    certificate,
    reason,
  });
  const { status, body } = await api.ask<StationShown>('PUT', path, { body: registration });
  // A key for one way of proving is none for another.
  const isKeyGood = body.keyIssuedAt !== undefined && before.body.proof === body.proof;
  const next = !isKeyGood ? ['', `Its key: ${pasted(api, 'stations', 'key', body.station)}`] : [];
  const done =
    status === 201 ? 'registered' : `registered anew; its key ${isKeyGood ? 'is still good' : 'must be made'}`;
  return { json: body, text: [done, '', stationReport(body, view()), ...next].join('\n') };
}

async function removeStation(api: Api, id: string, { reason }: { readonly reason?: string }): Promise<Told> {
  await demandStation(api, id);
  await api.ask('DELETE', pathOf('stations', id), { body: present({ reason }) });
  const sessions = pasted(api, 'sessions', 'list', '--station', id);
  const text = `removed; it may be heard for five more minutes, and its sessions run out by themselves: ${sessions}`;
  return { json: { station: id, outcome: 'removed' }, text };
}

interface KeyAnswer {
  readonly station: string;
  readonly key: string;
  readonly proof: string;
  readonly previousKeyUntil?: string;
  readonly url?: string;
}

async function makeManyKeys(
  api: Api,
  id: string,
  { allOf = '', keys: path, missing = false, yes, rotate, revoke }: KeyOptions,
  surroundings: Surroundings,
): Promise<Told> {
  if (id !== '') throw new Misuse('say a station, or --all-of, and not both');
  if (revoke === true) throw new Misuse('keys are revoked one by one: --revoke has no --all-of');
  if (path === undefined) throw new Misuse('say where the keys go: --keys FILE');
  const begins = allOf.endsWith('*') ? allOf.slice(0, -1) : undefined;
  const all = await api.list<StationShown>('/v1/stations', 'stations');
  const meant = all.filter(({ station, realm }) =>
    begins === undefined ? realm === allOf : station.startsWith(begins),
  );
  if (meant.length === 0)
    throw new Refused(404, `no station is of a realm "${allOf}", nor has an id that begins so (say "${allOf}*")`);
  const keys = openKeysFile(path);
  const due = meant.filter(
    (one) => !keys.has(one.station) && (!missing || one.keyIssuedAt === undefined || keys.wasBegun(one.station)),
  );
  const kept = meant.length - due.length;
  const why = kept === 0 ? '' : ` (${kept} of ${count(meant.length, 'station')} left as before)`;
  const question = `Make a new key for ${count(due.length, 'station')}${why}, into ${path}?`;
  if (due.length > 0 && !(await isAgreed(surroundings, question, yes)))
    return { json: { keys: 0 }, text: 'no key was made' };
  await makeKeys(
    api,
    due.map(({ station }) => station),
    { keys, surroundings, ...(typeof rotate === 'string' ? { rotate } : {}) },
  );
  return {
    json: { keys: due.length, left: kept, file: path },
    text: `${count(due.length, 'key')} written to ${path}, which only its owner may read: shown nowhere else${why}`,
  };
}

/** The key alone is printed, so that a script can take it as it is. */
async function makeKey(
  api: Api,
  id: string,
  { rotate, revoke = false, reason }: KeyOptions,
  { remark }: Surroundings,
): Promise<Told> {
  if (id === '') throw new Misuse('say which station, or --all-of');
  await demandStation(api, id);
  const path = pathOf('stations', id, 'key');
  if (revoke) {
    const { body } = await api.ask<{ station: string; mayOpenUntil: string }>('DELETE', path, {
      body: present({ reason }),
    });
    return { json: body, text: `revoked; a key of ${id} may still open until ${body.mayOpenUntil}` };
  }
  const { body } = await api.ask<KeyAnswer>('POST', path, {
    body: present({ rotate: typeof rotate === 'string' ? rotate : undefined, reason }),
  });
  const { previousKeyUntil: until, proof, url } = body;
  remark(
    `a new key of ${id} (${proof}), shown this once${until === undefined ? '' : `; the one before opens until ${until}`}`,
  );
  if (url !== undefined) remark(`its events go to ${url}`);
  return { json: body, text: body.key };
}
