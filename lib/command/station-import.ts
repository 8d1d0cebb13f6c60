/** `curfew stations import`, `export` and `key --all-of`: many stations by one command, each of them safe to repeat. */
import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { printable } from '../printable.ts';
import type { StationShown } from './answers.ts';
import { type Api, pathOf } from './api.ts';
import { Misuse } from './exit-codes.ts';
import { type KeysFile, openKeysFile } from './keys-file.ts';
import { again, doneInView, isAgreed } from './many.ts';
import { type OperatorOptions, operatorCommand, pasted, type Surroundings, type Told } from './operator-command.ts';
import { type RowFault, readStations, stationsAsCsv, type Wanted } from './station-file.ts';
import { count } from './terminal.ts';

interface ImportOptions extends OperatorOptions {
  readonly dryRun?: boolean;
  readonly keys?: string;
  readonly yes?: boolean;
}

export function addStationFiles(under: { readonly surroundings: Surroundings; readonly parent: Command }): void {
  operatorCommand<ImportOptions>(
    under,
    'import <file>',
    'Registers the stations of a file (CSV or JSON, as export writes it), and changes those that differ. None is removed.',
    (api, path, options) => importStations(api, path, options, under.surroundings),
  )
    .option('--dry-run', 'only says what would change')
    .option('--keys <file>', 'makes a key for each that has none, into this file, which only its owner may read')
    .option('--yes', 'without asking');

  operatorCommand(
    under,
    'export',
    'All registered stations as CSV, or with --json as JSON: what import reads.',
    async (api) => {
      const stations = await allStations(api, under.surroundings);
      return { json: { stations }, text: stationsAsCsv(stations) };
    },
  );
}

async function allStations(api: Api, { progress }: Surroundings): Promise<StationShown[]> {
  const stations = await api.list<StationShown>('/v1/stations', 'stations', {
    onPage: (found) => progress(`${count(found, 'station')} so far`),
  });
  progress('');
  return stations;
}

/** What `PUT …?dryRun=true` answers. */
interface Trial {
  readonly outcome: 'would-register' | 'would-change' | 'unchanged';
  readonly station: string;
  readonly changes: readonly string[];
  readonly hasKey: boolean;
}
type Tried = Wanted & Trial;

async function importStations(
  api: Api,
  path: string,
  options: ImportOptions,
  surroundings: Surroundings,
): Promise<Told> {
  const { wanted, faults } = readStations(readText(path));
  const tried = new Map<string, Trial>();
  // Nothing is written before all of it is known to be good.
  const refused: RowFault[] = [...faults];
  await doneInView(surroundings, 'checked', wanted, async (one) => {
    if (faults.some(({ place, field }) => place === one.place && field === 'station')) return;
    const { status, body } = await api.ask<Trial & { errors?: readonly Omit<RowFault, 'place'>[]; detail?: string }>(
      'PUT',
      `${pathOf('stations', one.id)}?dryRun=true`,
      { body: one.registration, also: [400, 413] },
    );
    if (status === 200) tried.set(one.id, body);
    const { errors = [{ field: 'row', detail: body.detail ?? '' }] } = body;
    if (status !== 200) refused.push(...errors.map((error) => ({ ...error, place: one.place })));
  });
  if (refused.length > 0) throw new Misuse(faultReport(path, refused, wanted));
  const all = wanted.flatMap((one): Tried[] => {
    const trial = tried.get(one.id);
    return trial === undefined ? [] : [{ ...one, ...trial }];
  });
  const due = all.filter(({ outcome }) => outcome !== 'unchanged');
  const plan = {
    register: due.filter(isNew),
    change: due.filter((one) => !isNew(one)),
    unchanged: all.length - due.length,
  };
  if (options.dryRun === true) return { json: planAsJson(plan), text: planReport(plan, options.keys !== undefined) };

  const keys = options.keys === undefined ? undefined : openKeysFile(options.keys);
  const keyless = keys === undefined ? [] : all.filter((one) => needsKey(one, keys));
  const ask = `${planInWords(plan)}${keyless.length === 0 ? '' : `, and make ${count(keyless.length, 'key')}`}?`;
  if (due.length + keyless.length > 0 && !(await isAgreed(surroundings, ask, options.yes))) {
    return { json: { registered: 0, changed: 0, unchanged: all.length, keys: 0 }, text: 'nothing was changed' };
  }
  await doneInView(surroundings, 'registered', due, async ({ id, registration }) => {
    await api.ask('PUT', pathOf('stations', id), { body: registration });
  });
  if (keys !== undefined)
    await makeKeys(
      api,
      keyless.map(({ id }) => id),
      { keys, surroundings },
    );
  const done = {
    registered: plan.register.length,
    changed: plan.change.length,
    unchanged: plan.unchanged,
    keys: keyless.length,
  };
  return {
    json: done,
    text: doneReport(api, done, {
      path: options.keys,
      without: keys ? 0 : all.filter(({ hasKey }) => !hasKey).length,
      file: path,
    }),
  };
}

