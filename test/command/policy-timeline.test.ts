import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { rangeInWords } from '../../lib/command/lengths.ts';
import { askTimeline, notesOf, timelineJson, timelineReport, totalsOf } from '../../lib/command/policy-timeline.ts';
import type { Paint } from '../../lib/command/terminal.ts';
import { timelinePicture } from '../../lib/command/timeline-picture.ts';
import { readRealms } from '../../lib/realms/realms-file.ts';
import { durationMs, epochMs, HOUR, MINUTE, SECOND } from '../../lib/time.ts';
import { fail, into, START } from '../support/world.ts';

const plain: Paint = (_, text) => text;
const policyOf = (fields: object) =>
  readRealms(JSON.stringify({ realms: { portal: { profile: 'enterprise', ...fields } } })).realms.get('portal') ??
  fail('the policy is refused');
const ask = (fields: object = {}, more: { from?: typeof START; station?: string } = {}) =>
  askTimeline({ policy: policyOf(fields), ...more });

const SUITE = { logonToken: 'off', sweep: '10m' };
const PRINTER = { profile: 'release-station' };

describe('how long it takes until the user is out', () => {
  test.each([
    [
      SUITE,
      [
        'The seat is free for anyone after 30 minutes 2 seconds.',
        'The user is out after 60 to 70 minutes: by arithmetic after 1 hour, and announced within one sweep.',
      ],
    ],
    [
      { logonToken: 'off' },
      [
        'The seat is free for anyone after 30 minutes 2 seconds.',
        'The user is out after 60 to 61 minutes: by arithmetic after 1 hour, and announced within one sweep.',
      ],
    ],
    [
      {},
      [
        'The seat is free for anyone after 30 minutes 2 seconds.',
        'The user is logged on silently until 8 hours after logon.',
        'The user is out after 8 hours to 8 hours 1 minute: by arithmetic after 8 hours, and announced within one sweep.',
      ],
    ],
    [
      { profile: 'release-station' },
      [
        'The seat is free for anyone after 32 seconds.',
        'The user is out after 30 to 90 seconds: by arithmetic after 30 seconds, and announced within one sweep.',
      ],
    ],
  ])('of %j', (fields, totals) => expect(totalsOf(ask(fields))).toEqual(totals));

  test.each([
    [60 * MINUTE, 70 * MINUTE, '60 to 70 minutes'],
    [95 * MINUTE, 105 * MINUTE, '1 hour 35 minutes to 1 hour 45 minutes'],
    [30 * SECOND, 30 * SECOND + 1, '30 seconds to 30 seconds 1 millisecond'],
    [HOUR, 2 * HOUR, '1 to 2 hours'],
  ])('from %i to %i is %j', (from, to, said) => expect(rangeInWords(durationMs(from), durationMs(to))).toBe(said));
});

test('from an instant on, each step has its own, and the slot in which it is announced', () => {
  const lines = timelineReport(ask(SUITE, { from: into('3m'), station: 'bi-1' }), plain).split('\n');
  expect(lines.slice(0, 11)).toEqual([
    "A session of portal at bi-1 after its user's last activity at 2026-01-05T12:03:00.000Z:",
    '',
    'rung       from                      until                     announced by              deadline  seat  activity there',
    'active     0                         20m                       30m                       idle      held  goes on',
    '           2026-01-05T12:03:00.000Z  2026-01-05T12:23:00.000Z  2026-01-05T12:30:00.000Z',
    'lingering  20m                       30m                       40m                       lease     held  resumes, its state lost',
    '           2026-01-05T12:23:00.000Z  2026-01-05T12:33:00.000Z  2026-01-05T12:40:00.000Z',
    'failover   30m                       1h                        1h 10m                    failover  free  is made anew, unasked, its state lost',
    '           2026-01-05T12:33:00.000Z  2026-01-05T13:03:00.000Z  2026-01-05T13:10:00.000Z',
    'ended      1h                                                                                      free  the user must log in',
    '           2026-01-05T13:03:00.000Z',
  ]);
});

describe('what was supposed is said, and what changes it', () => {
  const notes = (fields: object) => notesOf(ask(fields)).join('\n');

  test('where stations ping', () => {
    const said = notes(SUITE);
    expect(said).toContain('the seat is free after 10m 2s, the user out after 40 to 50 minutes.');
    expect(said).toContain('Pings come every 2m: the last one may be up to that long before the user falls idle');
    expect(said).not.toContain('job');
  });

  test('where they do not', () => {
    const said = notes({ ping: 'off' });
    expect(said).toContain('Its stations do not ping.');
    expect(said).not.toContain('crashed');
  });

  test('where idle sessions end, a late ping is of no account', () =>
    expect(notes({ whenIdle: 'end', idle: '5m' })).not.toContain('Pings come'));

  test('at a panel, and while a job runs', () => {
    const said = notes({ ...PRINTER, failover: '30m' });
    expect(said).toContain('at a station with a panel that reports activity');
    expect(said).toContain('Where a station has a panel there is neither failover nor remembered');
    expect(said).toContain('While a job runs idle and lease wait, 30m from its start at most.');
    expect(said).toContain('Its seat is free 5m 2s after that.');
  });
});

