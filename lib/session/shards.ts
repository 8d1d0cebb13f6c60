/** Shards: the shares of the seats whose deadlines are announced together. */
import { hash32 } from './hash.ts';
import { isCounted } from './ladder.ts';
import type { Rung, SeatKey } from './seat.ts';

const HELD = 's';
const DORMANT = 'd';

const numbered = (name: string, count: number): string[] => Array.from({ length: count }, (_, n) => `${name}${n}`);
/** The shards of the sessions that hold their seats. */
export const heldShards = (shards: number): string[] => numbered(HELD, shards);
/** The shards of those that have lost them and may be made anew. */
export const dormantShards = (shards: number): string[] => numbered(DORMANT, shards);
export const allShards = (shards: number): string[] => [...heldShards(shards), ...dormantShards(shards)];

/** Those in which no session belongs any more, of as many as there may ever have been. */
export const formerShards = (shards: number, ever: number): string[] =>
  [heldShards, dormantShards].flatMap((all) => all(ever).slice(shards));

/**
 * The shard of the index in which a seat's deadlines are announced. Dormant sessions have shards of their own, so that
 * what lists and counts those that hold a seat reads no others.
 */
export const shardOf = ({ realm, user, seat }: SeatKey, shards: number, rung: Rung = 'active'): string =>
  `${isCounted(rung) ? HELD : DORMANT}${hash32(`${realm}#${user}#${seat}`) % shards}`;
