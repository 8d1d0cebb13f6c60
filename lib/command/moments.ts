/** Instants as the API writes them, and how far they are from now. */
import { type EpochMs, epochMs, since } from '../time.ts';
import { leftInShort, passedInShort } from './lengths.ts';

/** Of an instant that the API wrote. */
export const instantOf = (text: string): EpochMs => epochMs(Date.parse(text));

/** `4m 12s ago`. */
export const ago = (text: string, now: EpochMs): string => `${passedInShort(since(instantOf(text), now))} ago`;

/** `4m 12s`; nothing once it has passed. */
export const left = (text: string, now: EpochMs): string => leftInShort(since(now, instantOf(text)));

/** For a table, where the second is enough: `2026-11-22T14:23:05Z`. */
export const toSecond = (text: string): string => text.replace(/\.\d{3}Z$/, 'Z');
