/**
 * How fast Curfew is beside what people would use instead: each takes its turn in every round, in an order that rotates,
 * on one engine that is new in each; one at a time and many in flight; near, and as far away as a Region's network is.
 */
import { present } from '../lib/present.ts';
import { type Engines, openEngines, type Reach } from './engine.ts';
import { type Figure, type Goal, type Options, type Part, type Report, ROUNDS_MIN } from './part.ts';
import { barePeer } from './peers/bare.ts';
import { bundleStationFunction, curfewPeer, type StationFunctions } from './peers/curfew.ts';
import { lockClientPeer } from './peers/lock-client.ts';
import { naivePeer } from './peers/naive.ts';
import type { Peer } from './peers/peer.ts';
import { type RedisServer, redisPeer, startRedis } from './peers/redis.ts';
import { OPERATIONS, type Operation, takeLikeness } from './seats.ts';
import { inSilence } from './silence.ts';
import { ratios, spreadOf } from './statistics.ts';
import { inDigits } from './table.ts';

const DELAY_MS = 5;

interface Crowd {
  readonly inFlight: number;
  readonly seats: number;
}

interface Distance {
  readonly name: string;
  readonly reach: 'near' | 'far';
  readonly crowds: readonly Crowd[];
}

/** So many that a round takes about a second: a pause of the machine or of the collector is then a part of it, not all. */
const DISTANCES: readonly Distance[] = [
  {
    name: 'no delay',
    reach: 'near',
    crowds: [
      { inFlight: 1, seats: 100 },
      { inFlight: 16, seats: 256 },
    ],
  },
  {
    name: `${DELAY_MS} ms away`,
    reach: 'far',
    crowds: [
      { inFlight: 1, seats: 40 },
      { inFlight: 16, seats: 256 },
    ],
  },
];

/** Before the first round, until the compiler has seen it all; before the others, until connections are open again. */
const WARM_UP_FIRST = 200;
const WARM_UP = 32;

/** Of the seats, in a run that makes no record: for a look, as CI takes one, which is over in a minute. */
const LOOK = 0.25;

export const operations: Part = {
  name: 'operations',
  about:
    'The real handler beside the bare SDK, dynamodb-lock-client, a naive service and Redis: operations a second by theirs, in the same round.',
  run: async (options, report) => {
    const redis = await startRedis();
    if (redis === undefined) report('there is no redis-server on the PATH: left out');
    const engines = await openEngines(DELAY_MS, redis?.address);
    const functions = await bundleStationFunction();
    try {
      const { timings, processor } = await measure({ engines, functions, redis }, options, report);
      return [
        ...DISTANCES.flatMap((distance) =>
          distance.crowds.flatMap(({ inFlight }) => figuresOf(timings, `${inFlight} in flight, ${distance.name}`)),
        ),
        ...processorFigures(processor),
      ];
    } finally {
      functions.close();
      await engines.stop();
      await redis?.stop();
    }
  },
};

/** One a round, by situation, operation and peer. */
type Timings = Map<string, number[]>;

interface Measurements {
  /** Operations a second. */
  readonly timings: Timings;
  /** Milliseconds an operation, of the process that the peer is in; the engine has one of its own. */
  readonly processor: Timings;
}

const keyOf = (situation: string, operation: Operation | 'login + logout', peer: string) =>
  `${situation}: ${operation}: ${peer}`;

interface Field {
  readonly engines: Engines;
  readonly functions: StationFunctions;
  readonly redis: RedisServer | undefined;
}

