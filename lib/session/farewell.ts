/** What ends a session by somebody's doing: a logout, a boot, the next user, an operator. */
import { present } from '../present.ts';
import { type EpochMs, latest } from '../time.ts';
import { epochIn } from './about.ts';
import type { Farewell, OperatorEnd } from './commands.ts';
import { endingByPolicy } from './ladder.ts';
import { type Ending, isEnded, nextEpoch, type Occupied, type OpenSession, type Seat } from './seat.ts';
import { gone, hasEnded, type Step, say, unchanged } from './step.ts';
import { markOf, NOTHING_HEARD, withDeparture, withTurn } from './word.ts';
import type { Condition } from './write.ts';

/** Right whenever the session is live and the farewell is news. One that is not, and says which session it means, is decided. */
export function guessFarewell(farewell: Farewell): Step {
  const { now, of, word, station } = farewell;
  const condition: Condition = {
    if: 'live',
    now,
    ...of,
    word,
    station: station.id,
    heardAtMost: now,
  };
  return {
    attempt: { condition, change: { do: 'end', ended: endingBy(farewell, now), word } },
    verdictOf: hasEnded,
  };
}

export function endOn(farewell: Farewell, seat: Occupied<OpenSession>): Step {
  const ended = endingBy(farewell, latest(farewell.now, seat.session.heardAt));
  const heard = withDeparture(seat.heard, farewell.word);
  return { attempt: { condition: unchanged(seat), change: { do: 'end', ended, heard } }, verdictOf: hasEnded };
}

const endingBy = ({ reason, station, word }: Farewell, at: EpochMs): Ending => ({
  at,
  reason,
  by: `station:${station.id}`,
  request: markOf(word),
});

/** Its end is recorded: was it by this very farewell? */
export const tellEnded = ({ word, now }: Farewell, seat: Seat): Step =>
  isEnded(seat) && seat.session.ended.request === markOf(word) ? say({ is: 'ended', seat }) : say(gone(seat, now));

/**
 * Its time is up by this clock, and somebody is told so: no clock that is behind may renew it after that. A farewell that
 * names no session is kept with it, for it may have overtaken a login.
 */
export function recordEnd(
  { now, farewell }: { readonly now: EpochMs; readonly farewell?: Farewell },
  seat: Occupied<OpenSession>,
): Step {
  const ended = endingByPolicy(seat.session.deadlines);
  const heard = farewell === undefined ? {} : { heard: withDeparture(seat.heard, farewell.word) };
  return {
    attempt: { condition: unchanged(seat), change: { do: 'end', ended, ...heard } },
    verdictOf: (after) => gone(after, now),
  };
}

/** It names no session, and none is here: it may have overtaken its login, and if it is dated it is kept. */
export function keepWord(farewell: Farewell, seat: Seat | undefined): Step {
  const { now, word, station } = farewell;
  const tell = (now_: Seat | undefined) =>
    now_?.session?.station === station.id ? gone(now_, now) : ({ is: 'nothing-open' } as const);
  if (word.at === undefined || epochIn(farewell) !== undefined) return say(tell(seat));
  return {
    attempt: {
      condition: seat === undefined ? { if: 'absent' } : unchanged(seat),
      change: {
        do: 'keep-word',
        // A session that has ended goes on being known by its epoch.
        epoch: seat?.session === undefined ? nextEpoch(now, seat?.epoch) : seat.epoch,
        heard: withTurn(seat?.heard ?? NOTHING_HEARD, word),
      },
    },
    verdictOf: tell,
  };
}

// --- operators

export const guessOperatorEnd = (command: OperatorEnd): Step => ({
  attempt: {
    condition: { if: 'live', now: command.now, epoch: command.epoch, heardAtMost: command.now },
    change: { do: 'end', ended: endingByOperator(command, command.now) },
  },
  verdictOf: hasEnded,
});

export const operatorEndOn = (command: OperatorEnd, seat: Occupied<OpenSession>): Step => ({
  attempt: {
    condition: unchanged(seat),
    // Clocks differ: a session ends no earlier than it was heard of.
    change: { do: 'end', ended: endingByOperator(command, latest(command.now, seat.session.heardAt)) },
  },
  verdictOf: hasEnded,
});

const endingByOperator = (command: OperatorEnd, at: EpochMs): Ending => ({
  at,
  reason: 'operator',
  by: operatorName(command),
  request: command.id,
  ...present({ note: command.note }),
});

/** A write that happened although it reported an error is met again. */
export const tellOperator = (command: OperatorEnd, seat: Seat): Step =>
  isEnded(seat) && seat.session.ended.by === operatorName(command) && seat.session.ended.request === command.id
    ? say({ is: 'ended', seat })
    : say(gone(seat, command.now));

const operatorName = ({ principal }: OperatorEnd): string => `operator:${principal}`;