test('programs are told lengths in ISO 8601, and instants where there are any', () => {
  expect(timelineJson(ask(SUITE))).toMatchObject({
    realm: 'portal',
    idle: 'PT20M',
    rungs: [
      { rung: 'active', seat: 'held', from: 'PT0S', until: 'PT20M', announcedBy: 'PT30M', deadline: 'idle' },
      { rung: 'lingering', seat: 'held', from: 'PT20M', until: 'PT30M', announcedBy: 'PT40M', deadline: 'lease' },
      { rung: 'failover', seat: 'free', from: 'PT30M', until: 'PT1H', announcedBy: 'PT1H10M', deadline: 'failover' },
      { rung: 'ended', seat: 'free', from: 'PT1H', activity: 'the user must log in' },
    ],
    seatFreeAfter: 'PT30M2S',
    outAfter: { earliest: 'PT1H', latest: 'PT1H10M' },
  });
  expect(JSON.stringify(timelineJson(ask(SUITE)))).not.toMatch(/1970|At"/);
  const dated = { activeAt: '2026-01-05T12:00:00.000Z', outAt: '2026-01-05T13:00:00.000Z' };
  expect(timelineJson(ask(SUITE, { from: START }))).toMatchObject(dated);
});

/** As far as its text may reach: at a size of 12, digits and letters of a wide sans-serif. */
const WIDTH_OF = { h: 17 * 0.63, n: 15 * 0.68, b: 12 * 0.7 } as const;

function boxesOf(svg: string) {
  return [...svg.matchAll(/<text x="(\d+)" y="(\d+)"(?: class="([\w-]+)")?>([^<]*)<\/text>/g)].map(
    ([, x, y, look = '', text = '']) => {
      const shown = text.replace(/&#\d+;/g, '.');
      const perCharacter = WIDTH_OF[look as keyof typeof WIDTH_OF] ?? 12 * (shown.length > 30 ? 0.55 : 0.62);
      const height = look === 'h' ? 17 : look === 'n' ? 15 : 12;
      return {
        text,
        left: Number(x),
        right: Number(x) + shown.length * perCharacter,
        top: Number(y) - height,
        bottom: Number(y),
      };
    },
  );
}

describe('the picture', () => {
  const length = fc.integer({ min: 1000, max: 365 * 86_400_000 }).map((ms) => `${ms}ms`);
  const policies = fc
    .record({
      profile: fc.constantFrom('enterprise', 'release-station'),
      idle: fc.oneof(length, fc.constant('30s')),
      whenIdle: fc.constantFrom('end', 'linger'),
      lease: fc.oneof(length, fc.constant('5m')),
      failover: fc.oneof(length, fc.constantFrom('off', '30m')),
      logonToken: fc.oneof(length, fc.constantFrom('off', '8h')),
      maximum: fc.constantFrom('24h', '365d'),
      sweep: fc.constantFrom('1s', '1m', '599999ms'),
    })
    .map((fields) => readRealms(JSON.stringify({ realms: { portal: fields } })).realms.get('portal'))
    .filter((policy) => policy !== undefined);

  test('has no text on another, nor beyond its edge, whatever the policy', () => {
    const from = fc.option(fc.integer({ min: 0, max: 4e12 }).map(epochMs), { nil: undefined });
    fc.assert(
      fc.property(policies, from, (policy, from) => {
        const svg = timelinePicture(askTimeline({ policy, ...(from === undefined ? {} : { from }) }));
        const [, width, height] = (/viewBox="0 0 (\d+) (\d+)"/.exec(svg) ?? []).map(Number);
        const boxes = boxesOf(svg);
        expect(boxes).toHaveLength((svg.match(/<text/g) ?? []).length);
        for (const [n, box] of boxes.entries()) {
          expect(box.right).toBeLessThanOrEqual(width ?? 0);
          expect(box.bottom).toBeLessThan(height ?? 0);
          const on = boxes
            .slice(n + 1)
            .filter(
              (other) =>
                box.left < other.right && other.left < box.right && box.top < other.bottom && other.top < box.bottom,
            );
          expect(on.map(({ text }) => `${text} on ${box.text}`)).toEqual([]);
        }
      }),
      { numRuns: 200 },
    );
  });

  test('is told to whoever cannot see it, runs nothing and loads nothing', () => {
    const svg = timelinePicture(ask(SUITE));
    expect(svg).toMatch(/<desc id="d">active from 0 until 20m \(idle\), its seat held; activity: goes on\. /);
    expect(svg).toContain('lingering from 20m until 30m (lease), its seat held; activity: resumes, its state lost.');
    expect(svg).toContain('aria-labelledby="t d"');
    expect(svg).toContain('prefers-color-scheme: dark');
    expect(svg).not.toMatch(/<script|<foreignObject|@import|href=|src=|url\((?!#)/);
  });

  test('has one step for each rung, and one hatched span for each that is left', () => {
    const svg = timelinePicture(ask());
    expect(svg.match(/class="(held|dormant|ended)"/g)).toHaveLength(5);
    expect(svg.match(/url\(#hatch\)/g)).toHaveLength(4);
  });
});
