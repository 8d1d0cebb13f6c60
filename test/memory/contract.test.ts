import { describe, expect, test } from 'vitest';
import { memoryBus } from '../../lib/memory/bus.ts';
import { memoryHistory } from '../../lib/memory/history.ts';
import { memoryPanels } from '../../lib/memory/panels.ts';
import { memoryRefusals } from '../../lib/memory/refusals.ts';
import { memorySeats } from '../../lib/memory/seats.ts';
import { memoryStations } from '../../lib/memory/stations.ts';
import { memoryTimers } from '../../lib/memory/timers.ts';
import { memoryTrail } from '../../lib/memory/trail.ts';
import type { Entry } from '../../lib/session/journal.ts';
import { describeChangingSeats } from '../contract/changing-seats.ts';
import { describeFindingSeats } from '../contract/finding-seats.ts';
import { describeHearing } from '../contract/hearing.ts';
import { describeHistory } from '../contract/history.ts';
import { describePanels } from '../contract/panels.ts';
import { describeRefusals } from '../contract/refusals.ts';
import { describeSeats } from '../contract/seats.ts';
import { ana, at, NOON, session } from '../contract/sessions.ts';
import { describeStations } from '../contract/stations.ts';
import { describeTrail } from '../contract/trail.ts';

describe('in memory', () => {
  describe('seats', () => describeSeats(async (shards) => memorySeats({ shards })));
  describe('changing seats', () => describeChangingSeats(async (shards) => memorySeats({ shards })));
  describe('finding seats', () => describeFindingSeats(async (shards) => memorySeats({ shards })));
  describe('what is heard on seats', () => describeHearing(async (shards) => memorySeats({ shards })));
  describe('panels', () => describePanels(async () => memoryPanels()));
  describe('stations', () => describeStations(async () => memoryStations()));
  describe('history', () => describeHistory(async () => memoryHistory()));
  describe('refusals', () => describeRefusals(async () => memoryRefusals()));
  describe('the trail', () => describeTrail(async () => memoryTrail()));

  test('a timer is armed once, until it has fired', async () => {
    const timers = memoryTimers();
    const slot = { shard: 's0', at: at(60) };
    await Promise.all([timers.arm(slot), timers.arm(slot), timers.arm({ ...slot, shard: 's1' })]);
    await timers.arm({ ...slot, cursor: 'further' });
    expect(timers.armed()).toEqual([slot, { ...slot, shard: 's1' }, { ...slot, cursor: 'further' }]);
    timers.forget(slot);
    expect(timers.armed()).toHaveLength(2);
  });

  test('an announcement is heard as it was made, and again if it is repeated', async () => {
    const bus = memoryBus();
    const entry: Entry = {
      type: 'opened',
      at: NOON,
      name: { ...ana, epoch: NOON },
      session: session(),
      to: 'active',
    };
    expect(await bus.announce([entry])).toEqual({ failed: [] });
    await bus.announce([entry]);
    expect(bus.announced()).toEqual([entry, entry]);
  });
});
