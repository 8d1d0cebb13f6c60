/**
 * Carrying commands out on seats: guess, write, and let the core decide again on what was in the way, until a write wins or
 * nothing is left to write.
 */
import type { Command, Login, Verdict } from '../session/commands.ts';
import { decide, guess } from '../session/decide.ts';
import { firingAt } from '../session/firing.ts';
import { decideLoginAmong, hasBeenUnderWay, OVERTAKEN } from '../session/login.ts';
import { onlySeat, seatNames, WORDS_SEAT } from '../session/place.ts';
import { nextEpoch, type SeatKey } from '../session/seat.ts';
import { shardOf } from '../session/shards.ts';
import type { Step } from '../session/step.ts';
import { isOvertaken } from '../session/word.ts';
import { type Clock, type DurationMs, durationMs, type EpochMs, since } from '../time.ts';
import { type Meter, SEATS_AT_ONCE, type Seats, type Timers, Unavailable, type Written } from './ports.ts';
import { armOrCount } from './timers.ts';

export interface Carrier {
  readonly seats: Seats;
  readonly timers: Timers;
  readonly meter: Meter;
  readonly clock: Clock;
  /** Over how many shards the deadlines are spread. */
  readonly shards: number;
}

/** Each lost race means that somebody else's write won. So many in a row mean a storm on one seat, not progress. */
export const RACES_MAX = 10;

/** How old a command's `now` may be when a write is sent. What keeps a write harmless whose flight is long: docs/decisions/0008. */
const NOW_AGE_MAX: DurationMs = durationMs(1_000);

/**
 * A login, wherever its realm lets it sit. Where a user may have several seats, all of them are looked at first.
 *
 * @param cleared no session goes on, and none is taken over, before this is done
 */
export async function logIn(carrier: Carrier, login: Login, cleared?: Promise<unknown>): Promise<Verdict> {
  const { seats } = carrier;
  const { realm, user, policy, station } = login;
  const names = seatNames(login);
  const only = onlySeat(login, names);
  if (only === undefined) return logInAmong(carrier, login, names, cleared);
  if (policy.seats === 'unlimited' && !station.hasPanel && hasBeenUnderWay(login)) {
    const words = await seats.read({ realm, user, seat: WORDS_SEAT });
    if (words !== undefined && isOvertaken(login.word, words.heard)) return OVERTAKEN;
  }
  return carryOut(carrier, login, only, cleared);
}

async function logInAmong(
  carrier: Carrier,
  asked: Login,
  names: readonly string[],
  cleared: Promise<unknown> | undefined,
): Promise<Verdict> {
  for (let races = 0; races < RACES_MAX; races++) {
    const { items } = await carrier.seats.ofUser(asked.realm, asked.user, { limit: SEATS_AT_ONCE });
    await cleared;
    const login = asOfNow(carrier, asked);
    const { key, step } = decideLoginAmong(login, items, names);
    if ('verdict' in step) return step.verdict;
    const written = await attempt(carrier, key, step, login.now);
    if (written.won) return step.verdictOf(written.seat);
  }
  throw new Unavailable('seat');
}

/** Throws `Unavailable`; asking again is safe. */
export async function carryOut(
  carrier: Carrier,
  asked: Command,
  key: SeatKey,
  cleared?: Promise<unknown>,
): Promise<Verdict> {
  let command = asOfNow(carrier, asked);
  let step = guess(command, key);
  if (step === undefined) {
    const seat = await carrier.seats.read(key);
    command = asOfNow(carrier, command);
    step = decide(command, key, seat);
  }
  for (let races = 0; ; races++) {
    if ('verdict' in step) return step.verdict;
    if (races === RACES_MAX) throw new Unavailable('seat');
    const written = await attempt(carrier, key, step, command.now);
    if (written.won) return step.verdictOf(written.seat);
    await cleared;
    command = asOfNow(carrier, command);
    step = decide(command, key, written.seat);
  }
}

/** What has waited for other answers is decided as of now: a renewal must not land long after the instant that it counts from. */
function asOfNow<C extends Command>({ clock }: Carrier, command: C): C {
  const now = clock();
  if (since(command.now, now) <= NOW_AGE_MAX) return command;
  return command.type === 'login' ? { ...command, now, epoch: nextEpoch(now) } : { ...command, now };
}

/**
 * Arms beside the write, not after it: of the two halves that a crash can leave, a timer that finds nothing is harmless,
 * and a session without a timer is announced by the backstop.
 */
async function attempt(
  carrier: Carrier,
  key: SeatKey,
  step: Exclude<Step, { verdict: Verdict }>,
  now: EpochMs,
): Promise<Written> {
  const arming =
    step.arm === undefined
      ? undefined
      : armOrCount(carrier, { shard: shardOf(key, carrier.shards), at: firingAt(step.arm, now) });
  try {
    return await carrier.seats.write(key, step.attempt);
  } finally {
    await arming;
  }
}
