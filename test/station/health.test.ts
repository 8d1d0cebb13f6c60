/** What a station's past says of it, without anything around it. */
import { describe, expect, test } from 'vitest';
import { readRealms } from '../../lib/realms/realms-file.ts';
import type { Past, Reason } from '../../lib/session/seat.ts';
import { healthOf, type Known } from '../../lib/station/health.ts';
import { after, DAY, durationMs, type EpochMs, before as earlier, HOUR, MINUTE } from '../../lib/time.ts';
import { ana, NOON, session } from '../contract/sessions.ts';

const { realms } = readRealms('{"realms": {"campus-print": {"profile": "release-station"}}}');
const policy = realms.get('campus-print');

/** A session of ana's that ended so long before noon, last heard a minute earlier. */
function ended(reason: Reason, ago: number): Past {
  const at = earlier(NOON as EpochMs, durationMs(ago));
  const heardAt = earlier(at, MINUTE);
  const by = reason === 'logout' ? 'station:lib-1' : 'policy';
  return {
    name: { ...ana, epoch: heardAt },
    session: session({ openedAt: heardAt, heardAt }),
    ended: { at, reason, by },
  };
}

const known = (past: readonly Past[], more: Partial<Known> = {}): Known => ({
  station: {
    id: 'lib-1',
    realm: 'campus-print',
    kind: 'hosted',
    name: 'Library 1',
    location: '',
    reportsActivity: false,
    hasPanel: true,
    proof: 'bearer',
    keyGeneration: 1,
    keyIssuedAt: earlier(NOON as EpochMs, DAY),
    registeredAt: earlier(NOON as EpochMs, DAY),
  },
  ...(policy === undefined ? {} : { policy }),
  there: [],
  ended: past,
  told: [],
  caused: [],
  ...more,
});
const found = (past: readonly Past[], more?: Partial<Known>) => healthOf(known(past, more), NOON as EpochMs);

test('the policy that these are judged by is there', () => expect(policy).toBeDefined());

describe('a printer whose users log out', () => {
  const usual = [2, 3, 4, 5].map((hours) => ended('logout', hours * HOUR));

  test('is green, and its sessions of a day are counted by how they ended', () => {
    const { state, sessions, endedBy, heardAt } = found([...usual, ended('lease', 30 * HOUR)]);
    expect({ state, sessions, endedBy }).toEqual({ state: 'green', sessions: 4, endedBy: { logout: 4 } });
    expect(heardAt).toBe(earlier(NOON as EpochMs, durationMs(2 * HOUR)));
  });

  test('is amber once a lease ran out and nothing was heard since', () =>
    expect(found([ended('lease', HOUR), ...usual]).finding?.is).toBe('left-open'));

  test('is not for that, where a lease ran out before the last logout', () =>
    expect(found([ended('logout', MINUTE), ended('lease', HOUR), ...usual]).state).toBe('green'));

  test('is amber when it has been silent for more than a day', () =>
    expect(
      found(
        usual.map((past) => ({
          ...past,
          ended: { ...past.ended, at: earlier(past.ended.at, DAY) },
          session: { ...past.session, heardAt: earlier(past.ended.at, DAY) },
        })),
      ).finding,
    ).toEqual({
      is: 'silent',
      since: earlier(NOON as EpochMs, durationMs(DAY + 2 * HOUR)),
    }));
});

describe('a printer whose users leave without a word', () => {
  const usual = [1, 2, 3].map((hours) => ended('lease', hours * HOUR));

  test('is amber as one that has logged out nobody for a day', () =>
    expect(found(usual).finding).toEqual({ is: 'no-logouts', sessions: 3 }));

  test('is not so with two sessions, for they say nothing of how it usually is', () =>
    expect(found(usual.slice(0, 2)).state).toBe('green'));
});

test('a printer whose realm is gone serves nobody', () => {
  const { policy: _, ...without } = known([ended('logout', HOUR)]);
  expect(healthOf(without, NOON as EpochMs)).toMatchObject({ state: 'red', finding: { is: 'no-realm' } });
});

test('what a station was told when it proved who it is is a sign of life', () => {
  const at = after(NOON as EpochMs, durationMs(0));
  const told = {
    at,
    firstAt: at,
    station: 'lib-1',
    realm: 'campus-print',
    isProven: true,
    event: 'login',
    problem: 'seat-taken',
  };
  expect(found([], { told: [told] })).toMatchObject({ state: 'green', heardAt: NOON });
  expect(found([], { told: [{ ...told, isProven: false }] }).heardAt).toBeUndefined();
});
