/** The keeper: hears what stations say and what operators ask, finds the seat that is meant, and has it carried out. */
import { assertNever } from '../assert.ts';
import { present } from '../present.ts';
import type { Login, OperatorEnd, SignOfLife, Spoken, StationEvent, Verdict } from '../session/commands.ts';
import type { Place } from '../session/place.ts';
import { nextEpoch, type SessionName } from '../session/seat.ts';
import { wordOf } from '../session/word.ts';
import { type Carrier, carryOut, logIn } from './carry.ts';
import { keepOnPanel, leavePanel, loginAtPanel, type PanelParts } from './panel.ts';
import { seatHere } from './place.ts';
import type { History } from './ports.ts';

export interface KeeperPorts extends Omit<PanelParts, keyof Pick<Carrier, 'shards'>> {
  readonly history: History;
}

export interface Keeper {
  /** Throws `Unavailable`; asking again is safe. */
  hear(event: StationEvent): Promise<Verdict>;
  /** Ends one session by hand. `nothing-open` if no such session was ever heard of. */
  end(name: SessionName, by: EndedBy): Promise<Verdict>;
}

export type EndedBy = Pick<OperatorEnd, 'principal' | 'id' | 'note' | 'now'>;

export function createKeeper(ports: KeeperPorts, options: { readonly shards: number }): Keeper {
  // Not spread: a port may be an object whose parts are found in its prototype.
  const { seats, panels, history, timers, meter, clock } = ports;
  const parts = { seats, panels, timers, meter, clock, shards: options.shards };

  return { hear, end };

  async function hear(event: StationEvent): Promise<Verdict> {
    if (event.session !== undefined && event.session.realm !== event.station.realm) return { is: 'not-yours' };
    const verdict = forItsStation(event, await withPast(event.session, await dispatch(event)));
    count(event, verdict);
    return verdict;
  }

  function dispatch(event: StationEvent): Promise<Verdict> {
    switch (event.type) {
      case 'login':
        return login(event);
      case 'logout':
      case 'boot':
        return farewell(event, event.type);
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
    const { station, now, user, userAsTyped, takeOver = false } = event;
    if (user === undefined) throw new Error('a login names its user: the edge let it through');
    const { realm, hasPanel } = station;
    const said = { realm, user, takeOver, epoch: nextEpoch(now), ...present({ userAsTyped }) };
    const command: Login = { ...spokenIn(event), type: 'login', ...said };
    return hasPanel ? loginAtPanel(parts, command) : logIn(parts, command);
  }

  async function signOfLife(event: StationEvent, type: SignOfLife['type']): Promise<Verdict> {
    const spoken = spokenIn(event);
    const place = await placeMeant(event, spoken);
    if ('is' in place) return place;
    const { key } = place;
    return carryOut(parts, { ...spoken, type, key, ...present({ epoch: event.session?.epoch, job: event.job }) }, key);
  }

  async function farewell(event: StationEvent, reason: 'logout' | 'boot'): Promise<Verdict> {
    const { session, station, user } = event;
    const spoken = spokenIn(event);
    if (reason === 'boot' || (session === undefined && user === undefined)) {
      return station.hasPanel ? leavePanel(parts, { ...spoken, reason }) : { is: 'nothing-open' };
    }
    const place = await placeMeant(event, spoken);
    const of = session === undefined ? {} : { of: { epoch: session.epoch } };
    const verdict: Verdict =
      'is' in place
        ? place
        : await carryOut(parts, { ...spoken, type: 'farewell', reason, ...place, ...of }, place.key);
    if (station.hasPanel && session === undefined && spoken.word.at !== undefined) await keepOnPanel(parts, spoken);
    return verdict;
  }

  /** The seat of which an event speaks: that of its session, or of its user's here, or of the one who is on the panel. */
  async function placeMeant({ session, station, user }: StationEvent, spoken: Spoken): Promise<Place> {
    if (session !== undefined) return { key: { realm: session.realm, user: session.user, seat: session.seat } };
    if (user !== undefined) return seatHere(parts, spoken, { realm: station.realm, user });
    const { occupant } = station.hasPanel ? await panels.read(station.id) : {};
    // Who was here when the station was in another realm is under that one's policy: this station is to end it, and no more.
    return occupant?.realm === station.realm ? seatHere(parts, spoken, occupant) : { is: 'nothing-open' };
  }

  async function end(name: SessionName, by: EndedBy): Promise<Verdict> {
    const { epoch, ...key } = name;
    const verdict = await carryOut(parts, { type: 'operator-end', key, epoch, ...by }, key);
    // The seat's item may have been garbage-collected: history remembers longer.
    const known = await withPast(name, verdict.is === 'nothing-open' ? { is: 'gone' } : verdict);
    return known.is === 'gone' && known.past === undefined ? verdict : known;
  }

  /** How a session that is gone ended: where its seat has moved on, history knows. */
  async function withPast(name: SessionName | undefined, verdict: Verdict): Promise<Verdict> {
    if (verdict.is !== 'gone' || verdict.past !== undefined || name === undefined) return verdict;
    return { is: 'gone', ...present({ past: await history.find(name) }) };
  }

  function count({ type, station: { realm }, takeOver = false }: StationEvent, { is }: Verdict): void {
    if (type !== 'login') return;
    if (is === 'opened') meter.add('LoginOpened', 1, { realm });
    if (is === 'taken' || is === 'overtaken')
      meter.add('LoginRefused', 1, { realm, reason: takeOver === false ? is : `${is}-again` });
  }
}

/**
 * Only a session's own station is told of it. A name without a seal may have been made up: unless the session is theirs,
 * one answer for whatever there is.
 */
function forItsStation({ session, station, isUnsealed }: StationEvent, verdict: Verdict): Verdict {
  const told = 'past' in verdict ? verdict.past?.session : 'seat' in verdict ? verdict.seat.session : undefined;
  if (verdict.is === 'gone' && told !== undefined && told.station !== station.id) return { is: 'not-yours' };
  const isTheirs = told?.station === station.id;
  return session !== undefined && isUnsealed === true && !isTheirs ? { is: 'not-yours' } : verdict;
}

const spokenIn = ({ type, station, policy, now, id, occurredAt, signedAt, sealOf }: StationEvent): Spoken => ({
  now,
  policy,
  station,
  word: wordOf({ type, station: station.id, id, ...present({ occurredAt, signedAt }) }, now),
  ...present({ sealOf }),
});
