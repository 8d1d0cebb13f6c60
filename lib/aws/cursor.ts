/**
 * Cursors: where a listing goes on, as opaque text. A cursor carries only what the query does not say itself, so that it
 * cannot lead out of the query that it is given to.
 */
import { BadCursor } from '../service/ports.ts';

export const toCursor = (...place: readonly string[]): string =>
  Buffer.from(JSON.stringify(place), 'utf8').toString('base64url');

/** The parts of a cursor, one for each pattern. Throws `BadCursor` where one does not fit. */
export function fromCursor(cursor: string, ...patterns: readonly RegExp[]): string[] {
  const place = parse(cursor);
  const fits =
    Array.isArray(place) &&
    place.length === patterns.length &&
    patterns.every(
      (pattern, part) => typeof place[part] === 'string' && !NO_TEXT.test(place[part]) && pattern.test(place[part]),
    );
  if (!fits || toCursor(...place) !== cursor) throw new BadCursor();
  return place;
}

/** Half of a pair of UTF-16: JSON can say it, and no key of an item has it. */
const NO_TEXT = /\p{Cs}/u;

function parse(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
  } catch {
    return undefined;
  }
}
