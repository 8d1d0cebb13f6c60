/** Pages of what is kept of one user under several names. */
import type { Page } from './ports.ts';

/** Before the cursor of what is kept under the second of two names. */
const SECOND = '~';

/** A page of what is kept under several names (see `keptUnder`), one after the other. */
export async function underAll<T>(
  names: readonly string[],
  { limit, cursor = '' }: { readonly limit: number; readonly cursor?: string },
  read: (name: string, page: { limit: number; cursor?: string }) => Promise<Page<T>>,
): Promise<Page<T>> {
  const [first = '', second] = names;
  const page = (rest: string, most: number) => ({ limit: most, ...(rest === '' ? {} : { cursor: rest }) });
  const inSecond = async (name: string, rest: string, most: number): Promise<Page<T>> => {
    const { items, cursor: next } = await read(name, page(rest, most));
    return { items, ...(next === undefined ? {} : { cursor: SECOND + next }) };
  };
  if (cursor.startsWith(SECOND)) {
    return second === undefined ? { items: [] } : inSecond(second, cursor.slice(SECOND.length), limit);
  }
  const found = await read(first, page(cursor, limit));
  if (found.cursor !== undefined || second === undefined) return found;
  const room = limit - found.items.length;
  if (room <= 0) return { ...found, cursor: SECOND };
  const more = await inSecond(second, '', room);
  return { ...more, items: [...found.items, ...more.items] };
}
