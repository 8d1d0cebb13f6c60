/** Pages of something in order. A cursor names the place after which the next page begins, whatever has changed since. */
import { BadCursor, type Page } from '../service/ports.ts';
import type { Epoch } from '../session/seat.ts';
import type { EpochMs } from '../time.ts';

/** An instant and a name, as a text whose order is the order of the listing. */
type SortText = string;
const SORT_TEXT = /^\d{16}#/;
const NO_TEXT = /\p{Cs}/u;

export function pageOf<T>(
  all: readonly T[],
  sortTextOf: (item: T) => SortText,
  query: { readonly limit: number; readonly cursor?: string; readonly newestFirst?: boolean },
): Page<T> {
  const sorted = all.map((item) => ({ item, place: sortTextOf(item) })).sort((a, b) => (a.place < b.place ? -1 : 1));
  if (query.newestFirst) sorted.reverse();
  const after = query.cursor === undefined ? undefined : fromCursor(query.cursor);
  const rest = sorted.filter(({ place }) => after === undefined || (query.newestFirst ? place < after : place > after));
  const page = rest.slice(0, query.limit);
  const last = page.at(-1);
  return {
    items: page.map(({ item }) => structuredClone(item)),
    ...(rest.length > page.length && last !== undefined ? { cursor: toCursor(last.place) } : {}),
  };
}

export const sortTextAt = (at: EpochMs | Epoch, name: string): SortText => `${String(at).padStart(16, '0')}#${name}`;

export const toCursor = (place: SortText): string => Buffer.from(JSON.stringify([place]), 'utf8').toString('base64url');

function fromCursor(cursor: string): SortText {
  try {
    const [place] = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    if (typeof place === 'string' && !NO_TEXT.test(place) && SORT_TEXT.test(place) && toCursor(place) === cursor)
      return place;
  } catch {
    // Neither base64 nor JSON: no cursor either.
  }
  throw new BadCursor();
}
