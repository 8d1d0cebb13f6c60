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
  ['http://127.0.0.1:4600', '.curfew', false, "CURFEW_OPERATOR_KEY='the-operator-key' npm run incident"],
])('the incident that is offered is played on this very system: %s, %s', (url, data, isKeyKept, command) => {
  expect(banner(system(url), data, isKeyKept)).toContain(`\n  ${command}\n`);
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
