/** What has not been said, however its sender spells that: firmware fills its forms with nothing in many ways. */

/** White space, and what nobody can see. */
const NOTHING = /^[\s\p{Default_Ignorable_Code_Point}]*$/u;

/** `undefined`, `null`, and a text in which nothing stands. `false` and `0` are said. */
export const isUnsaid = (value: unknown): boolean =>
  value === undefined || value === null || (typeof value === 'string' && NOTHING.test(value));

/** The fields that have been said. @param known of these alone; @default all of them */
export const saidOf = (fields: object, known?: ReadonlySet<string>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(fields).filter(([name, value]) => !isUnsaid(value) || known?.has(name) === false));
