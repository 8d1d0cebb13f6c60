import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { commandLine } from '../../lib/command/command-line.ts';

test('a shell reads each word of a command to paste as it was', () => {
  const words = ['sessions', 'end', 'mx3', '--reason', 'say why', "o'brien", '$HOME `id` "*" \\', 'ليلى', ''];
  const heard = execFileSync('sh', ['-c', `npx() { printf '%s\\0' "$@"; }; ${commandLine(words)}`], {
    encoding: 'utf8',
  });
  expect(heard.split('\0')).toEqual(['curfew', ...words, '']);
});
