/**
 * The seats that are measured, as many as are wanted and each like the other: what stands in the table before anything is
 * measured, and the very requests that Curfew makes of DynamoDB for each operation, taken from Curfew itself. So the bare
 * SDK can be asked to make the same.
 *
 * Seat n has a user and three panels: at `a` they log in, ping and log out. Another user sits at `b`, is refused at `c`
 * and takes over from there.
 */

import { ScanCommand, type UpdateItemCommandInput } from '@aws-sdk/client-dynamodb';
import { assertNever } from '../lib/assert.ts';
import { dynamoClient } from '../lib/aws/clients.ts';
import { dynamoHistory } from '../lib/aws/history.ts';
import type { Item } from '../lib/aws/items.ts';
import { dynamoPanels } from '../lib/aws/panels.ts';
import { dynamoSeats } from '../lib/aws/seats.ts';
import { dynamoStations } from '../lib/aws/stations.ts';
import { readRealms } from '../lib/realms/realms-file.ts';
import { createKeeper } from '../lib/service/keeper.ts';
import { clearPanel } from '../lib/service/panel.ts';
import type { StationEvent, Verdict } from '../lib/session/commands.ts';
import { nameOf, type SessionName } from '../lib/session/seat.ts';
import { SHARDS_DEFAULT } from '../lib/table.ts';
import { after, durationMs, type EpochMs, systemClock } from '../lib/time.ts';
import { groupBy } from '../test/torture/grouping.ts';
import { type ClientConfig, createTableWithoutStream } from './engine.ts';

export const REALM = 'campus-print';

/** As most panels have it, but that no session of a long run ends by its lease. */
export const REALMS_JSON = JSON.stringify({
  realms: { [REALM]: { profile: 'release-station', lease: '1h', takeOver: 'offer' } },
});

export const OPERATIONS = ['login', 'ping', 'logout', 'refused login', 'take-over'] as const;
export type Operation = (typeof OPERATIONS)[number];

const OUTCOMES: { readonly [O in Operation]: Verdict['is'] } = {
  login: 'opened',
  ping: 'renewed',
  logout: 'ended',
  'refused login': 'taken',
  'take-over': 'opened',
};

export type Panel = 'a' | 'b' | 'c';

/** Stands for the number of a seat; as long as one, so that nothing grows or shrinks by it. */
const ANY = 'nnnnnn';
export const seatDigits = (seat: number): string => String(seat).padStart(ANY.length, '0');

export const userAt = (seat: string): string => `ana-${seat}`;
export const holderAt = (seat: string): string => `holder-${seat}`;
export const panelAt = (seat: string, panel: Panel): string => `lib-${seat}-${panel}`;

export interface Likeness {
  /** Registered stations that have had a key, their panels that somebody has been at, and the holder's session. */
  readonly items: (seat: number) => readonly Item[];
  /** Those in one list follow one another, the lists go side by side. */
  readonly requests: (operation: Operation, seat: number) => readonly (readonly UpdateItemCommandInput[])[];
}

const { realms } = readRealms(REALMS_JSON);

/** Makes the table, and lets Curfew do everything once in it. */
export async function takeLikeness(config: ClientConfig, table: string): Promise<Likeness> {
  const client = dynamoClient({ ...config });
  await createTableWithoutStream(client, table);
  const asked: UpdateItemCommandInput[] = [];
  client.middlewareStack.add(
    (next, { commandName }) =>
      (args) => {
        if (commandName === 'UpdateItemCommand') asked.push(args.input as UpdateItemCommandInput);
        return next(args);
      },
    { step: 'initialize' },
  );
  const parts = { client, name: table };
  const stations = dynamoStations(parts);
  const panels = dynamoPanels(parts);
  let now = systemClock();
  const keeper = createKeeper(
    {
      seats: dynamoSeats(parts, { shards: SHARDS_DEFAULT }),
      panels,
      history: dynamoHistory(parts),
      timers: { arm: async () => {} },
      meter: { add: () => {} },
      clock: () => now,
    },
    { shards: SHARDS_DEFAULT },
  );
  const policy = realms.get(REALM);
  if (policy === undefined) throw new Error('the realm of the bench is not in its realms file');

  const say = async (panel: Panel, about: Pick<StationEvent, 'type' | 'user' | 'session' | 'takeOver'>) => {
    now = after(now, durationMs(1));
    const station = { id: panelAt(ANY, panel), realm: REALM, reportsActivity: false, hasPanel: true };
    return keeper.hear({ ...about, station, policy, now, id: crypto.randomUUID() });
  };

  for (const panel of ['a', 'b', 'c'] as const) {
    await register(stations, panelAt(ANY, panel), now);
    await say(panel, { type: 'login', user: `guest-${panel}` });
    const left = await say(panel, { type: 'boot' });
    if (left.is !== 'ended') throw new Error(`boot: ${left.is}`);
    // As the journal does, long before the next one comes: nothing is owed then.
    await clearPanel(panels, panelAt(ANY, panel), nameOf(left.seat), 'boot');
  }
  await say('b', { type: 'login', user: holderAt(ANY) });
  const { Items = [] } = await client.send(new ScanCommand({ TableName: table, ConsistentRead: true }));
  const items = JSON.stringify(Items.filter((item) => JSON.stringify(item).includes(ANY) && !isGuest(item)));

  const session: { name?: SessionName } = {};
  const requests = new Map<Operation, string>();
  for (const operation of OPERATIONS) {
    asked.splice(0);
    const answer = await perform(operation);
    if (answer.is !== OUTCOMES[operation]) throw new Error(`${operation}: ${answer.is}`);
    if (answer.is === 'opened') session.name = nameOf(answer.seat);
    requests.set(operation, JSON.stringify(chainsOf(asked)));
  }
  client.destroy();

  const of = <T>(text: string, seat: number): T => JSON.parse(text.replaceAll(ANY, seatDigits(seat))) as T;
  return {
    items: (seat) => of(items, seat),
    requests: (operation, seat) => of(requests.get(operation) ?? '[]', seat),
  };

  function perform(operation: Operation): Promise<Verdict> {
    const ofSession = session.name === undefined ? {} : { session: session.name };
    switch (operation) {
      case 'login':
        return say('a', { type: 'login', user: userAt(ANY) });
      case 'ping':
      case 'logout':
        return say('a', { type: operation, ...ofSession });
      case 'refused login':
        return say('c', { type: 'login', user: holderAt(ANY) });
      case 'take-over':
        return say('c', { type: 'login', user: holderAt(ANY), takeOver: true });
      default:
        return assertNever(operation);
    }
  }
}

async function register(stations: ReturnType<typeof dynamoStations>, id: string, now: EpochMs): Promise<void> {
  const facts = { name: 'Library, 2nd floor', location: 'beside the lift', reportsActivity: false } as const;
  await stations.put({ id, realm: REALM, kind: 'hosted', proof: 'bearer', ...facts }, now);
  await stations.nextKey(id, { now, previousUntil: now });
}

const isGuest = (item: Item): boolean => item.pk?.S?.includes('#guest-') === true;

/** Curfew asks anew of an item once it has been answered; of different items it asks at once. */
function chainsOf(asked: readonly UpdateItemCommandInput[]): UpdateItemCommandInput[][] {
  return [...groupBy(asked, ({ Key }) => JSON.stringify(Key)).values()];
}
