import { expect, test } from 'vitest';
import { printable } from '../lib/printable.ts';

test.each([
  ['\u001b[31mred', '\\u{1b}[31mred'],
  ['ana\u2069\u202e', 'ana\\u{2069}\\u{202e}'],
  ['two\nlines\u2028', 'two\\u{a}lines\\u{2028}'],
])('what steers is shown in writing: %j', (text, shown) => expect(printable(text)).toBe(shown));

test.each(['طابعة المكتبة 🖨️', 'می\u200cخواهم', '👩\u200d💻', '<b>&amp;'])(
  'what is written stays as it is: %s',
  (text) => expect(printable(text)).toBe(text),
);
