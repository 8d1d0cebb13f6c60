import { describe, expect, test } from 'vitest';
import {
  type BroughtProof,
  checkMasters,
  generationOf,
  type Masters,
  mastersIn,
  signingSecrets,
  stationKey,
} from '../../lib/station/keys.ts';
import { PROOFS } from '../../lib/station/stations.ts';
import { CURRENT, PREVIOUS } from '../support/callers.ts';

const BROUGHT: readonly BroughtProof[] = ['bearer', 'basic', 'url'];
const masters: Masters = { current: CURRENT, previous: PREVIOUS };
const of = (proof: (typeof PROOFS)[number], keyGeneration = 7, id = 'lib-1') => ({ id, proof, keyGeneration });

test.each(BROUGHT)('a key that is brought as %s says its generation and opens by its seal', (proof) => {
  const key = stationKey(masters, of(proof));
  expect(key).toMatch(/^curfew_7_[A-Za-z0-9_-]{43}$/);
  expect(generationOf(masters, proof, 'lib-1', key)).toBe(7);
  expect(generationOf(masters, proof, 'lib-2', key)).toBeUndefined();
  expect(generationOf(masters, proof, 'lib-1', key.replace('_7_', '_8_'))).toBeUndefined();
  expect(generationOf(masters, proof, 'lib-1', `${key.slice(0, -3)}AAA`)).toBeUndefined();
});

test('a key that was found right stays so for these masters alone, and nothing that resembles it becomes so', () => {
  const key = stationKey(masters, of('bearer'));
  for (const _ of [1, 2]) {
    expect(generationOf(masters, 'bearer', 'lib-1', key)).toBe(7);
    expect(generationOf(masters, 'basic', 'lib-1', key)).toBeUndefined();
    expect(generationOf(masters, 'bearer', 'lib-2', key)).toBeUndefined();
    expect(generationOf(masters, 'bearer', 'lib-1', `${key} `)).toBeUndefined();
    expect(
      generationOf({ current: 'another master of more than thirty-two bytes' }, 'bearer', 'lib-1', key),
    ).toBeUndefined();
  }
});

test('a key is found right however many others were since: more than a container remembers', () => {
  const keys = Array.from(
    { length: 10_001 },
    (_, n) => [`lib-${n}`, stationKey(masters, of('url', 1, `lib-${n}`))] as const,
  );
  for (const [id, key] of [...keys, ...keys.slice(0, 2)]) expect(generationOf(masters, 'url', id, key)).toBe(1);
});

test('a key that signs is a secret of Standard Webhooks: 32 bytes, in base64', () => {
  const key = stationKey(masters, of('signature'));
  expect(key).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
  expect(Buffer.from(key.slice(6), 'base64')).toEqual(signingSecrets(masters, 'lib-1', 7)[0]);
});

test('no key is another: not of another way, generation or station, nor under another master', () => {
  const keys = [masters, { current: PREVIOUS }].flatMap((by) =>
    PROOFS.flatMap((proof) => [of(proof), of(proof, 8), of(proof, 7, 'lib-2')].map((about) => stationKey(by, about))),
  );
  // By their bytes: a key in other clothes would be the same.
  const bytes = keys.map((key) => Buffer.from(key.replace(/^(?:whsec|curfew_\d+)_/, ''), 'base64').toString('hex'));
  expect(new Set(bytes).size).toBe(2 * 4 * 3);
});

test.each(BROUGHT)('a key brought as %s opens in no other way', (proof) => {
  const key = stationKey(masters, of(proof));
  for (const other of BROUGHT) {
    expect(generationOf(masters, other, 'lib-1', key)).toBe(other === proof ? 7 : undefined);
  }
});

test('a key does not change from version to version', () =>
  expect(stationKey({ current: 'x'.repeat(32) }, of('bearer', 1))).toBe(
    'curfew_1_3ekH1WM5M5j0hBO0Xb11A3wxrAwS-0KPmgDbzmyRLK4',
  ));

describe('a master secret', () => {
  test('that was replaced still opens, and makes no key', () => {
    const old = stationKey({ current: PREVIOUS }, of('bearer'));
    expect(generationOf(masters, 'bearer', 'lib-1', old)).toBe(7);
    expect(stationKey(masters, of('bearer'))).not.toBe(old);
    expect(generationOf({ current: CURRENT }, 'bearer', 'lib-1', old)).toBeUndefined();
  });

  test('that is short is refused, the current one and the one before', () => {
    expect(() => checkMasters({ current: 'short' })).toThrow('at least 32 bytes');
    expect(() => checkMasters({ current: CURRENT, previous: 'short' })).toThrow('at least 32 bytes');
    expect(checkMasters(masters)).toBe(masters);
  });

  test('is read from a file: the current one first, then the one before', () => {
    expect(mastersIn(`${CURRENT}\n`)).toEqual({ current: CURRENT });
    expect(mastersIn(`${CURRENT}\r\n${PREVIOUS}\n`)).toEqual(masters);
    expect(() => mastersIn('')).toThrow('at least 32 bytes');
  });
});

test.each([
  '',
  'x',
  'curfew_1_',
  'curfew_-1_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA',
  'curfew_9999999999_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA',
  'curfew_1_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA',
  `curfew_1_${'A'.repeat(300)}`,
])('%s is no key', (text) => expect(generationOf(masters, 'bearer', 'lib-1', text)).toBeUndefined());
