/** Seals: what shows that a station was told of a session. */
import { expect, test } from 'vitest';
import { parseHandle, sealedHandleOf, sealIn } from '../../lib/session/handle.ts';
import type { SessionName } from '../../lib/session/seat.ts';
import type { Masters } from '../../lib/station/keys.ts';
import { isSealed, sealOf } from '../../lib/station/seals.ts';

const FIRST = 'a'.repeat(40);
const SECOND = 'b'.repeat(40);
const MASTERS: Masters = { current: FIRST };
const NAME: SessionName = { realm: 'campus', user: 'ana', seat: '0', epoch: 1_795_374_000_000 };
const SEAL = sealOf(MASTERS, NAME, 'lib-1');

test('a seal ends the handle, and is good for its station', () => {
  const handle = sealedHandleOf(NAME, { seal: SEAL });
  expect(parseHandle(handle)).toEqual(NAME);
  expect(sealIn(handle)).toBe(SEAL);
  expect(isSealed(MASTERS, NAME, 'lib-1', SEAL)).toBe(true);
});

test.each<[string, SessionName, string]>([
  ['another station', NAME, 'lib-2'],
  ['another realm', { ...NAME, realm: 'other' }, 'lib-1'],
  ['another user', { ...NAME, user: 'ben' }, 'lib-1'],
  ['another seat', { ...NAME, seat: '1' }, 'lib-1'],
  ['a later session', { ...NAME, epoch: NAME.epoch + 1 }, 'lib-1'],
])('a seal is none for %s', (_, name, station) => expect(isSealed(MASTERS, name, station, SEAL)).toBe(false));

test('a seal that was found good stays so for its station alone', () => {
  for (const _ of [1, 2]) {
    expect(isSealed(MASTERS, NAME, 'lib-1', SEAL)).toBe(true);
    expect(isSealed(MASTERS, NAME, 'lib-2', SEAL)).toBe(false);
    expect(isSealed({ current: SECOND }, NAME, 'lib-1', SEAL)).toBe(false);
  }
});

test('names whose parts run into each other have different seals', () => {
  const other = { ...NAME, user: 'ana\nlib-1' };
  expect(sealOf(MASTERS, other, 'lib-1')).not.toBe(sealOf(MASTERS, NAME, 'lib-1\nlib-1'));
});

test.each(['', SEAL.slice(1), `${SEAL}0`, SEAL.toLowerCase(), 'é'.repeat(10)])('%j is no seal', (seal) =>
  expect(isSealed(MASTERS, NAME, 'lib-1', seal)).toBe(false),
);

test('a seal outlives one change of the master secret, and no second one', () => {
  expect(isSealed({ current: SECOND, previous: FIRST }, NAME, 'lib-1', SEAL)).toBe(true);
  expect(sealOf({ current: SECOND, previous: FIRST }, NAME, 'lib-1')).not.toBe(SEAL);
  expect(isSealed({ current: 'c'.repeat(40), previous: SECOND }, NAME, 'lib-1', SEAL)).toBe(false);
});
