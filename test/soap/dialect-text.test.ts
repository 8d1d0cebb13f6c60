/** A dialect of the realms file is checked before it is obeyed, and what is wrong is said with its place. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { readRealms } from '../../lib/realms/realms-file.ts';

const REALMS = { campus: { profile: 'release-station' } };

const check = (dialects: unknown) => readRealms(JSON.stringify({ realms: REALMS, dialects }));
const messages = (dialects: unknown) => check(dialects).errors.map(({ message }) => message);

const HELLO = { operations: { Hello: [{ event: 'boot' }] } };

test('a dialect is read with the realms, by its name', () => {
  const { realms, dialects, errors } = check({ acme: HELLO });
  expect(errors).toEqual([]);
  expect([...realms.keys(), ...dialects.keys()]).toEqual(['campus', 'acme']);
  expect(dialects.get('acme')).toEqual(HELLO);
});

test('the realms file that docs/dialects.md shows is in order', () => {
  const [, shown = ''] = /```json\n(\{\n {2}"realms"[\s\S]+?)```/.exec(readFileSync('docs/dialects.md', 'utf8')) ?? [];
  expect([...readRealms(shown).dialects.keys()]).toEqual(['acme']);
});

test('a file without dialects has none', () => expect(check(undefined).dialects.size).toBe(0));

test('nothing of a file is obeyed where a dialect is wrong', () => {
  const { realms, dialects } = check({ acme: HELLO, other: {} });
  expect([realms.size, dialects.size]).toEqual([0, 0]);
});

const one = (fields: object) => ({ acme: { operations: { LogIn: [fields] } } });
const LOGIN = { event: 'login', user: 'Name' };

describe('refused is', () => {
  test.each<[dialects: unknown, message: string | RegExp]>([
    [7, 'the realms file says dialects 7; it must be an object of dialects, such as {"acme": {"operations": {…}}}'],
    [{ Acme: HELLO }, /^dialect "Acme": its name must be 1 to 32 of a-z/],
    [{ acme: 7 }, 'dialect "acme": 7 must be an object such as {"operations": {"Hello": [{"event": "boot"}]}}'],
    [{ acme: {} }, /^dialect "acme": operations is missing; it must be an object of operations/],
    [{ acme: { ...HELLO, xpath: true } }, 'dialect "acme": "xpath" is none of its fields'],
    [{ acme: { ...HELLO, namespaces: [] } }, 'dialect "acme": namespaces [] must name a namespace'],
    [{ acme: { operations: { Hello: [] } } }, /^dialect "acme": operations\.Hello \[\] must have a case/],
    [
      { acme: { operations: { 's:Hello': [{}] } } },
      /^dialect "acme": operations.s:Hello must be the name of an element, without/,
    ],
    [
      one({ event: 'levitate' }),
      /^dialect "acme": operations\.LogIn\[0\]\.event "levitate" must be one of login, logout/,
    ],
    [
      one({ ...LOGIN, user: '//Name' }),
      /^dialect "acme": operations\.LogIn\[0\]\.user "\/\/Name" must be a path of element names/,
    ],
    [one({ ...LOGIN, user: 'Name[1]' }), /\.user "Name\[1\]" must be a path/],
    [one({ ...LOGIN, user: 'substring(Name, 1)' }), /must be a path/],
    [
      one({ event: 'login' }),
      'dialect "acme": operations.LogIn[0].user is missing; a login says where its user stands',
    ],
    [
      one({ ...LOGIN, refuse: 'No.' }),
      'dialect "acme": operations.LogIn[0] has both "event" and "refuse"; a case is one or the other',
    ],
    [one({ ...LOGIN, when: { Name: 7 } }), /\.when\.Name 7 must be a text, a list of texts, or true or false/],
    [one({ ...LOGIN, when: { 'a//b': true } }), /\.when\.a\/\/b must be a path/],
    [one({ ...LOGIN, usr: 'Name' }), 'dialect "acme": operations.LogIn[0] "usr" is none of its fields'],
    [
      one({ ...LOGIN, answer: { fields: { Id: '{sesion}' } } }),
      'dialect "acme": operations.LogIn[0].answer.fields.Id "{sesion}" names in braces what there is not; there are {session}, {user}, {station}, {until}, {outcome}, {detail}',
    ],
    [one({ ...LOGIN, answer: { fields: { 'a/@xsi:type': 'x' } } }), /must be a path/],
    [{ acme: { ...HELLO, faults: { 'seat-taken': '{plaice}' } } }, /faults\.seat-taken "\{plaice\}" names in braces/],
    [{ acme: { ...HELLO, faults: { taken: 'x' } } }, 'dialect "acme": faults "taken" is none of its fields'],
    [
      { acme: { operations: { LogIn: [LOGIN, { event: 'ping' }] } } },
      'dialect "acme": operations.LogIn[1] is never reached: a case before it has no "when"',
    ],
  ])('%j', (dialects, message) => expect(messages(dialects)).toEqual([expect.stringMatching(asPattern(message))]));

  const asPattern = (message: string | RegExp): RegExp =>
    typeof message === 'string' ? new RegExp(`^${message.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`) : message;

  test('a name that stands twice, with its lines', () => {
    const { errors } = readRealms(
      '{"realms": {"a": {"profile": "enterprise"}}, "dialects": {"acme": {"operations": {"LogIn": [\n{"event": "ping",\n"event": "boot"}]}}}}',
    );
    expect(errors.map(({ message }) => message)).toEqual([
      'dialects: "event" within acme.operations.LogIn.[] stands there twice (line 2 and line 3); only the last would count',
    ]);
  });

  test('everything at once', () =>
    expect(messages({ acme: { operations: { A: [{ event: 'x' }], B: [{ user: 7 }] } }, b: 7 })).toHaveLength(3));
});
