import { beforeEach, describe, expect, test } from 'vitest';
import { dynamoSeats } from '../../lib/aws/seats.ts';
import { memoryMeter } from '../../lib/memory/meter.ts';
import { memoryTimers } from '../../lib/memory/timers.ts';
import { listLive } from '../../lib/service/live.ts';
import { backstop, sweep } from '../../lib/service/sweep.ts';
import type { Deadlines, SeatKey } from '../../lib/session/seat.ts';
import { allShards, formerShards, shardOf } from '../../lib/session/shards.ts';
import { SHARDS_MAX } from '../../lib/table.ts';
import { type EpochMs, HOUR, NEVER } from '../../lib/time.ts';
import { absent, ana, at, descend, open, unchanged } from '../contract/sessions.ts';
import { useEngine } from '../support/engine.ts';
import { ALONE } from '../support/pacing.ts';
import { policyOf } from '../support/world.ts';

/** Half of them hold their seats, half have lost them, unless it is said. */
const SESSIONS = 24;

describe('sessions that live while the number of shards changes', () => {
  const engine = useEngine();
  let table: { client: typeof engine.client; name: string };
  beforeEach(async () => {
    table = { client: engine.client, name: (await engine.createTable()).name };
  });
  const seatsOver = (shards: number) => dynamoSeats(table, { shards });

  async function openSessions(shards: number, due: EpochMs, deadlines: Deadlines = LASTING): Promise<SeatKey[]> {
    const seats = seatsOver(shards);
    const keys = Array.from({ length: SESSIONS }, (_, n): SeatKey => ({ ...ana, user: `user-${n}` }));
    for (const [n, key] of keys.entries()) {
      const { seat } = await seats.write(key, { condition: absent, change: open({ due, deadlines }) });
      if (rungOf(n) === 'active' || deadlines !== LASTING || seat === undefined) continue;
      await seats.write(key, { condition: unchanged(seat), change: descend('remembered', due) });
    }
    return keys;
  }
  const LASTING: Deadlines = { leaseAt: at(3_600), maximumAt: at(3_600), failoverMs: HOUR, rememberedUntil: at(9_000) };
  const rungOf = (n: number) => (n % 2 === 0 ? 'active' : 'remembered');

  function portsAt(now: EpochMs, shards: number) {
    const timers = memoryTimers();
    const realms = new Map([[ana.realm, policyOf()]]);
    const options = {
      realms,
      shards,
      shardsEver: SHARDS_MAX,
      hasTime: () => true,
      complain: (_: string, error: unknown) => {
        throw error;
      },
    };
    const ports = { seats: seatsOver(shards), timers, meter: memoryMeter(), clock: () => now, ...ALONE };
    return { ports, options, timers };
  }

  const namedIn = async (shards: readonly string[]): Promise<string[]> => {
    const seats = seatsOver(1);
    const pages = await Promise.all(shards.map((shard) => seats.due(shard, { through: NEVER, limit: 100 })));
    return pages.flatMap(({ items }) => items.map(({ key }) => key.user)).sort();
  };

  test.each([
    ['shrinks', 6, 2],
    ['shrinks from the most to one', SHARDS_MAX, 1],
  ])('are all in shards of today after one backstop where it %s', async (_, before, today) => {
    const keys = await openSessions(before, at(600));
    const { ports, options, timers } = portsAt(at(60), today);
    const list = { shards: today, shardsEver: SHARDS_MAX, limit: 100, now: at(60) };
    expect((await listLive(ports.seats, {}, list)).items, 'listed before it comes').toHaveLength(SESSIONS / 2);
    await backstop(ports, options);
    expect(await namedIn(formerShards(today, SHARDS_MAX))).toEqual([]);
    expect(await namedIn(allShards(today))).toEqual(keys.map(({ user }) => user).sort());
    const live = await listLive(ports.seats, {}, list);
    expect(live.items).toHaveLength(SESSIONS / 2);
    // Whatever was moved has a timer where it is now.
    const moved = keys.flatMap((key, n) => {
      const [from, to] = [before, today].map((shards) => shardOf(key, shards, rungOf(n)));
      return to === undefined || from === to ? [] : [to];
    });
    expect(new Set(timers.armed().map(({ shard }) => shard))).toEqual(new Set(moved));
  });

  test('are all moved although the backstop has time for little of it', async () => {
    await openSessions(SHARDS_MAX, at(600));
    let pages = 5;
    const today = portsAt(at(60), 1);
    await backstop(today.ports, { ...today.options, hasTime: () => pages-- > 0 });
    const left = await namedIn(formerShards(1, SHARDS_MAX));
    const handedOver = today.timers.armed().filter(({ shard }) => formerShards(1, SHARDS_MAX).includes(shard));
    for (const timer of handedOver) {
      const { ports, options } = portsAt(timer.at, 1);
      await sweep(ports, options, timer);
    }
    expect(left).not.toEqual([]);
    expect(await namedIn(formerShards(1, SHARDS_MAX))).toEqual([]);
  });

  test('are announced by the timers of today', async () => {
    await openSessions(6, at(600), { leaseAt: at(650), maximumAt: at(650) });
    const today = portsAt(at(60), 1);
    await backstop(today.ports, today.options);
    const before = await namedIn(allShards(1));
    for (const timer of today.timers.armed()) {
      const { ports, options } = portsAt(timer.at, 1);
      await sweep(ports, options, timer);
    }
    expect(before).toHaveLength(SESSIONS);
    expect(await namedIn(allShards(SHARDS_MAX))).toEqual([]);
  });

  test('are moved when they are due where it grows', async () => {
    const keys = await openSessions(2, at(30));
    const { ports, options } = portsAt(at(60), 6);
    await backstop(ports, options);
    for (const [n, key] of keys.entries()) {
      const shard = shardOf(key, 6, rungOf(n));
      expect(await namedIn([shard]), `${key.user} in ${shard}`).toContain(key.user);
    }
  });

  test('cost the backstop one look at each empty shard', async () => {
    const { ports, options } = portsAt(at(60), 4);
    const looked: string[] = [];
    const due: typeof ports.seats.due = (shard, query) => {
      looked.push(shard);
      return ports.seats.due(shard, query);
    };
    await backstop({ ...ports, seats: { ...ports.seats, due } }, options);
    expect(looked.sort()).toEqual(allShards(SHARDS_MAX).sort());
  });
});
