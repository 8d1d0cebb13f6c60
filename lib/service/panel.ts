/**
 * What a panel adds: one user at a time stands at it. So a login of another user there, even one that is refused, proves
 * that the last one has left, and a station can log out "whoever is here".
 *
 * The panel's item is a hint, written in an order whose crashes are harmless: a panel may name a session that never
 * opened; a session that no panel names still ends by its lease.
 */
import { present } from '../present.ts';
import { type Farewell, type Login, saying, type Verdict } from '../session/commands.ts';
import { CLOCK_MARGIN } from '../session/ladder.ts';
import { isLate } from '../session/opening.ts';
import type { Epoch, SeatKey } from '../session/seat.ts';
import { after, before, DAY, durationMs, type EpochMs } from '../time.ts';
import { seatHere } from './place.ts';
import type { Occupant, PanelAnswer, Panels, Seats } from './ports.ts';

export interface PanelParts {
  readonly panels: Panels;
  readonly seats: Pick<Seats, 'ofUser'>;
  readonly logIn: (login: Login) => Promise<Verdict>;
  readonly carryOut: (command: Farewell) => Promise<Verdict>;
}

const OVERTAKEN: Verdict = { is: 'overtaken', why: 'newer-event' };

/** A login at a station with a panel: seat and panel in one round trip. */
export async function loginAtPanel(parts: PanelParts, login: Login): Promise<Verdict> {
  const { panels, logIn, carryOut } = parts;
  // One that is too late to open anything is no news of who is on the panel either.
  if (isLate(login)) return logIn(login);

  const { realm, user } = login;
  const arrival: Occupant = { realm, user, epoch: login.epoch };
  const said = saying(login);
  const until = keepUntil(login);
  const occupying = panels.occupy(arrival, said, until);
  if (hasBeenUnderWay(login) && isOvertaken(await occupying, user)) return OVERTAKEN;
  const [verdict, panel] = await both(logIn(login), occupying);

  if (isOvertaken(panel, user)) {
    // Only now is it known that somebody else has stood here since: what has been opened is over.
    const reason = panel.current === undefined ? 'logout' : 'next-user';
    if (verdict.is === 'opened') await carryOut(leaving(login, verdict.seat.key, reason, verdict.seat.epoch));
    return OVERTAKEN;
  }
  if (!panel.won) return verdict;
  const { previous } = panel;
  if (isRepeat(verdict, previous)) {
    // The panel goes back to whoever has been on it since this login was first heard.
    if (previous === undefined) await panels.vacate(said.station, arrival);
    else await panels.occupy(previous, said, until);
    return verdict;
  }
  if (previous !== undefined && previous.user !== user) {
    await leave(parts, { ...login, reason: 'next-user' }, previous);
  }
  if ('seat' in verdict && verdict.seat !== undefined && verdict.seat.epoch !== login.epoch) {
    // The panel was told the epoch that the guess asked for; whoever vacates it goes by the session's own.
    await panels.occupy({ ...arrival, epoch: verdict.seat.epoch }, said, until);
  }
  return verdict;
}

/** Both, or the error of one, but not before the other is settled too: nothing goes on behind an answer. */
async function both<A, B>(one: Promise<A>, other: Promise<B>): Promise<[A, B]> {
  await Promise.allSettled([one, other]);
  return [await one, await other];
}

/** One that has been long under way may well have been overtaken: the panel is asked before anything is opened. */
const hasBeenUnderWay = ({ occurredAt, now }: Login): boolean =>
  occurredAt !== undefined && occurredAt < before(now, CLOCK_MARGIN);

const isOvertaken = (panel: PanelAnswer, user: string): panel is Extract<PanelAnswer, { won: false }> =>
  !panel.won && panel.current?.user !== user;

/** A login that was heard before, and whose user somebody may have followed since. */
const isRepeat = (verdict: Verdict, previous: Occupant | undefined): boolean =>
  verdict.is === 'gone' || (verdict.is === 'repeated' && previous !== undefined && previous.epoch > verdict.seat.epoch);

/** What a station says that ends whatever is open on its panel. A repeat means whoever left by it the first time. */
export async function leavePanel(parts: PanelParts, said: Leaving): Promise<Verdict> {
  const { panels } = parts;
  const { occupant, left } = await panels.read(said.station.id);
  const isRepeated = left?.id === said.id;
  const leaver = isRepeated ? left.occupant : occupant;
  // They have left already: only that very session is meant, whatever they have opened here since.
  const epoch = isRepeated ? leaver?.epoch : undefined;
  // First, so that a repeat after a crash means whoever it was, and not whoever has come since.
  const isNews = isRepeated || (await panels.leave(saying(said), occupant, keepUntil(said)));
  const verdict: Verdict = leaver === undefined ? { is: 'nothing-open' } : await leave(parts, said, leaver, epoch);
  if (isNews && leaver !== undefined) await panels.vacate(said.station.id, leaver);
  return verdict;
}

/** Ends what this occupant has here, if it is of that epoch. */
async function leave(
  { seats, carryOut }: PanelParts,
  said: Leaving,
  { user }: Occupant,
  epoch?: Epoch,
): Promise<Verdict> {
  const place = await seatHere(seats, said, user);
  return 'is' in place ? place : carryOut(leaving(said, place.key, said.reason, epoch));
}

/** Keeps on the panel that its occupant has left, and takes them off it, unless somebody has come since. */
export async function takeOff(
  { panels }: Pick<PanelParts, 'panels'>,
  said: Omit<Leaving, 'reason'>,
  occupant: Occupant | undefined,
): Promise<void> {
  const isNews = await panels.leave(saying(said), occupant, keepUntil(said));
  if (isNews && occupant !== undefined) await panels.vacate(said.station.id, occupant);
}

/** Past the latest that a session on the panel can end it stays a week, as its seat does. */
const keepUntil = ({ now, policy }: Pick<Leaving, 'now' | 'policy'>): EpochMs =>
  after(now, durationMs(policy.maximumMs + 7 * DAY));

type Leaving = Omit<Farewell, 'type' | 'key' | 'epoch'>;

const leaving = (
  { station, policy, now, id, occurredAt, signedAt }: Omit<Leaving, 'reason'>,
  key: SeatKey,
  reason: Farewell['reason'],
  epoch?: number,
): Farewell => ({
  type: 'farewell',
  station,
  policy,
  now,
  id,
  key,
  reason,
  ...present({ occurredAt, signedAt, epoch }),
});
