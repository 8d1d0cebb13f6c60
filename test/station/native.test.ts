/** What a station says in JSON: hostile texts, and names that only look alike. */
import { describe, expect, test } from 'vitest';
import { BODY_BYTES_MAX } from '../../lib/station/body.ts';
import type { Fault } from '../../lib/station/fault.ts';
import { readNative, type Said } from '../../lib/station/message.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

function read(text: string): Said {
  const said = readNative(bytes(text), 'login');
  if (!said.ok) throw new Error(JSON.stringify(said.faults));
  return said.value;
}

function faults(text: string): readonly Fault[] {
  const said = readNative(bytes(text), 'login');
  if (said.ok) throw new Error(`it was read: ${JSON.stringify(said.value)}`);
  return said.faults;
}

describe('a name that stands twice is refused, for two readers could take different ones', () => {
  test.each([
    ['{"user": "ana", "user": "bo"}', 'user'],
    ['{"user": "ana", "us\\u0065r": "bo"}', 'user'],
    ['{"user": "ana", "user": "ana"}', 'user'],
    ['{"user": "ana", "device": [{"a": 1}, {"b": {"c": 1, "c": 2}}]}', 'device.[].b.c'],
  ])('%s', (text, field) => expect(faults(text)).toEqual([{ field, detail: 'stands there more than once' }]));

  test('a long one is not repeated at length', () => {
    const name = 'x'.repeat(5_000);
    expect(faults(`{"${name}": 1, "${name}": 2}`)[0]?.field.length).toBeLessThanOrEqual(100);
  });

  test('the same name in different objects is not twice', () =>
    expect(read('{"user": "ana", "device": {"user": "lp"}, "more": [{"user": 1}, {"user": 2}]}')).toEqual({
      type: 'login',
      user: 'ana',
    }));
});

describe('a name that means something to programs means nothing here', () => {
  test.each([
    '{"user": "ana", "__proto__": {"takeOver": true, "session": "x"}}',
    '{"user": "ana", "constructor": {"prototype": {"takeOver": true}}}',
    '{"user": "ana", "toString": 1, "hasOwnProperty": null}',
  ])('%s', (text) => {
    const said = read(text);
    expect(said).toEqual({ type: 'login', user: 'ana' });
    expect(said.takeOver).toBeUndefined();
    expect(({} as Said).takeOver).toBeUndefined();
  });

  test('a user of that name is a user', () => expect(read('{"user": "__proto__"}').user).toBe('__proto__'));
});

describe('deep nesting', () => {
  const nested = (depth: number) => `{"user": "ana", "x": ${'['.repeat(depth - 1)}${']'.repeat(depth - 1)}}`;

  test('is let pass up to 32', () => expect(read(nested(32)).user).toBe('ana'));
  test.each([33, 8_000])('is refused at %d', (depth) =>
    expect(faults(nested(depth))).toEqual([
      { field: 'body', detail: `nests ${depth} deep; 32 is the most that is read` },
    ]),
  );
});

describe('a number of any size', () => {
  const digits = '9'.repeat(10_000);

  test.each([`{"user": "ana", "pages": ${digits}}`, '{"user": "ana", "pages": 1e999999}'])(
    'is let pass where nothing is asked: %.40s',
    (text) => expect(read(text)).toEqual({ type: 'login', user: 'ana' }),
  );
  test.each(['user', 'occurredAt', 'id', 'session', 'takeOver', 'station', 'job'])('is no %s', (field) =>
    expect(faults(`{"${field}": 1e400}`).map((one) => one.field)).toEqual([field]),
  );
});

test('a body full of the same name is refused as fast as any', () => {
  const name = '"a":1,';
  const text = `{${name.repeat(Math.floor((BODY_BYTES_MAX - 20) / name.length))}"b":1}`;
  const before = performance.now();
  for (let n = 0; n < 20; n++) faults(text);
  expect((performance.now() - before) / 20, 'milliseconds each').toBeLessThan(50);
});

describe('one user is one user', () => {
  const user = (name: string) => read(JSON.stringify({ user: name })).user;

  test('whether é was typed as one character or as two', () => {
    expect(user('Jose\u0301')).toBe('Jos\u00e9');
    expect(user('Jose\u0301')).toBe(user('Jos\u00e9'));
  });

  test('with and without blanks around the name', () => expect(user('  ana ')).toBe('ana'));

  test.each([
    ['a ligature', '\ufb01nn', 'finn'],
    ['fullwidth letters', '\uff41\uff4e\uff41', 'ana'],
    ['a superscript', 'ana\u00b2', 'ana2'],
    ['another case', 'Ana', 'ana'],
    ['Cyrillic that looks like it', '\u0430na', 'ana'],
    ['a joiner that nobody sees', 'a\u200dna', 'ana'],
  ])('but not with %s: a directory may have both', (_, one, other) => expect(user(one)).not.toBe(user(other)));
});

describe('a gateway says whom it speaks for', () => {
  test('by the id of a station', () => expect(read('{"user": "ana", "station": "lib-7"}').station).toBe('lib-7'));
  test.each(['../x', 'a b', '-a', 'x'.repeat(57)])('%j is none', (station) =>
    expect(faults(JSON.stringify({ user: 'ana', station })).map(({ field }) => field)).toEqual(['station']),
  );
  test.each(['', ' ', null])('%j says none', (station) =>
    expect(read(JSON.stringify({ user: 'ana', station })).station).toBeUndefined(),
  );
  test('in the right case', () => expect(faults('{"user": "ana", "Station": "lib-7"}')[0]?.field).toBe('Station'));
});
