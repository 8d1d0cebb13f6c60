import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readRealms } from '../../lib/realms/realms-file.ts';
import { type Timeline, timelineOf } from '../../lib/realms/timeline.ts';
import { CLOCK_MARGIN, deadlinesOf, freshSigns, type Hearing, idleOf, rungAt } from '../../lib/session/ladder.ts';
import type { Policy } from '../../lib/session/policy.ts';
import { after, durationMs, epochMs, formatDuration, MINUTE, SECOND, since } from '../../lib/time.ts';
import { fail, into, START } from '../support/world.ts';

const WEB: Hearing = { id: 'web-1', hasPanel: false, reportsActivity: true };
const PRINTER: Hearing = { id: 'lib-1', hasPanel: true, reportsActivity: true };

const policyOf = (fields: object): Policy =>
  readRealms(JSON.stringify({ realms: { portal: { profile: 'enterprise', ...fields } } })).realms.get('portal') ??
  fail('the policy is refused');

/** Each rung with how long after the last activity it is left, and by which deadline. */
const told = ({ rungs }: Timeline) =>
  rungs.map(({ rung, until, deadline }) =>
    until === undefined ? rung : `${rung} until ${formatDuration(since(START, until))} by ${deadline}`,
  );

const timeline = (fields: object, station = WEB, more: { crashes?: boolean } = {}) =>
  timelineOf(policyOf(fields), { from: START, station, ...more });

/** The suite's own settings. */
const SUITE = { logonToken: 'off', sweep: '10m' };

describe("the suite's example", () => {
  test('comes down by 20, 10 and 30 minutes', () => {
    const its = timeline(SUITE);
    expect(told(its)).toEqual([
      'active until 20m by idle',
      'lingering until 30m by lease',
      'failover until 1h by failover',
      'ended',
    ]);
    expect(its.rungs.map(({ holdsSeat }) => holdsSeat)).toEqual([true, true, false, false]);
    expect(its.lost).toEqual({ at: into('30m'), deadline: 'lease', freeAt: into(30 * MINUTE + CLOCK_MARGIN) });
  });

  test.each([
    ['10m', '60m', '70m'],
    ['1m', '60m', '61m'],
  ])('swept every %s, its user is out after %s to %s', (sweep, earliest, latest) => {
    const its = timeline({ ...SUITE, sweep });
    expect([its.outAt, its.outAnnouncedBy]).toEqual([into(earliest), into(latest)]);
  });

  test('with the token on, its user is remembered until 8 hours after logon', () => {
    const its = timeline({ ...SUITE, logonToken: '8h' });
    expect(told(its).slice(2)).toEqual([
      'failover until 1h by failover',
      'remembered until 8h by logon-token',
      'ended',
    ]);
    expect(its.outAt).toBe(into('8h'));
  });

  test('at a station that crashes with its last activity, no session lingers', () =>
    expect(told(timeline(SUITE, WEB, { crashes: true }))).toEqual([
      'active until 10m by lease',
      'failover until 40m by failover',
      'ended',
    ]));
});

test.each([
  ['a printer', { profile: 'release-station' }, PRINTER, ['active until 30s by idle', 'ended']],
  [
    'a printer that reports no activity',
    { profile: 'release-station' },
    { ...PRINTER, reportsActivity: false },
    ['active until 5m by lease', 'ended'],
  ],
  [
    'a panel in a realm of many rungs',
    {},
    { ...WEB, hasPanel: true },
    ['active until 20m by idle', 'lingering until 30m by lease', 'ended'],
  ],
  [
    'a maximum, after which there is no failover',
    { maximum: '25m', logonToken: 'off' },
    WEB,
    ['active until 20m by idle', 'lingering until 25m by maximum', 'ended'],
  ],
  [
    'a maximum, after which the logon goes on',
    { maximum: '25m', logonToken: '30m' },
    WEB,
    ['active until 20m by idle', 'lingering until 25m by maximum', 'remembered until 30m by logon-token', 'ended'],
  ],
  [
    'an idle session that ends',
    { whenIdle: 'end' },
    WEB,
    ['active until 20m by idle', 'remembered until 8h by logon-token', 'ended'],
  ],
  [
    'stations that do not ping',
    { ping: 'off', logonToken: 'off' },
    WEB,
    ['active until 10m by lease', 'failover until 40m by failover', 'ended'],
  ],
  [
    'a station with an idle time of its own',
    { stations: { 'web-1': { idle: '1h' } }, logonToken: 'off' },
    WEB,
    ['active until 1h by idle', 'lingering until 70m by lease', 'failover until 100m by failover', 'ended'],
  ],
] as const)('of %s', (_, fields, station, rungs) => expect(told(timeline(fields, station))).toEqual(rungs));

