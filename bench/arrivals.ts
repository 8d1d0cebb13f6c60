/**
 * Logins as they arrive in a Region, in virtual time: the real keeper, the real sweep and the real memory of slots, in as
 * many containers as Lambda would keep, over a table and a Scheduler that do nothing but take their time. What it counts
 * is requests to the Scheduler.
 */
import type { CreateScheduleCommand, SchedulerClient } from '@aws-sdk/client-scheduler';
import { schedulerTimers } from '../lib/aws/timers.ts';
import { memoryHistory } from '../lib/memory/history.ts';
import { memoryPanels } from '../lib/memory/panels.ts';
import { readRealms } from '../lib/realms/realms-file.ts';
import { createKeeper, type Keeper } from '../lib/service/keeper.ts';
import type { Meter, Timer, Timers } from '../lib/service/ports.ts';
import { backstop, sweep } from '../lib/service/sweep.ts';
import type { Station } from '../lib/session/commands.ts';
import { nameOf, type SessionName } from '../lib/session/seat.ts';
import { type DurationMs, type EpochMs, epochMs, MINUTE } from '../lib/time.ts';
import { Agenda } from '../test/simulation/agenda.ts';
import { type Chance, chance } from '../test/simulation/chance.ts';
import { indexedSeats } from './indexed-seats.ts';
import { Containers } from './simulated-containers.ts';

export interface Arrivals {
  readonly perSecond: number;
  readonly shards: number;
  /** Of printers, whose users are gone in a minute, or of a portal, a web application that pings for each of its users. */
  readonly at: 'printers' | 'portal';
  /** How long it goes on before anything is counted, so that containers and slots are as on any other day. */
  readonly warmUpMs: DurationMs;
  readonly countedMs: DurationMs;
  readonly seed: number;
}

export interface Counted {
  /** Sessions opened while requests were counted. */
  readonly sessions: number;
  readonly schedulerCalls: number;
  /** Those of them that stations' requests made; the rest are the sweeps'. */
  readonly byStations: number;
  /** Those that found the timer armed. */
  readonly inVain: number;
  /** Containers that were there at the end: of the function that answers stations, and of the sweep. */
  readonly containers: { readonly stations: number; readonly sweeps: number };
}

/** How long things take in a Region, in milliseconds: mostly the first, seldom up to the second. */
const TAKES = {
  /** What a function does by itself with half a gigabyte of memory, which comes with a third of a core. */
  work: [4, 30],
  /** A conditional write. */
  write: [4, 20],
  /** `CreateSchedule`. */
  arm: [30, 200],
} as const;

/** The Scheduler fires within the minute. */
const FIRES_WITHIN = MINUTE;
const BACKSTOP_EVERY = 5 * MINUTE;

const REALMS = JSON.stringify({
  realms: { printers: { profile: 'release-station' }, portal: { profile: 'enterprise' } },
});

const START = epochMs(Date.UTC(2026, 10, 19, 8));

const noMeter: Meter = { add: () => {} };

export async function countArrivals(arrivals: Arrivals): Promise<Counted> {
  const { perSecond, shards, seed } = arrivals;
  const { realms } = readRealms(REALMS);
  const policy = realms.get(arrivals.at);
  if (policy === undefined) throw new Error(`there is no realm of ${arrivals.at}`);
  const ties = chance(seed, 'ties');
  const agenda = new Agenda(START, ties.next);
  const draws = chance(seed, 'arrivals');
  const takes = (what: keyof typeof TAKES): Promise<void> => {
    const [mostly, seldom] = TAKES[what];
    return agenda.wait(draws.skewed(mostly, seldom));
  };
  const countFrom = START + arrivals.warmUpMs;
  const until = countFrom + arrivals.countedMs;
  const counts = { sessions: 0, schedulerCalls: 0, byStations: 0, inVain: 0 };
  const failures: unknown[] = [];
  const go = (work: Promise<unknown>) => void work.catch((error) => failures.push(error));
  const clock = () => agenda.now;

  const seats = indexedSeats(shards, () => takes('write'));
  const panels = memoryPanels();
  const history = memoryHistory();
  const armed = new Set<string>();

  const timersOf = (whose: 'stations' | 'sweeps'): Timers =>
    schedulerTimers(
      schedulerClient(async (name, timer) => {
        if (agenda.now >= countFrom) {
          counts.schedulerCalls++;
          if (whose === 'stations') counts.byStations++;
          if (armed.has(name)) counts.inVain++;
        }
        await takes('arm');
        if (armed.has(name)) return false;
        armed.add(name);
        agenda.at(timer.at + draws.int(0, FIRES_WITHIN - 1), () => {
          armed.delete(name);
          go(sweepers.run((timers) => sweep({ ...sweeping, timers }, sweepOptions, timer)));
        });
        return true;
      }),
      { groupName: 'timers', sweepArn: 'sweep', roleArn: 'role', deadLetterArn: 'dead' },
      clock,
    );

  const sweeping = { seats, meter: noMeter, clock, pause: (ms: DurationMs) => agenda.wait(ms), throttled: () => 0 };
  const complain = (_: string, error: unknown) => void failures.push(error);
  const sweepOptions = { realms, shards, shardsEver: shards, hasTime: () => true, complain };
  const sweepers = new Containers(agenda, draws, () => timersOf('sweeps'));
  const stations = new Containers(agenda, draws, () => {
    const timers = timersOf('stations');
    return createKeeper({ seats, panels, history, timers, meter: noMeter, clock }, { shards });
  });
  const say = (said: Said) =>
    stations.run(async (keeper) => {
      await takes('work');
      return keeper.hear({ ...said, policy, now: agenda.now });
    });

  const visits = arrivals.at === 'printers' ? atPrinter : atApplication;
  let users = 0;
  const arrive = () => {
    const user = `user-${users++}`;
    if (agenda.now >= countFrom) counts.sessions++;
    go(visits({ agenda, draws, say, user, perSecond }));
    agenda.in(exponential(draws, 1_000 / perSecond), arrive);
  };
  arrive();
  const sweepAll = () => {
    go(sweepers.run((timers) => backstop({ ...sweeping, timers }, sweepOptions)));
    agenda.in(BACKSTOP_EVERY, sweepAll);
  };
  sweepAll();
  await agenda.runThrough(until);
  if (failures.length > 0) throw failures[0];
  return { ...counts, containers: { stations: stations.count, sweeps: sweepers.count } };
}

