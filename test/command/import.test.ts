/** Many stations by one command: imported, exported, given keys; broken off and gone on with. */
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { connectionTo, type RunOptions, runCurfew } from '../support/command.ts';
import { createEdge, type Edge } from '../support/edge.ts';
import { useTemporaryDirectories } from '../support/temporary-directory.ts';

const makeDirectory = useTemporaryDirectories();
let directory = '';

let edge: Edge;
/** What was asked, but for what only reads. */
let asked: string[];
/** Stands between the command and the API. */
let breaks: (method: string, path: string) => { status: number; body: object } | undefined;
let files = 0;

beforeEach(() => {
  directory = makeDirectory();
  edge = createEdge({ 'campus-print': { profile: 'release-station' }, portal: { profile: 'enterprise' } });
  asked = [];
  breaks = () => undefined;
});

const connection = connectionTo(async (method, path, body) => {
  const broken = breaks(method, path);
  if (broken !== undefined) return broken;
  if (method !== 'GET' && !path.includes('dryRun')) asked.push(`${method} ${path}`);
  return edge.ask(method, path, body);
});
const curfew = (args: readonly string[], options: RunOptions = {}) => runCurfew(connection, args, options);

function fileOf(text: string, name = `stations-${files++}.csv`): string {
  const path = join(directory, name);
  writeFileSync(path, text);
  return path;
}
const keysPath = () => join(directory, `keys-${files++}.csv`);

const csvOf = (count: number) =>
  [
    'station,realm,kind,name,location',
    ...Array.from({ length: count }, (_, n) => `lib-${n},campus-print,hosted,"Library, ${n}",Floor ${n % 7}`),
  ].join('\r\n');

describe('five hundred printers in a file', () => {
  const FIVE_HUNDRED = csvOf(500);

  test('are registered by one command, each with its key, and by a second one nothing is done', async () => {
    const path = fileOf(FIVE_HUNDRED);
    const keys = keysPath();
    const first = await curfew(['stations', 'import', path, '--keys', keys, '--yes']);
    expect(first.said).toEqual([]);
    expect(first.exit).toBe(0);
    expect(first.printed).toBe(
      `500 registered, 0 changed, 0 left as they were\n500 keys written to ${keys}, which only its owner may read: shown nowhere else`,
    );
    expect(asked).toHaveLength(1_000);
    asked = [];
    const second = await curfew(['stations', 'import', path, '--keys', keys]);
    expect(second).toEqual({ exit: 0, printed: '0 registered, 0 changed, 500 left as they were', said: [] });
    expect(asked).toEqual([]);
  });

  test('have their keys in a file that only its owner may read, and each of them is good', async () => {
    const keys = keysPath();
    await curfew(['stations', 'import', fileOf(csvOf(3)), '--keys', keys, '--yes']);
    expect(statSync(keys).mode & 0o777).toBe(0o600);
    const [head, ...rows] = readFileSync(keys, 'utf8').trimEnd().split('\n');
    expect(head).toBe('station,key,url');
    expect(rows).toHaveLength(3);
    for (const row of rows) {
      const [id = '', key = ''] = row.split(',');
      expect((await edge.say({ id, key }, 'login', { user: `user of ${id}` })).status).toBe(201);
    }
  });

  test('are only looked at with a dry run, which says what would change', async () => {
    await curfew(['stations', 'import', fileOf(csvOf(2)), '--yes']);
    asked = [];
    const changed = csvOf(3).replace('Floor 1', 'Cellar');
    const { exit, printed } = await curfew(['stations', 'import', fileOf(changed), '--dry-run', '--keys', keysPath()]);
    expect({ exit, asked }).toEqual({ exit: 0, asked: [] });
    expect(printed).toBe(
      '+ lib-2\n~ lib-1: location\nRegister 1 station, change 1 station, leave 1 station as it is, and make 2 keys: nothing is done yet.',
    );
  });

  test('are asked about, with their number, and left alone without a yes', async () => {
    const questions: string[] = [];
    const confirm = async (question: string) => {
      questions.push(question);
      return false;
    };
    const said = await curfew(['stations', 'import', fileOf(FIVE_HUNDRED)], { confirm });
    expect(questions).toEqual(['Register 500 stations, change no stations, leave no stations as they are?']);
    expect({ printed: said.printed, asked }).toEqual({ printed: 'nothing was changed', asked: [] });
    expect((await curfew(['stations', 'import', fileOf(FIVE_HUNDRED)])).exit).toBe(2);
  });

  test('are gone on with after a break, and no key is lost', async () => {
    const [path, keys] = [fileOf(csvOf(40)), keysPath()];
    let left = 20;
    breaks = (method) =>
      method === 'POST' && --left < 0 ? { status: 500, body: { detail: 'the table is away' } } : undefined;
    const broken = await curfew(['stations', 'import', path, '--keys', keys, '--yes']);
    expect(broken.exit).toBe(1);
    expect(broken.said[0]).toBe('the table is away\n20 of 40 are with a new key: the same command goes on from there');
    breaks = () => undefined;
    asked = [];
    expect((await curfew(['stations', 'import', path, '--keys', keys, '--yes'])).printed).toMatch(
      /^0 registered, 0 changed, 40 left/,
    );
    expect(asked).toHaveLength(20);
    const rows = readFileSync(keys, 'utf8').trimEnd().split('\n').slice(1);
    expect(new Set(rows.map((row) => row.split(',')[0])).size).toBe(40);
    expect(rows.every((row) => /,curfew_\d+_/.test(row))).toBe(true);
  });

  test('get a new key where it was made and the answer was lost', async () => {
    const [path, keys] = [fileOf(csvOf(1)), keysPath()];
    let isLost = true;
    const lossy = connectionTo(async (method, url, body) => {
      const reply = await edge.ask(method, url, body);
      if (method === 'POST' && isLost) return { status: 500, body: { detail: 'lost' } };
      return reply;
    });
    expect((await runCurfew(lossy, ['stations', 'import', path, '--keys', keys, '--yes'])).exit).toBe(1);
    isLost = false;
    await runCurfew(lossy, ['stations', 'import', path, '--keys', keys, '--yes']);
    const [id = '', key = ''] = readFileSync(keys, 'utf8').split('\n')[1]?.split(',') ?? [];
    expect((await edge.say({ id, key }, 'login', { user: 'ana' })).status).toBe(201);
  });
});

