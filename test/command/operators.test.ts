/** The commands of an operator, over the functions' real handlers. */
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { connectionTo, runCurfew } from '../support/command.ts';
import { useFunctions } from '../support/functions.ts';

const functions = useFunctions({
  'campus-print': { profile: 'release-station' },
  office: { profile: 'enterprise', seats: 2, takeOver: 'refuse' },
  suite: { profile: 'enterprise', seats: 1, takeOver: 'refuse', ping: '2m', job: '30m', logonToken: 'off' },
  newest: { profile: 'release-station', takeOver: 'replace' },
});
const START = new Date('2026-11-22T14:23:10Z');

type Station = Awaited<ReturnType<typeof functions.register>>;
let printer: Station;
let mail: Station;
let reports: Station;

beforeAll(async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: START });
  const library = { realm: 'campus-print', kind: 'hosted', name: 'Library 1', location: 'Ground floor' };
  printer = await functions.register(library, 'lib-1');
  mail = await functions.register(
    { realm: 'office', kind: 'application', name: 'Mail', reportsActivity: true },
    'mail',
  );
  reports = await functions.register({ realm: 'office', kind: 'application', name: 'Reports' }, 'reports');
});
afterAll(() => void vi.useRealTimers());

/** As lists and commands to be pasted have it. */
const short = (handle: string) => handle.split('.')[0];

const later = (seconds: number) => vi.setSystemTime(START.getTime() + seconds * 1_000);

const connection = connectionTo((method, path, body) => functions.operator(method, path, body ?? ''));
const curfew = (...args: string[]) => runCurfew(connection, args);

/** What it prints, of a command that is to succeed. */
async function printed(...args: string[]): Promise<string> {
  const { exit, printed, said } = await curfew(...args);
  expect({ exit, said }).toEqual({ exit: 0, said: [] });
  return printed;
}

async function loggedIn(station: Station, user: string): Promise<string> {
  const { status, body } = await functions.say(station, 'login', { user });
  expect(status).toBe(201);
  return body.session;
}

describe('ana is logged in at a printer that says nothing any more', () => {
  let session = '';
  beforeAll(async () => {
    later(0);
    session = await loggedIn(printer, 'ana');
    later(48);
  });

  test('she is listed', async () =>
    expect(await printed('sessions', 'list', '--realm', 'campus-print')).toBe(
      `user  realm         station  rung    opened    heard    free       session
ana   campus-print  lib-1    active  14:23:10  48s ago  in 4m 14s  ${short(session)}

1 session`,
    ));

  test('her session is shown with its way down', async () =>
    expect(await printed('sessions', 'show', session)).toBe(
      `session     ${session}
user        ana (campus-print)
at          Library 1, Ground floor (lib-1)
rung        active
opened      14:23:10  (48s ago)
active      14:23:10  (48s ago)
last heard  14:23:10  (48s ago)
seat free   14:28:12  (in 4m 14s) if nothing more is heard

rung    from      until     by
active  14:23:10  14:28:10
ended   14:28:10            lease

To end it: npx curfew sessions end ${short(session)} --reason 'say why'`,
    ));

  test('why she cannot log in elsewhere is explained', async () =>
    expect(await printed('explain', 'ana')).toBe(
      `campus-print: ana cannot log in elsewhere: the seat is taken, and free in 4m 14s, at 14:28:12, if nothing more is heard.

  Held at Library 1, Ground floor (lib-1): active, since 14:23:10 (48s ago), last heard 14:23:10 (48s ago).

  deadline  at                   left    counts                                 then
  lease     14:28:10             4m 12s  since the station's last sign of life  takes the seat
  maximum   2026-11-23 02:23:10  12h     since it opened: nothing moves it

  Sooner, if ana logs out at Library 1, another user logs in there, or it boots.
  Sooner, if ana logs in elsewhere and takes over, which the realm offers.
  Later, if Library 1 gives a sign of life, until 2026-11-23 02:23:10 (12h) at the most.
  Now:

    npx curfew sessions end ${short(session)} --reason 'say why'`,
    ));

  test('programs are told the same', async () => {
    const told = JSON.parse(await printed('explain', 'ana', '--realm', 'campus-print', '--json'));
    expect(told).toMatchObject({
      user: 'ana',
      realms: [
        {
          realm: 'campus-print',
          canLogIn: false,
          freeAt: '2026-11-22T14:28:12.000Z',
          takeOver: 'offer',
          holders: [{ session, station: 'lib-1', seatLostBy: 'lease', hasPanel: true }],
        },
      ],
    });
  });

  test('within the margin after her lease nobody holds the seat, and it is not free yet', async () => {
    later(301);
    const told = await printed('explain', 'ana', '--realm', 'campus-print');
    expect(told.split('\n')[0]).toBe(
      'campus-print: ana cannot log in yet: the seat is taken, and free in 1s, at 14:28:12.',
    );
    later(303);
    expect((await printed('explain', 'ana')).split('\n')[0]).toBe(
      'campus-print: ana can log in: no session holds a seat.',
    );
    later(48);
  });

  test('an operator ends her session, says why, and is told so whenever it is asked for again', async () => {
    const ended = (ago: string) =>
      `ana's session ${short(session)} (campus-print) at lib-1 ended at 14:23:58 (${ago} ago): by hand, by arn:aws:iam::000000000000:user/olga: it's gone`;
    expect(await printed('sessions', 'end', session, '--reason', "it's gone")).toBe(
      `ended; ana's seat in campus-print is free\n${ended('0s')}`,
    );
    later(60);
    expect(await printed('sessions', 'end', session, '--reason', 'me too')).toBe(`nothing to end\n${ended('12s')}`);
    expect(await printed('sessions', 'show', session)).toBe(ended('12s'));
    expect(await printed('explain', 'ana')).toBe(
      `campus-print: ana can log in: no session holds a seat.\n\nThe last one that ended: ${ended('12s')}`,
    );
    expect(await printed('users', 'show', 'ana')).toBe(
      `ana in campus-print: no sessions open

opened    ended     ago  station  reason    by                                            said
14:23:10  14:23:58  12s  lib-1    operator  operator:arn:aws:iam::000000000000:user/olga  it's gone`,
    );
    await loggedIn(printer, 'ana');
  });
});

