/**
 * The two implementations of `Seats` side by side: whatever stations, operators and sweeps do, in whatever order, each
 * write has the same outcome on DynamoDB as in memory, and leaves the same seat and the same index behind.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { dynamoSeats } from '../../lib/aws/seats.ts';
import { memorySeats } from '../../lib/memory/seats.ts';
import { present } from '../../lib/present.ts';
import { readRealms } from '../../lib/realms/realms-file.ts';
import type { Seats } from '../../lib/service/ports.ts';
import type { Command, Station, Verdict } from '../../lib/session/commands.ts';
import { decide, guess } from '../../lib/session/decide.ts';
import { decideSweep } from '../../lib/session/due.ts';
import { isDormant } from '../../lib/session/ladder.ts';
import type { Policy } from '../../lib/session/policy.ts';
import { isOpen, nextEpoch, type Occupied, type OpenSession, type Seat, type SeatKey } from '../../lib/session/seat.ts';
import { allShards } from '../../lib/session/shards.ts';
import { verdictOf } from '../../lib/session/step.ts';
import type { Attempt, Change, Condition } from '../../lib/session/write.ts';
import { after, type DurationMs, durationMs, type EpochMs, epochMs, NEVER } from '../../lib/time.ts';
import { useEngine } from '../support/engine.ts';
import { absent, ana, at, NOON, open, unchanged } from './sessions.ts';

/** Long enough to meet every pair of steps many times over, short enough for every run of the tests. */
const RUNS = 60;
const STEPS_MAX = 40;
const WITHIN_MS = 100_000;
/** What is found is shown in time, if not in its shortest form. */
const PARAMETERS = { numRuns: RUNS, interruptAfterTimeLimit: WITHIN_MS / 2 };

const engine = useEngine();

/** Writes to both, and shows where they differ. */
async function pair() {
  const memory = memorySeats({ shards: 1 });
  const dynamo = dynamoSeats({ client: engine.client, name: (await engine.createTable()).name }, { shards: 1 });
  const write: Seats['write'] = async (key, attempt) => {
    const [expected, written] = await Promise.all([memory.write(key, attempt), dynamo.write(key, attempt)]);
    expect(written).toEqual(expected);
    return expected;
  };
  const compare = async (keys: readonly SeatKey[]) => {
    for (const key of keys) expect(await dynamo.read(key)).toEqual(await memory.read(key));
    for (const shard of allShards(1)) {
      const [expected, due] = await Promise.all(
        [memory, dynamo].map((seats) => seats.due(shard, { through: NEVER, limit: 100 })),
      );
      expect(byUser(due?.items ?? [])).toEqual(byUser(expected?.items ?? []));
    }
  };
  return { write, compare, read: memory.read };
}

const byUser = <T extends { key: SeatKey }>(seats: readonly T[]) =>
  seats.toSorted((a, b) => a.key.user.localeCompare(b.key.user));

// --- what stations, operators and sweeps do

const stations: readonly Station[] = [
  { id: 'lib-1', realm: 'campus-print', reportsActivity: true, hasPanel: true },
  { id: 'lib-2', realm: 'campus-print', reportsActivity: false, hasPanel: true },
  { id: 'web-1', realm: 'campus-print', reportsActivity: true, hasPanel: false },
];

const some = <T>(...values: readonly T[]) => fc.constantFrom(...values);

const policies = fc
  .record({
    idle: some('1s', '3s', '4s', '10s'),
    whenIdle: some('end', 'linger', 'linger', 'linger'),
    lease: some('2s', '6s', '6s', '20s'),
    failover: some('off', '6s', '20s', '20s'),
    logonToken: some('off', '20s', '60s'),
    maximum: some('20s', '60s', '60s'),
    job: some('off', '4s', '15s'),
    takeOver: some('refuse', 'offer', 'replace'),
    sweep: some('1s', '7s'),
  })
  .map((fields): Policy => {
    const realm = { profile: 'release-station', ...fields };
    const policy = readRealms(JSON.stringify({ realms: { 'campus-print': realm } })).realms.get('campus-print');
    if (policy === undefined) throw new Error('the policy contradicts itself');
    return policy;
  });

