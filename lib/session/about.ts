/** Which session a word is about, and how that one stands. */
import { assertNever } from '../assert.ts';
import type { Farewell, SignOfLife } from './commands.ts';
import { rungAt } from './ladder.ts';
import { type Epoch, isOpen, type Occupied, type Seat } from './seat.ts';

/** How what is on the seat stands to a word that is about it. */
export type About =
  /** There is nothing here that it could be about. */
  | 'nothing'
  /** The session that it names has given way to another. */
  | 'replaced'
  /** The session that it names is another station's. */
  | 'theirs'
  | 'active'
  | 'lingering'
  /** It has lost its seat, though not for good. */
  | 'dormant'
  /** Its time is up, and nobody has recorded that yet. */
  | 'over'
  /** Its end is recorded. */
  | 'ended';

export function aboutOf(said: SignOfLife | Farewell, seat: Seat | undefined): About {
  const named = epochIn(said);
  if (!isOccupied(seat)) return named === undefined ? 'nothing' : 'replaced';
  if (named !== undefined && named !== seat.epoch && !wentOnFrom(said, named, seat)) {
    return named < seat.epoch ? 'replaced' : 'nothing';
  }
  const { session } = seat;
  if (session.station !== said.station.id) return named === undefined ? 'nothing' : 'theirs';
  if (!isOfThose(said, seat)) return 'replaced';
  if (!isOpen(seat)) return 'ended';
  const rung = rungAt(seat.session, said.now);
  switch (rung) {
    case 'active':
    case 'lingering':
      return rung;
    case 'failover':
    case 'remembered':
      return 'dormant';
    case 'ended':
      return 'over';
    default:
      return assertNever(rung);
  }
}

export const epochIn = (said: SignOfLife | Farewell): Epoch | undefined =>
  said.type === 'farewell' ? (said.of !== undefined && 'epoch' in said.of ? said.of.epoch : undefined) : said.epoch;

const isOccupied = (seat: Seat | undefined): seat is Occupied => seat?.session !== undefined;

/**
 * A session that was made anew goes on under the name of the one before: its station may not have heard the new one. To
 * end it, any name of those that have followed one another so will do: its user was told that they are out.
 */
function wentOnFrom(said: SignOfLife | Farewell, named: Epoch, { epoch, session }: Occupied): boolean {
  const { madeAnewOf, chainFrom = madeAnewOf } = session;
  if (madeAnewOf === undefined || chainFrom === undefined) return false;
  return said.type === 'farewell' ? chainFrom <= named && named < epoch : named === madeAnewOf;
}

/** A farewell may be about one session and no later one. */
function isOfThose(said: SignOfLife | Farewell, { epoch, session }: Occupied): boolean {
  if (said.type !== 'farewell' || said.of === undefined) return true;
  if ('openedBy' in said.of) return session.openedBy === said.of.openedBy;
  return 'epochAtMost' in said.of ? epoch <= said.of.epochAtMost : true;
}
