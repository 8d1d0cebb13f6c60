/**
 * The promises, over a whole run: what clients were told, against what history and the bus say when all is quiet. Each
 * function gives the sentences that are broken.
 */
import { CLOCK_MARGIN } from '../../lib/session/ladder.ts';
import { groupBy } from './grouping.ts';
import { policyOf, stationOf } from './realms.ts';
import type { Name, Operation, Told, View } from './record.ts';
import { OFFSET_MAX } from './system.ts';

export interface SeenUser {
  readonly realm: string;
  readonly user: string;
  readonly operations: readonly Operation[];
  /** What others said at panels where this user was, and what was said there of nobody. */
  readonly atPanels: readonly Operation[];
  readonly live: readonly View[];
  readonly history: readonly Told[];
  readonly announced: readonly Announced[];
}

export interface Announced extends Name {
  readonly user: string;
  readonly type: string;
  readonly endedAt: number;
  readonly reason: string;
}

export const PROMISES: Readonly<Record<string, (seen: SeenUser) => readonly string[]>> = {
  'no session is lost': nothingIsLost,
  'never two': neverTwo,
  'a login opens one session': opensOnce,
  'epochs grow': epochsGrow,
  'never early, and for no reason that did not happen': neverEarly,
  'the last user of a panel is out': lastIsOut,
  'no job holds past its end': noJobHoldsOn,
  'never silent': neverSilent,
  'an end that was told is the end': (seen) => toldTheTruth(seen),
};

const keyOf = ({ seat, epoch }: Name): string => `${seat}/${epoch}`;
const opensOne = ({ status }: Operation): boolean => status === 201;
/** A request that is told "repeated" may have its own first try to thank, which nobody answered. */
const mayHaveOpened = (one: Operation): boolean => opensOne(one) || one.outcome === 'repeated';
const isUnknown = ({ status }: Operation): boolean => status === 0;
/** Opened, perhaps, before its panel was found to know better. */
const mayBeUndone = ({ outcome, station }: Operation): boolean =>
  outcome === 'login-overtaken' && stationOf(station).hasPanel;
const OPENING: ReadonlySet<string> = new Set(['login', 'activity', 'job-started']);
const byKey = <Session extends Name>(sessions: readonly Session[]) =>
  new Map(sessions.map((session) => [keyOf(session), session]));

/** Each session that a client was told of is in history, once; and history has none that nobody asked for. */
function nothingIsLost({ operations, live, history }: SeenUser): string[] {
  const known = byKey(history);
  const broken = live.map((session) => `${keyOf(session)} goes on although all is quiet`);
  if (known.size < history.length) broken.push(`of ${history.length} entries in history some are of one session`);
  const asked = new Set(
    operations.filter(mayHaveOpened).flatMap(({ view }) => (view === undefined ? [] : [keyOf(view)])),
  );
  for (const { view } of operations.filter(opensOne)) {
    const past = view && known.get(keyOf(view));
    if (past?.openedAt !== view?.openedAt || past?.station !== view?.station) {
      broken.push(`${view && keyOf(view)} was opened and is not in history as it was`);
    }
  }
  for (const past of history) {
    const wasInTime = ({ kind, now }: Operation) => OPENING.has(kind) && now[0] <= past.openedAt;
    const mayHave = (one: Operation) => (isUnknown(one) || mayBeUndone(one)) && wasInTime(one);
    if (asked.has(keyOf(past)) || operations.some(mayHave)) continue;
    broken.push(`${keyOf(past)} is in history and nobody opened it`);
  }
  return broken;
}

/** The sessions of each seat in the order of their epochs, each with the one after it. */
function* successions(history: readonly Told[]): Generator<readonly [Told, Told | undefined]> {
  const seats = groupBy(history, ({ seat }) => seat);
  for (const sessions of seats.values()) {
    const inOrder = sessions.toSorted((a, b) => a.epoch - b.epoch);
    for (const [n, session] of inOrder.entries()) yield [session, inOrder[n + 1]];
  }
}

const POLICY_REASONS = ['idle', 'lease', 'maximum', 'failover', 'logon-token'];

/**
 * After a deadline, by the instants in history: the margin has passed by the clock of whoever opened the next session, or
 * by that of a sweep, which records the end. Where somebody's doing made room the order of the writes counts, and that
 * Porcupine checks.
 */
