/** What the command prints, in terminals of 80 and of 200 columns, of the longest names that there may be. */
import { describe, expect, test } from 'vitest';
import { type Column, listingCsv, listingText, sorted } from '../../lib/command/listing.ts';
import { moment, readMoment } from '../../lib/command/moments.ts';
import { nearest } from '../../lib/command/names.ts';
import type { View } from '../../lib/command/terminal.ts';
import { epochMs, toRfc3339 } from '../../lib/time.ts';
import { connectionTo, runCurfew } from '../support/command.ts';

const REALM = 'r'.repeat(32);
const STATION = `cp-${'0123456789'.repeat(6)}`.slice(0, 56);
/** As many as 256 bytes of a user's name hold, 64 characters of a station's and 128 of its place. */
const NAMES = {
  Chinese: {
    user: '图书馆用户'.repeat(17),
    name: '图书馆打印机一号'.repeat(8),
    location: '一楼大厅左边角落'.repeat(16),
  },
  Arabic: {
    user: 'مكتبةالجامعة '.repeat(11).trim(),
    name: 'طابعة المكتبة الأولى '.repeat(3),
    location: 'الطابق الأرضي '.repeat(9),
  },
  emoji: { user: '👩‍🔬🖨️🇦🇹'.repeat(9), name: '🖨️'.repeat(32), location: '🏛️📚'.repeat(31) },
  'one word': { user: 'w'.repeat(256), name: 'n'.repeat(64), location: 'l'.repeat(128) },
};
const IN = '2099-11-22T14:28:10.000Z';
const PAST = '2026-11-22T14:23:10.000Z';

type Names = (typeof NAMES)[keyof typeof NAMES];

function answers({ user, name, location }: Names) {
  const handle = (n: number) => `mwsd13c${n}.0.${REALM}.${Buffer.from(user).toString('base64url')}.hT4uBqE2s_`;
  const session = (n: number) => ({
    session: handle(n),
    user: n === 0 ? user : 'ana',
    realm: REALM,
    epoch: n,
    station: STATION,
    rung: 'active',
    openedAt: PAST,
    activeAt: PAST,
    heardAt: PAST,
    heldUntil: IN,
    freeAt: IN,
    name,
    location,
    deadlines: { lingerAt: IN, leaseAt: IN, maximumAt: IN },
    timeline: [
      { rung: 'active', from: PAST, until: IN },
      { rung: 'ended', from: IN, reason: 'lease', freeAt: IN },
    ],
  });
  const past = (n: number) => ({
    ...session(n),
    rung: 'ended',
    endedAt: n === 0 ? PAST : '2026-11-22T14:29:10.000Z',
    reason: 'operator',
    endedBy: 'operator:arn:aws:iam::000000000000:user/olga',
    note: name,
  });
  const station = (id: string) => ({
    station: id,
    realm: REALM,
    kind: 'application',
    name,
    location,
    reportsActivity: true,
    proof: 'signature',
    keyGeneration: 1,
    keyIssuedAt: PAST,
    registeredAt: PAST,
  });
  const how = {
    state: 'red',
    why: `It was refused 2m ago, at ${PAST}: its key is not the one that is registered.`,
    command: ['stations', 'key', 'cp-05'],
    heardAt: PAST,
    user,
    sessions: 12,
    ended: { logout: 9, 'next-user': 2, lease: 1 },
    refused: 2,
    caused: 1,
  };
  const realm = { realm: REALM, policy: { seats: 1, takeOver: 'offer' } };
  const refusal = {
    at: PAST,
    since: PAST,
    event: 'ping',
    station: STATION,
    name,
    location,
    user,
    realm: REALM,
    problem: 'not-authenticated',
    status: 401,
    proven: false,
    why: 'its key is not the one that is registered',
    mend: 'Give it a new key.',
  };
  const refused = { refusals: [refusal, refusal], refusedStations: [refusal] };
  const health = { health: how, there: [session(0)], past: [past(2)], refusals: [refusal], caused: [refusal] };
  return (path: string): object => {
    if (/^\/v1\/realms\/[^/]+\/users/.test(path))
      return { user, realm: REALM, seats: [session(0)], history: [past(0), past(1)], ...refused };
    if (path.startsWith('/v1/sessions/')) return session(0);
    if (path.startsWith('/v1/sessions')) return { sessions: [session(0), session(1)] };
    if (path.startsWith('/v1/history')) return { sessions: [past(2), past(3)] };
    if (path.startsWith('/v1/users')) return { users: [{ user, realm: REALM, lastEndedAt: PAST }] };
    if (path === `/v1/realms/${REALM}`) return realm;
    if (path.startsWith('/v1/realms')) return { realms: [realm] };
    if (path.endsWith('/health')) return { ...station(STATION), ...health };
    return path.startsWith('/v1/stations/')
      ? station(STATION)
      : { stations: [STATION, 'lib-1'].map((id) => ({ ...station(id), health: how })) };
  };
}