async function measure(
  { engines, functions, redis }: Field,
  { rounds }: Options,
  report: Report,
): Promise<Measurements> {
  const timings: Timings = new Map();
  const processor: Timings = new Map();
  const noteIn = (where: Timings, key: string, value: number) => where.set(key, [...(where.get(key) ?? []), value]);
  const peersAt = (reach: Reach): Peer[] => [
    curfewPeer(reach, functions),
    barePeer(reach),
    lockClientPeer(reach),
    lockClientPeer(reach, 3),
    naivePeer(reach),
    ...(redis === undefined || reach.redis === undefined ? [] : [redisPeer(reach.redis)]),
  ];
  const peers = { near: peersAt(engines.near), far: peersAt(engines.far) };

  // Each turn has as many as the others.
  const some = (count: number) => TURNS * Math.ceil((count * (rounds < ROUNDS_MIN ? LOOK : 1)) / TURNS);
  for (let round = 0; round < rounds; round++) {
    for (const { name, reach, crowds } of DISTANCES) {
      const warmUp = round === 0 ? some(WARM_UP_FIRST) : WARM_UP;
      const seats = warmUp + crowds.reduce((total, crowd) => total + some(crowd.seats), 0);
      await engines.renew();
      const likeness = await takeLikeness(engines.near.dynamodb, 'likeness');
      for (const peer of peers[reach]) await inSilence(() => peer.prepare(seats, likeness));
      for (const peer of peers[reach]) await takeTurn(peer, { inFlight: 16, from: 0, count: warmUp });
      let from = warmUp;
      for (const { inFlight, seats: all } of crowds) {
        const seats = some(all);
        const situation = `${inFlight} in flight, ${name}`;
        report(`round ${round + 1} of ${rounds}: ${situation}`);
        const spent = await takeTurns(rotated(peers[reach], round), { inFlight, from, count: seats });
        for (const [peer, byOperation] of spent) {
          const both = sum(byOperation.get('login') ?? NOTHING, byOperation.get('logout') ?? NOTHING);
          for (const [operation, { seconds, processorMs }] of [...byOperation, ['login + logout', both] as const]) {
            const key = keyOf(situation, operation, peer.name);
            noteIn(timings, key, seats / seconds);
            noteIn(processor, key, processorMs / seats);
          }
        }
        from += seats;
      }
    }
  }
  for (const peer of [...peers.near, ...peers.far]) peer.close();
  return { timings, processor };
}

const rotated = <T>(all: readonly T[], by: number): T[] => {
  const first = by % all.length;
  return [...all.slice(first), ...all.slice(0, first)];
};

interface Turn {
  readonly inFlight: number;
  readonly from: number;
  readonly count: number;
}

/** So often in a round does everybody take a turn: what else the machine does falls on all of them. */
const TURNS = 4;

async function takeTurns(peers: readonly Peer[], { inFlight, from, count }: Turn): Promise<SpentByPeer> {
  const spent = new Map<Peer, Map<Operation, Spent>>(peers.map((peer) => [peer, new Map()]));
  const share = count / TURNS;
  for (let turn = 0; turn < TURNS; turn++) {
    for (const [peer, soFar] of spent) {
      const taken = await takeTurn(peer, { inFlight, from: from + turn * share, count: share });
      for (const [operation, more] of taken) soFar.set(operation, sum(soFar.get(operation) ?? NOTHING, more));
    }
  }
  return spent;
}

interface Spent {
  readonly seconds: number;
  readonly processorMs: number;
}

type SpentByPeer = ReadonlyMap<Peer, ReadonlyMap<Operation, Spent>>;

const NOTHING: Spent = { seconds: 0, processorMs: 0 };

const sum = (one: Spent, other: Spent): Spent => ({
  seconds: one.seconds + other.seconds,
  processorMs: one.processorMs + other.processorMs,
});

/** Every operation at every seat, one operation after the other. */
async function takeTurn(peer: Peer, { inFlight, from, count }: Turn): Promise<ReadonlyMap<Operation, Spent>> {
  const spent = new Map<Operation, Spent>();
  for (const operation of OPERATIONS) {
    const operate = peer.operations[operation];
    if (operate === undefined) continue;
    let next = from;
    const lane = async (): Promise<void> => {
      while (next < from + count) await operate(next++);
    };
    const startedAt = performance.now();
    const before = process.cpuUsage();
    await inSilence(() => Promise.all(Array.from({ length: inFlight }, lane)));
    const { user, system } = process.cpuUsage(before);
    const seconds = (performance.now() - startedAt) / 1_000;
    spent.set(operation, { seconds, processorMs: (user + system) / 1_000 });
  }
  return spent;
}

