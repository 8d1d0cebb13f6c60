/** What has not been said, however its sender spells that: firmware fills its forms with nothing in many ways. */

/** White space, what nobody can see, and the NUL that C counts to the text. */
const NOTHING = /^[\s\0\p{Default_Ignorable_Code_Point}]*$/u;

/** `undefined`, `null`, a text in which nothing stands, and an empty list, as PHP writes what has no fields. `false` and `0` are said. */
export const isUnsaid = (value: unknown): boolean =>
  value === undefined ||
  value === null ||
  (typeof value === 'string' && NOTHING.test(value)) ||
  (Array.isArray(value) && value.length === 0);

/** A text without what its sender's language, or a file, puts around it. */
export function withoutFiller(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  let text = value.trim();
  while (text.endsWith('\0')) text = text.slice(0, -1).trimEnd();
  return text;
}

/**
 * The fields that have been said.
 *
 * @param known of these alone, as operators name them: an empty list is said there, for it would register a gateway for nobody
 * @default all of them
 */
export const saidOf = (fields: object, known?: ReadonlySet<string>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(fields).filter(
      ([name, value]) => !isUnsaid(value) || (known !== undefined && (!known.has(name) || Array.isArray(value))),
    ),
  );
