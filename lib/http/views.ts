/** What the API shows of sessions, stations and realms. Instants are RFC 3339, lengths ISO 8601; nothing is decided here. */

import { present } from '../present.ts';
import type { LiveSeat } from '../service/live.ts';
import type { Action } from '../service/ports.ts';
import { previousHandleOf, sealedHandleOf } from '../session/handle.ts';
import {
  bound,
  descentOf,
  endingByPolicy,
  endOf,
  freeAt,
  type Hearing,
  isCounted,
  isDormant,
  rungAt,
} from '../session/ladder.ts';
import type { Policy } from '../session/policy.ts';
import {
  type EndedSession,
  type Ending,
  nameOf,
  type Occupied,
  type OpenSession,
  type Past,
  type Session,
  type SessionName,
} from '../session/seat.ts';
import type { StationEntry, StationRecord } from '../station/stations.ts';
import { type DurationMs, type EpochMs, toIso8601, toRfc3339 } from '../time.ts';

/** A user as they are called: by their name as it was last typed. Their key, which stays the same, where that is another. */
export const personView = (key: string, typed: string = key) => ({
  user: typed,
  ...present({ userKey: typed === key ? undefined : key }),
});

const nameView = (name: SessionName, session: Session) => ({
  session: sealedHandleOf(name, session),
  ...personView(name.user, session.userAsTyped),
  realm: name.realm,
  epoch: name.epoch,
});

export function sessionView(seat: LiveSeat, now: EpochMs) {
  const { session } = seat;
  const rung = rungAt(session, now);
  return {
    ...nameView(nameOf(seat), session),
    station: session.station,
    rung,
    openedAt: toRfc3339(session.openedAt),
    activeAt: toRfc3339(session.activeAt),
    heardAt: toRfc3339(session.heardAt),
    heldUntil: toRfc3339(endOf(session.deadlines).at),
    freeAt: toRfc3339(freeAt(session.deadlines)),
    ...(session.jobs > 0 ? { jobs: session.jobs } : {}),
    ...(session.loggedOnAt === session.openedAt ? {} : { loggedOnAt: toRfc3339(session.loggedOnAt) }),
    ...present({ previous: previousHandleOf(session, seat.key) }),
    ...(isDormant(rung) ? dormancyOf(session) : {}),
  };
}

/** Of a session that has lost its seat and can be made anew: since when, by which deadline, and until when. */
function dormancyOf({ deadlines }: OpenSession) {
  const held = endOf(deadlines);
  return {
    invalidatedAt: toRfc3339(held.at),
    invalidatedBy: held.reason,
    resumableUntil: toRfc3339(endingByPolicy(deadlines).at),
  };
}

/** What people call a station; by its id where it is no longer registered. */
export const placeView = (id: string, station: StationRecord | undefined) => ({
  station: id,
  // Version 0.1.0 let a station be called nothing.
  name: station?.name.trim() || id,
  location: station?.location ?? '',
});

/** One session in full: where it is, each deadline by its name, and the rungs that it passes if nothing happens. */
export function sessionInFull(seat: LiveSeat, station: StationRecord | undefined, now: EpochMs) {
  const { session } = seat;
  const { failoverMs, ...instants } = session.deadlines;
  const deadlines = Object.entries(instants).map(([name, deadline]) => [name, toRfc3339(deadline)]);
  return {
    ...sessionView(seat, now),
    ...placeView(session.station, station),
    deadlines: Object.fromEntries(deadlines) as Record<string, string>,
    timeline: timelineView(seat),
  };
}

/** Each rung from when until when, and the deadline by which it comes; where its seat is lost, from when it is free. */
function timelineView({ session: { openedAt, deadlines } }: LiveSeat) {
  const descent = descentOf(deadlines);
  const until = (n: number) => present({ until: descent[n] && toRfc3339(descent[n].at) });
  return [
    { rung: 'active', from: toRfc3339(openedAt), ...until(0) },
    ...descent.map(({ rung, at, by }, n) => ({
      rung,
      from: toRfc3339(at),
      ...until(n + 1),
      reason: by,
      ...(at === endOf(deadlines).at ? { freeAt: toRfc3339(freeAt(deadlines)) } : {}),
    })),
  ];
}

export const pastView = ({ name, session, ended }: Past) => ({
  ...nameView(name, session),
  station: session.station,
  rung: 'ended',
  openedAt: toRfc3339(session.openedAt),
  activeAt: toRfc3339(session.activeAt),
  heardAt: toRfc3339(session.heardAt),
  endedAt: toRfc3339(ended.at),
  reason: ended.reason,
  endedBy: ended.by,
  ...present({ note: ended.note }),
  ...invalidationOf(session, ended),
});

/** The same for a station, where anyone may read it: which operator ended it, and in what words, is not for them. */
export function pastViewForStation(past: Past) {
  const { note: _, ...view } = pastView(past);
  return past.ended.reason === 'operator' ? { ...view, endedBy: 'operator' } : view;
}

