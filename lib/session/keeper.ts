/**
 * The keeper: carries commands out over the ports. It guesses, writes, and lets the core decide again on what was in the
 * way; everything that it does itself is to put the writes of one command in an order whose crashes are harmless.
 */
import { assertNever } from '../assert.ts';
import { before, type EpochMs } from '../time.ts';
import {
  type Command,
  type Farewell,
  type Login,
  type SignOfLife,
  type Station,
  saying,
  type Verdict,
} from './commands.ts';
import { decide, guess, verdictOf } from './decide.ts';
import { CLOCK_MARGIN, endingOf } from './ladder.ts';
import type { Policy } from './policy.ts';
import {
  type History,
  type Meter,
  type Occupant,
  type Occupied,
  type Panels,
  type Past,
  type Seats,
  type Timers,
  Unavailable,
} from './ports.ts';
import { nameOf, nextEpoch, type SeatKey, type SessionName } from './session.ts';
import { armOrCount, firingAt, shardOf } from './timers.ts';

export type Realms = ReadonlyMap<string, Policy>;

export interface KeeperPorts {
  readonly seats: Seats;
  readonly panels: Panels;
  readonly history: History;
  readonly timers: Timers;
  readonly meter: Meter;
}

/** What a station said, understood and authenticated, but not yet decided. */
export interface StationEvent {
  readonly type: Login['type'] | SignOfLife['type'] | 'logout' | 'boot';
  readonly station: Station;
  readonly policy: Policy;
  readonly now: EpochMs;
  readonly id: string;
  readonly occurredAt?: EpochMs;
  /** The session that it speaks of. Without one, the user's here; without either, the one on the panel. */
  readonly session?: SessionName;
  readonly user?: string;
  readonly takeOver?: boolean;
}

/** A verdict, with how the session ended looked up where it can still be known. */
export type Answer = Exclude<Verdict, { is: 'gone' }> | { readonly is: 'gone'; readonly past?: Past };

export interface Keeper {
  /** Throws `Unavailable`; asking again is safe. */
  hear(event: StationEvent): Promise<Answer>;
  /** Ends one session by hand. `nothing-open` if no such session was ever heard of. */
  end(name: SessionName, by: { principal: string; note?: string; now: EpochMs }): Promise<Answer>;
}

/** Each lost race means that somebody else's write won. So many in a row mean a storm on one seat, not progress. */
const RACES_MAX = 10;

