/** What sessions cost, as the engine counts it: the numbers that DESIGN and the README promise. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { beforeEach, describe, expect, test } from 'vitest';
import { dynamoHistory } from '../../lib/aws/history.ts';
import { dynamoPanels } from '../../lib/aws/panels.ts';
import { dynamoSeats } from '../../lib/aws/seats.ts';
import { memoryTimers } from '../../lib/memory/timers.ts';
import { present } from '../../lib/present.ts';
import { createKeeper, type Keeper } from '../../lib/service/keeper.ts';
import { clearPanel } from '../../lib/service/panel.ts';
import type { Panels, Seats } from '../../lib/service/ports.ts';
import type { Station, StationEvent, Verdict } from '../../lib/session/commands.ts';
import type { Policy } from '../../lib/session/policy.ts';
import { nameOf, type SessionName } from '../../lib/session/seat.ts';
import type { EventType } from '../../lib/session/word.ts';
import type { Attempt, Change } from '../../lib/session/write.ts';
import { after, durationMs, type EpochMs } from '../../lib/time.ts';
import { ana, at, descend, everyDeadline, free, live, NOON, open, renew, said } from '../contract/sessions.ts';
import { useEngine } from '../support/engine.ts';
import { policyOf } from '../support/world.ts';

const engine = useEngine();
let spent = { requests: 0, units: 0 };
let seats: Seats;
let panels: Panels;
let keeper: Keeper;
let now: EpochMs;

beforeEach(async () => {
  const table = { client: countingClient(), name: (await engine.createTable()).name };
  seats = dynamoSeats(table, { shards: 4 });
  panels = dynamoPanels(table);
  now = NOON;
  keeper = createKeeper(
    {
      ...{ seats, panels, history: dynamoHistory(table), timers: memoryTimers(), meter: { add: () => {} } },
      clock: () => now,
    },
    { shards: 4 },
  );
});

/** Counts requests and the units that their answers report. */
function countingClient(): DynamoDBClient {
  const counting = new DynamoDBClient(engine.config);
  counting.middlewareStack.add(
    (next) => async (args) => {
      Object.assign(args.input, { ReturnConsumedCapacity: 'TOTAL' });
      spent.requests++;
      const answer = await next(args);
      const { ConsumedCapacity } = answer.output as { ConsumedCapacity?: { CapacityUnits?: number } };
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

const portal: Station = { id: 'portal', realm: ana.realm, reportsActivity: true, hasPanel: false };
const panel: Station = { id: 'lib-1', realm: ana.realm, reportsActivity: true, hasPanel: true };
const ONE_SECOND = durationMs(1_000);
let deliveries = 0;

/** A second after the last: what became of it, and what it cost. A refused write counts as a request of no unit here. */
async function says(
  station: Station,
  type: EventType,
  about: Partial<StationEvent> = {},
  policy: Policy = policyOf(),
): Promise<Verdict['is'] | object> {
  now = after(now, ONE_SECOND);
  let verdict: Verdict | undefined;
  const cost = await costOf(async () => {
    const id = `delivery-${deliveries++}`;
    verdict = await keeper.hear({ type, station, policy, now, id, occurredAt: now, ...about });
  });
  if (verdict !== undefined && 'seat' in verdict) session = nameOf(verdict.seat);
  return { is: verdict?.is, ...cost };
}
let session: SessionName | undefined;
const itsSession = () => present({ session });

describe('a session at a web application', () => {
  beforeEach(async () => {
    await says(portal, 'login', { user: 'ana' });
  });

  test('opens by one write of its seat and of its index entry, on a seat that was used before too', async () => {
    expect(await says(portal, 'login', { user: 'ben' })).toEqual({ is: 'opened', requests: 1, units: 2 });
    await says(portal, 'logout', { user: 'ben' });
    expect(await says(portal, 'login', { user: 'ben' })).toEqual({ is: 'opened', requests: 1, units: 2 });
  });

  test.each<EventType>(['ping', 'activity', 'job-started'])(
    'is renewed by a %s in one write of one unit',
    async (type) => {
      expect(await says(portal, type, { user: 'ana' })).toEqual({ is: 'renewed', requests: 1, units: 1 });
      expect(await says(portal, type === 'job-started' ? 'job-ended' : type, itsSession())).toEqual({
        is: 'renewed',
        requests: 1,
        units: 1,
      });
    },
  );

  test('is renewed by the start of a second job in a refused write and one that knows of the first', async () => {
    await says(portal, 'job-started', itsSession());
    expect(await says(portal, 'job-started', itsSession())).toMatchObject({ is: 'renewed', requests: 2 });
    expect(await says(portal, 'job-ended', itsSession())).toMatchObject({ is: 'renewed', requests: 2 });
  });

  test('is renewed by a job with a name in one write, or two where another runs, and by its end in a read and a write', async () => {
    const one = { ...itsSession(), job: 'one' };
    const two = { ...itsSession(), job: 'two' };
    expect(await says(portal, 'job-started', one)).toEqual({ is: 'renewed', requests: 1, units: 1 });
    expect(await says(portal, 'job-started', two)).toMatchObject({ is: 'renewed', requests: 2 });
    // A strongly consistent read of an item under 1 KB is one unit.
    expect(await says(portal, 'job-ended', one)).toEqual({ is: 'renewed', requests: 2, units: 2 });
    expect(await says(portal, 'ping', itsSession())).toEqual({ is: 'renewed', requests: 1, units: 1 });
    expect(await says(portal, 'job-ended', two)).toEqual({ is: 'renewed', requests: 2, units: 2 });
  });

  test.each(['by its name', 'by its user’s'])('ends %s in one write that takes its index entry away', async (how) => {
    const about = how === 'by its name' ? itsSession() : { user: 'ana' };
    expect(await says(portal, 'logout', about)).toEqual({ is: 'ended', requests: 1, units: 2 });
  });
});

describe('a session at a panel', () => {
  test('opens by one write of its seat, and one of its panel beside it', async () => {
    expect(await says(panel, 'login', { user: 'ana' })).toEqual({ is: 'opened', requests: 2, units: 3 });
  });

  test('gives way to the next user for the writes of two sessions and of one panel', async () => {
    await says(panel, 'login', { user: 'ana' });
    // Panel 1, her end 2, his seat 2.
    expect(await says(panel, 'login', { user: 'ben' })).toEqual({ is: 'opened', requests: 3, units: 5 });
    const her = { ...ana, epoch: at(1) };
    const owed = (await panels.read(panel.id)).displaced;
    expect(owed).toMatchObject({ user: 'ana', isOwed: true });
    expect(await costOf(() => clearPanel(panels, panel.id, her, 'next-user'))).toEqual({ requests: 1, units: 1 });
    expect((await panels.read(panel.id)).displaced).toMatchObject({ isOwed: false });
  });

  test('ends by a logout that names nobody for the writes of a panel and of a session', async () => {
    await says(panel, 'login', { user: 'ana' });
    expect(await says(panel, 'logout')).toEqual({ is: 'ended', requests: 2, units: 3 });
    const her = { ...ana, epoch: at(1) };
    // Most logouts name somebody: that one is tried first.
    expect(await costOf(() => clearPanel(panels, panel.id, her, 'logout'))).toEqual({ requests: 2, units: 1 });
  });

  test('ends by its name in one write, and the journal clears the panel in one', async () => {
    await says(panel, 'login', { user: 'ana' });
    const her = session as SessionName;
    expect(await says(panel, 'logout', itsSession())).toEqual({ is: 'ended', requests: 1, units: 2 });
    expect(await costOf(() => clearPanel(panels, panel.id, her, 'logout'))).toEqual({ requests: 1, units: 1 });
    expect((await panels.read(panel.id)).occupant).toBeUndefined();
  });

  test('goes on by another login of its user for two writes of its seat and two of its panel, of which half are refused', async () => {
    await says(panel, 'login', { user: 'ana' });
    expect(await says(panel, 'login', { user: 'ana' })).toMatchObject({ is: 'renewed', requests: 4, units: 2 });
  });

  test('that has ended by itself is taken off its panel in one write', async () => {
    await says(panel, 'login', { user: 'ana' });
    const her = session as SessionName;
    expect(await costOf(() => clearPanel(panels, panel.id, her, 'idle'))).toEqual({ requests: 1, units: 1 });
  });

  test('that has ended long before anybody clears its panel disturbs nobody there', async () => {
    await says(panel, 'login', { user: 'ana' });
    const her = session as SessionName;
    await says(panel, 'login', { user: 'ben' });
    await clearPanel(panels, panel.id, her, 'next-user');
    expect(await costOf(() => clearPanel(panels, panel.id, her, 'next-user'))).toMatchObject({ requests: 1, units: 0 });
    expect((await panels.read(panel.id)).occupant).toMatchObject({ user: 'ben' });
  });
});

describe('the way down the ladder', () => {
  const write = async (attempt: Attempt) => {
    expect(await seats.write(ana, attempt)).toMatchObject({ won: true });
  };
  const word = said('login-1');
  const lingers: Attempt = { condition: free({ now: NOON, word }), change: open({ deadlines: everyDeadline }) };
  const sweeps = (change: Change): Attempt => ({ condition: live(), change });

  test('a ping of a session with every rung is one write of one unit', async () => {
    await write(lingers);
    const ping: Attempt = { condition: live({ isActive: true }), change: renew() };
    expect(await costOf(() => write(ping))).toEqual({ requests: 1, units: 1 });
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
    expect(await costOf(() => write({ condition: live({ now: at(40) }), change: back }))).toEqual({
      requests: 1,
      units: 1,
    });
  });
});
