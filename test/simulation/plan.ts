/** What a seed stands for: a realm, its stations and users, what they do and when, and what goes wrong. */
import { readRealms } from '../../lib/realms/realms-file.ts';
import type { Policy } from '../../lib/session/policy.ts';
import { DAY, HOUR, MINUTE, SECOND } from '../../lib/time.ts';
import { type Chance, chance } from './chance.ts';

export const REALM = 'campus';
/** Whither a station may be moved. */
export const ELSEWHERE = 'annex';

/** Two clocks of the platform are this far apart at most: together no more than the margin that the policy's promise has. */
export const SKEW = 1_000;

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

/** Probabilities of what can go wrong at each call; 0 for a world in which nothing does. */
export interface Rates {
  readonly lostMessage: number;
  readonly repeatedMessage: number;
  readonly lateMessage: number;
  readonly lostAnswer: number;
  readonly killed: number;
  readonly refusedCall: number;
  readonly doneButError: number;
  /** Below the port: the SDK sends again what was done. */
  readonly repeatedCall: number;
  readonly slowCall: number;
  readonly staleIndex: number;
  readonly lostTimer: number;
  readonly lateTimer: number;
  readonly doubleTimer: number;
  readonly badBatch: number;
  /** A sweep's writes of the first user's seats fail each time: nobody else may suffer by it. */
  readonly poison: number;
}

export const NO_FAULTS: Rates = {
  lostMessage: 0,
  repeatedMessage: 0,
  lateMessage: 0,
  lostAnswer: 0,
  killed: 0,
  refusedCall: 0,
  doneButError: 0,
  repeatedCall: 0,
  slowCall: 0,
  staleIndex: 0,
  lostTimer: 0,
  lateTimer: 0,
  doubleTimer: 0,
  badBatch: 0,
  poison: 0,
};

export interface Outage {
  readonly of: 'seats' | 'scheduler' | 'announcing' | 'backstop';
  readonly from: number;
  readonly until: number;
}

export interface Plan {
  readonly seed: number;
  readonly fields: object;
  /** Of the realm elsewhere. */
  readonly fieldsElsewhere: object;
  /** Stations that are registered in the other realm from an instant on. */
  readonly moves: readonly { readonly at: number; readonly station: string }[];
  /** A deployment changes the policy while sessions live, and may change the number of shards. */
  readonly change?: { readonly at: number; readonly fields: object; readonly shards: number };
  readonly stations: readonly PlannedStation[];
  readonly users: readonly string[];
  readonly actions: readonly Action[];
  readonly rates: Rates;
  readonly outages: readonly Outage[];
  /** When everybody stops and every fault ends, in milliseconds after the beginning. */
  readonly length: number;
  readonly shards: number;
  /** Only where it is a campus over weeks; see fleet.ts. */
  readonly fleet?: Fleet;
}

/** A time in which things go wrong. */
export interface Spell {
  readonly from: number;
  readonly until: number;
  readonly rates: Rates;
}

/** What its stations say goes through its one connection, in order, and is dated by its clock. */
export interface PlannedGateway {
  readonly id: string;
  readonly stations: readonly string[];
  readonly dates: PlannedClock;
  readonly downs: readonly {
    readonly from: number;
    readonly until: number;
    /** It loses what it had, and when it is back it repeats what it may or may not have got rid of. */
    readonly crashes: boolean;
  }[];
}

/** What a campus has that a small world has not. */
export interface Fleet {
  readonly spells: readonly Spell[];
  readonly gateways: readonly PlannedGateway[];
  /** When many stations lose their power at once. */
  readonly powerCuts: readonly { readonly at: number; readonly stations: readonly string[] }[];
  /** Deployments that change nothing: every container is replaced. */
  readonly restarts: readonly number[];
  /** The most entries that a page of the index has. */
  readonly duePage: number;
}

const policies = new WeakMap<object, Policy>();

