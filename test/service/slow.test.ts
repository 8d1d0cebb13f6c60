/** Answers that take long: what is written counts from the instant at which it is written, not from when it was asked. */
import { describe, expect, test } from 'vitest';
import {
  activity,
  at,
  failing,
  given,
  holder,
  item,
  login,
  logout,
  onlyFor,
  outcome,
  ping,
  type Step,
  seatIsFreeAt,
  under,
} from '../support/story.ts';
import { into, type World } from '../support/world.ts';

const quiet = { station: 'quiet-1' };

/** The next answer of this call takes so long. */
const slow =
  (port: 'seats' | 'panels', method: string, seconds: number): Step =>
  (world) => {
    const calls = world[port] as unknown as Record<string, (...args: unknown[]) => Promise<unknown>>;
    const work = calls[method];
    let isSlow = true;
    calls[method] = async (...args) => {
      const answer = await work?.(...args);
      if (isSlow) world.now = (world.now + seconds * 1_000) as World['now'];
      isSlow = false;
      return answer;
    };
  };

describe('a word that waited 25 seconds for who is on the panel', () => {
  test('renews as of now', () =>
    given(login(), at('1s'), slow('panels', 'read', 25))
      .when(activity({ user: null }))
      .then(
        outcome('renewed'),
        item({ session: { heardAt: into('26s'), activeAt: into('26s') } }),
        seatIsFreeAt('58s'),
      ));

  test('renews nothing whose time was up meanwhile', () =>
    given(under({ lease: '20s' }), login(quiet), at('1s'), slow('panels', 'read', 25))
      .when(ping({ ...quiet, user: null }))
      .then(outcome('gone'), holder(undefined)));

  test('does not look back where it waited for no more than a second', () =>
    given(login(), at('1s'), slow('panels', 'read', 1))
      .when(activity({ user: null }))
      .then(item({ session: { heardAt: into('1s') } })));
});

describe('a login that was refused, and waited 25 seconds to hear by whom', () => {
  test('goes on as of now', () =>
    given(login({ station: 'web-1' }), at('1s'), slow('seats', 'write', 25))
      .when(login({ station: 'web-1' }))
      .then(outcome('renewed'), item({ session: { heardAt: into('26s') } })));

  test('opens as of now where nobody is there any more', () =>
    given(under({ lease: '10s', idle: '10s' }), login({ station: 'web-1' }), at('1s'), slow('seats', 'write', 25))
      .when(login({ station: 'web-2' }))
      .then(outcome('opened'), item({ session: { openedAt: into('26s') }, epoch: into('26s') })));
});

test('a logout that waited for long ends its session as of now', () =>
  given(under({ seats: 2 }), login({ station: 'web-1' }), at('1s'), slow('seats', 'ofUser', 25))
    .when(logout({ station: 'web-1' }))
    .then(outcome('ended', { seat: { session: { ended: { at: into('26s') } } } })));

test('a user has left a panel when their logout is written there, however long it saw to what was owed before', () =>
  given(
    ...[login(quiet), at('1s'), failing(onlyFor('ana', { call: 'seats.write' })), login({ ...quiet, user: 'ben' })],
    slow('seats', 'write', 25),
  )
    .when(at('2s'), logout({ ...quiet, user: null }))
    .then(async ({ panels }) => expect((await panels.read('quiet-1')).leaver?.leftAt).toBe(into('27s'))));
