import { describe, expect, test } from 'vitest';
import { checkRealmsFile, checkReport, isRefused, unreadable } from '../../lib/command/policy-check.ts';
import type { Paint } from '../../lib/command/terminal.ts';
import { BROKEN_FILES } from './broken-realms.ts';

const plain: Paint = (_, text) => text;
const report = (text: string, file = 'realms.json') => checkReport(checkRealmsFile(file, text), plain).split('\n');

describe('a broken file is refused, and everything that is wrong with it is said', () => {
  test.each(BROKEN_FILES)('$what', ({ text, said }) => {
    const lines = report(text);
    expect(lines.slice(0, -1)).toEqual(said.map((line) => `realms.json: ${line}`));
    expect(lines.at(-1)).toMatch(
      /^realms\.json: refused, (?:1 error|\d+ errors), (?:no warnings|1 warning|\d+ warnings)$/,
    );
    const check = checkRealmsFile('realms.json', text);
    expect([isRefused(check), check.realms]).toEqual([true, []]);
  });

  test('there are at least thirty ways', () => expect(BROKEN_FILES.length).toBeGreaterThanOrEqual(30));
});

test('a file in order is told with the bounds of its realms', () => {
  const text = JSON.stringify({
    realms: {
      'campus-print': { profile: 'release-station' },
      web: { profile: 'release-station', idle: '10m', ping: '2m', lease: '4m', job: 'off', maximum: '8h' },
    },
  });
  expect(report(text)).toEqual([
    'realms.json: in order, 2 realms, no warnings',
    '',
    'realm                                     bound  boundWithJob',
    'campus-print  any station                 5m 2s  30m 2s',
    '              where activity is reported  32s    30m 2s',
    'web           any station                 4m 2s  4m 2s',
  ]);
});

test('of sessions that come down in steps it says where the steps are told', () => {
  const text = JSON.stringify({
    realms: {
      portal: { profile: 'enterprise' },
      kiosk: { profile: 'release-station' },
      intranet: { profile: 'enterprise', whenIdle: 'end', failover: 'off' },
    },
  });
  expect(report(text)).toEqual([
    'realms.json: in order, 3 realms, no warnings',
    '',
    'realm                                 bound   boundWithJob',
    'portal    any station                 10m 2s  10m 2s',
    'kiosk     any station                 5m 2s   30m 2s',
    '          where activity is reported  32s     30m 2s',
    'intranet  any station                 10m 2s  10m 2s',
    '',
    'Sessions of portal, intranet come down in steps: see npx curfew policy timeline',
  ]);
});

test('a file with warnings is in order all the same', () => {
  const text = '{"realms": {"lab": {"profile": "release-station", "ping": "2m", "lease": "4m", "sweep": "10m"}}}';
  const warned = text.replace('"4m"', '"239s"');
  expect(isRefused(checkRealmsFile('realms.json', warned))).toBe(false);
  const [two, four, sum, blank] = report(warned);
  expect(two).toContain('realms.json: warning: realm "lab": lease "239s" is shorter than two pings (ping "2m")');
  expect(four).toContain('realms.json: warning: realm "lab": lease "239s" is shorter than 4 minutes');
  expect([sum, blank]).toEqual(['realms.json: in order, 1 realm, 2 warnings', '']);
  expect(report(text)[0]).toBe('realms.json: in order, 1 realm, no warnings');
});

test('a file that cannot be read is refused', () => {
  const check = unreadable('gone.json', new Error('ENOENT: no such file'));
  expect(checkReport(check, plain)).toBe(
    'gone.json: error: cannot be read: ENOENT: no such file\ngone.json: refused, 1 error, no warnings',
  );
  expect(isRefused(check)).toBe(true);
});

test('only the words that say how bad it is are coloured', () => {
  const marked: Paint = (format, text) => `<${format}>${text}</>`;
  const of = (text: string) => checkReport(checkRealmsFile('f', text), marked).split('\n');
  expect(of('{"realms": {}}')).toEqual([
    'f: <red>error</>: the realms file names no realm',
    'f: <red>refused</>, 1 error, no warnings',
  ]);
  expect(of('{"realms": {"a": {"profile": "release-station", "ping": "1m", "lease": "3m"}}}').slice(0, 4)).toEqual([
    'f: <yellow>warning</>: realm "a": lease "3m" is shorter than 4 minutes although stations ping (ping "1m"): a short outage ends sessions',
    'f: <green>in order</>, 1 realm, 1 warning',
    '',
    '<dim>realm                              bound  boundWithJob</>',
  ]);
});

test('what a file or its name holds neither steers the terminal nor breaks a line', () => {
  const [line] = report('{"realms": {"a\u009b\u202e\u2028": 3}}', 'x\n\u001b[2Jy');
  expect(line).toBe(
    String.raw`x\u{a}\u{1b}[2Jy: error: realm "a\u{9b}\u{202e}\u{2028}": its name must be 1 to 32 of a-z, 0-9 and "-", and begin with a letter`,
  );
});

test('of a realm that names its users otherwise than before it is said what becomes of sessions that are open', () => {
  const file = (users?: object) =>
    JSON.stringify({ realms: { campus: { profile: 'release-station', ...(users && { users }) } } });
  const warnings = (users: object | undefined, before: object | undefined) =>
    checkRealmsFile('realms.json', file(users), file(before)).findings.map(({ level, message }) => [level, message]);
  expect(warnings({ domains: ['CORP'] }, undefined)).toEqual([
    [
      'warning',
      'realm "campus": users {"case":"ignore","domains":["CORP"]} differs from {"case":"ignore","domains":[]} before: sessions that are open then keep the names that they have, and their users may hold a seat beside them until these end',
    ],
  ]);
  expect(warnings({ case: 'exact' }, undefined)).toHaveLength(1);
  expect(warnings(undefined, undefined)).toEqual([]);
  expect(warnings({ domains: ['corp', 'b.example'] }, { domains: ['B.example', 'CORP'] })).toEqual([]);
  expect(checkRealmsFile('realms.json', file({ case: 'exact' })).findings).toEqual([]);
});
