/** What people do in a small world: visits to stations, and what happens to come together. */
import type { Policy } from '../../lib/session/policy.ts';
import { MINUTE, SECOND } from '../../lib/time.ts';
import type { Chance } from './chance.ts';

export interface PlannedStation {
  readonly id: string;
  readonly kind: 'hosted' | 'pinging' | 'application';
  readonly reportsActivity: boolean;
  /** By which it dates what it says; absent where it dates nothing. */
  readonly dates?: PlannedClock;
  /** By which it signs what it says; absent where it signs nothing. */
  readonly signs?: PlannedClock;
  /** It gives its deliveries ids of its own: without one, each that arrives is another. */
  readonly hasIds: boolean;
  /** It sends again what was not answered. */
  readonly retries: boolean;
  /** It gives its jobs names. */
  readonly namesJobs: boolean;
  /** Its pings go on whatever it is answered. */
  readonly mad: boolean;
}

/** A station's own clock. */
export interface PlannedClock {
  /** It is off by so much, in milliseconds; */
  readonly off: number;
  /** or it has no battery: it began in 1970 with the world. */
  readonly isUnset?: true;
  /** When it is set right, in milliseconds after the beginning; absent where nobody does. */
  readonly setAt?: number;
}

export type Deed = 'login' | 'logout' | 'activity' | 'job-started' | 'job-ended' | 'boot' | 'crash' | 'operator-end';

export interface Action {
  readonly n: number;
  /** Milliseconds after the beginning. */
  readonly at: number;
  readonly station: string;
  readonly user: string;
  readonly what: Deed;
  readonly takeOver: 'no' | 'any' | 'named';
  /** How it names what it speaks of; `foreign` is another station's session. */
  readonly names: 'session' | 'user' | 'panel' | 'foreign';
}

export type Drawn = Omit<Action, 'n'>;

/** A user comes to a station, and does this and that there, with pauses about as long as the policy's deadlines. */
export function visitOf(
  draw: Chance,
  { idleMs, leaseMs, failoverMs, logonTokenMs }: Policy,
  length: number,
  stations: readonly PlannedStation[],
  users: readonly string[],
): Drawn[] {
  const [station, user] = [draw.one(stations).id, draw.one(users)];
  const lengths: number[] = [idleMs, leaseMs, idleMs + leaseMs, idleMs + leaseMs + failoverMs, failoverMs];
  lengths.push(logonTokenMs ?? idleMs);
  const takeOver = draw.one(['no', 'no', 'any', 'named'] as const);
  const visit: Drawn[] = [];
  const what: Deed[] = ['login', ...Array.from({ length: draw.int(1, 8) }, () => draw.one(DEEDS))];
  let at = draw.int(0, length);
  for (const deed of what) {
    if (at > length) break;
    visit.push({ at, station, user, what: deed, takeOver, names: draw.one(NAMES) });
    const pause = draw.one(lengths);
    at += draw.is(0.5) ? draw.skewed(0, pause) : Math.max(0, pause + draw.int(-200, 200));
  }
  return visit;
}

/** One after the other at one panel, some of whom log out there. */
export function queueOf(
  draw: Chance,
  length: number,
  stations: readonly PlannedStation[],
  users: readonly string[],
): Drawn[] {
  const panels = stations.filter(({ kind }) => kind !== 'application');
  if (panels.length === 0 || draw.is(0.5)) return [];
  const station = draw.one(panels).id;
  let at = draw.int(0, length);
  return Array.from({ length: draw.int(3, 12) }, (): Drawn => {
    at = Math.min(length, at + draw.skewed(100, MINUTE));
    const what = draw.one<Deed>(['login', 'login', 'login', 'logout', 'logout', 'boot']);
    return { at, station, user: draw.one(users), what, takeOver: 'no', names: draw.one(['panel', 'panel', 'user']) };
  });
}

/** A user of an application who comes back again and again after they have lost their seat. */
export function returnsOf(
  draw: Chance,
  { idleMs, leaseMs, failoverMs, logonTokenMs }: Policy,
  length: number,
  stations: readonly PlannedStation[],
  users: readonly string[],
): Drawn[] {
  const applications = stations.filter(({ kind }) => kind === 'application');
  const dormantMs: number = Math.max(failoverMs, logonTokenMs ?? 0);
  if (applications.length === 0 || dormantMs === 0 || draw.is(0.6)) return [];
  const common = { station: draw.one(applications).id, user: draw.one(users), takeOver: 'no' } as const;
  const from = draw.int(0, Math.floor(length / 4));
  let at: number = from;
  const back = Array.from({ length: draw.int(2, 4) }, (): Drawn => {
    at += leaseMs + idleMs + draw.skewed(SECOND, dormantMs);
    return { ...common, at, what: 'activity', names: 'user' };
  });
  const login: Drawn = { ...common, at: from, what: 'login', names: 'user' };
  const logout: Drawn = { ...common, at: at + SECOND, what: 'logout', names: 'session' };
  return [login, ...back, logout].filter((action) => action.at < length);
}

/** Somebody is at a panel when its station is moved, and goes on. */
export function staysOf(
  draw: Chance,
  moves: readonly { readonly at: number; readonly station: string }[],
  stations: readonly PlannedStation[],
  users: readonly string[],
): Drawn[] {
  return moves.flatMap(({ at, station }): Drawn[] => {
    const isPanel = stations.some(({ id, kind }) => id === station && kind !== 'application');
    if (!isPanel || draw.is(0.5)) return [];
    const common = { station, user: draw.one(users), takeOver: 'no' } as const;
    return [
      { ...common, at: Math.max(0, at - draw.int(SECOND, 20 * SECOND)), what: 'login', names: 'user' },
      { ...common, at: at + draw.int(0, 5 * SECOND), what: 'activity', names: 'panel' },
    ];
  });
}

const DEEDS: readonly Deed[] = [
  'activity',
  'activity',
  'activity',
  'job-started',
  'job-ended',
  'logout',
  'login',
  'crash',
];
export const NAMES = ['session', 'session', 'session', 'user', 'user', 'user', 'panel', 'foreign'] as const;

export function actionOf(
  draw: Chance,
  length: number,
  stations: readonly PlannedStation[],
  users: readonly string[],
): Drawn {
  const what = draw.one<Deed>(['login', 'login', 'login', 'login', 'logout', 'boot', 'crash', 'operator-end']);
  return {
    at: draw.int(0, length),
    station: draw.one(stations).id,
    user: draw.one(users),
    what,
    takeOver: draw.one(['no', 'no', 'any', 'named'] as const),
    names: draw.one(NAMES),
  };
}
