/** Stations in a file, as CSV or JSON: what is to be registered, each with the place where it stands. */
import { isStationId } from '../names.ts';
import { present } from '../present.ts';
import type { StationShown } from './answers.ts';
import { BadCsv, csvLine, readCsv } from './csv.ts';

/** The columns of CSV, and the fields of JSON. */
export const COLUMNS = [
  'station',
  'realm',
  'kind',
  'name',
  'location',
  'reportsActivity',
  'proof',
  'speaksFor',
  'dialect',
  'certificate',
] as const;
type Column = (typeof COLUMNS)[number];

/** As the API takes a registration; what it says is the API's to check. */
export interface Wanted {
  /** `line 7`, or of JSON `station 7`. */
  readonly place: string;
  readonly id: string;
  readonly registration: Readonly<Record<string, unknown>>;
}

export interface RowFault {
  readonly place: string;
  readonly field: string;
  readonly detail: string;
}

export interface StationFile {
  readonly wanted: readonly Wanted[];
  readonly faults: readonly RowFault[];
}

/** JSON where it begins as that does, and CSV otherwise. */
export function readStations(text: string): StationFile {
  const file = /^\uFEFF?\s*[[{]/.test(text) ? readJsonFile(text) : readCsvFile(text);
  return { ...file, faults: [...file.faults, ...idFaults(file.wanted)] };
}

function idFaults(wanted: readonly Wanted[]): RowFault[] {
  const first = new Map<string, string>();
  return wanted.flatMap(({ place, id }) => {
    const before = first.get(id);
    first.set(id, before ?? place);
    if (!isStationId(id)) {
      return [
        {
          place,
          field: 'station',
          detail: 'must be 1 to 56 of a-z, A-Z, 0-9, ".", "_" and "-", and begin with a letter or a digit',
        },
      ];
    }
    return before === undefined ? [] : [{ place, field: 'station', detail: `${id} stands in ${before} too` }];
  });
}

function readCsvFile(text: string): StationFile {
  try {
    const [head, ...rows] = readCsv(text);
    if (head === undefined) return { wanted: [], faults: [{ place: 'line 1', field: 'file', detail: 'is empty' }] };
    const names = head.cells.map((cell) => cell.trim());
    const place = `line ${head.line}`;
    const unknown = names.filter((name, n) => !isColumn(name) || names.indexOf(name) !== n);
    const missing = (['station', 'realm', 'kind'] as const).filter((name) => !names.includes(name));
    const faults = [
      ...unknown.map((name) => ({
        place,
        field: name,
        detail: `is no column, or stands there twice; there are ${COLUMNS.join(', ')}`,
      })),
      ...missing.map((field) => ({ place, field, detail: 'is missing among the columns' })),
    ];
    if (faults.length > 0) return { wanted: [], faults };
    const read = rows.map(({ line, cells }) => wantedOf(`line ${line}`, names as Column[], cells));
    return { wanted: read.flatMap(({ wanted }) => wanted), faults: read.flatMap(({ faults }) => faults) };
  } catch (error) {
    if (!(error instanceof BadCsv)) throw error;
    return {
      wanted: [],
      faults: [{ place: `line ${error.line}`, field: 'file', detail: `is no CSV: ${error.message}` }],
    };
  }
}

const isColumn = (name: string): name is Column => (COLUMNS as readonly string[]).includes(name);

const TRUTHS: Readonly<Record<string, boolean>> = {
  true: true,
  yes: true,
  '1': true,
  false: false,
  no: false,
  '0': false,
};

function wantedOf(place: string, names: readonly Column[], cells: readonly string[]): StationFile {
  if (cells.length > names.length) {
    const detail = `has ${cells.length} cells, and there are ${names.length} columns`;
    return { wanted: [], faults: [{ place, field: 'row', detail }] };
  }
  const said = Object.fromEntries(names.map((name, n) => [name, cells[n]?.trim() || undefined]));
  const { station: id = '', reportsActivity, speaksFor, ...rest } = said;
  const truth = reportsActivity === undefined ? undefined : TRUTHS[reportsActivity.toLowerCase()];
  const faults =
    reportsActivity !== undefined && truth === undefined
      ? [{ place, field: 'reportsActivity', detail: 'must be true or false' }]
      : [];
  const registration = present({ ...rest, reportsActivity: truth, speaksFor: speaksFor?.split(/[\s,;]+/) });
  return { wanted: [{ place, id, registration }], faults };
}

function readJsonFile(text: string): StationFile {
  const broken = (detail: string): StationFile => ({ wanted: [], faults: [{ place: 'file', field: 'file', detail }] });
  let read: unknown;
  try {
    read = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    return broken(`is no JSON: ${error instanceof Error ? error.message : error}`);
  }
  const list = Array.isArray(read) ? read : (read as { stations?: unknown }).stations;
  if (!Array.isArray(list)) return broken('must be a list of stations, or have one as "stations"');
  const wanted = list.map((one: unknown, n): Wanted => {
    const { station, ...registration } = (typeof one === 'object' && one !== null ? one : {}) as Record<
      string,
      unknown
    >;
    return { place: `station ${n + 1}`, id: String(station ?? ''), registration };
  });
  return { wanted, faults: [] };
}

/** What `readStations` reads as the same registrations again. */
export const stationsAsCsv = (stations: readonly StationShown[]): string =>
  [COLUMNS, ...stations.map((one) => COLUMNS.map((name) => cellOf(one, name)))].map(csvLine).join('\n');

function cellOf(station: StationShown, name: Column): string {
  if (name === 'speaksFor') return station.speaksFor?.join(' ') ?? '';
  if (name === 'reportsActivity') return station.reportsActivity ? 'true' : '';
  return station[name] ?? '';
}
