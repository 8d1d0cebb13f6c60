/** Seats and sessions for the contract: as the core would make them, without a decision having been taken. */

import type { Seats } from '../../lib/service/ports.ts';
import type { Deadlines, Epoch, Latest, OpenSession, Seat, SeatKey } from '../../lib/session/seat.ts';
import { markOf } from '../../lib/session/word.ts';
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
  openedBy: 'login-1',
  due: at(60),
  ...differs,
});

export const said = (id: string, occurredAt?: EpochMs, station = 'lib-1'): Latest => ({
  station,
  id,
  ...(occurredAt === undefined ? {} : { occurredAt }),
});

export const open = (differs: Partial<OpenSession> = {}, epoch: Epoch = NOON, latest?: Latest): Change => {
  const opened = session(differs);
  return { do: 'open', epoch, session: opened, latest: latest ?? said(opened.openedBy, undefined, opened.station) };
};

export const renew = (differs: Partial<Extract<Change, { do: 'renew' }>> = {}): Change => ({
  do: 'renew',
  heardAt: at(10),
  leaseAt: at(310),
  latest: said('ping-1'),
  ...differs,
});

/** The marks of these deliveries, the newest first. */
export const marks = (...ids: string[]) => ids.map(markOf);

export const end: Change = {
  do: 'end',
  ended: { at: at(20), reason: 'logout', by: 'station:lib-1' },
  latest: said('logout-1'),
};

export const descend = (rung: Exclude<OpenSession['rung'], 'active'>, due = at(960)): Change => ({
  do: 'descend',
  rung,
  due,
});

export const absent: Condition = { if: 'absent' };
export const unchanged = ({ epoch, revision }: Seat): Condition => ({ if: 'unchanged', epoch, revision });

/** Carries changes out in order, each on whatever is there. */
export async function given(seats: Seats, ...changes: readonly Change[]): Promise<Seat> {
  let seat: Seat | undefined;
  for (const change of changes) {
    const condition = seat === undefined ? absent : unchanged(seat);
    const written = await seats.write(ana, { condition, change } satisfies Attempt);
    if (!written.won) throw new Error(`could not ${change.do}`);
    seat = written.seat;
  }
  if (seat === undefined) throw new Error('nothing was given');
  return seat;
}
