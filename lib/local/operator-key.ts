import { StartupError } from './startup-error.ts';

/** A name, a word or a date is shorter; a key that is made here has 43. */
const CHARACTERS_MIN = 16;

/** Refuses what can be guessed, and what no `Authorization` header can say. */
export function refuseWeakKey(key: string): void {
  if (/^[\x21-\x7e]+$/.test(key) && key.length >= CHARACTERS_MIN) return;
  throw new StartupError(
    `CURFEW_OPERATOR_KEY must be at least ${CHARACTERS_MIN} letters, digits and signs, without blanks; without it a key is made and kept.`,
  );
}