describe('ben has two seats of two', () => {
  test('the first to be free is told first, and nobody offers a take-over', async () => {
    later(1_000);
    await loggedIn(mail, 'ben');
    later(1_060);
    await loggedIn(reports, 'ben');
    const told = (await printed('explain', 'ben', '--realm', 'office')).split('\n');
    expect(told[0]).toBe(
      'office: ben cannot log in elsewhere: all 2 seats are taken, and one is free in 9m 2s, at 14:49:52, if nothing more is heard.',
    );
    expect(told.filter((line) => line.includes('Held at'))).toEqual([
      '  Held at Mail (mail): active, since 14:39:50 (1m ago), last heard 14:39:50 (1m ago).',
      '  Held at Reports (reports): active, since 14:40:50 (0s ago), last heard 14:40:50 (0s ago).',
    ]);
    expect(told.join('\n')).not.toContain('takes over');
  });

  test('of a session that has lost its seat it is told until when he comes back to it', async () => {
    later(1_000 + 12 * 60);
    await functions.sweep({ backstop: true });
    const told = (await printed('explain', 'ben')).split('\n');
    expect(told[0]).toBe('office: ben can log in: no session holds a seat.');
    expect(told).toContain(
      '  ben has lost the seat at Mail (mail) and comes back there without being asked until 22:39:50 (7h 48m).',
    );
    expect(await printed('sessions', 'list', '--user', 'ben', '--realm', 'office', '--rung', 'failover')).toContain(
      '2 sessions',
    );
  });
});

