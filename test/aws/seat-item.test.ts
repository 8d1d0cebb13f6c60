import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { beforeEach, describe, expect, test } from 'vitest';
import { dynamoHistory } from '../../lib/aws/history.ts';
import type { Table } from '../../lib/aws/items.ts';
import { dynamoPanels } from '../../lib/aws/panels.ts';
import { seatFromImage } from '../../lib/aws/seat-item.ts';
import { dynamoSeats } from '../../lib/aws/seats.ts';
import { dynamoStations } from '../../lib/aws/stations.ts';
import type { Seats } from '../../lib/service/ports.ts';
import type { PanelChange, PanelCondition } from '../../lib/session/panel.ts';
import type { Past } from '../../lib/session/seat.ts';
import { markOf } from '../../lib/session/word.ts';
import type { Change } from '../../lib/session/write.ts';
import { durationMs } from '../../lib/time.ts';
import { arrive } from '../contract/panels.ts';
import {
  ana,
  at,
  deadlines,
  descend,
  end,
  everyDeadline,
  given,
  keepWord,
  live,
  NOON,
  on,
  open,
  renew,
  said,
  session,
  unchanged,
} from '../contract/sessions.ts';
import { useEngine } from '../support/engine.ts';

const engine = useEngine();
let table: Table;
let seats: Seats;
beforeEach(async () => {
  table = { client: engine.client, name: (await engine.createTable()).name };
  seats = dynamoSeats(table, { shards: 1 });
});

async function itemAt(pk: string, sk: string) {
  const get = new GetItemCommand({ TableName: table.name, Key: { pk: { S: pk }, sk: { S: sk } } });
  return (await table.client.send(get)).Item;
}

const seatItem = () => itemAt('user#campus-print#ana', 'seat#0');

describe('an image of the table’s stream', () => {
  test.each<[string, Change[]]>([
    ['an open session', [open()]],
    [
      'a renewed one',
      [open(), renew({ jobs: { jobs: 1, jobAt: at(900), jobDue: at(960) }, word: said('job-started-1', at(3)) })],
    ],
    ['an ended one', [open(), end]],
    ['one with every rung', [open({ deadlines: everyDeadline })]],
    ['one that lingers', [open({ deadlines: everyDeadline }), descend('lingering')]],
    ['one that was resumed', [open(), descend('lingering'), renew({ resumedAt: at(10), activeAt: at(10) })]],
    ['a dormant one', [open({ deadlines: everyDeadline }), descend('remembered')]],
    ['a dormant one that ended', [open({ deadlines: everyDeadline }), descend('failover'), end]],
    ['one made anew', [open(), descend('failover'), open({ madeAnewOf: NOON }, at(60), said('activity-1'))]],
    ['the one after it', [open(), end, open({}, at(60), said('login-2'))]],
    ['a remembered logout', [keepWord()]],
  ])('of a seat with %s is that seat', async (_, changes) => {
    const seat = await given(seats, ...changes);
    expect(seatFromImage(await seatItem())).toEqual(seat);
  });

  test('of anything else is no seat', async () => {
    const past: Past = {
      name: { ...ana, epoch: NOON },
      session: session(),
      ended: { at: at(30), reason: 'idle', by: 'policy' },
    };
    await dynamoHistory(table).keep([{ past, keepUntil: at(60) }]);
    await dynamoPanels(table).write('lib-1', {
      condition: { if: 'unheard', word: said('login-1') },
      change: arrive(past.name, said('login-1')),
    });
    const entry = { id: 'lib-1', realm: 'campus-print', name: '', location: '', reportsActivity: true } as const;
    await dynamoStations(table).put({ ...entry, kind: 'hosted', proof: 'bearer' }, NOON);
    const [ended] = (await dynamoHistory(table).ofUser('campus-print', 'ana', { limit: 1 })).items;
    expect(ended).toEqual(past);
    for (const sk of ['panel', 'station']) {
      const image = await itemAt('station#lib-1', sk);
      expect(image).toBeDefined();
      expect(seatFromImage(image)).toBeUndefined();
    }
    expect(seatFromImage(undefined)).toBeUndefined();
  });

  test('that this version cannot read says what it lacks, and names no user', async () => {
    await given(seats, open());
    const { leaseAt: _, ...image } = (await seatItem()) ?? {};
    expect(() => seatFromImage(image)).toThrow(/^an item of kind "seat" has no leaseAt/);
  });
});

describe('as garbage is collected', () => {
  const day = 86_400;
  const ttl = async () => Number((await seatItem())?.ttl?.N) - NOON / 1_000;

  test('a seat a week after its session’s last deadline, renewed or ended', async () => {
    await given(seats, open());
    expect(await ttl()).toBe(43_200 + 7 * day);
    await on(seats, live({ now: NOON }), end);
    expect(await ttl()).toBe(43_200 + 7 * day);
  });

  test('a seat a week after the last rung that its session can have, however late its user logs in once more', async () => {
    const year = 365 * day;
    const long = {
      ...deadlines,
      maximumAt: at(year),
      failoverMs: durationMs(60_000),
      rememberedUntil: at(30 * day),
    };
    await given(
      seats,
      open({ deadlines: long }),
      renew({ logon: { at: at(year - 1), rememberedUntil: at(year - 1 + 30 * day) } }),
    );
    expect(await ttl()).toBe(year + 37 * day);
  });

  test('a panel when its last change says so, for it names people', async () => {
    const panels = dynamoPanels(table);
    const panelTtl = async () => Number((await itemAt('station#lib-9', 'panel'))?.ttl?.N) - NOON / 1_000;
    const occupant = { realm: 'campus-print', user: 'ana', epoch: NOON };
    const word = said('login-1', undefined, 'lib-9');
    const gone = said('logout-1', undefined, 'lib-9');
    const write = (condition: PanelCondition, change: PanelChange) => panels.write('lib-9', { condition, change });
    await write({ if: 'unheard', word }, { do: 'arrive', occupant, word, now: NOON, keepUntil: at(60) });
    expect(await panelTtl()).toBe(60);
    await write({ if: 'unheard', word: gone }, { do: 'leave', word: gone, now: NOON, keepUntil: at(90) });
    expect(await panelTtl()).toBe(90);
    await write({ if: 'owed', slot: 'leaver', by: markOf(gone) }, { do: 'settle', slot: 'leaver' });
    expect(await panelTtl()).toBe(90);
  });

  test('a seat no sooner than its failover is over', async () => {
    await given(seats, open({ deadlines: { ...deadlines, failoverMs: durationMs(60_000) } }));
    expect(await ttl()).toBe(43_200 + 60 + 7 * day);
  });

  test('a seat that only remembers a day after, and the last word counts', async () => {
    const there = await given(seats, keepWord());
    expect(await ttl()).toBe(day);
    await on(seats, unchanged(there), keepWord(undefined, at(60)));
    expect(await ttl()).toBe(60 + day);
  });

  test('a seat no sooner for a word that is remembered beside its session', async () => {
    await given(seats, open(), end, keepWord());
    expect(await ttl()).toBe(43_200 + 7 * day);
  });

  test('a seat that only remembered stays as long as the session that takes it', async () => {
    await given(seats, keepWord(), open({}, at(1)));
    expect(await ttl()).toBe(43_200 + 7 * day);
  });
});