const isNew = ({ outcome }: Trial): boolean => outcome === 'would-register';

/** One for another way of proving is none; nor is one that was made before a break and never written down. */
const needsKey = ({ id, hasKey, changes }: Tried, keys: KeysFile): boolean =>
  !hasKey || changes.includes('proof') || keys.wasBegun(id);

function readText(path: string): string {
  try {
    return readFileSync(path === '-' ? 0 : path, 'utf8');
  } catch (error) {
    throw new Misuse(`${path} cannot be read: ${error instanceof Error ? error.message : error}`);
  }
}

interface MakeOptions {
  readonly keys: KeysFile;
  readonly surroundings: Surroundings;
  readonly rotate?: string;
}

export async function makeKeys(
  api: Api,
  ids: readonly string[],
  { keys, surroundings, rotate }: MakeOptions,
): Promise<void> {
  const body = rotate === undefined ? {} : { rotate };
  await doneInView(surroundings, 'with a new key', ids, async (id) => {
    keys.begin(id);
    const { body: made } = await again(surroundings, () =>
      api.ask<{ key: string; url?: string }>('POST', pathOf('stations', id, 'key'), { body }),
    );
    keys.write(id, made.key, made.url ?? '');
  });
  keys.finish();
}

const FAULTS_SHOWN = 50;

function faultReport(path: string, faults: readonly RowFault[], wanted: readonly Wanted[]): string {
  const order = new Map(wanted.map(({ place }, n) => [place, n]));
  const sorted = faults.toSorted((a, b) => (order.get(a.place) ?? -1) - (order.get(b.place) ?? -1));
  const lines = sorted
    .slice(0, FAULTS_SHOWN)
    .map(({ place, field, detail }) => printable(`${path}: ${place}: ${field} ${detail}`));
  const rest = faults.length - lines.length;
  return [
    ...lines,
    ...(rest > 0 ? [`and ${rest} more`] : []),
    `${path}: refused, ${count(faults.length, 'error')}; nothing was written`,
  ].join('\n');
}

interface Plan {
  readonly register: readonly Tried[];
  readonly change: readonly Tried[];
  readonly unchanged: number;
}

const planInWords = ({ register, change, unchanged }: Plan): string =>
  `Register ${count(register.length, 'station')}, change ${count(change.length, 'station')}, leave ${count(unchanged, 'station')} as ${unchanged === 1 ? 'it is' : 'they are'}`;

const planAsJson = ({ register, change, unchanged }: Plan) => ({
  register: register.map(({ id }) => id),
  change: change.map(({ id, changes }) => ({ station: id, changes })),
  unchanged,
});

function planReport(plan: Plan, withKeys: boolean): string {
  const { register, change } = plan;
  const keyless = [...register, ...change].filter(({ hasKey, changes }) => !hasKey || changes.includes('proof'));
  return [
    ...register.map(({ id }) => `+ ${id}`),
    ...change.map(({ id, changes }) => `~ ${id}: ${changes.join(', ')}`),
    `${planInWords(plan)}${withKeys && keyless.length > 0 ? `, and make ${count(keyless.length, 'key')}` : ''}: nothing is done yet.`,
  ].join('\n');
}

interface Done {
  readonly registered: number;
  readonly changed: number;
  readonly unchanged: number;
  readonly keys: number;
}

function doneReport(
  api: Api,
  { registered, changed, unchanged, keys }: Done,
  { path, without, file }: { readonly path: string | undefined; readonly without: number; readonly file: string },
): string {
  const next = pasted(api, 'stations', 'import', file, '--keys', 'keys.csv');
  return [
    `${registered} registered, ${changed} changed, ${unchanged} left as they were`,
    ...(keys === 0 || path === undefined
      ? []
      : [`${count(keys, 'key')} written to ${path}, which only its owner may read: shown nowhere else`]),
    ...(without === 0
      ? []
      : [`${count(without, 'station')} of the file ${without === 1 ? 'has' : 'have'} no key yet: ${next}`]),
  ].join('\n');
}
