/** One key for all spellings of one person, and two for two people: by examples, by all of Unicode, and by made-up names. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ANY_CASE, isUserOf, keptBeside, type Users, userKey } from '../../lib/session/user-key.ts';
import { seen } from '../fuzz/names.ts';

const CORP: Users = { case: 'ignore', domains: ['CORP', 'corp.example', 'KÖLN', 'ad-1.example'] };
const EXACT: Users = { case: 'exact', domains: [] };
const EXACT_CORP: Users = { ...CORP, case: 'exact' };
const ALL: readonly Users[] = [ANY_CASE, CORP, EXACT, EXACT_CORP];

const keyOf = (name: string, users = ANY_CASE): string => {
  const found = userKey(name, users);
  return 'key' in found ? found.key : `refused: ${found.fault}`;
};
const faultOf = (name: string, users = ANY_CASE): string | undefined => {
  const found = userKey(name, users);
  return 'fault' in found ? found.fault : undefined;
};

describe('one person has one key', () => {
  test.each<[what: string, name: string, key: string, users?: Users]>([
    ['in capitals, as a card reader says it', 'ANA', 'ana'],
    ['with blanks around it, and several within', '  Ana   María ', 'ana maría'],
    ['with a blank that does not break', 'Ana\u00a0María', 'ana maría'],
    ['with an accent typed by itself', 'Jose\u0301', 'josé'],
    ['with a zero-width space pasted into it', 'an\u200ba', 'ana'],
    ['with a mark of direction at its end', 'ana\u200f', 'ana'],
    ['with a soft hyphen', 'an\u00ada', 'ana'],
    ['with an override of direction', '\u202eana\u202c', 'ana'],
    ['with an isolate', '\u2066ana\u2069', 'ana'],
    ['with a tag', 'ana\u{e0061}', 'ana'],
    ['with a byte order mark in front', '\ufeffana', 'ana'],
    ['with a joiner between what an accent joins', 'e\u200d\u0301', 'é'],
    ['with the sign of kelvin for a K', '\u212aim', 'kim'],
    ['with a sigma that ends a word, and with one that does not', 'ΝΊΚΟΣ', 'νίκοσ'],
    ['with that one', 'νίκος', 'νίκοσ'],
    ['in the realm’s domain, as Windows has it', 'CORP\\ana', 'ana', CORP],
    ['in the realm’s domain, in whatever case', 'corp\\Ana', 'ana', CORP],
    ['in the realm’s domain, as Kerberos has it', 'ana@CORP.EXAMPLE', 'ana', CORP],
    ['in the realm’s domain twice', 'CORP\\ana@corp.example', 'ana', CORP],
    ['in the realm’s domain, with a blank', 'CORP \\ ana', 'ana', CORP],
    ['in the realm’s domain, with its root’s dot', 'ana@Corp.Example.', 'ana', CORP],
    ['in the realm’s domain, escaped once too often', 'CORP\\\\ana', 'ana', CORP],
    ['in a domain with a hyphen', 'ana@AD-1.example', 'ana', CORP],
    ['in a domain with an umlaut, typed by itself', 'Ko\u0308ln\\ana', 'ana', CORP],
    ['in a domain with something in it that nobody sees', 'CO\u200bRP\\ana', 'ana', CORP],
    ['in the realm’s domain where case counts in names', 'corp\\Ana', 'Ana', EXACT_CORP],
    ['who is called as nothing in particular', '__proto__', '__proto__'],
  ])('%s', (_, name, key, users) => expect(keyOf(name, users)).toBe(key));
});

describe('two people have two', () => {
  test.each<[what: string, one: string, other: string, users?: Users]>([
    ['in another domain', 'ana', 'OTHER\\ana', CORP],
    ['in the domain of a realm that has none', 'ana', 'CORP\\ana'],
    ['with another separator in front', 'ana', '\\\\CORP\\ana', CORP],
    ['in another domain with its root’s dot', 'ana', 'ana@other.example.', CORP],
    ['with two separators', 'ana', 'CORP\\CORP\\ana', CORP],
    ['in a domain that only begins so', 'ana', 'CORPS\\ana', CORP],
    ['in a domain where a dot is another letter', 'ana', 'ana@corpXexample', CORP],
    ['in a domain’s domain', 'ana', 'ana@corp.example@other.example', CORP],
    ['with the separator of another system', 'ana', 'CORP+ana', CORP],
    ['where case counts', 'ana', 'Ana', EXACT],
    ['with and without an accent', 'jose', 'josé'],
    ['with a dotless i', 'irmak', 'ırmak'],
    ['with a dotted capital I', 'irmak', 'İrmak'],
    ['with sharp s and two', 'strauss', 'strauß'],
    ['with a ligature', 'finn', 'ﬁnn'],
    ['with wide letters', 'ana', 'ａｎａ'],
    ['with a superscript', 'ana2', 'ana²'],
    ['with a letter of another script that looks like it', 'ana', '\u0430na'],
    ['with a blank and without', 'ana b', 'anab'],
    ['with leading zeros', '7', '007'],
    ['with an Arabic kaf and a Persian one', 'ك', 'ک'],
  ])('%s', (_, one, other, users) => expect(keyOf(one, users)).not.toBe(keyOf(other, users)));
});

describe('nobody is called', () => {
  test.each<[what: string, name: string, why: string, users?: Users]>([
    ['nothing', '', 'empty'],
    ['blanks', ' \u3000\t', 'empty'],
    ['what nobody sees', '\u200b\u2060', 'empty'],
    ['a folder', '.', '"."'],
    ['the folder above, with something in it that nobody sees', '.\u200b.', '".."'],
    ['a folder in a domain', 'CORP\\..', '".."', CORP],
    ['a domain alone', 'CORP\\', 'domain alone', CORP],
    ['a domain alone, behind nobody', ' @corp.example', 'domain alone', CORP],
    ['a domain alone, where case counts', 'corp\\\u200b', 'domain alone', EXACT_CORP],
    ['with a blank of Braille', 'ana\u2800', 'nobody sees'],
    ['with a mark of annotation', 'an\ufff9a', 'nobody sees'],
    ['with what stands for bytes that were no UTF-8', 'J\ufffdrg', 'U+FFFD'],
    ['with what is no character', 'ana\u{1ffff}', 'no character'],
    ['with a control character', 'a\u0000na', 'control'],
    ['half a pair', '\ud800', 'control'],
    ['more than 200 bytes', 'é'.repeat(101), '200 bytes'],
    ['what has more than 200 bytes as a key alone', 'Ⱥ'.repeat(100), '200 bytes'],
  ])('%s', (_, name, why, users) => expect(faultOf(name, users)).toContain(why));
});

test('a name as it was typed is kept where it is another than the key, and both fit into an item', () => {
  expect(keptBeside('ana', 'ana ')).toBeUndefined();
  expect(keptBeside('ana', 'CORP\\Ana ')).toBe('CORP\\Ana');
  expect(keptBeside('a'.repeat(100), 'A'.repeat(100))).toBe('A'.repeat(100));
  expect(keptBeside('a'.repeat(101), 'A'.repeat(100))).toBeUndefined();
});

test('a session of before is its user’s, by whichever name', () => {
  expect(isUserOf('Ana', 'ana', CORP)).toBe(true);
  expect(isUserOf('CORP\\ana', 'Ana', CORP)).toBe(true);
  expect(isUserOf('..', '..', CORP)).toBe(true);
  expect(isUserOf('ben', 'ana', CORP)).toBe(false);
});

/** Every letter, mark, number, sign and blank of Unicode, but for those scripts whose many thousand characters have neither case nor marks. */
const assigned: readonly string[] = Array.from({ length: 0x110000 }, (_, code) => code)
  .filter((code) => code < 0xd800 || code > 0xdfff)
  .map((code) => String.fromCodePoint(code))
  .filter((character) => /[\p{L}\p{M}\p{N}\p{P}\p{S}\p{Zs}\p{Cf}]/u.test(character))
  .filter(
    (character) =>
      !/[\p{Script=Han}\p{Script=Hangul}\p{Script=Tangut}]/u.test(character) || /[豈가각々]/u.test(character),
  );