function neverTwo({ operations, atPanels, history }: SeenUser): string[] {
  const broken: string[] = [];
  const wanted = operations.filter(({ takeOver }) => takeOver !== undefined);
  // Whoever wanted it ended has recorded that its time was up, by their clock.
  const isRecorded = (past: Told) =>
    operations.some(
      (one) =>
        (one.kind === 'logout' || one.kind === 'end') &&
        (isUnknown(one)
          ? one.session === undefined || keyOf(one.session) === keyOf(past)
          : one.past && keyOf(one.past) === keyOf(past)),
    ) || atPanels.some((one) => one.station === past.station && one.now[1] + CLOCK_MARGIN >= past.endedAt);
  // The margin is not for whoever takes a seat over: that write refuses whatever its holder still says.
  const isTakenOver = (next: Told) =>
    wanted.some((one) => (isUnknown(one) ? one.now[0] <= next.openedAt : one.view && keyOf(one.view) === keyOf(next)));
  for (const [session, next] of successions(history)) {
    if (next === undefined || !POLICY_REASONS.includes(session.reason) || isRecorded(session)) continue;
    const lostAt = session.invalidatedAt || session.endedAt;
    const margin = next.station === session.station || isTakenOver(next) ? 0 : CLOCK_MARGIN;
    const opening = operations.find(
      (one) => opensOne(one) && one.view !== undefined && keyOf(one.view) === keyOf(next),
    );
    const passedBy = Math.max(next.openedAt, opening?.sweptBy ?? next.openedAt + 2 * OFFSET_MAX);
    if (passedBy < lostAt + margin) {
      broken.push(`${keyOf(next)} opened at ${next.openedAt} while ${JSON.stringify(session)} held the seat`);
    }
  }
  return broken;
}

/** A delivery opens one session, however often it is sent. */
function opensOnce({ operations }: SeenUser): string[] {
  const logins = operations.filter((one) => one.kind === 'login' && opensOne(one));
  return [...groupBy(logins, ({ id }) => id)].flatMap(([id, those]) => {
    const sessions = new Set(those.map(({ view }) => view && keyOf(view)));
    return sessions.size > 1 ? [`login ${id} was given ${[...sessions].join(' and ')}`] : [];
  });
}

function epochsGrow({ history }: SeenUser): string[] {
  const broken: string[] = [];
  for (const [session, next] of successions(history)) {
    if (next === undefined || next.epoch === Math.max(next.openedAt, session.epoch + 1)) continue;
    broken.push(`${keyOf(next)} opened at ${next.openedAt} follows ${keyOf(session)}`);
  }
  return broken;
}

function neverEarly({ realm, operations, atPanels, history }: SeenUser): string[] {
  const { leaseMs, failoverMs, maximumMs, idleMs } = policyOf(realm);
  const broken: string[] = [];
  const bySession = groupBySession(operations);
  for (const [past, next] of successions(history)) {
    const { reason, heardAt, openedAt, endedAt } = past;
    const about = bySession.get(keyOf(past)) ?? [];
    const said = (what: string) => broken.push(`${JSON.stringify(past)}: ${what}`);
    const heard = Math.max(...about.flatMap(({ view }) => view?.heardAt ?? []));
    if (heard > heardAt) said(`a sign of life at ${heard} was acknowledged`);
    // What named the session before it, or nothing but its user, may have counted for this one.
    const spoke = (kind: string) =>
      about.some((one) => one.kind === kind) ||
      operations.some(
        (one) =>
          one.kind === kind &&
          (one.session === undefined
            ? one.station === past.station
            : one.session.seat === past.seat && one.session.epoch < past.epoch),
      );
    const wasAtPanel = (fits: (one: Operation) => boolean) =>
      atPanels.some((one) => one.station === past.station && one.now[0] <= endedAt + CLOCK_MARGIN && fits(one));
    const wasUndone = () => operations.some((one) => one.station === past.station && mayBeUndone(one));
    const followed = (fits: (one: Operation) => boolean) =>
      next !== undefined &&
      operations.some(
        (one) =>
          fits(one) &&
          (isUnknown(one) ||
            mayBeUndone(one) ||
            (mayHaveOpened(one) && one.view !== undefined && keyOf(one.view) === keyOf(next))),
      );
    const waited = waitsUntil(past, [...operations, ...atPanels]);
    const isEndOf = (lengthMs: number) =>
      endedAt >= heardAt + lengthMs && endedAt <= Math.max(heardAt, waited - leaseMs) + lengthMs;
    const holds = {
      lease: () => isEndOf(leaseMs),
      idle: () => endedAt <= Math.max(heardAt + idleMs, waited) && endedAt >= openedAt + idleMs,
      maximum: () => endedAt === openedAt + maximumMs,
      failover: () => isEndOf(leaseMs + failoverMs),
      'logon-token': () => endedAt >= heardAt,
      logout: () => spoke('logout') || wasAtPanel(isFarewell) || spoke('boot') || wasUndone(),
      boot: () => spoke('boot') || wasAtPanel(({ kind }) => kind === 'boot'),
      'next-user': () => wasAtPanel(() => true) || wasUndone(),
      operator: () => about.some(({ kind }) => kind === 'end'),
      'taken-over': () => followed(({ kind, takeOver }) => kind === 'login' && takeOver !== undefined),
      'made-anew': () => followed(({ kind }) => kind === 'activity' || kind === 'job-started'),
      superseded: () => followed(({ kind }) => kind === 'login'),
    }[reason];
    if (holds === undefined || !holds()) said('that reason did not happen');
  }
  return broken;
}

