/**
 * Requests with names from all scripts: nobody shares a key who should not, one person has one seat, and no user is lost to an
 * operator. What is the same person is said here once more, in other words than lib/session/user-key.ts has.
 */
import * as fc from 'fast-check';
import { expect } from 'vitest';
import type { Users } from '../../lib/session/user-key.ts';
import { createEdge, type Edge, type Reply } from '../support/edge.ts';

const REALMS: Readonly<Record<string, Users>> = {
  plain: { case: 'ignore', domains: [] },
  corp: { case: 'ignore', domains: ['CORP', 'corp.example'] },
  exact: { case: 'exact', domains: ['CORP'] },
};

/** Of every script that the platform knows, some letters; and what stands between, around and instead of letters. */
const characters: readonly string[] = Array.from({ length: 0x30000 }, (_, code) => code)
  .filter((code) => code < 0xd800 || code > 0xdfff)
  .map((code) => String.fromCodePoint(code))
  .filter((one) => /[\p{L}\p{M}\p{N}\p{P}\p{S}\p{Zs}\p{Cf}]/u.test(one))
  .filter(
    (one, n) =>
      n % 37 === 0 || !/[\p{Script=Han}\p{Script=Hangul}\p{Script=Tangut}\p{Script=Egyptian_Hieroglyphs}]/u.test(one),
  );

const latin = [..."abcijknstzABCIJKNSTZ09.-_'@\\+?/#%&= éÉßıİſσςΣ"];
const unseen = ['\u200b', '\u200d', '\u00ad', '\u202e', '\u2066', '\ufe0f', '\ufeff'];
const one = (of: readonly string[]) => fc.nat({ max: of.length - 1 }).map((n) => of[n] ?? '');
const typed = fc
  .array(
    fc.oneof(
      { weight: 5, arbitrary: one(latin) },
      { weight: 4, arbitrary: one(characters) },
      { weight: 1, arbitrary: one(unseen) },
    ),
    { minLength: 1, maxLength: 8 },
  )
  .map((parts) => parts.join(''));

/** What a person's name becomes where somebody else writes it down; by which some of them are somebody else's. */
const respelt = (name: string): readonly string[] => [
  name.normalize('NFD'),
  name.toUpperCase(),
  name.toLowerCase(),
  `CORP\\${name}`,
  `${name}@corp.example`,
  `OTHER\\${name}`,
  ` ${name} `,
  [...name].join('\u200b'),
  `${name}a`,
  [...name].slice(1).join(''),
];

/** As people see it: by the platform's own tables, which are none of ours. */
export const seen = (name: string): string =>
  name
    .normalize('NFC')
    .replace(/\p{Default_Ignorable_Code_Point}/gu, '')
    .normalize('NFC')
    .replace(/\s+/g, ' ')
    .trim();

const withoutDomain = (name: string, domains: readonly string[]): string => {
  const isOwn = (text: string) => domains.some((domain) => domain.toLowerCase() === text.toLowerCase());
  const parts = name.split(/([\\@])/);
  const [first = '', a, middle = '', b, last = ''] = parts;
  if (parts.length === 3 && a === '\\' && isOwn(first)) return middle;
  if (parts.length === 3 && a === '@' && isOwn(middle)) return first;
  if (parts.length === 5 && a === '\\' && b === '@' && isOwn(first) && isOwn(last)) return middle;
  return name;
};

/** By the folding of regular expressions, which is Unicode's CaseFolding.txt. */
function areOne(name: string, other: string, { case: letters, domains }: Users): boolean {
  const [bare, own] = [name, other].map((text) => withoutDomain(seen(text), domains).trim().normalize('NFD'));
  const pattern = (bare ?? '').replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
  return new RegExp(`^${pattern}$`, letters === 'exact' ? 'u' : 'iu').test(own ?? '');
}

/** As many requests, from this seed. */
export async function throwNames(requests: number, seed: number): Promise<{ asked: number; people: number }> {
  let asked = 0;
  let people = 0;
  const counted = (reply: Promise<Reply>): Promise<Reply> => {
    asked += 1;
    return reply;
  };
  for (const [n, [realm, users]] of Object.entries(REALMS).entries()) {
    const until = (requests / Object.keys(REALMS).length) * (n + 1);
    for (let run = 0; asked < until; run++) {
      // A new table each time: one in memory is looked through from its beginning.
      const edge = createEdge({ [realm]: { profile: 'release-station', users } });
      const here = await edge.register('here', { realm, kind: 'hosted' });
      const there = await edge.register('there', { realm, kind: 'hosted' });
      for (const name of fc.sample(typed, { numRuns: 100, seed: seed + run })) {
        if (asked >= until) break;
        people += await live(edge, counted, { realm, users, here, there, name });
        edge.later(30_000);
      }
    }
  }
  return { asked, people };
}

interface Life {
  readonly realm: string;
  readonly users: Users;
  readonly here: { id: string; key: string };
  readonly there: { id: string; key: string };
  readonly name: string;
}

async function live(
  edge: Edge,
  counted: (reply: Promise<Reply>) => Promise<Reply>,
  { realm, users, here, there, name }: Life,
): Promise<number> {
  const login = await counted(edge.say(here, 'login', { user: name }));
  if (login.status === 400) return 0;
  expect([name, login.status]).toEqual([name, 201]);
  const { session } = login.body;

  // Whoever is found is this one, by the name as it was typed and by the one that is shown; and by no other name.
  for (const spelt of [name, login.body.user]) {
    const query = `user=${encodeURIComponent(spelt)}`;
    const { status, body } = await counted(edge.ask('GET', `/v1/realms/${realm}/users?${query}`));
    expect([name, status, body.seats?.map((seat: { session: string }) => seat.session)]).toEqual([
      name,
      200,
      [session],
    ]);
    const list = await counted(edge.ask('GET', `/v1/sessions?realm=${realm}&${query}`));
    expect([name, list.body.sessions.length]).toEqual([name, 1]);
  }

  for (const other of respelt(name)) {
    const reply = await counted(edge.say(there, 'login', { user: other }));
    // One person has one seat, and two have two.
    if (reply.status === 409) expect([name, other, areOne(name, other, users)]).toEqual([name, other, true]);
    else if (reply.status === 201) {
      const isOne = areOne(name, other, users);
      // Where Unicode folds more than lower-casing does, they may be two all the same.
      const folds = seen(name).toLowerCase() !== seen(other).toLowerCase();
      expect([name, other, isOne && !folds]).toEqual([name, other, false]);
      await counted(edge.say(there, 'logout'));
    } else expect([name, other, reply.status]).toEqual([name, other, 400]);
  }

  await counted(edge.say(here, 'logout', { user: name }));
  const { body } = await counted(edge.ask('GET', `/v1/realms/${realm}/users?limit=1&user=${encodeURIComponent(name)}`));
  expect([name, body.seats, body.history.length]).toEqual([name, [], 1]);
  return 1;
}
