/** Which seats a login may take, and which one a station means that names only a user. */
import type { Login, Spoken, Station } from './commands.ts';
import { hash64 } from './hash.ts';
import type { Policy } from './policy.ts';
import type { Seat, SeatKey } from './seat.ts';
import { deliveryOf, standing, type Word } from './word.ts';
import { isDormantAt, isLive } from './write.ts';

/** A name as long as a seat of its own gets, and longer than a number. */
const OWN_LENGTH = 13;
const ownSeat = (of: string): string => hash64(of).toString(36).padStart(OWN_LENGTH, '0');

/** At a panel a user has one session, however many they may have elsewhere. */
const seatAtPanel = (station: string): string => ownSeat(`panel ${station}`);

/**
 * The seats of which a login may take one. Where a realm sets no limit each login has its own, named for its delivery, so
 * that a repeat of it finds the session that the first one opened.
 */
export function seatNames({ policy, station, word }: Pick<Login, 'policy' | 'station' | 'word'>): readonly string[] {
  if (policy.seats !== 'unlimited') return Array.from({ length: policy.seats }, (_, n) => String(n));
  return [station.hasPanel ? seatAtPanel(station.id) : ownSeat(deliveryOf(word))];
}

export function onlySeat(
  { realm, user }: Pick<Login, 'realm' | 'user'>,
  names: readonly string[],
): SeatKey | undefined {
  const [seat, ...others] = names;
  return seat === undefined || others.length > 0 ? undefined : { realm, user, seat };
}

/** Nobody sits here: where a user may have several seats, it keeps the words that were about none of them. */
export const WORDS_SEAT = 'words';

export type Place = { readonly key: SeatKey } | { readonly is: 'nothing-open' | 'ambiguous' };

/** The seat that a user has at this station, where it needs no look: they can have one there. */
export function knownSeat(
  { policy, station }: { readonly policy: Policy; readonly station: Station },
  { realm, user }: Pick<SeatKey, 'realm' | 'user'>,
): SeatKey | undefined {
  if (policy.seats === 1) return { realm, user, seat: '0' };
  if (policy.seats === 'unlimited' && station.hasPanel) return { realm, user, seat: seatAtPanel(station.id) };
  return undefined;
}

/** Of all seats of a user's the one that this word is about; the one for words where it is about none and is to be kept. */
export function meantAmong(
  { station, word, now }: Pick<Spoken, 'station' | 'word' | 'now'>,
  user: Pick<SeatKey, 'realm' | 'user'>,
  seats: readonly Seat[],
): Place {
  const here = seats.filter(({ session }) => session?.station === station.id);
  const [one, another] = here.filter((seat) => isLive(seat, now));
  // What has been heard before means what it meant then. Where none holds a seat it is the newest, dormant or ended: one
  // from before it, that was only never logged out, is not brought back by a name.
  const heard = seats.find((seat) => hasHeard(seat, word));
  if (heard === undefined && another !== undefined) return { is: 'ambiguous' };
  const isKept = isToBeKept(word, station);
  const meant = heard ?? one ?? newestOf(here.filter((seat) => !isKept || isDormantAt(seat, now)));
  if (meant !== undefined) return { key: meant.key };
  return isKept ? { key: { realm: user.realm, user: user.user, seat: WORDS_SEAT } } : { is: 'nothing-open' };
}

const hasHeard = ({ heard }: Seat, word: Word): boolean => standing(word, heard) === 'repeat';

/** A dated logout may have overtaken its login; a panel knows that by itself. */
const isToBeKept = ({ type, at }: Word, { hasPanel }: Station): boolean =>
  !hasPanel && type === 'logout' && at !== undefined;

const newestOf = (seats: readonly Seat[]): Seat | undefined => seats.toSorted((a, b) => b.epoch - a.epoch)[0];