const steps = fc.record({
  waitMs: fc.oneof(some(0, 1, 500, 999, 1_000, 1_000, 2_000, 3_000, 5_000), fc.nat({ max: 4_000 })),
  what: some(
    ...(['login', 'login', 'login', 'ping', 'ping', 'ping', 'activity', 'activity', 'activity', 'activity'] as const),
    ...(['job-started', 'job-ended', 'logout', 'boot', 'operator', 'sweep', 'sweep'] as const),
  ),
  user: some('ana', 'ana', 'ana', 'ana', 'bob'),
  station: some(...stations, ...stations.filter(({ hasPanel }) => !hasPanel).flatMap((web) => [web, web])),
  /** It comes from where it can be: the station at which its user is. */
  strays: some(...Array.from({ length: 7 }, () => false), true),
  /** Whether it names the session: not at all, the one that is there, or one from before. */
  names: some('none', 'none', 'this', 'this', 'this', 'older'),
  /** How long ago it occurred. */
  agoMs: some(undefined, undefined, undefined, undefined, 0, 500, 2_500, -1_000),
  /** Which delivery it repeats, counted back; `undefined` for none. */
  repeats: some(...Array.from({ length: 8 }, () => undefined), 1, 2),
  takeOver: fc.boolean(),
});

type Step = typeof steps extends fc.Arbitrary<infer S> ? S : never;

interface Delivery {
  readonly id: string;
  /** When it was first sent, which is when it says that it occurred. */
  readonly sentAt: EpochMs;
  readonly step: Step;
}

function commandOf(
  { id, sentAt, step }: Delivery,
  now: EpochMs,
  policy: Policy,
  seat: Seat | undefined,
): Command | undefined {
  const { takeOver, agoMs, names } = step;
  const its = step.what === 'login' || step.strays ? undefined : seat?.session?.station;
  const station = stations.find(({ id }) => id === its) ?? step.station;
  const key: SeatKey = { ...ana, user: step.user };
  const epoch = names === 'none' || seat === undefined ? {} : { epoch: names === 'this' ? seat.epoch : seat.epoch - 1 };
  const occurredAt = agoMs === undefined ? {} : { occurredAt: epochMs(sentAt - agoMs) };
  const said = { now, policy, station, id, key, ...occurredAt };
  const { key: _, ...spoken } = said;
  switch (step.what) {
    case 'login':
      return { ...spoken, type: 'login', realm: key.realm, user: key.user, takeOver, epoch: nextEpoch(now) };
    case 'ping':
    case 'activity':
    case 'job-started':
    case 'job-ended':
      return { ...said, ...epoch, type: step.what };
    case 'logout':
    case 'boot':
      return { ...said, ...epoch, type: 'farewell', reason: step.what };
    case 'operator':
      return {
        type: 'operator-end',
        now,
        key,
        epoch: seat?.epoch ?? 1,
        principal: 'kim',
        id: said.id,
        ...(takeOver ? { note: 'left' } : {}),
      };
    case 'sweep':
      return undefined;
  }
}

async function carryOut(write: Seats['write'], key: SeatKey, command: Command): Promise<Verdict> {
  let step = guess(command);
  while (!('verdict' in step)) {
    const written = await write(key, step.attempt);
    if (written.won) return verdictOf(step.meaning, written.seat);
    step = decide(command, written.seat);
  }
  return step.verdict;
}

async function sweep(write: Seats['write'], key: SeatKey, seat: Seat | undefined, now: EpochMs, sweepMs: DurationMs) {
  const swept = decideSweep(seat, now, sweepMs);
  if ('attempt' in swept) await write(key, swept.attempt);
}

