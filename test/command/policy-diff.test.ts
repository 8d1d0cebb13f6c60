import { describe, expect, test } from 'vitest';
import { addPolicyDiff, policyShown } from '../../lib/command/policy-diff.ts';
import { realmView } from '../../lib/http/views.ts';
import { readRealms } from '../../lib/realms/realms-file.ts';
import type { Realms } from '../../lib/session/policy.ts';
import { after, DAY, durationMs, type EpochMs, systemClock, toRfc3339 } from '../../lib/time.ts';
import { connectionTo, runCurfew } from '../support/command.ts';

const PRINT = { profile: 'release-station' };
const realmsIn = (realms: object): Realms => readRealms(JSON.stringify({ realms })).realms;

/** What is said of the change from one policy of a realm to another. */
async function said(from: object, to: object): Promise<string[]> {
  const files = new Map([
    ['from.json', realmsIn({ print: from })],
    ['to.json', realmsIn({ print: to })],
  ]);
  const nobody = connectionTo(async () => ({ status: 500, body: {} }));
  const { exit, printed } = await runCurfew(nobody, ['policy', 'diff', 'to.json', 'from.json'], {
    add: (program, surroundings) =>
      addPolicyDiff(program.command('policy'), surroundings, async (file) => files.get(file)),
  });
  expect(exit).toBe(0);
  return printed.split('\n\n')[0]?.split('\n') ?? [];
}

test.each([
  [{ lease: '10m' }, 'print: lease 5m → 10m: a seat stays taken for 10m 2s at most, was 5m 2s'],
  [
    { idle: '45s' },
    'print: idle 30s → 45s: where activity is reported, a user who does nothing is out after 45s, was 30s; a seat stays taken for 47s at most, was 32s',
  ],
  [{ seats: 2 }, 'print: seats 1 → 2: a user may hold 2 sessions at once, was 1'],
  [{ maximum: '8h' }, 'print: maximum 12h → 8h: no session lasts longer than 8h, whatever its station says'],
  [{ job: 'off' }, 'print: job 30m → off: while a job runs, a seat stays taken for 5m 2s at most, was 30m 2s'],
  [
    { takeOver: 'replace' },
    'print: takeOver offer → replace: who is logged in elsewhere is let in, and that session ends',
  ],
  [
    { whenIdle: 'linger' },
    'print: whenIdle end → linger: an idle session keeps its seat until its lease is over, and its user loses what they were at',
  ],
  [{ ping: '1m' }, 'print: ping off → 1m: stations that can are to ping every 1m'],
  [
    { failover: '30m' },
    'print: failover off → 30m: a session that lost its seat by its lease can be made anew for 30m',
  ],
  [
    { logonToken: '8h' },
    'print: logonToken off → 8h: a user is logged on anew without being asked for 8h after they logged in',
  ],
  [{ retention: '30d' }, 'print: retention 90d → 30d: what ends from then on is kept in history for 30d'],
  [
    { secretUrls: 'allow' },
    'print: secretUrls refuse → allow: a station may prove who it is by an address that nobody else knows',
  ],
  [
    { sweep: '5m' },
    'print: sweep 1m → 5m: an end is announced up to 5m and two minutes after it; seats are free on time all the same',
  ],
  [
    { stations: { 'lib-9': { idle: '2m' } } },
    "print: idle of lib-9 the realm's → 2m: there a user who does nothing is idle after 2m, was 30s",
  ],
  [
    { webhook: { url: 'https://a.example/', events: ['session.ended'] } },
    'print: webhook nobody → https://a.example/: https://a.example/ is told of session.ended',
  ],
])('%j is told in a sentence about users', async (change, sentence) => {
  expect(await said(PRINT, { ...PRINT, ...change })).toEqual([sentence]);
});

test('what does not change is not told', async () => expect(await said(PRINT, PRINT)).toEqual(['nothing changes']));

const NOW = systemClock();
const ago = (length: number): EpochMs => after(NOW, durationMs(-length));
const minutes = (n: number): number => n * 60_000;
const past = (user: string, station: string, opened: EpochMs, lasted: number, reason: string) => ({
  user,
  station,
  reason,
  openedAt: toRfc3339(opened),
  activeAt: toRfc3339(opened),
  heardAt: toRfc3339(opened),
  endedAt: toRfc3339(after(opened, durationMs(lasted))),
});
/** Ana's lease ran out at one printer, and she was let in at another three minutes later; Ben logged out. */
const HISTORY = [
  past('ana', 'lib-1', ago(DAY), minutes(5), 'lease'),
  past('ana', 'lib-2', ago(DAY - minutes(8)), minutes(1), 'logout'),
  past('ben', 'lib-3', ago(2 * DAY), minutes(2), 'logout'),
];

