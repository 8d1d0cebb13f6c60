/** Ten thousand requests; `fuzz.long.test.ts` makes twenty times as many. */
import { expect, test } from 'vitest';
import { chance } from '../simulation/chance.ts';
import { generate } from './generate.ts';
import { holdsOf } from './requests.ts';

holdsOf(10_000);

test('a seed is the same requests each time', () => {
  const targets = (['bearer', 'basic', 'signature'] as const).map((proof) => ({
    id: proof,
    key: 'k',
    proof,
    speaksXml: true,
  }));
  const known = {
    targets,
    realms: ['campus'],
    sessions: [],
    cursors: [],
    sent: [],
    heard: [],
    nowMs: 1_800_000_000_000,
  };
  const requests = () => {
    const c = chance(7, 'fuzz');
    return Array.from({ length: 500 }, () => generate(c, known));
  };
  expect(requests()).toEqual(requests());
});
