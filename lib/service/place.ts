/** Where a station's word belongs, where seats must be read to tell. */
import { knownSeat, meantAmong, type Place, type Saying } from '../session/place.ts';
import type { Seats } from './ports.ts';

/** One request's worth. Whoever has more says which session is meant. */
const LOOKED_AT = 100;

/** The seat that a user has at this station. Where they may have several, they are looked at. */
export async function seatHere(seats: Pick<Seats, 'ofUser'>, said: Saying, user: string): Promise<Place> {
  const key = knownSeat(said, user);
  if (key !== undefined) return { key };
  const { items, cursor } = await seats.ofUser(said.station.realm, user, { limit: LOOKED_AT });
  const place = meantAmong(said, items);
  // It may be among those that were not looked at.
  return cursor !== undefined && 'is' in place ? { is: 'ambiguous' } : place;
}