/** By code points, and so never less than what a terminal takes: two for all that stands in blocks of wide ones. */
function columnsOf(line: string): number {
  const graphemes = [...new Intl.Segmenter('en', { granularity: 'grapheme' }).segment(line)];
  return graphemes.reduce((sum, { segment }) => {
    const isWide = [...segment].some((one) => {
      const at = one.codePointAt(0) ?? 0;
      return at === 0xfe0f || (at >= 0x2e80 && at < 0xa4d0) || (at >= 0xac00 && at < 0xfb00) || at >= 0x1f000;
    });
    return sum + (isWide ? 2 : 1);
  }, 0);
}

const COMMANDS = [
  ['sessions', 'list'],
  ['sessions', 'list', '--ended'],
  ['sessions', 'list', '--at', '2026-11-22 14:25'],
  ['sessions', 'show', 'mwsd13c0.0.x.YQ'],
  ['users', 'list'],
  ['users', 'show', 'ana'],
  ['stations', 'list'],
  ['stations', 'list', '--health'],
  ['stations', 'show', STATION],
  ['explain', 'ana'],
];

describe.each(Object.entries(NAMES))('with names in %s', (_, names) => {
  test.each(
    COMMANDS.flatMap((command) =>
      [80, 200].map((columns) => ({ command: command.join(' ').slice(0, 40), columns, args: command })),
    ),
  )('nothing of "$command" wraps at $columns columns', async ({ columns, args }) => {
    const connection = connectionTo(async (_, path) => ({ status: 200, body: answers(names)(path) }));
    const { exit, printed, said } = await runCurfew(connection, args, { columns });
    expect({ exit, said }).toEqual({ exit: 0, said: [] });
    const wide = printed.split('\n').filter((line) => columnsOf(line) > columns);
    expect(wide).toEqual([]);
    expect(printed.split('\n').length).toBeGreaterThan(3);
  });

  test('into a file, and with --wide, every name is written in full', async () => {
    const connection = connectionTo(async (_, path) => ({ status: 200, body: answers(names)(path) }));
    for (const args of [
      ['sessions', 'list'],
      ['sessions', 'list', '--wide', '--realm', REALM],
    ]) {
      const options = args.includes('--wide') ? { columns: 80 } : {};
      expect((await runCurfew(connection, args, options)).printed).toContain(names.user.trim());
    }
  });
});

const VIEW: View = { paint: (_, plain) => plain, zone: 'UTC', now: epochMs(Date.parse('2026-11-22T14:30:00Z')) };

interface Thing {
  readonly id: string;
  readonly realm: string;
  readonly n: number;
}
const COLUMNS: Column<Thing>[] = [
  { name: 'id', told: ({ id }) => id, least: 4 },
  { name: 'realm', told: ({ realm }) => realm, folds: true, goes: 1 },
  { name: 'n', told: ({ n }) => `${n} pieces`, raw: ({ n }) => n },
];
const THINGS = ['b10', 'b9', 'a'].map((id, n) => ({ id, realm: 'campus', n }));
const listed = (view: Partial<View> = {}, items = THINGS, of = {}) =>
  listingText({ noun: 'thing', columns: COLUMNS, items, ...of }, { ...VIEW, ...view });

