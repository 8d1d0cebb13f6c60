/**
 * A month of visits, played through the real core in memory: people who do the same at the same instants whatever they are
 * told, but for those who find no seat: they try again until there is one, and do then what they came for.
 */
import type { Stay } from '../../lib/realms/replay.ts';
import type { Station } from '../../lib/session/commands.ts';
import { handleOf } from '../../lib/session/handle.ts';
import type { Policy } from '../../lib/session/policy.ts';
import { nameOf, type Past } from '../../lib/session/seat.ts';
import { after, DAY, durationMs, type EpochMs, HOUR, MINUTE, SECOND, since } from '../../lib/time.ts';
import { Agenda } from '../simulation/agenda.ts';
import { type Chance, chance } from '../simulation/chance.ts';
import { backstopRuns } from './story.ts';
import { START, World } from './world.ts';

export interface Visit {
  readonly n: number;
  readonly user: string;
  readonly station: Station;
  readonly at: EpochMs;
  /** What it consists of, if its user need not wait; so much later otherwise. */
  readonly deeds: readonly Deed[];
}

interface Deed {
  readonly at: EpochMs;
  readonly type: 'activity' | 'job-started' | 'logout';
}

const DAYS = 30;
/** Who finds no seat tries again so often. */
export const PATIENCE = durationMs(15 * SECOND);
const stationOf = (n: number): Station => ({
  id: `printer-${n}`,
  realm: 'campus',
  hasPanel: n % 4 !== 3,
  reportsActivity: n % 2 === 0,
});

/** Each user has a few errands a day, each to one printer or to two, one after the other. Two people never meet at one. */
export function visitsOf(seed: number, { users }: { readonly users: number }): Visit[] {
  const draw = chance(seed, 'month');
  const visits: Visit[] = [];
  for (let user = 0; user < users; user++) {
    for (let errand = 0; errand < 3 * DAYS; errand++) {
      if (draw.is(0.4)) continue;
      let at = after(START, durationMs(errand * 8 * HOUR + draw.int(0, 4 * HOUR)));
      let printer = draw.int(0, 7);
      for (let n = draw.int(1, 2); n > 0; n--) {
        printer = (printer + draw.int(1, 7)) % 8;
        const station = stationOf(user * 8 + printer);
        const visit = visitAt(draw, at, { n: visits.length, user: `user-${user}`, station });
        visits.push(visit);
        // To the next one at once, or after a while.
        at = after(visit.deeds.at(-1)?.at ?? at, durationMs(draw.int(10 * SECOND, 12 * MINUTE)));
      }
    }
  }
  return visits;
}

/** Nobody is idle for long before they go; some log out, some walk away, some of these while it prints. */
function visitAt(draw: Chance, at: EpochMs, of: Pick<Visit, 'n' | 'user' | 'station'>): Visit {
  const deeds: Deed[] = [];
  let last = at;
  const next = (type: Deed['type']) => {
    last = after(last, durationMs(draw.int(2 * SECOND, 25 * SECOND)));
    deeds.push({ at: last, type });
  };
  if (of.station.reportsActivity) for (let n = draw.int(0, 6); n > 0; n--) next('activity');
  if (draw.is(0.4)) next('logout');
  else if (draw.is(0.3)) next('job-started');
  return { ...of, at, deeds };
}

/** What became of a visit. */
export interface Outcome {
  readonly openedAt: EpochMs;
  readonly lostAt: EpochMs;
}

export interface Played {
  /** By the visit's number; none of who never got in. */
  readonly outcomes: ReadonlyMap<number, Outcome>;
  /** By the visit's number too. */
  readonly stays: ReadonlyMap<number, Stay>;
}

/** Plays them all, in the order of time, under one policy. */
export async function play(visits: readonly Visit[], policy: Policy): Promise<Played> {
  const world = new World();
  world.policy = policy;
  world.realms = new Map([[policy.realm, policy]]);
  const handles = new Map<string, number>();
  let said = 0;
  const agenda = new Agenda(START, () => said++);
  const faults: unknown[] = [];
  const at = (instant: EpochMs, act: () => Promise<unknown>) =>
    agenda.at(instant, () => {
      world.now = agenda.now;
      act().catch((error: unknown) => faults.push(error));
    });
  const hear = (visit: Visit, type: 'login' | Deed['type']) =>
    world.keeper.hear({ type, station: visit.station, policy, now: world.now, id: `${said++}`, user: visit.user });
  const login = async (visit: Visit): Promise<void> => {
    const answer = await hear(visit, 'login');
    if (answer.is === 'taken') return at(after(world.now, PATIENCE), () => login(visit));
    if (answer.is !== 'opened') throw new Error(`visit ${visit.n}: ${answer.is}`);
    handles.set(handleOf(nameOf(answer.seat)), visit.n);
    const waited = since(visit.at, world.now);
    for (const deed of visit.deeds) at(after(deed.at, waited), () => hear(visit, deed.type));
  };
  for (const visit of visits) at(visit.at, () => login(visit));
  for (let day = 1; day <= DAYS + 2; day++) {
    await agenda.runThrough(START + day * DAY);
    await world.runJournal();
  }
  if (faults.length > 0) throw new AggregateError(faults, `of ${visits.length} visits ${faults.length} went wrong`);
  world.now = after(world.now, durationMs(2 * DAY));
  await backstopRuns(world);
  await world.runJournal();
  return collected(
    world,
    new Set(visits.map(({ user }) => user)),
    handles,
    new Map(visits.map((v) => [v.station.id, v.station])),
  );
}

async function collected(
  world: World,
  users: ReadonlySet<string>,
  handles: ReadonlyMap<string, number>,
  stations: ReadonlyMap<string, Station>,
): Promise<Played> {
  const past: Past[] = [];
  for (const user of users) past.push(...(await world.history.ofUser('campus', user, { limit: 10_000 })).items);
  const outcomes = new Map<number, Outcome>();
  const stays = new Map<number, Stay>();
  for (const { name, session, ended } of past) {
    const visit = handles.get(handleOf(name));
    if (visit === undefined) throw new Error(`${handleOf(name)} belongs to no visit`);
    outcomes.set(visit, { openedAt: session.openedAt, lostAt: ended.at });
    const { openedAt, activeAt, heardAt, loggedOnAt } = session;
    const station = stations.get(session.station);
    if (station === undefined) throw new Error(`no station ${session.station}`);
    const signs = { openedAt, activeAt, heardAt, loggedOnAt };
    stays.set(visit, { user: name.user, station, ...signs, lostAt: ended.at, reason: ended.reason });
  }
  return { outcomes, stays };
}
