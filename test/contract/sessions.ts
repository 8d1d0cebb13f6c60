/** Seats, sessions and words for the contract: as the core would make them, without a decision having been taken. */

import { present } from '../../lib/present.ts';
import type { Seats } from '../../lib/service/ports.ts';
import type { Deadlines, Epoch, OpenSession, Seat, SeatKey } from '../../lib/session/seat.ts';
import { type EventType, type Heard, markOf, tagOf, type Word } from '../../lib/session/word.ts';
import type { Attempt, Change, Condition } from '../../lib/session/write.ts';
import { after, durationMs, type EpochMs, epochMs } from '../../lib/time.ts';

/** Thursday, 19 November 2026, 14:00 UTC. */
export const NOON: EpochMs = epochMs(Date.UTC(2026, 10, 19, 14));

export const at = (seconds: number): EpochMs => after(NOON, durationMs(seconds * 1_000));

export const ana: SeatKey = { realm: 'campus-print', user: 'ana', seat: '0' };

export const deadlines: Deadlines = { idleAt: at(30), leaseAt: at(300), maximumAt: at(43_200) };

/** Of a session that lingers at 30 s, loses its seat at 300 s, fails over until 900 s and is remembered until 28 800 s. */
export const everyDeadline: Deadlines = {
  lingerAt: at(30),
  leaseAt: at(300),
  maximumAt: at(43_200),
  failoverMs: durationMs(600_000),
  rememberedUntil: at(28_800),
};

/** A delivery's id, which begins with what it says. */
export type Id = `${EventType}-${string}`;

/** What a station said, and when, if it dates what it says. */
export const said = (id: Id, at?: EpochMs, station = 'lib-1'): Word => ({
  type: id.slice(0, id.lastIndexOf('-')) as EventType,
  station,
  id,
  ...present({ at }),
});

/** The marks of these words of one station, the newest first. */
export const marks = (...ids: Id[]) => ids.map((id) => markOf(said(id)));

/** The last words of lib-1: turns, others, and its newest date. */
export const heard = (turns: readonly Id[], others: readonly Id[] = [], at?: EpochMs): Heard => ({
  turns: marks(...turns),
  others: marks(...others),
  dates: [dated('lib-1', at)],
});

export const dated = (station: string, at?: EpochMs) => ({ station: tagOf(station), ...present({ at }) });

export const session = (differs: Partial<OpenSession> = {}): OpenSession => ({
  state: 'open',
  rung: 'active',
  station: 'lib-1',
  onPanel: true,
  openedAt: NOON,
  activeAt: NOON,
  heardAt: NOON,
  loggedOnAt: NOON,
  deadlines,
  jobs: 0,
  openedBy: markOf(said('login-1')),
  due: at(60),
  ...differs,
});

type Of<Do extends Change['do']> = Extract<Change, { do: Do }>;
/** As a guess has it: with the word that it adds to what is remembered. */
type Guess<Do extends 'open' | 'end'> = Of<Do> & { readonly word: Word; readonly heard?: undefined };

/** A session opens by this word. */
export const open = (
  differs: Partial<OpenSession> = {},
  epoch: Epoch = NOON,
  word = said('login-1'),
): Guess<'open'> => ({
  do: 'open',
  epoch,
  session: session({ station: word.station, openedBy: markOf(word), ...differs }),
  word,
});

/** Decided on what was read: it says all that is remembered from then on. */
export const knowing = ({ word: _, ...change }: Of<'open'> | Of<'end'>, heard: Heard): Change =>
  ({ ...change, heard }) as Change;

export const renew = (differs: Partial<Of<'renew'>> = {}): Of<'renew'> => ({
  do: 'renew',
  heardAt: at(10),
  leaseAt: at(310),
  ...(differs as object),
});

export const end: Guess<'end'> = {
  do: 'end',
  ended: { at: at(20), reason: 'logout', by: 'station:lib-1' },
  word: said('logout-1'),
};

export const keepWord = (what: Heard = heard(['logout-1'], [], at(1)), epoch: Epoch = NOON): Of<'keep-word'> => ({
  do: 'keep-word',
  epoch,
  heard: what,
});

export const descend = (rung: Exclude<OpenSession['rung'], 'active'>, due = at(960)): Of<'descend'> => ({
  do: 'descend',
  rung,
  due,
});

export const absent: Condition = { if: 'absent' };
export const unchanged = ({ epoch, revision }: Seat): Condition => ({ if: 'unchanged', epoch, revision });

export const live = (
  differs: Partial<Extract<Condition, { if: 'live' }>> = {},
): Extract<Condition, { if: 'live' }> => ({
  if: 'live',
  now: at(10),
  ...differs,
});

export const free = (
  differs: Partial<Extract<Condition, { if: 'free' }>> = {},
): Extract<Condition, { if: 'free' }> => ({
  if: 'free',
  now: at(40),
  epoch: at(40),
  word: said('login-2', undefined, 'lib-2'),
  ...differs,
});

/** Carries changes out in order, each on whatever is there. */
export async function given(seats: Seats, ...changes: readonly Change[]): Promise<Seat> {
  let seat: Seat | undefined;
  for (const change of changes) {
    const condition = seat === undefined ? absent : unchanged(seat);
    seat = await on(seats, condition, change);
  }
  if (seat === undefined) throw new Error('nothing was given');
  return seat;
}

/** Carries one change out that is sure to win. */
export async function on(seats: Seats, condition: Condition, change: Change): Promise<Seat> {
  const written = await seats.write(ana, { condition, change } satisfies Attempt);
  if (!written.won) throw new Error(`could not ${change.do}`);
  return written.seat;
}