export function policyOf(fields: object, realm: string = REALM): Policy {
  const known = policies.get(fields);
  if (known?.realm === realm) return known;
  const { realms, errors } = readRealms(JSON.stringify({ realms: { [realm]: fields } }));
  const policy = realms.get(realm);
  if (policy === undefined) throw new Error(errors.map(({ message }) => message).join('\n'));
  policies.set(fields, policy);
  return policy;
}

const USERS = ['ana', 'ben', 'cyd'];

export function planOf(seed: number, calm = false): Plan {
  const draw = chance(seed, 'plan');
  const fields = fieldsOf(draw);
  const policy = policyOf(fields);
  const stations = stationsOf(draw, seed);
  const users = USERS.slice(0, draw.int(1, USERS.length));
  // A few times as long as a session lives that nobody keeps alive, so that all of its deadlines are met.
  const span = Math.min(policy.maximumMs, 4 * (policy.idleMs + policy.leaseMs) + policy.failoverMs);
  const length = Math.min(draw.int(2, 6) * span, 48 * HOUR) + 10 * MINUTE;
  const actions = [
    ...Array.from({ length: draw.int(1, 6) }, () => visitOf(draw, policy, length, stations, users)).flat(),
    ...Array.from({ length: draw.int(2, 20) }, () => actionOf(draw, length, stations, users)),
    ...queueOf(chance(seed, 'queue'), length, stations, users),
  ].map((action, n) => ({ n, ...action }));
  const isCalm = calm || draw.is(0.15);
  const shards = chance(seed, 'shards').int(1, 4);
  return {
    seed,
    fields,
    ...movesOf(chance(seed, 'moves'), length, stations, 0.2),
    ...(draw.is(0.1)
      ? {
          change: {
            at: changeAt(chance(seed, 'change'), draw.int(0, length), actions),
            fields: { ...fields, ...fieldsOf(draw) },
            shards,
          },
        }
      : {}),
    stations,
    users,
    actions: actions.toSorted((a, b) => a.at - b.at),
    rates: isCalm ? { ...NO_FAULTS, poison: draw.is(0.3) ? 1 : 0 } : ratesOf(draw),
    outages: isCalm ? [] : outagesOf(draw, length),
    length,
    shards: draw.int(1, 3),
  };
}

export function fieldsOf(draw: Chance): object {
  const seats = draw.one([1, 1, 1, 2, 3, 'unlimited']);
  const takeOver = draw.one(['refuse', 'offer', 'offer', 'replace']);
  const sweep = draw.one(['1m', '1m', '30s', '5m']);
  if (draw.is(0.5)) {
    const lease = draw.one(['45s', '2m', '5m']);
    const job = draw.one(['off', '3m', '30m']);
    return {
      profile: 'release-station',
      seats,
      idle: draw.one(['30s', '30s', '90s']),
      lease,
      job,
      maximum: draw.one(['10m', '1h', '12h']),
      takeOver,
      sweep,
    };
  }
  return {
    profile: 'enterprise',
    seats,
    idle: draw.one(['1m', '5m', '20m']),
    ping: '30s',
    lease: draw.one(['40s', '2m', '10m']),
    failover: draw.one(['off', '3m', '30m']),
    logonToken: draw.one(['off', '10m', '2h']),
    maximum: draw.one(['15m', '2h', '24h']),
    job: draw.one(['off', '4m']),
    whenIdle: draw.one(['linger', 'linger', 'linger', 'end']),
    takeOver,
    sweep,
  };
}

/** Often while a job runs: what it has put off is to be called back by a policy that waits less. */
function changeAt(draw: Chance, at: number, actions: readonly Action[]): number {
  const starts = actions.filter(({ what }) => what === 'job-started');
  return starts.length === 0 || draw.is(0.3) ? at : draw.one(starts).at + draw.int(SECOND, MINUTE);
}