interface Comparison {
  readonly operation: Operation | 'login + logout';
  /** @default Curfew */
  readonly of?: string;
  readonly peer: string;
  readonly goal?: (situation: string) => Goal | undefined;
}

/** One at a time. With many in flight in one process it is processor time alone, which has a goal of its own. */
const paceOfBare = (situation: string): Goal | undefined =>
  situation.startsWith('1 in flight') ? { atLeast: situation.endsWith('away') ? 0.95 : 0.85 } : undefined;

/** Of processor time, by the bare SDK's. */
const PROCESSOR = { atMost: 1.2 };

const COMPARISONS: readonly Comparison[] = [
  { operation: 'login + logout', peer: 'bare SDK', goal: paceOfBare },
  // No goal: it makes two writes of one small item on another SDK, where these make three of two items and an index.
  { operation: 'login + logout', peer: 'dynamodb-lock-client' },
  { operation: 'login + logout', peer: 'dynamodb-lock-client on SDK 3' },
  // What nobody who keeps a panel and an index can be faster than.
  { operation: 'login + logout', of: 'bare SDK', peer: 'dynamodb-lock-client' },
  { operation: 'login + logout', peer: 'naive service' },
  { operation: 'login + logout', peer: 'Redis SET NX' },
  { operation: 'ping', peer: 'bare SDK', goal: paceOfBare },
  { operation: 'login', peer: 'bare SDK' },
  { operation: 'logout', peer: 'bare SDK' },
  { operation: 'refused login', peer: 'bare SDK' },
  { operation: 'take-over', peer: 'bare SDK' },
  { operation: 'ping', peer: 'naive service' },
  { operation: 'refused login', peer: 'naive service' },
];

function figuresOf(timings: Timings, situation: string): Figure[] {
  return COMPARISONS.flatMap(({ operation, of = 'Curfew', peer, goal }) => {
    const ours = timings.get(keyOf(situation, operation, of));
    const theirs = timings.get(keyOf(situation, operation, peer));
    if (ours === undefined || theirs === undefined) return [];
    const pace = (values: readonly number[]) => inDigits(spreadOf(values).median);
    return [
      {
        name: `${situation} / ${operation}${of === 'Curfew' ? '' : ` of the ${of}`}, by ${peer}`,
        unit: 'ratio',
        values: ratios(ours, theirs),
        beside: `${pace(ours)} by ${pace(theirs)} a second`,
        ...present({ goal: goal?.(situation) }),
      },
    ];
  });
}

/** One at a time and near: nothing waits there for anything else. */
const PROCESSOR_SITUATION = '1 in flight, no delay';

/** What is left beside the network: what each operation asks of the processor, and what each way to lock does. */
function processorFigures(processor: Timings): Figure[] {
  const timesOf = (operation: Operation | 'login + logout', peer: string) =>
    processor.get(keyOf(PROCESSOR_SITUATION, operation, peer)) ?? [];
  const middle = (values: readonly number[]) => inDigits(spreadOf(values).median);
  const ours = OPERATIONS.map((operation): Figure => {
    const [mine, bare] = [timesOf(operation, 'Curfew'), timesOf(operation, 'bare SDK')];
    return {
      name: `processor time / ${operation}, above the bare SDK’s`,
      unit: 'ms',
      values: mine.map((ms, round) => ms - (bare[round] ?? Number.NaN)),
      beside: `${middle(mine)} and ${middle(bare)}`,
    };
  });
  const byBare = OPERATIONS.map(
    (operation): Figure => ({
      name: `processor time / ${operation}, by bare SDK`,
      unit: 'ratio',
      values: ratios(timesOf(operation, 'Curfew'), timesOf(operation, 'bare SDK')),
      ...(operation === 'take-over' ? {} : { goal: PROCESSOR }),
    }),
  );
  const all = ['Curfew', 'bare SDK', 'dynamodb-lock-client', 'dynamodb-lock-client on SDK 3'].map(
    (peer): Figure => ({
      name: `processor time / login + logout, ${peer}`,
      unit: 'ms',
      values: timesOf('login + logout', peer),
    }),
  );
  return [...ours, ...byBare, ...all];
}