test(
  'whatever happens to sessions happens on DynamoDB as in memory',
  async () => {
    const verdicts = new Map<Verdict['is'], number>();
    await fc.assert(
      fc.asyncProperty(
        policies,
        // What comes first of a list is no likelier than the rest.
        fc.noBias(fc.array(steps, { minLength: STEPS_MAX / 2, maxLength: STEPS_MAX, size: 'max' })),
        async (policy, steps) => {
          const { write, compare, read } = await pair();
          const deliveries: Delivery[] = [];
          let now = NOON;
          for (const [n, given] of steps.entries()) {
            // Nothing happens before somebody has come.
            const next = n === 0 ? ({ ...given, what: 'login', agoMs: undefined } as const) : given;
            now = after(now, durationMs(next.waitMs));
            const repeated = deliveries.at(-(next.repeats ?? Number.POSITIVE_INFINITY));
            const delivery = repeated ?? { id: `delivery-${n}`, sentAt: now, step: next };
            const { step } = delivery;
            deliveries.push(delivery);
            const key = { ...ana, user: step.user };
            const seat = await read(key);
            const command = commandOf(delivery, now, policy, seat);
            if (command === undefined) await sweep(write, key, seat, now, policy.sweepMs);
            else {
              const { is } = await carryOut(write, key, command);
              verdicts.set(is, (verdicts.get(is) ?? 0) + 1);
            }
            await compare([key]);
          }
        },
      ),
      PARAMETERS,
    );
    // Of every verdict there is there were some: the steps reach all of the core.
    expect([...verdicts.keys()].toSorted()).toEqual([
      'ended',
      'gone',
      'invalidated',
      'lingering',
      'logged-on-anew',
      'made-anew',
      'not-yours',
      'nothing-open',
      'opened',
      'overtaken',
      'renewed',
      'repeated',
      'resumed',
      'stale',
      'taken',
    ]);
  },
  WITHIN_MS,
);

// --- conditions that no command would make

