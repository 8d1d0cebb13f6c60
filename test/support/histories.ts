/** Random histories of the whole ladder: policies, what stations and operators do, and who sweeps meanwhile. */

import fc from 'fast-check';
import { present } from '../../lib/present.ts';
import { handleOf } from '../../lib/session/handle.ts';
import type { Entry } from '../../lib/session/journal.ts';
import { rungAt } from '../../lib/session/ladder.ts';
import type { Policy } from '../../lib/session/policy.ts';
import { nameOf, type Occupied, type OpenSession, type SessionName } from '../../lib/session/seat.ts';
import { after, durationMs } from '../../lib/time.ts';
import {
  activity,
  answered,
  atOnce,
  boot,
  jobEnded,
  jobStarted,
  login,
  logout,
  ping,
  type Step,
  sweeps,
  timersFireThrough,
} from './story.ts';
import { policyOf, START, stationOf, World } from './world.ts';

const some = <const T extends readonly unknown[]>(...values: T) => fc.constantFrom<T[number][]>(...values);

/** Of seconds, so that a history meets every rung of them. */
export const policies = fc
  .record({
    seats: some(1, 2, 3, 'unlimited'),
    idle: some('1s', '3s', '8s'),
    whenIdle: some('linger', 'linger', 'end'),
    lease: some('2s', '5s', '12s', '12s'),
    failover: some('off', '3s', '15s'),
    logonToken: some('off', '10s', '30s', '90s'),
    maximum: some('12s', '40s', '120s', '120s'),
    job: some('off', '4s', '15s'),
    takeOver: some('refuse', 'offer', 'replace'),
    sweep: some('1s', '7s', '1m'),
    stations: some({}, {}, { 'web-1': { idle: '5s' } }),
  })
  .map((fields): Policy => policyOf({ profile: 'enterprise', ping: 'off', ...fields }));

/** After so much silence every session of these policies has ended. */
export const LONG_AFTER_MS = 600_000;

const EVENTS = { login, ping, activity, jobStarted, jobEnded, logout, boot };

const stations = ['lib-1', 'quiet-1', 'web-1', 'web-2', 'quiet-web'] as const;

const happenings = (waits: fc.Arbitrary<number>) =>
  fc.record({
    waitMs: waits,
    what: some(
      ...(['login', 'login', 'login', 'activity', 'activity', 'activity', 'ping', 'ping', 'ping'] as const),
      ...(['jobStarted', 'jobStarted', 'jobEnded', 'logout', 'boot', 'operator', 'policy'] as const),
    ),
    user: some('ana', 'ana', 'ana', 'ben'),
    station: some(...stations, 'web-1', 'web-1'),
    /** Of which session it is: of one that opened lately, counted back; now and then of any user at any station. */
    of: some(1, 1, 1, 1, 2, 2, 3, 'any'),
    /** What it names of it. */
    names: some(...(['user', 'user', 'session', 'session', 'session', 'session', 'session', 'nobody'] as const)),
    agoMs: some(undefined, undefined, undefined, 0, 500, 2_500, 20_000, -1_000),
    /** Which delivery it repeats, counted back. */
    repeats: some(...Array.from({ length: 12 }, () => undefined), 1, 2, 3),
    takeOver: some(false, false, true, 1, 2),
    /** What the station calls the job, if it is one. */
    job: some(undefined, undefined, 'copy', 'scan'),
    isSigned: some(false, false, false, true),
  });

type Happening = ReturnType<typeof happenings> extends fc.Arbitrary<infer H> ? H : never;

export interface History {
  readonly policies: readonly [Policy, Policy];
  readonly happenings: readonly Happening[];
}

const WAITS = some(
  ...[0, 0, 1, 500, 999, 1_000, 1_000, 1_999, 2_000, 2_001, 3_000, 3_000, 5_000, 8_000, 12_000, 30_000],
);
const WHOLE_SECONDS = some(...[0, 0, 1, 1, 1, 2, 2, 3, 3, 5, 8, 12, 30]).map((seconds) => seconds * 1_000);

const historiesWith = (waits: fc.Arbitrary<number>): fc.Arbitrary<History> =>
  // What comes first of a list is no likelier than the rest: most histories would be of one thing.
  fc
    .noBias(
      fc.record({
        policies: fc.tuple(policies, policies),
        first: happenings(waits).map((happening): Happening => ({ ...happening, what: 'login' })),
        others: fc.array(happenings(waits), { minLength: 4, maxLength: 30, size: 'max' }),
      }),
    )
    .map(({ policies, first, others }) => ({ policies, happenings: [first, ...others] }));
export const histories = historiesWith(fc.oneof(WAITS, WAITS, fc.nat({ max: 6_000 })));
export const historiesOfSeconds = historiesWith(WHOLE_SECONDS);

/** What sweeps do around an event: which of the history's it is, and the event itself, are theirs to place. */
export type Sweeping = (event: Step, n: number) => Step;

/** Takes everything that is in the index, due or not. */
const ofAll = (): Step => (world) => sweeps({ slot: world.now - START + LONG_AFTER_MS })(world);

export const SWEEPING: Record<'never' | 'before each' | 'beside each' | 'by timers' | 'seldom, and twice', Sweeping> = {
  never: (event) => event,
  'before each': (event) => inOrder(ofAll(), event),
  'beside each': (event) => atOnce(ofAll(), event),
  'by timers': (event) => inOrder((world) => timersFireThrough(world.now - START)(world), event),
  'seldom, and twice': (event, n) => (n % 4 === 3 ? inOrder(sweeps(), event, atOnce(ofAll(), ofAll())) : event),
};

