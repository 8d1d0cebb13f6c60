import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { realmsSchema } from '../../lib/command/realms-schema.ts';
import { PROFILES, type RealmText, realmText } from '../../lib/realms/realm-text.ts';
import { readRealms } from '../../lib/realms/realms-file.ts';
import { parseDuration } from '../../lib/time.ts';
import { BROKEN_FILES } from './broken-realms.ts';

const published = JSON.parse(readFileSync('realms.schema.json', 'utf8'));
const passes = new Ajv({ allErrors: true }).compile(published);

test('realms.schema.json is up to date: `npm run schema` writes it', () => expect(published).toEqual(realmsSchema()));

test.each(['realms.json', 'test/deployed/realms.json'])('%s keeps to the schema', (file) => {
  expect(passes(JSON.parse(readFileSync(file, 'utf8')))).toBe(true);
});

describe('of the broken files, the schema', () => {
  test.each(BROKEN_FILES.filter(({ schema }) => schema === 'refuses'))('refuses $what', ({ text }) =>
    expect(passes(JSON.parse(text))).toBe(false),
  );

  test.each(BROKEN_FILES.filter(({ schema }) => schema === 'passes'))('cannot see $what', ({ text }) =>
    expect(passes(JSON.parse(text))).toBe(true),
  );

  test.each(BROKEN_FILES.filter(({ schema }) => schema.startsWith('is not asked')))('cannot read $what', ({ text }) =>
    expect(() => JSON.parse(text)).toThrow(SyntaxError),
  );
});

test('what the schema refuses, the check refuses, whatever the fields hold', () => {
  const value = fc.oneof(
    fc.constantFrom('off', 'end', 'linger', 'offer', 'unlimited', '30s', '5m', '0s', '400d', '5 m', 'P1D', ''),
    fc.integer({ min: -1, max: 102 }),
    fc.jsonValue({ maxDepth: 1 }),
  );
  const fields = Object.keys(realmText.shape);
  const realm = fc.record({
    profile: fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...Object.keys(PROFILES)) }, value),
    rest: fc.dictionary(fc.constantFrom(...fields, 'lend'), value, { maxKeys: 2 }),
  });
  let refused = 0;
  fc.assert(
    fc.property(realm, ({ profile, rest }) => {
      const file = { realms: { campus: { ...rest, profile } } };
      const { errors } = readRealms(JSON.stringify(file));
      if (passes(file)) return;
      refused++;
      expect(errors).not.toEqual([]);
    }),
  );
  expect(refused).toBeGreaterThan(0);
});

test('what the schema takes for a duration is one, and no other text is', () => {
  const lengths: Record<string, { pattern: string }> = published.properties.realms.additionalProperties.properties;
  const pattern = new RegExp(lengths.lease?.pattern ?? '');
  const text = fc.oneof(fc.stringMatching(/^[0-9]{0,14} ?(ms|s|m|h|d|w|M)?\n?$/), fc.string());
  fc.assert(
    fc.property(text, (text) => pattern.test(text) === (parseDuration(text) !== undefined)),
    { numRuns: 1000 },
  );
});

test('every field is explained, with its defaults', () => {
  const shown: Record<keyof RealmText, { description: string }> =
    published.properties.realms.additionalProperties.properties;
  expect(Object.keys(shown)).toEqual(Object.keys(realmText.shape));
  for (const [field, { description }] of Object.entries(shown)) {
    expect([field, description]).toEqual([
      field,
      expect.stringMatching(field === 'profile' ? /\.$/ : / Default: .+\.$/),
    ]);
  }
});
