/** `npx curfew` and what follows, as a shell takes it. */
export const commandLine = (words: readonly string[]): string => ['npx', 'curfew', ...words].map(quoted).join(' ');

const quoted = (word: string): string => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`);
