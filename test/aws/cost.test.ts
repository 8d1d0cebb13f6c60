/** What sessions cost, as the engine counts it: the numbers that DESIGN and the README promise. */
import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { beforeEach, describe, expect, test } from 'vitest';
import { dynamoPanels } from '../../lib/aws/panels.ts';
import { dynamoSeats } from '../../lib/aws/seats.ts';
import type { Panels, Seats } from '../../lib/service/ports.ts';
import type { OpenSession, SeatKey } from '../../lib/session/seat.ts';
import type { Attempt, Change } from '../../lib/session/write.ts';
import { ana, at, descend, end, everyDeadline, NOON, open, renew, said } from '../contract/sessions.ts';
import { useEngine } from '../support/engine.ts';

const engine = useEngine();
let spent = { requests: 0, units: 0 };
let client: DynamoDBClient;
let table: string;
let seats: Seats;
let panels: Panels;

beforeEach(async () => {
  client = countingClient();
  table = (await engine.createTable()).name;
  seats = dynamoSeats({ client, name: table }, { shards: 4 });
  panels = dynamoPanels({ client, name: table });
  spent = { requests: 0, units: 0 };
});

/** Counts requests and the units that their answers report. */
function countingClient(): DynamoDBClient {
  const counting = new DynamoDBClient(engine.config);
  counting.middlewareStack.add(
    (next) => async (args) => {
      Object.assign(args.input, { ReturnConsumedCapacity: 'TOTAL' });
      const answer = await next(args);
      const { ConsumedCapacity } = answer.output as { ConsumedCapacity?: { CapacityUnits?: number } };
      spent.requests++;
      spent.units += ConsumedCapacity?.CapacityUnits ?? 0;
      return answer;
    },
    { step: 'initialize', name: 'count' },
  );
  return counting;
}

async function costOf(work: () => Promise<unknown>) {
  spent = { requests: 0, units: 0 };
  await work();
  return spent;
}

const write = async (attempt: Attempt, key: SeatKey = ana) => {
  expect(await seats.write(key, attempt)).toMatchObject({ won: true });
};
const login: Attempt = { condition: { if: 'free', now: NOON, epoch: NOON, login: said('login-1') }, change: open() };
const live = {
  if: 'live',
  now: at(10),
  epoch: NOON,
  station: 'lib-1',
  unlessId: 'ping-1',
  dueAtMost: at(312),
} as const;
const ping: Attempt = { condition: live, change: renew() };
const logout: Attempt = { condition: live, change: end };

describe('the usual course of a session', () => {
  test('a login writes its seat and its index entry', async () => {
    expect(await costOf(() => write(login))).toEqual({ requests: 1, units: 2 });
  });

  test('a login on a seat that was used before costs no more', async () => {
    await write(login);
    await write(logout);
    const next: Attempt = {
      condition: { if: 'free', now: at(60), epoch: at(60), login: said('login-2') },
      change: open({ openedBy: 'login-2' }, at(60)),
    };
    expect(await costOf(() => write(next))).toEqual({ requests: 1, units: 2 });
  });

  test('a login puts its user on the panel', async () => {
    expect(
      await costOf(() => panels.occupy({ realm: 'campus-print', user: 'ana', epoch: NOON }, said('login-1'), at(60))),
    ).toEqual({
      requests: 1,
      units: 1,
    });
  });

  test('a ping is one write of one unit', async () => {
    await write(login);
    expect(await costOf(() => write(ping))).toEqual({ requests: 1, units: 1 });
  });

  test('an end writes the seat and takes its index entry away', async () => {
    await write(login);
    expect(await costOf(() => write(logout))).toEqual({ requests: 1, units: 2 });
  });
});

