/** Where a station's word belongs, where seats must be read to tell. */
import { knownSeat, meantAmong, type Place, type Saying } from '../session/place.ts';
import type { Seats } from './ports.ts';

/** The seat that a user has at this station. Where they may have several, they are looked at. */
export async function seatHere(seats: Pick<Seats, 'ofUser'>, said: Saying, user: string): Promise<Place> {
  const key = knownSeat(said, user);
  return key === undefined ? meantAmong(said, await seats.ofUser(said.station.realm, user)) : { key };
}