/**
 * The hundred letters that a panel which writes in capitals makes into others: of their capital, or capitals, nobody can tell
 * which they were. A Unicode that has more of them is seen here.
 */
const ONE_WAY =
  'b5 df 131 149 17f 345 3d0-3d1 3d5-3d6 3f0-3f1 3f5 587 1c80-1c88 1e9a-1e9b 1f80-1faf 1fb2-1fb4 1fb7 1fbc 1fc2-1fc4 1fc7 ' +
  '1fcc 1ff2-1ff4 1ff7 1ffc fb00-fb06 fb13-fb17';
const oneWay = new Set(
  ONE_WAY.split(' ').flatMap((range) => {
    const [first = 0, last = first] = range.split('-').map((code) => Number.parseInt(code, 16));
    return Array.from({ length: last - first + 1 }, (_, n) => String.fromCodePoint(first + n));
  }),
);

describe('of every character of Unicode', () => {
  test('a key is its own key, that of its decomposed form, and of its small letters', () => {
    const wrong = assigned.filter((character) => {
      const name = `a${character}b`;
      if (faultOf(name) !== undefined) return false;
      return ALL.some((users) => {
        const key = keyOf(name, users);
        const same = [key, name.normalize('NFD'), name.normalize('NFC')].every((other) => keyOf(other, users) === key);
        return !same || (users.case === 'ignore' && keyOf(name.toLowerCase(), users) !== key);
      });
    });
    expect(wrong).toEqual([]);
  });

  test('a capital has the key of its small letter, unless it is the capital of several', () => {
    const wrong = assigned.filter((character) => {
      if (faultOf(`a${character}b`) !== undefined) return false;
      return keyOf(`a${character.toUpperCase()}b`) !== keyOf(`a${character}b`);
    });
    expect(wrong).toEqual([...oneWay]);
  });

  test('two share a key only if Unicode itself has them as one: canonically, or as one letter in two cases', () => {
    const byKey = new Map<string, string[]>();
    for (const character of assigned) {
      const key = keyOf(`a${character}b`);
      if (faultOf(`a${character}b`) === undefined) byKey.set(key, [...(byKey.get(key) ?? []), character]);
    }
    const wrong = [...byKey].flatMap(([key, characters]) => {
      const visible = characters.filter((character) => !/\p{Default_Ignorable_Code_Point}|\s/u.test(character));
      const [first = '', ...others] = visible.map((character) => character.normalize('NFC'));
      const isSame = (other: string) =>
        new RegExp(`^${first.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')}$`, 'iu').test(other);
      return others.every((other) => other === first || isSame(other)) ? [] : [[key, visible.join(' ')]];
    });
    expect(wrong).toEqual([]);
  });

  test('what is not seen, and is let pass, changes no key wherever it stands', () => {
    const unseen = assigned.filter(
      (character) => /\p{Default_Ignorable_Code_Point}/u.test(character) && faultOf(`a${character}b`) === undefined,
    );
    expect(unseen.length).toBeGreaterThan(250);
    const wrong = unseen.filter((character) =>
      [`${character}CORP\\José`, `CO${character}RP\\José`, `CORP\\Jose${character}\u0301`, `José${character}`].some(
        (name) => keyOf(name, CORP) !== 'josé',
      ),
    );
    expect(wrong).toEqual([]);
  });
});

