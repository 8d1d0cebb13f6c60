import { StartupError } from './startup-error.ts';

/** A name, a word or a date is shorter; a key that is made here has 43. */
const CHARACTERS_MIN = 16;

const WHAT = `must be at least ${CHARACTERS_MIN} letters, digits and signs, without blanks`;

/** Why this is no operator key: it can be guessed, or no `Authorization` header can say it. */
export const weaknessOf = (key: string): string | undefined =>
  /^[\x21-\x7e]+$/.test(key) && key.length >= CHARACTERS_MIN ? undefined : WHAT;

export function refuseWeakKey(key: string): void {
  if (weaknessOf(key) === undefined) return;
  throw new StartupError(`CURFEW_OPERATOR_KEY ${WHAT}; without it a key is made and kept.`);
}
