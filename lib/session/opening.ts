/** How a session opens: by a login, or anew under the logon of the one before. */
import { present } from '../present.ts';
import type { EpochMs } from '../time.ts';
import type { Login, SignOfLife, Spoken } from './commands.ts';
import { type Jobs, jobIn, jobsOf, started } from './jobs.ts';
import { deadlinesOf, firstDeadline, freshSigns, type SignsOfLife, slotAt, slotOf } from './ladder.ts';
import {
  type Epoch,
  nextEpoch,
  type Occupied,
  type OpenSession,
  type Seat,
  type SeatKey,
  type SessionName,
} from './seat.ts';
import { goesOn, type Step, unchanged } from './step.ts';
import { markOf, withArrival } from './word.ts';
import type { Attempt, Condition, Hearing } from './write.ts';

/**
 * Its own first deadline passed before it arrived: what it opened would bring back what is over. A date that is only its
 * signature's tells nothing: that clock may be minutes off.
 */
export const isLate = ({ word: { at, signedAt }, policy, station, now }: Spoken): boolean =>
  at !== undefined && (signedAt === undefined || at < signedAt) && firstDeadline(policy, station, at) <= now;

/** The guess: the seat is free. */
export const openingIfFree = (login: Login, key: SeatKey): Step => {
  const { now, epoch, word } = login;
  return opening(login, key, epoch, { if: 'free', now, epoch, word }, { word });
};

/** On a seat as it was read, or on one that has no item. */
export const openingOn = (login: Login, key: SeatKey, seat: Seat | undefined): Step =>
  seat === undefined
    ? opening(login, key, login.epoch, { if: 'absent' }, { word: login.word })
    : opening(login, key, nextEpoch(login.now, seat.epoch), unchanged(seat), {
        heard: withArrival(seat.heard, login.word),
      });

const opening = (login: Login, key: SeatKey, epoch: Epoch, condition: Condition, hearing: Hearing): Step => ({
  ...open(login, { ...key, epoch }, condition, hearing, {
    signs: freshSigns(login.now),
    facts: present({ pingedAt: login.word.signedAt, userAsTyped: login.userAsTyped }),
  }),
  verdictOf: goesOn('opened'),
});

/** The seat's session is dormant and its user is back: another goes on under the same logon. */
export function openingAnew(said: SignOfLife, seat: Occupied<OpenSession>, is: 'made-anew' | 'logged-on-anew'): Step {
  const { now, type, word, policy } = said;
  const { loggedOnAt, pingedAt, seal, userAsTyped, madeAnewOf, chainFrom = madeAnewOf } = seat.session;
  const until = deadlinesOf(policy, said.station, { ...freshSigns(now), jobStartedAt: now }).jobAt;
  const starts = type === 'job-started' && until !== undefined;
  const { jobs } = jobsOf(starts ? started([], { ...jobIn(said), until }) : []);
  return {
    ...open(
      said,
      { ...seat.key, epoch: nextEpoch(now, seat.epoch) },
      unchanged(seat),
      { heard: withArrival(seat.heard, word) },
      {
        signs: { ...freshSigns(now), loggedOnAt, ...(starts ? { jobStartedAt: now } : {}) },
        // A ping that named the session before may count for this one.
        facts: {
          madeAnewOf: seat.epoch,
          ...present({ previousSeal: seal, chainFrom, pingedAt, userAsTyped }),
          ...jobs,
        },
      },
    ),
    verdictOf: goesOn(is),
  };
}

/** What is particular to a session, beside its signs of life. */
type Particulars = Pick<OpenSession, 'madeAnewOf' | 'previousSeal' | 'chainFrom' | 'pingedAt' | 'userAsTyped'> &
  Partial<Jobs>;

function open(
  said: Login | SignOfLife,
  name: SessionName,
  condition: Condition,
  hearing: Hearing,
  { signs, facts }: { readonly signs: SignsOfLife; readonly facts: Particulars },
): { attempt: Attempt; arm: EpochMs } {
  const { word, station, policy, sealOf } = said;
  const { jobStartedAt: _, ...instants } = signs;
  const deadlines = deadlinesOf(policy, station, signs);
  const due = slotOf(deadlines, policy.sweepMs);
  const session: OpenSession = {
    state: 'open',
    rung: 'active',
    station: station.id,
    onPanel: station.hasPanel,
    ...instants,
    deadlines,
    jobs: 0,
    ...facts,
    ...present({
      openedSaidAt: word.at,
      seal: sealOf?.(name),
      jobDue: deadlines.jobAt && slotAt(deadlines.jobAt, policy.sweepMs),
    }),
    openedBy: markOf(word),
    due,
  };
  return { attempt: { condition, change: { do: 'open', epoch: name.epoch, session, ...hearing } }, arm: due };
}
