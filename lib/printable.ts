/** What comes from elsewhere, as people are shown it. */

/** Invisible, but they only say how letters join: Persian names and emoji of several parts have them. */
const JOINERS = /[\u200c\u200d]/;

/**
 * A name or value that comes from elsewhere, its invisible characters in writing: it must neither steer a terminal, nor
 * break the line, nor turn the words round that stand beside it.
 */
export const printable = (text: string): string =>
  text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (found) =>
    JOINERS.test(found) ? found : `\\u{${found.codePointAt(0)?.toString(16)}}`,
  );

/** A user by their name as it was typed, and by their key where that is another. */
export const userShown = ({ user, userKey }: { readonly user: string; readonly userKey?: string }): string =>
  userKey === undefined ? user : `${user} [${userKey}]`;

/** A longer value would hide the rule behind it. */
const SHOWN_MAX = 60;

/** A value as the file has it. */
export function shown(value: unknown): string {
  const text = typeof value === 'number' ? String(value) : JSON.stringify(value);
  return text.length > SHOWN_MAX ? `${text.slice(0, SHOWN_MAX)}…` : text;
}
