/** What is known of a user: the sessions that go on, and those that have ended, whether or not anybody has recorded it. */
import { handleOf } from '../session/handle.ts';
import { endingOf, rungAt } from '../session/ladder.ts';
import { isOpen, nameOf, type Past, type Seat } from '../session/seat.ts';
import type { EpochMs } from '../time.ts';
import type { LiveSeat } from './live.ts';
import { type History, type Page, SEATS_AT_ONCE, type Seats } from './ports.ts';
import { underAll } from './user-pages.ts';

export interface UserSessions {
  /** They hold a seat, or may still be made anew. */
  readonly live: readonly LiveSeat[];
  /** By when they opened, the newest first. */
  readonly past: Page<Past>;
}

export async function sessionsOfUser(
  ports: { readonly seats: Seats; readonly history: History },
  {
    realm,
    user,
    names = [user],
  }: { readonly realm: string; readonly user: string; readonly names?: readonly string[] },
  query: { readonly limit: number; readonly cursor?: string; readonly now: EpochMs },
): Promise<UserSessions> {
  const { now, ...page } = query;
  const [{ items: seats }, history] = await Promise.all([
    underAll(names, { limit: SEATS_AT_ONCE }, (name, part) => ports.seats.ofUser(realm, name, part)),
    underAll(names, page, (name, part) => ports.history.ofUser(realm, name, part)),
  ]);
  return {
    live: seats.filter((seat) => goesOn(seat, now)),
    past: { ...history, items: withJustEnded(query.cursor === undefined ? seats : [], history, now) },
  };
}

const goesOn = (seat: Seat, now: EpochMs): seat is LiveSeat => isOpen(seat) && rungAt(seat.session, now) !== 'ended';

/**
 * A first page of history, and in it what has ended but stands only in its seat as yet. What nobody has recorded is in no
 * history: it is on this page however long ago it opened. Of what is recorded a later page tells, or will within seconds.
 */
function withJustEnded(seats: readonly Seat[], { items, cursor }: Page<Past>, now: EpochMs): Past[] {
  const known = new Set(items.map(({ name }) => handleOf(name)));
  const pageEndsAt = cursor === undefined ? undefined : items.at(-1)?.name.epoch;
  const justEnded = seats.flatMap((seat): Past[] => {
    const ended = seat.session && endingOf(seat.session, now);
    const name = nameOf(seat);
    if (seat.session === undefined || ended === undefined || known.has(handleOf(name))) return [];
    const isForLater = pageEndsAt !== undefined && name.epoch <= pageEndsAt && !isOpen(seat);
    return isForLater ? [] : [{ name, session: seat.session, ended }];
  });
  return [...justEnded, ...items].sort((a, b) => b.name.epoch - a.name.epoch);
}
