/** Which seats a login may take, and which one a station means that names only a user. */
import type { EpochMs } from '../time.ts';
import type { Login, Station } from './commands.ts';
import { hash64 } from './hash.ts';
import type { Policy } from './policy.ts';
import type { Seat, SeatKey } from './seat.ts';
import { isLive } from './write.ts';

/** A name as long as a seat of its own gets, and longer than a number. */
const OWN_LENGTH = 13;
const ownSeat = (of: string): string => hash64(of).toString(36).padStart(OWN_LENGTH, '0');

/** At a panel a user has one session, however many they may have elsewhere. */
const seatAtPanel = (station: string): string => ownSeat(`panel ${station}`);

/**
 * The seats of which a login may take one. Where a realm sets no limit each login has its own, named for its delivery, so
 * that a repeat of it finds the session that the first one opened.
 */
export function seatNames({ policy, station, id }: Pick<Login, 'policy' | 'station' | 'id'>): readonly string[] {
  if (policy.seats !== 'unlimited') return Array.from({ length: policy.seats }, (_, n) => String(n));
  return [station.hasPanel ? seatAtPanel(station.id) : ownSeat(`login ${id}`)];
}

export function onlySeat(
  { realm, user }: Pick<Login, 'realm' | 'user'>,
  names: readonly string[],
): SeatKey | undefined {
  const [seat, ...others] = names;
  return seat === undefined || others.length > 0 ? undefined : { realm, user, seat };
}

export type Place = { readonly key: SeatKey } | { readonly is: 'nothing-open' | 'ambiguous' };

/** What tells which seat is meant. */
export interface Saying {
  readonly policy: Policy;
  readonly station: Station;
  readonly id: string;
  readonly now: EpochMs;
}

/** The seat that a user has at this station, where it needs no look: they can have one there. */
export function knownSeat({ policy, station }: Saying, user: string): SeatKey | undefined {
  const { realm } = station;
  if (policy.seats === 1) return { realm, user, seat: '0' };
  if (policy.seats === 'unlimited' && station.hasPanel) return { realm, user, seat: seatAtPanel(station.id) };
  return undefined;
}

/** Of all seats of a user's the one that this is about. */
export function meantAmong({ station, id, now }: Saying, seats: readonly Seat[]): Place {
  const here = seats.filter(({ session }) => session?.station === station.id);
  const [one, another] = here.filter((seat) => isLive(seat, now));
  // What has been heard before means what it meant then. Where none holds a seat it is the newest, dormant or ended: one
  // from before it, that was only never logged out, is not brought back by a name.
  const heard = here.find(({ latest }) => latest.id === id);
  const meant = heard ?? one ?? here.toSorted((a, b) => b.epoch - a.epoch)[0];
  if (meant === undefined) return { is: 'nothing-open' };
  return heard === undefined && another !== undefined ? { is: 'ambiguous' } : { key: meant.key };
}
