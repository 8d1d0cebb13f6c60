/**
 * A file for many keys, that nobody else may read. What is about to be made is written down first: whoever goes on after a
 * break finds which keys were made and never written, and makes these anew.
 */
import { appendFileSync, chmodSync, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { csvLine, readCsv } from './csv.ts';
import { Misuse } from './exit-codes.ts';

const OWNER_ONLY = 0o600;
const HEADING = ['station', 'key', 'url'];

export interface KeysFile {
  /** Whether the key of this station is in the file. */
  has(station: string): boolean;
  /** Whether one was about to be made, and is not in the file. */
  wasBegun(station: string): boolean;
  begin(station: string): void;
  write(station: string, key: string, url: string): void;
  /** Leaves the keys alone, each once. */
  finish(): void;
}

export function openKeysFile(path: string): KeysFile {
  const isNew = !existsSync(path);
  if (isNew) writeFileSync(path, `${csvLine(HEADING)}\n`, { mode: OWNER_ONLY, flag: 'wx' });
  chmodSync(path, OWNER_ONLY);
  const [head, ...rows] = readCsv(readFileSync(path, 'utf8'));
  if (head?.cells.join() !== HEADING.join()) {
    throw new Misuse(`${path} is there already and is no file of keys: name another`);
  }
  const keys = new Map<string, readonly string[]>();
  const begun = new Set<string>();
  for (const { cells } of rows) {
    const [station = '', key = ''] = cells;
    if (key === '') begun.add(station);
    else keys.set(station, cells);
  }
  const append = (cells: readonly string[]) => appendFileSync(path, `${csvLine(cells)}\n`);
  return {
    has: (station) => keys.has(station),
    wasBegun: (station) => begun.has(station) && !keys.has(station),
    begin: (station) => append([station, '', '']),
    write(station, key, url) {
      keys.set(station, [station, key, url]);
      append([station, key, url]);
    },
    finish() {
      const text = [HEADING, ...keys.values()].map((cells) => `${csvLine(cells)}\n`).join('');
      writeFileSync(`${path}.new`, text, { mode: OWNER_ONLY });
      renameSync(`${path}.new`, path);
    },
  };
}
