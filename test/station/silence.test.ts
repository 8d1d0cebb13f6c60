/** Stations that have fallen silent, by what ended there. */
import { beforeEach, describe, expect, test } from 'vitest';
import { memoryHistory } from '../../lib/memory/history.ts';
import { memoryStations } from '../../lib/memory/stations.ts';
import { silentStations } from '../../lib/station/silence.ts';
import { after, DAY, durationMs, type EpochMs, epochMs, HOUR, NEVER } from '../../lib/time.ts';
import { session } from '../contract/sessions.ts';
import { START } from '../support/world.ts';

let stations: ReturnType<typeof memoryStations>;
let history: ReturnType<typeof memoryHistory>;
beforeEach(() => {
  stations = memoryStations();
  history = memoryHistory();
});

/** START is a Monday at noon. */
const day = (n: number, hour = 0): EpochMs => after(START, durationMs(n * DAY + hour * HOUR));

async function register(...ids: string[]): Promise<void> {
  for (const [n, id] of ids.entries()) {
    const entry = { realm: 'campus', kind: 'hosted', name: id, location: '', reportsActivity: false } as const;
    await stations.put({ ...entry, id, proof: 'bearer' }, epochMs(START + n));
  }
}

/** A session ended there at each of these. */
async function spoke(station: string, ...instants: EpochMs[]): Promise<void> {
  for (const at of instants) {
    const name = { realm: 'campus', user: `of ${station}`, seat: '0', epoch: at - 60_000 };
    const ended = { at, reason: 'logout', by: `station:${station}` } as const;
    await history.keep([{ past: { name, session: session({ station }), ended }, keepUntil: NEVER }]);
  }
}

const found = (now: EpochMs, hasTime = () => true) => silentStations({ stations, history }, now, hasTime);
const silentAt = async (now: EpochMs) => (await found(now)).silent.map(({ station }) => station);
const daily = (until: number): EpochMs[] => Array.from({ length: until + 1 }, (_, n) => day(n));
const WORKDAYS = [0, 1, 2, 3, 4, 7, 8, 9, 10, 11].map((n) => day(n));

describe('a station at which somebody is every day', () => {
  test('is silent once nobody has been there for a day, since the last end there', async () => {
    await register('lib-1', 'lib-2');
    await spoke('lib-1', ...daily(9));
    await spoke('lib-2', ...daily(10));
    expect(await silentAt(day(9, 23))).toEqual([]);
    expect(await found(day(10, 1))).toEqual({ looked: 2, silent: [{ station: 'lib-1', since: day(9) }] });
  });

  test('is silent no more once somebody comes', async () => {
    await register('lib-1');
    await spoke('lib-1', ...daily(9), day(11));
    expect(await silentAt(day(11, 1))).toEqual([]);
  });

  test('is missed for a week, and then taken for one that nobody uses', async () => {
    await register('lib-1');
    await spoke('lib-1', ...daily(9));
    expect(await silentAt(day(15))).toEqual(['lib-1']);
    expect(await silentAt(day(17, 1))).toEqual([]);
  });
});

describe('a station at which somebody is on working days', () => {
  beforeEach(async () => {
    await register('lib-1');
    await spoke('lib-1', ...WORKDAYS);
  });

  test('is not missed at a weekend', async () => {
    for (const now of [day(12, 1), day(13, 1), day(13, 11)]) expect(await silentAt(now)).toEqual([]);
  });

  test('is missed on the Tuesday after a Monday without anybody', async () => {
    expect(await silentAt(day(15))).toEqual(['lib-1']);
  });
});

test('a station at which somebody is now and then is not missed', async () => {
  await register('lib-1');
  await spoke('lib-1', day(0), day(2), day(7), day(9));
  for (let n = 0; n < 20; n++) expect(await silentAt(day(n, 1))).toEqual([]);
});

test('a station where nobody has ever been, and one that is registered no more, are not missed', async () => {
  await register('lib-1', 'lib-2');
  await spoke('lib-2', ...daily(9));
  await stations.remove('lib-2');
  expect(await found(day(10, 1))).toEqual({ looked: 1, silent: [] });
});

test('what there was no time for is not looked at, and it is said how many were', async () => {
  const ids = Array.from({ length: 250 }, (_, n) => `lib-${n}`);
  await register(...ids);
  for (const id of [...ids.slice(0, 2), ...ids.slice(-1)]) await spoke(id, ...daily(9));
  expect(await silentAt(day(10, 1))).toEqual(['lib-0', 'lib-1', 'lib-249']);
  let asked = 0;
  expect(await found(day(10, 1), () => ++asked <= 1)).toMatchObject({
    looked: 10,
    silent: [{ station: 'lib-0' }, { station: 'lib-1' }],
  });
});

test('a station that has spoken within a day is one query of the index, and no station is ever more than nine', async () => {
  await register('lib-1', 'lib-2');
  await spoke('lib-1', ...daily(10));
  await spoke('lib-2', ...daily(9));
  const asked = new Map<string, number>();
  const counting: Pick<typeof history, 'endedAt'> = {
    endedAt: (station, query) => {
      asked.set(station, (asked.get(station) ?? 0) + 1);
      expect(query.limit).toBe(1);
      return history.endedAt(station, query);
    },
  };
  await silentStations({ stations, history: counting }, day(10, 1), () => true);
  expect(Object.fromEntries(asked)).toEqual({ 'lib-1': 1, 'lib-2': 9 });
});
