/** How a session opens: by a login, or anew under the logon of the one before. */
import { present } from '../present.ts';
import type { EpochMs } from '../time.ts';
import { type Login, type SignOfLife, saying } from './commands.ts';
import { deadlinesOf, firstDeadline, freshSigns, type SignsOfLife, slotOf } from './ladder.ts';
import { type Epoch, nextEpoch, type Occupied, type OpenSession } from './seat.ts';
import { type Step, unchanged } from './step.ts';
import type { Attempt, Condition } from './write.ts';

/** Its own first deadline passed before it arrived: whatever it opened would bring back what is over. */
export const isLate = ({ occurredAt, policy, station, now }: Login | SignOfLife): boolean =>
  occurredAt !== undefined && firstDeadline(policy, station, occurredAt) <= now;

/** Opens a session on a seat of which `condition` holds. */
export const opening = (login: Login, epoch: Epoch, condition: Condition): Step => ({
  ...open(login, epoch, condition, freshSigns(login.now), present({ pingedAt: login.signedAt })),
  meaning: 'opened',
});

/** The seat's session is dormant and its user is back: another goes on under the same logon. */
export function openingAnew(
  said: SignOfLife,
  seat: Occupied<OpenSession>,
  meaning: 'made-anew' | 'logged-on-anew',
): Step {
  const { now, type } = said;
  const { loggedOnAt } = seat.session;
  // A ping that named the session before may count for this one.
  const before = { madeAnewOf: seat.epoch, ...present({ pingedAt: seat.session.pingedAt }) };
  const signs = { ...freshSigns(now), loggedOnAt, ...(type === 'job-started' ? { jobStartedAt: now } : {}) };
  return { ...open(said, nextEpoch(now, seat.epoch), unchanged(seat), signs, before), meaning };
}

function open(
  said: Login | SignOfLife,
  epoch: Epoch,
  condition: Condition,
  signs: SignsOfLife,
  before: Pick<OpenSession, 'madeAnewOf' | 'pingedAt'> = {},
): { attempt: Attempt; arm: EpochMs } {
  const { jobStartedAt, ...facts } = signs;
  const deadlines = deadlinesOf(said.policy, said.station, signs);
  const due = slotOf(deadlines, said.policy.sweepMs);
  const session: OpenSession = {
    state: 'open',
    rung: 'active',
    station: said.station.id,
    onPanel: said.station.hasPanel,
    ...facts,
    ...before,
    deadlines,
    jobs: jobStartedAt === undefined ? 0 : 1,
    openedBy: said.id,
    due,
  };
  return { attempt: { condition, change: { do: 'open', epoch, session, latest: saying(said) } }, arm: due };
}