describe('a file with broken rows', () => {
  test('is refused as a whole, each row with its line and its field, and nothing is written', async () => {
    const path = fileOf(
      [
        'station,realm,kind,name,location,reportsActivity,proof,dialect',
        'lib-1,campus-print,hosted,Library 1,,,,',
        'lib 2,campus-print,hosted,,,,,',
        'lib-3,nowhere,hosted,,,,,',
        'lib-4,campus-print,toaster,,,perhaps,,',
        'lib-1,campus-print,hosted,,,,,',
        `lib-6,campus-print,hosted,${'n'.repeat(65)},,,,`,
        'lib-7,campus-print,hosted,,,,url,',
        'lib-8,campus-print,hosted,,,,,klingon',
        'lib-9,campus-print,hosted,,,,,,one too many',
      ].join('\n'),
    );
    const { exit, said, printed } = await curfew(['stations', 'import', path, '--yes']);
    expect({ exit, printed, asked }).toEqual({ exit: 2, printed: '', asked: [] });
    const lines = String(said[0])
      .split('\n')
      .map((line) => line.replace(`${path}: `, ''));
    expect(lines).toEqual([
      'line 10: row has 9 cells, and there are 8 columns',
      expect.stringMatching(/^line 3: station must be 1 to 56 of/),
      'line 4: realm must be one of campus-print, portal',
      'line 5: reportsActivity must be true or false',
      'line 5: kind must be hosted, pinging, application or gateway',
      'line 6: station lib-1 stands in line 2 too',
      'line 7: name must have at most 64 characters',
      'line 8: proof must not be url: the policy of campus-print says "secretUrls": "refuse"',
      expect.stringMatching(/^line 9: dialect must be one of/),
      'refused, 9 errors; nothing was written',
    ]);
  });

  test.each([
    ['', 'line 1: file is empty'],
    ['station;realm\nlib-1;campus-print', 'line 1: kind is missing among the columns'],
    ['station,realm,kind,locaton\n', 'line 1: locaton is no column, or stands there twice'],
    ['station,realm,kind\nlib-1,"campus-print,hosted\n', 'line 2: file is no CSV: a quote is opened and not closed'],
    ['{"stations": 7}', 'file: file must be a list of stations'],
    [
      '[{"station": "lib-1", "realm": "campus-print", "kind": "hosted", "colour": "red"}]',
      'station 1: body has no field "colour"',
    ],
  ])('%j is refused with the reason', async (text, said) => {
    const run = await curfew(['stations', 'import', fileOf(text), '--yes']);
    expect(run.exit).toBe(2);
    expect(run.said[0]).toContain(said);
  });

  test('is no file', async () =>
    expect((await curfew(['stations', 'import', '/no/such/file'])).said[0]).toMatch(/cannot be read: .*no such file/));
});

