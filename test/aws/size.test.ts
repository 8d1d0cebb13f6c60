/** How large items are at the longest names that the edge lets in: under 1 KB a write of one is one unit. */
import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { beforeEach, describe, expect, test } from 'vitest';
import type { Table } from '../../lib/aws/items.ts';
import { dynamoPanels } from '../../lib/aws/panels.ts';
import { dynamoSeats } from '../../lib/aws/seats.ts';
import { JOBS_MAX, type Job, jobIn } from '../../lib/session/jobs.ts';
import type { Panel } from '../../lib/session/panel.ts';
import type { OpenSession, SeatKey } from '../../lib/session/seat.ts';
import { DATES_MAX, type Heard, markOf, OTHERS_MAX, TURNS_MAX, tagOf, type Word } from '../../lib/session/word.ts';
import type { Change } from '../../lib/session/write.ts';
import {
  absent,
  at,
  deadlines,
  descend,
  everyDeadline,
  knowing,
  NOON,
  open,
  renew,
  unchanged,
} from '../contract/sessions.ts';
import { useEngine } from '../support/engine.ts';

const ONE_UNIT = 1_024;
const KEY = { realm: 'r'.repeat(32), user: 'u'.repeat(200) };
/** A key and a name as it was typed have as many bytes together. */
const TYPED = { user: 'u'.repeat(60), userAsTyped: `CORP\\${'U'.repeat(135)}` };
let seatsMade = 0;
const STATION = 's'.repeat(56);

const word = (type: Word['type'], n = 0): Word => ({ type, station: STATION, id: `${n}`.padEnd(48, '-'), at: at(n) });
const many = <T>(length: number, make: (n: number) => T): T[] => Array.from({ length }, (_, n) => make(n));
const everything: Heard = {
  turns: many(TURNS_MAX, (n) => markOf(word('login', n))),
  others: many(OTHERS_MAX, (n) => markOf(word('activity', n))),
  dates: many(DATES_MAX, (n) => ({ station: tagOf(`${STATION}${n}`), at: at(n) })),
};

const engine = useEngine();
let table: Table;
beforeEach(async () => {
  table = { client: engine.client, name: (await engine.createTable()).name };
});

/** By DynamoDB's rules: names and texts as UTF-8, a number a byte for two digits and one more, a truth one byte. */
async function sizeOf(pk: string, sk: string): Promise<number> {
  const Key = { pk: { S: pk }, sk: { S: sk } };
  const { Item = {} } = await table.client.send(new GetItemCommand({ TableName: table.name, Key }));
  return Object.entries(Item).reduce((sum, [name, { S, N }]) => {
    const value = S !== undefined ? Buffer.byteLength(S) : N !== undefined ? Math.ceil(N.length / 2) + 1 : 1;
    return sum + Buffer.byteLength(name) + value;
  }, 0);
}

