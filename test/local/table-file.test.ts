import { truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { hasTable } from '../../lib/local/table-file.ts';
import { useTemporaryDirectories } from '../support/temporary-directory.ts';

const temporaryDirectory = useTemporaryDirectories();

/** As SQLite begins a file of so many pages of 4,096 bytes. */
function newFile(pages: number): string {
  const bytes = Buffer.alloc(pages * 4_096);
  bytes.write('SQLite format 3\0', 'latin1');
  bytes.writeUInt16BE(4_096, 16);
  bytes.fill(2, 18, 20);
  for (const counter of [24, 92]) bytes.writeUInt32BE(7, counter);
  bytes.writeUInt32BE(pages, 28);
  const file = join(temporaryDirectory(), 'table.db');
  writeFileSync(file, bytes);
  return file;
}

test('a file that is whole has a table; one that is empty or missing has none', () => {
  const file = newFile(10);
  expect(hasTable(file)).toBe(true);
  expect(hasTable(`${file}.other`)).toBe(false);
  truncateSync(file);
  expect(hasTable(file)).toBe(false);
});

test('a file that lacks pages is refused, unless the log beside it may have them', () => {
  const file = newFile(10);
  truncateSync(file, 5 * 4_096);
  expect(() => hasTable(file)).toThrow(`${file} is cut short; bring a copy back, or move it away`);
  // As a crash leaves it between the first page of a checkpoint and the last, on a full disk.
  writeFileSync(`${file}-wal`, 'what is missing');
  expect(hasTable(file)).toBe(true);
  truncateSync(file, 50);
  expect(() => hasTable(file)).toThrow('is cut short');
});