const inOrder =
  (...steps: readonly Step[]): Step =>
  async (world) => {
    for (const step of steps) await step(world);
  };

/** Plays a history; the journal hears of each event at once. Returns what each who asked was answered. */
export async function play(
  { policies, happenings }: History,
  sweeping: Sweeping,
  between: Step = () => {},
  world = new World(),
): Promise<{ readonly world: World; readonly answers: readonly unknown[] }> {
  const answers: unknown[] = [];
  const deliveries: { readonly happening: Happening; readonly step: Step }[] = [];
  const obey = (n: number) => {
    world.policy = policies[n % 2 === 0 ? 0 : 1];
    world.realms = new Map([[world.policy.realm, world.policy]]);
  };
  obey(0);
  let changes = 0;
  for (const [n, happening] of happenings.entries()) {
    const end = after(world.now, durationMs(happening.waitMs));
    while (world.now < end) {
      world.now = Math.min(world.now + 1_000, end) as typeof end;
      await between(world);
    }
    if (happening.what === 'policy') {
      obey(++changes);
      continue;
    }
    const repeated = deliveries.at(-(happening.repeats ?? Number.POSITIVE_INFINITY));
    const delivery = repeated ?? { happening, step: await stepOf(happening, world, n) };
    deliveries.push(delivery);
    world.answer = undefined;
    await sweeping(delivery.step, n)(world);
    answers.push({ n, ...shown(world, delivery.happening) });
    await world.runJournal();
  }
  return { world, answers };
}

/** Everything ends, and is announced. */
export async function playOut(world: World): Promise<void> {
  world.now = after(world.now, durationMs(LONG_AFTER_MS));
  await ofAll()(world);
  await world.runJournal();
}

async function stepOf(happening: Happening, world: World, n: number): Promise<Step> {
  const { what, of, names, agoMs, takeOver, job, isSigned } = happening;
  if (what === 'policy') throw new Error('a change of policy is no event');
  const nth = (back: number) => {
    const session = world.opened.length + 1 - back;
    return session > 0 ? session : undefined;
  };
  const session = what === 'login' || of === 'any' ? undefined : nth(of);
  const name = session === undefined ? undefined : world.opened[session - 1];
  if (what === 'operator') {
    return async (world) => {
      if (name === undefined) return;
      world.answer = await answered(
        world.keeper.end(name, { principal: 'olga', id: `end-${world.now}`, now: world.now }),
      );
    };
  }
  const station = (name && (await world.seats.read(name))?.session?.station) ?? happening.station;
  const user = name?.user ?? happening.user;
  const named = typeof takeOver === 'number' ? nth(takeOver) : takeOver;
  const { hasPanel } = stationOf(station);
  return EVENTS[what]({
    station,
    id: `delivery-${n}`,
    user: names === 'nobody' && hasPanel && what !== 'login' ? null : user,
    ...(what === 'login' ? present({ takeOver: named }) : names === 'session' ? present({ session }) : {}),
    ...present({
      said: agoMs === undefined ? undefined : Math.max(0, world.now - START - agoMs),
      // Signatures tell seconds.
      signed: isSigned ? Math.floor((world.now - START) / 1_000) * 1_000 : undefined,
      job: what === 'jobStarted' || what === 'jobEnded' ? job : undefined,
    }),
  });
}

/** What a station or an operator can see of an answer. */
function shown({ answer, now }: World, { what, names }: Happening): object {
  if (answer === undefined) return {};
  if (answer.is === 'taken') {
    return { ...answer, holders: answer.holders.map((holder) => sessionShown(holder, now)) };
  }
  // A panel is tidied once an end has been announced: whether nobody is there or somebody who is gone makes no difference.
  const meansAnyone = what === 'boot' || names === 'nobody';
  if (meansAnyone && ['gone', 'nothing-open', 'stale'].includes(answer.is)) return { is: 'nobody' };
  if (answer.is === 'gone') return present({ is: answer.is, name: answer.past?.name, ended: answer.past?.ended });
  if (answer.is === 'ended') return { is: answer.is, name: nameOf(answer.seat), ended: answer.seat.session.ended };
  return 'seat' in answer ? { is: answer.is, ...sessionShown(answer.seat, now) } : answer;
}

/** All of it but what is the sweep's own: the rung that was announced, the slot, the count of writes. */
const sessionShown = (seat: Occupied<OpenSession>, now: World['now']): object => {
  const { rung: _, due: __, ...session } = seat.session;
  return { name: nameOf(seat), rung: rungAt(seat.session, now), ...session };
};

/** What was announced of each session, in order. */
export function chains(announced: readonly Entry[]): Map<string, Entry[]> {
  const chains = new Map<string, Entry[]>();
  for (const entry of announced) {
    const handle = handleOf(entry.name);
    chains.set(handle, [...(chains.get(handle) ?? []), entry]);
  }
  return chains;
}

export const announcementOf = (entry: Entry): string =>
  [
    entry.type,
    entry.at - START,
    'from' in entry ? entry.from : '',
    entry.to,
    'by' in entry ? entry.by : '',
    'previous' in entry ? handleOf(entry.previous as SessionName) : '',
    entry.type === 'ended' ? `${entry.ended.reason} ${entry.ended.by}` : '',
  ].join(' ');
