/** What becomes of a session in the table, as the real keeper and the real adapter write it, for as many as are wanted. */
import { type DynamoDBClient, GetItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { expressions } from '../lib/aws/clauses.ts';
import { updateOfSeat } from '../lib/aws/expressions.ts';
import { dynamoHistory } from '../lib/aws/history.ts';
import type { Item } from '../lib/aws/items.ts';
import { dynamoPanels } from '../lib/aws/panels.ts';
import { seatFromImage, seatItemKey } from '../lib/aws/seat-item.ts';
import { dynamoSeats } from '../lib/aws/seats.ts';
import { readRealms } from '../lib/realms/realms-file.ts';
import { createKeeper } from '../lib/service/keeper.ts';
import { decideSweep } from '../lib/session/due.ts';
import { isOpen } from '../lib/session/seat.ts';
import type { Attempt } from '../lib/session/write.ts';
import { after, before, type EpochMs, HOUR, MINUTE, systemClock } from '../lib/time.ts';

const REALM = 'campus-print';
export const REALMS = { [REALM]: { profile: 'release-station' } };

const LENGTH = 7;
let templates = 0;
/** Stands for a user, and is as long as one; another each time. */
const anybody = (): string => `u-${String(templates++).padStart(LENGTH - 2, '0')}`;

/** Of the nth session: so spread that neighbours in time are none in the table. */
const userOf = (n: number): string => (Math.imul(n, 0x9e3779b1) >>> 0).toString(36).padStart(LENGTH, '0');

export interface SessionImages {
  /** In the one slot in which all of them are due. */
  readonly slot: EpochMs;
  readonly opened: (n: number) => Item;
  readonly pinged: (n: number) => Item;
  /** As a sweep records it. */
  readonly ended: (n: number) => Item;
  /** That record of the nth that was opened and not heard of again, as a request ready made. */
  readonly bareEnd: (n: number) => UpdateItemCommand;
}

/** Logs one user in, an hour ago, at a station that says one thing more and is never heard of again. */
export async function sessionImages(
  client: DynamoDBClient,
  TableName: string,
  { shards, hasPanel }: { readonly shards: number; readonly hasPanel: boolean },
): Promise<SessionImages> {
  const table = { client, name: TableName };
  const policy = readRealms(JSON.stringify({ realms: REALMS })).realms.get(REALM);
  if (policy === undefined) throw new Error(`there is no realm ${REALM}`);
  const seats = dynamoSeats(table, { shards });
  const now = systemClock();
  const anHourAgo = before(now, HOUR);
  const keeper = createKeeper(
    {
      seats,
      panels: dynamoPanels(table),
      history: dynamoHistory(table),
      timers: { arm: async () => {} },
      meter: { add: () => {} },
      clock: () => anHourAgo,
    },
    { shards },
  );
  const user = anybody();
  const key = { realm: REALM, user, seat: '0' };
  const station = { id: 'lib-1', realm: REALM, reportsActivity: false, hasPanel };

  const image = async (): Promise<Item> => {
    const { Item = {} } = await client.send(new GetItemCommand({ TableName, Key: seatItemKey(key) }));
    return Item;
  };
  const endOf = (item: Item): Attempt => {
    const swept = decideSweep(seatFromImage(item), now, MINUTE);
    if (swept.is !== 'over') throw new Error(`it is ${swept.is}`);
    return swept.attempt;
  };
  await keeper.hear({ type: 'login', station, policy, user, id: `login-${user}`, now: anHourAgo });
  const opened = await image();
  await keeper.hear({ type: 'ping', station, policy, user, id: `ping-${user}`, now: after(anHourAgo, MINUTE) });
  const pinged = await image();
  await seats.write(key, endOf(pinged));
  const ended = await image();

  const seat = seatFromImage(opened);
  if (!isOpen(seat)) throw new Error('nobody logged in');
  const bareEnd = endOf(opened);
  return {
    slot: seat.session.due,
    opened: forEach(opened, user),
    pinged: forEach(pinged, user),
    ended: forEach(ended, user),
    bareEnd: (n) => {
      const theirs = { ...key, user: userOf(n) };
      const { update, condition } = updateOfSeat(bareEnd, theirs, shards);
      return new UpdateItemCommand({
        TableName,
        Key: seatItemKey(theirs),
        ...expressions(update, condition),
        ReturnValues: 'ALL_NEW',
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      });
    },
  };
}

function forEach(item: Item, user: string): (n: number) => Item {
  const text = JSON.stringify(item);
  return (n) => JSON.parse(text.replaceAll(user, userOf(n)));
}