/** Where it had lost its seat before it ended: when, and by which deadline. */
function invalidationOf({ deadlines }: Session, ended: Ending) {
  const lost = descentOf(deadlines).find(({ rung }) => !isCounted(rung));
  if (lost === undefined || lost.rung === 'ended' || lost.at > ended.at) return {};
  return { invalidatedAt: toRfc3339(lost.at), invalidatedBy: lost.by };
}

/** The deadlines that had passed when it ended, in their order. */
export const passedView = ({ session, ended }: Past) =>
  descentOf(session.deadlines)
    .filter(({ at }) => at <= ended.at)
    .map(({ by, at, rung }) => ({ deadline: by, at: toRfc3339(at), rung }));

export const pastOf = (seat: Occupied<EndedSession>): Past => ({
  name: nameOf(seat),
  session: seat.session,
  ended: seat.session.ended,
});

/** Who holds a seat, for somebody who would like it. */
export const holderView = (seat: LiveSeat, station: StationRecord | undefined) => ({
  session: sealedHandleOf(nameOf(seat), seat.session),
  ...placeView(seat.session.station, station),
  openedAt: toRfc3339(seat.session.openedAt),
  heardAt: toRfc3339(seat.session.heardAt),
  freeAt: toRfc3339(freeAt(seat.session.deadlines)),
});

export const actionView = ({ at, principal, action, on, outcome, note, reason, session }: Action) => ({
  at: toRfc3339(at),
  by: principal,
  action,
  on,
  outcome,
  ...present({ note, reason, session }),
});

export const stationView = (station: StationRecord) => ({
  station: station.id,
  realm: station.realm,
  kind: station.kind,
  name: station.name.trim() || station.id,
  location: station.location,
  reportsActivity: station.reportsActivity,
  proof: station.proof,
  ...present({ speaksFor: station.speaksFor, dialect: station.dialect, certificate: station.certificate }),
  ...keyView(station),
  registeredAt: toRfc3339(station.registeredAt),
});

/** What a registration would do, and which of its fields it would change. */
export function trialView(entry: StationEntry, registered: StationRecord | undefined) {
  const { id, ...fields } = entry;
  const before: Partial<StationEntry> = registered ?? {};
  const names = Object.keys({ ...OPTIONAL_FIELDS, ...fields }) as (keyof typeof fields)[];
  const changes = names.filter((name) => String(fields[name] ?? '') !== String(before[name] ?? ''));
  const outcome = registered === undefined ? 'would-register' : changes.length > 0 ? 'would-change' : 'unchanged';
  return {
    outcome,
    station: id,
    changes: registered === undefined ? [] : changes,
    hasKey: registered?.keyIssuedAt !== undefined,
  };
}

const OPTIONAL_FIELDS = { speaksFor: undefined, dialect: undefined, certificate: undefined };

/** Of a station's key what may be shown at any time: never the key. */
export const keyView = ({ keyGeneration, keyIssuedAt, previousKeyUntil }: StationRecord) => ({
  keyGeneration,
  ...present({
    keyIssuedAt: keyIssuedAt && toRfc3339(keyIssuedAt),
    previousKeyUntil: previousKeyUntil && toRfc3339(previousKeyUntil),
  }),
});

/** The published promise: how long a seat can stay taken after its holder's last sign of life. */
export function boundView(policy: Policy, station: Pick<Hearing, 'id' | 'reportsActivity'>) {
  const { withoutJob, withJob } = bound(policy, station);
  return { bound: toIso8601(withoutJob), boundWithJob: toIso8601(withJob) };
}

export function realmView(policy: Policy) {
  const length = (value: DurationMs | undefined) => (value === undefined || value === 0 ? 'off' : toIso8601(value));
  return {
    realm: policy.realm,
    // For any station; where activity is reported, idle may end a session sooner.
    ...boundView(policy, { id: '', reportsActivity: false }),
    whereActivityIsReported: boundView(policy, { id: '', reportsActivity: true }),
    policy: {
      profile: policy.profile,
      seats: policy.seats,
      idle: length(policy.idleMs),
      whenIdle: policy.whenIdle,
      ping: length(policy.pingMs),
      lease: length(policy.leaseMs),
      failover: length(policy.failoverMs),
      logonToken: length(policy.logonTokenMs),
      maximum: length(policy.maximumMs),
      job: length(policy.jobMs),
      takeOver: policy.takeOver,
      users: policy.users,
      sweep: length(policy.sweepMs),
      retention: length(policy.retentionMs),
      secretUrls: policy.secretUrls,
      ...(policy.idleOfStation.size === 0
        ? {}
        : {
            stations: Object.fromEntries(
              [...policy.idleOfStation].map(([station, idle]) => [station, { idle: length(idle) }]),
            ),
          }),
    },
  };
}
