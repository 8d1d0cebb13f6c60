/** `curfew stations`: who may open sessions, and their keys. */
import { X509Certificate } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { present } from '../present.ts';
import { printable } from '../printable.ts';
import { PROOFS, STATION_KINDS } from '../station/stations.ts';
import type { EpochMs } from '../time.ts';
import type { StationInFull, StationShown } from './answers.ts';
import { type Api, pathOf, Refused } from './api.ts';
import { reasonOption } from './audit.ts';
import { Misuse } from './exit-codes.ts';
import { healthReport, healthTable, type WithHealth, worstFirst } from './health.ts';
import { openKeysFile } from './keys-file.ts';
import { isAgreed } from './many.ts';
import { ago, left, toSecond } from './moments.ts';
import { type OperatorOptions, operatorCommand, pasted, type Surroundings, type Told } from './operator-command.ts';
import { readCount } from './sessions.ts';
import { addStationFiles, makeKeys } from './station-import.ts';
import { aligned, count, type Paint, table } from './terminal.ts';

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

  operatorCommand<OperatorOptions & { readonly limit?: number; readonly health?: boolean }>(
    under,
    'list',
    'The registered stations, the oldest registration first.',
    (api, _, { limit, health = false }) => listStations(api, { limit, health }, surroundings),
  )
    .option('--limit <number>', 'so many at the most', readCount)
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
    async (api, id) => {
      const { body } = await api.ask<StationInFull>('GET', pathOf('stations', id, 'health'));
      const { paint } = surroundings;
      return { json: body, text: `${stationReport(body, api.now())}\n\n${healthReport(api, body, paint)}` };
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
  { limit: most, health }: { readonly limit: number | undefined; readonly health: boolean },
  { paint, progress }: Surroundings,
): Promise<Told> {
  const stations = await api.list<WithHealth>('/v1/stations', 'stations', {
    ...(health ? { query: { health: 'true' } } : {}),
    ...present({ most }),
    onPage: (found) => progress(`${count(found, 'station')} so far`),
  });
  progress('');
  if (health) return { json: { stations: worstFirst(stations) }, text: healthTable(stations, api.now(), paint) };
  return { json: { stations }, text: stationTable(stations, paint) };
}

function stationTable(stations: readonly StationShown[], paint: Paint): string {
  if (stations.length === 0) return 'no stations';
  const heading = ['station', 'realm', 'kind', 'name', 'location', 'proof', 'key', 'registered'];
  const rows = stations.map((one) => [
    one.station,
    one.realm,
    one.kind,
    one.name,
    one.location,
    one.proof,
    one.keyIssuedAt === undefined ? 'none' : toSecond(one.keyIssuedAt),
    toSecond(one.registeredAt),
  ]);
  return [...table(heading, rows, paint), '', count(stations.length, 'station')].join('\n');
}

function stationReport(station: StationShown, now: EpochMs): string {
  const { previousKeyUntil, speaksFor, ...rest } = station;
  const previous = previousKeyUntil === undefined ? '' : left(previousKeyUntil, now);
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
    ['key', rest.keyIssuedAt === undefined ? 'none' : `of ${rest.keyIssuedAt} (${ago(rest.keyIssuedAt, now)})`],
    ['key before', previousKeyUntil === undefined ? undefined : `until ${previousKeyUntil} (${previous})`],
    ['registered', rest.registeredAt],
  ];
  return aligned(facts.flatMap(([name, value]) => (value === undefined ? [] : [[name, printable(value)]]))).join('\n');
}

async function addStation(api: Api, id: string, options: AddOptions): Promise<Told> {
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
  return { json: body, text: [done, '', stationReport(body, api.now()), ...next].join('\n') };
}

async function removeStation(api: Api, id: string, { reason }: { readonly reason?: string }): Promise<Told> {
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
