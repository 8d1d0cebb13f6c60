import { expect, test } from 'vitest';
import { mayFor, spokenFor } from '../../lib/station/gateway.ts';
import type { StationRecord } from '../../lib/station/stations.ts';
import { NOON } from '../contract/sessions.ts';
import { desk } from '../support/callers.ts';

const gateway = (speaksFor?: string[], kind: StationRecord['kind'] = 'gateway'): StationRecord => ({
  id: 'console',
  realm: 'campus-print',
  kind,
  name: 'Console',
  location: '',
  reportsActivity: false,
  proof: 'signature',
  hasPanel: false,
  keyGeneration: 1,
  registeredAt: NOON,
  ...(speaksFor === undefined ? {} : { speaksFor }),
});

test.each<[string[] | undefined, string, boolean]>([
  [['lib-7'], 'lib-7', true],
  [['lib-7'], 'lib-70', false],
  [['lib-7'], 'LIB-7', false],
  [['lib-*'], 'lib-7', true],
  [['lib-*'], 'LIB-7', false],
  [['LIB-*'], 'lib-7', false],
  [['lib-*'], 'lib-', true],
  [['lib-*'], 'lib', false],
  [['lib-*'], 'my-lib-7', false],
  [['lab-1', 'lib-2*'], 'lib-25', true],
  [['lab-1', 'lib-2*'], 'lib-3', false],
  [['*'], 'anything', true],
  [['lib*7'], 'lib-7', false],
  [undefined, 'lib-7', false],
  [undefined, 'console', true],
  [['lib-7'], 'console', true],
])('a gateway for %j may speak for %s: %s', (speaksFor, id, may) => expect(mayFor(gateway(speaksFor), id)).toBe(may));

test('what is no gateway speaks for itself alone, whatever its registration once said', () => {
  const printer = gateway(['lib-7'], 'hosted');
  expect([mayFor(printer, 'lib-7'), mayFor(printer, 'console')]).toEqual([false, true]);
});

test('a gateway speaks for a station that is registered, in its own realm', async () => {
  const { registry, register, reads } = desk();
  await register(NOON, { id: 'lib-7' });
  await register(NOON, { id: 'lib-8', realm: 'careful' });
  const caller = gateway(['lib-*']);
  const ask = (id: string) => spokenFor(registry, caller, id, NOON);
  expect(await ask('lib-7')).toMatchObject({ ok: true, station: { id: 'lib-7', hasPanel: true } });
  expect(await ask('lib-8')).toEqual({ ok: false, why: 'other-realm' });
  expect(await ask('lib-9')).toEqual({ ok: false, why: 'not-registered' });
  expect(reads).toEqual(['lib-7', 'lib-8', 'lib-9']);
});

test('one outside its prefix costs no read, nor does the gateway itself', async () => {
  const { registry, register, reads } = desk();
  await register(NOON, { id: 'lab-1' });
  const caller = gateway(['lib-*']);
  expect(await spokenFor(registry, caller, 'lab-1', NOON)).toEqual({ ok: false, why: 'not-spoken-for' });
  expect(await spokenFor(registry, caller, 'console', NOON)).toEqual({ ok: true, station: caller });
  expect(reads).toEqual([]);
});