describe('any condition on any seat', () => {
  /** Few instants, ids and numbers, so that they often meet. */
  const instants = fc.nat({ max: 12 }).map((n) => at(n * 10));
  const deliveries = some('login-1', 'login-2', 'login-3');
  const stationIds = some('lib-1', 'lib-2');
  const latest = fc.record(
    { station: stationIds, id: deliveries, occurredAt: instants },
    { requiredKeys: ['station', 'id'] },
  );
  const deadlines = fc.record(
    {
      idleAt: instants,
      lingerAt: instants,
      leaseAt: instants,
      maximumAt: instants,
      jobAt: instants,
      failoverMs: some(30_000, 60_000).map(durationMs),
      rememberedUntil: instants,
    },
    { requiredKeys: ['leaseAt', 'maximumAt'] },
  );
  const epochs = fc.nat({ max: 3 }).map((n) => NOON + n);
  const ended = fc.record(
    {
      at: instants,
      reason: some('logout' as const, 'idle' as const),
      by: some('policy'),
      note: some('left'),
      request: some('r1'),
    },
    { requiredKeys: ['at', 'reason', 'by'] },
  );

  const free = fc.record({ if: some('free' as const), now: instants, epoch: epochs, login: latest });
  /** Each part that does not hold hides what the others do: few of them at a time. */
  const rarely = <T>(values: fc.Arbitrary<T>) =>
    fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: values });
  const live = fc
    .record({
      epoch: rarely(epochs),
      station: rarely(stationIds),
      unlessId: rarely(deliveries),
      unlessPreviousId: rarely(deliveries),
      notAfter: rarely(instants),
      heardAtMost: rarely(instants),
      pingedBefore: rarely(instants),
      jobs: rarely(fc.nat({ max: 2 })),
      dueAtMost: rarely(instants),
      orJobWaits: rarely(some(true as const)),
      isActive: rarely(some(true as const)),
    })
    .chain((parts) => instants.map((now): Condition => ({ if: 'live', now, ...present(parts) })));
  const decided = fc.record({
    if: some('unchanged' as const),
    epoch: epochs,
    revision: fc.integer({ min: 1, max: 3 }),
  });
  const vacancies: fc.Arbitrary<Condition> = fc.oneof(fc.constant(absent), free);
  const occupations: fc.Arbitrary<Condition> = fc.oneof(live, decided);

  const opening = fc.record(
    {
      epoch: epochs,
      deadlines,
      due: instants,
      latest,
      station: stationIds,
      jobs: fc.nat({ max: 2 }),
      openedBy: deliveries,
      loggedOnAt: instants,
      madeAnewOf: epochs,
      pingedAt: instants,
    },
    { requiredKeys: ['epoch', 'deadlines', 'due', 'latest', 'station', 'jobs', 'openedBy'] },
  );
  const opens: fc.Arbitrary<Change> = opening.map(({ epoch, latest, ...differs }) => open(differs, epoch, latest));
  const renewal = fc.record(
    {
      do: some('renew' as const),
      heardAt: instants,
      pingedAt: instants,
      activeAt: instants,
      idleAt: fc.option(instants),
      lingerAt: fc.option(instants),
      leaseAt: instants,
      jobAt: fc.option(instants),
      jobs: fc.nat({ max: 2 }),
      due: instants,
      resumedAt: instants,
      logon: fc.record({ at: instants, rememberedUntil: instants }, { requiredKeys: ['at'] }),
      latest,
    },
    { requiredKeys: ['do', 'heardAt', 'leaseAt'] },
  );
  const ends = fc.record({ do: some('end' as const), ended, latest }, { requiredKeys: ['do', 'ended'] });
  const descends = fc.record({
    do: some('descend' as const),
    rung: some('lingering' as const, 'failover' as const, 'remembered' as const),
    due: instants,
  });
  const postpones = fc.record({ do: some('postpone' as const), rung: some('active' as const), due: instants });
  const remembers = fc.record({ do: some('keep-word' as const), epoch: epochs, latest });

  const attempts = fc.record({
    vacancy: vacancies,
    occupation: occupations,
    vacant: fc.oneof({ weight: 4, arbitrary: opens }, { weight: 1, arbitrary: remembers }),
    occupied: fc.oneof(
      { weight: 3, arbitrary: renewal as fc.Arbitrary<Change> },
      { weight: 1, arbitrary: ends },
      { weight: 1, arbitrary: descends },
      { weight: 1, arbitrary: postpones },
    ),
    surely: fc.boolean(),
  });

  /** Only an open session is renewed, brought down, postponed or ended; a session keeps its epoch when a word is remembered. */
  function attemptOn(seat: Seat | undefined, one: typeof attempts extends fc.Arbitrary<infer A> ? A : never): Attempt {
    if (seat?.session !== undefined && one.vacant.do === 'keep-word') {
      return { condition: unchanged(seat), change: { ...one.vacant, epoch: seat.epoch } };
    }
    if (!isOpen(seat) || (one.vacant.do === 'open' && one.vacancy.if === 'free' && !one.surely)) {
      return { condition: seat !== undefined && one.surely ? unchanged(seat) : one.vacancy, change: one.vacant };
    }
    return { condition: one.surely ? unchanged(seat) : one.occupation, change: possibleOn(seat, one.occupied) };
  }

  /** A session that has been announced as dormant is made anew, and never resumed; one is put off on the rung where it is. */
  function possibleOn({ session }: Occupied<OpenSession>, change: Change): Change {
    if (change.do === 'postpone') return { ...change, rung: session.rung };
    if (change.do !== 'renew' || !isDormant(session.rung)) return change;
    const { resumedAt: _, ...others } = change;
    return others;
  }

  test(
    'holds on DynamoDB if and only if it holds in memory, and its change leaves the same seat',
    async () => {
      let won = 0;
      let lost = 0;
      await fc.assert(
        fc.asyncProperty(fc.array(attempts, { minLength: 5, maxLength: STEPS_MAX, size: 'max' }), async (attempts) => {
          const { write, compare, read } = await pair();
          for (const one of attempts) {
            const written = await write(ana, attemptOn(await read(ana), one));
            if (written.won) won++;
            else lost++;
          }
          await compare([ana]);
        }),
        PARAMETERS,
      );
      expect(Math.min(won, lost)).toBeGreaterThan(RUNS);
    },
    WITHIN_MS,
  );
});
