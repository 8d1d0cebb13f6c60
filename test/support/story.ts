/**
 * Stories about sessions: `given(…).when(…).then(…)`. One story covers what the station was answered, what is in the
 * seat, and what was announced. Time is set, never waited for.
 *
 * Stations: `lib-1` and `lib-2` have a panel and report activity; `quiet-1` and `quiet-2` have a panel and do not;
 * `web-1` to `web-3` are web applications, `quiet-web` is one that does not report activity. Users are `ana` unless it is
 * said; a station is `lib-1` unless it is said.
 */

import { expect } from 'vitest';
import { type Timer, Unavailable } from '../../lib/service/ports.ts';
import { backstop, sweep } from '../../lib/service/sweep.ts';
import type { StationEvent, Verdict } from '../../lib/session/commands.ts';
import type { Entry } from '../../lib/session/journal.ts';
import { endingOf, freeAt, isCounted, rungAt } from '../../lib/session/ladder.ts';
import { type Ending, isOpen, nameOf, type Rung, type Seat, type SessionName } from '../../lib/session/seat.ts';
import { allShards, shardOf } from '../../lib/session/shards.ts';
import { after, type EpochMs } from '../../lib/time.ts';
import {
  type Fault,
  fail,
  into,
  lengthOf,
  type Offset,
  OTHER_REALM,
  policyOf,
  SHARDS,
  START,
  seatOf,
  World,
} from './world.ts';

export type Step = (world: World) => unknown;
export type Check = (world: World) => unknown;

/** Plays the steps in their order; awaited, a story without `then` has at least been played. */
export const given = (...before: readonly Step[]) => ({
  ...toldIn(() => new World(), before),
  /** In this world, which has something odd about it. */
  in: (world: World) => toldIn(() => world, before),
});

const toldIn = (worldOf: () => World, before: readonly Step[]) => ({
  when: (...steps: readonly Step[]) => ({
    // biome-ignore lint/suspicious/noThenProperty: a story reads as given, when, then; nobody awaits it half told.
    then: async (...checks: readonly Check[]): Promise<void> => {
      const world = worldOf();
      for (const step of [...before, ...steps]) await step(world);
      for (const check of checks) await check(world);
    },
  }),
});

// --- time and policy

/** The story's realm has this policy from now on, in the words of the realms file. */
export const under =
  (fields: object): Step =>
  (world) => {
    world.policy = policyOf(fields);
    world.realms = new Map([
      [world.policy.realm, world.policy],
      [OTHER_REALM, { ...world.policy, realm: OTHER_REALM }],
    ]);
  };

/** The station is registered in the other realm from now on, and nothing else about it has changed. */
export const movesToAnnex =
  (station: string): Step =>
  (world) => {
    world.moved.set(station, OTHER_REALM);
  };

/** The realms file that is deployed now no longer has it. */
export const realmIsGone: Step = (world) => {
  world.realms = new Map();
};

export const at =
  (offset: Offset): Step =>
  (world) => {
    world.now = into(offset);
  };

export const pass =
  (offset: Offset): Step =>
  (world) => {
    world.now = after(world.now, lengthOf(offset));
  };

// --- what stations say

export interface Told {
  readonly station?: string;
  /** `null`: it names none. */
  readonly user?: string | null;
  /** The n-th session of the story, by its handle. */
  readonly session?: number;
  /** `true`, or the n-th session of the story. */
  readonly takeOver?: boolean | number;
  /** The delivery's id; one of its own unless it is said. */
  readonly id?: string;
  /** The station's own time of it. */
  readonly said?: Offset;
  /** When it was signed. */
  readonly signed?: Offset;
  /** What the station calls the job. */
  readonly job?: string;
}

let deliveries = 0;

const tell =
  (type: StationEvent['type'], defaults: Told = {}) =>
  (told: Told = {}): Step =>
  async (world) => {
    world.answer = await answered(world.keeper.hear(eventOf(world, type, { ...defaults, ...told })));
  };

function eventOf(world: World, type: StationEvent['type'], told: Told): StationEvent {
  const { station: name = 'lib-1', user, session, takeOver, id = `delivery-${++deliveries}`, said, signed, job } = told;
  const station = world.stationOf(name);
  return {
    type,
    station,
    policy: world.policyOf(station),
    now: world.now,
    id,
    ...(said === undefined ? {} : { occurredAt: into(said) }),
    ...(signed === undefined ? {} : { signedAt: into(signed) }),
    ...(job === undefined ? {} : { job }),
    ...(session === undefined ? {} : { session: nth(world, session) }),
    ...(user === undefined || user === null || session !== undefined ? {} : { user }),
    ...(takeOver === undefined ? {} : { takeOver: typeof takeOver === 'number' ? nth(world, takeOver) : takeOver }),
  };
}

export const answered = async (answer: Promise<Verdict>): Promise<World['answer']> => {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof Unavailable) return { is: 'unavailable' };
    throw error;
  }
};

