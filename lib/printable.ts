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
