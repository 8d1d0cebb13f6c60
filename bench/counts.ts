/**
 * What each operation asks of the services: requests as they receive them, and units as the engine reports them. Counted
 * once: these numbers are the same on every machine, and on AWS. Curfew's timers are not among them: a slot's is shared by
 * all who end in it, so what a session costs of it depends on how many others there are. `timers` counts that.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import type { DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda';
import { Bus } from '../lib/local/bus.ts';
import { listen } from '../lib/local/loopback.ts';
import { createTable } from '../lib/local/table.ts';
import { present } from '../lib/present.ts';
import { systemClock } from '../lib/time.ts';
import { type RecordingProxy, startRecordingProxy } from '../test/support/recording-proxy.ts';
import { tableStream } from '../test/support/table-stream.ts';
import { clientConfig, type Engines, openEngines, type Reach } from './engine.ts';
import type { Figure, Part, Report } from './part.ts';
import { bundle } from './peers/bundle.ts';
import { bundleStationFunction, curfewPeer } from './peers/curfew.ts';
import { createLocks, createLockTable, lockClientPeer } from './peers/lock-client.ts';
import { naivePeer } from './peers/naive.ts';
import type { Peer } from './peers/peer.ts';
import { type Operation, takeLikeness } from './seats.ts';
import { inSilence } from './silence.ts';

/** So many that the journal gets a full batch of records: two a session. */
const SESSIONS = 50;
const PINGS = 10;

export const counts: Part = {
  name: 'counts',
  about: 'Requests and units of each operation, and of a whole session.',
  run: async (_, report) => {
    const engines = await openEngines(0);
    const directory = mkdtempSync(join(tmpdir(), 'curfew-bench-'));
    const closers: (() => unknown)[] = [engines.stop, () => rmSync(directory, { recursive: true })];
    try {
      await engines.renew();
      return await inSilence(() => count({ engines, directory, closeWith: (close) => closers.unshift(close) }, report));
    } finally {
      for (const close of closers) await close();
    }
  },
};

interface Field {
  readonly engines: Engines;
  readonly directory: string;
  readonly closeWith: (close: () => unknown) => void;
}

/** Per operation. */
interface Cost {
  readonly requests: number;
  readonly writeUnits: number;
  readonly readUnits: number;
  readonly timers: number;
}

const NOTHING: Cost = { requests: 0, writeUnits: 0, readUnits: 0, timers: 0 };

const sum = (...costs: readonly Cost[]): Cost =>
  costs.reduce(
    (one, other) => ({
      requests: one.requests + other.requests,
      writeUnits: one.writeUnits + other.writeUnits,
      readUnits: one.readUnits + other.readUnits,
      timers: one.timers + other.timers,
    }),
    NOTHING,
  );

const each = (cost: Cost, act: (of: number) => number): Cost => ({
  requests: act(cost.requests),
  writeUnits: act(cost.writeUnits),
  readUnits: act(cost.readUnits),
  timers: act(cost.timers),
});

const times = (factor: number, cost: Cost): Cost => each(cost, (of) => factor * of);

interface Meter {
  readonly dynamodb: RecordingProxy;
  readonly scheduler: RecordingProxy;
}

async function count({ engines, directory, closeWith }: Field, report: Report): Promise<Figure[]> {
  const { near } = engines;
  const meter: Meter = {
    dynamodb: await startRecordingProxy(near.dynamodb.endpoint),
    scheduler: await startRecordingProxy(near.scheduler.endpoint),
  };
  closeWith(meter.dynamodb.close);
  closeWith(meter.scheduler.close);
  const reach: Reach = {
    dynamodb: clientConfig(meter.dynamodb.url),
    scheduler: clientConfig(meter.scheduler.url),
  };
  const likeness = await takeLikeness(near.dynamodb, 'likeness');
  const functions = await bundleStationFunction();
  closeWith(functions.close);

  report('Curfew');
  const made = { stream: '' };
  const curfew = curfewPeer(reach, functions, async (client, name) => {
    made.stream = await createTable(client, name);
  });
  await curfew.prepare(SESSIONS, likeness);
  const changes = tableStream(near.dynamodb, made.stream);
  closeWith(changes.close);
  const journal = await openJournal(join(directory, 'bus'), closeWith);
  await changes.take();
  const ours = withoutTimers(await costsOf(curfew, ['login', 'ping', 'logout'], meter));
  const announced = await costOf(meter, async () => {
    for (const batch of await changes.take()) await journal(batch);
  });
  const others = withoutTimers(await costsOf(curfew, ['refused login', 'take-over'], meter));
  curfew.close();

  report('dynamodb-lock-client');
  const locks = lockClientPeer(reach);
  await locks.prepare(SESSIONS, likeness);
  const theirs = await costsOf(locks, ['login', 'logout'], meter);
  locks.close();
  const heartbeat = await costOfHeartbeat(reach, meter);

  report('naive service');
  const naive = naivePeer(reach);
  await naive.prepare(SESSIONS, likeness);
  const naives = await costsOf(naive, ['login', 'ping', 'logout', 'refused login'], meter);
  naive.close();

  const whole = (of: ReadonlyMap<Operation, Cost>, ping = of.get('ping') ?? NOTHING): Cost =>
    sum(of.get('login') ?? NOTHING, times(PINGS, ping), of.get('logout') ?? NOTHING);
  const session = `session of ${PINGS} pings`;
  return [
    ...[...ours, ...others].flatMap(([operation, cost]) =>
      figuresOf(`Curfew, ${operation}`, cost, operation === 'take-over' ? OTHER_SLOT : undefined),
    ),
    ...figuresOf('Curfew, journal of a session', announced, 'in full batches'),
    ...figuresOf(
      `Curfew, ${session}`,
      sum(whole(ours), announced),
      'with its panel, its history and the bus; its share of a timer stands in timers',
    ),
    ...figuresOf('dynamodb-lock-client, acquire', theirs.get('login') ?? NOTHING),
    ...figuresOf('dynamodb-lock-client, heartbeat', heartbeat),
    ...figuresOf('dynamodb-lock-client, release', theirs.get('logout') ?? NOTHING),
    ...figuresOf(`dynamodb-lock-client, ${session}`, whole(theirs, heartbeat), 'a lock, and nothing beside it'),
    ...[...naives].flatMap(([operation, cost]) => figuresOf(`naive service, ${operation}`, cost)),
    ...figuresOf(`naive service, ${session}`, whole(naives), 'one item, overwritten; no history'),
  ];
}