describe('a list', () => {
  test('says once, below, what every row would say', () =>
    expect(listed()).toBe('id   n\nb10  0 pieces\nb9   1 pieces\na    2 pieces\n\n3 things, all: realm campus'));

  test('of one row leaves nothing out', () => expect(listed({}, THINGS.slice(0, 1))).toContain('campus'));

  test('with --wide has every column', () => expect(listed({ isWide: true })).toMatch(/^id +realm +n\n/));

  test('counts what there is and not what it shows', () => {
    expect(listed({}, THINGS, { of: { count: 20 } })).toMatch(/\n3 of 20 things, all/);
    expect(listed({}, THINGS, { of: { count: 20, more: true } })).toMatch(/\n3 of more than 20 things, all/);
    expect(listed({}, [])).toBe('no things');
  });

  test('shortens cells before it drops a column, and says where', () => {
    const long = [...THINGS, { id: 'abcdefghijklmnop', realm: 'other', n: 3 }];
    expect(listed({ columns: 28 }, long).split('\n').at(-3)).toBe('abcdefghi…  other   3 pieces');
    expect(listed({ columns: 16 }, long).split('\n')[4]).toBe('abcde…  3 pieces');
  });

  test('is sorted by any column, numbers as numbers and names as people count', () => {
    const by = (column: string) => sorted(THINGS, COLUMNS, column, VIEW).map(({ id }) => id);
    expect([by('id'), by('-id'), by('-n')]).toEqual([
      ['a', 'b9', 'b10'],
      ['b10', 'b9', 'a'],
      ['a', 'b9', 'b10'],
    ]);
    expect(() => by('colour')).toThrow('there is no column "colour" to sort by; there are id, realm, n');
  });

  test('as CSV has every column in full, quoted where it must be, and starts no formula', () => {
    const items = [{ id: '=1+1', realm: 'a "b", c', n: -3 }];
    expect(listingCsv({ noun: 'thing', columns: COLUMNS, items }, VIEW)).toBe(`id,realm,n\r\n'=1+1,"a ""b"", c",-3`);
  });
});

describe('an instant', () => {
  const vienna = { ...VIEW, zone: 'Europe/Vienna' };
  test.each([
    ['2026-11-22T14:23:05.120Z', '15:23:05', '2026-11-22T14:23:05Z'],
    ['2026-11-21T23:30:00.000Z', '00:30:00', '2026-11-21T23:30:00Z'],
    ['2026-07-01T12:00:00.000Z', '2026-07-01 14:00:00', '2026-07-01T12:00:00Z'],
  ])('%s is told by the clock on the wall: %s; and in UTC: %s', (at, local, utc) =>
    expect([moment(at, vienna), moment(at, { ...vienna, inUtc: true })]).toEqual([local, utc]),
  );

  test.each([
    ['14:00', '2026-11-22T13:00:00.000Z'],
    ['9:05', '2026-11-22T08:05:00.000Z'],
    ['16:00', '2026-11-21T15:00:00.000Z'],
    ['2026-07-01 14:00', '2026-07-01T12:00:00.000Z'],
    ['2026-10-25 03:30:10', '2026-10-25T02:30:10.000Z'],
    ['2026-11-22T14:00:00+02:00', '2026-11-22T12:00:00.000Z'],
  ])('%s, said in Vienna at half past three, is %s', (text, at) =>
    expect(toRfc3339(readMoment(text, vienna) ?? epochMs(0))).toBe(at),
  );

  test.each(['', 'noon', '25:00', '14', '2026-13-01 10:00', '2026-11-22'])('%j is none', (text) =>
    expect(readMoment(text, vienna)).toBeUndefined(),
  );
});

test.each([
  ['ana', ['anna', 'hana', 'ana.meyer']],
  ['mayer', ['ana.meyer']],
  ['anan', ['anna', 'ana.meyer']],
  ['zzz', []],
])('near to %s are %j', (said, names) =>
  expect(nearest(said, ['ben', 'hana', 'anna', 'ana.meyer'], (name) => [name]).sort()).toEqual([...names].sort()),
);