/** What a boot has left to be paid, another word pays as a logout: the panel knows no more than that somebody has left. */
const isFarewell = ({ kind }: Operation): boolean => kind === 'logout' || kind === 'boot';

/** By the session that an answer shows, or that a request names. */
const groupBySession = (operations: readonly Operation[]): Map<string, Operation[]> =>
  groupBy(operations, ({ session, view }) => keyOf(view ?? session ?? { seat: '', epoch: 0 }));

/** Whether this may have started a job of the session, or ended one. */
const mayBeOfJob = ({ kind, station, session, view }: Operation, past: Told): boolean =>
  (kind === 'job-started' || kind === 'job-ended') &&
  (view === undefined
    ? station === past.station && (session === undefined || session.seat === past.seat)
    : keyOf(view) === keyOf(past));

/** Until when jobs may have held the session; 0 where none was started. */
function waitsUntil(past: Told, said: readonly Operation[]): number {
  const { jobMs } = policyOf(stationOf(past.station).realm);
  const starts = said.filter(
    (one) => one.kind === 'job-started' && mayBeOfJob(one, past) && one.now[0] <= past.endedAt,
  );
  // By a clock that is behind it counts from what was heard before.
  const heardAt = ({ now, view }: Operation) => Math.max(now[1], view?.heardAt ?? past.heardAt);
  return Math.max(0, ...starts.map((start) => heardAt(start) + jobMs));
}

/** As many as a session remembers: lib/session/jobs.ts. */
const JOBS_REMEMBERED = 7;

/** Where each job's end was heard, in whichever order, the session ends as if there had been none. */
function noJobHoldsOn({ realm, operations, atPanels, history }: SeenUser): string[] {
  const { leaseMs, idleMs } = policyOf(realm);
  return history.flatMap((past) => {
    if (past.reason !== 'lease' && past.reason !== 'idle') return [];
    const said = [...operations, ...atPanels].filter((one) => mayBeOfJob(one, past));
    const isHeard = (one: Operation) =>
      one.kind === 'job-ended' && one.view !== undefined && one.occurredAt === undefined;
    const ended = new Set(said.filter(isHeard).map(({ job }) => job));
    // Those without names are counted, and what nobody answered may have done anything.
    const isClear = said.every((one) => one.view !== undefined && one.job !== undefined && ended.has(one.job));
    if (!isClear || said.length > JOBS_REMEMBERED) return [];
    const latest = past.heardAt + (past.reason === 'lease' ? leaseMs : idleMs);
    return past.endedAt <= latest ? [] : [`${JSON.stringify(past)} was held by a job that had ended`];
  });
}

/** By what a login at a panel is answered that proves who stands there. */
const STANDS_THERE: ReadonlySet<string> = new Set(['opened', 'renewed', 'resumed', 'repeated', 'seat-taken']);

