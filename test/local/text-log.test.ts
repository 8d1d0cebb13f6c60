import { readFileSync, statSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openTextLog } from '../../lib/local/text-log.ts';
import { useTemporaryDirectories } from '../support/temporary-directory.ts';

const temporaryDirectory = useTemporaryDirectories();

function open(file: string, bytesMax = 1_000) {
  const said: string[] = [];
  return { append: openTextLog({ file, bytesMax, say: (line) => void said.push(line) }), said };
}

test('text is appended to what was there, and a file that is long enough becomes the old one', () => {
  const file = join(temporaryDirectory(), 'functions.log');
  writeFileSync(file, 'before\n');
  const { append, said } = open(file, 200);
  append('a line\n');
  expect(readFileSync(file, 'utf8')).toBe('before\na line\n');
  for (let n = 0; n < 100; n += 1) append(`${n} ${'x'.repeat(50)}\n`);
  expect(statSync(file).size + statSync(`${file}.old`).size).toBeLessThan(600);
  expect(readFileSync(file, 'utf8')).toContain('99 x');
  expect(said).toEqual([]);
});

// Whatever is written there finds no room (full(4)).
test.skipIf(process.platform !== 'linux')('a full disk ends nothing: it is said once, and so is its end', () => {
  const file = join(temporaryDirectory(), 'functions.log');
  symlinkSync('/dev/full', file);
  const { append, said } = open(file, 1_000);
  for (let n = 0; n < 20; n += 1) append('lost\n');
  expect(said).toEqual([`${file} cannot be written (ENOSPC): what the functions log is lost until it can`]);
});

test('what was lost is counted once there is room', () => {
  const file = join(temporaryDirectory(), 'functions.log');
  const { append, said } = open(file, 0);
  // It cannot become the old one while it is not there.
  unlinkSync(file);
  append('lost\n');
  append('lost\n');
  writeFileSync(file, '');
  append('kept\n');
  expect(said).toEqual([
    `${file} cannot be written (ENOENT): what the functions log is lost until it can`,
    `${file} is written again; 2 writes to it were lost`,
  ]);
  expect(readFileSync(file, 'utf8')).toBe('\nkept\n');
});
