/**
 * The keeper: carries commands out over the ports. It guesses, writes, and lets the core decide again on what was in the
 * way; everything that it does itself is to put the writes of one command in an order whose crashes are harmless.
 */
import { assertNever } from '../assert.ts';
import { present } from '../present.ts';
import type { Command, Login, OperatorEnd, SignOfLife, StationEvent, Verdict } from '../session/commands.ts';
import { decide, guess } from '../session/decide.ts';
import { firingAt } from '../session/firing.ts';
import { endingOf } from '../session/ladder.ts';
import { decideLoginAmong } from '../session/login.ts';
import { onlySeat, type Place, seatNames } from '../session/place.ts';
import { nameOf, nextEpoch, type SeatKey, type SessionName } from '../session/seat.ts';
import { shardOf } from '../session/shards.ts';
import { type Step, verdictOf } from '../session/step.ts';
import type { EpochMs } from '../time.ts';
import { leavePanel, loginAtPanel, takeOff } from './panel.ts';
import { seatHere } from './place.ts';
import {
  type History,
  type Meter,
  type Panels,
  type Past,
  SEATS_AT_ONCE,
  type Seats,
  type Timers,
  Unavailable,
  type Written,
} from './ports.ts';
import { armOrCount } from './timers.ts';

export interface KeeperPorts {
  readonly seats: Seats;
  readonly panels: Panels;
  readonly history: History;
  readonly timers: Timers;
  readonly meter: Meter;
}

/** A verdict, with how the session ended looked up where it can still be known. */
export type Answer = Exclude<Verdict, { is: 'gone' }> | { readonly is: 'gone'; readonly past?: Past };

export interface Keeper {
  /** Throws `Unavailable`; asking again is safe. */
  hear(event: StationEvent): Promise<Answer>;
  /** Ends one session by hand. `nothing-open` if no such session was ever heard of. */
  end(name: SessionName, by: EndedBy): Promise<Answer>;
}

export type EndedBy = Pick<OperatorEnd, 'principal' | 'id' | 'note' | 'now'>;

/** Each lost race means that somebody else's write won. So many in a row mean a storm on one seat, not progress. */
const RACES_MAX = 10;