test('a job makes the rest wait, and what lingers only its user prolongs', async () => {
  later(1_200);
  const portal = await functions.register({ realm: 'suite', kind: 'application', reportsActivity: true }, 'portal');
  const session = await loggedIn(portal, 'gus');
  await functions.say(portal, 'job-started', { session });
  later(1_210);
  expect(await printed('explain', 'gus', '--realm', 'suite')).toBe(
    `suite: gus cannot log in elsewhere: the seat is taken, and free in 29m 52s, at 15:13:12, if nothing more is heard.

  Held at portal: active, since 14:43:10 (10s ago), last heard 14:43:10 (10s ago).

  deadline  at                   left     counts                                                                then
  lease     14:53:10             9m 50s   since the station's last sign of life                                 takes the seat, after the job
  idle      15:03:10             19m 50s  since the last activity; from then on it lingers, and holds its seat
  job       15:13:10             29m 50s  while a job runs idle and lease wait, until then at the most
  maximum   2026-11-23 14:43:10  1d       since it opened: nothing moves it

  Sooner, if gus logs out at portal.
  Sooner, if the job ends: then the lease counts from there.
  Later, if portal gives a sign of life, until 2026-11-23 14:43:10 (1d) at the most.
  Now:

    npx curfew sessions end ${short(session)} --reason 'say why'`,
  );
  await functions.say(portal, 'job-ended', { session });
  for (const seconds of [1_700, 2_200]) {
    later(seconds);
    await functions.say(portal, 'ping', { session });
  }
  later(2_500);
  const told = (await printed('explain', 'gus', '--realm', 'suite')).split('\n');
  expect(told[2]).toContain('Held at portal: lingering, since');
  expect(told).toContain('  Later, if gus does something at portal, until 2026-11-23 14:43:10 (23h 39m) at the most.');
});

test('where the newest login wins nothing keeps anybody out', async () => {
  later(2_000);
  const door = await functions.register({ realm: 'newest', kind: 'hosted' }, 'door');
  await loggedIn(door, 'cleo');
  expect((await printed('explain', 'cleo')).split('\n')[0]).toBe(
    'newest: cleo can log in: that takes the place of the session which has been silent the longest.',
  );
});

test('of somebody who was never here nothing is known', async () =>
  expect(await printed('explain', 'dora')).toBe(
    'Nothing keeps dora from logging in: no session of dora is open in campus-print, office, suite, newest, none is known that ended, and nothing was refused in the last day.',
  ));

describe('names from elsewhere', () => {
  test('are text and nothing else', async () => {
    later(3_000);
    const name = 'بوابة 🖨️ \u202Etxet';
    const door = await functions.register({ realm: 'campus-print', kind: 'hosted', name }, 'gate');
    await loggedIn(door, '<img src=x onerror=alert(1)>');
    const told = await printed('explain', '<img src=x onerror=alert(1)>');
    expect(told).toContain('Held at بوابة 🖨️ \\u{202e}txet (gate)');
    expect(told).toContain('<img src=x onerror=alert(1)> cannot log in elsewhere');
  });
});

