/** Where a station's word belongs, where seats must be read to tell. */
import type { Spoken } from '../session/commands.ts';
import { knownSeat, meantAmong, type Place } from '../session/place.ts';
import type { SeatKey } from '../session/seat.ts';
import type { Seats } from './ports.ts';

/** One request's worth. Who has more says which session is meant. */
const LOOKED_AT = 100;

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
  if (key !== undefined) return { key };
  const { items, cursor } = await seats.ofUser(person.realm, person.user, { limit: LOOKED_AT });
  const place = meantAmong(said, person, items);
  // It may be among those that were not looked at.
  return cursor !== undefined && 'is' in place ? { is: 'ambiguous' } : place;
}
