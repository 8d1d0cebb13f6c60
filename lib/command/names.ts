/** Names that nobody knows, and those that are meant: a misspelt one must not pass for one who is not logged in. */
import { printable } from '../printable.ts';
import { includes } from '../service/live.ts';
import type { SessionShown, StationShown, UserListed, UserShown } from './answers.ts';
import { type Api, pathOf, Refused, withQuery } from './api.ts';
import { realmsOf } from './realms.ts';

/** So many are named, of so many that are looked at. */
const NAMED_MAX = 5;
const LOOKED_AT = 1_000;

/** Throws `Refused` where no such station is registered. */
export async function demandStation(api: Api, id: string): Promise<void> {
  const { status } = await api.ask('GET', pathOf('stations', id), { also: [404] });
  if (status !== 404) return;
  const all = await ifAny(api.list<StationShown>('/v1/stations', 'stations', { most: LOOKED_AT }));
  const near = nearest(id, all, ({ station, name, location }) => [station, name, location]);
  const named = near.map(({ station, name }) => (station === name ? station : `${station} (${name})`));
  throw new Refused(404, unknown(`no station ${quoted(id)} is registered`, named));
}

/** That nothing fits is an answer where there are such a user and such a station; throws `Refused` where there are not. */
export async function demandKnown(
  api: Api,
  { user, station, realm }: { readonly user?: string; readonly station?: string; readonly realm?: string },
): Promise<void> {
  if (station !== undefined) await demandStation(api, station);
  if (user === undefined) return;
  await demandUser(api, user, realm === undefined ? (await realmsOf(api)).map((one) => one.realm) : [realm]);
}

/** Throws `Refused` where nothing is known of such a user: neither that they are logged in, nor that they were. */
async function demandUser(api: Api, user: string, realms: readonly string[]): Promise<void> {
  const known = await Promise.all(
    realms.map((realm) => api.ask<UserShown>('GET', withQuery(pathOf('realms', realm, 'users'), { user, limit: '1' }))),
  );
  if (known.some(({ body: { seats, history } }) => seats.length + history.length > 0)) return;
  throw new Refused(404, await unknownUser(api, user, realms));
}

export async function unknownUser(api: Api, user: string, realms: readonly string[]): Promise<string> {
  const most = { most: LOOKED_AT };
  const [live, past] = await Promise.all([
    ifAny(api.list<SessionShown>('/v1/sessions', 'sessions', most)),
    ifAny(api.list<UserListed>('/v1/users', 'users', most)),
  ]);
  const users = [...new Set([...live, ...past].filter(({ realm }) => realms.includes(realm)).map((one) => one.user))];
  const where = realms.join(', ');
  return unknown(
    `nothing is known of a user ${quoted(user)} in ${where}`,
    nearest(user, users, (name) => [name]),
  );
}

/** Names that are near are a courtesy: where they cannot be had, what is wrong is said without them. */
const ifAny = <T>(names: Promise<T[]>): Promise<T[]> => names.catch(() => []);

const quoted = (name: string): string => `"${printable(name)}"`;

const unknown = (what: string, near: readonly string[]): string =>
  near.length === 0 ? what : `${what}; near to that: ${near.map(printable).join(', ')}`;

/** Those of whose names it is a part, or that differ from it by few letters; the nearest first. */
export function nearest<T>(said: string, all: readonly T[], namesOf: (item: T) => readonly string[]): T[] {
  return all
    .map((item) => ({
      item,
      away: Math.min(
        ...namesOf(item)
          .flatMap(partsOf)
          .map((name) => distance(said, name)),
      ),
    }))
    .filter(({ away }) => away <= Math.max(1, said.length / 3))
    .sort((a, b) => a.away - b.away)
    .slice(0, NAMED_MAX)
    .map(({ item }) => item);
}

/** The whole, and what stands between dots, blanks and the like. */
const partsOf = (name: string): string[] => [name, ...name.split(/[^\p{L}\p{N}]+/u).filter((part) => part !== '')];

/** How many letters must be put in, taken out, changed, or swapped with the next (Damerau, restricted); one, where one is a part of the other. */
function distance(said: string, name: string): number {
  const [a, b] = [said.toLowerCase(), name.toLowerCase()];
  if (a === b) return 0;
  if (a.length > 2 && b.length > 2 && (includes(b, a) || includes(a, b))) return 1;
  if (Math.abs(a.length - b.length) > a.length) return Number.POSITIVE_INFINITY;
  let [before, row]: [number[], number[]] = [[], Array.from({ length: b.length + 1 }, (_, n) => n)];
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const isSame = a[i - 1] === b[j - 1];
      const changed = (row[j - 1] ?? 0) + (isSame ? 0 : 1);
      const isSwapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const swapped = isSwapped ? (before[j - 2] ?? 0) + 1 : changed;
      next.push(Math.min(changed, swapped, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    [before, row] = [row, next];
  }
  return row[b.length] ?? 0;
}