describe('the way down the ladder', () => {
  const lingers: Attempt = {
    condition: { if: 'free', now: NOON, epoch: NOON, login: said('login-1') },
    change: open({ deadlines: everyDeadline }),
  };
  const sweeps = (change: Change): Attempt => ({ condition: { if: 'live', now: at(10) }, change });

  test('a ping of a session with every rung is one write of one unit', async () => {
    await write(lingers);
    expect(await costOf(() => write({ ...ping, condition: { ...live, isActive: true } }))).toEqual({
      requests: 1,
      units: 1,
    });
  });

  test('each rung is one write, and a unit for each entry of the index that comes or goes', async () => {
    await write(lingers);
    for (const rung of ['lingering', 'failover', 'remembered'] as const) {
      expect(await costOf(() => write(sweeps(descend(rung, at(rung.length * 60)))))).toEqual({ requests: 1, units: 3 });
    }
  });

  test('coming back to a session that lingers leaves the index alone', async () => {
    await write(lingers);
    await write(sweeps(descend('lingering')));
    const back = renew({ resumedAt: at(40), activeAt: at(40), lingerAt: at(70) });
    expect(await costOf(() => write({ condition: { if: 'live', now: at(40) }, change: back }))).toEqual({
      requests: 1,
      units: 1,
    });
  });
});

describe('the longest names that the edge lets in', () => {
  const id = (name: string) => name.padEnd(48, '-');
  const key: SeatKey = { realm: 'r'.repeat(32), user: 'u'.repeat(200), seat: 's'.repeat(13) };
  const station = 's'.repeat(56);
  const longest: Attempt[] = [
    {
      condition: { if: 'absent' },
      change: open({ station, openedBy: id('login-1') }, NOON, said(id('login-1'), NOON, station)),
    },
    {
      condition: { ...live, station, unlessId: id('ping-1') },
      change: open(
        { station, openedBy: id('login-2'), deadlines: everyDeadline, madeAnewOf: NOON },
        NOON + 1,
        said(id('login-2'), NOON, station),
      ),
    },
    {
      condition: { if: 'live', now: at(10) },
      change: renew({
        activeAt: at(10),
        lingerAt: at(40),
        jobs: 10,
        jobAt: at(1_800),
        resumedAt: at(10),
        latest: said(id('job-1'), at(9), station),
      }),
    },
    { condition: { if: 'live', now: at(10) }, change: descend('remembered') },
  ];

  test('keep a seat under 1 KB, so that its ping costs one unit too', async () => {
    for (const attempt of longest) await write(attempt, key);
    expect(await sizeOf(key)).toBeLessThan(1_024);
    const renewal: Attempt = {
      condition: { if: 'live', now: at(10) },
      change: renew({ latest: said(id('ping-1'), at(9), station) }),
    };
    expect(await costOf(() => write(renewal, key))).toEqual({ requests: 1, units: 1 });
  });

  test('keep an ended seat of a panel under 1 KB, but for an operator’s words', async () => {
    const { failoverMs: _, rememberedUntil: __, ...deadlines } = everyDeadline;
    const atPanel = longest.slice(0, 3).map(({ condition, change }) => {
      const { madeAnewOf: _, ...session } = change.do === 'open' ? { ...change.session, deadlines } : {};
      return { condition, change: change.do === 'open' ? { ...change, session: session as OpenSession } : change };
    });
    for (const attempt of atPanel) await write(attempt, key);
    await write(farewell('next-user'), key);
    expect(await sizeOf(key)).toBeLessThan(1_024);
  });

  test('bring one that ended elsewhere, and had every rung, a few bytes past that: nobody pings it', async () => {
    for (const attempt of longest) await write(attempt, key);
    await write(farewell('logout'), key);
    expect(await sizeOf(key)).toBeLessThan(1_100);
  });

  const farewell = (reason: 'next-user' | 'logout'): Attempt => ({
    condition: { if: 'live', now: at(10) },
    change: {
      do: 'end',
      ended: { at: at(20), reason, by: `station:${station}` },
      latest: said(id('logout-1'), at(9), station),
    },
  });

  /** By DynamoDB's rules: names and texts as UTF-8, a number a byte for two digits and one more, a truth one byte. */
  async function sizeOf({ realm, user, seat }: SeatKey): Promise<number> {
    const Key = { pk: { S: `user#${realm}#${user}` }, sk: { S: `seat#${seat}` } };
    const { Item = {} } = await client.send(new GetItemCommand({ TableName: table, Key }));
    return Object.entries(Item).reduce((sum, [name, { S, N }]) => {
      const value = S !== undefined ? Buffer.byteLength(S) : N !== undefined ? Math.ceil(N.length / 2) + 1 : 1;
      return sum + Buffer.byteLength(name) + value;
    }, 0);
  }
});