type Said = Omit<Parameters<Keeper['hear']>[0], 'policy' | 'now'>;

interface Visit {
  readonly agenda: Agenda;
  readonly draws: Chance;
  readonly say: (said: Said) => ReturnType<Keeper['hear']>;
  readonly user: string;
  readonly perSecond: number;
}

const exponential = (draws: Chance, mean: number): number => -Math.log(1 - draws.next()) * mean;

/** At one of so many printers that each has a login every other minute. */
async function atPrinter({ agenda, draws, say, user, perSecond }: Visit): Promise<void> {
  const id = `printer-${draws.int(1, Math.ceil(perSecond * 120))}`;
  const station: Station = { id, realm: 'printers', reportsActivity: true, hasPanel: true };
  const session = await logIn(say, { station, user });
  if (session === undefined) return;
  for (const n of [1, 2]) {
    await agenda.wait(draws.int(5_000, 20_000));
    await say({ type: 'activity', station, id: `${user}-activity-${n}`, session });
  }
  // One in ten walks away.
  if (draws.is(0.1)) return;
  await agenda.wait(draws.int(5_000, 20_000));
  await say({ type: 'logout', station, id: `${user}-logout`, session });
}

/** In a web application that pings for its user every other minute; half of them never log out. */
async function atApplication({ agenda, draws, say, user }: Visit): Promise<void> {
  const station: Station = { id: 'portal', realm: 'portal', reportsActivity: true, hasPanel: false };
  const session = await logIn(say, { station, user });
  if (session === undefined) return;
  const leavesAt = agenda.now + exponential(draws, 10 * MINUTE);
  for (let n = 0; agenda.now + 2 * MINUTE < leavesAt; n++) {
    await agenda.wait(2 * MINUTE);
    await say({ type: draws.is(0.5) ? 'ping' : 'activity', station, id: `${user}-${n}`, session });
  }
  if (draws.is(0.5)) return;
  await agenda.wait(Math.max(0, leavesAt - agenda.now));
  await say({ type: 'logout', station, id: `${user}-logout`, session });
}

async function logIn(
  say: Visit['say'],
  { station, user }: { station: Station; user: string },
): Promise<SessionName | undefined> {
  const answer = await say({ type: 'login', station, id: `${user}-login`, user });
  return answer.is === 'opened' ? nameOf(answer.seat) : undefined;
}

/** The SDK's client as far as the timers know it: `create` is told the timer, and answers whether its name was free. */
function schedulerClient(create: (name: string, timer: Timer) => Promise<boolean>): SchedulerClient {
  const send = async ({ input }: CreateScheduleCommand) => {
    const { shard, slot, cursor } = JSON.parse(input.Target?.Input ?? '') as {
      shard: string;
      slot: EpochMs;
      cursor?: string;
    };
    const timer = { shard, at: slot, ...(cursor === undefined ? {} : { cursor }) };
    if (await create(input.Name ?? '', timer)) return {};
    throw Object.assign(new Error('it exists'), { name: 'ConflictException' });
  };
  return { send } as unknown as SchedulerClient;
}