const seconds = fc.integer({ min: 1, max: 40 }).map((n) => `${n}s`);
const orOff = fc.oneof(seconds, fc.constant('off'));
const policies = fc
  .record({
    idle: seconds,
    whenIdle: fc.constantFrom('end', 'linger'),
    ping: orOff,
    lease: seconds,
    failover: orOff,
    logonToken: fc.oneof(orOff, fc.constant('2m')),
    maximum: fc.oneof(seconds, fc.constant('2m')),
    sweep: seconds,
    stations: fc.oneof(
      fc.constant({}),
      seconds.map((idle) => ({ 'web-1': { idle } })),
    ),
  })
  .map((fields) => readRealms(JSON.stringify({ realms: { r: { profile: 'enterprise', ...fields } } })).realms.get('r'))
  .filter((policy) => policy !== undefined);

test('the rungs of a timeline are those of a session, before, at and after each boundary', () => {
  const station = fc.record({ id: fc.constant('web-1'), hasPanel: fc.boolean(), reportsActivity: fc.boolean() });
  const from = fc.integer({ min: 0, max: 200_000 }).map((ms) => after(START, durationMs(ms)));
  fc.assert(
    fc.property(policies, station, from, fc.boolean(), (policy, station, from, crashes) => {
      const { rungs, lost, outAt, outAnnouncedBy } = timelineOf(policy, { from, station, crashes });
      const heardUntilIdle = policy.pingMs !== undefined && station.reportsActivity && !crashes;
      const heardAt = heardUntilIdle ? after(from, idleOf(policy, station)) : from;
      const deadlines = deadlinesOf(policy, station, { ...freshSigns(from), heardAt });
      const rungOn = (at: number) => rungAt({ deadlines }, epochMs(at));

      expect([rungs[0]?.rung, rungs[0]?.from, rungs.at(-1)?.rung]).toEqual(['active', from, 'ended']);
      for (const [n, { rung, until = Number.POSITIVE_INFINITY, slot, announcedBy, ...its }] of rungs.entries()) {
        expect([rungOn(its.from), rungOn(Math.min(until - 1, its.from + 1))]).toEqual([rung, rung]);
        if (n > 0) expect(rungOn(its.from - 1)).toBe(rungs[n - 1]?.rung);
        expect(its.holdsSeat).toBe(its.from < lost.at);
        if (slot === undefined || announcedBy === undefined) continue;
        expect([rungOn(until - 1), rungOn(until)]).toEqual([rung, rungs[n + 1]?.rung]);
        expect(until).toBe(rungs[n + 1]?.from);
        expect(slot).toBeGreaterThanOrEqual(until + CLOCK_MARGIN);
        expect(slot).toBeLessThan(announcedBy + CLOCK_MARGIN);
        expect(slot % policy.sweepMs).toBe(0);
      }
      expect(outAt).toBe(rungs.at(-1)?.from);
      expect(since(outAt, outAnnouncedBy)).toBe(policy.sweepMs);
      expect(since(lost.at, lost.freeAt)).toBe(2 * SECOND);
    }),
    { numRuns: 500 },
  );
});
