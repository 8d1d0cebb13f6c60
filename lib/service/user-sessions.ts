/** What is known of a user: the sessions that go on, and those that have ended, whether or not anybody has recorded it. */
import { handleOf } from '../session/handle.ts';
import { endingOf, rungAt } from '../session/ladder.ts';
import { isOpen, nameOf, type Past, type Seat } from '../session/seat.ts';
import type { EpochMs } from '../time.ts';
import type { LiveSeat } from './live.ts';
import type { History, Page, Seats } from './ports.ts';

export interface UserSessions {
  /** They hold a seat, or may still be made anew. */
  readonly live: readonly LiveSeat[];
  /** Newest first. */
  readonly past: Page<Past>;
}

export async function sessionsOfUser(
  ports: { readonly seats: Seats; readonly history: History },
  { realm, user }: { readonly realm: string; readonly user: string },
  query: { readonly limit: number; readonly cursor?: string; readonly now: EpochMs },
): Promise<UserSessions> {
  const { now, ...page } = query;
  const [seats, history] = await Promise.all([
    ports.seats.ofUser(realm, user),
    ports.history.ofUser(realm, user, page),
  ]);
  return {
    live: seats.filter((seat) => goesOn(seat, now)),
    past: { ...history, items: withJustEnded(query.cursor === undefined ? seats : [], history, now) },
  };
}

const goesOn = (seat: Seat, now: EpochMs): seat is LiveSeat => isOpen(seat) && rungAt(seat.session, now) !== 'ended';

/**
 * A first page of history, and before it what has ended but stands only in its seat as yet: no sweep or stream has come
 * by. Seats of which a later page tells are left to that.
 */
function withJustEnded(seats: readonly Seat[], { items, cursor }: Page<Past>, now: EpochMs): Past[] {
  const known = new Set(items.map(({ name }) => handleOf(name)));
  const pageEndsAt = cursor === undefined ? undefined : items.at(-1)?.ended.at;
  const justEnded = seats.flatMap((seat): Past[] => {
    const ended = seat.session && endingOf(seat.session, now);
    const name = nameOf(seat);
    if (seat.session === undefined || ended === undefined || known.has(handleOf(name))) return [];
    return pageEndsAt !== undefined && ended.at <= pageEndsAt ? [] : [{ name, session: seat.session, ended }];
  });
  return [...justEnded, ...items].sort((a, b) => b.ended.at - a.ended.at);
}