describe('a station', () => {
  test('is registered, shown, listed, gets keys and is removed', async () => {
    later(4_000);
    const place = ['--name', 'Library 2', '--location', 'First floor'];
    expect(await printed('stations', 'add', 'lib-2', '--realm', 'campus-print', '--kind', 'hosted', ...place)).toBe(
      `registered

station           lib-2
realm             campus-print
kind              hosted
name              Library 2
location          First floor
reports activity  no: only its lease counts
proof             bearer
key               none
registered        15:29:50  (0s ago)

Its key: npx curfew stations key lib-2`,
    );
    const first = await curfew('stations', 'key', 'lib-2');
    expect(first).toMatchObject({ exit: 0, said: ['a new key of lib-2 (bearer), shown this once'] });
    await loggedIn({ id: 'lib-2', key: first.printed }, 'emil');

    const next = await curfew('stations', 'key', 'lib-2', '--rotate', '2h');
    expect(next.said).toEqual([
      'a new key of lib-2 (bearer), shown this once; the one before opens until 2026-11-22T17:29:50.000Z',
    ]);
    expect(await printed('stations', 'show', 'lib-2')).toContain('key before        until 17:29:50  (in 2h)\n');
    const healthy = await printed('stations', 'list', '--health');
    expect(healthy).toMatch(/^health +station +name +heard +there\b/m);
    expect(healthy).toMatch(/^green +lib-2 +Library 2 +0s ago +emil\b/m);
    expect(healthy).toMatch(/^\d+ red, \d+ amber, \d+ green$/m);
    const shown = await printed('stations', 'show', 'lib-2');
    expect(shown).toContain('\n\ngreen: It was last heard 0s ago, at 15:29:50.\n');
    expect(shown).toContain('\nThere now: emil (active, since 0s ago).\nEnded in the last day: nothing.');
    expect(await printed('stations', 'list')).toMatch(/^lib-2 {4}campus-print {2}hosted .+ Library 2 +First floor/m);
    expect(await printed('stations', 'key', 'lib-2', '--revoke')).toBe(
      'revoked; a key of lib-2 may still open until 2026-11-22T15:34:50.000Z',
    );
    expect(await printed('stations', 'remove', 'lib-2')).toMatch(/^removed; /);
    expect(await curfew('stations', 'show', 'lib-2')).toEqual({
      exit: 1,
      printed: '',
      said: ['no station "lib-2" is registered; near to that: lib-1 (Library 1)'],
    });
  });

  test('that is a gateway and speaks for nobody is shown so', async () => {
    const added = await printed('stations', 'add', 'kiosk', '--realm', 'campus-print', '--kind', 'gateway');
    expect(added).toContain('speaks for        itself alone\n');
    expect(await printed('stations', 'remove', 'kiosk')).toMatch(/^removed; /);
  });

  test('whose proof is another now needs a new key, and is not registered anew without a word of it', async () => {
    const add = ['stations', 'add', 'kiosk', '--realm', 'campus-print', '--kind', 'gateway'];
    await printed(...add);
    await curfew('stations', 'key', 'kiosk');
    const signing = await printed(...add, '--proof', 'signature', '--replace');
    expect(signing).toMatch(/^registered anew; its key must be made\n[\s\S]+\nIts key: npx curfew stations key kiosk$/);
    expect(await curfew(...add, '--replace')).toEqual({
      exit: 2,
      printed: '',
      said: ['proof is missing: this station is registered with signature; say which it is to be'],
    });
    expect(await printed('stations', 'remove', 'kiosk')).toMatch(/^removed; /);
  });

  test('that is there already is left alone, unless it is to be replaced', async () => {
    const add = ['stations', 'add', 'lib-1', '--realm', 'campus-print', '--kind', 'pinging'];
    expect(await curfew(...add)).toEqual({
      exit: 1,
      printed: '',
      said: ['a station lib-1 is registered already: say --replace to register it anew'],
    });
    expect(await printed('stations', 'show', 'lib-1')).toContain('kind              hosted');
    expect(await printed(...add, '--replace')).toMatch(/^registered anew; its key is still good\n/);
  });
});

test('a realm is shown with its bounds and its policy', async () => {
  const told = await printed('realms', 'show', 'campus-print');
  expect(told).toContain(`campus-print
  a seat stays taken          at most  while a job runs
  any station                 5m 2s    30m 2s
  where activity is reported  32s      30m 2s

  profile     release-station
  seats       1
`);
  expect((await printed('realms', 'show')).match(/^\S+$/gm)).toEqual(['campus-print', 'office', 'suite', 'newest']);
});

describe('what makes no sense is refused, and nothing is done', () => {
  test.each([
    [
      ['sessions', 'list', '--realm', 'campus'],
      1,
      'the realms file has no realm "campus"; it has campus-print, office, suite, newest',
    ],
    [['sessions', 'show', 'nonsense'], 1, 'nothing is known of a session "nonsense"'],
    [['sessions', 'end', 'nonsense'], 2, "error: required option '--reason <text>' not specified"],
    [['sessions', 'end', 'nonsense', '--reason', ''], 1, 'nothing is known of a session "nonsense"'],
    [
      ['sessions', 'list', '--limit', '0'],
      2,
      "error: option '--limit <number>' argument '0' is invalid. It must be a whole number, 1 or more.",
    ],
    [['stations', 'add', 'x', '--kind', 'hosted'], 2, "error: required option '--realm <realm>' not specified"],
    [
      ['stations', 'add', 'x', '--realm', 'nope', '--kind', 'hosted'],
      2,
      'realm must be one of campus-print, office, suite, newest',
    ],
    [
      ['stations', 'key', 'lib-1', '--revoke', '--rotate', '1h'],
      2,
      "error: option '--revoke' cannot be used with option '--rotate [length]'",
    ],
    [
      ['explain', 'ana', '--realm', 'nope'],
      1,
      'the realms file has no realm "nope"; it has campus-print, office, suite, newest',
    ],
    [['explain'], 2, "error: missing required argument 'user'"],
    [['users', 'forget', 'ana', '--realm', 'office'], 2, 'nobody can be asked here: say --yes if that is meant'],
  ])('%j', async (args, exit, said) => expect(await curfew(...args)).toEqual({ exit, printed: '', said: [said] }));
});