const OTHER_SLOT = 'a write unit less where the new end is announced in the same slot as the old one';

/** Of one operation, on the average of all seats: what many share, as a timer, is nobody's alone. */
async function costsOf(
  peer: Peer,
  operations: readonly Operation[],
  meter: Meter,
): Promise<ReadonlyMap<Operation, Cost>> {
  const costs = new Map<Operation, Cost>();
  for (const operation of operations) {
    const operate = peer.operations[operation];
    if (operate === undefined) throw new Error(`${peer.name} knows no ${operation}`);
    const cost = await costOf(meter, async () => {
      for (let seat = 0; seat < SESSIONS; seat++) await operate(seat);
    });
    costs.set(operation, cost);
  }
  return costs;
}

const withoutTimers = (costs: ReadonlyMap<Operation, Cost>): ReadonlyMap<Operation, Cost> =>
  new Map([...costs].map(([operation, cost]) => [operation, { ...cost, timers: 0 }]));

/** A session's share of what is done for all of them. */
async function costOf({ dynamodb, scheduler }: Meter, act: () => Promise<unknown>): Promise<Cost> {
  dynamodb.take();
  scheduler.take();
  await act();
  return each({ ...unitsOf(dynamodb), timers: scheduler.take().length }, (all) => all / SESSIONS);
}

function unitsOf(dynamodb: RecordingProxy): Omit<Cost, 'timers'> {
  const taken = dynamodb.take();
  return {
    requests: taken.length,
    // A refused write reports none, and is charged like the one unit that it would have written.
    writeUnits: taken.reduce(
      (all, { operation, writeUnits }) => all + (IS_WRITE.test(operation) ? writeUnits || 1 : 0),
      0,
    ),
    readUnits: taken.reduce((all, { readUnits }) => all + readUnits, 0),
  };
}

const IS_WRITE = /^(?:Put|Update|Delete|BatchWrite)/;

/** It beats by itself, so one is waited for. */
async function costOfHeartbeat({ dynamodb: config }: Reach, { dynamodb }: Meter): Promise<Cost> {
  await createLockTable(config);
  const locks = createLocks(config, { leaseDurationMs: 60_000, heartbeatPeriodMs: 200 });
  const lock = await locks.acquire('beating');
  dynamodb.take();
  const beats: Omit<Cost, 'timers'>[] = [];
  while (beats.length === 0) {
    await sleep(10);
    beats.push(...[unitsOf(dynamodb)].filter(({ requests }) => requests > 0));
  }
  await locks.release(lock);
  locks.close();
  return { ...NOTHING, ...beats[0] };
}

type Journal = (batch: DynamoDBStreamEvent) => Promise<void>;

/** The function that hears of changes, in a container of its own, and a bus for it. */
async function openJournal(directory: string, closeWith: Field['closeWith']): Promise<Journal> {
  const bus = await Bus.open(directory, systemClock);
  closeWith(() => bus.close());
  const eventbridge = await listen(0, (request, response) => bus.serve(request, response));
  closeWith(() => eventbridge.close());
  Object.assign(process.env, { CURFEW_BUS: 'curfew-sessions', AWS_ENDPOINT_URL_EVENTBRIDGE: eventbridge.url });
  const file = `${directory}-function.mjs`;
  await bundle('on-seat-change', file);
  const { handler } = (await import(pathToFileURL(file).href)) as {
    handler: (event: DynamoDBStreamEvent) => Promise<DynamoDBBatchResponse>;
  };
  return async (batch) => {
    const { batchItemFailures } = await handler(batch);
    if (batchItemFailures.length > 0) throw new Error('the journal did not take all changes');
  };
}

function figuresOf(name: string, { requests, writeUnits, readUnits, timers }: Cost, beside?: string): Figure[] {
  const figure = (unit: string, value: number): Figure[] =>
    value === 0 ? [] : [{ name: `${name} / ${unit}`, unit, values: [value], ...present({ beside }) }];
  return [
    ...figure('requests', requests),
    ...figure('write units', writeUnits),
    ...figure('read units', readUnits),
    ...figure('Scheduler calls', timers),
  ];
}
