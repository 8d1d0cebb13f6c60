import { expect, test } from 'vitest';
import { memoryBus } from '../../lib/memory/bus.ts';
import { memoryHistory } from '../../lib/memory/history.ts';
import { memoryMeter } from '../../lib/memory/meter.ts';
import { memoryPanels } from '../../lib/memory/panels.ts';
import { memorySeats } from '../../lib/memory/seats.ts';
import { readRealms } from '../../lib/realms/realms-file.ts';
import { announce, type SeatChange } from '../../lib/service/announce.ts';
import type { History } from '../../lib/service/ports.ts';
import { DAY } from '../../lib/time.ts';
import { absent, ana, at, open } from '../contract/sessions.ts';

const { realms } = readRealms(
  JSON.stringify({
    realms: {
      short: { profile: 'release-station', retention: '1d' },
      long: { profile: 'release-station', retention: '365d' },
    },
  }),
);

/** A session of this realm that was open, and whose item is gone. */
async function collected(realm: string): Promise<SeatChange> {
  const { seat } = await memorySeats({ shards: 1 }).write({ ...ana, realm }, { condition: absent, change: open() });
  return { id: realm, old: seat, now: undefined };
}

test('an ended session is kept for as long as its own realm says, and ninety days where there is no such realm', async () => {
  const kept: { realm: string; days: number }[] = [];
  const history: History = {
    ...memoryHistory(),
    keep: async (all) => {
      for (const { past, keepUntil } of all)
        kept.push({ realm: past.name.realm, days: (keepUntil - past.ended.at) / DAY });
    },
  };
  const complain = (what: string) => expect.fail(what);
  const ports = { history, panels: memoryPanels(), bus: memoryBus(), meter: memoryMeter(), complain };
  await announce(ports, realms, await Promise.all(['long', 'short', 'gone'].map(collected)), at(60));
  expect(kept).toEqual([
    { realm: 'long', days: 365 },
    { realm: 'short', days: 1 },
    { realm: 'gone', days: 90 },
  ]);
});
