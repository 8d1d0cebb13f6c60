/**
 * Who is the same person: the one function that makes the key of a user from a name as somebody typed it.
 *
 * Two people who share a key put each other out; one person with two keys holds two seats. The former is worse, and nobody
 * but the directory can mend it. So names are folded only where no directory tells the two apart: Unicode NFC, blanks, what
 * nobody can see, the realm's own domains, and, unless the policy says otherwise, case by Unicode's simple lower-casing.
 * Not folded are compatibility forms (NFKC), `ß` and `ss`, the Turkish `ı` and `i`, accents, and letters that look alike.
 */

/** How a realm names its users. */
export interface Users {
  readonly case: 'ignore' | 'exact';
  /** The realm's own: a name with one of them in front (`CORP\ana`) or behind (`ana@corp.example`) is a name without. */
  readonly domains: readonly string[];
}

/** A name is part of an item's key: with it, and the longest ids of stations and deliveries, the item stays under 1 KB. */
export const USER_BYTES_MAX = 200;

export type UserKey = { readonly key: string } | { readonly fault: string };

/**
 * The key of a user. Where there is none, `fault` goes on after "the name".
 *
 * `case: ignore` is `toLowerCase`, without a locale, as PRECIS has it (RFC 8265, 3.3), and not case folding, which takes `ß`
 * for `ss`. A key's key is itself.
 */
export function userKey(name: string, { case: letters, domains }: Users): UserKey {
  const strange = strangeIn(name);
  if (strange !== undefined) return { fault: strange };
  const visible = name.normalize('NFC').replace(INVISIBLE, '').normalize('NFC');
  const bare = withoutDomain(visible.replace(/\s+/g, ' ').trim(), domains);
  const key = letters === 'exact' ? bare : lowered(bare);
  if (key === '') return { fault: 'must not be empty, nor a domain alone' };
  if (key === '.' || key === '..') return { fault: 'must not be "." or "..", which addresses take for something else' };
  return byteLength(key) > USER_BYTES_MAX ? { fault: TOO_LONG } : { key };
}

/** Unless the realm says otherwise. */
export const ANY_CASE: Users = { case: 'ignore', domains: [] };

/**
 * Under which names what is kept of a user may stand: their key, and the name itself, which was the key in version 0.1.0, and
 * is where case counts. It is nobody else's: what is no key of its own is nobody's key now.
 */
export function keptUnder(name: string, users: Users): readonly string[] {
  const typed = name.normalize('NFC').trim();
  const found = userKey(name, users);
  return 'key' in found && found.key !== typed ? [found.key, typed] : [typed];
}

/** Whether somebody who is named so is the user of this key, which may be one of before the realm named its users so. */
export function isUserOf(key: string, name: string, users: Users): boolean {
  const meant = userKey(name, users);
  const is = userKey(key, users);
  return key === name || ('key' in meant && 'key' in is && is.key === meant.key);
}

/**
 * The name as it was typed, to be kept beside the key and shown: where it is not the key itself, and the two together are
 * no longer than one name may be, so that they fit into the item.
 */
export function keptBeside(key: string, name: string): string | undefined {
  const typed = name.normalize('NFC').trim();
  return typed === key || byteLength(key) + byteLength(typed) > USER_BYTES_MAX ? undefined : typed;
}

/** What no name has, or nobody could be shown; goes on after "the name". */
function strangeIn(name: string): string | undefined {
  if (byteLength(name.normalize('NFC').trim()) > USER_BYTES_MAX) return TOO_LONG;
  if (CONTROL.test(name.trim())) return 'must have no control characters';
  if (name.includes('\ufffd')) {
    return 'must not have U+FFFD, which stands for bytes that were no UTF-8: who was meant is not known';
  }
  return STRANGE.test(name) ? 'must have no code that is no character, or that nobody sees' : undefined;
}

const CONTROL = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/u;

const TOO_LONG = `must have at most ${USER_BYTES_MAX} bytes in UTF-8`;

/** Nor the blank of Braille, nor marks of annotation: they look like a blank, or like nothing, and are neither to Unicode. */
const STRANGE = /[\p{Noncharacter_Code_Point}\u2800\ufff9-\ufffb]/u;

/**
 * Zero-width and direction marks, joiners, soft hyphens: people paste them and see nothing, and some names are right only with
 * them. They fall away from the key; in the name as typed they stay, and are written out where they could mislead.
 */
const INVISIBLE = /\p{Default_Ignorable_Code_Point}/gu;

/** `ς` ends a word and `σ` does not: where the word ends must not matter, or a name would not be a name in a domain's. */
const lowered = (name: string): string => name.toLowerCase().replaceAll('ς', 'σ').normalize('NFC');

/** What is left has no separator in it, so that nothing of it is taken for a domain again. */
function withoutDomain(name: string, domains: readonly string[]): string {
  if (domains.length === 0 || !/[\\@]/.test(name)) return name;
  const inDomain = patterns.get(domains) ?? patternOf(domains);
  patterns.set(domains, inDomain);
  return (inDomain.exec(name)?.[1] ?? name).trim();
}

function patternOf(domains: readonly string[]): RegExp {
  const own = domains.map((domain) => domain.normalize('NFC').replace(/[.*+?^${}()|[\]\\/]/g, '\\$&')).join('|');
  // A backslash escaped once too often, a domain with its root's dot: nobody else is called so.
  return new RegExp(`^(?:(?:${own}) ?\\\\{1,2})?([^\\\\@]*)(?:@ ?(?:${own})\\.?)?$`, 'iu');
}

/** Made once of each realm's: a policy does not change while it is obeyed. */
const patterns = new WeakMap<readonly string[], RegExp>();

const byteLength = (text: string): number => Buffer.byteLength(text);
