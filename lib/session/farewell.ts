/** What becomes of whatever ends a session by somebody's doing: a logout, a boot, the next user, an operator. */
import { present } from '../present.ts';
import { type EpochMs, latest } from '../time.ts';
import { type Farewell, type OperatorEnd, saying } from './commands.ts';
import { endingByPolicy, rungAt } from './ladder.ts';
import { type EndedSession, isEnded, isOpen, nextEpoch, type Occupied, type OpenSession, type Seat } from './seat.ts';
import { addressed, inOrder, liveFor, type Step, unchanged } from './step.ts';
import { type Change, type Condition, isLive, isOvertaken } from './write.ts';

export function guessFarewell(farewell: Farewell): Step {
  const { epoch, id, station } = farewell;
  const repeats = epoch === undefined ? { unlessPreviousId: id } : {};
  const heardAtMost = farewell.now;
  return end(farewell, { ...liveFor(farewell), ...inOrder(farewell), ...repeats, station: station.id, heardAtMost });
}

export const guessOperatorEnd = (command: OperatorEnd): Step =>
  end(command, { if: 'live', now: command.now, epoch: command.epoch, heardAtMost: command.now });

export function decideFarewell(farewell: Farewell, seat: Seat | undefined): Step {
  const there = addressed(farewell, seat);
  if (!('verdict' in there)) {
    const isStale = isOvertaken(there, saying(farewell)) || endedTheLast(farewell, there);
    return isStale ? { verdict: { is: 'stale' } } : end(farewell, unchanged(there), there);
  }
  if (isEnded(seat) && isMyFarewell(farewell, seat)) return { verdict: { is: 'ended', seat } };
  if (mayHaveOvertaken(farewell, seat)) return remember(farewell, seat);
  if (there.verdict.is !== 'gone') return there;
  const { seat: over } = there.verdict;
  if (over === undefined) return { verdict: { is: 'stale' } };
  return isOpen(over) && farewell.reason === 'logout' ? recordEnd(over) : there;
}

/** A repeat of what ended the session before this one. One that names its session is told by that. */
const endedTheLast = ({ epoch, id }: Farewell, seat: Seat): boolean =>
  epoch === undefined && seat.previousLatest?.id === id;

const isMyFarewell = ({ id, reason, station }: Farewell, { latest, session }: Occupied<EndedSession>): boolean =>
  latest.id === id && session.station === station.id && session.ended.reason === reason;

/** A logout that names no session may have overtaken its login: where nobody sits, what its station said is kept. */
const mayHaveOvertaken = (farewell: Farewell, seat: Seat | undefined): boolean =>
  farewell.epoch === undefined &&
  farewell.occurredAt !== undefined &&
  (seat === undefined ||
    (!isLive(seat, farewell.now) && seat.latest.id !== farewell.id && !isOvertaken(seat, saying(farewell))));

function remember(farewell: Farewell, seat: Seat | undefined): Step {
  // A session that has ended goes on being known by its epoch.
  const epoch = seat?.session === undefined ? nextEpoch(farewell.now, seat?.epoch) : seat.epoch;
  // What another station said last may have overtaken something too.
  const previousLatest = seat?.latest.station === farewell.station.id ? undefined : seat?.latest;
  return {
    attempt: {
      condition: seat === undefined ? { if: 'absent' } : unchanged(seat),
      change: { do: 'keep-word', epoch, latest: saying(farewell), ...present({ previousLatest }) },
    },
    meaning: 'word-kept',
  };
}

export function decideOperatorEnd(command: OperatorEnd, seat: Seat | undefined): Step {
  if (seat?.session === undefined || seat.epoch < command.epoch) return { verdict: { is: 'nothing-open' } };
  if (seat.epoch > command.epoch) return { verdict: { is: 'gone' } };
  if (isOpen(seat) && rungAt(seat.session, command.now) !== 'ended') return end(command, unchanged(seat), seat);
  if (isOpen(seat)) return recordEnd(seat);
  return {
    verdict: isEnded(seat) && isMyEnd(command, seat) ? { is: 'ended', seat } : { is: 'gone', seat },
  };
}

/** Its time was up, by this clock: whoever wants it ended is told so, and no clock that is behind may renew it after that. */
const recordEnd = (seat: Occupied<OpenSession>): Step => ({
  attempt: { condition: unchanged(seat), change: { do: 'end', ended: endingByPolicy(seat.session.deadlines) } },
  meaning: 'found-ended',
});

/** A write that happened although it reported an error, met again. */
const isMyEnd = (command: OperatorEnd, { session: { ended } }: Occupied<EndedSession>): boolean =>
  ended.by === operatorName(command) && ended.request === command.id;

/** Clocks differ: a session ends no earlier than it was heard of. */
const endedAt = ({ now }: Farewell | OperatorEnd, seat: Occupied | undefined): EpochMs =>
  seat === undefined ? now : latest(now, seat.session.heardAt);

function end(command: Farewell | OperatorEnd, condition: Condition, seat?: Occupied): Step {
  const at = endedAt(command, seat);
  const change: Change =
    command.type === 'farewell'
      ? {
          do: 'end',
          ended: { at, reason: command.reason, by: `station:${command.station.id}` },
          latest: saying(command),
        }
      : {
          do: 'end',
          ended: {
            at,
            reason: 'operator',
            by: operatorName(command),
            request: command.id,
            ...present({ note: command.note }),
          },
        };
  return { attempt: { condition, change }, meaning: 'ended' };
}

const operatorName = ({ principal }: OperatorEnd): string => `operator:${principal}`;