export const nth = (world: World, session: number): SessionName =>
  world.opened[session - 1] ?? fail(`the story has no session ${session} yet`);

export const login = tell('login', { user: 'ana' });
export const logout = tell('logout', { user: 'ana' });
export const ping = tell('ping', { user: 'ana' });
export const activity = tell('activity', { user: 'ana' });
export const jobStarted = tell('job-started', { user: 'ana' });
export const jobEnded = tell('job-ended', { user: 'ana' });
export const boot = tell('boot');

/** These at the same instant, each as if alone. */
export const atOnce =
  (...steps: readonly Step[]): Step =>
  (world) =>
    Promise.all(steps.map((step) => step(world)));

// --- what operators, timers and the table do

export const operatorEnds =
  (session: number, note?: string, id = 'request-1'): Step =>
  async (world) => {
    const by = { principal: 'olga', id, now: world.now, ...(note === undefined ? {} : { note }) };
    world.answer = await answered(world.keeper.end(nth(world, session), by));
  };

const always = () => true;
/** Failures are looked for in what the sweep returns. */
const complain = () => {};

/** A timer fires now: for the slot at `slot`, or this very instant. One shard unless all are meant. */
export const sweeps =
  (timer: { readonly slot?: Offset; readonly user?: string; readonly pages?: number } = {}): Step =>
  async (world) => {
    const slot = timer.slot === undefined ? world.now : into(timer.slot);
    let pages = timer.pages ?? Number.POSITIVE_INFINITY;
    const hasTime = () => pages-- > 0;
    const shards = timer.user === undefined ? allShards(SHARDS) : [shardOf(seatOf(timer.user), SHARDS)];
    for (const shard of shards)
      world.swept = await sweep(
        world,
        { realms: world.realms, shards: SHARDS, shardsEver: SHARDS, hasTime, complain },
        { shard, at: slot },
      );
  };

/** Every timer up to the instant fires at its own. Returns when none is left that soon. */
export const timersFireThrough =
  (offset: Offset): Step =>
  async (world) => {
    for (let timer = next(world, into(offset)); timer !== undefined; timer = next(world, into(offset))) {
      world.armed.forget(timer);
      world.now = timer.at;
      await sweep(
        world,
        { realms: world.realms, shards: SHARDS, shardsEver: SHARDS, hasTime: always, complain },
        timer,
      );
    }
    world.now = into(offset);
  };

const next = (world: World, through: EpochMs): Timer | undefined =>
  [...world.armed.armed()].sort((a, b) => a.at - b.at).find(({ at }) => at <= through);

export const timersAreLost: Step = (world) => {
  for (const timer of world.armed.armed()) world.armed.forget(timer);
};

export const backstopRuns: Step = async (world) => {
  world.swept = await backstop(world, {
    realms: world.realms,
    shards: SHARDS,
    shardsEver: SHARDS + 1,
    hasTime: always,
    complain,
  });
};

export const journalRuns: Step = (world) => world.runJournal();
/** The stream delivers its records, and then once more. */
export const journalRunsTwice: Step = async (world) => {
  const { changes } = world;
  await world.runJournal();
  world.changes = changes;
  await world.runJournal();
};
export const garbageIsCollected =
  (user = 'ana'): Step =>
  (world) =>
    world.collect(user);

export const indexLags: Step = (world) => world.freezeIndex();
export const failing =
  (fault: Fault): Step =>
  (world) =>
    world.order(fault);

/** Only what is done to the seats of one user fails; or of all but some. */
export const onlyFor = (user: string, fault: Fault): Fault => ({ ...fault, only: (key) => userIn(key) === user });
export const exceptFor = (users: readonly string[], fault: Fault): Fault => ({
  ...fault,
  only: (key) => !users.includes(userIn(key) ?? ''),
});
const userIn = (key: unknown): string | undefined =>
  typeof key === 'object' && key !== null && 'user' in key ? String(key.user) : undefined;

// --- checks

/** What the last one who asked was answered. */
export const outcome =
  (is: NonNullable<World['answer']>['is'], like: object = {}): Check =>
  ({ answer }) =>
    expect(answer).toMatchObject({ is, ...like });

/** `ana`, or `ana@annex` for her seat in the other realm. */
const itemOf = async (world: World, user: string): Promise<Seat | undefined> => {
  const [name = '', realm] = user.split('@');
  return world.seats.read(seatOf(name, realm));
};
const clockTime = (instant: EpochMs): string => `+${(instant - START) / 1000}s`;

/** Who holds the user's seat at this instant: a station, or nobody. */
export const holder =
  (station: string | undefined, user = 'ana'): Check =>
  async (world) => {
    const seat = await itemOf(world, user);
    const held = isOpen(seat) && isCounted(rungAt(seat.session, world.now)) ? seat.session.station : undefined;
    expect(held, `who holds the seat of ${user}`).toBe(station);
  };

