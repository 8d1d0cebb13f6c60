/** The rules between the fields of a policy. */
import { describe, expect, test } from 'vitest';
import { readRealms } from '../../lib/realms/realms-file.ts';

const check = (realms: unknown) => readRealms(JSON.stringify({ realms }));
const messages = (findings: readonly { message: string }[]) => findings.map(({ message }) => message);
const printers = (fields: object = {}) => check({ campus: { profile: 'release-station', ...fields } });

describe('a policy that contradicts itself is refused', () => {
  test.each([
    [
      { ping: '60s', lease: '60s' },
      'lease',
      'lease "60s" must be longer than ping "60s": a session would end between two pings',
    ],
    [
      { lease: '5m', maximum: '299s' },
      'maximum',
      'maximum "299s" must not be shorter than lease "5m": the lease could never run out',
    ],
    [
      { sweep: '601s' },
      'sweep',
      'sweep "601s" must not be longer than 10 minutes: so long an end may stay unannounced',
    ],
  ])('%j', (fields, field, message) => {
    const { errors, realms } = printers(fields);
    expect(errors).toEqual([{ level: 'error', realm: 'campus', field, message: `realm "campus": ${message}` }]);
    expect(realms.size).toBe(0);
  });

  test('but a maximum as long as the lease is fine', () => expect(printers({ maximum: '5m' }).errors).toEqual([]));
});