/** Once the next user's login at a panel has been answered, nothing shows the last one's session any more as going on. */
function lastIsOut({ operations, atPanels, history }: SeenUser): string[] {
  const known = byKey(history);
  const firstSent = new Map<string, number>();
  for (const { id, call } of atPanels) firstSent.set(id, Math.min(call, firstSent.get(id) ?? call));
  // Of two who come at the same time, the panel may have seen the one first, and the seats the other.
  const isCrowded = (login: Operation) =>
    atPanels.some(
      ({ station, call, return: end }) =>
        station === login.station && call < login.return && (end === 0 || end > login.call),
    );
  const opened = operations.filter(
    (one) => one.kind === 'login' && opensOne(one) && stationOf(one.station).hasPanel && !isCrowded(one),
  );
  return opened.flatMap((login) => {
    const past = login.view && known.get(keyOf(login.view));
    if (past === undefined) return [];
    const nexts = atPanels.filter(
      (one) =>
        one.kind === 'login' &&
        one.station === login.station &&
        STANDS_THERE.has(one.outcome) &&
        (firstSent.get(one.id) ?? 0) > login.return &&
        // Whoever is there again is not put out.
        !operations.some(({ kind, station, call, return: end }) => {
          const isThere = kind === 'login' && station === one.station;
          return isThere && call < one.return && (end === 0 || end > one.call);
        }),
    );
    return nexts.flatMap((next) => {
      const late = operations.find(
        ({ call, view, status }) =>
          call > next.return && status < 300 && view !== undefined && keyOf(view) === keyOf(past),
      );
      if (late === undefined) return [];
      return [`${keyOf(past)} went on at ${past.station} for #${late.n}, after #${next.n} had been answered`];
    });
  });
}

/** Each end is on the bus, as history has it, however often. */
function neverSilent({ history, announced }: SeenUser): string[] {
  const broken: string[] = [];
  const known = byKey(history);
  const opened = new Set(announced.filter(({ type }) => type !== 'session.ended').map(keyOf));
  const ended = new Set<string>();
  for (const event of announced.filter(({ type }) => type === 'session.ended')) {
    const past = known.get(keyOf(event));
    ended.add(keyOf(event));
    if (past?.endedAt !== event.endedAt || past.reason !== event.reason) {
      broken.push(
        `${keyOf(event)} was announced as ${event.reason} at ${event.endedAt}, and history has ${past && JSON.stringify(past)}`,
      );
    }
  }
  for (const key of known.keys()) {
    if (!opened.has(key)) broken.push(`${key} opened in silence`);
    if (!ended.has(key)) broken.push(`${key} ended in silence`);
  }
  return broken;
}

const isSameEnd = (told: Told, past: Told): boolean => told.endedAt === past.endedAt && told.reason === past.reason;

/**
 * Told by a clock that is ahead, an end by a deadline is taken back by a request that one behind lets pass, or that has
 * been under way for longer.
 */
function isTakenBack({ n, kind, past: told }: Operation, { operations, atPanels }: SeenUser): boolean {
  if (told === undefined || !POLICY_REASONS.includes(told.reason)) return false;
  // Whoever wants it ended has recorded that it has.
  if (kind === 'logout' || kind === 'boot' || kind === 'end') return false;
  const isBare = (one: Operation) => one.station === told.station && one.now[0] < told.endedAt;
  if (atPanels.some((one) => isUnknown(one) && isBare(one))) return true;
  return operations.some((other) => {
    const about = other.view ?? other.session;
    const isOfUser = other.kind === 'login' && isUnknown(other);
    return other.n !== n && other.now[0] < told.endedAt && (isOfUser || isChange(other, told, about));
  });
}

/** Whether this may have renewed or ended the session by hand, or taken its seat. */
const isChange = ({ kind, takeOver }: Operation, told: Told, about: Name | undefined): boolean =>
  about !== undefined &&
  about.seat === told.seat &&
  kind !== 'read' &&
  (about.epoch === told.epoch || takeOver !== undefined);

interface Contradiction {
  readonly operation: Operation;
  readonly past: Told | undefined;
}

function contradictions({ operations, history }: SeenUser): Contradiction[] {
  const known = byKey(history);
  return operations.flatMap((operation) => {
    const told = operation.past;
    const past = told && known.get(keyOf(told));
    return told === undefined || (past !== undefined && isSameEnd(told, past)) ? [] : [{ operation, past }];
  });
}

const toldTheTruth = (seen: SeenUser): string[] =>
  contradictions(seen)
    .filter(({ operation }) => !isTakenBack(operation, seen))
    .map(
      ({ operation: { n, past: told }, past }) =>
        `#${n} was told ${JSON.stringify(told)}, and history has ${past && JSON.stringify(past)}`,
    );

/** How many ends were told, and taken back by what was under way. */
export const takenBack = (seen: SeenUser): number =>
  contradictions(seen).filter(({ operation }) => isTakenBack(operation, seen)).length;
