/** Where a station's word belongs, where seats must be read to tell. */
import type { Spoken } from '../session/commands.ts';
import { knownSeat, meantAmong, type Place } from '../session/place.ts';
import type { SeatKey } from '../session/seat.ts';
import type { Seats } from './ports.ts';

/**
 * The seat that a person has at this station. Where they may have several, they are looked at; so are those of a realm in
 * which the station was before, for its policy is not this one.
 */
export async function seatHere(
  { seats }: { readonly seats: Pick<Seats, 'ofUser'> },
  said: Spoken,
  person: Pick<SeatKey, 'realm' | 'user'>,
): Promise<Place> {
  const key = person.realm === said.station.realm ? knownSeat(said, person) : undefined;
  return key === undefined ? meantAmong(said, person, await seats.ofUser(person.realm, person.user)) : { key };
}