describe('against the policies in force', () => {
  const inForce = realmsIn({ print: PRINT, old: PRINT });
  const to = realmsIn({ print: { ...PRINT, lease: '10m' }, lab: PRINT });

  const asked: string[] = [];
  const api = connectionTo(async (_method, path) => {
    asked.push(path);
    const url = new URL(path, 'https://api.example');
    if (url.pathname === '/v1/realms') return { status: 200, body: { realms: [...inForce.values()].map(realmView) } };
    if (url.pathname === '/v1/stations') {
      const stations = ['lib-1', 'lib-2', 'lib-3'].map((station) => ({
        station,
        kind: 'hosted',
        reportsActivity: false,
      }));
      return { status: 200, body: { stations } };
    }
    // Two pages.
    return url.searchParams.has('cursor')
      ? { status: 200, body: { sessions: HISTORY.slice(2) } }
      : { status: 200, body: { sessions: HISTORY.slice(0, 2), cursor: 'next' } };
  });
  const diff = (...args: string[]) =>
    runCurfew(api, ['policy', 'diff', 'to.json', ...args], {
      add: (program, surroundings) => addPolicyDiff(program.command('policy'), surroundings, async () => to),
    });

  test('it says what is new, gone and changed', async () => {
    const { printed } = await diff();
    expect(printed.split('\n').slice(0, 3)).toEqual([
      'lab: a new realm',
      'old: is gone: its stations are refused, and its sessions run out',
      'print: lease 5m → 10m: a seat stays taken for 10m 2s at most, was 5m 2s',
    ]);
  });

  test('it says whom that would have touched in the time before, and what it supposes', async () => {
    asked.length = 0;
    const { exit, printed } = await diff('--replay', '30d');
    expect(exit).toBe(0);
    expect(printed).toContain(`print, the last 30d: of 3 sessions
  no would have lost their seats earlier after the login
  1 would have lost its seat later after the login, by 5m
  1 would have been let in later, for the seat would have been taken still, by 2m 2s`);
    expect(printed).toContain('Assumed: everybody would have done what they did, at the same instants');
    const [from] = asked.flatMap((path) => new URL(path, 'https://a.example').searchParams.get('from') ?? []);
    expect(Math.abs(Date.parse(from ?? '') - ago(30 * DAY))).toBeLessThan(60_000);
  });

  test('the same as JSON', async () => {
    const { printed } = await diff('--replay', '30d', '--json');
    expect(JSON.parse(printed)).toMatchObject({
      realms: [
        { realm: 'lab', is: 'new' },
        { realm: 'old', is: 'gone' },
        { realm: 'print', changes: [{ field: 'lease' }] },
      ],
      replayed: [{ realm: 'print', sessions: 3, later: { count: 1, mostMs: minutes(5) }, unexplained: 0 }],
    });
  });

  test('of a version that lists no history nothing is replayed, and it is said why', async () => {
    const older = connectionTo(async (_method, path) =>
      path.startsWith('/v1/history')
        ? { status: 404, body: { title: 'No such route' } }
        : { status: 200, body: { realms: [...inForce.values()].map(realmView), stations: [] } },
    );
    const { exit, said: why } = await runCurfew(older, ['policy', 'diff', 'to.json', '--replay', '30d'], {
      add: (program, surroundings) => addPolicyDiff(program.command('policy'), surroundings, async () => to),
    });
    expect([exit, why]).toEqual([1, ['this Curfew is of a version that lists no history: there is nothing to replay']]);
  });

  test('a length that is none is not understood', async () => expect((await diff('--replay', 'month')).exit).toBe(2));
});

test('a policy as the API shows it is the policy, but for whom its webhook tells', () => {
  const realms = realmsIn({
    print: { ...PRINT, ping: '90s', seats: 3, stations: { 'lib-9': { idle: '2m' } } },
    portal: { profile: 'enterprise', logonToken: 'off' },
  });
  for (const policy of realms.values()) expect(policyShown(realmView(policy))).toEqual(policy);
});
