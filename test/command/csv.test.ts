import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BadCsv, csvLine, readCsv } from '../../lib/command/csv.ts';

test('cells are read as spreadsheets write them, each row with its line', () =>
  expect(readCsv('\uFEFFa,b\r\n1,"x, ""y"""\r\n\r\n"two\nlines",\n"",last')).toEqual([
    { line: 1, cells: ['a', 'b'] },
    { line: 2, cells: ['1', 'x, "y"'] },
    { line: 4, cells: ['two\nlines', ''] },
    { line: 6, cells: ['', 'last'] },
  ]));

test.each([';', '\t'])('the first line says that cells are separated by %j', (separator) =>
  expect(readCsv(`a${separator}b\n1,5${separator}2`)).toEqual([
    { line: 1, cells: ['a', 'b'] },
    { line: 2, cells: ['1,5', '2'] },
  ]),
);

test('nothing at all has no rows', () => expect(readCsv('')).toEqual([]));

test.each([
  ['a,b\n"x,y\n', 2, /not closed/],
  ['a,b\n"x"y,z\n', 2, /stands behind a quote/],
])('%j is none, and it is said on which line', (text, line, why) => {
  const read = () => readCsv(text);
  expect(read).toThrow(BadCsv);
  expect(read).toThrow(why);
  try {
    read();
  } catch (error) {
    expect((error as BadCsv).line).toBe(line);
  }
});

test('what is written is read again as it was', () =>
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 4 }).chain((width) =>
        fc.array(
          fc.array(fc.string({ unit: fc.constantFrom('a', 'é', '"', ',', ';', '\t', '\n', '\r', ' ') }), {
            minLength: width,
            maxLength: width,
          }),
          { maxLength: 5 },
        ),
      ),
      (rows) => {
        const heading = (rows[0] ?? ['']).map((_, n) => `column ${n}`);
        const text = [heading, ...rows].map(csvLine).join('\r\n');
        const kept = rows.filter((row) => row.some((cell) => cell !== ''));
        expect(
          readCsv(text)
            .slice(1)
            .map(({ cells }) => cells),
        ).toEqual(kept);
      },
    ),
  ));
