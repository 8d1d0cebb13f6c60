/**
 * A campus as it is: dozens of stations of every kind, hundreds of users, weeks. They come to work in the morning, go home
 * in the evening and stay away at weekends; and now and then something goes wrong, for an hour or for a day.
 */
import type { Policy } from '../../lib/session/policy.ts';
import { DAY, HOUR, MINUTE, SECOND } from '../../lib/time.ts';
import { type Chance, chance } from './chance.ts';
import {
  type Action,
  type Fleet,
  fieldsOf,
  movesOf,
  NO_FAULTS,
  type Outage,
  type Plan,
  type PlannedClock,
  type PlannedGateway,
  type PlannedStation,
  policyOf,
  type Rates,
  ratesOf,
  type Spell,
  speechOf,
} from './plan.ts';
import { type Drawn, NAMES } from './visits.ts';

const WEEK = 7 * DAY;
/** The world begins on a Monday at noon; see `START` in cloud.ts. */
const FIRST_MIDNIGHT = -12 * HOUR;

/** What goes wrong on an ordinary day: a radio link is bad, firmware is impatient. */
const ORDINARY: Rates = {
  ...NO_FAULTS,
  lostMessage: 0.002,
  repeatedMessage: 0.005,
  lateMessage: 0.002,
  lostAnswer: 0.002,
};

/** `days` for a shorter life than the seed's own. */
export function fleetPlanOf(seed: number, days?: number): Plan {
  const draw = chance(seed, 'fleet');
  const fields = fieldsOf(draw);
  const policy = policyOf(fields);
  const stations = stationsOf(draw, seed);
  const users = Array.from({ length: draw.int(150, 400) }, (_, n) => `${LETTERS[n % LETTERS.length]}${n}`);
  const length = (days ?? draw.int(3 * 7, 9 * 7)) * DAY;
  const shards = draw.int(1, 4);
  const isCalm = draw.is(0.15);
  const fleet: Fleet = {
    spells: isCalm ? [] : spellsOf(draw, length),
    gateways: gatewaysOf(chance(seed, 'gateways'), stations, length),
    powerCuts: powerCutsOf(chance(seed, 'power'), stations, length),
    restarts: times(draw, length / (2 * WEEK), () => draw.int(0, length)),
    duePage: draw.one([5, 25, 100]),
  };
  const change = draw.is(0.4)
    ? { at: draw.int(0, length), fields: { ...fields, ...fieldsOf(draw) }, shards: draw.int(1, 7) }
    : undefined;
  const outages = isCalm ? [] : times(draw, length / (3 * WEEK), () => outageOf(draw, length));
  const visits = daysOf(length).flatMap((midnight) => dayOf(draw, policy, midnight, length, stations, users));
  const actions = [...visits, ...darkness(fleet, visits, users)]
    .filter(({ at }) => at >= 0 && at < length)
    .toSorted((a, b) => a.at - b.at)
    .map((action, n): Action => ({ n, ...action }));
  return {
    seed,
    fields,
    ...movesOf(chance(seed, 'moves'), length, stations, 0.1),
    ...(change === undefined ? {} : { change }),
    stations,
    users,
    actions,
    rates: isCalm ? NO_FAULTS : ORDINARY,
    outages,
    length,
    shards,
    fleet,
  };
}

/** The stream has two shards, by the first letter of the user. */
const LETTERS = 'abcdefghijklmnopqrstuvwxyz';

/** About so many, at least one. */
const times = <T>(draw: Chance, mean: number, make: () => T): T[] =>
  Array.from({ length: draw.int(1, Math.max(1, Math.round(2 * mean - 1))) }, make);

/** Each midnight with which a working day begins. */
const daysOf = (length: number): number[] =>
  Array.from({ length: Math.ceil((length - FIRST_MIDNIGHT) / DAY) }, (_, n) => n)
    .filter((n) => n % 7 < 5)
    .map((n) => FIRST_MIDNIGHT + n * DAY);

// --- stations, and what they hang from

function stationsOf(draw: Chance, seed: number): PlannedStation[] {
  const mad = draw.is(0.5) ? 0 : -1;
  return Array.from({ length: draw.int(40, 80) }, (_, n): PlannedStation => {
    const kind = n % 16 === 0 ? 'application' : draw.one(['hosted', 'hosted', 'pinging'] as const);
    return {
      id: `${kind}-${n + 1}`,
      kind,
      reportsActivity: draw.is(0.7),
      retries: draw.is(0.7),
      mad: n === mad,
      ...speechOf(chance(seed, `speech ${n}`), clockOf),
    };
  });
}

/** Most are set by a time server. */
const clockOf = (draw: Chance): PlannedClock => {
  const off = draw.is(0.8) ? draw.int(-2 * SECOND, 2 * SECOND) : draw.int(-4 * MINUTE, 4 * MINUTE);
  const setAt = draw.is(0.3) ? { setAt: draw.int(0, 4 * WEEK) } : {};
  return draw.is(0.05) ? { off: 0, isUnset: true, ...setAt } : { off, ...setAt };
};

const hasPower = ({ kind }: PlannedStation): boolean => kind !== 'application';

/** Some buildings have one connection for all of their printers. */
function gatewaysOf(draw: Chance, stations: readonly PlannedStation[], length: number): PlannedGateway[] {
  const printers = stations.filter(hasPower);
  const size = draw.int(6, 15);
  return Array.from(
    { length: draw.int(1, 3) },
    (_, n): PlannedGateway => ({
      id: `gateway-${n + 1}`,
      stations: printers.slice(n * size, (n + 1) * size).map(({ id }) => id),
      dates: clockOf(draw),
      downs: times(draw, length / WEEK, () => {
        const from = workingTime(draw, length);
        return { from, until: from + draw.skewed(MINUTE, 6 * HOUR), crashes: draw.is(0.4) };
      }),
    }),
  );
}