export function createKeeper(ports: KeeperPorts, options: { readonly shards: number }): Keeper {
  const { seats, panels, history, meter } = ports;
  const panelParts = { panels, seats, logIn, carryOut };

  return { hear, end };

  async function hear(event: StationEvent): Promise<Answer> {
    if (event.session !== undefined && event.session.realm !== event.station.realm) return { is: 'not-yours' };
    const known = await withPast(event.session, event.now, await dispatch(event));
    const answer: Answer = isOfAnother(event, known) ? { is: 'not-yours' } : known;
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

  function login(event: StationEvent): Promise<Verdict> {
    const { station, now, user, takeOver = false } = event;
    if (user === undefined) throw new Error('a login names its user: the edge let it through');
    const command: Login = {
      ...said(event),
      type: 'login',
      realm: station.realm,
      user,
      takeOver,
      epoch: nextEpoch(now),
    };
    return station.hasPanel ? loginAtPanel(panelParts, command) : logIn(command);
  }

  async function signOfLife(event: StationEvent, type: SignOfLife['type']): Promise<Verdict> {
    const place = await placeOf(event);
    if ('is' in place) return place;
    return carryOut({ ...said(event), type, key: place.key, ...present({ epoch: event.session?.epoch }) });
  }

  async function farewell(event: StationEvent, reason: 'logout' | 'boot'): Promise<Verdict> {
    const { session, station, user, occurredAt } = event;
    if (reason === 'boot' || (session === undefined && user === undefined)) {
      return station.hasPanel ? leavePanel(panelParts, { ...said(event), reason }) : { is: 'nothing-open' };
    }
    const place = await placeOf(event);
    const verdict =
      'is' in place
        ? place
        : await carryOut({
            ...said(event),
            type: 'farewell',
            reason,
            key: place.key,
            ...present({ epoch: session?.epoch }),
          });
    // It names no session, so it may have overtaken its login; and the seat may be another station's by now.
    if (station.hasPanel && session === undefined && occurredAt !== undefined) {
      await takeOff({ panels }, event, verdict.is === 'ended' ? nameOf(verdict.seat) : undefined);
    }
    return verdict;
  }

  /** The seat of which an event speaks: that of its session, or of its user's here, or of whoever is on the panel. */
  async function placeOf(event: StationEvent): Promise<Place> {
    const { session, station } = event;
    if (session !== undefined) return { key: { realm: session.realm, user: session.user, seat: session.seat } };
    const user = event.user ?? (station.hasPanel ? (await panels.read(station.id)).occupant?.user : undefined);
    return user === undefined ? { is: 'nothing-open' } : seatHere(seats, event, user);
  }

  async function end(name: SessionName, by: EndedBy): Promise<Answer> {
    const { epoch, ...key } = name;
    const { now } = by;
    const verdict = await carryOut({ type: 'operator-end', key, epoch, ...by });
    // The seat's item may have been garbage-collected: history remembers longer.
    const answer = await withPast(name, now, verdict.is === 'nothing-open' ? { is: 'gone' } : verdict);
    return verdict.is === 'nothing-open' && answer.is === 'gone' && answer.past === undefined ? verdict : answer;
  }

  /** Where a user may hold several seats, all of them are looked at first; where there is only one, it is guessed free. */
  async function logIn(login: Login): Promise<Verdict> {
    const names = seatNames(login);
    const only = onlySeat(login, names);
    if (only !== undefined) return settle(login, only, guess(login));
    const { realm, user, now } = login;
    for (let races = 0; races < RACES_MAX; races++) {
      const { items } = await seats.ofUser(realm, user, { limit: SEATS_AT_ONCE });
      const theirs = items.filter(({ key }) => names.includes(key.seat));
      const { seat, step } = decideLoginAmong(login, theirs, names);
      if ('verdict' in step) return step.verdict;
      const written = await attempt({ realm, user, seat }, step, now);
      if (written.won) return verdictOf(step.meaning, written.seat);
    }
    throw new Unavailable('seat');
  }

  function carryOut(command: Exclude<Command, Login>): Promise<Verdict> {
    return settle(command, command.key, guess(command));
  }

  /** Write, and decide again on what was in the way, until a write wins or nothing is left to write. */
  async function settle(command: Command, key: SeatKey, guessed: Step): Promise<Verdict> {
    let step = 'verdict' in guessed ? decide(command, await seats.read(key)) : guessed;
    for (let races = 0; ; races++) {
      if ('verdict' in step) return step.verdict;
      if (races === RACES_MAX) throw new Unavailable('seat');
      const written = await attempt(key, step, command.now);
      if (written.won) return verdictOf(step.meaning, written.seat);
      step = decide(command, written.seat);
    }
  }

  /**
   * Arms beside the write, not after it: of the two halves that a crash can leave, a timer that finds nothing is harmless,
   * and a session without a timer is announced by the backstop.
   */
  async function attempt(key: SeatKey, step: Exclude<Step, { verdict: Verdict }>, now: EpochMs): Promise<Written> {
    const arming = step.arm && armOrCount(ports, { shard: shardOf(key, options.shards), at: firingAt(step.arm, now) });
    try {
      return await seats.write(key, step.attempt);
    } finally {
      await arming;
    }
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

  function count({ type, station: { realm }, takeOver = false }: StationEvent, { is }: Answer): void {
    if (type !== 'login') return;
    if (is === 'opened') meter.add('LoginOpened', 1, { realm });
    if (is === 'taken' || is === 'overtaken')
      meter.add('LoginRefused', 1, { realm, reason: takeOver === false ? is : `${is}-again` });
  }
}

/** Once its seat has moved on, only history knows whose a session was. */
const isOfAnother = ({ station }: StationEvent, answer: Answer): boolean =>
  answer.is === 'gone' && answer.past !== undefined && answer.past.session.station !== station.id;

const said = ({ station, policy, now, id, occurredAt, signedAt }: StationEvent) => ({
  station,
  policy,
  now,
  id,
  ...present({ occurredAt, signedAt }),
});