describe('what is exported', () => {
  const BOTH = [
    ['csv', []],
    ['json', ['--json']],
  ] as const;

  test.each(BOTH)(
    'as %s is what import reads: into another system it brings the same stations, and nothing the second time',
    async (_, options) => {
      await edge.register('lib-1', {
        realm: 'campus-print',
        kind: 'hosted',
        name: 'Bücherei, "Ost"',
        location: '=1+1',
      });
      await edge.register('gate', {
        realm: 'campus-print',
        kind: 'gateway',
        speaksFor: ['lib-*', 'cp-5'],
        proof: 'signature',
      });
      await edge.register('web', {
        realm: 'portal',
        kind: 'application',
        reportsActivity: true,
        certificate: 'AB'.repeat(32),
      });
      const { printed } = await curfew(['stations', 'export', ...options]);
      const before = (await edge.ask('GET', '/v1/stations')).body.stations;
      const path = fileOf(printed);
      expect((await curfew(['stations', 'import', path])).printed).toMatch(
        /^0 registered, 0 changed, 3 left as they were/,
      );
      edge = createEdge({ 'campus-print': { profile: 'release-station' }, portal: { profile: 'enterprise' } });
      expect((await curfew(['stations', 'import', path, '--yes'])).printed).toMatch(/^3 registered, 0 changed/);
      const now = (await edge.ask('GET', '/v1/stations')).body.stations;
      const said = (stations: Record<string, unknown>[]) =>
        stations
          .map(({ keyGeneration: _, keyIssuedAt: __, previousKeyUntil: ___, registeredAt: ____, ...rest }) => rest)
          .sort((a, b) => (String(a.station) < String(b.station) ? -1 : 1));
      expect(said(now)).toEqual(said(before));
    },
  );
});

describe('keys for many', () => {
  beforeEach(async () => {
    for (const id of ['lib-1', 'lib-2'])
      await edge.ask('PUT', `/v1/stations/${id}`, { realm: 'campus-print', kind: 'hosted' });
    await edge.register('cp-1', { realm: 'campus-print', kind: 'hosted' });
    await edge.register('web', { realm: 'portal', kind: 'application' });
  });
  const idsIn = (path: string) =>
    readFileSync(path, 'utf8')
      .trimEnd()
      .split('\n')
      .slice(1)
      .map((row) => row.split(',')[0])
      .sort();

  test('are made for a realm, after a question with their number, and not twice into one file', async () => {
    const keys = keysPath();
    const questions: string[] = [];
    const confirm = async (question: string) => questions.push(question) > 0;
    const all = ['stations', 'key', '--all-of', 'campus-print', '--keys', keys];
    expect((await curfew(all, { confirm })).printed).toMatch(/^3 keys written to /);
    expect(questions).toEqual([`Make a new key for 3 stations, into ${keys}?`]);
    expect(idsIn(keys)).toEqual(['cp-1', 'lib-1', 'lib-2']);
    asked = [];
    expect((await curfew(all)).printed).toMatch(/^no keys written/);
    expect(asked).toEqual([]);
  });

  test('are made for those whose ids begin so, or only for those that have none', async () => {
    const [some, missing] = [keysPath(), keysPath()];
    await curfew(['stations', 'key', '--all-of', 'lib-*', '--keys', some, '--yes']);
    expect(idsIn(some)).toEqual(['lib-1', 'lib-2']);
    await edge.ask('PUT', '/v1/stations/cp-2', { realm: 'campus-print', kind: 'hosted' });
    await curfew(['stations', 'key', '--all-of', 'campus-print', '--missing', '--keys', missing, '--yes']);
    expect(idsIn(missing)).toEqual(['cp-2']);
  });

  test.each([
    [['--all-of', 'campus-print'], 'say where the keys go: --keys FILE'],
    [[], 'say which station, or --all-of'],
    [['lib-1', '--all-of', 'campus-print', '--keys', 'x'], 'say a station, or --all-of, and not both'],
    [
      ['--all-of', 'nowhere', '--keys', 'x'],
      'no station is of a realm "nowhere", nor has an id that begins so (say "nowhere*")',
    ],
  ])('are not made where it is not clear of what: %j', async (args, said) =>
    expect((await curfew(['stations', 'key', ...args])).said).toEqual([said]),
  );

  test('do not go into a file that is something else', async () => {
    const path = fileOf('dear diary\n');
    expect((await curfew(['stations', 'key', '--all-of', 'portal', '--keys', path, '--yes'])).said[0]).toContain(
      'is no file of keys',
    );
    expect(readFileSync(path, 'utf8')).toBe('dear diary\n');
  });
});