function powerCutsOf(draw: Chance, stations: readonly PlannedStation[], length: number): Fleet['powerCuts'] {
  return times(draw, length / (3 * WEEK), () => {
    const [printers, at] = [stations.filter(hasPower), workingTime(draw, length)];
    const first = draw.int(0, Math.floor(printers.length / 2));
    return { at, stations: printers.slice(first, first + draw.int(8, printers.length)).map(({ id }) => id) };
  });
}

/** Some time between eight and six of a working day. */
const workingTime = (draw: Chance, length: number): number =>
  Math.min(length - 1, Math.max(0, draw.one(daysOf(length)) + draw.int(8 * HOUR, 18 * HOUR)));

/** Every station that loses its power crashes, and boots when it has it again; until then nobody can do anything there. */
function darkness({ powerCuts }: Fleet, visits: Drawn[], users: readonly string[]): Drawn[] {
  return powerCuts.flatMap(({ at, stations }) => {
    const dark = new Set(stations);
    // As if by one switch, and as fast as each one boots.
    const back = at + MINUTE + (at % (3 * HOUR));
    for (let n = visits.length - 1; n >= 0; n--) {
      const visit = visits[n];
      if (visit !== undefined && dark.has(visit.station) && at <= visit.at && visit.at < back) visits.splice(n, 1);
    }
    const common = { user: users[0] ?? '', takeOver: 'no', names: 'panel' } as const;
    return stations.flatMap((station, n): Drawn[] => [
      { ...common, at, station, what: 'crash' },
      { ...common, at: back + ((n * 7_919) % MINUTE), station, what: 'boot' },
    ]);
  });
}

// --- what goes wrong in the cloud

function spellsOf(draw: Chance, length: number): Spell[] {
  const froms = times(draw, length / WEEK, () => draw.int(0, length)).toSorted((a, b) => a - b);
  return froms.map((from, n) => ({
    from,
    until: Math.min(froms[n + 1] ?? length, from + draw.skewed(HOUR, 2 * DAY)),
    rates: ratesOf(draw),
  }));
}

function outageOf(draw: Chance, length: number): Outage {
  const from = draw.int(0, length);
  const of = draw.one(['seats', 'scheduler', 'announcing', 'backstop'] as const);
  return { of, from, until: Math.min(length, from + draw.skewed(MINUTE, 6 * HOUR)) };
}

// --- what people do

/** Visits in a day, at a printer and at an application. */
const AT_PRINTER = 8;
const AT_APPLICATION = 10;

function dayOf(
  draw: Chance,
  policy: Policy,
  midnight: number,
  length: number,
  stations: readonly PlannedStation[],
  users: readonly string[],
): Drawn[] {
  return stations.flatMap((station) => {
    const most = 2 * (station.kind === 'application' ? AT_APPLICATION : AT_PRINTER);
    return Array.from({ length: draw.int(0, most) }, () => {
      const at = midnight + timeOfDay(draw);
      return at < 0 || at > length ? [] : visitOf(draw, policy, at, station, stations, draw.one(users));
    }).flat();
  });
}

/** Most come in the morning; hardly anybody at night. */
function timeOfDay(draw: Chance): number {
  const share = draw.next();
  if (share < 0.4) return draw.int(8 * HOUR, 9 * HOUR + 30 * MINUTE);
  if (share < 0.97) return draw.int(9 * HOUR, 18 * HOUR);
  return draw.int(0, DAY - 1);
}

/** A user comes to a station, does this and that there, and leaves: by a logout, or without a word; then perhaps at once to another. */
function visitOf(
  draw: Chance,
  policy: Policy,
  from: number,
  station: PlannedStation,
  stations: readonly PlannedStation[],
  user: string,
): Drawn[] {
  const isPrinter = hasPower(station);
  const takeOver = draw.one(['no', 'no', 'any', 'named'] as const);
  const common = { station: station.id, user, takeOver };
  const visit: Drawn[] = [{ ...common, at: from, what: 'login', names: 'user' }];
  let at = from;
  let running = 0;
  for (let left = isPrinter ? draw.int(0, 4) : draw.int(2, 10); left > 0; left--) {
    at += isPrinter ? draw.int(3 * SECOND, MINUTE) : draw.skewed(MINUTE, pauseOf(policy));
    const what =
      running > 0 ? draw.one(['job-ended', 'activity'] as const) : draw.one(['activity', 'job-started'] as const);
    running += what === 'job-started' ? 1 : what === 'job-ended' ? -1 : 0;
    visit.push({ ...common, at, what, names: draw.one(NAMES) });
  }
  at += draw.int(3 * SECOND, MINUTE);
  const leaves = draw.next();
  if (leaves < 0.6) visit.push({ ...common, at, what: 'logout', names: draw.one(NAMES) });
  else if (leaves < 0.62) visit.push({ ...common, at, what: 'operator-end', names: 'session' });
  else if (leaves < 0.64 && isPrinter) visit.push({ ...common, at, what: 'crash', names: 'panel' });
  if (draw.is(0.9)) return visit;
  const other = draw.one(stations);
  return [...visit, ...visitOf(draw, policy, at + draw.int(5 * SECOND, 5 * MINUTE), other, stations, user)];
}

/** Long enough, now and then, to fall down a rung or two. */
const pauseOf = ({ idleMs, leaseMs, failoverMs }: Policy): number => 2 * (idleMs + leaseMs) + failoverMs;