export function createKeeper(ports: KeeperPorts, options: { readonly shards: number }): Keeper {
  const { seats, panels, history, meter } = ports;

  return { hear, end };

  async function hear(event: StationEvent): Promise<Answer> {
    if (event.session !== undefined && event.session.realm !== event.station.realm) return { is: 'not-yours' };
    const answer = await withPast(event.session, event.now, await dispatch(event));
    count(event, answer);
    return answer;
  }

  function dispatch(event: StationEvent): Promise<Verdict> {
    switch (event.type) {
      case 'login':
        return login(event);
      case 'logout':
        return farewell(event, 'logout');
      case 'boot':
        return farewell(event, 'boot');
      case 'ping':
      case 'activity':
      case 'job-started':
      case 'job-ended':
        return signOfLife(event, event.type);
      default:
        return assertNever(event.type);
    }
  }

  async function login(event: StationEvent): Promise<Verdict> {
    const { station, now, occurredAt, takeOver = false } = event;
    const user = event.user;
    if (user === undefined) throw new Error('a login names its user: the edge let it through');
    const epoch = nextEpoch(now);
    const command: Login = { ...said(event), type: 'login', key: seatKey(station.realm, user), takeOver, epoch };
    if (!station.hasPanel) return carryOut(command);

    // One that is too late to open anything is no news of who is on the panel either.
    if ('verdict' in guess(command)) return carryOut(command);

    // The seat and the panel in one round trip. Which of them a crash leaves undone is harmless: a panel may name a
    // session that never opened; a session that no panel names still ends by its lease.
    const occupying = panels.occupy({ realm: station.realm, user, epoch }, saying(event));
    const isOvertaken = (occupied: Occupied) => !occupied.won && occupied.current?.user !== user;
    // One that has been long under way is likely to have been overtaken: look before it opens anything.
    if (occurredAt !== undefined && occurredAt < before(now, CLOCK_MARGIN) && isOvertaken(await occupying)) {
      return { is: 'overtaken', why: 'newer-event' };
    }
    const [verdict, occupied] = await Promise.all([carryOut(command), occupying]);
    if (isOvertaken(occupied)) {
      const reason = !occupied.won && occupied.current === undefined ? 'logout' : 'next-user';
      if (verdict.is === 'opened') await carryOut(leaving(event, command.key, reason, verdict.seat.epoch));
      return { is: 'overtaken', why: 'newer-event' };
    }
    if (occupied.won && isRepeat(verdict, occupied.previous)) {
      // The panel goes back to whoever has been on it since this login was first heard.
      if (occupied.previous === undefined) await panels.vacate(station.id, { realm: station.realm, user, epoch });
      else await panels.occupy(occupied.previous, saying(event));
      return verdict;
    }
    if (occupied.won && occupied.previous !== undefined && occupied.previous.user !== user) {
      // Refused or not, this login proves that whoever was on the panel has left it.
      await carryOut(leaving(event, keyOf(occupied.previous), 'next-user'));
    }
    // The panel was told the epoch that the guess asked for; whoever vacates it goes by the session's own.
    const seat = 'seat' in verdict ? verdict.seat : undefined;
    if (seat !== undefined && seat.epoch !== epoch) {
      await panels.occupy({ realm: station.realm, user, epoch: seat.epoch }, saying(event));
    }
    return verdict;
  }

  async function signOfLife(event: StationEvent, type: SignOfLife['type']): Promise<Verdict> {
    const key = await addressOf(event);
    return key === undefined ? { is: 'nothing-open' } : carryOut({ ...said(event), type, key, ...epochOf(event) });
  }

  async function farewell(event: StationEvent, reason: 'logout' | 'boot'): Promise<Verdict> {
    const key = await addressOf(event);
    const verdict: Verdict =
      key === undefined ? { is: 'nothing-open' } : await carryOut(leaving(event, key, reason, event.session?.epoch));
    // Last, so that a repeat after a crash still finds whom to end. What it overtook must find the panel left.
    const byPanel = event.station.hasPanel && event.session === undefined;
    if (byPanel && (reason === 'boot' || event.occurredAt !== undefined)) await panels.leave(saying(event));
    return verdict;
  }

  /** The seat that an event speaks of. */
  async function addressOf({ session, user, station }: StationEvent): Promise<SeatKey | undefined> {
    if (session !== undefined) return { realm: session.realm, user: session.user, seat: session.seat };
    if (user !== undefined) return seatKey(station.realm, user);
    if (!station.hasPanel) return undefined;
    const occupant = await panels.read(station.id);
    return occupant === undefined ? undefined : keyOf(occupant);
  }

  async function end(
    name: SessionName,
    { principal, note, now }: { principal: string; note?: string; now: EpochMs },
  ): Promise<Answer> {
    const { epoch, ...key } = name;
    const noted = note === undefined ? {} : { note };
    const answer = await withPast(
      name,
      now,
      await carryOut({ type: 'operator-end', key, epoch, principal, now, ...noted }),
    );
    return answer.is === 'gone' && answer.past === undefined ? { is: 'nothing-open' } : answer;
  }

  /** Guess, write, decide again on what was in the way, until a write wins or nothing is left to write. */
  async function carryOut(command: Command): Promise<Verdict> {
    let step = guess(command);
    if ('verdict' in step) step = decide(command, await seats.read(command.key));
    for (let races = 0; races < RACES_MAX; races++) {
      if ('verdict' in step) return step.verdict;
      // Beside the write, not after it: of the two halves that a crash can leave, a timer that finds nothing is harmless,
      // and a session without a timer is announced by the backstop.
      const { now, key } = command;
      const arming =
        step.arm && armOrCount(ports, { shard: shardOf(key, options.shards), at: firingAt(step.arm, now) });
      try {
        const written = await seats.write(command.key, step.attempt);
        if (written.won) return verdictOf(step.meaning, written.seat);
        step = decide(command, written.seat);
      } finally {
        await arming;
      }
    }
    throw new Unavailable('seat');
  }

  /** Finds out how a session that is gone ended: its seat knows, or, if that has moved on, history does. */
  async function withPast(name: SessionName | undefined, now: EpochMs, verdict: Verdict): Promise<Answer> {
    if (verdict.is !== 'gone') return verdict;
    const session = verdict.seat?.session;
    const ended = session && endingOf(session, now);
    if (verdict.seat !== undefined && session !== undefined && ended !== undefined) {
      return { is: 'gone', past: { name: nameOf(verdict.seat), session, ended } };
    }
    const past = name === undefined ? undefined : await history.find(name);
    return past === undefined ? { is: 'gone' } : { is: 'gone', past };
  }

  function count({ type, station: { realm }, takeOver }: StationEvent, { is }: Answer): void {
    if (type !== 'login') return;
    if (is === 'opened') meter.add('LoginOpened', 1, { realm });
    if (is === 'taken' || is === 'overtaken')
      meter.add('LoginRefused', 1, { realm, reason: takeOver ? `${is}-again` : is });
  }
}

/** Whether a login was heard before, and somebody has come to the panel since: epochs are instants. */
const isRepeat = (verdict: Verdict, previous: Occupant | undefined): boolean =>
  verdict.is === 'gone' || (verdict.is === 'repeated' && previous !== undefined && previous.epoch > verdict.seat.epoch);

/** Where a realm gives each user one seat, this is it. */
const seatKey = (realm: string, user: string): SeatKey => ({ realm, user, seat: '0' });
const keyOf = ({ realm, user }: Occupant): SeatKey => seatKey(realm, user);

const said = ({ station, policy, now, id, occurredAt }: StationEvent) => ({
  station,
  policy,
  now,
  id,
  ...(occurredAt === undefined ? {} : { occurredAt }),
});

const epochOf = ({ session }: StationEvent) => (session === undefined ? {} : { epoch: session.epoch });

const leaving = (event: StationEvent, key: SeatKey, reason: Farewell['reason'], epoch?: number): Farewell => ({
  ...said(event),
  type: 'farewell',
  key,
  reason,
  ...(epoch === undefined ? {} : { epoch }),
});
