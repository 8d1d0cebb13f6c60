/** What a person at the terminal of `npm start` reads. */
import { expect, test } from 'vitest';
import type { DataDirectory } from '../../lib/local/data.ts';
import type { LocalSystem } from '../../lib/local/system.ts';
import { banner, refusalLine } from '../../lib/local/terminal.ts';

const system = (url: string): LocalSystem => ({
  url,
  operatorKey: 'the-operator-key',
  data: {} as DataDirectory,
  realms: ['campus-print'],
  stop: async () => {},
});

test.each([
  ['http://127.0.0.1:4600', '.curfew', true, 'npm run incident'],
  ['http://127.0.0.1:4793', '.curfew', true, 'npm run incident -- --url http://127.0.0.1:4793'],
  ['http://127.0.0.1:4600', 'my data', true, "npm run incident -- --data 'my data'"],
  ['http://127.0.0.1:4600', '.curfew', false, 'npm run incident'],
])('the incident that is offered is played on this very system: %s, %s', (url, data, isKeyKept, command) => {
  expect(banner(system(url), data, isKeyKept)).toContain(`\n  ${command}\n`);
});

test('an operator key that was kept is shown and pasted; one that was given by environment is not printed', () => {
  const kept = banner(system('http://127.0.0.1:4600'), '.curfew', true);
  expect(kept).toContain('Operator key: the-operator-key (kept in .curfew/operator-key)\n');
  expect(kept).toContain(" OPERATOR='the-operator-key'\n");
  const given = banner(system('http://127.0.0.1:4600'), '.curfew', false);
  expect(given).not.toContain('the-operator-key');
  expect(given).toContain('Operator key: the one in CURFEW_OPERATOR_KEY');
  expect(given).toContain(' OPERATOR=$CURFEW_OPERATOR_KEY\n');
});

const AT = new Date(2026, 10, 23, 14, 23, 5);
const logged = (tried: object) => `${JSON.stringify({ level: 'INFO', message: 'told', realm: 'lab', ...tried })}\n`;

test.each([
  [{ tries: 1, answer: 401 }, '14:23:05  not told     lab: its webhook was answered 401; try 2 of 15 at 14:23:10'],
  [
    { tries: 3, answer: 'ECONNREFUSED' },
    '14:23:05  not told     lab: its webhook had no answer (ECONNREFUSED); try 4 of 15 at 14:23:25',
  ],
])('a receiver that refuses is named, with when it is tried again: %j', (tried, line) => {
  expect(refusalLine(logged(tried), AT)).toBe(line);
});

test.each([
  logged({ tries: 1, answer: 204 }),
  logged({ tries: 1, answer: 410 }),
  logged({ tries: 15, answer: 500 }),
  'what was "told" is no JSON',
  '{"message":"told"}',
  '{"message":"operator"}',
])('what was taken, is a dead letter or is no try at all makes no line: %s', (line) => {
  expect(refusalLine(line)).toBeUndefined();
});