/** Names of one script, or of several: letters and marks of all that there are. */
const letters = assigned.filter((character) => /[\p{L}\p{N}]/u.test(character));
const oneOf = (characters: readonly string[]) => fc.nat({ max: characters.length - 1 }).map((n) => characters[n] ?? '');
const names = fc
  .array(
    fc.oneof(
      { weight: 6, arbitrary: oneOf(letters) },
      { weight: 3, arbitrary: oneOf([..."abcijkstzABCIJKSTZ.-_' 0179äéñßÅœΣσςЁё"]) },
      { weight: 1, arbitrary: oneOf(assigned) },
    ),
    { minLength: 1, maxLength: 12 },
  )
  .map((characters) => characters.join(''))
  .filter((name) => faultOf(name) === undefined && faultOf(name, CORP) === undefined);
const rules = fc.constantFrom(...ALL);
const RUNS = { numRuns: 2_000 };

describe('of a made-up name', () => {
  test('the key is its own key, and no longer than a name may be', () =>
    fc.assert(
      fc.property(names, rules, (name, users) => {
        const key = keyOf(name, users);
        expect(keyOf(key, users)).toBe(key);
        expect(Buffer.byteLength(key)).toBeLessThanOrEqual(200);
        expect(key).toBe(key.normalize('NFC').trim());
      }),
      RUNS,
    ));

  test('no other form of the same characters, no blank around it and no own domain makes another user', () =>
    fc.assert(
      fc.property(names, (name) => {
        const key = keyOf(name, CORP);
        for (const other of [name.normalize('NFD'), ` ${name}\t`, `\u200e${name}\u2060`, name.toLowerCase()]) {
          expect(keyOf(other, CORP)).toBe(key);
        }
        if (/[\\@]/.test(name)) return;
        for (const other of [`corp\\${name}`, `${name}@Corp.Example`, `KÖLN\\${name}@CORP`]) {
          expect(keyOf(other, CORP)).toBe(key);
        }
        expect(keyOf(`OTHER\\${name}`, CORP)).not.toBe(key);
        expect(keyOf(`${name}@other.example`, CORP)).not.toBe(key);
      }),
      RUNS,
    ));

  test('another character in it makes another user, unless Unicode has the two as one', () =>
    fc.assert(
      fc.property(names, names, rules, (one, other, users) => {
        if (keyOf(one, users) !== keyOf(other, users)) return;
        // By the platform's own folding, which is none of ours.
        const escaped = seen(one).replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
        expect(seen(other)).toMatch(new RegExp(`^${escaped}$`, users.case === 'exact' ? 'u' : 'iu'));
      }),
      RUNS,
    ));
});