function stationsOf(draw: Chance, seed: number): PlannedStation[] {
  return Array.from({ length: draw.int(2, 5) }, (_, n): PlannedStation => {
    const kind = draw.one(['hosted', 'pinging', 'application', 'application'] as const);
    return {
      id: `${kind}-${n + 1}`,
      kind,
      reportsActivity: draw.is(0.6),
      retries: draw.is(0.7),
      mad: kind !== 'hosted' && draw.is(0.1),
      ...speechOf(chance(seed, `speech ${n}`), clockOf),
    };
  });
}

/** How a station says what it says. */
export function speechOf(
  draw: Chance,
  clockOf: (draw: Chance) => PlannedClock,
): Pick<PlannedStation, 'dates' | 'signs' | 'hasIds' | 'namesJobs'> {
  const signs = draw.is(0.25);
  const clock = clockOf(draw);
  return {
    ...(draw.is(0.5) ? { dates: clock } : {}),
    // Who signs by a clock that nobody has set is refused.
    ...(signs ? { signs: clock.isUnset ? RIGHT : clock } : {}),
    hasIds: signs || draw.is(0.85),
    namesJobs: draw.is(0.5),
  };
}

const RIGHT: PlannedClock = { off: 0 };

/** Some are right, some are off, some are set right one day, some begin in 1970. */
function clockOf(draw: Chance): PlannedClock {
  const off = draw.one([
    () => draw.int(-2 * SECOND, 2 * SECOND),
    () => draw.int(0, 4 * MINUTE),
    () => draw.int(-4 * MINUTE, 0),
    () => draw.int(-30 * DAY, -HOUR),
  ])();
  const setAt = draw.is(0.5) ? { setAt: draw.skewed(0, 2 * HOUR) } : {};
  return draw.is(0.15) ? { off: 0, isUnset: true, ...setAt } : { off, ...setAt };
}

/** Now and then a station is registered in another realm, and perhaps again where it was. */
export function movesOf(
  draw: Chance,
  length: number,
  stations: readonly PlannedStation[],
  share: number,
): Pick<Plan, 'fieldsElsewhere' | 'moves'> {
  const moves = stations.flatMap(({ id }) =>
    draw.is(share) ? Array.from({ length: draw.int(1, 2) }, () => ({ at: draw.int(0, length), station: id })) : [],
  );
  return { fieldsElsewhere: fieldsOf(draw), moves };
}

export type Drawn = Omit<Action, 'n'>;

/** A user comes to a station, and does this and that there, with pauses about as long as the policy's deadlines. */
function visitOf(
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
function queueOf(draw: Chance, length: number, stations: readonly PlannedStation[], users: readonly string[]): Drawn[] {
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

function actionOf(draw: Chance, length: number, stations: readonly PlannedStation[], users: readonly string[]): Drawn {
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

export function ratesOf(draw: Chance): Rates {
  const some = (most: number): number => (draw.is(0.5) ? 0 : draw.next() * most);
  return {
    lostMessage: some(0.1),
    repeatedMessage: some(0.2),
    lateMessage: some(0.1),
    lostAnswer: some(0.15),
    killed: some(0.05),
    refusedCall: some(0.1),
    doneButError: some(0.1),
    repeatedCall: some(0.2),
    slowCall: some(0.1),
    staleIndex: some(0.5),
    lostTimer: some(0.5),
    lateTimer: some(0.5),
    doubleTimer: some(0.3),
    badBatch: some(0.2),
    poison: draw.is(0.1) ? 1 : 0,
  };
}

function outagesOf(draw: Chance, length: number): Outage[] {
  return Array.from({ length: draw.int(0, 2) }, (): Outage => {
    const from = draw.int(0, length);
    const of = draw.one(['seats', 'scheduler', 'announcing', 'backstop'] as const);
    return { of, from, until: Math.min(length, from + draw.skewed(MINUTE, 3 * HOUR)) };
  });
}