/** How the seat's session ended, whether or not anybody has recorded it. */
export const sessionEnded =
  (reason: Ending['reason'], offset: Offset, user = 'ana'): Check =>
  async (world) => {
    const session = (await itemOf(world, user))?.session;
    const ended = session && endingOf(session, world.now);
    expect(ended && `${ended.reason} ${clockTime(ended.at)}`).toBe(`${reason} ${clockTime(into(offset))}`);
  };

/** The instant from which another may have the user's seat. */
export const seatIsFreeAt =
  (offset: Offset, user = 'ana'): Check =>
  async (world) => {
    const seat = await itemOf(world, user);
    if (!isOpen(seat)) return fail('nobody is on this seat');
    expect(clockTime(freeAt(seat.session.deadlines))).toBe(clockTime(into(offset)));
  };

/** Of which of the story's sessions the last answer tells. */
export const answeredOf =
  (session: number): Check =>
  (world) =>
    expect(nameIn(world.answer), 'the session of the answer').toEqual(nth(world, session));

export const nameIn = (answer: World['answer']): SessionName | undefined => {
  if (answer === undefined) return undefined;
  if ('past' in answer) return answer.past?.name;
  return 'seat' in answer && answer.seat !== undefined ? nameOf(answer.seat) : undefined;
};

/** Where each of the story's sessions stands now, in the order of their opening; `gone` where another has its seat. */
export const rungs =
  (...expected: readonly (Rung | 'gone')[]): Check =>
  async (world) => {
    const now = await Promise.all(
      world.opened.map(async (name) => {
        const seat = await world.seats.read(name);
        if (seat?.epoch !== name.epoch) return 'gone';
        return isOpen(seat) ? rungAt(seat.session, world.now) : 'ended';
      }),
    );
    expect(now).toEqual(expected);
  };

/** Which of the story's sessions hold a seat now, by the order of their opening. */
export const holding =
  (...sessions: readonly number[]): Check =>
  async (world) => {
    const held = await Promise.all(
      world.opened.map(async (name) => {
        const seat = await world.seats.read(name);
        return seat?.epoch === name.epoch && isOpen(seat) && isCounted(rungAt(seat.session, world.now));
      }),
    );
    expect(held.flatMap((is, n) => (is ? [n + 1] : []))).toEqual(sessions);
  };

export const item =
  (like: object, user = 'ana'): Check =>
  async (world) =>
    expect(await itemOf(world, user)).toMatchObject(like);

/**
 * Everything that the bus was told so far, one line each: `opened ana lib-1 +0s`, `lingering ana web-1 +1200s idle`,
 * `resumed ana web-1 +1300s from lingering`, `ended ana lib-1 +30s idle policy`.
 */
export const journal =
  (...lines: readonly string[]): Check =>
  async (world) => {
    await world.runJournal();
    expect(world.announced.map(lineOf)).toEqual(lines);
  };

/** The story's ends, one line each, as history keeps them, oldest first: `ana lib-1 +30s idle`. */
export const history =
  (...lines: readonly string[]): Check =>
  async (world) => {
    await world.runJournal();
    const users = [...new Set(world.opened.map(({ user }) => user))];
    const pages = await Promise.all(users.map((user) => world.history.ofUser('campus', user, { limit: 1000 })));
    const past = pages
      .flatMap(({ items }) => items)
      .sort((a, b) => a.ended.at - b.ended.at || a.name.epoch - b.name.epoch);
    expect(
      past.map(({ name, session, ended }) => `${name.user} ${session.station} ${clockTime(ended.at)} ${ended.reason}`),
    ).toEqual(lines);
  };

const lineOf = (entry: Entry): string =>
  [
    entry.type,
    entry.name.user,
    entry.session.station,
    clockTime(entry.at),
    ...('by' in entry ? [entry.by] : []),
    ...(entry.type === 'resumed' ? ['from', entry.from] : []),
    ...(entry.type === 'ended' ? [entry.ended.reason, entry.ended.by] : []),
  ].join(' ');

/** The instants at which the user's shard will be swept. */
export const timersAt =
  (...offsets: readonly Offset[]): Check =>
  (world) => {
    const shard = shardOf(seatOf('ana'), SHARDS);
    const instants = world.armed.armed().flatMap((timer) => (timer.shard === shard ? [timer.at] : []));
    expect(instants.sort().map(clockTime)).toEqual(offsets.map((offset) => clockTime(into(offset))));
  };

export const counted =
  (metric: Parameters<World['meter']['sum']>[0], times: number, of: { readonly reason?: string } = {}): Check =>
  ({ meter }) =>
    expect(meter.sum(metric, of), metric).toBe(times);

/** What the last sweep found. */
export const found =
  (like: object): Check =>
  ({ swept }) =>
    expect(swept).toMatchObject(like);

export const onPanel =
  (user: string | undefined, station = 'lib-1'): Check =>
  async (world) =>
    expect((await world.panels.read(station)).occupant?.user, `who is on the panel of ${station}`).toBe(user);
