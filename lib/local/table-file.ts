/** The engine's database: what can be told of its file before the engine opens it. */
import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { unusable } from './data.ts';
import { reasonOf, StartupError } from './startup-error.ts';

/** SQLite's own (https://www.sqlite.org/fileformat.html, section 1.3), as are the places below. */
const MAGIC = 'SQLite format 3\0';
const HEADER_BYTES = 100;
const VERSION_MAX = 2;

/** A copy that is put back brings its content back; without the file, the engine begins with nothing. */
export const CURE = 'bring a copy back, or move it away: stations, sessions and history then begin anew';

/** Whether there is a table in it. Throws a `StartupError` if the file is damaged. */
export function hasTable(file: string): boolean {
  const header = headerOf(file);
  if (header === undefined || header.length === 0) return false;
  const refuse = (what: string) => new StartupError(`${file} ${what}; ${CURE}.`);
  if (header.length < HEADER_BYTES) throw refuse('is cut short');
  if (header.toString('latin1', 0, MAGIC.length) !== MAGIC) throw refuse('is no database');
  if (Math.max(header.readUInt8(18), header.readUInt8(19)) > VERSION_MAX) throw refuse('is of another version');
  const size = header.readUInt16BE(16);
  // The number of pages is one only if whoever wrote it last also wrote the counter beside it. While there is a log beside
  // the file, a crash may have come between the first page and the last, and what is missing is in the log.
  const hasLog = (statSync(`${file}-wal`, { throwIfNoEntry: false })?.size ?? 0) > 0;
  const isKnown = !hasLog && header.readUInt32BE(24) === header.readUInt32BE(92);
  const bytes = header.readUInt32BE(28) * (size === 1 ? 65_536 : size);
  if (isKnown && statSync(file).size < bytes) throw refuse('is cut short');
  return true;
}

function headerOf(file: string): Buffer | undefined {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(file, 'r+');
    const header = Buffer.alloc(HEADER_BYTES);
    return header.subarray(0, readSync(descriptor, header));
  } catch (error) {
    if (reasonOf(error) === 'ENOENT') return undefined;
    throw unusable(file, error);
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}