describe('a policy that invites trouble is warned of, and obeyed', () => {
  const two = 'realm "campus": lease "7m" is shorter than two pings (ping "4m"): one lost ping ends a session';
  const four =
    'realm "campus": lease "239s" is shorter than 4 minutes although stations ping (ping "1m"): a short outage ends sessions';

  const useless = (said: string) => `realm "campus": ${said}`;
  const unpinged = 'and stations do not ping: no session';
  const panel =
    'does not count where a station has a panel, since one person after another stands there: only web applications keep it';

  test.each([
    [{ ping: '4m', lease: '7m' }, [two]],
    [{ ping: '4m', lease: '8m' }, []],
    [{ ping: '1m', lease: '239s' }, [four]],
    [{ ping: '1m', lease: '4m' }, []],
    [{ lease: '10s' }, []],
    [{ idle: '10m' }, [useless(`idle "10m" is longer than the profile's lease "5m", ${unpinged} ends by it`)]],
    [{ idle: '5m' }, []],
    [{ idle: '10m', ping: '1m' }, []],
    [
      { idle: '5m', whenIdle: 'linger' },
      [useless(`idle "5m" is not shorter than the profile's lease "5m", ${unpinged} lingers`)],
    ],
    [{ idle: '299s', whenIdle: 'linger' }, []],
    [
      { whenIdle: 'linger', lease: '30s', sweep: '30s' },
      [useless(`the profile's idle "30s" is not shorter than lease "30s", ${unpinged} lingers`)],
    ],
    [
      { idle: '1h', ping: '1m', maximum: '1h' },
      [useless('idle "1h" is not shorter than maximum "1h": no session ends by it')],
    ],
    [{ idle: '3599s', ping: '1m', maximum: '1h' }, []],
    [{ failover: '30m' }, [useless(`failover "30m" ${panel}`)]],
    [{ logonToken: '8h' }, [useless(`logonToken "8h" ${panel}`)]],
    [{ failover: 'off', logonToken: 'off' }, []],
    [{ seats: 'unlimited' }, []],
    [
      { seats: 'unlimited', takeOver: 'replace' },
      [useless('takeOver "replace" says nothing where seats "unlimited": no login is refused')],
    ],
    [{ seats: 3, takeOver: 'replace' }, []],
    [
      { job: '13h' },
      [
        useless(
          `job "13h" is longer than the profile's maximum "12h", which never waits: no job puts an end off so long`,
        ),
      ],
    ],
    [{ job: '12h' }, []],
    [
      { job: '30s' },
      [
        useless(
          `job "30s" is not longer than the profile's idle "30s" and the profile's lease "5m", which count from the start of a job too: nothing waits for one`,
        ),
      ],
    ],
    [{ job: '31s' }, []],
    [
      { whenIdle: 'linger', idle: '5s', lease: '59s' },
      [
        useless(
          `the profile's sweep "1m" is longer than lease "59s", the most that a session lingers: that rung may be over before it is announced`,
        ),
      ],
    ],
  ])('%j', (fields, expected) => {
    const { warnings, errors, realms } = printers(fields);
    expect(errors).toEqual([]);
    expect(messages(warnings)).toEqual(expected);
    expect(realms.size).toBe(1);
  });

  const over =
    'is over before the rungs above it are, even for a user who is idle from the start: hardly anyone is remembered';

  test.each([
    [{ logonToken: '1h' }, [`logonToken "1h" ${over}`]],
    [{ logonToken: '3601s' }, []],
    [{ logonToken: '40m', ping: 'off', idle: '5m' }, [`logonToken "40m" ${over}`]],
    [{ logonToken: '41m', ping: 'off', idle: '5m' }, []],
    [{ logonToken: '20m', whenIdle: 'end', idle: '10m' }, []],
    [{ logonToken: '10m', whenIdle: 'end', idle: '10m' }, [`logonToken "10m" ${over}`]],
    [{ idle: '8h' }, [`the profile's logonToken "8h" ${over}`]],
    [{ logonToken: '25m', maximum: '24m' }, []],
    [{ logonToken: '24m', maximum: '24m' }, [`logonToken "24m" ${over}`]],
    [
      { maximum: '10m', idle: '5m' },
      [
        `the profile's failover "30m" follows the lease, and maximum "10m" is not longer than the profile's lease "10m": no session comes to it`,
      ],
    ],
    [{ maximum: '10m', idle: '5m', failover: 'off' }, []],
    [
      { failover: '5m', sweep: '10m' },
      ['sweep "10m" is longer than failover "5m": that rung may be over before it is announced'],
    ],
    [{ failover: '10m', sweep: '10m' }, []],
    [
      { ping: 'off' },
      [
        `the profile's idle "20m" is not shorter than the profile's lease "10m", and stations do not ping: no session lingers`,
      ],
    ],
  ])('of a portal, %j', (fields, expected) => {
    const { warnings, errors } = check({ portal: { profile: 'enterprise', ...fields } });
    expect(errors).toEqual([]);
    expect(messages(warnings)).toEqual(expected.map((message) => `realm "portal": ${message}`));
  });

  test('web applications of one realm whose idle differs are warned of, one by one', () => {
    const stations = { portal: { idle: '20m' }, console: { idle: '1h' }, reports: { idle: '25h' } };
    const rule = 'users who work in one web application of the realm should not fall idle in another';
    const { warnings, realms } = check({ portal: { profile: 'enterprise', stations } });
    expect(messages(warnings)).toEqual([
      `realm "portal": stations: idle "25h" of station "reports" is not shorter than the profile's maximum "24h": no session lingers`,
      `realm "portal": stations: idle "1h" of station "console" differs from the profile's idle "20m": ${rule}`,
      `realm "portal": stations: idle "25h" of station "reports" differs from the profile's idle "20m": ${rule}`,
    ]);
    expect(warnings.map(({ field }) => field)).toEqual(['stations', 'stations', 'stations']);
    expect([...(realms.get('portal')?.idleOfStation.keys() ?? [])]).toEqual(['portal', 'console', 'reports']);
  });

  test('stations that are let in by an address alone', () => {
    const { warnings, realms } = printers({ secretUrls: 'allow' });
    expect(warnings).toEqual([
      {
        level: 'warning',
        realm: 'campus',
        field: 'secretUrls',
        message:
          'realm "campus": secretUrls "allow" lets stations in by an address alone, which proxies and browsers keep: only for firmware that can do nothing else',
      },
    ]);
    expect(realms.get('campus')?.secretUrls).toBe('allow');
    expect(printers({ secretUrls: 'refuse' }).warnings).toEqual([]);
  });

  test.each(['http://127.0.0.1:4700/', 'http://localhost', 'http://[::1]:80?x'])(
    'a webhook that only this machine can hear: %s',
    (url) => {
      const message = `realm "campus": webhook: url "${url}" is for trying on one machine: what is deployed sends nothing there`;
      expect(printers({ webhook: { url } })).toMatchObject({ errors: [], warnings: [{ field: 'webhook', message }] });
      expect(printers({ webhook: { url: url.replace('http:', 'https:') } }).warnings).toEqual([]);
    },
  );

  test('a lease that earns both warnings gets both', () =>
    expect(printers({ ping: '60s', lease: '90s' }).warnings).toHaveLength(2));
});