describe('a seat', () => {
  const jobsOfKind: readonly [string, readonly Job[]][] = [
    [
      'with names',
      many(JOBS_MAX, (n) => ({ ...jobIn({ job: `job ${n}`, word: word('job-started') }), until: at(1_800 + n) })),
    ],
    ['without', many(JOBS_MAX, (n) => ({ at: at(n), until: at(1_800 + n) }))],
  ];
  const facts = {
    station: STATION,
    openedSaidAt: NOON,
    pingedAt: NOON,
    seal: 'abcdefghij',
    openedBy: markOf(word('login')),
  } satisfies Partial<OpenSession>;
  const atPanel = { ...facts, deadlines };
  const elsewhere = { ...facts, deadlines: everyDeadline, madeAnewOf: NOON - 1, chainFrom: NOON - 2 };

  /** Everything that can be true of it at once; its size after each change. */
  async function sizes(
    session: Partial<OpenSession>,
    changes: readonly Change[],
    { user }: { readonly user: string } = KEY,
  ): Promise<number[]> {
    const seats = dynamoSeats(table, { shards: 100 });
    const key: SeatKey = { ...KEY, user, seat: `${seatsMade++}`.padEnd(13, 's') };
    let { seat } = await seats.write(key, { condition: absent, change: knowing(open(session), everything) });
    const all: number[] = [];
    for (const change of changes) {
      if (seat === undefined) throw new Error('it does not go on');
      ({ seat } = await seats.write(key, { condition: unchanged(seat), change }));
      all.push(await sizeOf(`user#${KEY.realm}#${user}`, `seat#${key.seat}`));
    }
    return all;
  }
  const jobs = (jobNotes: readonly Job[]) => ({ jobs: JOBS_MAX, jobNotes, jobAt: at(1_800), jobDue: at(1_860) });
  const ends = { at: at(20), by: `station:${STATION}`, request: markOf(word('logout')) } as const;

  test.each(jobsOfKind)('is one unit with as many jobs as it remembers, %s, and everything else', async (_, notes) => {
    for (const session of [atPanel, elsewhere]) {
      const resumed = renew({ resumedAt: at(10), activeAt: at(10), jobs: jobs(notes), heard: everything });
      const measured = await sizes(session, [resumed, descend('lingering')]);
      expect(Math.max(...measured)).toBeLessThan(ONE_UNIT);
      // Or these are not the longest.
      expect(Math.max(...measured)).toBeGreaterThan(900);
    }
  });

  test('is one unit where its user’s name was typed otherwise than their key is', async () => {
    for (const session of [atPanel, elsewhere]) {
      const typed = { ...session, userAsTyped: TYPED.userAsTyped };
      const resumed = renew({ resumedAt: at(10), activeAt: at(10), heard: everything });
      const measured = await sizes(typed, [resumed, descend('lingering')], TYPED);
      expect(Math.max(...measured)).toBeLessThan(ONE_UNIT);
    }
  });

  test('is one unit where it ended, whatever it was', async () => {
    const end: Change = { do: 'end', ended: { ...ends, reason: 'next-user' }, heard: everything };
    const down = [renew({ resumedAt: at(10) }), descend('remembered'), end];
    expect(Math.max(...(await sizes(elsewhere, down)))).toBeLessThan(ONE_UNIT);
  });

  test('is one unit where it ended at a panel while jobs ran, and a little more where it had every rung', async () => {
    const end: Change = { do: 'end', ended: { ...ends, reason: 'next-user' }, heard: everything };
    for (const [session, most] of [
      [atPanel, ONE_UNIT],
      [elsewhere, 1.1 * ONE_UNIT],
    ] as const) {
      for (const [, notes] of jobsOfKind) {
        const [, ended = 0] = await sizes(session, [renew({ resumedAt: at(10), jobs: jobs(notes) }), end]);
        expect(ended).toBeLessThan(most);
      }
    }
  });
});

test('a panel is one unit with three people on it, and all that it remembers', async () => {
  const panels = dynamoPanels(table);
  const people = many(3, (n) => ({ realm: KEY.realm, user: `${n}`.repeat(200), epoch: NOON + n }));
  const keepUntil = at(3_600);
  let panel: Panel | undefined;
  const hears = async (n: number, change: 'arrive' | 'leave') => {
    const heard = { word: word(change === 'arrive' ? 'login' : 'logout', n), now: at(n), keepUntil };
    const condition = { if: 'unheard', word: heard.word } as const;
    const occupant = people[n % 3];
    if (occupant === undefined) throw new Error('nobody comes');
    const whole = change === 'arrive' ? { do: change, occupant, ...heard } : { do: change, ...heard };
    ({ panel } = await panels.write(STATION, { condition, change: whole }));
  };
  for (let n = 0; n < TURNS_MAX; n++) await hears(n, 'arrive');
  await hears(TURNS_MAX, 'leave');
  await hears(TURNS_MAX + 1, 'arrive');
  await hears(TURNS_MAX + 2, 'arrive');
  expect(panel).toMatchObject({ occupant: people[2], displaced: people[1], leaver: people[2] });
  expect(panel?.heard.turns).toHaveLength(TURNS_MAX);
  const size = await sizeOf(`station#${STATION}`, 'panel');
  expect(size).toBeLessThan(ONE_UNIT);
  expect(size).toBeGreaterThan(900);
});
