/**
 * Cursors: where a listing goes on, as opaque text. A cursor carries only what the query does not say itself, so that it
 * cannot lead out of the query that it is given to.
 */
import { BadCursor } from '../session/ports.ts';

/** Texts and numbers, in an order that the listing knows. */
type Place = readonly (string | number)[];

export const toCursor = (place: Place): string => Buffer.from(JSON.stringify(place), 'utf8').toString('base64url');

/** Throws `BadCursor` unless the cursor has as many parts, of the same kinds, as the pattern. */
export function fromCursor<P extends Place>(cursor: string, pattern: P): { [K in keyof P]: P[K] extends string ? string : number } {
  const place = parse(cursor);
  const fits =
    Array.isArray(place) &&
    place.length === pattern.length &&
    place.every((part, index) => typeof part === typeof pattern[index] && (typeof part === 'string' || Number.isSafeInteger(part)));
  if (!fits || toCursor(place) !== cursor) throw new BadCursor();
  return place as unknown as { [K in keyof P]: P[K] extends string ? string : number };
}

function parse(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
  } catch {
    return undefined;
  }
}
